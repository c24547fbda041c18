"""A draft of the answers to small questions: which of them are about one incident or one actor.

Pure functions. The rules are the codebook's: one incident has one place and time, who is arrested
is a target, who gathers is a demonstrator, and one referent is one actor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from extractor.grounding.dates import resolve
from extractor.grounding.figures import bounds
from extractor.grounding.places import countries_in, country_code
from extractor.pipeline.findings import (
    Act,
    Counted,
    Findings,
    Told,
    names,
    names_somebody,
    same_referent,
)
from extractor.pipeline.values import Source
from extractor.schemas.codes import (
    ActorKind,
    Aspect,
    CasualtyKind,
    Certainty,
    IncidentType,
    ObjectEffect,
    ObjectKind,
    Stance,
)
from extractor.schemas.draft import (
    ARTICLE,
    UNATTRIBUTED,
    Draft,
    DraftActor,
    DraftFigure,
    DraftIncident,
    DraftObject,
    DraftOther,
    DraftStatement,
)
from extractor.schemas.extraction import IncidentDate
from extractor.schemas.steps import (
    FrameAnswer,
    SpeakerAnswer,
)
from extractor.validation import Issue, issue

_GATHERINGS = (IncidentType.PROTEST, IncidentType.RIOT)
# Reporting these of another party blames nobody.
_NO_BLAME = (
    *_GATHERINGS,
    IncidentType.ARREST,
    IncidentType.RAID,
    IncidentType.SEIZURE,
    IncidentType.STRIKE_STOPPAGE,
)
_BY_GUNS = {
    IncidentType.ARMED_CLASH,
    IncidentType.ARMED_ASSAULT,
    IncidentType.ASSASSINATION,
    IncidentType.RAID,
}
# What only a force of the state or an army does; its own spokesman tells of it.
_BY_FORCES = {
    IncidentType.AIR_STRIKE,
    IncidentType.SHELLING,
    IncidentType.ARMED_CLASH,
    IncidentType.RAID,
    IncidentType.ARREST,
    IncidentType.SEIZURE,
    *_GATHERINGS,
}
_SENTENCES = 3
_LONGEST_NAME = 80
_ANY_DAY = date(2000, 6, 15)
"""Stands in for an unknown day of publication where only the form of a date is looked at."""


def compose(found: Findings, source: Source) -> tuple[Draft, list[Issue]]:
    """The draft that the answers make, and an issue for each answer that cannot be right."""
    acts, issues = _sound(found, source)
    groups = _groups(_reports(acts, found, source), source)
    incidents = [_incident(group, found, groups, source) for group in groups]
    return Draft.model_construct(incidents=incidents, actors=_actors(found)), issues


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
        if when and not resolve(when, source.published or _ANY_DAY, source.language).start:
            issues.append(issue(f"{path}.when", "no_time", when, "is no time of the calendar"))
            when = None
        for name in act.frame.by:
            speaks = act.kind not in _BY_FORCES and _is_speaker(name, act.speaker)
            if speaks and (act.number, name) not in admitted:
                rule = "tells of the act and does not admit it"
                issues.append(issue(f"{path}.by", "only_speaks", name, rule))
            else:
                by.append(name)
        acts.append(replace(act, frame=act.frame.model_copy(update={"when": when, "by": by})))
    return acts, issues


def _is_speaker(name: str, speaker: SpeakerAnswer | None) -> bool:
    if speaker is None:
        return False
    shorter, longer = sorted((name, speaker.source), key=len)
    return same_referent(shorter, longer)


def _says_something(told: Told) -> bool:
    return bool(told.answer.responsible) or told.answer.about is not Aspect.RESPONSIBILITY


# Incidents


def _reports(acts: Sequence[Act], found: Findings, source: Source) -> list[Act]:
    """The acts without those that a sentence only claims, denies or blames on somebody.

    Such a sentence says something about an act that another one reports; where it gives a time or
    place of its own, or stands first, it reports one itself.
    """
    said = {told.number for told in found.told if told.stance is not Stance.SUSPICION}
    return [
        act
        for position, act in enumerate(acts)
        if position == 0 or act.number not in said or act.frame.where or _date(act.frame, source)
    ]


def _groups(acts: Sequence[Act], source: Source) -> list[list[Act]]:
    """The acts in groups, one for each incident."""
    groups: list[list[Act]] = []
    for act in acts:
        for group in groups:
            if all(_same_incident(earlier, act, source) for earlier in group):
                group.append(act)
                break
        else:
            groups.append([act])
    return groups


def _same_incident(a: Act, b: Act, source: Source) -> bool:
    """Alike in type, and not told to differ in time or place."""
    alike = a.kind is b.kind or IncidentType.ATTACK in (a.kind, b.kind)
    if not (alike or {a.kind, b.kind} <= _BY_GUNS):
        return False
    first, second = _date(a.frame, source), _date(b.frame, source)
    if first and second and not _overlap(first, second):
        return False
    places = [frame.where.casefold() for frame in (a.frame, b.frame) if frame.where]
    return len(places) < 2 or places[0] in places[1] or places[1] in places[0]


def _date(frame: FrameAnswer, source: Source) -> IncidentDate | None:
    """When it happened, if the words for it are a time that can be placed in the calendar."""
    found = resolve(frame.when, source.published, source.language) if frame.when else None
    return found if found and found.start else None


def _overlap(a: IncidentDate, b: IncidentDate) -> bool:
    ends = (a.start, a.end, b.start, b.end)
    return None in ends or (a.start <= b.end and b.start <= a.end)  # type: ignore[operator]


def _incident(
    group: Sequence[Act], found: Findings, groups: Sequence[Sequence[Act]], source: Source
) -> DraftIncident:
    kind = next((a.kind for a in group if a.kind is not IncidentType.ATTACK), group[0].kind)
    frames = [act.frame for act in group]
    gathered = kind in _GATHERINGS
    aimed = _united(frame.against for frame in frames)
    harmed = _united(frame.harmed for frame in frames)
    doers = [name for name in _united(f.by for f in frames) if name not in (*aimed, *harmed)]
    if kind is IncidentType.ARREST:
        aimed, harmed = _united([aimed, harmed]), []
    about = [t for t in found.told if _says_something(t) and _group_of(t, groups) is group]
    dated = next((f.when for f in frames if _date(f, source)), None)
    when = dated or next((f.when for f in frames if f.when), None)
    figures = [_figure(c) for c in found.counted if _nearest(c.number, groups) is group]
    return DraftIncident.model_construct(
        sentences=[act.number for act in group][:_SENTENCES],
        summary=frames[0].what,
        type=kind,
        status=frames[0].status,
        when=when,
        where=next((f.where for f in frames if f.where), None),
        city=None,
        region=None,
        country=_country(frames, source),
        perpetrators=[] if gathered else doers,
        targets=aimed,
        victims=harmed,
        others=[DraftOther(name=n, role="demonstrator") for n in doers] if gathered else [],
        objects=_objects(frames, found),
        weapons=_united(frame.weapons for frame in frames),
        figures=_once(figures),
        statements=[*_reported(group, kind, about), *map(_statement, about)],
    )


def _united(lists: Iterable[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names if names_somebody(name)))


def _country(frames: Sequence[FrameAnswer], source: Source) -> str | None:
    """The country that is told, else the only one that the article names."""
    told = next((f.country for f in frames if country_code(f.country)), None)
    named = countries_in(source.text) if told is None else set()
    return told or (named.pop() if len(named) == 1 else None)


def _objects(frames: Sequence[FrameAnswer], found: Findings) -> list[DraftObject]:
    objects = []
    weapons = _united(frame.weapons for frame in frames)
    for name in _united(frame.things for frame in frames):
        if name in weapons:
            continue
        thing = found.things.get(name)
        kind = thing.kind if thing else ObjectKind.OTHER
        objects.append(
            DraftObject(
                name=name, kind=kind, effect=thing.effect if thing else ObjectEffect.UNKNOWN
            )
        )
    return objects


# What belongs to which incident


def _nearest(number: int, groups: Sequence[Sequence[Act]]) -> Sequence[Act]:
    """The incident that was reported last at the sentence `number`, else the first one."""
    before = [(act.number, group) for group in groups for act in group if act.number <= number]
    return max(before, key=lambda pair: pair[0])[1] if before else groups[0]


def _group_of(told: Told, groups: Sequence[Sequence[Act]]) -> Sequence[Act]:
    """The incident of a statement: the one whose doers it names, else the nearest."""
    parties = {name.casefold() for name in told.answer.responsible}
    for group in groups:
        if parties & {name.casefold() for act in group for name in act.frame.by}:
            return group
    return _nearest(told.number, groups)


# Figures and statements


def _figure(counted: Counted) -> DraftFigure:
    return DraftFigure(
        sentence=counted.number,
        kind=CasualtyKind(counted.answer.counts),
        number=counted.text[:_LONGEST_NAME],
        who=counted.answer.who,
        source=_speaker(counted.speaker),
    )


def _once(figures: Sequence[DraftFigure]) -> list[DraftFigure]:
    """`figures` without repeats of one number: where it has a named source, that stands."""
    kept: dict[object, DraftFigure] = {}
    for figure in sorted(figures, key=lambda figure: figure.source is None):
        kept.setdefault((figure.kind, bounds(figure.number)), figure)
    return sorted(kept.values(), key=lambda figure: figure.sentence)


def _reported(
    group: Sequence[Act], kind: IncidentType, about: Sequence[Told]
) -> list[DraftStatement]:
    """Who the sentences that report an act hold responsible, where no statement says so."""
    told = {t.number for t in about if t.answer.responsible}
    made = []
    for act in group:
        by, source = act.frame.by, _speaker(act.speaker)
        if not by or not source or kind in _GATHERINGS or act.number in told:
            continue
        made.append(
            DraftStatement(
                sentence=act.number,
                source=source,
                aspect=Aspect.RESPONSIBILITY,
                stance=Stance.ASSERTION if kind in _NO_BLAME else Stance.ACCUSATION,
                certainty=Certainty.CERTAIN,
                responsible=by,
                statement=act.frame.what,
                medium=None,
            )
        )
    return made


def _statement(told: Told) -> DraftStatement:
    answer = told.answer
    aspect = Aspect.RESPONSIBILITY if answer.responsible else answer.about
    certainty = answer.certainty
    if told.stance is Stance.DOUBT:
        certainty = Certainty.DOUBTFUL
    elif told.stance is Stance.SUSPICION and certainty is Certainty.CERTAIN:
        certainty = Certainty.LIKELY
    return DraftStatement(
        sentence=told.number,
        source=_speaker(told.speaker)
        or (ARTICLE if told.speaker.source == ARTICLE else UNATTRIBUTED),
        aspect=aspect,
        stance=told.stance,
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
    """Every described name, with the shorter names that stand for it."""
    used = [*names(found), *(a.of for a in found.actors.values() if a.of)]
    actors = []
    for asked, answer in found.actors.items():
        # A title stands before the name; what is left of it ends with it.
        name = answer.name if asked.casefold().endswith(answer.name.casefold()) else asked
        others = [n for n in dict.fromkeys([asked, *used]) if n != name and same_referent(n, asked)]
        actors.append(
            DraftActor.model_construct(
                name=name,
                aliases=others,
                kind=answer.kind,
                role=answer.role if answer.kind is ActorKind.PERSON else None,
                member_of=answer.of if answer.of != name else None,
                country=answer.country if country_code(answer.country) else None,
            )
        )
    return actors
