"""Which words of English name weapons. Pure functions of names and sentences."""

import re
from collections.abc import Iterable, Iterator

from extractor.pipeline.composing.referents import head_of

_GUNS = (
    r"(?:(?:assault|automatic|semi-automatic|sniper|hunting|Kalashnikov) )*"
    r"(?:rifles?|pistols?|handguns?|shotguns?|revolvers?|(?:sub)?machine[ -]guns?|AK-?47s?"
    r"|Kalashnikovs?)"
)
# "Bomb" and "missile" alone tell no more than that it was a bombing or an air strike.
_BOMBS = (
    r"(?:car|truck|roadside|parcel|letter|petrol|pipe|nail|barrel|cluster|motorcycle|magnetic)"
    r"[ -]?bombs?"
)
_OTHERS = (
    r"(?:hand |stun |rocket[ -]propelled )?grenades?|RPGs?|mortars?(?: shells?| bombs?)?"
    r"|Molotov cocktails?|V?BIEDs?|IEDs?|land ?mines?|(?:suicide|explosive) (?:vest|belt)s?"
    r"|explosives|dynamite|(?:armed |attack )?drones?|(?:ballistic|cruise|Katyusha)"
    r" (?:missile|rocket)s?|kni(?:fe|ves)|machetes?|axes?|swords?|sticks(?! (?:to|by|with)\b)"
    r"|stones|tear[ -]?gas"
)
_WEAPON = re.compile(rf"\b(?:{_GUNS}|{_BOMBS}|{_OTHERS})\b", re.IGNORECASE)


def weapons_in(sentences: Iterable[str]) -> Iterator[str]:
    """The weapons that sentences name, as written."""
    for sentence in sentences:
        yield from _WEAPON.findall(sentence)


def is_weapon(name: str) -> bool:
    """Whether a noun phrase is headed by a word for weapons."""
    named, head = _WEAPON.findall(name), head_of(name)
    a_name = " " in name and head[:1].isupper() and not name.isupper()  # "Black Axe"
    return bool(named) and named[-1].endswith(head) and not a_name
