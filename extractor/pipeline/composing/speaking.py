"""Who says what a sentence tells, by its words, set against what a small model answered.

Pure functions. Asked who speaks in "Front fighters crossed the river", a small model answers the
Front; asked the same of "A clerk told Reuters that", it answers Reuters. The words for speaking are
few.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from extractor.pipeline.composing.findings import Findings, Told
from extractor.pipeline.composing.methods import tells_method
from extractor.pipeline.composing.referents import is_proper, names_somebody, one_referent
from extractor.pipeline.composing.tellers import Tellers
from extractor.schemas.codes import Aspect
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED

# fmt: off
_SPEAKING = (
    "said", "says?", "saying", "tells?", "told", "stat(?:e[ds]|ing|ements?)", "according", "calls?",
    "called", "adds?", "added", "asks?", "asked", "notes?", "noted", "posts?", "posted", "spoke",
    "spoken", "writes?", "wrote", "written", "vows?", "vowed", "finds?", "found", "knows?", "think",
    "thinks", "thought", "urged?", "urges", "held", "holds?", "puts?",
    # and whatever begins with
    *(f"{stem}\\w*" for stem in (
        "accus", "acknowledg", "admit", "alleg", "announc", "argu", "believ", "blam", "claim",
        "conclu", "condemn", "confirm", "declar", "demand", "den[iy]", "describ", "dismiss",
        "doubt", "estimat", "explain", "identif", "insist", "interview", "messag", "questioned",
        "quot", "reject", "report", "spokes", "suggest", "suspect", "testif", "threaten", "tweet",
        "warn", "assert", "attribut", "cit", "reveal",
    )),
)
# fmt: on
_SAID = re.compile(rf"[\"“”«»„]|\b(?:{'|'.join(_SPEAKING)})\b", re.IGNORECASE)
_OF = re.compile(
    r"\b(?:is|are|was|were|been) (?:alleged|accused|believed|suspected|thought|known|reported)\b",
    re.IGNORECASE,
)
"""What is said of somebody, and not by whom."""
_BLAMED = re.compile(r"\b(?:blam|accus|held .* responsible)", re.IGNORECASE)
_BELIEVES = r"believes?|believed|thinks?|thought|suspects?|suspected"
_SAYS = rf"said|says?|reported|{_BELIEVES}"
_HAVING = r"(?:(?:has|have|had|also|later) )?"
_HEARSAY = re.compile(
    r"\b(?:reportedly|allegedly|apparently|(?:is|are|was|were) said to|rumou?red)\b", re.IGNORECASE
)


def with_speakers(found: Findings, sentences: Mapping[int, str], *, english: bool) -> Findings:
    """`found` with the speakers that the words of the sentences tell.

    Args:
        found: Answers with one name for each actor.
        sentences: The article's, by number.
        english: Whether it is in English, of which the words for speaking are known.
    """
    if not english:
        return found
    tellers = Tellers(found, sentences)
    found = _with_believers(_with_tellers(found, sentences, tellers), sentences)
    return _without_silent(found, sentences, tellers)


def _with_tellers(found: Findings, sentences: Mapping[int, str], tellers: Tellers) -> Findings:
    """Who says it in a reporting clause is the source; whom it was told is not, nor is he to blame.

    Where several do, the answer stands that names one of them.
    """

    def voice(number: int, source: str) -> str:
        told = tellers.of[number]
        if not told:
            return UNATTRIBUTED if _HEARSAY.search(sentences[number]) else source
        known = any(one_referent(name, source) for name in told)
        # A person with a name is more likely whose office the clause has than somebody else.
        named = tellers.is_named_person(source) and not is_proper(told[0])
        return source if known or named else told[0]

    def told(one: Told) -> Told:
        sentence, parties = sentences[one.number], one.answer.responsible
        return one.saying(responsible=[n for n in parties if not _is_told(n, sentence)])

    heard = found.with_voices(voice).with_told(told)
    used = {speaker.source for speaker in heard.speakers}
    new = {name: answer for name, answer in tellers.new.items() if name in used}
    return replace(heard, actors={**found.actors, **new})


def _is_told(name: str, sentence: str) -> bool:
    return re.search(rf"\btold (?:the )?{re.escape(name)}\b", sentence, re.IGNORECASE) is not None


def _with_believers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who says or believes it at the beginning of a sentence is its source, and not to blame."""

    def told(one: Told) -> Told:
        sentence, parties = sentences[one.number], one.answer.responsible
        speaker = one.speaker.source  # who may say that it was himself
        believers = [
            n for n in parties if _begins(n, _BELIEVES if n == speaker else _SAYS, sentence)
        ]
        if not believers or _BLAMED.search(sentence):
            return one
        left = [name for name in parties if name not in believers]
        about = one.answer.about if left or not tells_method(sentence) else Aspect.METHOD
        return one.saying(responsible=left, about=about).by(believers[0])

    return found.with_told(told)


def _begins(name: str, verbs: str, sentence: str) -> bool:
    says = rf"^(?:(?:A|An|The) )?{re.escape(name)} {_HAVING}(?:{verbs})\b"
    return re.search(says, sentence, re.IGNORECASE) is not None


def _without_silent(found: Findings, sentences: Mapping[int, str], tellers: Tellers) -> Findings:
    """The article speaks where a sentence has no word for speaking."""

    def voice(number: int, source: str) -> str:
        silent = not tellers.of[number] and not _is_said(sentences[number])
        return ARTICLE if names_somebody(source) and silent else source

    return found.with_voices(voice)


def _is_said(sentence: str) -> bool:
    """Whether a sentence has a word for speaking; with a capital within it is part of a name."""
    told = _OF.sub("", sentence)
    return any(
        not word.start() or word[0] == word[0].casefold() or told.isupper()
        for word in _SAID.finditer(told)
    )
