"""What of a result can be decided on: its values in reading order, with forms to correct them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from extractor.report.article import ArticleView
from extractor.report.highlight import figure_id
from extractor.report.words import Names, bounds, spoken
from extractor.schemas import (
    Actor,
    ActorKind,
    Aspect,
    Attribution,
    Casualty,
    CasualtyKind,
    Certainty,
    DatePrecision,
    Extraction,
    Incident,
    IncidentStatus,
    IncidentType,
    ObjectEffect,
    ObjectKind,
    ParticipantRole,
    PhysicalObject,
    Stance,
)
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED

Options: TypeAlias = Sequence[tuple[str, str]]
"""Values and what they are called."""

_PLACE = ("name", "city", "region", "country")
_VOICES = ((ARTICLE, "the article"), (UNATTRIBUTED, "nobody in particular"))


@dataclass(frozen=True)
class Field:
    """One field of a form; an empty one means that there is no value.

    Attributes:
        name: What its value is called in the decision; `value` is the whole decision.
        label: What people call it.
        kind: How it is filled in; `many` is any number of the options, `lines` words a line.
        value: What it has now.
        options: What there is to choose from.
        required: Whether it may not be empty.
    """

    name: str
    label: str
    kind: Literal["choice", "text", "date", "number", "many", "lines"]
    value: object = None
    options: Options = ()
    required: bool = False


@dataclass(frozen=True)
class Item:
    """One value to decide on.

    Attributes:
        path: Where it stands in the result.
        label: What it is.
        shown: The value in words; empty where there is none.
        record: Id of the record whose words light up with it.
        fields: The form to correct it with.
        rejectable: Whether it can be left out.
        anchor: Whether the words in the text lead here.
    """

    path: str
    label: str
    shown: str
    record: str
    fields: tuple[Field, ...]
    rejectable: bool = False
    anchor: bool = False


@dataclass(frozen=True)
class Group:
    """The values of one record."""

    heading: str
    items: list[Item]


def groups(extraction: Extraction) -> Iterator[Group]:
    """All values of a result: each incident with what is said about it, then the actors."""
    names = Names(extraction)
    actors = [(actor.id, f"{actor.name} ({actor.id})") for actor in extraction.actors]
    for incident in extraction.incidents:
        yield Group(f"{incident.id} {spoken(incident.type)}", [*_incident(incident, names, actors)])
        for said in names.attributions_of(incident.id):
            heading = f"{said.id} {names.speaker(said)}, on {incident.id}"
            yield Group(heading, [*_attribution(said, names, actors)])
    if extraction.actors:
        items = [item for actor in extraction.actors for item in _actor(actor, names, actors)]
        yield Group("Actors", items)


def additions(extraction: Extraction) -> Mapping[str, tuple[Field, ...]]:
    """The forms for what the model missed, by what it is."""
    actors = [(actor.id, f"{actor.name} ({actor.id})") for actor in extraction.actors]
    incidents = [(one.id, f"{one.id} {one.summary}") for one in extraction.incidents]
    of_incident = Field("incident", "Incident", "choice", options=incidents, required=True)
    return {
        "incidents": (
            _choice("type", "Type", IncidentType, IncidentType.ATTACK),
            _choice("status", "Status", IncidentStatus, IncidentStatus.CARRIED_OUT),
            Field("summary", "What happened, in one sentence", "text", required=True),
            Field("day", "Day", "date"),
            Field("place", "Place", "text"),
            Field("country", "Country, two letters", "text"),
        ),
        "attributions": (
            Field("incident", "About", "choice", options=incidents, required=True),
            Field("source", "Who says so", "choice", options=(*actors, *_VOICES), required=True),
            _choice("aspect", "About what of it", Aspect, Aspect.RESPONSIBILITY),
            _choice("stance", "Stance", Stance, Stance.ACCUSATION),
            _choice("certainty", "Certainty", Certainty, Certainty.CERTAIN),
            Field("responsible", "Held responsible", "many", (), actors),
            Field("statement", "What is stated", "text", required=True),
        ),
        "participants": (
            of_incident,
            Field("actor", "Who", "choice", options=actors, required=True),
            _choice("role", "Role", ParticipantRole, ParticipantRole.TARGET),
        ),
        "actors": (
            Field("name", "Name; empty for the selected words", "text"),
            _choice("kind", "Kind", ActorKind, ActorKind.ARMED_GROUP),
        ),
        "casualties": (
            of_incident,
            _choice("kind", "Harm", CasualtyKind, CasualtyKind.KILLED),
            *_numbers(None, None),
            Field("text", "The figure as written", "text"),
            Field("who", "Who is counted", "text"),
            _source_of_figure(None, actors),
        ),
        "objects": (
            of_incident,
            Field("name", "Name; empty for the selected words", "text"),
            _choice("kind", "Kind", ObjectKind, ObjectKind.BUILDING),
            _choice("effect", "Effect", ObjectEffect, ObjectEffect.UNKNOWN),
        ),
    }


def _incident(incident: Incident, names: Names, actors: Options) -> Iterator[Item]:
    own, at = incident.id, f"incidents.{incident.id}"
    yield Item(at, "Incident", incident.summary, own, (_text(incident.summary),), True, True)
    kind = _choice("value", "Type", IncidentType, incident.type)
    yield Item(f"{at}.type", "Type", spoken(incident.type), own, (kind,))
    status = _choice("value", "Status", IncidentStatus, incident.status)
    yield Item(f"{at}.status", "Status", spoken(incident.status), own, (status,))
    yield _date(incident, at)
    yield _place(incident, at)
    for part in incident.participants:
        label = f"Role of {names.of([part.actor])[0]}"
        role = _choice("value", "Role", ParticipantRole, part.role)
        path = f"{at}.participants.{part.actor}"
        yield Item(path, label, part.role, part.actor, (role,), True)
    for number, casualty in enumerate(incident.casualties):
        yield _figure(incident, number, casualty, names, actors)
    for number, thing in enumerate(incident.objects):
        yield _object(incident, number, thing)
    weapons = Field("value", "Weapons as written, each on a line", "lines", incident.weapons)
    shown = "; ".join(incident.weapons)
    yield Item(f"{at}.weapons", "Weapons", shown, own, (weapons,), bool(shown))


def _date(incident: Incident, at: str) -> Item:
    when = incident.date
    shown = ""
    if when:
        shown = ArticleView.day(when) + (f" “{when.text}”" if when.text else "")
    precision = when.precision if when else DatePrecision.DAY
    fields = (
        Field("start", "First day", "date", when and when.start),
        Field("end", "Last day", "date", when and when.end),
        _choice("precision", "Precision", DatePrecision, precision),
        Field("text", "As written", "text", when and when.text),
    )
    return Item(f"{at}.date", "When", shown, incident.id, fields, when is not None)


def _place(incident: Incident, at: str) -> Item:
    where = incident.location
    labels = ("Place as written", "City", "Region", "Country, two letters")
    fields = tuple(
        Field(name, label, "text", where and getattr(where, name))
        for name, label in zip(_PLACE, labels, strict=True)
    )
    shown = ArticleView.place(incident)
    return Item(f"{at}.location", "Where", shown, incident.id, fields, where is not None)


def _figure(
    incident: Incident, number: int, casualty: Casualty, names: Names, actors: Options
) -> Item:
    written = f" “{casualty.text}”" if casualty.text else ""
    fields = (
        _choice("kind", "Harm", CasualtyKind, casualty.kind),
        *_numbers(casualty.low, casualty.high),
        _source_of_figure(casualty.source, actors),
    )
    return Item(
        path=f"incidents.{incident.id}.casualties.{number}",
        label=spoken(casualty.kind).capitalize(),
        shown=f"{bounds(casualty)}{written}, by {names.source_of(casualty)}",
        record=figure_id(incident, number + 1),
        fields=fields,
        rejectable=True,
        anchor=True,
    )


def _numbers(low: int | None, high: int | None) -> Iterator[Field]:
    yield Field("low", "Lowest number", "number", low)
    yield Field("high", "Highest number", "number", high)


def _source_of_figure(source: str | None, actors: Options) -> Field:
    return Field("source", "Who says so", "choice", source, (("", "the article"), *actors))


def _object(incident: Incident, number: int, thing: PhysicalObject) -> Item:
    return Item(
        path=f"incidents.{incident.id}.objects.{number}",
        label="Object",
        shown=f"{thing.name} ({spoken(thing.kind)}), effect {spoken(thing.effect)}",
        record=incident.id,
        fields=(
            Field("name", "Name", "text", thing.name, required=True),
            _choice("kind", "Kind", ObjectKind, thing.kind),
            _choice("effect", "Effect", ObjectEffect, thing.effect),
        ),
        rejectable=True,
    )


def _attribution(said: Attribution, names: Names, actors: Options) -> Iterator[Item]:
    own, at = said.id, f"attributions.{said.id}"
    yield Item(at, "Statement", said.statement, own, (_text(said.statement),), True, True)
    source = said.source or str(said.sourcing)
    speaker = Field("value", "Who says so", "choice", source, (*actors, *_VOICES), required=True)
    yield Item(f"{at}.source", "Who says so", names.speaker(said), own, (speaker,))
    aspect = _choice("value", "About what of it", Aspect, said.aspect)
    yield Item(f"{at}.aspect", "Aspect", spoken(said.aspect), own, (aspect,))
    stance = _choice("value", "Stance", Stance, said.stance)
    yield Item(f"{at}.stance", "Stance", said.stance, own, (stance,))
    certainty = _choice("value", "Certainty", Certainty, said.certainty)
    yield Item(f"{at}.certainty", "Certainty", said.certainty, own, (certainty,))
    if said.aspect is Aspect.RESPONSIBILITY:
        held = " or ".join(names.of(said.responsible))
        many = Field("value", "Held responsible", "many", said.responsible, actors)
        path = f"{at}.responsible"
        yield Item(path, "Held responsible", held, own, (many,), bool(said.responsible))
    medium = Field("value", "Where it was said, as written", "text", said.medium, required=True)
    yield Item(f"{at}.medium", "Medium", said.medium or "", own, (medium,), bool(said.medium))


def _actor(actor: Actor, names: Names, actors: Options) -> Iterator[Item]:
    at = f"actors.{actor.id}"
    yield Item(at, f"Actor {actor.id}", actor.name, actor.id, (_text(actor.name),), True, True)
    kind = _choice("value", f"Kind of {actor.name}", ActorKind, actor.kind)
    yield Item(f"{at}.kind", f"Kind of {actor.name}", spoken(actor.kind), actor.id, (kind,))
    if others := [(other, name) for other, name in actors if other != actor.id]:
        body = Field("value", "Belongs to", "choice", actor.affiliation, others, required=True)
        shown = names.of([actor.affiliation])[0] if actor.affiliation else ""
        label = f"{actor.name} belongs to"
        yield Item(f"{at}.affiliation", label, shown, actor.id, (body,), bool(shown))


def _text(value: str) -> Field:
    return Field("value", "In other words", "text", value, required=True)


def _choice(name: str, label: str, values: Iterable[StrEnum], value: str) -> Field:
    options = [(each.value, spoken(each.value)) for each in values]
    return Field(name, label, "choice", value, options, required=True)
