"""The public result of one article, after codebook 1.0 (`docs/codebook.md`).

Every model is frozen and refuses unknown fields, so an `Extraction` that exists is an
`Extraction` that keeps the codebook's rules: the cross-checks below run on every instance,
whether it came from a model, from a file or from a person.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

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
from extractor.schemas.notebook import Shown

SCHEMA_VERSION = "1.0"

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2, upper case."""

MAX_WORDS = 25
"""Words that a summary or a statement may have."""


def _at_most_25_words(value: str) -> str:
    if (count := len(value.split())) > MAX_WORDS:
        raise ValueError(f"has {count} words, at most {MAX_WORDS} are allowed")
    return value


OneSentence = Annotated[str, Field(min_length=1), AfterValidator(_at_most_25_words)]
"""Free text of at most 25 words."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Record):
    """A verbatim stretch of the article: `text[start:end] == quote`."""

    quote: str = Field(min_length=1, description="The words of the article, unchanged.")
    start: int = Field(ge=0, description="Offset of the first character, in Unicode code points.")
    end: int = Field(ge=1, description="Offset after the last character, in Unicode code points.")

    @model_validator(mode="after")
    def _length_matches(self) -> Self:
        if self.end - self.start != len(self.quote):
            raise ValueError(
                f"evidence {self.start}:{self.end} spans {self.end - self.start} characters, "
                f"its quote has {len(self.quote)}"
            )
        return self


class ArticleMeta(_Record):
    """Which article an extraction belongs to. The text itself is named by its hash."""

    id: str = Field(min_length=1, description="Identifier of the article, unique in a run.")
    title: str | None = Field(description="Headline, or null where there is none.")
    published: date | None = Field(description="Day of publication, or null where not known.")
    source: str | None = Field(description="Publisher or outlet, or null.")
    url: str | None = Field(description="Address of the article, or null.")
    language: str | None = Field(description="BCP 47 language tag such as `en`, or null.")
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the article text in UTF-8, hex."
    )


class IncidentDate(_Record):
    """When an incident happened, as written and as resolved days."""

    start: date | None = Field(description="First day, or null where it cannot be resolved.")
    end: date | None = Field(description="Last day; equal to `start` for one day; null with it.")
    precision: DatePrecision = Field(description="How exactly the article gives the time.")
    text: str | None = Field(description="The time as written.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("date has only one of start and end: give both or neither")
        if self.start is not None and self.end is not None:
            if self.start > self.end:
                raise ValueError(f"date starts {self.start} after it ends {self.end}")
            if self.precision is DatePrecision.DAY and self.start != self.end:
                raise ValueError(f"date of precision day runs from {self.start} to {self.end}")
        return self


class Location(_Record):
    """Where an incident happened."""

    name: str | None = Field(
        description="Most specific place as written, without `near` or `west of`; "
        "null where the place is only implied."
    )
    city: str | None = Field(description="City, town or village, or null.")
    region: str | None = Field(description="Province, state or region, or null.")
    country: CountryCode | None = Field(description="ISO 3166-1 alpha-2 country code, or null.")


class Participant(_Record):
    """An actor's part in an incident."""

    actor: str = Field(description="Id of the actor.")
    role: ParticipantRole = Field(description="What the actor was to the incident.")


class PhysicalObject(_Record):
    """A physical thing that was hit, aimed at or taken."""

    name: str = Field(min_length=1, description="Name as written, without article.")
    kind: ObjectKind = Field(description="What sort of thing it is.")
    effect: ObjectEffect = Field(description="What became of it.")


class Casualty(_Record):
    """One figure of people harmed, with who gives it. Differing figures are separate."""

    kind: CasualtyKind = Field(description="What happened to the people counted.")
    low: int | None = Field(ge=0, description="Smallest number the wording allows, or null.")
    high: int | None = Field(ge=0, description="Largest number the wording allows, or null.")
    text: str | None = Field(
        description="The figure as written; null where a named person alone implies it."
    )
    who: str | None = Field(description="The people counted, as written, or null.")
    source: str | None = Field(
        description="Id of the actor that gives the figure; null for the article itself."
    )
    evidence: tuple[Evidence, ...] = Field(min_length=1, description="Where the figure stands.")

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"casualty figure has low {self.low} above high {self.high}")
        return self


class Incident(_Record):
    """A concrete, bounded event of political violence, unrest or security-force action."""

    id: str = Field(pattern=r"^i[1-9][0-9]*$", description="`i1`, `i2`, in order of first mention.")
    summary: OneSentence = Field(description="One sentence of at most 25 words, no source named.")
    type: IncidentType = Field(description="What happened, by method and not by motive.")
    status: IncidentStatus = Field(description="How far it got.")
    date: IncidentDate | None = Field(description="When; null where the article gives no time.")
    location: Location | None = Field(description="Where, or null.")
    participants: tuple[Participant, ...] = Field(
        description="Who took part and as what; one role an actor."
    )
    objects: tuple[PhysicalObject, ...] = Field(description="Physical things hit.")
    weapons: tuple[str, ...] = Field(description="Weapons as written, each once.")
    casualties: tuple[Casualty, ...] = Field(description="Every figure the article reports.")
    evidence: tuple[Evidence, ...] = Field(
        min_length=1, description="The sentences that report the incident itself."
    )

    @model_validator(mode="after")
    def _one_role_an_actor(self) -> Self:
        repeated = _repeated(participant.actor for participant in self.participants)
        if repeated:
            raise ValueError(f"incident {self.id} gives actor {repeated[0]} more than one role")
        return self

    def actors_in_role(self, role: ParticipantRole) -> tuple[str, ...]:
        """Ids of the actors that have `role` in this incident, in order."""
        return tuple(p.actor for p in self.participants if p.role is role)


class Actor(_Record):
    """A person, group or institution that takes part in an incident or makes a statement."""

    id: str = Field(pattern=r"^a[1-9][0-9]*$", description="`a1`, `a2`, in order of first mention.")
    name: str = Field(
        min_length=1,
        description="Fullest proper name the article uses, without title; "
        "for an unnamed actor its noun phrase without article.",
    )
    aliases: tuple[str, ...] = Field(description="Other names the article uses for it.")
    kind: ActorKind = Field(description="What sort of actor it is.")
    role: str | None = Field(description="Title or position as written, or null.")
    affiliation: str | None = Field(
        description="Id of the actor this one belongs to or speaks for, or null."
    )
    country: CountryCode | None = Field(description="ISO 3166-1 alpha-2 country code, or null.")
    evidence: tuple[Evidence, ...] = Field(min_length=1, description="Where it is named.")


class Attribution(_Record):
    """A source's statement about an incident: who says what, and how sure."""

    id: str = Field(pattern=r"^t[1-9][0-9]*$", description="`t1`, `t2`, in order of first mention.")
    incident: str = Field(description="Id of the incident the statement is about.")
    aspect: Aspect = Field(description="What the statement is about.")
    sourcing: Sourcing = Field(description="In whose name it stands in the article.")
    source: str | None = Field(
        description="Id of the actor that makes it; set exactly when `sourcing` is `actor`."
    )
    responsible: tuple[str, ...] = Field(
        description="Ids of the parties held responsible; only for aspect `responsibility`."
    )
    stance: Stance = Field(description="What the source does with the statement.")
    certainty: Certainty = Field(description="How sure the source is, by its own wording.")
    statement: OneSentence = Field(description="What is stated, in at most 25 words.")
    medium: str | None = Field(description="Where it was said, as written, or null.")
    conflicts_with: tuple[str, ...] = Field(
        description="Ids of attributions of the same incident and aspect that cannot also be true."
    )
    evidence: tuple[Evidence, ...] = Field(min_length=1, description="Where it is stated.")

    @model_validator(mode="after")
    def _source_and_responsible(self) -> Self:
        if (self.source is not None) != (self.sourcing is Sourcing.ACTOR):
            raise ValueError(
                f"attribution {self.id} has sourcing {self.sourcing} and source {self.source}: "
                "source is set exactly when sourcing is actor"
            )
        if self.responsible and self.aspect is not Aspect.RESPONSIBILITY:
            raise ValueError(
                f"attribution {self.id} of aspect {self.aspect} names responsible parties: "
                "only aspect responsibility does"
            )
        if repeated := _repeated((*self.responsible,)) or _repeated((*self.conflicts_with,)):
            raise ValueError(f"attribution {self.id} lists {repeated[0]} twice")
        return self


class Usage(_Record):
    """Tokens of all requests made for one article, re-asks included."""

    input_tokens: int = Field(ge=0, description="Tokens sent, cached ones included.")
    cached_tokens: int = Field(ge=0, description="Tokens sent that the endpoint had cached.")
    output_tokens: int = Field(ge=0, description="Tokens written by the model.")
    requests: int = Field(ge=0, description="HTTP requests made, retried ones included.")

    def __add__(self, other: "Usage") -> "Usage":
        """The sum of both, field by field."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            requests=self.requests + other.requests,
        )

    @classmethod
    def zero(cls) -> "Usage":
        """No use at all."""
        return cls(input_tokens=0, cached_tokens=0, output_tokens=0, requests=0)


class Provenance(_Record):
    """How a result came about: enough to ask the same question again."""

    model: str = Field(description="Model as named by the user, such as `openai/gpt-5-mini`.")
    prompt: str = Field(description="Prompt name and version, such as `incidents@1`.")
    prompt_hash: str = Field(description="Hash of the prompt's files, `sha256:` and hex.")
    schema_hash: str = Field(description="Hash of the draft's JSON Schema, `sha256:` and hex.")
    parameters: dict[str, Any] = Field(description="Generation settings as sent.")
    attempts: int = Field(ge=0, description="Answers asked for, re-asks included.")
    windows: int = Field(ge=0, description="Parts the article was worked in; 1 unless too long.")
    usage: Usage = Field(description="Tokens and requests over all attempts.")
    cost_usd: float | None = Field(
        ge=0, description="Price in US dollars; 0 for a local model; null where not known."
    )
    duration_s: float = Field(ge=0, description="Wall-clock seconds from first to last step.")
    package_version: str = Field(description="Version of this package.")


class Extraction(_Record, Shown):
    """Everything one article reports: actors, incidents, and who says what about them."""

    schema_version: Literal["1.0"] = Field(description="Version of the codebook and this schema.")
    article: ArticleMeta = Field(description="Which article.")
    actors: tuple[Actor, ...] = Field(
        description="Every actor that an incident or an attribution refers to."
    )
    incidents: tuple[Incident, ...] = Field(
        description="The incidents; empty when the article reports none."
    )
    attributions: tuple[Attribution, ...] = Field(
        description="Who says what about which incident, and how sure."
    )
    provenance: Provenance | None = Field(
        default=None, description="How the result came about; null for a hand-made label."
    )

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        problems = [*_reference_problems(self), *_conflict_problems(self)]
        # Rules over references are only meaningful once every reference resolves.
        problems = problems or [*_responsibility_problems(self)]
        text = (info.context or {}).get("text")
        if text is not None:
            problems += _quote_problems(self, text)
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def check_quotes(self, text: str) -> None:
        """Check that every evidence quotes `text` at its offsets.

        The same check runs on validation with `context={"text": text}`.

        Raises:
            ValueError: naming each evidence that does not.
        """
        if problems := _quote_problems(self, text):
            raise ValueError("; ".join(problems))

    def all_evidence(self) -> Iterator[tuple[str, Evidence]]:
        """Every evidence with the dotted path of the value that it supports."""
        for actor in self.actors:
            yield from ((f"actors.{actor.id}", evidence) for evidence in actor.evidence)
        for incident in self.incidents:
            path = f"incidents.{incident.id}"
            yield from ((path, evidence) for evidence in incident.evidence)
            for number, casualty in enumerate(incident.casualties):
                for evidence in casualty.evidence:
                    yield f"{path}.casualties.{number}", evidence
        for attribution in self.attributions:
            path = f"attributions.{attribution.id}"
            yield from ((path, evidence) for evidence in attribution.evidence)


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _reference_problems(extraction: Extraction) -> Iterator[str]:
    actors = {actor.id for actor in extraction.actors}
    ids = [record.id for record in extraction.actors]
    ids += [record.id for record in extraction.incidents]
    ids += [record.id for record in extraction.attributions]
    for repeated in _repeated(ids):
        yield f"id {repeated} is used twice"
    for where, actor_id in _actor_references(extraction):
        if actor_id not in actors:
            yield f"{where} names {actor_id}, which does not exist"
    for actor in extraction.actors:
        if actor.affiliation == actor.id:
            yield f"actor {actor.id} is affiliated to itself"
    incidents = {incident.id for incident in extraction.incidents}
    for attribution in extraction.attributions:
        if attribution.incident not in incidents:
            yield f"attribution {attribution.id} is about {attribution.incident}, no such incident"


def _actor_references(extraction: Extraction) -> Iterator[tuple[str, str]]:
    for actor in extraction.actors:
        if actor.affiliation is not None:
            yield f"affiliation of {actor.id}", actor.affiliation
    for incident in extraction.incidents:
        yield from ((f"incident {incident.id}", p.actor) for p in incident.participants)
        for casualty in incident.casualties:
            if casualty.source is not None:
                yield f"a figure of incident {incident.id}", casualty.source
    for attribution in extraction.attributions:
        where = f"attribution {attribution.id}"
        yield from ((where, actor_id) for actor_id in attribution.responsible)
        if attribution.source is not None:
            yield where, attribution.source


def _conflict_problems(extraction: Extraction) -> Iterator[str]:
    by_id = {attribution.id: attribution for attribution in extraction.attributions}
    for attribution in extraction.attributions:
        for other_id in attribution.conflicts_with:
            other = by_id.get(other_id)
            if other is None:
                yield f"attribution {attribution.id} conflicts with {other_id}, no such attribution"
            elif other is attribution:
                yield f"attribution {attribution.id} conflicts with itself"
            elif attribution.id not in other.conflicts_with:
                yield f"conflict of {attribution.id} with {other_id} is not symmetric"
            elif (other.incident, other.aspect) != (attribution.incident, attribution.aspect):
                yield f"{attribution.id} and {other_id} conflict across incidents or aspects"


def _responsibility_problems(extraction: Extraction) -> Iterator[str]:
    held: dict[str, set[str]] = {incident.id: set() for incident in extraction.incidents}
    for attribution in extraction.attributions:
        if attribution.stance.affirms:
            held[attribution.incident].update(attribution.responsible)
    for incident in extraction.incidents:
        perpetrators = set(incident.actors_in_role(ParticipantRole.PERPETRATOR))
        for actor_id in sorted(held[incident.id] - perpetrators):
            yield f"{actor_id} is held responsible for {incident.id} but is no perpetrator of it"
        if incident.status is IncidentStatus.CARRIED_OUT:
            for actor_id in sorted(perpetrators - held[incident.id]):
                yield (
                    f"{actor_id} is a perpetrator of {incident.id} "
                    "but no attribution holds it responsible"
                )


def _quote_problems(extraction: Extraction, text: str) -> list[str]:
    return [
        f"evidence of {path} is not the text at {evidence.start}:{evidence.end}"
        for path, evidence in extraction.all_evidence()
        if text[evidence.start : evidence.end] != evidence.quote
    ]
