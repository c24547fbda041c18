"""Who says what a sentence tells, by its words, set against what a small model answered.

Pure functions. Asked who speaks in "Front fighters crossed the river", a small model answers the
Front; asked the same of "A clerk told Reuters that", it answers Reuters. The words for speaking are
few.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from extractor.pipeline.findings import Findings, Told, new_actor
from extractor.pipeline.kinds import kind_told
from extractor.pipeline.methods import method_told
from extractor.pipeline.referents import names_somebody
from extractor.schemas.codes import ActorKind, Aspect
from extractor.schemas.draft import ARTICLE
from extractor.schemas.steps import SpeakerAnswer

# fmt: off
_SPEAKING = (
    "said", "says?", "saying", "tells?", "told", "stat(?:e[ds]|ing|ements?)", "according", "calls?",
    "called", "adds?", "added", "asks?", "asked", "notes?", "noted", "posts?", "posted", "spoke",
    "spoken", "writes?", "wrote", "written", "vows?", "vowed", "finds?", "found", "knows?", "think",
    "thinks", "thought", "urged?", "urges",
    # and whatever begins with
    *(f"{stem}\\w*" for stem in (
        "accus", "acknowledg", "admit", "alleg", "announc", "argu", "believ", "blam", "claim",
        "conclu", "condemn", "confirm", "declar", "demand", "den[iy]", "describ", "dismiss",
        "doubt", "estimat", "explain", "identif", "insist", "interview", "messag", "question",
        "quot", "reject", "report", "spokes", "suggest", "suspect", "testif", "threat", "tweet",
        "warn",
    )),
)
# fmt: on
_SAID = re.compile(rf"[\"“”«»„]|:\s|\b(?:{'|'.join(_SPEAKING)})\b", re.IGNORECASE)
_ENGLISH = re.compile(r"\b(?:the|was|were|has|have|had)\b", re.IGNORECASE)
_TELLER = r"(?:^|[,.] )(?:(?:A|An|The|Another|One) )?(?P<who>[\w'’-]{1,40}(?: [\w'’-]{1,40}){0,7}?)"
_TELLING = r"said|says?|believes?|believed|thinks?|thought|suspects?|suspected|reported|told"


def with_speakers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """`found` with the speakers that the words of the sentences tell."""
    for rule in (_with_tellers, _without_tellers, _without_silent):
        found = rule(found, sentences)
    return found


def _with_tellers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who told it to somebody is the source, and not whom it was told."""
    actors = dict(found.actors)

    def voice(number: int, speaker: SpeakerAnswer) -> SpeakerAnswer:
        names = "|".join(map(re.escape, found.forms(speaker.source)))
        match = re.search(rf"{_TELLER} told (?:the )?(?:{names})\b", sentences[number])
        if match is None or not names_somebody(speaker.source):
            return speaker
        who = match["who"]
        actors.setdefault(who, new_actor(who, kind_told(who) or ActorKind.OTHER))
        return speaker.model_copy(update={"source": who})

    return replace(_with_voices(found, voice), actors=actors)


def _without_tellers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who says it, or is told it, is not held responsible by that."""

    def told(one: Told) -> Told:
        near = f"{sentences.get(one.number - 1, '')}\n{sentences[one.number]}"
        parties = one.answer.responsible
        tellers = [n for n in parties if n != one.speaker.source and _tells(n, near)]
        if not tellers:
            return one
        says = [name for name in tellers if _tells(name, sentences[one.number], "")]
        update: dict[str, object] = {"responsible": [n for n in parties if n not in tellers]}
        if says and not update["responsible"] and method_told([sentences[one.number]]):
            update["about"] = Aspect.METHOD
        source = says[0] if says else one.speaker.source
        return replace(
            one,
            answer=one.answer.model_copy(update=update),
            speaker=one.speaker.model_copy(update={"source": source}),
        )

    return replace(found, told=[told(one) for one in found.told])


def _tells(name: str, text: str, told: str = r"|\btold (?:the )?{}\b") -> bool:
    """Whether a sentence begins with the name and a word for saying, or tells it somebody."""
    who = re.escape(name)
    says = rf"^(?:(?:A|An|The) )?{who} (?:(?:has|have|had|also|later) )?(?:{_TELLING})\b"
    return re.search(says + told.format(who), text, re.IGNORECASE | re.MULTILINE) is not None


def _without_silent(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Where neither a sentence nor the one before it has a word for speaking, the article speaks.

    Only for English, of which the words are known here.
    """

    def voice(number: int, speaker: SpeakerAnswer) -> SpeakerAnswer:
        near = f"{sentences.get(number - 1, '')} {sentences[number]}"
        silent = _ENGLISH.search(sentences[number]) and not _SAID.search(near)
        if silent and names_somebody(speaker.source):
            return speaker.model_copy(update={"source": ARTICLE})
        return speaker

    return _with_voices(found, voice)


def _with_voices(found: Findings, voice: Callable[[int, SpeakerAnswer], SpeakerAnswer]) -> Findings:
    """`found` with another speaker for what each sentence tells."""
    return replace(
        found,
        acts=[replace(a, speaker=a.speaker and voice(a.number, a.speaker)) for a in found.acts],
        told=[replace(t, speaker=voice(t.number, t.speaker)) for t in found.told],
        counted=[
            replace(c, speaker=c.speaker and voice(c.number, c.speaker)) for c in found.counted
        ],
    )
