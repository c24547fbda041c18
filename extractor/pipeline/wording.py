"""What is claimed and denied, and whose strike it was, by the words of a sentence.

Pure functions, set against what a small model answered. It takes "The government condemned the
attack, for which the Front has claimed responsibility" for the government's accusation. The words
for claiming and denying are few.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from extractor.grounding.places import demonym_country
from extractor.pipeline.findings import Act, Findings, Told, new_actor
from extractor.pipeline.referents import EVENTS, FIGHTERS, one_referent
from extractor.schemas.codes import ActorKind, Aspect, Certainty, IncidentType, Stance
from extractor.schemas.steps import SpeakerAnswer, StatementAnswer

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
_THE_CLAIM = re.compile(r"\b(?:the|this|that|its|their|his) claims?\b", re.IGNORECASE)
_CLAIMED_BY = r"\b(?:claimed by|revendiquée?s? par|reivindicad[oa]s? por) (?:the )?"
_ANY_CLAIM = re.compile(rf"{_CLAIMED}|{_CLAIMED_BY}", re.IGNORECASE)
_LONGEST = 160
_STRIKING = (
    IncidentType.AIR_STRIKE,
    IncidentType.SHELLING,
    IncidentType.BOMBING,
    IncidentType.RAID,
)
_STRIKES = re.compile(
    r"(?P<who>\b(?:[A-Z][\w-]{1,40}|(?:[A-Z]\.)+|coalition))"
    r" (?:(?:air|drone|artillery|missile|rocket|precision|military) ?)*"
    r"(?:airstrikes?|strikes?|raids?|shelling|bombardments?|bombings?)\b"
)


def by_wording(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """`found` with claims, denials and whose strikes as the words of the sentences have them."""
    for rule in (
        _of_own_sentence,
        _with_forces,
        _with_doers,
        _with_denials,
        _with_claims,
        _with_rejections,
    ):
        found = rule(found, sentences)
    return found


def _of_own_sentence(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who is named in the sentence of a statement, and not in the one before, is meant by it."""

    def told(one: Told) -> Told:
        sentence = sentences[one.number].casefold()
        named = [
            name
            for name in one.answer.responsible
            if any(form.casefold() in sentence for form in found.forms(name))
        ]
        if not named:
            return one
        return replace(one, answer=one.answer.model_copy(update={"responsible": named}))

    return replace(found, told=[told(one) for one in found.told])


def _with_forces(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Whose strike it was, as in "a U.S. strike", where no answer tells who did it."""
    actors = dict(found.actors)

    def force(name: str) -> str | None:
        """The force that is known by a name, or the adjective of a state, which stands for one."""
        known = (n for n in actors if any(one_referent(name, form) for form in found.forms(n)))
        known_as = next(known, name)
        if country := demonym_country(name):
            actors.setdefault(known_as, new_actor(known_as, ActorKind.STATE_FORCE, country))
        actor = actors.get(known_as)
        return known_as if actor and actor.kind is ActorKind.STATE_FORCE else None

    def act(one: Act) -> Act:
        if one.frame.by or one.kind not in _STRIKING:
            return one
        text = " ".join(sentences[number] for number in one.numbers)
        forces = filter(None, (force(match["who"]) for match in _STRIKES.finditer(text)))
        return replace(one, frame=one.frame.model_copy(update={"by": [*forces][:1]}))

    acts = [act(one) for one in found.acts]
    return replace(found, acts=acts, actors=actors)


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
        update = {"responsible": by[:1], "about": Aspect.RESPONSIBILITY}
        return replace(one, answer=one.answer.model_copy(update=update))

    return replace(found, told=[told(one) for one in found.told])


def _with_denials(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """What is worded as a denial is one, and who is blamed is not said to blame."""

    def told(one: Told) -> Told:
        sentence = sentences[one.number]
        blames = _BLAMED.search(sentence)
        if one.stance is Stance.CLAIM and _DENIED.search(sentence) and not blames:
            return replace(one, stance=Stance.DENIAL)
        says = one.answer.says
        if blames and _BLAMED.search(says) and says.startswith(tuple(one.answer.responsible)):
            update = {"says": sentence[:_LONGEST]}
            return replace(one, answer=one.answer.model_copy(update=update))
        return one

    return replace(found, told=[told(one) for one in found.told])


def _with_claims(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """A statement for each sentence in which a party that fights claims an act.

    It stands in place of what else the sentence is taken to say of that party, unless it blames it.
    """
    claims = {
        (number, name): _claim(number, name, said)
        for number, sentence in sentences.items()
        for name, answer in found.actors.items()
        if answer.kind in FIGHTERS and (said := _claimed(found.forms(name), sentence))
    }
    kept = [
        told
        for told in found.told
        if _BLAMED.search(sentences[told.number])
        or not any((told.number, name) in claims for name in told.answer.responsible)
    ]
    told = sorted([*kept, *claims.values()], key=lambda told: told.number)
    return replace(found, told=told)


def _with_rejections(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who does not accept "the claim" denies the one made before, whoever is named in between."""
    made: Sequence[str] = ()

    def told(one: Told) -> Told:
        nonlocal made
        sentence, named = sentences[one.number], one.answer.responsible
        if one.stance is Stance.CLAIM and one.speaker.source in named:
            made = named
        rejected = not one.stance.affirms and _THE_CLAIM.search(sentence)
        if not (made and rejected) or any(name in sentence for name in named):
            return one
        update = {"responsible": [*made], "about": Aspect.RESPONSIBILITY}
        return replace(one, answer=one.answer.model_copy(update=update))

    return replace(found, told=[told(one) for one in found.told])


def _claimed(names: Iterable[str], sentence: str) -> str | None:
    """The part of a sentence in which a party claims an act, if it does."""
    shown = sentence.casefold()
    for who in (rf"\b{re.escape(name)}\b" for name in names if name.casefold() in shown):
        active = rf"{who}(?:, (?:which|who))?{_BETWEEN}{{0,40}}?{_CLAIMED}.*"
        passive = rf".*{_CLAIMED_BY}{who}"
        if found := re.search(f"{active}|{passive}", sentence, re.IGNORECASE | re.DOTALL):
            return found.group()
    return None


def _claim(number: int, name: str, said: str) -> Told:
    answer = StatementAnswer.model_construct(
        responsible=[name],
        about=Aspect.RESPONSIBILITY,
        certainty=Certainty.CERTAIN,
        says=said[:_LONGEST],
    )
    speaker = SpeakerAnswer.model_construct(source=name, medium=None)
    return Told(number, Stance.CLAIM, answer, speaker)
