"""A draft of the answers to small questions: which of them are about one incident or one actor.

Pure functions. The rules are the codebook's: one incident has one place and time, who is arrested
is a target, who gathers is a demonstrator, and one referent is one actor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from extractor.grounding.dates import resolve
from extractor.grounding.places import countries_in, country_code
from extractor.pipeline.assemble import Source
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
from extractor.schemas.extraction import (
    ActorKind,
    Aspect,
    CasualtyKind,
    Certainty,
    IncidentDate,
    IncidentType,
    ObjectEffect,
    ObjectKind,
    Stance,
)
from extractor.schemas.steps import (
    ActorAnswer,
    FigureAnswer,
    FrameAnswer,
    SpeakerAnswer,
    StatementAnswer,
    ThingAnswer,
)

# fmt: off
_PRONOUNS = frozenset({
    "he", "she", "it", "they", "we", "i", "you", "who",
    "il", "elle", "ils", "elles", "on", "nous", "él", "ella", "ellos", "ellas", "er", "sie", "es",
    "هو", "هي", "هم",
})
# fmt: on
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
_SENTENCES = 3
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Act:
    """An act that a sentence reports."""

    number: int
    kind: IncidentType
    frame: FrameAnswer
    speaker: SpeakerAnswer | None


@dataclass(frozen=True, slots=True)
class Told:
    """A statement of a sentence on who did it and how."""

    number: int
    stance: Stance
    answer: StatementAnswer
    speaker: SpeakerAnswer


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of a sentence that counts people harmed."""

    number: int
    text: str
    answer: FigureAnswer
    speaker: SpeakerAnswer | None


@dataclass
class Findings:
    """All answers about one article."""

    acts: Sequence[Act] = ()
    told: Sequence[Told] = ()
    counted: Sequence[Counted] = ()
    things: dict[str, ThingAnswer] = field(default_factory=dict)
    actors: dict[str, ActorAnswer] = field(default_factory=dict)


def names(found: Findings) -> list[str]:
    """Every name that needs an actor, in order of use."""
    listed: list[str] = []
    for act in found.acts:
        frame = act.frame
        listed += [*frame.by, *frame.against, *frame.harmed]
    for told in found.told:
        listed += told.answer.responsible
    speakers = [a.speaker for a in found.acts] + [c.speaker for c in found.counted]
    listed += [s.source for s in (*speakers, *(t.speaker for t in found.told)) if s]
    return [n for n in dict.fromkeys(listed) if _names_somebody(n)]


def bodies(found: Findings) -> list[str]:
    """The bodies that described actors belong to, not described themselves yet."""
    named = [answer.of for answer in found.actors.values() if answer.of]
    return [n for n in same_names(named) if n not in found.actors]


def _names_somebody(name: str) -> bool:
    return name not in (ARTICLE, UNATTRIBUTED) and name.casefold() not in _PRONOUNS


def same_names(listed: Iterable[str]) -> list[str]:
    """The fullest of each set of names that stand for one referent."""
    kept: list[str] = []
    for name in sorted(dict.fromkeys(listed), key=len, reverse=True):
        if not any(same_referent(name, longer) for longer in kept):
            kept.append(name)
    return kept


def same_referent(shorter: str, longer: str) -> bool:
    """Whether the shorter name stands for what the longer one names, in one article.

    It does when it is the longer one's ending ("Zongou", "army"), or its initials.
    """
    short, full = shorter.casefold().split(), longer.casefold().split()
    if short == full[-len(short) :]:
        return True
    if len(short) == 1 and len(full) > 1 and shorter.isupper():
        initials = "".join(word[0] for word in full)
        capitals = "".join(word[0].casefold() for word in longer.split() if word[0].isupper())
        return short[0] in (initials, capitals)
    return False


def compose(found: Findings, source: Source) -> Draft:
    """The draft that the answers make."""
    groups = _groups(_reports(found, source), source)
    incidents = [_incident(group, found, groups, source) for group in groups]
    return Draft.model_construct(incidents=incidents, actors=_actors(found))


def _says_something(told: Told) -> bool:
    return bool(told.answer.responsible) or told.answer.about is not Aspect.RESPONSIBILITY


# Incidents


def _reports(found: Findings, source: Source) -> list[Act]:
    """The acts without those that a sentence only claims, denies or blames on somebody.

    Such a sentence says something about an act that another one reports; where it gives a time or
    place of its own, or stands first, it reports one itself.
    """
    said = {told.number for told in found.told if told.stance is not Stance.SUSPICION}
    return [
        act
        for position, act in enumerate(found.acts)
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
    return DraftIncident.model_construct(
        sentences=[act.number for act in group][:_SENTENCES],
        summary=frames[0].what,
        type=kind,
        status=frames[0].status,
        when=dated or _short_time(frames),
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
        figures=[_figure(c) for c in found.counted if _nearest(c.number, groups) is group],
        statements=[*_reported(group, kind, about), *map(_statement, about)],
    )


def _united(lists: Iterable[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names if _names_somebody(name)))


def _short_time(frames: Sequence[FrameAnswer]) -> str | None:
    """A time that no calendar knows ("before dawn"), unless it is a clause."""
    return next((f.when for f in frames if f.when and len(f.when.split()) <= 4), None)


def _country(frames: Sequence[FrameAnswer], source: Source) -> str | None:
    """The country that is told, else the only one that the article names."""
    told = next((f.country for f in frames if country_code(f.country)), None)
    named = countries_in(source.text) if told is None else set()
    return told or (named.pop() if len(named) == 1 else None)


def _objects(frames: Sequence[FrameAnswer], found: Findings) -> list[DraftObject]:
    objects = []
    for name in _united(frame.things for frame in frames):
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
        responsible=[name for name in answer.responsible if _names_somebody(name)],
        statement=answer.says,
        medium=told.speaker.medium,
    )


def _speaker(speaker: SpeakerAnswer | None) -> str | None:
    """The name of who speaks; None for the article's own voice and for what has no source."""
    return speaker.source if speaker and _names_somebody(speaker.source) else None


def _no_speaker(speaker: SpeakerAnswer) -> str:
    """The article's own voice, unless nobody in particular says it."""
    return ARTICLE if speaker.source == ARTICLE else UNATTRIBUTED


# Actors


def _actors(found: Findings) -> list[DraftActor]:
    """Every described name, with the shorter names that stand for it."""
    used = [*names(found), *(a.of for a in found.actors.values() if a.of)]
    actors = []
    for asked, answer in found.actors.items():
        name = answer.name if answer.name.casefold() in asked.casefold() else asked
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
