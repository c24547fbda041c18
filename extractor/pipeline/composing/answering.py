"""What is denied and claimed for a side, by the words of a sentence and what was said before it.

Pure functions. A small model finds the denial, and takes who denies it for who is meant.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from extractor.pipeline.composing.clauses import blames, owner_of, subjects
from extractor.pipeline.composing.findings import Findings, Told
from extractor.pipeline.composing.referents import FIGHTERS, names_somebody, one_referent
from extractor.schemas.codes import ActorKind, Aspect, Stance

_ACCUSES = re.compile(
    r"(?<!\bthe )(?<!\bis )(?<!\bwas )(?<!\bbeen )(?<!\bare )(?<!\bwere )"
    r"\b(?:accus(?:e[ds]?|ing)(?! of\b)|blam(?:e[ds]?|ing)|h(?:e|o)ld [\w' -]{1,40} responsible)\b",
    re.IGNORECASE,
)
_BLAMES = re.compile(
    r"\b(?:accus(?:e[ds]?|ing)|blam(?:e[ds]?|ing)(?: (?:it|this|the \w+) on| on)?) "
    r"(?:(?:the|its|their|his|her|a|an) (?:[\w' -]{1,40}, )?)?[\"“]?",
    re.IGNORECASE,
)
"""Before who is blamed."""
_REFUSED = re.compile(r"\b(?:not|n't|declined to|refused to|stopped short of|nobody)(?: \w+)? $")
_OFFICER = r" (?:[a-z]+ )?(?:chief|commander|leader|spokesman|spokeswoman|minister)\b"
LONGEST = 160
"""Characters of what somebody says."""
_REFUTED = re.compile(
    r"\b(?:call|dismiss|brand|describ|reject|denounc)\w* (?:[\w'-]+ ){0,5}?"
    r"(?:accusation|charge|claim|allegation|report|statement|suggestion)s? (?:[\w'-]+ ){0,3}?"
    r"(?:absurd|false|baseless|nonsense|untrue|lies?|fabricat\w*|invent\w*|unfounded|propaganda"
    r"|ridiculous|slander)\b",
    re.IGNORECASE,
)
CLAIMING = (*FIGHTERS, ActorKind.POLITICAL_GROUP, ActorKind.GOVERNMENT)
"""Whom a person may speak for who says that he did it."""
_WE = re.compile(
    r"(?:^|[\"“„«]|\b(?:and|that) )(?:we|our (?:men|fighters|forces))\b", re.IGNORECASE
)
_THE_CLAIM = re.compile(r"\b(?:the|this|that|its|their|his) claims?\b(?! that\b)", re.IGNORECASE)
_REACH = 2
"""Sentences from a claim to what is said of "the claim"."""
_LONG_REACH = 6
"""Sentences from an accusation to a denial that names nobody else."""
_DENIED = (
    r"(?:\b(?:den(?:y|ies|ied|ying)|reject\w*) (?:(?:any|all|its|their|having|being|that|the) )*"
    r"(?:involve\w*|responsib\w*|part\b|role|link|it\b|charge|accusation|allegation)"
    r"|\bnot (?:been )?(?:responsible|involved|behind)\b"
    r"|\bno (?:part|role|hand|involvement)(?: in\b|,)|\bnothing to do with\b)"
)
_HE = r"\b(?:it|they|he|she|who|which)\b"


def stance_told(sentence: str) -> Stance | None:
    """The stance that a sentence is worded in; None where its words leave it open."""
    if not any(subjects(sentence)):
        return None
    denied = re.search(rf"(?<!\bnot )(?<!\bnever )(?<!n't ){_DENIED}", sentence, re.IGNORECASE)
    if denied or _REFUTED.search(sentence):
        return Stance.DENIAL
    return Stance.ACCUSATION if _ACCUSES.search(sentence) else None


def with_blamed(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who is the object of "accuse" or "blame" is held responsible, whoever else is named."""

    def told(one: Told) -> Told:
        sentence = sentences[one.number]
        if not one.stance.affirms:
            return one
        for match in _BLAMES.finditer(sentence):
            rest = re.split(r";|\.(?= [A-Z])", sentence[match.end() :])[0]
            names = (n for n in found.actors if any(_begins(f, rest) for f in found.forms(n)))
            blamed = max(names, key=len, default=None)
            admits = one.stance is Stance.CLAIM and one.speaker.source in one.answer.responsible
            refused = _REFUSED.search(sentence[: match.start()])
            if blamed and blamed != one.speaker.source and not (admits or refused):
                held = [n for n in one.answer.responsible if n in rest and n != blamed]
                return replace(one.saying(responsible=[blamed, *held]), stance=Stance.ACCUSATION)
        return one

    return found.with_told(told)


def _begins(name: str, text: str) -> bool:
    """Whether a text begins with a name, and not with that of somebody who belongs to it."""
    return re.match(rf"{re.escape(name)}(?!\w|['’]s?\b|{_OFFICER})", text) is not None


def of_own_body(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """What the spokesman of a group claims, or says that "we" did, he claims for the group."""

    def body(speaker: str) -> str | None:
        described = found.described(speaker)
        named = (described.of if described else None, owner_of(speaker))
        owners = (n for n in found.actors if any(of in found.forms(n) for of in named))
        return next((n for n in owners if found.kind(n) in CLAIMING), None)

    def told(one: Told) -> Told:
        speaker, parties = one.speaker.source, one.answer.responsible
        if one.stance is not Stance.CLAIM or not names_somebody(speaker):
            return one
        sentence = sentences[one.number]
        we = not parties and _WE.search(sentence)
        itself = parties and all(_denotes(name, speaker, sentence) for name in parties)
        if not (we or itself):
            return one
        side = body(speaker)
        return one.saying(responsible=[side]) if side and side != speaker else one

    return found.with_told(told)


def with_denials(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """What is worded as a denial is one, and who is blamed is not said to blame."""

    def told(one: Told) -> Told:
        sentence = sentences[one.number]
        blamed = blames(sentence)
        who = "|".join(map(re.escape, found.forms(one.speaker.source)))
        denies = rf"(?:\b(?:{who})\b|{_HE})[^.;]{{0,60}}?{_DENIED}"
        claims = one.stance is Stance.CLAIM and not blamed
        denied = claims and re.search(denies, sentence, re.IGNORECASE)
        if denied or (one.stance.affirms and _REFUTED.search(sentence)):
            return replace(one, stance=Stance.DENIAL)
        says = one.answer.says
        if blamed and blames(says) and says.startswith(tuple(one.answer.responsible)):
            return one.saying(says=sentence[:LONGEST])
        return one

    return found.with_told(told)


def with_rejections(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who denies or doubts it without naming another answers what was said before.

    It is the claim where "the claim" is not accepted, whoever is named in between, and else the
    last time that a party was held responsible, unless it was who denies it now.
    """
    claimed: tuple[int, Sequence[str]] = (0, ())
    charged: tuple[int, Sequence[str]] = (0, ())

    def told(one: Told) -> Told:
        nonlocal claimed, charged
        sentence, named = sentences[one.number], one.answer.responsible
        speaker = one.speaker.source
        if one.stance is Stance.CLAIM and speaker in named:
            claimed = (one.number, named)
        blamed = [n for n in named if n != speaker] or named
        if one.stance.affirms and names_somebody(speaker) and any(map(found.fights, blamed)):
            charged = (one.number, blamed)
        if one.stance.affirms:
            return one
        number, parties = claimed
        near = parties and one.number - number <= _REACH
        if near and _THE_CLAIM.search(sentence) and not any(n in sentence for n in named):
            return one.saying(responsible=[*parties], about=Aspect.RESPONSIBILITY)
        number, parties = charged
        before = sentences.get(number, "")
        accused = any(form in before for form in found.forms(speaker))
        if not parties or one.number - number > _LONG_REACH or accused:
            return one
        if one.answer.about is Aspect.RESPONSIBILITY and _is_own(one, found, sentence):
            return one.saying(responsible=[*parties])
        return one

    return found.with_told(told)


def _is_own(told: Told, found: Findings, sentence: str) -> bool:
    """Whether it names nobody but a person who denies it, or whose side doubts it."""
    speaker = told.speaker.source
    described = found.described(speaker)
    if described is not None and described.kind is not ActorKind.PERSON:
        return False  # a body denies it of itself
    side = described.of if described and told.stance is Stance.DOUBT else None
    return all(
        name == side or _denotes(name, speaker, sentence) for name in told.answer.responsible
    )


def _denotes(name: str, speaker: str, sentence: str) -> bool:
    """Whether a name stands for who speaks, such as his office before his name."""
    office = rf"{re.escape(name)}, (?:[\w-]+ ){{0,5}}{re.escape(speaker)}"
    return (
        one_referent(name, speaker)
        or name.casefold() in speaker.casefold()
        or re.search(office, sentence, re.IGNORECASE) is not None
    )
