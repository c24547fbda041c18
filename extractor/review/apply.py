"""Decisions applied to a result: the same decisions on the same result give the same result.

What comes out keeps the rules of the codebook, or the decision is refused with the rule that it
breaks. Where one value follows from another by those rules, it follows here too (`settle`).
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue, ValidationError

from extractor.errors import ReviewError
from extractor.evaluation.data import first_error
from extractor.review.additions import added
from extractor.review.decisions import Decision, DecisionKind, standing
from extractor.review.settle import references, settle
from extractor.schemas import Extraction

_Doc = dict[str, Any]

_PLAIN = {
    ("incidents", "type"),
    ("incidents", "status"),
    ("attributions", "stance"),
    ("attributions", "certainty"),
    ("actors", "kind"),
}
_OPTIONAL = {("incidents", "date"), ("incidents", "location")}
_RESPONSIBLE = ("attributions", "responsible")
_FIGURE = ("kind", "low", "high", "source")
_TEXT = {"incidents": "summary", "attributions": "statement", "actors": "name"}
"""What of a record is corrected where the record itself is named."""


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


def value_at(extraction: Extraction, path: str) -> JsonValue:
    """The value at a path; None where there is none yet, such as the role of an actor.

    Raises:
        ReviewError: if the path leads nowhere.
    """
    if not path:
        return None
    return _value(extraction.model_dump(mode="json"), path)


def _decide(before: Reviewed, text: str, decision: Decision) -> Reviewed:
    kind, path = decision.kind, decision.path
    match kind:
        case DecisionKind.ACCEPT:
            if value_at(before.extraction, path) is None:
                raise ReviewError(f"{path or 'the article'}: there is no value to accept")
            return replace(before, states={**before.states, path: kind})
        case DecisionKind.NOTE:
            if not isinstance(decision.new, str) or not decision.new.strip():
                raise ReviewError("a note needs words")
            value_at(before.extraction, path)
            noted = (*before.notes.get(path, ()), decision.new.strip())
            return replace(before, notes={**before.notes, path: noted})
        case DecisionKind.DONE:
            _no_strangers(before.extraction)
            return replace(before, done=True)
    extraction, changed = _changed(before.extraction, text, decision)
    states, notes = before.states, before.notes
    if kind is DecisionKind.REJECT and not _stays(changed):
        states, notes = _without(states, changed), _without(notes, changed)
    states = _unmoved(states, before.extraction, extraction)
    if kind is not DecisionKind.REJECT or _stays(changed):
        states[changed] = kind
    return replace(before, extraction=extraction, states=states, notes=notes)


def _stays(path: str) -> bool:
    """Whether a value that was rejected is still shown, as none."""
    return path.endswith((".date", ".location", ".responsible"))


def _unmoved(
    states: Mapping[str, DecisionKind], before: Extraction, after: Extraction
) -> dict[str, DecisionKind]:
    """`states` without what was decided about values that have since followed another one."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {
        path: state
        for path, state in states.items()
        # Figures follow nothing, but their paths move when one before them goes.
        if ".casualties." in path or _value_or_none(old, path) == _value_or_none(new, path)
    }


def _changed(extraction: Extraction, text: str, decision: Decision) -> tuple[Extraction, str]:
    """The result with one value set, added or taken out, and the path of that value."""
    if decision.kind is DecisionKind.CORRECT and decision.new is None:
        raise ReviewError(f"{decision.path}: a correction needs a value; reject what is to go")
    before = extraction.model_dump(mode="json")
    doc, path = deepcopy(before), decision.path
    try:
        if decision.kind is DecisionKind.ADD:
            path = added(doc, text, path, decision.new)
        else:
            _set(doc, path, None if decision.kind is DecisionKind.REJECT else decision.new)
        settle(before, doc)
        return Extraction.model_validate(doc, context={"text": text}), path
    except ValidationError as error:
        reason = first_error(error).replace("Value error, ", "")
        raise ReviewError(reason) from None


def _set(doc: _Doc, path: str, new: JsonValue) -> None:
    """Set a value; None takes it out."""
    if _value(doc, path) is None and new is None:
        raise ReviewError(f"{path}: there is no value to reject")
    match path.split("."):
        case [table, record]:
            _record(doc, table, record, new)
        case [table, record, name] if (table, name) in _PLAIN:
            if new is None:
                raise ReviewError(f"a {name} cannot be left out: correct it, or reject {record}")
            _find(doc, table, record)[name] = _word(new)
        case [table, record, name] if (table, name) in _OPTIONAL:
            _find(doc, table, record)[name] = _blank_as_none(new)
        case ["attributions", record, "responsible"]:
            parties = new if isinstance(new, list) else []
            _find(doc, "attributions", record)["responsible"] = [*map(_word, parties)]
        case ["attributions", record, "source"]:
            _source(_find(doc, "attributions", record), new)
        case ["incidents", record, "participants", actor]:
            _role(_find(doc, "incidents", record), actor, new)
        case ["incidents", record, "casualties", number]:
            _figure(_find(doc, "incidents", record), int(number), new)


def _record(doc: _Doc, table: str, record: str, new: JsonValue) -> None:
    if new is not None:
        _find(doc, table, record)[_TEXT[table]] = new
        return
    doc[table] = [one for one in doc[table] if one["id"] != record]
    said = doc["attributions"]
    doc["attributions"] = said = [one for one in said if one["incident"] != record]
    left = {one["id"] for one in said}
    for one in said:
        one["conflicts_with"] = [other for other in one["conflicts_with"] if other in left]


def _source(said: _Doc, new: JsonValue) -> None:
    if new is None:
        raise ReviewError("a source cannot be left out: correct it, or reject the attribution")
    voice = new in ("article", "unattributed")
    said["sourcing"], said["source"] = (new, None) if voice else ("actor", _word(new))


def _role(incident: _Doc, actor: str, new: JsonValue) -> None:
    parts = incident["participants"]
    found = next((part for part in parts if part["actor"] == actor), None)
    if new is None:
        incident["participants"] = [part for part in parts if part is not found]
    elif found:
        found["role"] = _word(new)
    else:
        parts.append({"actor": actor, "role": _word(new)})


def _figure(incident: _Doc, number: int, new: JsonValue) -> None:
    if new is None:
        del incident["casualties"][number]
    elif isinstance(new, dict) and {*new} <= {*_FIGURE}:
        if new.get("source") is not None:
            _word(new["source"])
        incident["casualties"][number] |= new
    else:
        raise ReviewError(f"a figure has {', '.join(_FIGURE)}")


def _word(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise ReviewError(f"{value!r} is no word")
    return value


def _blank_as_none(new: JsonValue) -> JsonValue:
    """A date with neither days nor words, and a place without any name, are none."""
    if not isinstance(new, dict):
        return new
    told = {name for name, value in new.items() if value is not None}
    return new if told - {"precision"} else None


def _value(doc: _Doc, path: str) -> JsonValue:
    match path.split("."):
        case [table, record] if table in _TEXT:
            value: JsonValue = _find(doc, table, record)[_TEXT[table]]
            return value
        case ["incidents", record, "participants", actor]:
            parts = _find(doc, "incidents", record)["participants"]
            _find(doc, "actors", actor)
            return next((part["role"] for part in parts if part["actor"] == actor), None)
        case ["incidents", record, "casualties", number]:
            figures = _find(doc, "incidents", record)["casualties"]
            if number.isascii() and number.isdecimal() and int(number) < len(figures):
                return {name: figures[int(number)][name] for name in _FIGURE}
        case ["attributions", record, "source"]:
            said = _find(doc, "attributions", record)
            source: JsonValue = said["source"] or said["sourcing"]
            return source
        case [table, record, name] if (table, name) in {*_PLAIN, *_OPTIONAL, _RESPONSIBLE}:
            plain: JsonValue = _find(doc, table, record)[name]
            return plain
    raise ReviewError(f"there is no value {path!r} that can be decided on")


def _find(doc: _Doc, table: str, record: str) -> _Doc:
    for one in doc[table]:
        if one["id"] == record:
            found: _Doc = one
            return found
    raise ReviewError(f"there is no {record!r} among the {table}")


def value_at_or_none(extraction: Extraction, path: str) -> JsonValue:
    """The value at a path; None where it leads nowhere."""
    return _value_or_none(extraction.model_dump(mode="json"), path) if path else None


def _value_or_none(doc: _Doc, path: str) -> JsonValue:
    try:
        return _value(doc, path)
    except ReviewError:
        return None


def _without(of_paths: Mapping[str, Any], gone: str) -> dict[str, Any]:
    """What is said of paths, without that of a record or figure that is gone."""
    kept = {p: said for p, said in of_paths.items() if p != gone and not p.startswith(f"{gone}.")}
    figures, _, number = gone.rpartition(".")
    if not figures.endswith(".casualties"):
        return kept
    return {_moved(path, figures, int(number)): said for path, said in kept.items()}


def _moved(path: str, figures: str, gone: int) -> str:
    """A figure's path after one before it is gone."""
    start, _, number = path.rpartition(".")
    return f"{figures}.{int(number) - 1}" if start == figures and int(number) > gone else path


def _no_strangers(extraction: Extraction) -> None:
    used = references(extraction.model_dump(mode="json"))
    if strangers := [actor for actor in extraction.actors if actor.id not in used]:
        names = ", ".join(f"{actor.id} ({actor.name})" for actor in strangers)
        raise ReviewError(f"nothing refers to {names}: give it a part, or reject it")
