"""Outcomes as rows of a spreadsheet: one row an incident.

An article without incidents, or without a result, has one row with an empty `incident_id`, so
that a table shows every article that was worked on.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from extractor.pipeline.outcome import Outcome
from extractor.report.plain import plain
from extractor.report.tables import ARTICLE, INCIDENT
from extractor.report.words import Names, bounds, spoken
from extractor.schemas import (
    Attribution,
    Casualty,
    Evidence,
    Extraction,
    Incident,
    ParticipantRole,
)

_FORMULA = ("=", "+", "-", "@")


def _role(role: ParticipantRole) -> Callable[[Incident, Names], str]:
    return lambda incident, names: _list(names.of(incident.actors_in_role(role)))


def _cell(value: object) -> str:
    """A value of a table as a cell of the spreadsheet."""
    if isinstance(value, list):
        return _list(value)
    return "" if value is None else str(value)


def _of_incident(name: str) -> Callable[[Incident, Names], str]:
    _, get = INCIDENT[name]
    return lambda incident, _: _cell(get(incident))


def _of_article(name: str) -> Callable[[Outcome], str]:
    _, get = ARTICLE[name]
    return lambda outcome: _cell(get(outcome))


_FIRST = [name for name in INCIDENT if name not in ("objects", "weapons")]
_INCIDENT: dict[str, Callable[[Incident, Names], str]] = {
    **{name: _of_incident(name) for name in _FIRST},
    "perpetrators": _role(ParticipantRole.PERPETRATOR),
    "targets": _role(ParticipantRole.TARGET),
    "victims": _role(ParticipantRole.VICTIM),
    "responders": _role(ParticipantRole.RESPONDER),
    "supporters": _role(ParticipantRole.SUPPORTER),
    "demonstrators": _role(ParticipantRole.DEMONSTRATOR),
    "objects": _of_incident("objects"),
    "weapons": _of_incident("weapons"),
    "casualties": lambda i, names: _list(_casualty(c, names) for c in i.casualties),
    "attributions": lambda i, names: _list(
        _attribution(a, names) for a in names.attributions_of(i.id)
    ),
    "evidence": lambda i, _: _quotes(i.evidence),
}
_ARTICLE: dict[str, Callable[[Outcome], str]] = {
    name: _of_article(name) for name in ARTICLE if name != "language"
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


def _casualty(casualty: Casualty, names: Names) -> str:
    return f"{spoken(casualty.kind)} {bounds(casualty)} by {names.source_of(casualty)}"


def _attribution(attribution: Attribution, names: Names) -> str:
    held = names.of(attribution.responsible)
    about = f"{attribution.aspect} of {' or '.join(held)}" if held else str(attribution.aspect)
    return f"{names.speaker(attribution)}: {attribution.stance} {attribution.certainty} ({about})"
