"""Where incidents happened: the country, and whether it was one place or two. Pure functions."""

import re
from collections.abc import Sequence

from extractor.grounding.places import countries_in, country_code
from extractor.pipeline.composing.findings import Act
from extractor.pipeline.values import Source
from extractor.schemas.draft import DraftIncident

_PLACE = r"(?!(?i:north|south|east|west|central))([A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*)"
_TWO_PLACES = re.compile(rf"(?:the )?(?:\w+ of )?{_PLACE} and {_PLACE}")
_CLAUSE = 40
"""Characters after a place that tell the country it is in."""


def placed(incidents: Sequence[DraftIncident]) -> list[DraftIncident]:
    """`incidents`, one in each place, and in a country where it is unambiguous."""
    return [each for one in _in_one_country(incidents) for each in _in_each_place(one)]


def country_of(group: Sequence[Act], source: Source) -> str | None:
    """The country named with the place, else the one that is told, else the article's only one."""
    for act in group:
        if act.frame.where and len(named := countries_in(_around(act.frame.where, source))) == 1:
            return named.pop()
    told = next((a.frame.country for a in group if country_code(a.frame.country)), None)
    named = countries_in(source.text) if told is None else set()
    return told or (named.pop() if len(named) == 1 else None)


def _around(where: str, source: Source) -> str:
    """A place as the article writes it, each time with the rest of its clause.

    As in "the attack in Dunro" and later "Dunro, in northern Mali".
    """
    found = source.aligner.find(where)
    if found is None:
        return where
    written = re.escape(source.text[found.start : found.end])
    clause = rf"{written}[^.;:!?\n\"“”]{{0,{_CLAUSE}}}"
    return "; ".join(match.group() for match in re.finditer(clause, source.text))


def _in_one_country(incidents: Sequence[DraftIncident]) -> list[DraftIncident]:
    """`incidents`, those of no known country in the one that all others are in."""
    known = {one.country for one in incidents if one.country}
    country = known.pop() if len(known) == 1 else None
    return [
        one if one.country or country is None else one.model_copy(update={"country": country})
        for one in incidents
    ]


def _in_each_place(incident: DraftIncident) -> list[DraftIncident]:
    """One incident for each of two places, with figures that cannot be divided among them."""
    places = _TWO_PLACES.fullmatch(incident.where or "")
    if places is None or country_code(incident.where):
        return [incident]
    figures = [figure.model_copy(update={"number": None}) for figure in incident.figures]
    return [
        incident.model_copy(update={"where": place, "figures": figures})
        for place in places.groups()
    ]
