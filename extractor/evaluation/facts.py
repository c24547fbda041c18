"""An extraction as atomic facts, each judged right or wrong against the gold facts.

Which facts there are is section 5 of the codebook; `docs/evaluation.md` says when two agree.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from extractor.evaluation.alignment import Alignment
from extractor.evaluation.numerics import best_pairs
from extractor.evaluation.strings import similarity
from extractor.schemas import (
    Actor,
    Attribution,
    Casualty,
    Evidence,
    Extraction,
    Incident,
    IncidentDate,
)

RecordKind = Literal["actor", "incident", "attribution"]
RECORD_KINDS: tuple[RecordKind, ...] = ("actor", "incident", "attribution")
FIELDS = (
    "actor",
    "actor.kind",
    "actor.affiliation",
    "incident",
    "incident.type",
    "incident.status",
    "incident.date",
    "incident.country",
    "incident.place",
    "incident.participants",
    "incident.objects",
    "incident.weapons",
    "incident.casualties",
    "attribution",
    "attribution.responsible",
    "attribution.stance",
    "attribution.certainty",
)
"""The scored fields. One named like a record kind is the existence of such a record."""

_AS_WRITTEN = frozenset({"incident.place", "incident.objects", "incident.weapons"})
_Record = Actor | Incident | Attribution


class Fact(NamedTuple):
    """One atomic fact of a record."""

    field: str
    key: str
    """What has to be equal, or as written similar, for two facts to agree."""
    shown: str
    """The fact for a person."""
    evidence: Evidence | None = None
    """Where it stands, if not with its record."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A fact of either side, or one of each that were compared, and whether they agree."""

    field: str
    right: bool
    gold: str | None
    predicted: str | None
    record: str
    """Id of the gold record, or of the predicted one that has no counterpart."""
    unpaired: bool
    """Whether the record has no counterpart."""
    incident_type: str | None
    evidence: Evidence


def judge(predicted: Extraction, gold: Extraction, alignment: Alignment) -> list[Judgement]:
    """Compare two extractions of the same text fact by fact."""
    ours, theirs = _Facts(predicted, alignment), _Facts(gold, None)
    judged: list[Judgement] = []
    for kind in RECORD_KINDS:
        pairs: Mapping[str, str] = getattr(alignment, f"{kind}s")
        mine = {record.id: record for record in _records(predicted, kind)}
        other = {record.id: record for record in _records(gold, kind)}
        counterpart = {gold_id: own_id for own_id, gold_id in pairs.items()}
        for gold_id, record in other.items():
            own_id = counterpart.get(gold_id)
            facts = ours.of(mine[own_id]) if own_id else []
            judged += _compared(facts, theirs.of(record), record, theirs, not own_id)
        for own_id, record in mine.items():
            if own_id not in pairs:
                judged += _compared(ours.of(record), [], record, ours, True)
    return judged


def counts(judgements: Sequence[Judgement]) -> dict[str, tuple[int, int, int]]:
    """True positives, false positives and false negatives of each field, in order."""
    right: Counter[str] = Counter()
    spurious: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for judgement in judgements:
        if judgement.right:
            right[judgement.field] += 1
            continue
        spurious[judgement.field] += judgement.predicted is not None
        missed[judgement.field] += judgement.gold is not None
    return {field: (right[field], spurious[field], missed[field]) for field in FIELDS}


def figure(casualty: Casualty) -> str:
    """A figure for a person: `killed 3..5`, with nothing at an open end."""
    low = "" if casualty.low is None else casualty.low
    high = "" if casualty.high is None else casualty.high
    numbers = f"{low}" if low == high else f"{low}..{high}"
    return f"{casualty.kind} {numbers or 'unnumbered'}"


def _records(extraction: Extraction, kind: RecordKind) -> Sequence[_Record]:
    records: Sequence[_Record] = getattr(extraction, f"{kind}s")
    return records


def _compared(
    predicted: Sequence[Fact],
    gold: Sequence[Fact],
    record: _Record,
    side: "_Facts",
    unpaired: bool,
) -> Iterator[Judgement]:
    incident_type = side.incident_type(record)
    for field in dict.fromkeys(fact.field for fact in (*gold, *predicted)):
        ours = [fact for fact in predicted if fact.field == field]
        theirs = [fact for fact in gold if fact.field == field]
        for one, two, right in _matched(ours, theirs):
            own = two or one
            yield Judgement(
                field=field,
                right=right,
                gold=two.shown if two else None,
                predicted=one.shown if one else None,
                record=record.id,
                unpaired=unpaired,
                incident_type=incident_type,
                evidence=(own and own.evidence) or record.evidence[0],
            )


def _matched(
    predicted: Sequence[Fact], gold: Sequence[Fact]
) -> Iterator[tuple[Fact | None, Fact | None, bool]]:
    """Facts of one field that agree, one to one, then what is left of either side."""
    if len(predicted) == len(gold) == 1:
        one, two = predicted[0], gold[0]
        yield one, two, _agreement(one, two) > 0
        return
    pairs = best_pairs([[_agreement(one, two) for two in gold] for one in predicted])
    for row, column in pairs:
        yield predicted[row], gold[column], True
    paired = {row for row, _ in pairs}, {column for _, column in pairs}
    yield from ((one, None, False) for n, one in enumerate(predicted) if n not in paired[0])
    yield from ((None, two, False) for n, two in enumerate(gold) if n not in paired[1])


def _agreement(one: Fact, two: Fact) -> float:
    if one.field in _AS_WRITTEN:
        return similarity(one.key, two.key)
    return float(one.key == two.key)


class _Facts:
    """The facts of an extraction, its references told by the gold actors they stand for."""

    def __init__(self, extraction: Extraction, alignment: Alignment | None) -> None:
        self._names = {actor.id: actor.name for actor in extraction.actors}
        self._types = {incident.id: incident.type.value for incident in extraction.incidents}
        self._gold_actor = None if alignment is None else alignment.actors

    def of(self, record: _Record) -> list[Fact]:
        """The facts of one record."""
        if isinstance(record, Actor):
            return [*self._actor(record)]
        if isinstance(record, Incident):
            return [*self._incident(record)]
        return [*self._attribution(record)]

    def incident_type(self, record: _Record) -> str | None:
        """Type of the incident that a record is or is about; None for an actor."""
        if isinstance(record, Actor):
            return None
        return self._types[record.id if isinstance(record, Incident) else record.incident]

    def _key(self, actor: str) -> str:
        # A predicted actor without counterpart is the same as no gold actor.
        return actor if self._gold_actor is None else self._gold_actor.get(actor, "")

    def _actor(self, actor: Actor) -> Iterator[Fact]:
        yield Fact("actor", "", actor.name)
        yield Fact("actor.kind", actor.kind, f"{actor.name}: {actor.kind}")
        if actor.affiliation is not None:
            body = self._names[actor.affiliation]
            shown = f"{actor.name}: {body}"
            yield Fact("actor.affiliation", self._key(actor.affiliation), shown)

    def _incident(self, incident: Incident) -> Iterator[Fact]:
        yield Fact("incident", "", f"{incident.type}: {incident.summary}")
        yield Fact("incident.type", incident.type, incident.type)
        yield Fact("incident.status", incident.status, incident.status)
        if days := _days(incident.date):
            yield Fact("incident.date", days, days)
        if place := incident.location:
            if place.country is not None:
                yield Fact("incident.country", place.country, place.country)
            if place.name is not None:
                yield Fact("incident.place", place.name, place.name)
        for participant in incident.participants:
            shown = f"{self._names[participant.actor]} as {participant.role}"
            key = f"{self._key(participant.actor)} {participant.role}"
            yield Fact("incident.participants", key, shown)
        for item in incident.objects:
            yield Fact("incident.objects", item.name, item.name)
        for weapon in incident.weapons:
            yield Fact("incident.weapons", weapon, weapon)
        for casualty in incident.casualties:
            shown = figure(casualty)
            yield Fact("incident.casualties", shown, shown, casualty.evidence[0])

    def _attribution(self, attribution: Attribution) -> Iterator[Fact]:
        speaker = self._names[attribution.source] if attribution.source else attribution.sourcing
        about = f"{speaker} on {attribution.aspect}"
        yield Fact("attribution", "", f"{about}: {attribution.statement}")
        for actor in attribution.responsible:
            shown = f"{about}: {self._names[actor]}"
            yield Fact("attribution.responsible", self._key(actor), shown)
        stance, certainty = attribution.stance, attribution.certainty
        yield Fact("attribution.stance", stance, f"{about}: {stance}")
        yield Fact("attribution.certainty", certainty, f"{about}: {certainty}")


def _days(when: IncidentDate | None) -> str | None:
    if when is None or when.start is None:
        return None
    return f"{when.start}" if when.start == when.end else f"{when.start} to {when.end}"
