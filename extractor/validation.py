"""Read a model's answer: JSON, then schema; what breaks a rule is named, the rest is kept."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

_T = TypeVar("_T", bound=BaseModel)

_MAX_LISTED = 50
"""Issues that are listed one by one; more of one round are counted."""

_NOTHING = object()


class Issue(BaseModel):
    """One value of an answer that breaks a rule: re-asked first, dropped with this at last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="Where in the answer, such as `incidents.0.figures.1.number`.")
    rule: str = Field(description="Short name of the rule, such as `not_in_text`.")
    value: str = Field(description="The offending value, shortened.")
    message: str = Field(description="What is wrong and what would be right.")

    def __str__(self) -> str:
        """One line, for the model and for a person."""
        return f"{self.path}: {self.message} (got {self.value})"


def issue(path: str, rule: str, value: object, message: str) -> Issue:
    """An `Issue` with `value` shortened to what a reader needs to find it."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return Issue(path=path, rule=rule, value=shown[:80], message=message)


def parse_answer(text: str, schema: type[_T]) -> tuple[_T | None, list[Issue]]:
    """The answer in `text`, with an issue for each part that had to be left out of it.

    Returns:
        The answer, or None where nothing of it can be read, and what is wrong.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None, [issue("answer", "not_json", text, "is not JSON: answer with JSON only")]
    issues: list[Issue] = []
    # Each round takes something away, so there is an end to them.
    while True:
        try:
            return schema.model_validate(data), issues
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=True)
            issues += _listed(details)
            mended = [_mend(data, detail) for detail in _from_the_back(details)]
            if not all(mended):
                return None, issues


def _listed(details: Sequence[ErrorDetails]) -> list[Issue]:
    listed = [
        issue(_path(d["loc"]), d["type"], d["input"], d["msg"].lower())
        for d in details[:_MAX_LISTED]
    ]
    if more := details[_MAX_LISTED:]:
        listed.append(issue("answer", "more", len(more), "more values break a rule"))
    return listed


def _path(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location) or "answer"


def _from_the_back(details: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """One error a part to take out, last ones first: removing one does not shift the others."""
    by_part = {_part(detail): detail for detail in details}
    return [by_part[key] for key in sorted(by_part, key=_sortable, reverse=True)]


def _part(detail: ErrorDetails) -> tuple[int | str, ...]:
    """The location of what is taken out for an error."""
    alone = detail["type"] in ("too_long", "extra_forbidden")
    return detail["loc"] if alone else _item(detail["loc"])


def _item(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The location of the smallest list item that holds `location`, else `location` itself."""
    for cut in range(len(location), 0, -1):
        if isinstance(location[cut - 1], int):
            return location[:cut]
    return location


def _sortable(location: tuple[int | str, ...]) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (-1, part) for part in location]


def _mend(data: Any, detail: ErrorDetails) -> bool:
    """Take the smallest part that breaks the rule out of `data`; False if that is everything."""
    location, kind = detail["loc"], detail["type"]
    if kind == "too_long" and isinstance(target := _get(data, location), list):
        del target[detail.get("ctx", {}).get("max_length", 0) :]
        return True
    if kind == "extra_forbidden" and isinstance(parent := _get(data, location[:-1]), dict):
        return parent.pop(location[-1], _NOTHING) is not _NOTHING
    item = _item(location)
    position, items = item[-1] if item else None, _get(data, item[:-1])
    if isinstance(position, int) and isinstance(items, list) and position < len(items):
        del items[position]
        return True
    return False


def _get(data: Any, location: Sequence[int | str]) -> Any:
    for part in location:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data
