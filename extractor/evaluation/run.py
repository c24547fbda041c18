"""Extract the articles of a data set, and take an interrupted run up where it ended."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias

from pydantic import ValidationError

from extractor.articles import Article
from extractor.errors import ConfigError
from extractor.evaluation.data import OUTCOMES, first_error, records
from extractor.fingerprint import text_sha256
from extractor.pipeline.extractor import Identity
from extractor.pipeline.outcome import Outcome
from extractor.progress import NoProgress, Progress

NOT_ASKED = "not_asked"
"""Kind of failure of an article that was left alone because another one ended the run."""

_Key: TypeAlias = tuple[Identity, str, str]


class ArticleExtractor(Protocol):
    """What a run needs of an `Extractor`."""

    @property
    def identity(self) -> Identity:
        """What, beside the article, an outcome depends on."""
        ...

    def extract_many(self, articles: Iterable[Article], *, concurrency: int) -> Iterator[Outcome]:
        """One outcome for each article, as they come."""
        ...


def run_articles(
    extractor: ArticleExtractor,
    articles: Sequence[Article],
    folder: str | Path,
    *,
    concurrency: int = 8,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Extract articles and append each outcome to `outcomes.jsonl` as soon as it is there.

    An article that has a result from the same model, prompt, schema and text is not asked
    again; one that failed is.

    Args:
        extractor: Extracts.
        articles: The articles.
        folder: Where the outcomes are kept; made where it does not exist.
        concurrency: Articles worked on at the same time.
        progress: Told about each article.

    Returns:
        The outcome of each article, in the order of the articles.

    Raises:
        ConfigError: if the folder cannot be written or holds something else.
    """
    progress = progress or NoProgress()
    path = Path(folder) / OUTCOMES
    identity = extractor.identity
    done = {key: outcome for key, outcome in _stored(path) if outcome.status.has_extraction}
    keys = [(identity, article.id, text_sha256(article.text)) for article in articles]
    todo = [a for key, a in zip(keys, articles, strict=True) if key not in done]
    if len(todo) < len(articles):
        progress.note(f"{len(articles) - len(todo)} of {len(articles)} articles are done already")
    progress.start("Extracting", len(todo), "articles")
    with _appended(path) as stream:
        for outcome in extractor.extract_many(todo, concurrency=concurrency):
            done[_key(outcome, identity)] = outcome
            if outcome.error is None or outcome.error.kind != NOT_ASKED:
                _append(stream, outcome)
            progress.advance()
    progress.finish()
    return [done[key] for key in keys]


def _key(outcome: Outcome, identity: Identity) -> _Key:
    return identity, outcome.article.id, text_sha256(outcome.article.text)


def _stored(path: Path) -> Iterator[tuple[_Key, Outcome]]:
    """The outcomes of earlier runs; a line cut off by a crash is taken out of the file."""
    if not path.exists():
        return
    _drop_torn_line(path)
    for where, record in records(path):
        try:
            outcome = Outcome.model_validate(record)
        except ValidationError as error:
            raise ConfigError(f"{where}: is no outcome: {first_error(error)}") from None
        origin = outcome.provenance
        identity = Identity(origin.model, origin.prompt_hash, origin.schema_hash)
        yield _key(outcome, identity), outcome


def _drop_torn_line(path: Path) -> None:
    with _writable(path), path.open("r+b") as stream:
        data = stream.read()
        if not data or data.endswith(b"\n"):
            return
        start = data.rfind(b"\n") + 1
        try:
            json.loads(data[start:])
        except ValueError:
            stream.truncate(start)
        else:
            stream.write(b"\n")


@contextmanager
def _appended(path: Path) -> Iterator[BinaryIO]:
    with _writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("ab")
    with stream:
        yield stream


def _append(stream: BinaryIO, outcome: Outcome) -> None:
    with _writable(Path(stream.name)):
        stream.write(outcome.model_dump_json().encode("utf-8") + b"\n")
        stream.flush()
        # What a model answered was paid for, so it has to outlive a crash of the machine.
        os.fsync(stream.fileno())


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror or error}; mend --out") from error
