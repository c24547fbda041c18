"""What the words of a sentence tell of who says what, set against what a small model answered.

Pure functions. Asked who speaks in "The government condemned the attack, for which the Front has
claimed responsibility", a small model answers the government; asked the same of "Front fighters
crossed the river", it answers the Front. The words for saying, claiming and denying are few.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from extractor.pipeline.findings import Findings, Told
from extractor.pipeline.referents import EVENTS, FIGHTERS, names_somebody
from extractor.schemas.codes import Aspect, Certainty, Stance
from extractor.schemas.draft import ARTICLE
from extractor.schemas.steps import SpeakerAnswer, StatementAnswer

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
_BLAMED = re.compile(r"\b(?:blam|accus)", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|not (?:responsible|involved|behind)"
    r"|no (?:part|role|hand|involvement) in|nothing to do with)\b",
    re.IGNORECASE,
)
# Between a party and its claim stands no other clause, and no "not".
_BETWEEN = r"(?:(?!\b(?:not|never|nor|no)\b)[^.;:,\n])"
_WHAT = rf"(?:responsibility|credit|{'|'.join(sorted(EVENTS))})"
_CLAIMED = (
    rf"(?:\bclaim(?:s|ed|ing)?\b{_BETWEEN}{{0,60}}?\b{_WHAT}\b"
    r"|\b(?:takes?|took|taken|taking) (?:responsibility|credit)\b"
    r"|\brevendiqu\w+|\breivindic\w+|\bse (?:atribuy|adjudic)\w+|\bbekannten? sich\b)"
)
_CLAIMED_BY = r"\b(?:claimed by|revendiquée?s? par|reivindicad[oa]s? por) (?:the )?"
_LONGEST = 160


def by_wording(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """`found` with speakers, denials and claims as the words of the sentences have them."""
    return _with_claims(_with_denials(_without_silent(found, sentences), sentences), sentences)


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

    return replace(
        found,
        acts=[replace(a, speaker=a.speaker and voice(a.number, a.speaker)) for a in found.acts],
        told=[replace(t, speaker=voice(t.number, t.speaker)) for t in found.told],
        counted=[
            replace(c, speaker=c.speaker and voice(c.number, c.speaker)) for c in found.counted
        ],
    )


def _with_denials(found: Findings, sentences: Mapping[int, str]) -> Findings:
    def told(one: Told) -> Told:
        sentence = sentences[one.number]
        denies = _DENIED.search(sentence) and not _BLAMED.search(sentence)
        return replace(one, stance=Stance.DENIAL) if denies and one.stance is Stance.CLAIM else one

    return replace(found, told=[told(one) for one in found.told])


def _with_claims(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """A statement for each sentence in which a party that fights claims an act.

    It stands in place of what else the sentence is taken to say of that party, unless it blames it.
    """
    claims = {
        (number, name): _claim(number, name, sentence)
        for number, sentence in sentences.items()
        for name, answer in found.actors.items()
        if answer.kind in FIGHTERS
        and any(_claims(form, sentence) for form in (name, *found.aliases.get(name, [])))
    }
    kept = [
        told
        for told in found.told
        if _BLAMED.search(sentences[told.number])
        or not any((told.number, name) in claims for name in told.answer.responsible)
    ]
    told = sorted([*kept, *claims.values()], key=lambda told: told.number)
    return replace(found, told=told)


def _claims(name: str, sentence: str) -> bool:
    who = rf"\b{re.escape(name)}\b"
    claims = rf"{who}(?:, (?:which|who))?{_BETWEEN}{{0,40}}?{_CLAIMED}|{_CLAIMED_BY}{who}"
    return re.search(claims, sentence, re.IGNORECASE) is not None


def _claim(number: int, name: str, sentence: str) -> Told:
    answer = StatementAnswer.model_construct(
        responsible=[name],
        about=Aspect.RESPONSIBILITY,
        certainty=Certainty.CERTAIN,
        says=sentence[:_LONGEST],
    )
    speaker = SpeakerAnswer.model_construct(source=name, medium=None)
    return Told(number, Stance.CLAIM, answer, speaker)
