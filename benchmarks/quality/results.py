"""What became of an article with one system, and the files that keep it."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extractor import Article, Extraction
from extractor.errors import ConfigError
from extractor.evaluation.data import first_error, records
from extractor.fingerprint import text_sha256


class PeerResult(BaseModel):
    """What one system made of one article."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="Id of the article.")
    sha256: str = Field(description="SHA-256 of its text, hex.")
    identity: str = Field(description="Hash of all that the system asks with, beside the article.")
    seconds: float = Field(ge=0, description="Wall-clock seconds.")
    input_tokens: int = Field(ge=0, description="Tokens read, cached ones included.")
    cached_tokens: int = Field(ge=0, description="Of these, tokens that the engine had cached.")
    output_tokens: int = Field(ge=0, description="Tokens written.")
    requests: int = Field(ge=0, description="Requests made.")
    valid: bool = Field(description="Whether the answer was usable as it came.")
    error: str | None = Field(description="Why there is no extraction, or not all of it.")
    answer: dict[str, Any] = Field(description="The answer as it came.")
    extraction: Extraction | None = Field(description="What was read from it; null where nothing.")

    @property
    def key(self) -> tuple[str, str, str]:
        """What has to be the same for the article not to be asked again."""
        return self.identity, self.id, self.sha256


class System(Protocol):
    """Something that extracts, with a name for its file and its row."""

    @property
    def name(self) -> str:
        """Its name, such as `plain` or `steps@1`."""
        ...

    @property
    def identity(self) -> str:
        """Hash of all that it asks with, beside the article."""
        ...

    def extract(self, article: Article) -> PeerResult:
        """Ask about one article; a failure is a result."""
        ...


@dataclass
class Meter:
    """Counts what is spent on one article.

    Attributes:
        seconds_allowed: Time that the article may take.
    """

    seconds_allowed: float
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    requests: int = 0
    started: float = field(default_factory=time.monotonic)

    def note(self, usage: Any, *, written: int = 0) -> None:
        """Add the usage that a server told with an answer, or else what was seen of it."""
        self.requests += 1
        if usage is None:
            self.output_tokens += written
            return
        details = getattr(usage, "prompt_tokens_details", None)
        self.input_tokens += usage.prompt_tokens or 0
        self.output_tokens += usage.completion_tokens or 0
        self.cached_tokens += getattr(details, "cached_tokens", 0) or 0

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self.started

    @property
    def seconds_left(self) -> float:
        """Time that the article may still take; below 0 when it is over."""
        return self.seconds_allowed - self.seconds

    def result(
        self,
        article: Article,
        identity: str,
        *,
        valid: bool,
        error: str | None,
        answer: dict[str, Any],
        extraction: Extraction | None,
    ) -> PeerResult:
        """The result, with what was counted."""
        return PeerResult(
            id=article.id,
            sha256=text_sha256(article.text),
            identity=identity,
            seconds=round(self.seconds, 2),
            input_tokens=self.input_tokens,
            cached_tokens=self.cached_tokens,
            output_tokens=self.output_tokens,
            requests=self.requests,
            valid=valid,
            error=error,
            answer=answer,
            extraction=extraction,
        )


def told(error: Exception) -> str:
    """An exception as one short line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def results_path(folder: Path, name: str) -> Path:
    """The file of one system."""
    return folder / f"{name}.jsonl"


def read_results(path: Path) -> list[PeerResult]:
    """The stored results; of several for one article the last counts.

    Raises:
        ConfigError: naming the file and line of what is no result.
    """
    found: dict[tuple[str, str, str], PeerResult] = {}
    if not path.is_file():
        return []
    for where, record in records(path):
        try:
            result = PeerResult.model_validate(record)
        except ValidationError as error:
            raise ConfigError(f"{where}: is no result: {first_error(error)}") from None
        found[result.key] = result
    return list(found.values())


def append_result(path: Path, result: PeerResult) -> None:
    """Add a result for good: what a model answered took minutes."""
    with path.open("a", encoding="utf-8") as file:
        file.write(result.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())


def write_results(path: Path, results: Iterable[PeerResult]) -> None:
    """Put these results in place of the stored ones."""
    grown = path.with_suffix(".part")
    grown.write_text("".join(f"{result.model_dump_json()}\n" for result in results), "utf-8")
    grown.replace(path)
