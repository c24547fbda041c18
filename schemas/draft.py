"""What the model fills in: compact, bounded, and made for generation.

Sentences are given by number, actors by name, figures and times as written; the pipeline turns
them into evidence, ids, bounds and days. Every list and string has a bound, because a small
model under a grammar otherwise repeats itself until it is cut off. Class names, field names and
their order are part of the prompt: a change here is a new prompt version.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from extractor.schemas.codes import (
    ActorKind,
    Aspect,
    CasualtyKind,
    Certainty,
    IncidentStatus,
    IncidentType,
    ObjectEffect,
    ObjectKind,
    Stance,
)

Name = Annotated[str, Field(min_length=1, max_length=80)]
Names = Annotated[list[Name], Field(max_length=4)]
SentenceNumber = Annotated[int, Field(ge=1, le=9999)]
Sentences = Annotated[list[SentenceNumber], Field(min_length=1, max_length=3)]

ARTICLE = "article"
"""As the source of a statement: the article's own voice."""
UNATTRIBUTED = "unattributed"
"""As the source of a statement: "reportedly", "is believed to"."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DraftActor(_Part):
    """An actor, by its fullest name in the article."""

    name: Name
    aliases: Names
    kind: ActorKind
    role: Name | None
    member_of: Name | None
    country: Name | None


class DraftFigure(_Part):
    """A number of people harmed, as written."""

    sentence: SentenceNumber
    kind: CasualtyKind
    number: Name | None
    who: Name | None
    source: Name | None


class SharedFigure(DraftFigure):
    """A figure of several incidents, of which it is not told how many were harmed in each."""


class DraftObject(_Part):
    """A physical thing hit."""

    name: Name
    kind: ObjectKind
    effect: ObjectEffect


class DraftOther(_Part):
    """An actor in one of the rarer roles."""

    name: Name
    role: Literal["responder", "supporter", "demonstrator"]


class DraftStatement(_Part):
    """Who says what about the incident."""

    sentence: SentenceNumber
    source: Name
    aspect: Aspect
    stance: Stance
    certainty: Certainty
    responsible: Names
    statement: Annotated[str, Field(min_length=1, max_length=160)]
    medium: Name | None


class DraftIncident(_Part):
    """One incident, with everything said about it."""

    sentences: Sentences
    summary: Annotated[str, Field(min_length=1, max_length=160)]
    type: IncidentType
    status: IncidentStatus
    when: Name | None
    where: Name | None
    city: Name | None
    region: Name | None
    country: Name | None
    perpetrators: Names
    targets: Names
    victims: Names
    others: Annotated[list[DraftOther], Field(max_length=3)]
    objects: Annotated[list[DraftObject], Field(max_length=4)]
    weapons: Names
    figures: Annotated[list[DraftFigure], Field(max_length=5)]
    statements: Annotated[list[DraftStatement], Field(max_length=6)]


class Draft(_Part):
    """The incidents of one article, then every actor that they name.

    The actors come last: a small model that has to list them first stops reading for incidents,
    and then names others in them.
    """

    incidents: Annotated[list[DraftIncident], Field(max_length=6)]
    actors: Annotated[list[DraftActor], Field(max_length=12)]
