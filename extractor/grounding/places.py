"""ISO 3166-1 alpha-2 codes of countries by code or name, without guessing."""

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from functools import cache

import pycountry
from countryinfo import CountryInfo, CountryNotFoundError

# What news call a country where ISO 3166 and its common names say otherwise. XK is user-assigned
# but the code in use for Kosovo.
_NEWS_NAMES = {
    "AE": "emirates|the emirates|uae",
    "BA": "bosnia|bosnia-herzegovina|bosnia herzegovina",
    "BN": "brunei",
    "BY": "belorussia",
    "CD": "congo-kinshasa|dr congo|drc|d.r. congo|democratic republic of congo|democratic congo"
    "|democratic republic of the congo|republic democratique du congo|zaire",
    "CF": "car|central african republic",
    "CG": "congo-brazzaville|republic of congo|republic of the congo|congo republic",
    "CI": "ivory coast|cote d'ivoire",
    "CV": "cape verde",
    "CZ": "czech republic|czechia",
    "FK": "falklands|falkland islands",
    "FM": "micronesia",
    "GB": "uk|britain|great britain|england|scotland|wales|northern ireland",
    "GM": "the gambia",
    "HK": "hong kong",
    "IR": "iran|islamic republic of iran",
    "KP": "north korea|dprk",
    "KR": "south korea|korea, south",
    "LA": "laos",
    "LY": "libya",
    "MD": "moldova",
    "MK": "macedonia|fyrom",
    "MM": "burma",
    "MO": "macau",
    "NL": "holland|the netherlands",
    "PH": "the philippines",
    "PS": "palestine|palestinian territories|palestinian territory|occupied palestinian territories"
    "|gaza|gaza strip|the gaza strip|west bank|the west bank|state of palestine",
    "RU": "russia",
    "SD": "the sudan",
    "SY": "syria",
    "SZ": "swaziland",
    "TL": "east timor",
    "TR": "turkey|turkiye",
    "TW": "taiwan",
    "TZ": "tanzania",
    "US": "usa|america|united states of america|the united states|the us|the usa",
    "VA": "vatican|the vatican|vatican city|holy see",
    "VE": "venezuela",
    "VN": "vietnam",
    "XK": "kosovo|republic of kosovo|xk|xkx",
}

# What news write beside the demonyms of the library.
_NEWS_DEMONYMS = {
    "AR": "argentine|argentinian",
    "CV": "cape verdean",
    "EC": "ecuadorian",
    "FR": "french",
    "IS": "icelandic",
    "KG": "kyrgyz",
    "KM": "comorian",
    "KZ": "kazakh",
    "MV": "maldivian",
    "NP": "nepali",
    "PH": "philippine",
    "PS": "palestinian",
    "SA": "saudi",
    "SI": "slovenian",
    "SV": "salvadorean",
    "TJ": "tajik",
    "UZ": "uzbek",
    "XK": "kosovar|kosovan",
}
_FEW = 50
"""How many times more people a country has than all others of its demonym, if that is its own."""
_SMALL = 1_000_000
"""People of a country whose capital may well be a town elsewhere."""


def country_code(name: str | None) -> str | None:
    """Find the ISO 3166-1 alpha-2 code of a country.

    Args:
        name: A code of two or three letters, an English name as ISO or news write it, or a common
            demonym. Nothing is matched by similarity.

    Returns:
        The code, upper case; null for what is not known for sure.
    """
    if name is None or len(name) > 100:
        return None
    key = _key(name)
    codes = _codes()
    return codes.get(key) or codes.get(key.removeprefix("the "))


def is_country(place: str) -> bool:
    """Whether a place is a country or a part of one by the compass, such as "northern Mali"."""
    return bool(country_code(place) or country_code(_COMPASS.sub("", place)))


_COMPASS = re.compile(r"^(?:the )?(?:(?:north|south|east|west|central)\w* )?", re.IGNORECASE)


def demonym_country(name: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of the state of which `name` is an adjective in news.

    "U.S." and "UK" are such; names of countries are none.
    """
    key = _key(name)
    if key in ("us", "uk"):
        return {"us": "US", "uk": "GB"}[key] if name.replace(".", "").isupper() else None
    return _demonyms().get(key)


def capital_country(name: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of the country of a million people whose capital it is."""
    return _capitals().get(_key(name))


def division_country(name: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of the one country with a province or the like of this name.

    The names are those of ISO 3166-2; null for what several countries have, or none.
    """
    countries = _divisions().get(_DIVISION.sub("", _key(name)), set())
    return next(iter(countries)) if len(countries) == 1 else None


_DIVISION = re.compile(
    r"^(?:a[dlnrstz]|ash|the)[ -]|,? (?:province|state|region|governorate|district|department)$"
)
"""Around the name of a division: the Arabic article, and what it is."""


@cache
def _divisions() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for division in pycountry.subdivisions:
        for name in re.split(r" [\[(/]|[\])]", division.name):
            if key := _DIVISION.sub("", _key(name)):
                found.setdefault(key, set()).add(division.country_code)
    return found


def _key(name: str) -> str:
    """Lower case without accents and dots ("U.S."), with plain quotes and single spaces."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in decomposed if unicodedata.category(c) != "Mn" and c != ".")
    return " ".join(plain.replace("’", "'").replace("ʼ", "'").split())


@cache
def _codes() -> dict[str, str]:
    """Every known name and code; a hand-written name wins over ISO's."""
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        names = (
            country.alpha_2,
            country.alpha_3,
            country.name,
            getattr(country, "common_name", ""),
            getattr(country, "official_name", ""),
        )
        codes |= {_key(each): country.alpha_2 for each in names if each}
    # "Congo" alone is either of two states, though ISO gives the bare name to one of them.
    del codes["congo"]
    return codes | _demonyms() | _by_name(_NEWS_NAMES)


@cache
def _demonyms() -> dict[str, str]:
    """The country of each demonym that is one's own: "Congolese" is none, "Dominican" is."""
    people: dict[str, dict[str, int]] = {}
    for code, info in _infos().items():
        for demonym in (info.demonym() or "").split(","):
            if key := _key(demonym):
                people.setdefault(key, {})[code] = info.population() or 0
    own = {}
    for demonym, countries in people.items():
        largest = max(countries, key=lambda code: countries[code])
        others = sum(countries.values()) - countries[largest]
        if countries[largest] >= _FEW * others:
            own[demonym] = largest
    return own | _by_name(_NEWS_DEMONYMS)


@cache
def _capitals() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for code, info in _infos().items():
        if (info.population() or 0) >= _SMALL and (key := _key(info.capital() or "")):
            found.setdefault(key, set()).add(code)
    return {capital: codes.pop() for capital, codes in found.items() if len(codes) == 1}


@cache
def _infos() -> dict[str, CountryInfo]:
    """What is known of each country that the library has, by its code."""
    infos = {}
    for country in pycountry.countries:
        with suppress(CountryNotFoundError):
            infos[country.alpha_2] = CountryInfo(country.alpha_2)
    return infos


def _by_name(table: Mapping[str, str]) -> dict[str, str]:
    return {_key(each): code for code, names in table.items() for each in names.split("|")}


_NAME = re.compile(r"[^\W\d_]+(?:[.'’-][^\W\d_]+)*\.?")
_POSSESSIVE = re.compile(r"['’]s?$")
_LONGEST = 5
"""Words of a country's name that are looked for in a text."""


def countries_in(text: str) -> set[str]:
    """The ISO 3166-1 alpha-2 codes of the countries that `text` names, by name or demonym.

    Only capitalised words count, and no bare codes but "U.S." and "UK", which are names in news.
    """
    words = [match.span() for match in _NAME.finditer(text)]
    found: set[str] = set()
    position = 0
    while position < len(words):
        for last in range(min(position + _LONGEST, len(words)) - 1, position - 1, -1):
            name = _POSSESSIVE.sub("", text[words[position][0] : words[last][1]])
            code = country_code(name) if _is_name(name) else None
            if code:
                found.add(code)
                position = last
                break
        position += 1
    return found


def _is_name(name: str) -> bool:
    letters = name.replace(".", "")
    return name[0].isupper() and (len(letters) > 3 or name in {"U.S.", "US", "UK", "U.K."})
