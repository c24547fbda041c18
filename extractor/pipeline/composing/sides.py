"""Who did an act and whom it hit: what sentences and the whole article say, set against each other.

Pure functions. A small model takes the subject of a sentence, who was killed or who speaks, for who
did it; the kinds of actors, and what became of them, tell better.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from extractor.pipeline.composing.findings import Act, Findings, Told
from extractor.pipeline.composing.grouping import GATHERINGS
from extractor.pipeline.composing.referents import FIGHTERS, is_proper, names_somebody, one_referent
from extractor.schemas.codes import ActorKind, IncidentType, Stance
from extractor.schemas.steps import FrameAnswer, SpeakerAnswer

# What only a force of the state or an army does; its own spokesman tells of it.
BY_FORCES = {
    IncidentType.AIR_STRIKE,
    IncidentType.SHELLING,
    IncidentType.ARMED_CLASH,
    IncidentType.RAID,
    IncidentType.ARREST,
    IncidentType.SEIZURE,
    *GATHERINGS,
}
_BY_POLICE = (IncidentType.RAID, IncidentType.ARREST)
_NEAR = 4
"""Sentences from an act to a statement about it."""
# Who reports, counts and suffers acts.
_BYSTANDERS = (
    ActorKind.COMPANY,
    ActorKind.CIVIL_SOCIETY,
    ActorKind.MEDIA,
    ActorKind.INTERNATIONAL_BODY,
)
# Whom acts hit as a rule as buildings and offices, which are no actors.
_UNHARMED = (ActorKind.GOVERNMENT, ActorKind.MEDIA, ActorKind.OTHER)


class Sides(NamedTuple):
    """The parties to an act or an incident, by name.

    Attributes:
        doers: Who did it.
        aimed: Who was aimed at without harm told, or arrested.
        harmed: Who suffered it.
    """

    doers: list[str]
    aimed: list[str]
    harmed: list[str]


def sides_of(group: Sequence[Act], found: Findings) -> Sides:
    """The parties to an incident, each on one side."""
    told = [
        one for act in group for one in (_by_sentences(act, group, found), _by_article(act, found))
    ]
    doers = united(one.doers for one in told)
    together = group[0].kind in (*GATHERINGS, IncidentType.ARMED_CLASH)
    rivals = [name for name in doers[1:] if not together and found.opposed(doers[0], name)]
    doers = [name for name in doers if name not in rivals]
    harmed = [name for name in united(one.harmed for one in told) if name not in doers]
    # Of a body that fights its members are harmed, and it was aimed at.
    bodies = [n for n in harmed if is_proper(n) and found.fights(n)]
    harmed = [n for n in harmed if n not in bodies]
    aimed = united([*(one.aimed for one in told), rivals, bodies])
    return Sides(doers, [name for name in aimed if name not in (*doers, *harmed)], harmed)


def _by_sentences(act: Act, group: Sequence[Act], found: Findings) -> Sides:
    """The parties to an act by the sentences that report it."""
    bombed_himself = any(one.kind is IncidentType.SUICIDE_BOMBING for one in group)
    sides = Sides([], [], [])
    for name in act.frame.by:
        # Confirmed by a second look, unless a third one finds a person among the dead.
        may_be = found.is_person(name) or name in act.frame.harmed
        hurt = not bombed_himself and may_be and found.hurt(act.number, name)
        (sides.harmed if hurt else sides.doers).append(name)
    for name in people(act.frame):
        known = (act.number, name) in found.fates  # steps@1 does not ask
        told = name in act.frame.harmed and act.kind is not IncidentType.ARREST
        if found.hurt(act.number, name) if known else told:
            sides.harmed.append(name)
        elif not (told and known) or found.is_person(name) or is_proper(name):
            sides.aimed.append(name)  # else no harm is told, of things more often than of people
    return sides


def _by_article(act: Act, found: Findings) -> Sides:
    """The parties to an act by the article as a whole; asked about one act of an incident."""
    parties = found.parties.get(act.number)
    if parties is None:
        return Sides([], [], [])
    places = [one.frame.where for one in found.acts if one.frame.where]
    by, hit = (
        [n for n in names if n not in act.frame.things and not any(n in p for p in places)]
        for names in (parties.by, parties.hit)
    )
    hit = [n for n in hit if (actor := found.described(n)) and actor.kind not in _UNHARMED]
    hit = [n for n in hit if not _speaks(n, found)]
    harmed = [name for name in hit if found.hurt(act.number, name)]
    rest = [name for name in hit if name not in harmed]
    # The first is right more often than not; then a small model lists whom the article names.
    first = next((name for name in by if _may_have_done(name, act.kind, found)), None)
    return Sides(
        [first] if first and _is_borne_out(first, act, found) else [],
        [name for name in rest if act.kind is IncidentType.ARREST or is_proper(name)],
        harmed,
    )


def _may_have_done(name: str, kind: IncidentType, found: Findings) -> bool:
    """Whether such an actor does such acts, where no sentence but the whole article says so."""
    actor = found.described(name)
    if actor is None or actor.kind in _BYSTANDERS:
        return kind in GATHERINGS
    if kind is IncidentType.PROTEST and actor.kind in FIGHTERS:
        return False
    if actor.kind not in FIGHTERS and _speaks(name, found):
        return False
    return actor.kind is not ActorKind.STATE_FORCE or kind in BY_FORCES


def _is_borne_out(name: str, act: Act, found: Findings) -> bool:
    """Whether more than an answer about the whole article says that an actor did an act.

    It is a statement near by, of somebody or of a sentence that reports an act; or, for what forces
    of a state do, what the act was told to be.
    """
    reported = found.reported
    for told in found.told:
        said = told.number in reported or names_somebody(told.speaker.source)
        near = said and abs(told.number - act.number) <= _NEAR
        itself = name == told.speaker.source and not found.fights(name)
        if near and told.stance.affirms and name in told.answer.responsible and not itself:
            return True
    if act.kind not in BY_FORCES or not _is_force(name, found):
        return False
    what = act.frame.what.casefold()
    return act.kind in _BY_POLICE or any(form.casefold() in what for form in found.forms(name))


def people(frame: FrameAnswer) -> list[str]:
    """Whom the act was aimed at or hurt."""
    return [name for name in (*frame.against, *frame.harmed) if not is_no_party(name, frame)]


def with_fought(sides: Sides, told: Sequence[Told], kind: IncidentType, found: Findings) -> Sides:
    """`sides` with those aimed at whom a force fights that did what only forces do.

    What they did themselves, such as to hold the town that it takes, is told as a matter of fact.
    """
    fought = [
        name
        for one in told
        if one.stance is Stance.CLAIM and kind in BY_FORCES
        for name in one.answer.responsible
        if name != one.speaker.source
        and any(found.opposed(force, name) for force in sides.doers if _is_force(force, found))
    ]
    new = [n for n in united([sides.aimed, fought]) if n not in (*sides.harmed, *sides.doers)]
    return sides._replace(aimed=new)


def _is_force(name: str, found: Findings) -> bool:
    return found.is_kind(name, ActorKind.STATE_FORCE)


def credible(told: Told, sides: Sides, found: Findings) -> Told:
    """`told` without parties that suffered the act, and without sources that blame themselves.

    A small model takes the subject of a sentence, who was killed or who speaks, for who did it.
    """
    parties = []
    for name in told.answer.responsible:
        if told.stance is Stance.DENIAL and name.casefold() in told.speaker.source.casefold():
            continue  # who denies it for the side that he speaks for
        actor = found.described(name)
        innocent = actor is not None and actor.kind not in FIGHTERS
        bystander = actor is not None and actor.kind in _BYSTANDERS
        itself = name == told.speaker.source
        blames_itself = itself and (told.stance is not Stance.CLAIM or bystander)
        dead = found.is_person(name) and found.hurt(told.number, name)
        lost = found.counted_harmed(told.number, name)
        fought = told.stance is Stance.CLAIM and not itself and name in sides.aimed
        if not (name in sides.harmed or dead or lost or fought or (innocent and blames_itself)):
            parties.append(name)
    return told.saying(responsible=parties)


def is_no_party(name: str, frame: FrameAnswer) -> bool:
    """Whether `name` stands for the place of an act or a thing that it hit."""
    return name in frame.things or (frame.where is not None and name in frame.where)


def is_speaker(name: str, speaker: SpeakerAnswer | None) -> bool:
    """Whether `name` stands for who says it."""
    return speaker is not None and one_referent(name, speaker.source)


def _speaks(name: str, found: Findings) -> bool:
    """Whether `name` stands for who says anything in the article."""
    return any(is_speaker(name, speaker) for speaker in found.speakers)


def united(lists: Iterable[Sequence[str]]) -> list[str]:
    """The names in all of them, each once."""
    return list(dict.fromkeys(name for names in lists for name in names if names_somebody(name)))
