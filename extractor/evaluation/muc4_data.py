"""MUC-4 templates: what is filled in, and the records that hold gold ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from extractor.articles import Article
from extractor.errors import ConfigError
from extractor.evaluation.data import first_error, records
from extractor.grounding.places import country_code

INCIDENT_TYPE = "incident_type"
STRING_SLOTS = (
    "perp_individuals",
    "perp_organizations",
    "physical_targets",
    "human_targets",
    "instruments",
)
"""The five roles that are filled with strings of the text."""
MAIN_SLOTS = (INCIDENT_TYPE, *STRING_SLOTS)
"""What the overall F1 counts."""
OTHER_SLOTS = (
    "stage",
    "date",
    "location",
    "perp_org_confidence",
    "physical_target_effects",
    "human_target_effects",
)
SLOTS = (*MAIN_SLOTS, *OTHER_SLOTS)


@dataclass(frozen=True, slots=True)
class Days:
    """A time; an open bound is None."""

    start: date | None
    end: date | None

    def __str__(self) -> str:
        return f"{self.start or ''}..{self.end or ''}"


@dataclass(frozen=True, slots=True)
class Place:
    """A country, by code where it has one, and names of places in it."""

    country: str | None
    names: tuple[str, ...]

    def __str__(self) -> str:
        return ": ".join([self.country or "", *self.names])


Value: TypeAlias = str | Days | Place


@dataclass(frozen=True, slots=True)
class Fill:
    """One answer in a slot.

    Attributes:
        values: Forms of the answer, any of which will do.
        optional: Whether it may be left out.
        referent: Forms of the fill it belongs to; None where it belongs to nobody named.
    """

    values: tuple[Value, ...]
    optional: bool = False
    referent: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """One incident, as fills of slots."""

    fills: Mapping[str, tuple[Fill, ...]] = field(default_factory=dict)
    optional: bool = False

    def of(self, slot: str) -> tuple[Fill, ...]:
        """The fills of a slot."""
        return self.fills.get(slot, ())


@dataclass(frozen=True, slots=True)
class Muc4Document:
    """A text and its templates."""

    article: Article
    templates: tuple[Template, ...]
    where: str = "gold"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Fill(_Record):
    values: tuple[str, ...] = Field(min_length=1)
    optional: bool = False
    referent: tuple[str, ...] | None = None


def _known_year(value: object) -> object:
    return None if isinstance(value, str) and value.startswith("XXXX") else value


_Day = Annotated[date | None, BeforeValidator(_known_year)]
"""A day; one of an unknown year (`XXXX`) bounds nothing."""


class _Days(_Record):
    start: _Day
    end: _Day


class _DateFill(_Record):
    values: tuple[_Days, ...] = Field(min_length=1)
    optional: bool = False


class _PlaceName(_Record):
    name: str
    to: "_PlaceName | None" = None


class _Place(_Record):
    country: str | None
    places: tuple[_PlaceName, ...]


class _PlaceFill(_Record):
    values: tuple[_Place, ...] = Field(min_length=1)
    optional: bool = False


class _Template(_Record):
    optional: bool = False
    date: tuple[_DateFill, ...] = ()
    location: tuple[_PlaceFill, ...] = ()
    incident_type: tuple[_Fill, ...] = ()
    stage: tuple[_Fill, ...] = ()
    instruments: tuple[_Fill, ...] = ()
    perp_individuals: tuple[_Fill, ...] = ()
    perp_organizations: tuple[_Fill, ...] = ()
    perp_org_confidence: tuple[_Fill, ...] = ()
    physical_targets: tuple[_Fill, ...] = ()
    physical_target_effects: tuple[_Fill, ...] = ()
    human_target_names: tuple[_Fill, ...] = ()
    human_target_descriptions: tuple[_Fill, ...] = ()
    human_target_effects: tuple[_Fill, ...] = ()


class _Document(_Record):
    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    published: date | None = None
    templates: tuple[_Template, ...]


_AS_IS = (
    INCIDENT_TYPE,
    "stage",
    "instruments",
    "perp_individuals",
    "perp_organizations",
    "perp_org_confidence",
    "physical_targets",
    "physical_target_effects",
    "human_target_effects",
)


def read_muc4(path: str | Path) -> list[Muc4Document]:
    """Read records with `id`, `text`, `published` and `templates`, one a line.

    Raises:
        ConfigError: naming the file and line of what is wrong.
    """
    documents: dict[str, Muc4Document] = {}
    for where, record in records(Path(path)):
        document = as_document(record, where)
        if document.article.id in documents:
            raise ConfigError(f"{where}: id {document.article.id} is used twice")
        documents[document.article.id] = document
    return [*documents.values()]


def as_document(record: Mapping[str, Any], where: str) -> Muc4Document:
    """A record as a document.

    Raises:
        ConfigError: if it is none.
    """
    try:
        read = _Document.model_validate(record)
    except ValidationError as error:
        raise ConfigError(f"{where}: is no MUC-4 record: {first_error(error)}") from None
    article = Article(id=read.id, text=read.text, published=read.published, language="en")
    return Muc4Document(article, tuple(map(_template, read.templates)), where)


def best_forms(templates: Sequence[Template]) -> tuple[Template, ...]:
    """Gold templates as if they were predicted: each fill in its best form."""
    return tuple(
        Template(
            {
                slot: tuple(Fill(fill.values[:1], referent=fill.referent) for fill in fills)
                for slot, fills in template.fills.items()
            }
        )
        for template in templates
    )


def _template(read: _Template) -> Template:
    fills: dict[str, tuple[Fill, ...]] = {
        slot: tuple(Fill(f.values, f.optional, f.referent) for f in getattr(read, slot))
        for slot in _AS_IS
    }
    fills["human_targets"] = tuple(_human_targets(read))
    fills["date"] = tuple(
        Fill(tuple(Days(d.start, d.end) for d in f.values), f.optional) for f in read.date
    )
    fills["location"] = tuple(Fill(tuple(map(_place, f.values)), f.optional) for f in read.location)
    return Template(fills, read.optional)


def _human_targets(read: _Template) -> Iterator[Fill]:
    """Named persons, also by their description, and the persons who are only described."""
    for name in read.human_target_names:
        described = [
            value
            for description in read.human_target_descriptions
            if not {*name.values}.isdisjoint(description.referent or ())
            for value in description.values
        ]
        yield Fill((*name.values, *described), name.optional)
    for description in read.human_target_descriptions:
        if description.referent is None:
            yield Fill(description.values, description.optional)


def _place(read: _Place) -> Place:
    # Between two places: either will do.
    names = [p.name for place in read.places for p in (place, place.to) if p is not None]
    country = country_code(read.country) or (read.country and read.country.casefold())
    return Place(country or None, tuple(names))
