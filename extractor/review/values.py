"""The values of a result by their paths, such as `incidents.i1.type`: read, set, taken out.

Works on an `Extraction` as plain data.
"""

from typing import Any

from pydantic import JsonValue

from extractor.errors import ReviewError
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED

_Doc = dict[str, Any]

_PLAIN = {
    ("incidents", "type"),
    ("incidents", "status"),
    ("attributions", "aspect"),
    ("attributions", "stance"),
    ("attributions", "certainty"),
    ("actors", "kind"),
}
_OPTIONAL = {("incidents", "date"), ("incidents", "location")}
_OPTIONAL_WORD = {("attributions", "medium"), ("actors", "affiliation")}
_WORDS = {("incidents", "weapons"), ("attributions", "responsible")}
"""Values that are lists of words, decided on as a whole."""
_MAY_BE_NONE = {*_OPTIONAL, *_OPTIONAL_WORD, *_WORDS}
_NUMBERED = {"casualties": ("kind", "low", "high", "source"), "objects": ("name", "kind", "effect")}
"""Lists of an incident whose entries have no ids, and what of an entry is decided on."""
_TEXT = {"incidents": "summary", "attributions": "statement", "actors": "name"}
"""What of a record is corrected where the record itself is named."""


def value(doc: _Doc, path: str) -> JsonValue:
    """The value at a path; None where there is none yet, such as the role of an actor.

    Raises:
        ReviewError: if the path leads nowhere.
    """
    match path.split("."):
        case [table, record] if table in _TEXT:
            text: JsonValue = _find(doc, table, record)[_TEXT[table]]
            return text
        case ["incidents", record, "participants", actor]:
            parts = _find(doc, "incidents", record)["participants"]
            _find(doc, "actors", actor)
            return next((part["role"] for part in parts if part["actor"] == actor), None)
        case ["incidents", record, listed, number] if listed in _NUMBERED:
            entry = _numbered_entry(_find(doc, "incidents", record)[listed], number)
            return {name: entry[name] for name in _NUMBERED[listed]}
        case ["attributions", record, "source"]:
            said = _find(doc, "attributions", record)
            source: JsonValue = said["source"] or said["sourcing"]
            return source
        case [table, record, name] if (table, name) in {*_PLAIN, *_MAY_BE_NONE}:
            plain: JsonValue = _find(doc, table, record)[name]
            return plain
    raise ReviewError(f"there is no value {path!r} that can be decided on")


def value_or_none(doc: _Doc, path: str) -> JsonValue:
    """The value at a path; None where it leads nowhere."""
    try:
        return value(doc, path)
    except ReviewError:
        return None


def set_value(doc: _Doc, path: str, new: JsonValue) -> None:
    """Set a value; None takes it out.

    Raises:
        ReviewError: if the path leads nowhere, or the value is of another sort.
    """
    if value(doc, path) is None and new is None:
        raise ReviewError(f"{path}: there is no value to reject")
    match path.split("."):
        case [table, record]:
            _record(doc, table, record, new)
        case [table, record, name] if (table, name) in _PLAIN:
            if new is None:
                raise ReviewError(f"a {name} cannot be left out: correct it, or reject {record}")
            _find(doc, table, record)[name] = _word(new)
        case [table, record, name] if (table, name) in _MAY_BE_NONE:
            _find(doc, table, record)[name] = _or_none(table, name, new)
        case ["attributions", record, "source"]:
            _source(_find(doc, "attributions", record), new)
        case ["incidents", record, "participants", actor]:
            _role(_find(doc, "incidents", record), actor, new)
        case ["incidents", record, listed, number]:
            _entry(_find(doc, "incidents", record)[listed], int(number), new, _NUMBERED[listed])


def stays(path: str) -> bool:
    """Whether a value that was rejected is still shown, as none."""
    table, _, name = path.partition(".")
    return (table, name.rpartition(".")[2]) in _MAY_BE_NONE


def is_numbered(path: str) -> bool:
    """Whether a path counts the entries of a list."""
    return path.split(".")[2:3] in [[name] for name in _NUMBERED]


def same_thing(before: _Doc, after: _Doc, path: str) -> bool:
    """Whether a path still leads to the record, figure or object that it led to before."""
    return _lasting(before, path) == _lasting(after, path)


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
    said |= sourced(_word(new))


def sourced(speaker: str) -> _Doc:
    """The fields that tell who says so: an actor by its id, or `article` or `unattributed`."""
    voice = speaker in (ARTICLE, UNATTRIBUTED)
    return {"sourcing": speaker if voice else "actor", "source": None if voice else speaker}


def _role(incident: _Doc, actor: str, new: JsonValue) -> None:
    parts = incident["participants"]
    found = next((part for part in parts if part["actor"] == actor), None)
    if new is None:
        incident["participants"] = [part for part in parts if part is not found]
    elif found:
        found["role"] = _word(new)
    else:
        parts.append({"actor": actor, "role": _word(new)})


def _entry(entries: list[_Doc], number: int, new: JsonValue, names: tuple[str, ...]) -> None:
    if new is None:
        del entries[number]
    elif isinstance(new, dict) and {*new} <= {*names}:
        if new.get("source") is not None:
            _word(new["source"])
        entries[number] |= new
    else:
        raise ReviewError(f"what can be corrected is {', '.join(names)}")


def _or_none(table: str, name: str, new: JsonValue) -> JsonValue:
    if (table, name) in _WORDS:
        return [*_words(new)]
    if (table, name) in _OPTIONAL_WORD and new is not None:
        return _word(new)
    return _blank_as_none(new)


def _word(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise ReviewError(f"{value!r} is no word")
    return value


def _words(value: JsonValue) -> list[str]:
    if not isinstance(value, list | None):
        raise ReviewError(f"{value!r} is no list")
    return [*map(_word, value or [])]


def _blank_as_none(new: JsonValue) -> JsonValue:
    """A date with neither days nor words, and a place without any name, are none."""
    if not isinstance(new, dict):
        return new
    told = {name for name, value in new.items() if value is not None}
    return new if told - {"precision"} else None


def _lasting(doc: _Doc, path: str) -> JsonValue:
    """What of the record or entry at a path stays the same while its values are decided on."""
    try:
        match path.split("."):
            case ["incidents", record, "casualties", number]:
                figure = _numbered_entry(_find(doc, "incidents", record)["casualties"], number)
                return [figure["evidence"], figure["text"], figure["who"]]
            case ["incidents", record, "objects", number]:
                thing = _numbered_entry(_find(doc, "incidents", record)["objects"], number)
                return [record, thing["name"]]
            case [table, record, *_] if table in _TEXT:
                evidence: JsonValue = _find(doc, table, record)["evidence"]
                return evidence
    except ReviewError:
        pass
    return None


def _numbered_entry(entries: list[_Doc], number: str) -> _Doc:
    if not (number.isascii() and number.isdecimal() and int(number) < len(entries)):
        raise ReviewError(f"there is no value {number} among {len(entries)}")
    return entries[int(number)]


def _find(doc: _Doc, table: str, record: str) -> _Doc:
    for one in doc[table]:
        if one["id"] == record:
            found: _Doc = one
            return found
    raise ReviewError(f"there is no {record!r} among the {table}")
