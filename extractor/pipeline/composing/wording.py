"""What is claimed and denied, and whose strike it was, by the words of a sentence.

Pure functions, set against what a small model answered. It takes "The government condemned the
attack, for which the Front has claimed responsibility" for the government's accusation. The words
for claiming and denying are few.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace

from extractor.grounding.places import demonym_country
from extractor.pipeline.composing.doing import doer
from extractor.pipeline.composing.findings import Act, Findings, Told, new_actor
from extractor.pipeline.composing.methods import of_this_act, tells_method
from extractor.pipeline.composing.referents import EVENTS, FIGHTERS, names_somebody, one_referent
from extractor.schemas.codes import ActorKind, Aspect, Certainty, IncidentType, Stance
from extractor.schemas.draft import UNATTRIBUTED
from extractor.schemas.steps import SpeakerAnswer, StatementAnswer

_BLAMED = re.compile(r"\b(?:blam|accus)", re.IGNORECASE)
_DENIED = (
    r"(?:\b(?:den(?:y|ies|ied|ying)|reject\w*) (?:(?:any|all|its|their|having|being|that|the) )*"
    r"(?:involve\w*|responsib\w*|part\b|role|link|it\b|charge|accusation|allegation)"
    r"|\bnot (?:responsible|involved|behind)\b"
    r"|\bno (?:part|role|hand|involvement) in\b|\bnothing to do with\b)"
)
_REFUTED = re.compile(
    r"\b(?:call|dismiss|brand|describ|reject|denounc)\w* (?:[\w'-]+ ){0,5}?(?:accusation|charge|claim"
    r"|allegation|report|statement|suggestion)s? (?:[\w'-]+ ){0,3}?(?:absurd|false|baseless|nonsense"
    r"|untrue|lies?|fabricat\w*|invent\w*|unfounded|propaganda|ridiculous|slander)\b",
    re.IGNORECASE,
)
_CLAIMING = (*FIGHTERS, ActorKind.POLITICAL_GROUP, ActorKind.GOVERNMENT)
_PARTY = re.compile(r"\b(?:it|they|we|us|ours?|its|their|group|who)\b", re.IGNORECASE)
_HE = r"\b(?:it|they|he|she|who|which)\b"
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
_THE_CLAIM = re.compile(r"\b(?:the|this|that|its|their|his) claims?\b(?! that\b)", re.IGNORECASE)
# Before the party that is suspected, and after it.
_SUSPECTED = r"\b(?:(?:believed|thought|suspected|presumed) to (?:be|have)|blamed on)\b"
_IS_SUSPECTED = r"\b(?:is|are|was|were|been) (?:\w+ly )?(?:blamed for|accused of|suspected of)\b"
_ANY_SUSPICION = re.compile(f"{_SUSPECTED}|{_IS_SUSPECTED}", re.IGNORECASE)
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
_MEMBERS = re.compile(
    r"^(?:soldiers|troops|fighters|members|gunmen|officers|militants|rebels|men) (?:of|from) "
    r"(?:the )?",
    re.IGNORECASE,
)
"""Before the name of the body that does what they do."""
_OWNER = re.compile(r"(?:the )?(.+?)['’]s? (?=[a-z])", re.IGNORECASE)
_WE = re.compile(
    r"(?:^|[\"“„«]|\b(?:and|that) )(?:we|our (?:men|fighters|forces))\b", re.IGNORECASE
)
_SUFFERED = re.compile(
    r"\b(?:was|were|been|being) (?:\w+ and )?(?:killed|shot|wounded|injured|struck|hit|beaten"
    r"|abducted|kidnapped|seized|captured|arrested|detained|executed|murdered|assassinated)\b",
    re.IGNORECASE,
)
_POSSIBLE = re.compile(
    r"\b(?:(?:may|might|could)(?: also| well| as well)? (?:have been|be|belong)|possibl[ey]|perhaps)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:may|might|could|would|appear\w*|seem\w*|possibl[ey]|probabl[ey]|likely|perhaps|maybe"
    r"|apparent\w*|believ\w*|think\w*|thought|suspect\w*|suspicion|assum\w*|presum\w*|alleg\w*"
    r"|report(?:edly|s)|said to|rumou?r\w*|suggest\w*|indicat\w*|whether|if|speculat\w*|fear\w*"
    r"|preliminary|unconfirmed|point\w*)\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(r"^\W*(?:we|I) (?:will|shall|must)\b", re.IGNORECASE)
_REACH = 2
"""Sentences from a claim to what is said of "the claim"."""
_LONG_REACH = 6
"""Sentences from an accusation to a denial that names nobody else."""
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
    r"(?:airstrikes?|strikes?|shelling|bombardments?)\b"
)


def by_wording(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """`found` with claims, denials and whose strikes as the words of the sentences have them.

    Only sentences that were found to report or state something are read: others may be there to
    steer who reads them.
    """
    for rule in (
        _without_promises,
        _of_own_body,
        _without_sufferers,
        _of_own_sentence,
        _as_hedged,
        _with_subjects,
        _with_forces,
        _with_doers,
        _with_denials,
        _with_suspicions,
        _with_claims,
        _with_rejections,
        _with_motives,
    ):
        found = rule(found, sentences)
    return found


def _without_promises(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """No statement is what somebody says that he will do himself, about others."""
    kept = [
        one
        for one in found.told
        if not _PROMISE.search(sentences[one.number])
        or one.speaker.source in one.answer.responsible
    ]
    return replace(found, told=kept)


def _of_own_body(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """What the spokesman of a group claims, or says that "we" did, he claims for the group."""

    def body(speaker: str) -> str | None:
        described = found.described(speaker)
        named = [described.of] if described and described.of else []
        named += [match[1] for match in [_OWNER.match(speaker)] if match]
        owners = (n for n in found.actors for of in named if of in found.forms(n))
        return next((n for n in owners if found.kind(n) in _CLAIMING), None)

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


def _as_hedged(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """What somebody says is as sure as his words for it: a suspicion has a word of doubt."""

    def told(one: Told) -> Told:
        sentence, speaker = sentences[one.number], one.speaker.source
        if not (one.stance.affirms and names_somebody(speaker)):
            return one
        if [speaker] != one.answer.responsible and _POSSIBLE.search(sentence):
            return replace(one.saying(certainty=Certainty.POSSIBLE), stance=Stance.SUSPICION)
        if _HEDGE.search(sentence):
            return one
        sure = one.saying(certainty=Certainty.CERTAIN)
        if one.stance is not Stance.SUSPICION:
            return sure
        return replace(sure, stance=Stance.CLAIM if one.answer.responsible else Stance.ASSERTION)

    return found.with_told(told)


def _of_own_sentence(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who is named in the sentence of a statement, and not in the one before, is meant by it.

    Where nobody is named and nobody stands for one, but a method is told, it is about that, unless
    the sentence reports an act.
    """
    reported = {number for act in found.acts for number in act.numbers}

    def told(one: Told) -> Told:
        sentence, parties = sentences[one.number], one.answer.responsible
        folded = sentence.casefold()
        named = [n for n in parties if any(f.casefold() in folded for f in found.forms(n))]
        if named or not parties:
            return one.saying(responsible=named)
        may_be = any(found.kind(n) in (None, *_CLAIMING) for n in parties)
        by_another = one.number in reported or (may_be and _PARTY.search(sentence))
        if one.stance.affirms and tells_method(sentence) and not by_another:
            return one.saying(responsible=[], about=Aspect.METHOD)
        return one

    return found.with_told(told)


def _with_subjects(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who is the subject of the verb for an act did it, whatever a second look took away."""
    actors = dict(found.actors)

    def known(phrase: str) -> str | None:
        whole = _MEMBERS.sub("", phrase).casefold()
        if whole == "officers":
            return next((n for n in actors if "police" in n.casefold().split()), None)
        return next((n for n in actors if whole in map(str.casefold, found.forms(n))), None)

    def act(one: Act) -> Act:
        for number in one.numbers:
            told = doer(of_this_act(sentences[number]), one.kind, known)
            if told is None:
                continue
            name, kind = told
            if kind is not None:
                actors[name] = new_actor(name, kind)
            hit = {
                field: [n for n in getattr(one.frame, field) if n != name]
                for field in ("against", "harmed")
            }
            return replace(one, frame=one.frame.model_copy(update={"by": [name], **hit}))
        return one

    acts = [act(one) for one in found.acts]
    doers = {n: one.frame.by for one in acts for n in one.numbers}

    def told(one: Told) -> Told:
        """With "Gunmen on a motorcycle" for the "gunmen" of the same sentence."""
        full = {
            name: next((d for d in doers.get(one.number, ()) if _begins(name, d)), name)
            for name in one.answer.responsible
        }
        return one.saying(responsible=list(dict.fromkeys(full.values())))

    return replace(found, acts=acts, actors=actors).with_told(told)


def _begins(name: str, longer: str) -> bool:
    return longer.casefold().startswith(f"{name.casefold()} ")


def _with_forces(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Whose strike it was, as in "a U.S. strike", where no answer tells who did it."""
    actors = dict(found.actors)

    def force(name: str) -> str | None:
        """The force that is known by a name, or the adjective of a state, which stands for one."""
        known = (n for n in actors if any(one_referent(name, form) for form in found.forms(n)))
        known_as = next(known, name)
        if known_as not in actors and (country := demonym_country(name)):
            actors[known_as] = new_actor(known_as, ActorKind.STATE_FORCE, country)
        actor = actors.get(known_as)
        return known_as if actor and actor.kind is ActorKind.STATE_FORCE else None

    def act(one: Act) -> Act:
        if one.frame.by or one.kind not in _STRIKING:
            return one
        text = " ".join(of_this_act(sentences[number]) for number in one.numbers)
        forces = (force(match["who"]) for match in _STRIKES.finditer(text))
        first = next((name for name in forces if name), None)
        if first is None:
            return one
        return replace(one, frame=one.frame.model_copy(update={"by": [first]}))

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
        return one.saying(responsible=by[:1], about=Aspect.RESPONSIBILITY)

    return found.with_told(told)


def _with_denials(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """What is worded as a denial is one, and who is blamed is not said to blame."""

    def told(one: Told) -> Told:
        sentence = sentences[one.number]
        blames = _BLAMED.search(sentence)
        who = "|".join(map(re.escape, found.forms(one.speaker.source)))
        denies = rf"(?:\b(?:{who})\b|{_HE})[^.;]{{0,60}}?{_DENIED}"
        if one.stance is Stance.CLAIM and not blames and re.search(denies, sentence, re.IGNORECASE):
            return replace(one, stance=Stance.DENIAL)
        if one.stance.affirms and _REFUTED.search(sentence):
            return replace(one, stance=Stance.DENIAL)
        says = one.answer.says
        if blames and _BLAMED.search(says) and says.startswith(tuple(one.answer.responsible)):
            return one.saying(says=sentence[:_LONGEST])
        return one

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
        if not told.stance.affirms
        or _BLAMED.search(sentences[told.number])
        or not _is_of(told, claims)
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
    found = found.with_told(_of_the_arrested(found))
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


def _of_the_arrested(found: Findings) -> Callable[[Told], Told]:
    """Whom the police arrest on suspicion are suspected, and not the police."""
    arrests = {n: act for act in found.acts if act.kind is IncidentType.ARREST for n in act.numbers}

    def told(one: Told) -> Told:
        arrest = arrests.get(one.number)
        if arrest is None or one.stance is not Stance.SUSPICION:
            return one
        if not {*one.answer.responsible} <= {*arrest.frame.by}:
            return one
        whole = found.parties.get(arrest.number)
        held = [*arrest.frame.against, *arrest.frame.harmed, *(whole.hit if whole else ())]
        return one.saying(responsible=held[:1])

    return told


def _is_suspected(names: Iterable[str], sentence: str) -> bool:
    named = "|".join(map(re.escape, names))
    after = rf"{_SUSPECTED}[^.;,]{{0,60}}?\b(?-i:{named})\b"
    before = rf"\b(?-i:{named})\b[^.;]{{0,60}}?{_IS_SUSPECTED}"
    return re.search(f"{after}|{before}", sentence, re.IGNORECASE) is not None


def _with_rejections(found: Findings, sentences: Mapping[int, str]) -> Findings:
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
        says=says[:_LONGEST],
    )
    return Told(number, stance, answer, speaker)


def _source(name: str) -> SpeakerAnswer:
    return SpeakerAnswer.model_construct(source=name, medium=None)
