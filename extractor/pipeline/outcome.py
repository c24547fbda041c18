"""What became of one article: always exactly one of these, whatever happened."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from extractor.articles import Article
from extractor.schemas import Extraction, Provenance
from extractor.schemas.notebook import Shown
from extractor.validation import Issue

__all__ = ["Failure", "Issue", "Outcome", "Status"]


class Status(StrEnum):
    """How the work on an article ended."""

    OK = "ok"
    REPAIRED = "repaired"
    """Valid after the model was asked again."""
    PARTIAL = "partial"
    """Something was dropped; `warnings` lists it."""
    FAILED = "failed"
    REFUSED = "refused"
    """The model or a content filter declined to answer."""

    @property
    def has_extraction(self) -> bool:
        """Whether there is a result: ok, repaired or partial."""
        return self not in (Status.FAILED, Status.REFUSED)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Failure(_Record):
    """Why there is no extraction."""

    kind: str = Field(description="A `FailureKind`, or `invalid_answer`, `cut_off`, `refused`, ...")
    message: str = Field(description="What happened and which setting to mend.")
    stops_run: bool = Field(
        default=False, description="Whether every other article would fail the same way."
    )


class Outcome(_Record, Shown):
    """The result of one article, with its text, its warnings and how it came about."""

    status: Status = Field(description="How the work ended.")
    article: Article = Field(description="The article; evidence offsets refer to its text.")
    extraction: Extraction | None = Field(description="The result; null if failed or refused.")
    warnings: tuple[Issue, ...] = Field(description="What was dropped or changed, never silently.")
    error: Failure | None = Field(description="Why there is no result; null where there is one.")
    provenance: Provenance = Field(description="Model, prompt, usage, cost and duration.")

    @model_validator(mode="after")
    def _extraction_or_error(self) -> Self:
        if (self.extraction is not None) != self.status.has_extraction:
            raise ValueError(f"an outcome that is {self.status} must agree with its extraction")
        if (self.error is None) != self.status.has_extraction:
            raise ValueError(f"an outcome that is {self.status} must agree with its error")
        return self
