"""Which sentences of an article are about one incident.

Pure functions. By the codebook, happenings are separate incidents where they differ in place, in
time, or in both type and target.
"""

import re
from collections.abc import Sequence

from extractor.grounding.places import is_country
from extractor.pipeline.composing.findings import Act, Findings, Told
from extractor.pipeline.composing.referents import is_proper, one_referent
from extractor.pipeline.values import Source
from extractor.schemas.codes import Aspect, IncidentType, Stance
from extractor.schemas.extraction import IncidentDate
from extractor.schemas.steps import FrameAnswer

GATHERINGS = (IncidentType.PROTEST, IncidentType.RIOT)
# Reporting these of another party blames nobody.
NO_BLAME = (
    *GATHERINGS,
    IncidentType.ARREST,
    IncidentType.RAID,
    IncidentType.SEIZURE,
    IncidentType.STRIKE_STOPPAGE,
)
_NO_ATTACK = {IncidentType.PROTEST, IncidentType.ARREST, IncidentType.STRIKE_STOPPAGE}
_BY_GUNS = {
    IncidentType.ARMED_CLASH,
    IncidentType.ARMED_ASSAULT,
    IncidentType.ASSASSINATION,
    IncidentType.RAID,
}
# Without time and doer they are the background: a town that is held, a danger.
_LASTING = (IncidentType.SEIZURE, IncidentType.THREAT, IncidentType.OTHER)
# Not a detail of another act, even where no time or place of its own is told.
APART = {
    *GATHERINGS,
    IncidentType.ARREST,
    IncidentType.SEIZURE,
    IncidentType.STRIKE_STOPPAGE,
    IncidentType.THREAT,
}
_BOMB = re.compile(
    r"\b(?:bomb|attack|grenade|explosives|dynamite|mines?\b|I?EDs?\b|detonat|device"
    r"|blew (?:him|her))",
    re.IGNORECASE,
)
_FAULT = re.compile(
    r"\b(?:accident\b|gas leak|leaking gas|short[- ]circuit|malfunction|boiler|valve"
    r"|(?:technical|mechanical) (?:fault|failure))",
    re.IGNORECASE,
)
_CLOSE = 20
"""Characters before a word for a fault that may rule it out."""
_RULED_OUT = re.compile(r"\b(?:ruled out|not|no|denied) (?:(?:an?|any|the) )?$", re.IGNORECASE)


def reporting(acts: Sequence[Act], found: Findings, source: Source) -> list[Act]:
    """The acts without those that a sentence only claims, denies or blames on somebody.

    Such a sentence says something about an act that another one reports, unless it gives a place of
    its own, and for an act like it a time as well; when something was said is often all the time it
    gives.
    """
    said = {
        told.number
        for told in found.told
        if told.stance is not Stance.SUSPICION and told.answer.about is not Aspect.MOTIVE
    }
    kept: list[Act] = []
    for act in acts:
        known = any(alike_in_type(earlier.kind, act.kind) for earlier in kept)
        own = act.frame.where and (not known or time_of(act.frame, source))
        if own or not kept or act.number not in said:
            kept.append(act)
    return kept


def grouped(acts: Sequence[Act], source: Source) -> list[list[Act]]:
    """The acts in groups, one for each incident."""
    groups: list[list[Act]] = []
    for act in acts:
        for group in reversed(groups):
            if all(_same_incident(earlier, act, source) for earlier in group):
                group.append(act)
                break
        else:
            groups.append([act])
    return groups


def happenings(groups: Sequence[list[Act]], source: Source) -> list[list[Act]]:
    """The groups without those that tell of what goes on for long, unless there is no other."""
    kept = [group for group in groups if not _is_background(group, source)]
    return kept or [*groups]


def is_accident(group: Sequence[Act], source: Source) -> bool:
    """Whether it is an explosion of no bomb and by nobody, in an article that tells of a fault."""
    if group[0].kind is not IncidentType.BOMBING or any(act.frame.by for act in group):
        return False
    told = " ".join(source.lines[number] for number in group[0].numbers)
    faults = _FAULT.finditer(source.text)
    before = (source.text[max(0, fault.start() - _CLOSE) : fault.start()] for fault in faults)
    told_of = any(not _RULED_OUT.search(words) for words in before)
    return told_of and not _BOMB.search(told)


def _is_background(group: Sequence[Act], source: Source) -> bool:
    """Whether it is of a kind that lasts, at no time and by nobody."""
    return all(
        act.kind in _LASTING and not act.frame.by and not time_of(act.frame, source)
        for act in group
    )


def alike_in_type(a: IncidentType, b: IncidentType) -> bool:
    """Whether two sentences may tell of one incident: they name its method more or less exactly."""
    attack = IncidentType.ATTACK in (a, b) and not {a, b} & _NO_ATTACK
    return a is b or attack or {a, b} <= _BY_GUNS


def _same_person_harmed(a: Act, b: Act) -> bool:
    """Whether both hit one named person: accounts of one killing differ in how it was done."""
    return any(
        is_proper(name) and one_referent(name, other)
        for name in a.frame.harmed
        for other in b.frame.harmed
    )


def _same_incident(a: Act, b: Act, source: Source) -> bool:
    """Alike in type, or a detail without doers of its own; not told to differ in time or place."""
    first, second = time_of(a.frame, source), time_of(b.frame, source)
    own = second or b.frame.where or b.frame.by or b.kind in APART
    if own and not alike_in_type(a.kind, b.kind) and not _same_person_harmed(a, b):
        return False
    if first and second and not _overlap(first, second):
        return False
    told = [frame.where for frame in (a.frame, b.frame) if frame.where]
    places = [where.casefold() for where in told if is_proper(where) and not is_country(where)]
    if len(places) == 2 and places[0] not in places[1] and places[1] not in places[0]:
        return False
    arrested = [{*act.frame.harmed, *act.frame.against} for act in (a, b)]
    return b.kind is not IncidentType.ARREST or not all(arrested) or bool(arrested[0] & arrested[1])


def time_of(frame: FrameAnswer, source: Source) -> IncidentDate | None:
    """When it happened, if the words for it are a time that can be placed in the calendar."""
    return source.time(frame.when) if frame.when else None


def _overlap(a: IncidentDate, b: IncidentDate) -> bool:
    ends = (a.start, a.end, b.start, b.end)
    return None in ends or (a.start <= b.end and b.start <= a.end)  # type: ignore[operator]


def nearest(number: int, groups: Sequence[Sequence[Act]]) -> Sequence[Act]:
    """The incident that was reported last at the sentence `number`, else the first one."""
    before = [(act.number, group) for group in groups for act in group if act.number <= number]
    return max(before, key=lambda pair: pair[0])[1] if before else groups[0]


def group_of(told: Told, groups: Sequence[Sequence[Act]], found: Findings) -> Sequence[Act]:
    """The incident of a statement: the one whose doers it names, else the nearest."""
    parties = {name.casefold() for name in told.answer.responsible}
    for group in groups:
        if parties & {name.casefold() for act in group for name in act.frame.by}:
            return group
    if told.stance not in (Stance.CLAIM, Stance.ASSERTION):
        # Who is held by the police is suspected of what was done before.
        groups = [g for g in groups if g[0].kind not in NO_BLAME] or groups
    close = nearest(told.number, groups)
    for group in (close, *groups):
        whole = found.parties.get(group[0].number)
        if whole and parties & {name.casefold() for name in whole.by}:
            return group
    return close
