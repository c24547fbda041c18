"""The run view: what many articles report, as rows that a table and charts are made of."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pycountry

from extractor.pipeline.outcome import Outcome, Status
from extractor.report.plain import plain
from extractor.report.words import Names
from extractor.schemas import (
    Aspect,
    Attribution,
    Certainty,
    Extraction,
    Incident,
    ParticipantRole,
)

_SURENESS = list(Certainty)
_STRUCK = (ParticipantRole.TARGET, ParticipantRole.VICTIM)


def run_data(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What the script of the run view reads.

    Returns:
        `articles`, one each in the order of the outcomes; `rows`, one an incident and one for
        each article without any, with the number of its article; `countries`, names by code.
    """
    rows = [row for number, outcome in enumerate(outcomes) for row in _rows(number, outcome)]
    codes = sorted({row["country"] for row in rows if row["country"]})
    return {
        "articles": [_article(outcome) for outcome in outcomes],
        "rows": rows,
        "countries": {code: _country(code) for code in codes},
    }


def outcome_counts(outcomes: Sequence[Outcome]) -> dict[Status, int]:
    """How many articles ended how; only what occurred, in the order of `Status`."""
    counts = Counter(outcome.status for outcome in outcomes)
    return {status: counts[status] for status in Status if counts[status]}


def _article(outcome: Outcome) -> dict[str, Any]:
    article = outcome.article
    return {
        "title": plain(article.title or article.id),
        "id": plain(article.id),
        "source": plain(article.source or ""),
        "outcome": outcome.status,
    }


def _rows(number: int, outcome: Outcome) -> Iterator[dict[str, Any]]:
    found = outcome.extraction
    if found is None or not found.incidents:
        yield _row(number)
        return
    names = Names(found)
    for incident in found.incidents:
        yield _row(number) | _incident(incident, names, found)


def _row(article: int) -> dict[str, Any]:
    """A row that has an article and no incident."""
    return {
        "article": article,
        "incident": "",
        "type": "",
        "status": "",
        "summary": "",
        "start": "",
        "country": "",
        "place": "",
        "perpetrators": [],
        "others": [],
        "certainty": "",
        "conflicts": 0,
        "against": [],
    }


def _incident(incident: Incident, names: Names, found: Extraction) -> dict[str, Any]:
    said = names.attributions_of(incident.id)
    blaming = [a for a in said if a.aspect is Aspect.RESPONSIBILITY and a.stance.affirms]
    perpetrators = incident.actors_in_role(ParticipantRole.PERPETRATOR)
    others = [p.actor for p in incident.participants if p.actor not in perpetrators]
    when, where = incident.date, incident.location
    return {
        "incident": incident.id,
        "type": incident.type,
        "status": incident.status,
        "summary": plain(incident.summary),
        "start": when.start.isoformat() if when and when.start else "",
        "country": (where.country or "") if where else "",
        "place": plain(where.city or where.name or where.region or "") if where else "",
        "perpetrators": [plain(name) for name in names.of(perpetrators)],
        "others": [plain(name) for name in names.of(others)],
        "certainty": min((a.certainty for a in blaming), key=_SURENESS.index, default=""),
        "conflicts": sum(bool(a.conflicts_with) for a in said),
        "against": _against(incident, blaming, names),
    }


def _against(
    incident: Incident, blaming: Sequence[Attribution], names: Names
) -> list[tuple[str, str, int]]:
    """Who is said to have acted against whom, and by how many attributions."""
    struck = [actor for role in _STRUCK for actor in incident.actors_in_role(role)]
    counts = Counter(
        (doer, sufferer)
        for attribution in blaming
        for doer in attribution.responsible
        for sufferer in struck
    )
    return [
        (*map(plain, names.of([doer, sufferer])), count)  # type: ignore[misc]
        for (doer, sufferer), count in counts.items()
    ]


def _country(code: str) -> str:
    found = pycountry.countries.get(alpha_2=code)
    return getattr(found, "common_name", found.name) if found else code
