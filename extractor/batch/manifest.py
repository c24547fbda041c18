"""`manifest.json`: what a run is, for people and for other programs."""

import os
import platform
import subprocess
from collections.abc import Mapping
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extractor.errors import StoreError
from extractor.schemas import Usage
from extractor.store.ledger import Ledger
from extractor.store.parts import Parts
from extractor.store.rows import Counts

NAME = "manifest.json"
"""Name of the manifest in the folder of a run."""

_PACKAGES = ("extractor", "instructor", "openai", "pydantic", "sentencex")
"""Packages whose version may change a result."""


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    """Every article has an outcome."""
    STOPPED = "stopped"
    """A limit or a wrong setting ended it; `reason` says which."""
    INTERRUPTED = "interrupted"
    """A person, or the end of the machine, ended it."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Session(_Record):
    """One time that the command ran on a run."""

    started: str = Field(description="When it began, in ISO format.")
    ended: str | None = Field(default=None, description="When it ended; null where it did not.")
    done_before: int = Field(description="Articles that had an outcome when it began.")
    limits: dict[str, Any] = Field(description="Its limits, such as `concurrency` and `rpm`.")
    endpoint: str | None = Field(description="The address it asked, or null for the default.")


class BatchPart(_Record):
    """A batch at the provider."""

    part: int = Field(description="Number of its file of requests in the run.")
    state: str = Field(description="`prepared`, `uploaded`, `created` or `collected`.")
    batch: str | None = Field(description="The provider's identifier, or null before there is one.")
    status: str | None = Field(description="What the provider says of it.")
    requests: int = Field(description="Requests of the file.")
    completed: int = Field(description="Requests that were answered, as the provider tells.")
    failed: int = Field(description="Requests that were not.")


class Manifest(_Record):
    """What a run is. Written when a command on it begins and when it ends."""

    format_version: Literal[1] = Field(default=1, description="Version of this file's format.")
    status: RunStatus = Field(description="Where the run stands.")
    reason: str | None = Field(default=None, description="Why it stopped, or null.")
    created: str = Field(description="When the run was made, in ISO format.")
    inputs: list[str] = Field(description="The input as it was named.")
    settings: dict[str, Any] = Field(description="All that an outcome depends on.")
    packages: dict[str, str] = Field(description="Versions of what may change a result.")
    git: str | None = Field(description="Commit of the program's checkout, or null.")
    counts: dict[str, int] = Field(description="Articles by status, and `pending`.")
    errors: dict[str, int] = Field(description="Articles without a result, by kind of failure.")
    articles: int = Field(description="Articles of the input.")
    duplicates: int = Field(description="Articles that share the answer to another one.")
    unreadable: int = Field(description="Places of the input that are no article.")
    usage: Usage = Field(description="Tokens and requests of all tries.")
    cost_usd: float | None = Field(description="Their price; null where one is not known.")
    sessions: list[Session] = Field(description="Each time that the command ran on it.")
    batches: list[BatchPart] = Field(
        default_factory=list, description="Batches at the provider, in order."
    )

    @property
    def finished(self) -> int:
        """Articles that have an outcome."""
        return self.articles - self.counts["pending"]

    @property
    def failed(self) -> int:
        """Articles that failed or were refused."""
        return self.counts.get("failed", 0) + self.counts.get("refused", 0)


def counted(counts: Counts) -> dict[str, Any]:
    """The fields of a manifest that the ledger's counts tell."""
    return {
        "counts": {**counts.by_status, "pending": counts.pending},
        "errors": counts.errors,
        "articles": counts.articles,
        "duplicates": counts.duplicates,
        "unreadable": counts.unreadable,
        "usage": counts.usage,
        "cost_usd": counts.cost_usd,
    }


def batch_parts(ledger: Ledger) -> list[BatchPart]:
    """The batches at the provider, as the ledger tells."""
    return [
        BatchPart(
            part=part.number,
            state=part.state,
            batch=part.batch,
            status=part.status,
            requests=part.requests,
            completed=part.completed,
            failed=part.failed,
        )
        for part in Parts(ledger).all()
    ]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest at once: a reader sees the old one or the new one.

    Raises:
        StoreError: if it cannot be written.
    """
    path = folder / NAME
    part = folder / f".{NAME}.part"
    try:
        with part.open("w", encoding="utf-8") as stream:
            stream.write(manifest.model_dump_json(indent=2) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}; mend it and run the same command "
            "again. Nothing that was stored is lost"
        ) from error


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run.

    Raises:
        StoreError: if there is none or it is malformed.
    """
    path = folder / NAME
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StoreError(
            f"cannot read {path}: {error.strerror or error}; name the folder of a run"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise StoreError(f"{path}: {where}: {first['msg']}") from None


def packages() -> dict[str, str]:
    """Versions of what may change a result, Python's own included."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def git_commit(environment: Mapping[str, str] = os.environ) -> str | None:
    """The commit of the checkout that the program runs from, `+` where it is changed; or None."""
    folder = Path(__file__).resolve().parents[2]
    if not (folder / ".git").exists():
        return None

    def git(*arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - arguments are our own
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - from the person's own PATH
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
            env=dict(environment),
        )
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return None
