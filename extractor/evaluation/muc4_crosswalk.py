"""From an extraction to MUC-4 templates, by the crosswalk of the codebook."""

from collections.abc import Iterable, Iterator

from extractor.evaluation.confidence import Confidence, confidences
from extractor.evaluation.muc4_data import INCIDENT_TYPE, Days, Fill, Place, Template
from extractor.evaluation.muc4_match import same_string
from extractor.evaluation.strings import tokens
from extractor.schemas import (
    Actor,
    ActorKind,
    Casualty,
    CasualtyKind,
    Extraction,
    Incident,
    IncidentDate,
    IncidentStatus,
    IncidentType,
    Location,
    ObjectEffect,
    ParticipantRole,
)

TYPES = {
    IncidentType.ARMED_CLASH: "ATTACK",
    IncidentType.ARMED_ASSAULT: "ATTACK",
    IncidentType.ASSASSINATION: "ATTACK",
    IncidentType.BOMBING: "BOMBING",
    IncidentType.SUICIDE_BOMBING: "BOMBING",
    IncidentType.AIR_STRIKE: "ATTACK",
    IncidentType.SHELLING: "ATTACK",
    IncidentType.KIDNAPPING: "KIDNAPPING",
    IncidentType.HIJACKING: "HIJACKING",
    IncidentType.ARSON: "ARSON",
    IncidentType.SABOTAGE: "ROBBERY",
    IncidentType.RAID: "ATTACK",
    IncidentType.EXECUTION: "ATTACK",
    IncidentType.THREAT: "ATTACK",
    IncidentType.STRIKE_STOPPAGE: "FORCED WORK STOPPAGE",
    IncidentType.ATTACK: "ATTACK",
}
"""Types that are not here have no template."""
STAGES = {
    IncidentStatus.CARRIED_OUT: "ACCOMPLISHED",
    IncidentStatus.ATTEMPTED: "ATTEMPTED",
    IncidentStatus.FOILED: "ATTEMPTED",
    IncidentStatus.THREATENED: "THREATENED",
}
_OBJECT_EFFECTS = {
    ObjectEffect.DESTROYED: "DESTROYED",
    ObjectEffect.DAMAGED: "SOME DAMAGE",
    ObjectEffect.SEIZED: "TARGET TAKEN",
    ObjectEffect.NONE: "NO DAMAGE",
}
_PERSON_EFFECTS = {CasualtyKind.KILLED: "DEATH", CasualtyKind.WOUNDED: "INJURY"}
_UNHARMED = "NO INJURY OR DEATH"
_WITHOUT_INSTRUMENTS = frozenset({IncidentType.KIDNAPPING, IncidentType.ARSON})
_INDIVIDUALS = frozenset({ActorKind.PERSON, ActorKind.POPULATION})
_HUMAN_TARGETS = _INDIVIDUALS | {ActorKind.STATE_FORCE}
_FORCES = frozenset({ActorKind.ARMED_GROUP, ActorKind.CRIMINAL_GROUP, ActorKind.STATE_FORCE})
_PEOPLE = frozenset(
    {
        *("men", "gunmen", "people", "persons", "individuals", "subjects", "youths", "members"),
        *("attackers", "assailants", "bombers", "killers", "kidnappers", "hitmen", "criminals"),
        *("guerrillas", "guerillas", "rebels", "insurgents", "terrorists", "militants"),
        *("fighters", "militiamen", "commandos", "traffickers", "extremists", "subversives"),
        *("soldiers", "troops", "policemen", "officers", "agents", "guards"),
    }
)
"""Last words of a phrase for armed people, as against the name of their organization."""


def templates(extraction: Extraction) -> tuple[Template, ...]:
    """A template for each incident whose type MUC-4 knows."""
    crosswalk = _Crosswalk(extraction)
    return tuple(crosswalk.template(i) for i in extraction.incidents if i.type in TYPES)


class _Crosswalk:
    def __init__(self, extraction: Extraction) -> None:
        self._actors = {actor.id: actor for actor in extraction.actors}
        self._confidences = confidences(extraction)

    def template(self, incident: Incident) -> Template:
        individuals, organizations = self._perpetrators(incident)
        humans = self._human_targets(incident)
        stage = "THREATENED" if incident.type is IncidentType.THREAT else STAGES[incident.status]
        fills: dict[str, Iterable[Fill]] = {
            INCIDENT_TYPE: [Fill((TYPES[incident.type],))],
            "stage": [Fill((stage,))],
            "date": _date(incident.date),
            "location": _location(incident.location),
            "perp_individuals": map(_named, individuals),
            "perp_organizations": map(_named, organizations),
            "perp_org_confidence": self._confidence(incident, organizations),
            "human_targets": map(_named, humans),
            "human_target_effects": _person_effects(incident, humans),
        }
        if incident.type not in _WITHOUT_INSTRUMENTS:
            fills["instruments"] = (Fill((weapon,)) for weapon in incident.weapons)
        if incident.type is not IncidentType.KIDNAPPING:
            fills["physical_targets"] = (Fill((item.name,)) for item in incident.objects)
            fills["physical_target_effects"] = (
                Fill((_OBJECT_EFFECTS[item.effect],), referent=(item.name,))
                for item in incident.objects
                if item.effect in _OBJECT_EFFECTS
            )
        return Template({slot: tuple(found) for slot, found in fills.items()})

    def _perpetrators(self, incident: Incident) -> tuple[list[Actor], list[Actor]]:
        """Who did it as persons, and as organizations; a person's own one is among these."""
        individuals, organizations = [], []
        for actor_id in incident.actors_in_role(ParticipantRole.PERPETRATOR):
            actor = self._actors[actor_id]
            if not _is_people(actor):
                organizations.append(actor)
                continue
            individuals.append(actor)
            if actor.affiliation is not None:
                organizations.append(self._actors[actor.affiliation])
        once = {actor.id: actor for actor in organizations}
        return individuals, [*once.values()]

    def _confidence(self, incident: Incident, organizations: Iterable[Actor]) -> Iterator[Fill]:
        for actor in organizations:
            confidence = self._confidences.get((incident.id, actor.id)) or self._members(
                incident, actor
            )
            if confidence is not None:
                yield Fill((str(confidence),), referent=_forms(actor))

    def _members(self, incident: Incident, body: Actor) -> Confidence | None:
        """How sure its members are held responsible."""
        return next(
            (
                confidence
                for (where, party), confidence in self._confidences.items()
                if where == incident.id and self._actors[party].affiliation == body.id
            ),
            None,
        )

    def _human_targets(self, incident: Incident) -> list[Actor]:
        """Who suffered it, and the people among those it aimed at."""
        victims = [self._actors[a] for a in incident.actors_in_role(ParticipantRole.VICTIM)]
        targets = [self._actors[a] for a in incident.actors_in_role(ParticipantRole.TARGET)]
        return [*victims, *(actor for actor in targets if actor.kind in _HUMAN_TARGETS)]


def _is_people(actor: Actor) -> bool:
    if actor.kind in _INDIVIDUALS:
        return True
    words = tokens(actor.name)
    return actor.kind in _FORCES and bool(words) and words[-1] in _PEOPLE


def _forms(actor: Actor) -> tuple[str, ...]:
    return actor.name, *actor.aliases


def _named(actor: Actor) -> Fill:
    return Fill(_forms(actor))


def _date(when: IncidentDate | None) -> list[Fill]:
    if when is None or when.start is None:
        return []
    return [Fill((Days(when.start, when.end),))]


def _location(where: Location | None) -> list[Fill]:
    if where is None:
        return []
    names = dict.fromkeys(name for name in (where.name, where.city, where.region) if name)
    return [Fill((Place(where.country, tuple(names)),))] if names or where.country else []


def _person_effects(incident: Incident, humans: list[Actor]) -> Iterator[Fill]:
    """The figures' effects on the people they count; on a lone victim where they do not say."""
    for actor in humans:
        effects = dict.fromkeys(
            effect
            for casualty in incident.casualties
            if (effect := _effect(casualty)) and _counts(casualty, actor, alone=len(humans) == 1)
        )
        yield from (Fill((effect,), referent=_forms(actor)) for effect in effects)


def _effect(casualty: Casualty) -> str | None:
    if casualty.high == 0:
        return _UNHARMED if casualty.kind is CasualtyKind.KILLED_OR_WOUNDED else None
    return _PERSON_EFFECTS.get(casualty.kind)


def _counts(casualty: Casualty, actor: Actor, *, alone: bool) -> bool:
    if casualty.who is None:
        return alone
    return any(same_string(casualty.who, form) for form in _forms(actor))
