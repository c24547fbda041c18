"""What a number counts by the words beside it, set against what a small model answered.

Pure functions, for English, of which the words are known here. A small model calls seventeen
injured killed, where four were killed in the same sentence.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from extractor.grounding.figures import bounds
from extractor.grounding.numbers import mentions
from extractor.pipeline.composing.findings import Counted, Findings
from extractor.schemas.codes import CasualtyKind

_KILLED = (
    r"kill\w*|dead|died?|dying|deaths?|slain|murder\w*|massacr\w*|bod(?:y|ies)|corpses?|fatal\w*"
)
_WOUNDED = r"wound\w*|injur\w*|hurt"
# Ordered: at one place the first is taken. The last tells of harm, and not which.
_HARM = (
    (CasualtyKind.KILLED_OR_WOUNDED, rf"(?:{_KILLED})(?: (?:and|or)|/) ?(?:{_WOUNDED})"),
    (CasualtyKind.KILLED_OR_WOUNDED, rf"(?:{_WOUNDED})(?: (?:and|or)|/) ?(?:{_KILLED})"),
    (CasualtyKind.KILLED, rf"{_KILLED}|death tolls?|tolls? (?:to|of|at)"),
    (CasualtyKind.WOUNDED, _WOUNDED),
    (CasualtyKind.ABDUCTED, r"kidnap\w*|abduct\w*"),
    (CasualtyKind.MISSING, r"missing|disappear\w*|unaccounted"),
    (
        CasualtyKind.ARRESTED,
        r"arrest\w*|detain(?:s|ed|ing)?|surrender\w*|gave (?:him|her|them)sel(?:f|ves) up",
    ),
    (
        None,
        r"casualt\w*|victims?|toll|lost|loses?|losing|loss(?:es)?|li(?:fe|ves)|fell|fallen|shot"
        r"|stabb\w*|beat(?:en)?|maim\w*|perish\w*|succumb\w*|drown\w*|hospital\w*|treated"
        r"|burn\w*|behead\w*|execut\w*|assassinat\w*|neutrali[sz]\w*|martyr\w*"
        r"|dies|hostages?|deten\w*|jail\w*|imprison\w*|apprehend\w*|round\w* up|snatch\w*"
        r"|slaughter\w*|gunn\w* down|lynch\w*|hang(?:ed|ing)|mow\w* down|rap(?:ed|ing)|eliminat\w*"
        r"|crush\w*|poison\w*|suffocat\w*|critical|surviv\w*|remains|hit(?:ting)?|blown"
        r"|captur\w*|seiz\w*|tak\w*|took|held|hold\w*|custody",
    ),
)
_WORDS = tuple((kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for kind, words in _HARM)
_DEATH = re.compile(rf"\b(?:{_KILLED}|assassinat\w*|execut\w*)\b", re.IGNORECASE)
_BREAK = re.compile(r"[,;:]| and | but | while ")
_VAGUE = re.compile(r"\b(?:dozens|scores|hundreds|thousands|several)\b", re.IGNORECASE)
_AGE = re.compile(r"(?: (?:and|to) \S+)?[ -]years?[ -]old\b")
_BESIDE = re.compile(r" (?:(?!(?:and|including|or|but|as|when|while)\b)[\w'-]+ )?")
"""Between a number and what it counts."""
_NOBODY = re.compile(r"\b(?:no|neither|none of(?: the)?)(?: \w+)? $", re.IGNORECASE)
_NOT_HARMED = re.compile(
    r"\b(?:not|never|n't|said|told|sa(?:id|ys)|escaped|survived|threat\w*|targeted|who|that)\b",
    re.IGNORECASE,
)
_BEASTS = re.compile(
    r" (?:[\w'-]+ )?(?:cows?|cattle|goats|sheep|camels|horses|donkeys|pigs|animals)\b"
)
_LISTED = re.compile(r" and (?:(?:an?|the|his|her|their|its) )?$")
_A_BREAK = 20
"""Characters that a break between a number and a word for harm counts for."""
_FAR = 60
"""Characters from a number to a word for harm that is about something else."""


def by_counting(found: Findings, sentences: Mapping[int, str], *, english: bool) -> Findings:
    """`found` with figures of what the words beside them say.

    Args:
        found: Answers about an article.
        sentences: The article's, by number.
        english: Whether it is in English.
    """
    if not english:
        return found
    near = (
        one
        for one in found.counted
        if any(_tells_harm(sentences.get(n, "")) for n in (one.number, one.number - 1))
    )
    counted = (_worded(one, sentences[one.number]) for one in near)
    return replace(found, counted=[one for one in counted if one])


def _tells_harm(sentence: str) -> bool:
    return any(words.search(sentence) for _, words in _WORDS)


def tells_death(sentence: str) -> bool:
    """Whether a sentence has a word for that somebody was killed."""
    return _DEATH.search(sentence) is not None


def without_vague(counted: Sequence[Counted]) -> list[Counted]:
    """The figures of one incident without vague ones of what an exact one counts."""
    exact = {one.answer.counts for one in counted if not _is_vague(one.text)}
    return [one for one in counted if not (_is_vague(one.text) and one.answer.counts in exact)]


def in_name(name: str) -> tuple[str | None, str]:
    """The number that a name such as "23 clerks" begins with, and the rest of it."""
    first = next((name[:end] for start, end in mentions(name) if start == 0), None)
    rest = re.sub(r"^of (?:the |its )?", "", name[len(first) :].strip()) if first else ""
    return (first, rest) if rest else (None, name)


def number_before(name: str, sentence: str) -> str | None:
    """The number that stands before a name in a sentence: "four" of "clerks" in "four clerks"."""
    for place in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", sentence, re.IGNORECASE):
        for start, end in mentions(sentence[: place.start()]):
            if _BESIDE.fullmatch(sentence[end : place.start()]):
                return sentence[start:end]
    return None


def harm_told(name: str, sentence: str) -> CasualtyKind | None:
    """What became of a party by the nearest word for harm, if no break stands between."""
    place = re.search(rf"(?<!\w){re.escape(name)}(?!\w|['’]s)", sentence, re.IGNORECASE)
    if place is None or _NOBODY.search(sentence[: place.start()]):
        return None
    near = min(_harm(sentence, *place.span()), key=lambda harm: harm.distance, default=None)
    if near is None or near.distance > _FAR or _NOT_HARMED.search(near.between):
        return None
    # "It killed five pupils and a teacher": both.
    listed = near.before and not _BREAK.search(_LISTED.sub("", near.between))
    return near.kind if listed or not near.broken else None


def _is_vague(text: str) -> bool:
    return _VAGUE.search(text) is not None


def _worded(counted: Counted, sentence: str) -> Counted | None:
    """`counted` with the kind of harm that is told beside it; None for what counts no harm.

    "No group" counts nobody. The answer stands where the sentence has a word for it without a break
    between, and where the figure stands twice, as it cannot be told which is meant.
    """
    places = [*re.finditer(rf"(?<!\w){re.escape(counted.text)}(?!\w)", sentence)]
    if len(places) != 1:
        return counted
    start, end = places[0].span()
    if _AGE.match(sentence[end:]) or _BEASTS.match(sentence[end:]):
        return None
    near = sorted(_harm(sentence, start, end), key=lambda harm: harm.distance)
    if not near:
        return None if bounds(counted.text) == (0, 0) else counted
    nearest = near[0]
    if nearest.distance > _FAR and any(mentions(nearest.between)):
        return None
    own = [harm for harm in near if harm.kind is counted.answer.counts and not harm.broken]
    kind = nearest.kind
    if kind is None or nearest.broken or own:
        kind = CasualtyKind(counted.answer.counts)
    nobody = bounds(counted.text) == (0, 0)
    if kind is CasualtyKind.WOUNDED and nobody and re.search(r"\bhurt\b", sentence):
        kind = CasualtyKind.KILLED_OR_WOUNDED
    return replace(counted, answer=counted.answer.model_copy(update={"counts": kind}))


class _Harm(NamedTuple):
    """A word for harm, seen from a number.

    Attributes:
        distance: Characters between them, with breaks counted for more.
        kind: What it tells; None for harm of some kind.
        broken: Whether there is a break between.
        between: The words between.
        before: Whether it stands before the number.
    """

    distance: int
    kind: CasualtyKind | None
    broken: bool
    between: str
    before: bool


def _harm(sentence: str, start: int, end: int) -> list[_Harm]:
    """Each word for harm in a sentence, seen from the number that stands from start to end."""
    found: list[_Harm] = []
    taken: set[int] = set()
    for kind, words in _WORDS:
        for match in words.finditer(sentence):
            if match.start() in taken:
                continue
            taken.update(range(match.start(), match.end()))
            before = match.end() <= start
            between = sentence[match.end() : start] if before else sentence[end : match.start()]
            breaks = len(_BREAK.findall(between))
            distance = len(between) + _A_BREAK * breaks
            found.append(_Harm(distance, kind, breaks > 0, between, before))
    return found
