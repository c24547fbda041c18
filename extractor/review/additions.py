"""What the model missed, made of words that a person selected in the article."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from extractor.errors import ReviewError
from extractor.review.values import sourced
from extractor.schemas import (
    ActorKind,
    Aspect,
    CasualtyKind,
    Certainty,
    IncidentStatus,
    IncidentType,
    ObjectEffect,
    ObjectKind,
    ParticipantRole,
    Stance,
)
from extractor.schemas.extraction import CountryCode

_Doc = dict[str, Any]


class _Added(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start: int = Field(ge=0, description="Offset of the selection, in Unicode code points.")
    quote: str = Field(min_length=1, description="The selected words.")


class AddedIncident(_Added):
    """An incident with the least that it needs."""

    type: IncidentType
    status: IncidentStatus
    summary: str
    day: str | None = None
    place: str | None = None
    country: CountryCode | None = None


class AddedAttribution(_Added):
    """An attribution; `source` is an actor's id, `article` or `unattributed`."""

    incident: str
    source: str
    aspect: Aspect = Aspect.RESPONSIBILITY
    responsible: list[str] = Field(default_factory=list)
    stance: Stance
    certainty: Certainty
    statement: str


class AddedActor(_Added):
    """An actor, named by the selection unless it is named otherwise."""

    kind: ActorKind
    name: str | None = None


class AddedFigure(_Added):
    """A casualty figure that stands in the selection; no source means the article itself."""

    incident: str
    kind: CasualtyKind
    low: int | None = None
    high: int | None = None
    text: str | None = None
    who: str | None = None
    source: str | None = None


class AddedObject(_Added):
    """A physical thing, named by the selection unless it is named otherwise."""

    incident: str
    kind: ObjectKind
    effect: ObjectEffect
    name: str | None = None


class AddedPart(BaseModel):
    """A part that a known actor has in a known incident; it needs no words of its own."""

    model_config = ConfigDict(extra="forbid")

    incident: str
    actor: str
    role: ParticipantRole


def added(doc: _Doc, text: str, table: str, new: JsonValue) -> str:
    """Add a record, or what belongs to an incident, to an `Extraction` as plain data.

    Returns:
        The path of what was added.

    Raises:
        ReviewError: if the words do not stand in the text, or there is no such table.
        ValidationError: if a value is missing or wrong.
    """
    match table:
        case "participants":
            return _part(doc, AddedPart.model_validate(new))
        case "casualties":
            figure = AddedFigure.model_validate(new)
            return _append(doc, figure.incident, table, _figure(figure, text))
        case "objects":
            thing = AddedObject.model_validate(new)
            return _append(doc, thing.incident, table, _object(thing, text))
        case "incidents":
            record = _incident(AddedIncident.model_validate(new), text)
        case "attributions":
            record = _attribution(AddedAttribution.model_validate(new), text)
        case "actors":
            record = _actor(AddedActor.model_validate(new), text)
        case _:
            raise ReviewError(f"nothing can be added to {table!r}")
    letter = {"incidents": "i", "attributions": "t", "actors": "a"}[table]
    number = max((int(one["id"][1:]) for one in doc[table]), default=0) + 1
    doc[table].append({"id": f"{letter}{number}", **record})
    return f"{table}.{letter}{number}"


def _incident(new: AddedIncident, text: str) -> _Doc:
    where = {"name": new.place, "city": None, "region": None, "country": new.country}
    when = {"start": new.day, "end": new.day, "precision": "day", "text": None}
    return {
        "summary": new.summary,
        "type": new.type,
        "status": new.status,
        "date": when if new.day else None,
        "location": where if new.place or new.country else None,
        "participants": [],
        "objects": [],
        "weapons": [],
        "casualties": [],
        "evidence": _evidence(new, text),
    }


def _attribution(new: AddedAttribution, text: str) -> _Doc:
    return {
        "incident": new.incident,
        "aspect": new.aspect,
        **sourced(new.source),
        "responsible": new.responsible,
        "stance": new.stance,
        "certainty": new.certainty,
        "statement": new.statement,
        "medium": None,
        "conflicts_with": [],
        "evidence": _evidence(new, text),
    }


def _actor(new: AddedActor, text: str) -> _Doc:
    return {
        "name": new.name or new.quote,
        "aliases": [],
        "kind": new.kind,
        "role": None,
        "affiliation": None,
        "country": None,
        "evidence": _evidence(new, text),
    }


def _figure(new: AddedFigure, text: str) -> _Doc:
    return {
        "kind": new.kind,
        "low": new.low,
        "high": new.high,
        "text": new.text,
        "who": new.who,
        "source": new.source,
        "evidence": _evidence(new, text),
    }


def _object(new: AddedObject, text: str) -> _Doc:
    _evidence(new, text)
    return {"name": new.name or new.quote, "kind": new.kind, "effect": new.effect}


def _part(doc: _Doc, new: AddedPart) -> str:
    _append(doc, new.incident, "participants", {"actor": new.actor, "role": new.role})
    return f"incidents.{new.incident}.participants.{new.actor}"


def _append(doc: _Doc, incident: str, table: str, entry: _Doc) -> str:
    for one in doc["incidents"]:
        if one["id"] == incident:
            one[table].append(entry)
            return f"incidents.{incident}.{table}.{len(one[table]) - 1}"
    raise ReviewError(f"there is no incident {incident!r}")


def _evidence(new: _Added, text: str) -> list[_Doc]:
    end = new.start + len(new.quote)
    if text[new.start : end] != new.quote:
        raise ReviewError("the selected words do not stand there in the article: select them again")
    return [{"quote": new.quote, "start": new.start, "end": end}]
