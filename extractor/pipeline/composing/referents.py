"""Which names stand for one actor, and which for none.

Pure functions of names, their kinds and the text. A small model is asked about one sentence at a
time: it does not know that "IS fighters" and "the Islamic State group" are one party, and takes
towns and explosions for parties now and then.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from extractor.grounding.places import demonym_country
from extractor.schemas.codes import ActorKind
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED

# fmt: off
_PRONOUNS = frozenset({
    "he", "she", "it", "they", "we", "i", "you", "who",
    "il", "elle", "ils", "elles", "on", "nous", "él", "ella", "ellos", "ellas", "er", "sie", "es",
    "هو", "هي", "هم",
    "group", "the group", "movement", "the movement", "grupo", "groupe", "gruppe",
})
# Before a complement: what follows them is another one than the whole.
_LINKS = frozenset({
    "of", "the", "and", "for", "in", "at", "from", "against", "with",
    "de", "del", "la", "du", "des", "y", "et", "e", "da", "do", "der", "von", "und",
})
# What begins with them says more of whom the words before name.
COMPLEMENTS = _LINKS - {"the", "and", "y", "et", "e", "und"} | {
    "who", "whose", "that", "on", "near", "to", "living", "working", "staying", "belonging",
    "loyal", "linked", "allied", "wearing", "carrying", "operating", "armed",
}
# Those of a party that fights, and what they fight in.
_FIGHTING = frozenset({
    "fighters", "militants", "gunmen", "members", "forces", "troops", "soldiers", "insurgents",
    "rebels", "guerrillas", "terrorists", "operatives", "jihadists", "extremists", "elements",
    "group", "groups", "organization", "organisation", "movement", "network", "gang", "gangs",
    "aircraft", "planes", "warplanes", "jets", "helicopters", "drones",
})
# What happens, and then what it hits, too: no party to it.
HAPPENINGS = frozenset({
    "attack", "attacks", "assault", "assaults", "blast", "blasts", "bomb", "bombs", "bombing",
    "bombings", "explosion", "explosions", "strike", "strikes", "airstrike", "airstrikes", "raid",
    "raids", "operation", "operations", "offensive", "shelling", "clash", "clashes", "fighting",
    "battle", "killing", "killings", "murder", "murders", "assassination", "kidnapping",
    "abduction", "ambush", "ambushes", "shooting", "shootings", "violence", "massacre", "siege",
    "incident", "incidents",
})
EVENTS = HAPPENINGS | {"target", "targets", "position", "positions"}
_AREAS = frozenset({
    "area", "state", "province", "district", "county", "region", "governorate", "peninsula",
    "valley", "village", "town", "city",
})
_RANKS = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "professor", "sir", "gen", "general", "col", "colonel", "lt",
    "lieutenant", "maj", "major", "capt", "captain", "sgt", "sergeant", "cpl", "corporal", "brig",
    "brigadier", "adm", "admiral", "cmdr", "commander", "inspector", "sheikh", "president",
    "minister", "governor", "gov", "senator", "sen", "judge", "mayor", "spokesman", "spokeswoman",
    "superintendent", "constable", "detective", "commodore", "ambassador", "commissioner", "bishop",
    "imam", "mullah", "reverend",
})
# Names of one party that share no letters to tell by.
_KNOWN = (
    {"islamicstate", "islamicstategroup", "is", "isgroup", "isis", "isil", "daesh",
     "islamicstateofiraqandsyria", "islamicstateiniraqandsyria", "islamicstateofiraqandthelevant",
     "islamicstateiniraqandthelevant"},
    {"alqaeda", "alqaida"},
    {"taliban", "taleban"},
    {"alshabaab", "alshabab", "shabaab", "shabab"},
    {"hezbollah", "hizbullah", "hizbollah", "hizballah"},
    {"houthis", "houthi", "ansarallah"},
    {"ltte", "tamiltigers", "liberationtigersoftamileelam"},
    {"pkk", "kurdistanworkersparty"},
    {"farc", "revolutionaryarmedforcesofcolombia"},
    {"shiningpath", "senderoluminoso"},
    {"fmln", "farabundomartinationalliberationfront"},
    {"eta", "basquehomelandandfreedom", "euskaditaaskatasuna"},
)
# fmt: on
# Who does acts as a rule, and may say "we did it" without a word for it.
FIGHTERS = (ActorKind.ARMED_GROUP, ActorKind.CRIMINAL_GROUP, ActorKind.STATE_FORCE)
_COUNT = re.compile(
    r"(?:[\w-]+ (?:of )?){0,2}(?:others|injured|wounded|dead|casualties)",
    re.IGNORECASE,
)
"""Of people harmed, whom it does not tell apart."""
_BRACKETS = re.compile(r"[(\[]([^()\[\]]{1,80})[)\]]")
_LONGEST_NAME = 80
_PLACED = r"\b(?:in|near|outside|around) (?:the )?"
_SETTLED = r"\b(?:town|city|village|province|region|district)s? of (?:the )?"


def names_somebody(name: str) -> bool:
    """Whether `name` is one, and no pronoun or keyword."""
    return name not in (ARTICLE, UNATTRIBUTED) and name.casefold() not in _PRONOUNS


def is_proper(name: str) -> bool:
    """Whether `name` has a capital; in a script without them there is none that is not."""
    return name != name.casefold() or name == name.upper()


def head_of(name: str) -> str:
    """The word that tells what a noun phrase is: the last one before what is added to it."""
    words = name.split()
    end = next((i for i, w in enumerate(words) if i and w.casefold() in COMPLEMENTS), len(words))
    doing = (i for i, word in enumerate(words[: end - 1]) if i and word.endswith("ing"))
    end = next(doing, end)  # as in "coalition bombing the town"
    return words[end - 1] if words else ""


def is_no_actor(name: str, kind: ActorKind | None, text: str) -> bool:
    """Whether `name` counts or is what happens, or is only ever where it happens.

    Once "in" somebody who acts as a rule is not enough: there is an official in the party, too.
    """
    if head_of(name).casefold().strip(".,") in EVENTS or _COUNT.fullmatch(name):
        return True
    if not is_proper(name):
        return False
    if is_area(name):
        return True
    written = re.escape(name)
    named = len(re.findall(rf"\b{written}\b", text))
    placed = len(re.findall(rf"{_PLACED}{written}\b", text))
    settled = len(re.findall(rf"{_SETTLED}{written}\b", text, re.IGNORECASE))
    acts = kind in (*FIGHTERS, ActorKind.GOVERNMENT, ActorKind.MEDIA) and named < 2
    return 0 < named == settled + (0 if acts else placed)


def is_area(name: str) -> bool:
    """Whether `name` is that of a province or a town: "Borno State", not "Islamic State"."""
    words = name.split()
    named = any(is_known_group(" ".join(words[:end])) for end in range(1, len(words) + 1))
    stately = words[-1].casefold() == "state" and demonym_country(" ".join(words[:-1])) is not None
    return len(words) > 1 and head_of(name).casefold() in _AREAS and not named and not stately


def same_names(listed: Iterable[str]) -> list[str]:
    """The fullest of each set of names that stand for one referent."""
    kept: list[str] = []
    for name in sorted(dict.fromkeys(listed), key=len, reverse=True):
        if not any(same_referent(name, longer) for longer in kept):
            kept.append(name)
    return kept


def one_referent(a: str, b: str) -> bool:
    """Whether two names stand for one referent, whichever of them is the fuller one."""
    return same_referent(*sorted((a, b), key=len))


def same_referent(shorter: str, longer: str) -> bool:
    """Whether the shorter name stands for what the longer one names, in one article.

    It does when it is the longer one's ending ("Zongou", "army") and no complement ("commander of
    the army"), or its initials.
    """
    short, full = shorter.casefold().split(), longer.casefold().split()
    before = full[: -len(short)]
    if short == full[-len(short) :] and not (before and before[-1] in _LINKS):
        return True
    if len(short) == 1 and len(full) > 1 and shorter.isupper():
        return short[0] in ("".join(word[0] for word in full), _capitals(longer))
    return False


def explained(text: str) -> dict[str, list[str]]:
    """The words before each bracket of a text, by what stands in it: "Reed Army (RA)"."""
    found: dict[str, list[str]] = {}
    for match in _BRACKETS.finditer(text):
        before = text[max(0, match.start() - _LONGEST_NAME) : match.start()]
        found.setdefault(match[1].strip().casefold(), []).append(
            " ".join(before.casefold().split())
        )
    return found


def same_actor(
    a: str,
    b: str,
    kinds: tuple[ActorKind | None, ActorKind | None],
    brackets: Mapping[str, Sequence[str]],
) -> bool:
    """Whether two names stand for one actor.

    Args:
        a: A name.
        b: Another name.
        kinds: The kinds of actors that they are described as.
        brackets: What the article has explained.
    """
    pairs = sorted(zip((a, b), kinds, strict=True), key=lambda pair: len(pair[0]))
    (shorter, kind), (longer, other) = pairs
    if _known_as(shorter, longer, brackets):
        return True
    if _differ(kind, other):
        return False
    if kind is ActorKind.PERSON:
        shorter, longer = sorted(map(without_title, (shorter, longer)), key=len)
    initials = len(shorter) > 1 and shorter.casefold() == _capitals(longer)
    ends = _is_ending(shorter, longer)
    return initials or ends or _goes_on(shorter, longer, kind, other)


def _goes_on(shorter: str, longer: str, kind: ActorKind | None, other: ActorKind | None) -> bool:
    """Whether one name is the other with more words after it, or with other titles before it."""
    more = _more_of(shorter, longer)
    if is_description(longer, shorter):
        return kind in FIGHTERS or not _of_fighters(more, shorter)
    if kind is not other:
        return False
    if len(more) == 1 and _is_capitalised(longer) and len(shorter.split()) > 1:
        return True
    return kind is ActorKind.PERSON and _same_person(shorter, longer, more)


def _differ(kind: ActorKind | None, other: ActorKind | None) -> bool:
    """Whether no actor can be of both kinds: a person and others, a force and whom it fights."""
    if None in (kind, other) or kind is other:
        return False
    return fight_each_other(kind, other) or ActorKind.PERSON in (kind, other)


def fight_each_other(kind: ActorKind | None, other: ActorKind | None) -> bool:
    """Whether one kind is a force of a state and the other a group that fights."""
    groups = {ActorKind.ARMED_GROUP, ActorKind.CRIMINAL_GROUP}
    return ActorKind.STATE_FORCE in (kind, other) and bool(groups & {kind, other})


def _is_ending(shorter: str, longer: str) -> bool:
    """Whether one name ends in the other; "army" is no Arakan Army, whose name has a capital."""
    short, full = shorter.split(), longer.split()
    if shorter.casefold() == longer.casefold():
        return True
    if not same_referent(shorter, longer) or full[-1].casefold() != short[-1].casefold():
        return False
    return longer.upper() != longer.lower() and short[-1][0].isupper() >= full[-1][0].isupper()


def _capitals(name: str) -> str:
    """The first letters of the words with a capital."""
    return "".join(word[0].casefold() for word in name.split() if word[0].isupper())


def _is_capitalised(name: str) -> bool:
    return all(any(c.isupper() for c in word) for word in name.split())


def _same_person(shorter: str, longer: str, more: Sequence[str]) -> bool:
    """Whether one is the office and the other has the name too, or both end in one full name.

    Both are without titles.
    """
    rest = longer.split()[len(longer.split()) - len(more) :]
    if more and _is_capitalised(" ".join(rest)) and not COMPLEMENTS & {*more}:
        return True
    ends = [name.split()[-2:] for name in (shorter, longer)]
    return ends[0] == ends[1] and len(ends[0]) == 2 and _is_capitalised(" ".join(ends[0]))


def is_description(longer: str, shorter: str) -> bool:
    """Whether `longer` is `shorter` with words that say what it does, or that name its fighters."""
    more = _more_of(shorter, longer)
    if not more or not (is_proper(shorter) or len(shorter.split()) > 1):
        return False
    if _is_capitalised(shorter) and more[0] in COMPLEMENTS:
        last = longer.rsplit(maxsplit=1)[-1]
        return last == last.casefold()  # "Al Qaeda in Iraq" is another name
    return more[0] in COMPLEMENTS or more[0].endswith("ing") or _of_fighters(more, shorter)


def _of_fighters(more: Sequence[str], name: str) -> bool:
    return len(more) == 1 and more[0] in _FIGHTING and is_proper(name)


def _more_of(shorter: str, longer: str) -> list[str]:
    """The words of `longer` after those of `shorter`, with which it begins; none if it does not."""
    short, full = shorter.casefold().split(), longer.casefold().split()
    return full[len(short) :] if full[: len(short)] == short else []


def without_title(name: str, role: str | None = None) -> str:
    """A person's name without rank or office before it."""
    if role and name.casefold().startswith(f"{role.casefold()} "):
        rest = name[len(role) :].strip()
        name = rest if rest[:1].isupper() else name
    words = name.split()
    while len(words) > 1 and words[0].casefold().strip(".,") in _RANKS:
        if not _is_capitalised(words[1]) or words[1].casefold() in COMPLEMENTS:
            break  # "spokesman for the army" has no name
        words.pop(0)
    return " ".join(words)


def _known_as(a: str, b: str, brackets: Mapping[str, Sequence[str]]) -> bool:
    """Whether they are one name spelled in two ways, explained as such, or known to be one."""
    first, second = _letters(a), _letters(b)
    if first == second or any({first, second} <= names for names in _KNOWN):
        return True
    return any(
        before.endswith(full.casefold())
        for short, full in ((a, b), (b, a))
        for before in brackets.get(short.casefold(), [])
    )


def is_known_group(name: str) -> bool:
    """Whether it is a name of an armed group that is known by several."""
    return any(_letters(name) in names for names in _KNOWN)


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
