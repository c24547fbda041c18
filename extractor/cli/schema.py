"""`extractor schema`: the JSON Schema of what goes in and out."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import BaseModel

from extractor.pipeline.outcome import Outcome
from extractor.schemas import Actor, Attribution, Extraction, Incident
from extractor.schemas.draft import Draft


class SchemaName(StrEnum):
    """The schemas that can be printed."""

    EXTRACTION = "extraction"
    INCIDENT = "incident"
    ACTOR = "actor"
    ATTRIBUTION = "attribution"
    DRAFT = "draft"
    OUTCOME = "outcome"


_MODELS: Mapping[SchemaName, type[BaseModel]] = {
    SchemaName.EXTRACTION: Extraction,
    SchemaName.INCIDENT: Incident,
    SchemaName.ACTOR: Actor,
    SchemaName.ATTRIBUTION: Attribution,
    SchemaName.DRAFT: Draft,
    SchemaName.OUTCOME: Outcome,
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example:  extractor schema incident > incident.schema.json")(schema)


def schema(
    name: Annotated[SchemaName, typer.Argument(help="What to print.")] = SchemaName.EXTRACTION,
) -> None:
    """Print a JSON Schema: of the result, its parts, a model's draft, or a whole outcome."""
    document = {"$schema": _DIALECT, **_MODELS[name].model_json_schema()}
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
