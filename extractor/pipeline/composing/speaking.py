"""Who says what a sentence tells, by its words, set against what a small model answered.

Pure functions. Asked who speaks in "Front fighters crossed the river", a small model answers the
Front; asked the same of "A clerk told Reuters that", it answers Reuters. The words for speaking are
few.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from extractor.pipeline.composing.findings import Findings, Told, new_actor
from extractor.pipeline.composing.kinds import kind_told
from extractor.pipeline.composing.methods import tells_method
from extractor.pipeline.composing.referents import head_of, names_somebody
from extractor.schemas.codes import ActorKind, Aspect
from extractor.schemas.draft import ARTICLE
from extractor.schemas.steps import SpeakerAnswer

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
        "doubt", "estimat", "explain", "identif", "insist", "interview", "messag", "question",
        "quot", "reject", "report", "spokes", "suggest", "suspect", "testif", "threaten", "tweet",
        "warn", "assert", "attribut", "cit", "reveal",
    )),
)
# fmt: on
_SAID = re.compile(rf"[\"“”«»„]|:\s|\b(?:{'|'.join(_SPEAKING)})\b", re.IGNORECASE)
_BLAMED = re.compile(r"\b(?:blam|accus|held .* responsible)", re.IGNORECASE)
_BELIEVES = r"said|says?|believes?|believed|thinks?|thought|suspects?|suspected|reported"
_HAVING = r"(?:(?:has|have|had|also|later) )?"
_ARTICLES = {"a", "an", "the", "another", "one"}
_AUXILIARIES = {"has", "have", "had", "also", "later", "then"}
_LONGEST = 5
"""Words of a description of who told something."""


def with_speakers(found: Findings, sentences: Mapping[int, str], *, english: bool) -> Findings:
    """`found` with the speakers that the words of the sentences tell.

    Args:
        found: Answers with one name for each actor.
        sentences: The article's, by number.
        english: Whether it is in English, of which the words for speaking are known.
    """
    if not english:
        return found
    return _without_silent(_with_believers(_with_tellers(found, sentences), sentences), sentences)


def _with_tellers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who told it to somebody is the source, and not whom it was told, nor is he to blame."""
    actors = dict(found.actors)

    def voice(number: int, speaker: SpeakerAnswer) -> SpeakerAnswer:
        if not names_somebody(speaker.source):
            return speaker
        names = "|".join(map(re.escape, found.forms(speaker.source)))
        match = re.search(rf"^(.*?) told (?:the )?(?:{names})\b", sentences[number], re.IGNORECASE)
        who = match and _teller(match[1].split(), found)
        if not who:
            return speaker
        if who not in actors:
            actors[who] = new_actor(who, kind_told(who) or ActorKind.OTHER)
        return speaker.model_copy(update={"source": who})

    def told(one: Told) -> Told:
        sentence, parties = sentences[one.number], one.answer.responsible
        return one.saying(responsible=[n for n in parties if not _is_told(n, sentence)])

    heard = found.with_voices(voice).with_told(told)
    return replace(heard, actors=actors)


def _teller(words: list[str], found: Findings) -> str | None:
    """The actor, or the description of one, that words before "told" end in."""
    while words and words[-1].casefold() in _AUXILIARIES:
        words = words[:-1]
    tails = [words[-length:] for length in range(min(_LONGEST, len(words)), 0, -1)]
    known = {form.casefold(): name for name in found.actors for form in found.forms(name)}
    for tail in tails:
        if name := known.get(" ".join(tail).casefold()):
            return name
    for tail in tails:
        described = tail[1:] if tail[0].casefold() in _ARTICLES else []
        if described and head_of(" ".join(described)) == described[-1]:
            name = " ".join(described)
            return name if kind_told(name) and "and" not in described else None
    return None


def _is_told(name: str, sentence: str) -> bool:
    return re.search(rf"\btold (?:the )?{re.escape(name)}\b", sentence, re.IGNORECASE) is not None


def _with_believers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who says or believes it at the beginning of a sentence is its source, and not to blame."""

    def told(one: Told) -> Told:
        sentence, parties = sentences[one.number], one.answer.responsible
        believers = [n for n in parties if n != one.speaker.source and _believes(n, sentence)]
        if not believers or _BLAMED.search(sentence):
            return one
        left = [name for name in parties if name not in believers]
        about = one.answer.about if left or not tells_method(sentence) else Aspect.METHOD
        return one.saying(responsible=left, about=about).by(believers[0])

    return found.with_told(told)


def _believes(name: str, sentence: str) -> bool:
    says = rf"^(?:(?:A|An|The) )?{re.escape(name)} {_HAVING}(?:{_BELIEVES})\b"
    return re.search(says, sentence, re.IGNORECASE) is not None


def _without_silent(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """The article speaks where neither a sentence nor the one before has a word for speaking."""

    def voice(number: int, speaker: SpeakerAnswer) -> SpeakerAnswer:
        near = f"{sentences.get(number - 1, '')} {sentences[number]}"
        if names_somebody(speaker.source) and not _SAID.search(near):
            return speaker.model_copy(update={"source": ARTICLE})
        return speaker

    return found.with_voices(voice)
