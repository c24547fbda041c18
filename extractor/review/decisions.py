"""What a person can decide about a result, and which of the decisions stand."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from extractor.errors import ReviewError


class DecisionKind(StrEnum):
    """What is done with a value."""

    ACCEPT = "accept"
    """It is right as it is."""
    REJECT = "reject"
    """It goes: a record with all that hangs on it, a date, a place, a role."""
    CORRECT = "correct"
    """Another value takes its place."""
    ADD = "add"
    """A record that the model missed."""
    NOTE = "note"
    """Words about it that change nothing."""
    DONE = "done"
    """The whole article has been looked at."""
    UNDO = "undo"
    """The last decision that stands does so no longer."""


class Decision(BaseModel):
    """One decision, as a person makes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DecisionKind
    path: str = Field(default="", max_length=200, description="Such as `incidents.i1.type`.")
    new: JsonValue = Field(default=None, description="What is set, added or noted.")


class _OfKind(Protocol):
    @property
    def kind(self) -> str: ...


_T = TypeVar("_T", bound=_OfKind)


def standing(decisions: Iterable[_T]) -> list[_T]:
    """The decisions, or their rows in a ledger, that were not taken back, in order.

    Raises:
        ReviewError: if there is more to undo than was done.
    """
    left: list[_T] = []
    for decision in decisions:
        if decision.kind != DecisionKind.UNDO:
            left.append(decision)
        elif left:
            left.pop()
        else:
            raise ReviewError("there is nothing to undo")
    return left
