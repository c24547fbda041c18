"""The data model: what users read (`extraction`) and what a model fills in (`draft`).

Installed as `extractor.schemas`; import it from there.
"""

from extractor.schemas.codes import (
    ActorKind,
    Aspect,
    CasualtyKind,
    Certainty,
    DatePrecision,
    IncidentStatus,
    IncidentType,
    ObjectEffect,
    ObjectKind,
    ParticipantRole,
    Sourcing,
    Stance,
)
from extractor.schemas.extraction import (
    SCHEMA_VERSION,
    Actor,
    ArticleMeta,
    Attribution,
    Casualty,
    Evidence,
    Extraction,
    Incident,
    IncidentDate,
    Location,
    Participant,
    PhysicalObject,
    Provenance,
    Usage,
)

__all__ = [
    "SCHEMA_VERSION",
    "Actor",
    "ActorKind",
    "ArticleMeta",
    "Aspect",
    "Attribution",
    "Casualty",
    "CasualtyKind",
    "Certainty",
    "DatePrecision",
    "Evidence",
    "Extraction",
    "Incident",
    "IncidentDate",
    "IncidentStatus",
    "IncidentType",
    "Location",
    "ObjectEffect",
    "ObjectKind",
    "Participant",
    "ParticipantRole",
    "PhysicalObject",
    "Provenance",
    "Sourcing",
    "Stance",
    "Usage",
]
