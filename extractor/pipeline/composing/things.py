"""What an act hit and what it was done with.

Pure functions. Of two things that a sentence names a small model gives one the other's fate, and it
takes weapons for things that were hit.
"""

import re
from collections.abc import Iterable, Sequence

from extractor.pipeline.composing.findings import Act, Findings
from extractor.pipeline.composing.referents import HAPPENINGS, head_of
from extractor.pipeline.composing.sides import united
from extractor.pipeline.composing.weapons import is_weapon, weapons_in
from extractor.schemas.codes import ObjectEffect, ObjectKind
from extractor.schemas.draft import DraftObject

_EFFECTS = {
    ObjectEffect.DESTROYED: r"destroy\w*|level(?:l?ed|l?ing)|gutt(?:ed|ing)|wreck\w*|demolish\w*"
    r"|torch(?:ed|ing)|raz(?:ed|ing)|burn(?:ed|t|ing)(?: down)?|bl(?:ew|own|owing) up"
    r"|set(?:ting)? (?:fire to|on fire|alight|ablaze)",
    ObjectEffect.DAMAGED: r"damag\w*|batter(?:ed|ing)|shatter\w*|smash\w*|vandali[sz]\w*",
    ObjectEffect.SEIZED: r"seiz\w*|captur\w*|confiscat\w*|st(?:ole|olen|ealing)|loot\w*|hijack\w*"
    r"|carr(?:ied|ying) off",
}
_EFFECT = "|".join(_EFFECTS.values())
# What follows them is no longer what the verb is about.
_ELSE = (
    r"in|on|at|near|outside|inside|before|after|during|who|that|with|to|from|was|were|left|hit"
    r"|(?!(?:armed|armoured|armored|parked)\b)\w{3,}ed"
)
_UNREAL = re.compile(
    r"\b(?:not|no|without|fail\w*|tr(?:y|ied|ying)|attempt\w*|plan(?:s|ned|ning)?|plot\w*|threat\w*"
    r"|den(?:y|ied)|inten[dt]\w*)\b[^.;,]*$",
    re.IGNORECASE,
)
"""What has not happened, before the verb for it."""
_LONGEST = 80
"""Characters between a thing and the verb for what became of it."""


def objects_of(
    group: Sequence[Act], found: Findings, sentences: Sequence[str]
) -> list[DraftObject]:
    """The things that the acts of an incident hit.

    Args:
        group: The acts.
        found: All answers.
        sentences: Those that report the acts.
    """
    weapons = {name for act in group for name in act.frame.weapons}
    objects = []
    for name in united(act.frame.things for act in group):
        thing = found.things.get(name)
        kind = thing.kind if thing else ObjectKind.OTHER
        effect = effect_told(name, sentences) or (thing.effect if thing else ObjectEffect.UNKNOWN)
        used = (name in weapons or is_weapon(name)) and effect is not ObjectEffect.SEIZED
        if not used and head_of(name).casefold() not in HAPPENINGS:
            objects.append(DraftObject(name=name, kind=kind, effect=effect))
    return objects


def weapons_of(group: Sequence[Act], found: Findings, sentences: Sequence[str]) -> list[str]:
    """The weapons that the answers name, without actors, and those that the sentences name."""
    named = united([*(act.frame.weapons for act in group), [*weapons_in(sentences)]])
    return [name for name in named if found.described(name) is None]


def effect_told(thing: str, sentences: Iterable[str]) -> ObjectEffect | None:
    """What became of a thing by the nearest verb before it, or by a passive one after it."""
    name = rf"\b{re.escape(thing)}\b"
    between = rf"(?:(?!\b(?:{_EFFECT}|{_ELSE})\b)[^.;:]){{0,{_LONGEST}}}?"
    passive = rf"{name}{between}\b(?:was|were|been|being) (?:\w+ly )?(?P<after>{_EFFECT})\b"
    active = rf"\b(?P<before>{_EFFECT})\b{between}{name}"
    for sentence in sentences:
        for pattern in (passive, active):
            found = re.search(pattern, sentence, re.IGNORECASE)
            if found and not _UNREAL.search(sentence[: found.start(1)]):
                verb = found[1]
                return next(e for e, v in _EFFECTS.items() if re.fullmatch(v, verb, re.IGNORECASE))
    return None
