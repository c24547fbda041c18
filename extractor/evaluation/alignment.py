"""Which predicted record stands for which gold record: one to one, by optimal assignment.

The weights are explained in `docs/evaluation.md`.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from extractor.evaluation.numerics import best_pairs
from extractor.evaluation.strings import similarity
from extractor.schemas import (
    Actor,
    Attribution,
    Evidence,
    Extraction,
    Incident,
    IncidentDate,
    Location,
)

_R = TypeVar("_R", Actor, Incident, Attribution)
Span = tuple[int, int]

# Only ties are meant to be broken by these, and each outweighs all after it.
_SAME_LABEL = 0.05
_SAME_PARTS = 0.02
_SAME_PLACE_IN_TEXT = 0.01
_IDENTICAL = 0.001

_EVIDENCE, _PARTICIPANTS, _TYPE, _LOCATION, _DATE = 0.4, 0.2, 0.15, 0.15, 0.1
_INCIDENT_MIN = 0.3
_SAME_COUNTRY = 0.3
"""What the country alone says about the place."""
_OTHER_ROLE = 0.5
"""What an actor in another role says about the participants."""

_SOURCE, _RESPONSIBLE = 0.6, 0.4
_AFFILIATED = 0.5
"""What a source says that belongs to the other source, or the other way around."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Ids of predicted records, each with the id of the gold record it stands for."""

    actors: Mapping[str, str]
    incidents: Mapping[str, str]
    attributions: Mapping[str, str]


def align(predicted: Extraction, gold: Extraction) -> Alignment:
    """Pair the records of two extractions of the same text."""
    contents = _Contents(predicted), _Contents(gold)
    parts = _parts(predicted), _parts(gold)

    def actor(one: Actor, two: Actor) -> float:
        return _actor_agreement(one, two, _common_share(parts[0][one.id], parts[1][two.id]))

    actors = _paired(predicted.actors, gold.actors, actor, contents)
    pairing = _Pairing(predicted, gold, actors)
    pairing.incidents = _paired(predicted.incidents, gold.incidents, pairing.incident, contents)
    attributions = _paired(predicted.attributions, gold.attributions, pairing.attribution, contents)
    return Alignment(actors, pairing.incidents, attributions)


def overlap(first: Sequence[Evidence], second: Sequence[Evidence]) -> float:
    """The characters in common as a share of the shorter side, from 0 to 1."""
    one, two = _merged(first), _merged(second)
    common = sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in one for b in two)
    return common / min(sum(b - a for a, b in one), sum(b - a for a, b in two))


def same_days(first: IncidentDate | None, second: IncidentDate | None) -> bool | None:
    """Whether two dates have a day in common; None where either is not resolved."""
    if first is None or second is None:
        return None
    if first.start is None or second.start is None or first.end is None or second.end is None:
        return None
    return first.start <= second.end and second.start <= first.end


def _merged(evidence: Iterable[Evidence]) -> list[Span]:
    spans: list[Span] = []
    for start, end in sorted((item.start, item.end) for item in evidence):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans


class _Contents:
    """A label of each record that stands for all it says, and for nothing of ids and order.

    So ties between records are settled by what these are, and only records that nothing
    tells apart are interchangeable.
    """

    def __init__(self, extraction: Extraction) -> None:
        own = {actor.id: _own(actor) for actor in extraction.actors}
        bodies = {actor.id: actor.affiliation for actor in extraction.actors}
        self._actors = {actor: _label(*_chain(actor, own, bodies)) for actor in own}
        self._incidents = {i.id: self._incident(i) for i in extraction.incidents}
        about: dict[str, list[str]] = {record: [] for record in (*own, *self._incidents)}
        attributions = {a.id: self._attribution(a) for a in extraction.attributions}
        for attribution in extraction.attributions:
            label = attributions[attribution.id]
            about[attribution.incident].append(label)
            for party in attribution.responsible:
                about[party].append(f"responsible {label}")
            if attribution.source is not None:
                about[attribution.source].append(f"source {label}")
        for incident in extraction.incidents:
            for participant in incident.participants:
                label = f"{participant.role} {self._incidents[incident.id]}"
                about[participant.actor].append(label)
        plain = {**self._actors, **self._incidents}
        self._labels = attributions | {
            record: _label(label, *sorted(about[record])) for record, label in plain.items()
        }

    def __getitem__(self, record: str) -> str:
        return self._labels[record]

    def _incident(self, incident: Incident) -> str:
        figures = sorted(
            repr((c.kind, c.low, c.high, c.who, c.source and self._actors[c.source]))
            for c in incident.casualties
        )
        roles = sorted((self._actors[p.actor], p.role) for p in incident.participants)
        things = sorted(repr(item) for item in incident.objects), sorted(incident.weapons)
        about = (incident.type, incident.status, incident.date, incident.location)
        return _label(about, _spans(incident.evidence), roles, things, figures, incident.summary)

    def _attribution(self, attribution: Attribution) -> str:
        source = attribution.source and self._actors[attribution.source]
        held = sorted(self._actors[party] for party in attribution.responsible)
        about = (attribution.aspect, attribution.sourcing, attribution.stance)
        incident = self._incidents[attribution.incident]
        words = attribution.certainty, attribution.statement, attribution.medium
        return _label(about, words, source, held, incident, _spans(attribution.evidence))


def _label(*parts: object) -> str:
    # Short, since labels become parts of other labels.
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def _own(actor: Actor) -> str:
    about = (actor.name, sorted(actor.aliases), actor.kind, actor.role, actor.country)
    return _label(about, _spans(actor.evidence))


def _chain(actor: str, own: Mapping[str, str], bodies: Mapping[str, str | None]) -> Iterator[str]:
    """What an actor is, then the body it belongs to, then the body of that one."""
    seen: set[str] = set()
    found: str | None = actor
    while found is not None and found not in seen:
        seen.add(found)
        yield own[found]
        found = bodies[found]


def _spans(evidence: Iterable[Evidence]) -> list[Span]:
    return sorted({(item.start, item.end) for item in evidence})


def _paired(
    predicted: Sequence[_R],
    gold: Sequence[_R],
    agreement: Callable[[_R, _R], float],
    contents: tuple[_Contents, _Contents],
) -> dict[str, str]:
    ours = sorted(predicted, key=lambda record: contents[0][record.id])
    theirs = sorted(gold, key=lambda record: contents[1][record.id])
    weights = [[agreement(one, two) for two in theirs] for one in ours]
    for row, one in zip(weights, ours, strict=True):
        for column, two in enumerate(theirs):
            if row[column] > 0 and contents[0][one.id] == contents[1][two.id]:
                row[column] += _IDENTICAL
    return {ours[row].id: theirs[column].id for row, column in best_pairs(weights)}


def _parts(extraction: Extraction) -> dict[str, Counter[object]]:
    """What each actor does, told without the names of other records."""
    parts: dict[str, Counter[object]] = {actor.id: Counter() for actor in extraction.actors}
    spans = {incident.id: tuple(_spans(incident.evidence)) for incident in extraction.incidents}
    for actor in extraction.actors:
        if actor.affiliation is not None:
            parts[actor.affiliation]["body"] += 1
            parts[actor.id]["member"] += 1
    for incident in extraction.incidents:
        for participant in incident.participants:
            parts[participant.actor][participant.role, spans[incident.id]] += 1
        for casualty in incident.casualties:
            if casualty.source is not None:
                parts[casualty.source]["counts", spans[incident.id]] += 1
    for attribution in extraction.attributions:
        about = attribution.aspect, attribution.stance, spans[attribution.incident]
        for party in attribution.responsible:
            parts[party]["responsible", about] += 1
        if attribution.source is not None:
            parts[attribution.source]["source", about] += 1
    return parts


def _common_share(one: Counter[object], two: Counter[object]) -> float:
    total = one.total() + two.total()
    return 2 * (one & two).total() / total if total else 1.0


def _actor_agreement(one: Actor, two: Actor, parts: float) -> float:
    names = [(a, b) for a in (one.name, *one.aliases) for b in (two.name, *two.aliases)]
    best = max(similarity(a, b) for a, b in names)
    if not best:
        return 0.0
    ties = _SAME_LABEL * (one.kind is two.kind) + _SAME_PARTS * parts
    return best + ties + _SAME_PLACE_IN_TEXT * overlap(one.evidence, two.evidence)


class _Pairing:
    """Agreement of records that refer to records which are already paired."""

    def __init__(self, predicted: Extraction, gold: Extraction, actors: Mapping[str, str]) -> None:
        self.actors = actors
        self.incidents: Mapping[str, str] = {}
        self._bodies = (
            {actor.id: actor.affiliation for actor in predicted.actors},
            {actor.id: actor.affiliation for actor in gold.actors},
        )

    def incident(self, one: Incident, two: Incident) -> float:
        shared = overlap(one.evidence, two.evidence)
        place, days = _place(one.location, two.location), same_days(one.date, two.date)
        same_type = one.type is two.type
        named_place = place is not None and place.by_name and place.value > 0
        if not shared and not (same_type and (days or named_place)):
            return 0.0
        known = [(_EVIDENCE, shared), (_TYPE, float(same_type))]
        if days is not None:
            known.append((_DATE, float(days)))
        if place is not None:
            known.append((_LOCATION, place.value))
        if one.participants and two.participants:
            known.append((_PARTICIPANTS, self._participants(one, two)))
        score = sum(weight * value for weight, value in known) / sum(w for w, _ in known)
        return score if score >= _INCIDENT_MIN else 0.0

    def _participants(self, one: Incident, two: Incident) -> float:
        roles = {participant.actor: participant.role for participant in two.participants}
        common = 0.0
        for participant in one.participants:
            role = roles.get(self.actors.get(participant.actor, ""))
            if role is not None:
                common += 1.0 if role is participant.role else _OTHER_ROLE
        return 2 * common / (len(one.participants) + len(two.participants))

    def attribution(self, one: Attribution, two: Attribution) -> float:
        if self.incidents.get(one.incident) != two.incident or one.aspect is not two.aspect:
            return 0.0
        source, held = self.source(one, two), self._responsible(one, two)
        if not source and not held:
            return 0.0
        ties = _SAME_LABEL * (one.stance is two.stance)
        ties += _SAME_PLACE_IN_TEXT * overlap(one.evidence, two.evidence)
        return _SOURCE * source + _RESPONSIBLE * held + ties

    def source(self, one: Attribution, two: Attribution) -> float:
        """How much the sources agree: 1, 0, or in between where one speaks for the other."""
        if one.sourcing is not two.sourcing:
            return 0.0
        if one.source is None or two.source is None:
            return 1.0
        if self.actors.get(one.source) == two.source:
            return 1.0
        bodies = self._bodies[0][one.source], self._bodies[1][two.source]
        ours_speaks = bodies[0] is not None and self.actors.get(bodies[0]) == two.source
        theirs_speaks = bodies[1] is not None and self.actors.get(one.source) == bodies[1]
        return _AFFILIATED if ours_speaks or theirs_speaks else 0.0

    def _responsible(self, one: Attribution, two: Attribution) -> float:
        if not one.responsible or not two.responsible:
            return 0.0
        common = len({self.actors.get(actor) for actor in one.responsible} & {*two.responsible})
        return 2 * common / (len(one.responsible) + len(two.responsible))


@dataclass(frozen=True, slots=True)
class _PlaceAgreement:
    value: float
    by_name: bool


def _place(one: Location | None, two: Location | None) -> _PlaceAgreement | None:
    """How much two places agree, by name or else by country; None with nothing to compare."""
    if one is None or two is None:
        return None
    ours, theirs = [one.name, one.city], [two.name, two.city]
    names = [similarity(a, b) for a in ours for b in theirs if a and b]
    if best := max(names, default=0.0):
        return _PlaceAgreement(best, by_name=True)
    if one.country and two.country:
        # Where no side names a place, the country is all there is to agree on.
        same = _SAME_COUNTRY if any(ours) or any(theirs) else 1.0
        return _PlaceAgreement(same if one.country == two.country else 0.0, by_name=False)
    return _PlaceAgreement(0.0, by_name=True) if names else None
