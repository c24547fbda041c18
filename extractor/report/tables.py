"""Outcomes as tables that join: one row an article, incident, participant, figure, ...

Every table has `article_id`; ids such as `i1` and `a1` are unique within an article, so the two
together are the key. The spreadsheet of `extractor.report.csv` is made of the same columns.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from extractor.pipeline.outcome import Outcome
from extractor.report.words import spoken
from extractor.schemas import Incident, PhysicalObject

Kind: TypeAlias = Literal["text", "integer", "number", "date", "list"]
"""What a column holds; a list is one of texts."""

Row: TypeAlias = Sequence[Any]
Getters: TypeAlias = Mapping[str, tuple[Kind, Callable[..., Any]]]


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: Its name.
        columns: What each column holds, by name, in order.
        rows: The rows of one outcome, a value for each column.
    """

    name: str
    columns: Mapping[str, Kind]
    rows: Callable[[Outcome], Iterator[Row]]


def object_text(item: PhysicalObject) -> str:
    """A physical thing in words, such as `vans (vehicle, destroyed)`."""
    return f"{item.name} ({spoken(item.kind)}, {spoken(item.effect)})"


ARTICLE: Getters = {
    "article_id": ("text", lambda o: o.article.id),
    "title": ("text", lambda o: o.article.title),
    "published": ("date", lambda o: o.article.published),
    "source": ("text", lambda o: o.article.source),
    "url": ("text", lambda o: o.article.url),
    "language": ("text", lambda o: o.article.language),
    "status": ("text", lambda o: str(o.status)),
}
"""Columns about an article, of an `Outcome`."""

INCIDENT: Getters = {
    "incident_id": ("text", lambda i: i.id),
    "type": ("text", lambda i: str(i.type)),
    "incident_status": ("text", lambda i: str(i.status)),
    "summary": ("text", lambda i: i.summary),
    "date_start": ("date", lambda i: i.date.start if i.date else None),
    "date_end": ("date", lambda i: i.date.end if i.date else None),
    "date_precision": ("text", lambda i: str(i.date.precision) if i.date else None),
    "date_text": ("text", lambda i: i.date.text if i.date else None),
    "location": ("text", lambda i: i.location.name if i.location else None),
    "city": ("text", lambda i: i.location.city if i.location else None),
    "region": ("text", lambda i: i.location.region if i.location else None),
    "country": ("text", lambda i: i.location.country if i.location else None),
    "objects": ("list", lambda i: [object_text(item) for item in i.objects]),
    "weapons": ("list", lambda i: list(i.weapons)),
}
"""Columns about an incident, of an `Incident`."""

_RUN: Getters = {
    "error_kind": ("text", lambda o: o.error.kind if o.error else None),
    "error": ("text", lambda o: o.error.message if o.error else None),
    "warnings": ("integer", lambda o: len(o.warnings)),
    "model": ("text", lambda o: o.provenance.model),
    "prompt": ("text", lambda o: o.provenance.prompt),
    "prompt_hash": ("text", lambda o: o.provenance.prompt_hash),
    "schema_hash": ("text", lambda o: o.provenance.schema_hash),
    "attempts": ("integer", lambda o: o.provenance.attempts),
    "input_tokens": ("integer", lambda o: o.provenance.usage.input_tokens),
    "output_tokens": ("integer", lambda o: o.provenance.usage.output_tokens),
    "requests": ("integer", lambda o: o.provenance.usage.requests),
    "cost_usd": ("number", lambda o: o.provenance.cost_usd),
    "duration_s": ("number", lambda o: o.provenance.duration_s),
}
_KEY: dict[str, Kind] = {"article_id": "text"}
_PARTICIPANT: dict[str, Kind] = {"incident_id": "text", "actor_id": "text", "role": "text"}
_CASUALTY: dict[str, Kind] = {
    "casualty_id": "text",
    "incident_id": "text",
    "kind": "text",
    "low": "integer",
    "high": "integer",
    "text": "text",
    "who": "text",
    "source_id": "text",
}
_ACTOR: dict[str, Kind] = {
    "actor_id": "text",
    "name": "text",
    "aliases": "list",
    "kind": "text",
    "role": "text",
    "affiliation_id": "text",
    "country": "text",
}
_ATTRIBUTION: dict[str, Kind] = {
    "attribution_id": "text",
    "incident_id": "text",
    "aspect": "text",
    "sourcing": "text",
    "source_id": "text",
    "responsible_ids": "list",
    "stance": "text",
    "certainty": "text",
    "statement": "text",
    "medium": "text",
    "conflicts_with_ids": "list",
}
_EVIDENCE: dict[str, Kind] = {
    "subject": "text",
    "subject_id": "text",
    "number": "integer",
    "quote": "text",
    "start": "integer",
    "end": "integer",
}


def casualty_id(incident: Incident, number: int) -> str:
    """Id of an incident's figure, unique in its article."""
    return f"{incident.id}.c{number}"


def _kinds(*getters: Getters) -> dict[str, Kind]:
    return {name: kind for group in getters for name, (kind, _) in group.items()}


def _values(getters: Getters, record: object) -> list[Any]:
    return [get(record) for _, get in getters.values()]


def _articles(outcome: Outcome) -> Iterator[Row]:
    yield [*_values(ARTICLE, outcome), *_values(_RUN, outcome)]


def _incidents(outcome: Outcome) -> Iterator[Row]:
    for incident in _found(outcome):
        yield [outcome.article.id, *_values(INCIDENT, incident)]


def _participants(outcome: Outcome) -> Iterator[Row]:
    for incident in _found(outcome):
        for p in incident.participants:
            yield [outcome.article.id, incident.id, p.actor, str(p.role)]


def _casualties(outcome: Outcome) -> Iterator[Row]:
    for incident in _found(outcome):
        for number, c in enumerate(incident.casualties, 1):
            key = [outcome.article.id, casualty_id(incident, number), incident.id]
            yield [*key, str(c.kind), c.low, c.high, c.text, c.who, c.source]


def _actors(outcome: Outcome) -> Iterator[Row]:
    for a in outcome.extraction.actors if outcome.extraction else ():
        key = [outcome.article.id, a.id]
        yield [*key, a.name, list(a.aliases), str(a.kind), a.role, a.affiliation, a.country]


def _attributions(outcome: Outcome) -> Iterator[Row]:
    for a in outcome.extraction.attributions if outcome.extraction else ():
        yield [
            *(outcome.article.id, a.id, a.incident, str(a.aspect), str(a.sourcing), a.source),
            *(list(a.responsible), str(a.stance), str(a.certainty), a.statement, a.medium),
            list(a.conflicts_with),
        ]


def _evidence(outcome: Outcome) -> Iterator[Row]:
    if outcome.extraction is None:
        return
    subjects: list[tuple[str, str, Sequence[Any]]] = [
        *(("actor", a.id, a.evidence) for a in outcome.extraction.actors),
        *(("incident", i.id, i.evidence) for i in outcome.extraction.incidents),
        *(
            ("casualty", casualty_id(i, number), c.evidence)
            for i in outcome.extraction.incidents
            for number, c in enumerate(i.casualties, 1)
        ),
        *(("attribution", a.id, a.evidence) for a in outcome.extraction.attributions),
    ]
    for subject, subject_id, evidence in subjects:
        for number, e in enumerate(evidence, 1):
            yield [outcome.article.id, subject, subject_id, number, e.quote, e.start, e.end]


def _found(outcome: Outcome) -> Sequence[Incident]:
    return outcome.extraction.incidents if outcome.extraction else ()


TABLES = (
    Table("articles", _kinds(ARTICLE, _RUN), _articles),
    Table("incidents", _KEY | _kinds(INCIDENT), _incidents),
    Table("participants", _KEY | _PARTICIPANT, _participants),
    Table("casualties", _KEY | _CASUALTY, _casualties),
    Table("actors", _KEY | _ACTOR, _actors),
    Table("attributions", _KEY | _ATTRIBUTION, _attributions),
    Table("evidence", _KEY | _EVIDENCE, _evidence),
)
"""All tables, in order."""
