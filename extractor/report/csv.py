"""Outcomes as rows of a spreadsheet: one row an incident.

An article without incidents, or without a result, has one row with an empty `incident_id`, so
that a table shows every article that was worked on.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from extractor.pipeline.outcome import Outcome
from extractor.report.plain import plain
from extractor.report.words import Names, bounds, spoken
from extractor.schemas import (
    Attribution,
    Casualty,
    Evidence,
    Extraction,
    Incident,
    ParticipantRole,
    PhysicalObject,
)

_FORMULA = ("=", "+", "-", "@")


def _role(role: ParticipantRole) -> Callable[[Incident, Names], str]:
    return lambda incident, names: _list(names.of(incident.actors_in_role(role)))


def _day(value: object) -> str:
    return "" if value is None else str(value)


_INCIDENT: dict[str, Callable[[Incident, Names], str]] = {
    "incident_id": lambda i, _: i.id,
    "type": lambda i, _: i.type,
    "incident_status": lambda i, _: i.status,
    "summary": lambda i, _: i.summary,
    "date_start": lambda i, _: _day(i.date.start) if i.date else "",
    "date_end": lambda i, _: _day(i.date.end) if i.date else "",
    "date_precision": lambda i, _: i.date.precision if i.date else "",
    "date_text": lambda i, _: (i.date.text or "") if i.date else "",
    "location": lambda i, _: (i.location.name or "") if i.location else "",
    "city": lambda i, _: (i.location.city or "") if i.location else "",
    "region": lambda i, _: (i.location.region or "") if i.location else "",
    "country": lambda i, _: (i.location.country or "") if i.location else "",
    "perpetrators": _role(ParticipantRole.PERPETRATOR),
    "targets": _role(ParticipantRole.TARGET),
    "victims": _role(ParticipantRole.VICTIM),
    "responders": _role(ParticipantRole.RESPONDER),
    "supporters": _role(ParticipantRole.SUPPORTER),
    "demonstrators": _role(ParticipantRole.DEMONSTRATOR),
    "objects": lambda i, _: _list(map(_object, i.objects)),
    "weapons": lambda i, _: _list(i.weapons),
    "casualties": lambda i, names: _list(_casualty(c, names) for c in i.casualties),
    "attributions": lambda i, names: _list(
        _attribution(a, names) for a in names.attributions_of(i.id)
    ),
    "evidence": lambda i, _: _quotes(i.evidence),
}
_ARTICLE: dict[str, Callable[[Outcome], str]] = {
    "article_id": lambda o: o.article.id,
    "title": lambda o: o.article.title or "",
    "published": lambda o: _day(o.article.published),
    "source": lambda o: o.article.source or "",
    "url": lambda o: o.article.url or "",
    "status": lambda o: o.status,
}
_RUN: dict[str, Callable[[Outcome], str]] = {
    "warnings": lambda o: str(len(o.warnings)),
    "error": lambda o: f"{o.error.kind}: {o.error.message}" if o.error else "",
    "model": lambda o: o.provenance.model,
    "prompt": lambda o: o.provenance.prompt,
}
COLUMNS = (*_ARTICLE, *_INCIDENT, *_RUN)
"""Names of the columns, in order."""


def csv_rows(outcome: Outcome) -> list[list[str]]:
    """The rows of one outcome, a cell for each of `COLUMNS`, safe to open in a spreadsheet."""
    article = [get(outcome) for get in _ARTICLE.values()]
    run = [get(outcome) for get in _RUN.values()]
    found: Extraction | None = outcome.extraction
    if found is None or not found.incidents:
        return [_guarded([*article, *([""] * len(_INCIDENT)), *run])]
    names = Names(found)
    return [
        _guarded([*article, *(get(incident, names) for get in _INCIDENT.values()), *run])
        for incident in found.incidents
    ]


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """`rows` as lines of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def guard(cell: str) -> str:
    """`cell` on one line and never a formula: spreadsheets run cells that begin like one."""
    cell = plain(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _guarded(cells: Iterable[str]) -> list[str]:
    return [guard(cell) for cell in cells]


def _list(values: Iterable[str]) -> str:
    return "; ".join(values)


def _quotes(evidence: Iterable[Evidence]) -> str:
    return " […] ".join(item.quote for item in evidence)


def _object(item: PhysicalObject) -> str:
    return f"{item.name} ({spoken(item.kind)}, {spoken(item.effect)})"


def _casualty(casualty: Casualty, names: Names) -> str:
    return f"{spoken(casualty.kind)} {bounds(casualty)} by {names.source_of(casualty)}"


def _attribution(attribution: Attribution, names: Names) -> str:
    held = names.of(attribution.responsible)
    about = f"{attribution.aspect} of {' or '.join(held)}" if held else str(attribution.aspect)
    return f"{names.speaker(attribution)}: {attribution.stance} {attribution.certainty} ({about})"
