"""A draft of the answers to small questions: which of them are about one incident or one actor.

Pure functions. The rules are the codebook's: one incident has one place and time, who is arrested
is a target, who gathers is a demonstrator, and one referent is one actor.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from extractor.grounding.figures import bounds
from extractor.grounding.places import country_code
from extractor.pipeline.composing.counting import (
    by_counting,
    harm_told,
    in_name,
    number_before,
    tells_death,
    without_vague,
)
from extractor.pipeline.composing.findings import Act, Counted, Findings, Told, names
from extractor.pipeline.composing.grouping import (
    APART,
    GATHERINGS,
    NO_BLAME,
    group_of,
    grouped,
    happenings,
    is_accident,
    nearest,
    reporting,
    time_of,
)
from extractor.pipeline.composing.methods import exact_type, method_told
from extractor.pipeline.composing.placing import country_of, place_of, placed
from extractor.pipeline.composing.referents import is_proper, names_somebody
from extractor.pipeline.composing.settling import settled
from extractor.pipeline.composing.sides import (
    BY_FORCES,
    credible,
    is_no_party,
    is_speaker,
    people,
    sides_of,
    united,
    with_fought,
)
from extractor.pipeline.composing.speaking import with_speakers
from extractor.pipeline.composing.things import objects_of, weapons_of
from extractor.pipeline.composing.wording import by_wording
from extractor.pipeline.values import Source
from extractor.schemas.codes import (
    ActorKind,
    Aspect,
    CasualtyKind,
    Certainty,
    IncidentType,
    Stance,
)
from extractor.schemas.draft import (
    ARTICLE,
    UNATTRIBUTED,
    Draft,
    DraftActor,
    DraftFigure,
    DraftIncident,
    DraftOther,
    DraftStatement,
)
from extractor.schemas.steps import SpeakerAnswer
from extractor.validation import Issue, issue

_SENTENCES = 3
_LONGEST_NAME = 80
_ENGLISH = re.compile(r"\b(?:the|and|were|their|with|from)\b", re.IGNORECASE)


def compose(found: Findings, source: Source) -> tuple[Draft, list[Issue]]:
    """The draft that the answers make, and an issue for each answer that cannot be right."""
    found, issues = _read(found, source)
    groups, unsound = incidents_of(found, source)
    found = _with_own_parties(found, groups, source.lines)
    told, idle = _bearing_on_acts(found)
    for one in idle:
        path, rule = f"statement({one.number})", "is about no act that the article reports"
        issues.append(issue(path, "no_act", one.answer.says, rule))
    found = replace(found, told=told)
    incidents = [_incident(group, found, groups, source) for group in groups]
    draft = Draft.model_construct(incidents=placed(incidents, source), actors=_actors(found))
    return draft, [*issues, *unsound]


def _read(found: Findings, source: Source) -> tuple[Findings, list[Issue]]:
    """The answers set against the words of the article, and an issue for each that goes."""
    lines, english = source.lines, _is_english(source)
    named, counted = names(found), found.counted
    found = settled(found, source.text)
    found = by_wording(with_speakers(found, lines, english=english), lines)
    issues = [
        issue(f"name({name})", "no_actor", name, "is a thing, a place or an event")
        for name in named
        if name in found.no_actors and name not in found.actors
    ]
    found = by_counting(found, lines, english=english)
    kept = {(one.number, one.text) for one in found.counted}
    issues += [
        issue(f"figure({one.number})", "no_figure", one.text, "counts nobody harmed")
        for one in counted
        if (one.number, one.text) not in kept
    ]
    return found, issues


def _is_english(source: Source) -> bool:
    """Whether an article is in English: so it says, or it has words that no other language has."""
    if source.language:
        return source.language.casefold().startswith("en")
    return len(_ENGLISH.findall(source.text)) > len(source.sentences) // 2


def incidents_of(found: Findings, source: Source) -> tuple[list[list[Act]], list[Issue]]:
    """The acts of each incident, and an issue for each answer that cannot be right."""
    acts, issues = _sound(found, source)
    told = grouped(reporting(acts, found, source), source)
    accidents = [group for group in told if is_accident(group, source)]
    groups = happenings([group for group in told if group not in accidents], source)
    for group in told:
        path, kind = f"frame({group[0].number})", group[0].kind
        if group in accidents:
            issues.append(issue(path, "no_act", kind, "is an accident by the article"))
        elif group not in groups:
            rule = "has no time and no doer, and is background"
            issues.append(issue(path, "background", kind, rule))
    return groups, issues


def _sound(found: Findings, source: Source) -> tuple[list[Act], list[Issue]]:
    """The acts without times that are none and without speakers taken for doers."""
    admitted = {
        (told.number, name)
        for told in found.told
        if told.stance is Stance.CLAIM
        for name in told.answer.responsible
    }
    acts, issues = [], []
    for act in found.acts:
        path, when, by = f"frame({act.number})", act.frame.when, []
        if when and not source.time(when):
            issues.append(issue(f"{path}.when", "no_time", when, "is no time of the calendar"))
            when = None
        for name in act.frame.by:
            if is_no_party(name, act.frame):
                continue
            speaks = act.kind not in BY_FORCES and is_speaker(name, act.speaker)
            if speaks and (act.number, name) not in admitted:
                rule = "tells of the act and does not admit it"
                issues.append(issue(f"{path}.by", "only_speaks", name, rule))
            else:
                by.append(name)
        acts.append(act.framed(when=when, by=by))
    return acts, issues


def _says_something(told: Told) -> bool:
    if told.speaker.source == ARTICLE and told.stance in (Stance.DENIAL, Stance.DOUBT):
        return False  # by somebody whom a small model did not find
    denies = told.stance is Stance.DENIAL and names_somebody(told.speaker.source)
    told_of = told.answer.about is not Aspect.RESPONSIBILITY
    return bool(told.answer.responsible) or told_of or denies  # for the own side


def _with_own_parties(
    found: Findings, groups: Sequence[Sequence[Act]], lines: Mapping[int, str]
) -> Findings:
    """`found` without those whom the whole article says an act hit, and another act's sentences do.

    Asked about one incident, a small model lists whom others hit as well.
    """
    reporting = [{number for act in group for number in act.numbers} for group in groups]

    def is_own(name: str, own: Set[int]) -> bool:
        named = {n for n, line in lines.items() if any(f in line for f in found.forms(name))}
        return bool(named & own) or not any(named & other for other in reporting)

    parties = {
        number: answer.model_copy(update={"hit": [n for n in answer.hit if is_own(n, own)]})
        for own in reporting
        for number, answer in found.parties.items()
        if number in own
    }
    return replace(found, parties=parties)


def _bearing_on_acts(found: Findings) -> tuple[list[Told], list[Told]]:
    """The statements that are about an act that the article reports, and those that are not.

    Much of what parties are said to do as a matter of fact is not: where they stand, and what they
    plan.
    """
    doers = {name for act in found.acts for name in act.frame.by}
    doers |= {name for parties in found.parties.values() for name in parties.by}
    reported = found.reported
    bearing: list[Told] = []
    idle: list[Told] = []
    for one in found.told:
        named = {*one.answer.responsible}
        motive = one.answer.about is Aspect.MOTIVE
        of_acts = motive or one.number in reported or named & (doers | {one.speaker.source})
        (bearing if of_acts or one.stance is not Stance.CLAIM else idle).append(one)
    return bearing, idle


# Incidents


def _incident(
    group: Sequence[Act], found: Findings, groups: Sequence[Sequence[Act]], source: Source
) -> DraftIncident:
    violent = _violent(group)
    kind = exact_type([act.kind for act in violent])
    reporting_it = [source.lines[n] for act in group for n in act.numbers]
    told = [t for t in found.told if group_of(t, groups, found) is group]
    on_method = [source.lines[t.number] for t in told if t.answer.about is Aspect.METHOD]
    if kind is IncidentType.ASSASSINATION and not any(map(tells_death, reporting_it)):
        kind = IncidentType.ATTACK
    kind = method_told(method_told(kind, reporting_it), on_method)
    frames = [act.frame for act in group]
    gathered = kind in GATHERINGS
    sides = doers, aimed, harmed = with_fought(sides_of(violent, found), told, kind, found)
    told = [credible(t, sides, found) for t in told]
    about = [t for t in told if _says_something(t)]
    dated = next((f.when for f in frames if time_of(f, source)), None)
    when = dated or next((f.when for f in frames if f.when), None)
    things = {name.casefold() for f in frames for name in f.things}
    counted = [
        one
        for one in found.counted
        if nearest(one.number, groups) is group and (one.answer.who or "").casefold() not in things
    ]
    figures = [_figure(one) for one in without_vague(counted)]
    return DraftIncident.model_construct(
        sentences=sorted({n for act in group for n in act.numbers})[:_SENTENCES],
        summary=frames[0].what,
        type=kind,
        status=frames[0].status,
        when=when,
        where=place_of(group),
        city=None,
        region=None,
        country=country_of(group, source),
        perpetrators=[] if gathered else doers,
        targets=aimed,
        victims=harmed,
        others=[_present(name, found) for name in doers] if gathered else [],
        objects=objects_of(group, found, reporting_it),
        weapons=weapons_of(group, found, reporting_it),
        figures=[*_once(figures), *_implied(group, figures, found, source)],
        statements=[*_reported(group, kind, doers, about), *(_statement(t, kind) for t in about)],
    )


def _violent(group: Sequence[Act]) -> Sequence[Act]:
    """The acts that tell what it was: in an attack a town may be taken, but it is an attack."""
    violent = [act for act in group if act.kind not in APART]
    return violent if any(act.kind is IncidentType.ATTACK for act in group) else group


def _present(name: str, found: Findings) -> DraftOther:
    """Who does something at a gathering: the forces of a state answer it, others gather."""
    force = found.kind(name) is ActorKind.STATE_FORCE
    return DraftOther(name=name, role="responder" if force else "demonstrator")


# Figures and statements


def _figure(counted: Counted) -> DraftFigure:
    return DraftFigure(
        sentence=counted.number,
        kind=CasualtyKind(counted.answer.counts),
        number=counted.text[:_LONGEST_NAME],
        who=counted.answer.who,
        source=_speaker(counted.speaker),
    )


def _implied(
    group: Sequence[Act], figures: Sequence[DraftFigure], found: Findings, source: Source
) -> list[DraftFigure]:
    """Figures that no answer counts, with a number only where a name has one.

    They are of a person killed, say, where the article counts no killed, and of people harmed where
    it counts nobody.
    """
    counted = {figure.kind for figure in figures}
    numbers = {bounds(figure.number) for figure in figures}
    implied = []
    for act in group:
        sentence = source.lines[act.number]
        arrested = CasualtyKind.ARRESTED if act.kind is IncidentType.ARREST else None
        named = people(act.frame)
        for name in united([named, found.hit(act)]):
            told = harm_told(name, sentence)
            if name not in named and not (told or arrested):
                continue
            fate = told or found.fates.get((act.number, name)) or arrested
            number, who = in_name(name)
            number = number or number_before(name, sentence)
            one, many = found.is_person(name), found.is_kind(name, ActorKind.POPULATION)
            new = fate not in counted
            more = not counted or (new and number and bounds(number) not in numbers)
            if fate and ((one and new) or (many and more)):
                implied.append(
                    DraftFigure(
                        sentence=act.number,
                        kind=fate,
                        number=number,
                        who=who,
                        source=_speaker(act.speaker),
                    )
                )
    return implied


def _once(figures: Sequence[DraftFigure]) -> list[DraftFigure]:
    """`figures` without repeats of one number: where it has a named source, that stands."""
    kept: dict[object, DraftFigure] = {}
    for figure in sorted(figures, key=lambda figure: figure.source is None):
        kept.setdefault((figure.kind, bounds(figure.number)), figure)
    return sorted(kept.values(), key=lambda figure: figure.sentence)


def _reported(
    group: Sequence[Act], kind: IncidentType, doers: Sequence[str], about: Sequence[Told]
) -> list[DraftStatement]:
    """Who the sentences that report an act hold responsible, where no statement says so."""
    told = {t.number for t in about if t.answer.responsible}
    made = []
    for act in group:
        by = [n for n in act.frame.by if n in doers]
        heard = act.speaker is not None and act.speaker.source == UNATTRIBUTED
        source = UNATTRIBUTED if heard else _speaker(act.speaker)
        if not by or not source or kind in GATHERINGS or act.number in told:
            continue
        # Who tells of "two gunmen" blames nobody in particular. A claim of another side is made an
        # accusation when it is known who belongs to whom, and what is only heard a suspicion.
        named = any(map(is_proper, by))
        made.append(
            DraftStatement(
                sentence=act.number,
                source=source,
                aspect=Aspect.RESPONSIBILITY,
                stance=Stance.ASSERTION if kind in NO_BLAME or not named else Stance.CLAIM,
                certainty=Certainty.CERTAIN,
                responsible=by,
                statement=act.frame.what,
                medium=None,
            )
        )
    return made


def _statement(told: Told, kind: IncidentType) -> DraftStatement:
    answer = told.answer
    source = _speaker(told.speaker) or _no_speaker(told.speaker)
    counts = answer.about is Aspect.CASUALTIES  # of whom, and not who did it
    aspect = Aspect.RESPONSIBILITY if answer.responsible and not counts else answer.about
    certainty, stance = answer.certainty, told.stance
    if stance is Stance.CLAIM and kind in NO_BLAME:
        stance = Stance.ASSERTION  # a claim where it is the own side's
    if told.stance is Stance.DENIAL:
        certainty = Certainty.CERTAIN  # of what is denied, and not in doubt of it
    elif told.stance is Stance.DOUBT:
        certainty = Certainty.DOUBTFUL
    elif told.stance is Stance.SUSPICION and certainty is Certainty.CERTAIN:
        certainty = Certainty.LIKELY
    return DraftStatement(
        sentence=told.number,
        source=source,
        aspect=aspect,
        stance=stance,
        certainty=certainty,
        responsible=[name for name in answer.responsible if names_somebody(name)],
        statement=answer.says,
        medium=told.speaker.medium,
    )


def _speaker(speaker: SpeakerAnswer | None) -> str | None:
    """The name of who speaks; None for the article's own voice and for what has no source."""
    return speaker.source if speaker and names_somebody(speaker.source) else None


def _no_speaker(speaker: SpeakerAnswer) -> str:
    """The article's own voice, unless nobody in particular says it."""
    return ARTICLE if speaker.source == ARTICLE else UNATTRIBUTED


# Actors


def _actors(found: Findings) -> list[DraftActor]:
    """Every described name; nobody belongs to a body that he accuses."""
    accused = {
        (one.speaker.source, name)
        for one in found.told
        if one.stance is Stance.ACCUSATION
        for name in one.answer.responsible
    }
    return [
        DraftActor.model_construct(
            name=name,
            aliases=found.aliases.get(name, []),
            kind=answer.kind,
            role=answer.role if answer.kind is ActorKind.PERSON else None,
            member_of=answer.of if answer.of != name and (name, answer.of) not in accused else None,
            country=answer.country if country_code(answer.country) else None,
        )
        for name, answer in found.actors.items()
    ]
