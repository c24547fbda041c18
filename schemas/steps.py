"""Answers to small questions: what a small model fills in, one closed point at a time.

A small model that has to write a whole draft walks through the article sentence by sentence and
fills every field with something; asked about one sentence, it answers well. The pipeline composes
the same `Draft` of these answers. As in `draft`, every list and string has a bound, and names,
fields and their order are part of the prompt.
"""

from collections.abc import Iterator
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

NONE = "none"
THING = "thing"

_COPIED = "copied"
"""Marks a string that must stand in the passage that was asked about."""

Copied = Annotated[str, Field(min_length=1, max_length=80), _COPIED]
CopiedNames = Annotated[list[Copied], Field(max_length=4), _COPIED]
CopiedOrNull = Annotated[Annotated[str, Field(min_length=1, max_length=80)] | None, _COPIED]
Country = Annotated[str, Field(min_length=1, max_length=40)]
Sentence = Annotated[str, Field(min_length=1, max_length=160)]


class StepAnswer(BaseModel):
    """The answer to one small question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def copied(self) -> Iterator[tuple[str, str]]:
        """Field name and value of each string that should be copied from the passage."""
        for name, info in type(self).model_fields.items():
            if _COPIED in info.metadata:
                value = getattr(self, name)
                for item in value if isinstance(value, list) else [value]:
                    if item is not None:
                        yield name, item

    def without(self, values: set[str]) -> "StepAnswer":
        """This answer without the copied strings in `values` that it can be without."""
        update: dict[str, object] = {}
        for name, info in type(self).model_fields.items():
            if _COPIED not in info.metadata:
                continue
            value = getattr(self, name)
            if isinstance(value, list):
                update[name] = [item for item in value if item not in values]
            elif value in values and info.annotation is not str:
                update[name] = None
        return self.model_copy(update=update)


class ActAnswer(StepAnswer):
    """Which act a sentence reports, if any."""

    act: IncidentType | Literal["none"]

    @property
    def kind(self) -> IncidentType | None:
        """The type of the act."""
        return None if self.act == NONE else IncidentType(self.act)


class ToldActAnswer(StepAnswer):
    """The same, with a word for `strike_stoppage` that is not taken for strikes from the air."""

    act: Literal[
        "armed_clash",
        "armed_assault",
        "assassination",
        "bombing",
        "suicide_bombing",
        "air_strike",
        "shelling",
        "kidnapping",
        "hijacking",
        "arson",
        "sabotage",
        "raid",
        "arrest",
        "execution",
        "sexual_violence",
        "seizure",
        "protest",
        "riot",
        "threat",
        "work_stoppage",
        "attack",
        "other",
        "none",
    ]

    @property
    def kind(self) -> IncidentType | None:
        """The type of the act."""
        if self.act == "work_stoppage":
            return IncidentType.STRIKE_STOPPAGE
        return None if self.act == NONE else IncidentType(self.act)


class VoiceAnswer(StepAnswer):
    """Whether a sentence reports news, or speaks to whoever reads the page."""

    voice: Literal["news", "instruction"]


class CheckAnswer(StepAnswer):
    """Whether a passage tells of an act at all: a second look that only removes."""

    fits: Literal["yes", "no"]


class FrameAnswer(StepAnswer):
    """Who did what to whom, when and where, by the sentences about one act."""

    what: Sentence
    by: CopiedNames
    against: CopiedNames
    harmed: CopiedNames
    things: CopiedNames
    weapons: CopiedNames
    when: CopiedOrNull
    where: CopiedOrNull
    country: Country | None
    status: IncidentStatus


class PartiesAnswer(StepAnswer):
    """Who did an act and whom it hit, by a whole article."""

    by: CopiedNames
    hit: CopiedNames


class DeedAnswer(StepAnswer):
    """Whether a passage says that a party did it: a second look that only removes."""

    did: Literal["yes", "no"]


class FateAnswer(StepAnswer):
    """What an act did to a person or group."""

    fate: CasualtyKind | Literal["none"]


class ThingAnswer(StepAnswer):
    """What a thing is and what became of it."""

    kind: ObjectKind
    effect: ObjectEffect


class FigureAnswer(StepAnswer):
    """What a number of a sentence counts, if it counts people harmed."""

    counts: CasualtyKind | Literal["none"]
    who: CopiedOrNull


class CountAnswer(StepAnswer):
    """The same, with what is counted put first: naming the thing settles what became of it."""

    who: CopiedOrNull
    counts: CasualtyKind | Literal["none"]


class StanceAnswer(StepAnswer):
    """The stance of a sentence's speaker on who did it and how, if it has one."""

    stance: Stance | Literal["none"]


class SpeakerAnswer(StepAnswer):
    """Who says what a sentence tells."""

    source: Copied
    medium: CopiedOrNull


class StatementAnswer(StepAnswer):
    """What a speaker says about who did it and how."""

    responsible: CopiedNames
    about: Aspect
    certainty: Certainty
    says: Sentence


class ActorAnswer(StepAnswer):
    """What a name of the article stands for."""

    kind: ActorKind
    name: Copied
    role: CopiedOrNull
    of: CopiedOrNull
    country: Country | None

    @property
    def actor(self) -> "ActorAnswer | None":
        """What it says of an actor: all of it."""
        return self


class NamedAnswer(StepAnswer):
    """The same, for what may turn out to be no actor."""

    kind: Literal[
        "person",
        "state_force",
        "government",
        "armed_group",
        "criminal_group",
        "political_group",
        "international_body",
        "civil_society",
        "media",
        "company",
        "population",
        "other",
        "thing",
    ]
    name: Copied
    role: CopiedOrNull
    of: CopiedOrNull
    country: Country | None

    @property
    def actor(self) -> ActorAnswer | None:
        """What it says of an actor; None of a thing."""
        return None if self.kind == THING else ActorAnswer.model_validate(self.model_dump())
