"""What a number counts by the words beside it, set against what a small model answered.

Pure functions, for English, of which the words are known here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from extractor.grounding.figures import bounds
from extractor.pipeline.findings import Counted, Findings
from extractor.schemas.codes import CasualtyKind

_ENGLISH = re.compile(r"\b(?:the|was|were|has|have|had|and|of)\b", re.IGNORECASE)
_KILLED = (
    r"kill\w*|dead|died?|dying|deaths?|slain|murder\w*|massacr\w*|bod(?:y|ies)|corpses?|fatal\w*"
)
_WOUNDED = r"wound\w*|injur\w*|hurt"
# Ordered: at one place the first is taken. The last tells of harm, and not which.
_HARM = (
    (CasualtyKind.KILLED_OR_WOUNDED, rf"(?:{_KILLED})(?: (?:and|or)|/) ?(?:{_WOUNDED})"),
    (CasualtyKind.KILLED_OR_WOUNDED, rf"(?:{_WOUNDED})(?: (?:and|or)|/) ?(?:{_KILLED})"),
    (CasualtyKind.KILLED, _KILLED),
    (CasualtyKind.WOUNDED, _WOUNDED),
    (CasualtyKind.ABDUCTED, r"kidnap\w*|abduct\w*|hostages?"),
    (CasualtyKind.MISSING, r"missing|disappear\w*|unaccounted"),
    (CasualtyKind.ARRESTED, r"arrest\w*|detain\w*"),
    (
        None,
        r"casualt\w*|victims?|toll|lost|loses?|losing|loss(?:es)?|li(?:fe|ves)|fell|fallen|shot"
        r"|burn\w*|behead\w*|execut\w*|assassinat\w*|neutrali[sz]\w*|martyr\w*"
        r"|captur\w*|seiz\w*|tak\w*|took|held|hold\w*|custody",
    ),
)
_WORDS = tuple((kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for kind, words in _HARM)
_BREAK = re.compile(r"[,;:]| and | but | while ")
_VAGUE = re.compile(r"\b(?:dozens|scores|hundreds|thousands|several|many)\b", re.IGNORECASE)
_AGE = re.compile(r"(?: (?:and|to) \S+)?[ -]years?[ -]old\b")
_A_BREAK = 20
"""Characters that a break between a number and a word for harm counts for."""
_FAR = 60
"""Characters from a number to a word for harm that is about something else."""


def by_counting(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """`found` with figures of what the words beside them say."""
    counted = (_worded(one, sentences[one.number]) for one in found.counted)
    return replace(found, counted=[one for one in counted if one])


def without_vague(counted: Sequence[Counted]) -> list[Counted]:
    """The figures of one incident without vague ones of what an exact one counts."""
    exact = {one.answer.counts for one in counted if not _is_vague(one.text)}
    return [one for one in counted if not (_is_vague(one.text) and one.answer.counts in exact)]


def _is_vague(text: str) -> bool:
    return _VAGUE.search(text) is not None


def _worded(counted: Counted, sentence: str) -> Counted | None:
    """`counted` with the kind of harm that is told nearest; None where none is told near it."""
    start = sentence.find(counted.text)
    if start < 0 or not _ENGLISH.search(sentence):
        return counted
    end = start + len(counted.text)
    if _AGE.match(sentence[end:]):
        return None
    near = sorted(_harm(sentence, start, end), key=lambda pair: pair[0])
    if not near or near[0][0] > _FAR:
        return None
    kind = near[0][1]
    if kind is CasualtyKind.WOUNDED and bounds(counted.text) == (0, 0) and "hurt" in sentence:
        kind = CasualtyKind.KILLED_OR_WOUNDED
    if kind is None:
        return counted
    return replace(counted, answer=counted.answer.model_copy(update={"counts": kind}))


def _harm(sentence: str, start: int, end: int) -> list[tuple[int, CasualtyKind | None]]:
    """Each word for harm, with its distance from the number."""
    found: list[tuple[int, CasualtyKind | None]] = []
    taken: set[int] = set()
    for kind, words in _WORDS:
        for match in words.finditer(sentence):
            if match.start() in taken:
                continue
            taken.update(range(match.start(), match.end()))
            before = match.end() <= start
            between = sentence[match.end() : start] if before else sentence[end : match.start()]
            found.append((len(between) + _A_BREAK * len(_BREAK.findall(between)), kind))
    return found
