"""What two extractions of one article do not have in common, down to the last value."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from extractor.evaluation.alignment import align
from extractor.evaluation.facts import judge
from extractor.schemas import Extraction

LABELS = frozenset(
    {
        "actor.kind",
        "incident.type",
        "incident.status",
        "incident.participants",
        "attribution.stance",
        "attribution.certainty",
    }
)
"""The scored fields whose values are labels of a closed set."""

_NOWHERE = range(0)


def label_changes(one: Extraction, two: Extraction) -> tuple[list[str], int]:
    """The labels that differ between two extractions, and how many were compared.

    A label of a record that only one side has differs.
    """
    judged = [j for j in judge(two, one, align(two, one)) if j.field in LABELS]
    changed = [
        f"{j.field} of {j.record}: {j.gold or 'none'} → {j.predicted or 'none'}"
        for j in judged
        if not j.right
    ]
    return changed, len(judged)


def differences(one: Extraction, two: Extraction, text: str, hidden: range = _NOWHERE) -> list[str]:
    """What only one of two extractions says: lines that begin with `-`, of the second with `+`.

    Ids are compared by what they stand for. Provenance and what is known of the article are
    left out.

    Args:
        one: The first extraction.
        two: The second one.
        text: The text of the first one.
        hidden: The part that the second one's text has more. Evidence in it counts for nothing.
    """
    first = Counter(_records(one, text, _NOWHERE))
    second = Counter(_records(two, text, hidden))
    ours = Counter(line for record in (first - second).elements() for line in record)
    theirs = Counter(line for record in (second - first).elements() for line in record)
    # Records that exchanged their values have all lines in common.
    lost, new = (ours - theirs, theirs - ours) if ours != theirs else (ours, theirs)
    return [*(f"- {line}" for line in lost.elements()), *(f"+ {line}" for line in new.elements())]


def _records(extraction: Extraction, text: str, hidden: range) -> Iterator[tuple[str, ...]]:
    """Each record as lines, one for each value."""
    names = {actor.id: actor.name for actor in extraction.actors}
    names |= {incident.id: incident.summary for incident in extraction.incidents}
    names |= {said.id: said.statement for said in extraction.attributions}
    for label, records in (
        ("actor", extraction.actors),
        ("incident", extraction.incidents),
        ("attribution", extraction.attributions),
    ):
        for record in records:
            data = record.model_dump(mode="json", exclude={"id"})
            data["evidence"] = [*_moved(data["evidence"], text, hidden)]
            for casualty in data.get("casualties", []):
                casualty["evidence"] = [*_moved(casualty["evidence"], text, hidden)]
            yield (f"{label}: {names[record.id]}", *_lines(data, label, names))


def _moved(evidence: list[dict[str, Any]], text: str, hidden: range) -> Iterator[str]:
    """Evidence as it would stand in the text without its hidden part."""

    def place(offset: int) -> int:
        return offset - max(0, min(offset, hidden.stop) - hidden.start)

    for item in evidence:
        start, end = place(item["start"]), place(item["end"])
        if quote := text[start:end].strip():
            yield f"{text.index(quote, start)}: {quote}"


def _lines(value: Any, path: str, names: dict[str, str]) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _lines(item, f"{path}.{key}", names)
    elif isinstance(value, list):
        for item in value:
            yield from _lines(item, path, names)
    elif value is not None:
        yield f"{path}: {names.get(value, value) if isinstance(value, str) else value}"
