"""What is claimed, suspected and meant, by the words of a sentence.

Pure functions, set against what a small model answered. It takes "The government condemned the
attack, for which the Front has claimed responsibility" for the government's accusation. The words
for claiming and denying are few.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from extractor.pipeline.composing.acting import SUSPECTED, with_forces, with_subjects
from extractor.pipeline.composing.answering import (
    CLAIMING,
    LONGEST,
    of_own_body,
    with_blamed,
    with_denials,
    with_rejections,
)
from extractor.pipeline.composing.clauses import blames
from extractor.pipeline.composing.findings import Findings, Told
from extractor.pipeline.composing.hedging import as_hedged, without_promises
from extractor.pipeline.composing.methods import tells_method
from extractor.pipeline.composing.referents import EVENTS, FIGHTERS, names_somebody
from extractor.schemas.codes import Aspect, Certainty, IncidentType, Stance
from extractor.schemas.draft import UNATTRIBUTED
from extractor.schemas.steps import SpeakerAnswer, StatementAnswer

_PARTY = re.compile(r"\b(?:it|they|we|us|ours?|its|their|group|who)\b", re.IGNORECASE)
# Between a party and its claim stand words for time and manner only, and no "not".
_HAVING = (
    r"(?:(?:has|have|had|did|also|later|since|then|each|both|jointly|a|ha|ont|han|\w+ly) ){0,3}"
)
_WHAT = rf"(?:responsibility|credit|{'|'.join(sorted(EVENTS))})"
_CLAIMED = (
    r"(?:(?:claims?|claimed) (?!that\b|to\b)"
    rf"(?:(?!\b(?:that|lives)\b)[^.;:,\n]){{0,60}}?\b{_WHAT}\b"
    r"|(?:takes?|took|taken) (?:responsibility|credit)\b"
    r"|revendiqu\w+|reivindic\w+|se (?:atribuy|adjudic)\w+)"
)
_CLAIMED_BY = (
    r"\b(?:claimed by|revendiquée?s?(?: \w+)? par|reivindicad[oa]s? por) (?:the |le |la |el )?"
)
_ANY_CLAIM = re.compile(rf"\b{_CLAIMED}|{_CLAIMED_BY}", re.IGNORECASE)
# Before the party that is suspected, and after it.
_SUSPECTED = r"\b(?:(?:believed|thought|suspected|presumed) to (?:be|have)|blamed on)\b"
_IS_SUSPECTED = r"\b(?:is|are|was|were|been) (?:\w+ly )?(?:blamed for|accused of|suspected of)\b"
_SUSPECT = rf"\b{SUSPECTED}(?:[\w-]+ )?"
_ANY_SUSPICION = re.compile(f"{_SUSPECTED}|{_SUSPECT}|{_IS_SUSPECTED}", re.IGNORECASE)
_MOTIVE = re.compile(
    r"\b((?:because|(?:in |as )?(?:retaliation|revenge|reprisal) for|in response to|in order to"
    r"|with the aim of|to (?:demand|protest|avenge|punish)|in protest"
    r"|demand(?:ing|ed) (?:that|the|an?))\b.*)",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"\b(?:believ\w+|doubt\w*|think\w*|thought|suspect\w*|will|would|may|might)\b", re.IGNORECASE
)
"""What has reasons of its own, or has not happened."""
_SUFFERED = re.compile(
    r"\b(?:was|were|been|being) (?:\w+ and )?(?:killed|shot|wounded|injured|struck|hit|beaten"
    r"|abducted|kidnapped|seized|captured|arrested|detained|executed|murdered|assassinated)\b",
    re.IGNORECASE,
)


def by_wording(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """`found` with claims, denials and whose strikes as the words of the sentences have them.

    Only sentences that were found to report or state something are read: others may be there to
    steer who reads them.
    """
    for rule in (
        without_promises,
        with_blamed,
        of_own_body,
        _without_sufferers,
        _of_own_sentence,
        as_hedged,
        with_subjects,
        with_forces,
        _with_doers,
        with_denials,
        _of_the_arrested,
        _with_suspicions,
        _with_claims,
        with_rejections,
        _with_motives,
    ):
        found = rule(found, sentences)
    return found


def _without_sufferers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who "was struck and killed by" another is not held responsible for it."""

    def told(one: Told) -> Told:
        sentence, parties = sentences[one.number], one.answer.responsible
        if not one.stance.affirms or not _SUFFERED.search(sentence):
            return one
        return one.saying(responsible=[n for n in parties if not _suffers(n, sentence)])

    return found.with_told(told)


def _suffers(name: str, sentence: str) -> bool:
    suffers = rf"\b{re.escape(name)}\b[^.;,]{{0,40}}?{_SUFFERED.pattern}"
    return re.search(suffers, sentence, re.IGNORECASE) is not None


def _of_own_sentence(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who is named in the sentence of a statement, and not in the one before, is meant by it.

    Where nobody is named and nobody stands for one, but a method is told, it is about that, unless
    the sentence reports an act.
    """
    reported = found.reported

    def told(one: Told) -> Told:
        sentence, parties = sentences[one.number], one.answer.responsible
        folded = sentence.casefold()
        named = [n for n in parties if any(f.casefold() in folded for f in found.forms(n))]
        if named or not parties:
            return one.saying(responsible=named)
        may_be = any(found.kind(n) in (None, *CLAIMING) for n in parties)
        by_another = one.number in reported or (may_be and _PARTY.search(sentence))
        if one.stance.affirms and tells_method(sentence) and not by_another:
            return one.saying(responsible=[], about=Aspect.METHOD)
        return one

    return found.with_told(told)


def _with_doers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who tells what a force did to a group, or a group to a force, holds the doer responsible."""

    def told(one: Told) -> Told:
        named = one.answer.responsible
        by = [n for a in found.acts if one.number in a.numbers for n in a.frame.by]
        itself = one.speaker.source in named
        if itself or one.stance is not Stance.CLAIM or not (by and named):
            return one
        if not all(found.opposed(by[0], name) for name in named):
            return one
        return one.saying(responsible=by[:1], about=Aspect.RESPONSIBILITY)

    return found.with_told(told)


def _with_claims(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """A statement for each sentence in which a party that fights claims an act.

    It stands in place of what else the sentence is taken to state as fact of that party.
    """
    claims = {
        (number, name): _statement(number, [name], _source(name), Stance.CLAIM, said)
        for number in found.read
        if _ANY_CLAIM.search(sentences[number])
        for name, answer in found.actors.items()
        if answer.kind in FIGHTERS and (said := _claimed(found.forms(name), sentences[number]))
    }
    kept = [
        told
        for told in found.told
        if not told.stance.affirms or blames(sentences[told.number]) or not _is_of(told, claims)
    ]
    return _told(found, [*kept, *claims.values()])


def _with_suspicions(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who "is believed to be behind it" is suspected by nobody in particular."""
    suspected = {
        (number, name)
        for number in found.read
        if _ANY_SUSPICION.search(sentences[number])
        for name, answer in found.actors.items()
        if answer.kind in FIGHTERS and _is_suspected(found.forms(name), sentences[number])
    }
    known = {
        (one.number, name)
        for one in found.told
        if names_somebody(one.speaker.source) or not one.stance.affirms
        for name in one.answer.responsible
    }
    new = {
        (number, name): _statement(
            number, [name], _source(UNATTRIBUTED), Stance.SUSPICION, sentences[number]
        )
        for number, name in sorted(suspected - known)
    }
    kept = [one for one in found.told if not _is_of(one, new)]
    return _told(found, [*kept, *new.values()])


def _of_the_arrested(found: Findings, _: Mapping[int, str]) -> Findings:
    """Whom the police arrest on suspicion are suspected, and not the police."""
    arrests = {n: act for act in found.acts if act.kind is IncidentType.ARREST for n in act.numbers}

    def told(one: Told) -> Told:
        arrest = arrests.get(one.number)
        if arrest is None or one.stance is not Stance.SUSPICION:
            return one
        if not {*one.answer.responsible} <= {*arrest.frame.by}:
            return one
        held = [*arrest.frame.against, *arrest.frame.harmed, *found.hit(arrest)]
        return one.saying(responsible=held[:1])

    return found.with_told(told)


def _is_suspected(names: Iterable[str], sentence: str) -> bool:
    named = "|".join(map(re.escape, names))
    after = rf"(?:{_SUSPECTED}[^.;,]{{0,60}}?|{_SUSPECT})\b(?-i:{named})\b"
    before = rf"\b(?-i:{named})\b[^.;]{{0,60}}?{_IS_SUSPECTED}"
    return re.search(f"{after}|{before}", sentence, re.IGNORECASE) is not None


def _with_motives(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """A statement for each motive that a sentence tells beside an act or what is stated of it."""
    speakers = {n: act.speaker for act in found.acts for n in act.numbers}
    speakers |= {one.number: one.speaker for one in found.told if one.stance.affirms}
    new = [
        _statement(number, [], speaker, Stance.CLAIM, motive[1])
        for number, speaker in speakers.items()
        if speaker and not _OPINION.search(sentences[number])
        for motive in [_MOTIVE.search(sentences[number])]
        if motive
    ]
    return _told(found, [*found.told, *new])


def _claimed(names: Iterable[str], sentence: str) -> str | None:
    """The part of a sentence in which a party claims an act, if it does."""
    # With its case: "IS" is no "is".
    for who in (rf"\b(?-i:{re.escape(name)})\b" for name in names if name in sentence):
        active = rf"{who}(?:,(?: which| who)?)? {_HAVING}{_CLAIMED}.*"
        passive = rf".*{_CLAIMED_BY}{who}"
        if found := re.search(f"{active}|{passive}", sentence, re.DOTALL | re.IGNORECASE):
            return found.group()
    return None


def _is_of(told: Told, made: Container[tuple[int, str]]) -> bool:
    """Whether a statement of a sentence and a party was made in place of this one."""
    return any((told.number, name) in made for name in told.answer.responsible)


def _told(found: Findings, told: Iterable[Told]) -> Findings:
    """`found` with these statements, in the order of the article."""
    return replace(found, told=sorted(told, key=lambda one: one.number))


def _statement(
    number: int, parties: Sequence[str], speaker: SpeakerAnswer, stance: Stance, says: str
) -> Told:
    """A statement that holds parties responsible, or tells a motive where there is none."""
    suspected = stance is Stance.SUSPICION
    answer = StatementAnswer.model_construct(
        responsible=[*parties],
        about=Aspect.RESPONSIBILITY if parties else Aspect.MOTIVE,
        certainty=Certainty.LIKELY if suspected else Certainty.CERTAIN,
        says=says[:LONGEST],
    )
    return Told(number, stance, answer, speaker)


def _source(name: str) -> SpeakerAnswer:
    return SpeakerAnswer.model_construct(source=name, medium=None)
