"""What the words of a sentence tell of who says what, set against what a small model answered.

Pure functions. Asked who speaks in "The government condemned the attack, for which the Front has
claimed responsibility", a small model answers the government; asked the same of "Front fighters
crossed the river", it answers the Front. The words for saying, claiming and denying are few.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from extractor.grounding.places import demonym_country
from extractor.pipeline.findings import Act, Findings, Told
from extractor.pipeline.kinds import kind_told
from extractor.pipeline.referents import EVENTS, FIGHTERS, names_somebody
from extractor.schemas.codes import ActorKind, Aspect, Certainty, IncidentType, Stance
from extractor.schemas.draft import ARTICLE
from extractor.schemas.steps import ActorAnswer, SpeakerAnswer, StatementAnswer

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
_THE_CLAIM = re.compile(r"\b(?:the|this|that|its|their|his) claims?\b", re.IGNORECASE)
_CLAIMED_BY = r"\b(?:claimed by|revendiquée?s? par|reivindicad[oa]s? por) (?:the )?"
_LONGEST = 160


_BY_FORCES = (
    IncidentType.AIR_STRIKE,
    IncidentType.SHELLING,
    IncidentType.BOMBING,
    IncidentType.RAID,
)
_TELLING = r"said|says?|believes?|believed|thinks?|thought|suspects?|suspected|reported|told"
_STRIKES = re.compile(
    r"(?P<who>\b(?:[A-Z][\w-]+|(?:[A-Z]\.)+|coalition))"
    r" (?:(?:air|drone|artillery|missile|rocket|precision|military) ?)*"
    r"(?:airstrikes?|strikes?|raids?|shelling|bombardments?|bombings?)\b"
)
_TELLER = r"(?:^|[,.] )(?:(?:A|An|The|Another|One) )?(?P<who>[\w'’-]+(?: [\w'’-]+){0,7}?)"
_METHODS = {
    IncidentType.SUICIDE_BOMBING: r"suicide (?:attack|bomb)",
    IncidentType.AIR_STRIKE: r"air ?strike|air raid|warplane|\bdrones?\b|barrel bomb",
    IncidentType.SHELLING: r"shell(?:ed|ing|s)\b|mortar|artillery|rocket",
    IncidentType.BOMBING: r"bomb(?:ed|ing|s|)\b|bombings|car bomb|explo(?:sion|d|sive)|\bblasts?\b",
    IncidentType.ARMED_ASSAULT: r"gunm[ae]n|ambush|opened fire|shooting|shot",
}


def method_told(sentences: Iterable[str]) -> IncidentType | None:
    """How an attack was done by the words of the sentences that report it."""
    text = " ".join(sentences)
    told = (kind for kind, words in _METHODS.items() if re.search(words, text, re.IGNORECASE))
    return next(told, None)


def by_wording(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """`found` with speakers, denials and claims as the words of the sentences have them."""
    for rule in (
        _of_own_sentence,
        _with_forces,
        _with_tellers,
        _without_tellers,
        _without_silent,
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
            if any(n.casefold() in sentence for n in (name, *found.aliases.get(name, [])))
        ]
        if not named:
            return one
        return replace(one, answer=one.answer.model_copy(update={"responsible": named}))

    return replace(found, told=[told(one) for one in found.told])


def _with_forces(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Whose strike it was, as in "a U.S. strike", where no answer tells who did it."""
    actors = dict(found.actors)

    def act(one: Act) -> Act:
        text = " ".join(sentences[number] for number in one.numbers)
        named = [match["who"] for match in _STRIKES.finditer(text)]
        forces = [name for name in named if _force(name, actors)]
        if one.frame.by or one.kind not in _BY_FORCES or not forces:
            return one
        return replace(one, frame=one.frame.model_copy(update={"by": forces[:1]}))

    acts = [act(one) for one in found.acts]
    return replace(found, acts=acts, actors=actors)


def _force(name: str, actors: dict[str, ActorAnswer]) -> bool:
    """Whether it is a known force, or the adjective of a state, which becomes one."""
    country = demonym_country(name)
    if name not in actors and country:
        actors[name] = ActorAnswer.model_construct(
            kind=ActorKind.STATE_FORCE, name=name, role=None, of=None, country=country
        )
    return name in actors and actors[name].kind is ActorKind.STATE_FORCE


def _with_tellers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who told it to somebody is the source, and not whom it was told."""
    actors = dict(found.actors)

    def voice(number: int, speaker: SpeakerAnswer) -> SpeakerAnswer:
        names = "|".join(
            re.escape(n) for n in (speaker.source, *found.aliases.get(speaker.source, []))
        )
        match = re.search(rf"{_TELLER} told (?:the )?(?:{names})\b", sentences[number])
        if match is None or not names_somebody(speaker.source):
            return speaker
        who = match["who"]
        actors.setdefault(
            who,
            ActorAnswer.model_construct(
                kind=kind_told(who) or ActorKind.OTHER, name=who, role=None, of=None, country=None
            ),
        )
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
        if answer.kind in FIGHTERS
        and (said := _claimed((name, *found.aliases.get(name, [])), sentence))
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
    for who in (rf"\b{re.escape(name)}\b" for name in names):
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
