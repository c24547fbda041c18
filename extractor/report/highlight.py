"""Cuts a text where evidence begins and ends, so that overlapping quotes can all be marked."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from extractor.schemas import Actor, Evidence, Extraction, Incident


class Kind(StrEnum):
    """What a marked stretch of text is evidence of; the outer mark first."""

    INCIDENT = "incident"
    ATTRIBUTION = "attribution"
    FIGURE = "figure"
    ACTOR = "actor"


@dataclass(frozen=True, slots=True)
class Mark:
    """Evidence of one record."""

    record: str
    """Id of the record, as `figure_id` has it for a figure."""
    kind: Kind
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text that the same records rest on from its first to its last character."""

    text: str
    records: tuple[str, ...]
    """The records, the outer kinds first; empty for text that is no evidence."""
    kinds: tuple[Kind, ...]
    """Their kinds, each once, in the same order."""
    first: tuple[str, ...]
    """Of the records, those whose evidence is met here for the first time."""


def figure_id(incident: Incident, number: int) -> str:
    """An id for a casualty figure, which has none of its own: `i1c1`, `i1c2`."""
    return f"{incident.id}c{number}"


def marks(extraction: Extraction) -> list[Mark]:
    """All evidence of an extraction, the outer kinds first."""
    incidents = extraction.incidents
    found = [Mark(i.id, Kind.INCIDENT, e) for i in incidents for e in i.evidence]
    found += [Mark(a.id, Kind.ATTRIBUTION, e) for a in extraction.attributions for e in a.evidence]
    found += [
        Mark(figure_id(incident, number), Kind.FIGURE, e)
        for incident in incidents
        for number, casualty in enumerate(incident.casualties, start=1)
        for e in casualty.evidence
    ]
    found += [Mark(a.id, Kind.ACTOR, _name_in(e, a)) for a in extraction.actors for e in a.evidence]
    return found


def _name_in(evidence: Evidence, actor: Actor) -> Evidence:
    """The actor's name alone, where the evidence has it: the sentence is long, the name is not."""
    for name in sorted((actor.name, *actor.aliases), key=len, reverse=True):
        if found := re.search(_pattern(name), evidence.quote, re.IGNORECASE):
            start = evidence.start + found.start()
            return Evidence(quote=found[0], start=start, end=start + len(found[0]))
    return evidence


def _pattern(name: str) -> str:
    """A name as a word of its own, in scripts that divide words and do not grow them at ends."""
    words = re.escape(name)
    return rf"(?<!\w){words}(?!\w)" if name.isascii() else words


def segments(text: str, found: Iterable[Mark]) -> list[Segment]:
    """`text` in parts, none empty, which joined are the text again."""
    begin: dict[int, list[int]] = defaultdict(list)
    end: dict[int, list[int]] = defaultdict(list)
    ordered = list(found)
    for number, mark in enumerate(ordered):
        begin[mark.evidence.start].append(number)
        end[mark.evidence.end].append(number)
    cuts = sorted({0, len(text), *begin, *end})
    active: set[int] = set()
    met: set[str] = set()
    parts: list[Segment] = []
    for start, stop in pairwise(cuts):
        active.difference_update(end[start])
        active.update(begin[start])
        here = [ordered[number] for number in sorted(active)]
        records = tuple(dict.fromkeys(mark.record for mark in here))
        kinds = tuple(dict.fromkeys(mark.kind for mark in here))
        first = tuple(record for record in records if record not in met)
        met.update(first)
        parts.append(Segment(text[start:stop], records, kinds, first))
    return parts
