"""Decisions applied to a result: the same decisions on the same result give the same result.

What comes out keeps the rules of the codebook, or the decision is refused with the rule that it
breaks. Where one value follows from another by those rules, it follows here too (`settle`).
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from extractor.errors import ReviewError
from extractor.evaluation.data import first_error
from extractor.review.additions import added
from extractor.review.decisions import Decision, DecisionKind, standing
from extractor.review.settle import references, settle
from extractor.review.values import is_numbered, set_value, stays, value, value_or_none
from extractor.schemas import Extraction


@dataclass(frozen=True)
class Reviewed:
    """A result with the decisions about it.

    Attributes:
        extraction: The result with the decisions applied.
        states: By path, what was last decided about a value that is there.
        notes: By path, what was noted.
        done: Whether the whole article has been looked at.
    """

    extraction: Extraction
    states: Mapping[str, DecisionKind] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    done: bool = False


def review(extraction: Extraction, text: str, decisions: Iterable[Decision]) -> Reviewed:
    """`extraction` with the decisions that stand.

    Args:
        extraction: What the model found.
        text: The article's text.
        decisions: All decisions in the order in which they were made, undone ones included.

    Raises:
        ReviewError: naming the rule that a decision breaks.
    """
    reviewed = Reviewed(extraction)
    for decision in standing(decisions):
        reviewed = _decide(reviewed, text, decision)
    return reviewed


def _decide(before: Reviewed, text: str, decision: Decision) -> Reviewed:
    kind, path = decision.kind, decision.path
    match kind:
        case DecisionKind.ACCEPT:
            if value(_doc(before.extraction), path) is None:
                raise ReviewError(f"{path}: there is no value to accept")
            return replace(before, states={**before.states, path: kind})
        case DecisionKind.NOTE:
            if not isinstance(decision.new, str) or not decision.new.strip():
                raise ReviewError("a note needs words")
            value(_doc(before.extraction), path)
            noted = (*before.notes.get(path, ()), decision.new.strip())
            return replace(before, notes={**before.notes, path: noted})
        case DecisionKind.DONE:
            _no_strangers(before.extraction)
            return replace(before, done=True)
    extraction, changed = _changed(before.extraction, text, decision)
    states, notes = before.states, before.notes
    if kind is DecisionKind.REJECT and not stays(changed):
        states, notes = _without(states, changed), _without(notes, changed)
    states = _unmoved(states, before.extraction, extraction)
    if kind is not DecisionKind.REJECT or stays(changed):
        states[changed] = kind
    return replace(before, extraction=extraction, states=states, notes=notes)


def _unmoved(
    states: Mapping[str, DecisionKind], before: Extraction, after: Extraction
) -> dict[str, DecisionKind]:
    """`states` without what was decided about values that have since followed another one."""
    old, new = _doc(before), _doc(after)
    return {
        path: state
        for path, state in states.items()
        # Figures and objects follow nothing, but their paths move when one before them goes.
        if is_numbered(path) or value_or_none(old, path) == value_or_none(new, path)
    }


def _changed(extraction: Extraction, text: str, decision: Decision) -> tuple[Extraction, str]:
    """The result with one value set, added or taken out, and the path of that value."""
    if decision.kind is DecisionKind.CORRECT and decision.new is None:
        raise ReviewError(f"{decision.path}: a correction needs a value; reject what is to go")
    before = _doc(extraction)
    doc, path = deepcopy(before), decision.path
    try:
        if decision.kind is DecisionKind.ADD:
            path = added(doc, text, path, decision.new)
        else:
            set_value(doc, path, None if decision.kind is DecisionKind.REJECT else decision.new)
        settle(before, doc)
        return Extraction.model_validate(doc, context={"text": text}), path
    except ValidationError as error:
        reason = first_error(error).replace("Value error, ", "")
        raise ReviewError(reason) from None


def _without(of_paths: Mapping[str, Any], gone: str) -> dict[str, Any]:
    """What is said of paths, without that of a record or entry that is gone."""
    kept = {p: said for p, said in of_paths.items() if p != gone and not p.startswith(f"{gone}.")}
    if not is_numbered(gone):
        return kept
    entries, _, number = gone.rpartition(".")
    return {_moved(path, entries, int(number)): said for path, said in kept.items()}


def _moved(path: str, entries: str, gone: int) -> str:
    """An entry's path after one before it is gone."""
    start, _, number = path.rpartition(".")
    return f"{entries}.{int(number) - 1}" if start == entries and int(number) > gone else path


def _doc(extraction: Extraction) -> dict[str, Any]:
    return extraction.model_dump(mode="json")


def _no_strangers(extraction: Extraction) -> None:
    used = references(_doc(extraction))
    if strangers := [actor for actor in extraction.actors if actor.id not in used]:
        names = ", ".join(f"{actor.id} ({actor.name})" for actor in strangers)
        raise ReviewError(f"nothing refers to {names}: give it a part, or reject it")
