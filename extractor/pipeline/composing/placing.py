"""Where incidents happened: the country, and whether it was one place or two. Pure functions."""

import re
from collections.abc import Iterator, Sequence

from extractor.grounding.places import (
    capital_country,
    countries_in,
    country_code,
    division_country,
    is_country,
)
from extractor.pipeline.composing.findings import Act
from extractor.pipeline.composing.referents import is_proper
from extractor.pipeline.values import Source
from extractor.schemas.draft import DraftFigure, DraftIncident, SharedFigure

_PLACE = (
    r"(?!(?i:north|south|east|west|central|upper|lower|old|new|inner|outer))"
    r"([A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*)"
)
_TWO_PLACES = re.compile(
    r"(?:the )?(?:(?:towns|cities|villages|districts|provinces|states|ports) of )?"
    rf"{_PLACE} and {_PLACE}"
)
_PARTS = re.compile(r", (?:and )?| and ")
_SETTLEMENT = re.compile(r"^.*\b(?:village|town|city|port|district|suburb) of (?:the )?(?=[A-Z])")
_WITHIN = re.compile(r"(?<=\w) in (?:the )?(?:[a-z]+ )?[A-Z].*$")
"""What an exact place lies in."""
_TOGETHER = ("Sistan and Baluchestan", "Andaman and Nicobar Islands", "Tyne and Wear")
_CLAUSE = 40
"""Characters after a place that tell the country it is in."""


def placed(incidents: Sequence[DraftIncident], source: Source) -> list[DraftIncident]:
    """`incidents`, one in each place, and in a country where it is unambiguous."""
    named = [one.model_copy(update={"where": one.where and _named(one.where)}) for one in incidents]
    return [each for one in _in_one_country(named) for each in _in_each_place(one, source)]


def _named(where: str) -> str:
    """The name in "the town of Dunro, Mali"."""
    name, _, rest = where.rpartition(", ")
    bare = name if name and (country_code(rest) or division_country(rest)) else where
    exact = _WITHIN.sub("", _SETTLEMENT.sub("", bare))
    return exact if is_proper(exact) else bare


def place_of(group: Sequence[Act]) -> str | None:
    """The first place with a name below the level of a country, or what there is."""
    told = [act.frame.where for act in group if act.frame.where]
    exact = (where for where in told if is_proper(where) and not is_country(where))
    return next(exact, None) or next(iter(told), None)


def country_of(group: Sequence[Act], source: Source) -> str | None:
    """The country named with the place, the one told, the article's only one, or by the place."""
    for act in group:
        if act.frame.where and len(named := countries_in(_around(act.frame.where, source))) == 1:
            return named.pop()
    told = next((a.frame.country for a in group if country_code(a.frame.country)), None)
    named = countries_in(source.text) if told is None else set()
    places = [part for act in group for part in _PARTS.split(act.frame.where or "") if part]
    only = named.pop() if len(named) == 1 else None
    by_place = (division_country(place) or capital_country(place) for place in reversed(places))
    return told or only or next(filter(None, by_place), None)


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


def _is_one(where: str) -> bool:
    """Whether it is one country, or one province: "Jammu and Kashmir"."""
    return bool(country_code(where) or division_country(where)) or where in _TOGETHER


def _in_each_place(incident: DraftIncident, source: Source) -> list[DraftIncident]:
    """One incident for each of two places; a figure of both is not divided among them."""
    found = _TWO_PLACES.fullmatch(incident.where or "")
    if found is None or _is_one(incident.where or ""):
        return [incident]
    places = found.groups()

    def figures(place: str) -> Iterator[DraftFigure]:
        for figure in incident.figures:
            named = [one for one in places if one in source.lines.get(figure.sentence, "")]
            if len(named) != 1:
                yield SharedFigure.model_construct(**dict(figure))
            elif named == [place]:
                yield figure

    return [
        incident.model_copy(update={"where": place, "figures": [*figures(place)]})
        for place in places
    ]
