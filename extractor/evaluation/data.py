"""Reading labelled articles and stored predictions, and putting each beside its other."""

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ValidationError

from extractor.articles import Article
from extractor.errors import ConfigError
from extractor.fingerprint import text_sha256
from extractor.pipeline.outcome import Issue, Outcome
from extractor.schemas import ArticleMeta, Extraction

ARTICLES, LABELS, OUTCOMES = "articles.jsonl", "labels.jsonl", "outcomes.jsonl"
_SHOWN_IDS = 5


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article and what should be extracted from it."""

    article: Article
    labels: Extraction


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was extracted from an article, or why nothing was."""

    id: str
    sha256: str
    extraction: Extraction | None
    warnings: tuple[Issue, ...] | None
    """What was dropped; None where that is not known."""
    failure: str | None
    where: str = "predictions"
    """File and line it was read from."""


GoldData: TypeAlias = str | Path | Iterable[LabelledArticle]
PredictedData: TypeAlias = str | Path | Iterable[Outcome | Extraction]


@dataclass(frozen=True, slots=True)
class Matched:
    """A labelled article and its prediction."""

    gold: LabelledArticle
    prediction: Prediction

    @property
    def extraction(self) -> Extraction:
        """The prediction, which is empty where the article failed."""
        if self.prediction.extraction is not None:
            return self.prediction.extraction
        return empty_extraction(self.gold.labels.article)


def empty_extraction(article: ArticleMeta) -> Extraction:
    """An extraction that reports nothing."""
    return Extraction(
        schema_version="1.0", article=article, actors=(), incidents=(), attributions=()
    )


def read_gold(folder: str | Path) -> list[LabelledArticle]:
    """Read a folder with `articles.jsonl` and `labels.jsonl`.

    Raises:
        ConfigError: naming the file and line of what is wrong or missing.
    """
    folder = Path(folder)
    articles: dict[str, tuple[str, Article]] = {}
    for where, record in records(folder / ARTICLES):
        article = _article(record, where)
        if article.id in articles:
            raise ConfigError(f"{where}: id {article.id} is used twice")
        articles[article.id] = where, article
    labelled: dict[str, LabelledArticle] = {}
    for where, record in records(folder / LABELS):
        found = _labelled(record, where, articles)
        if found.article.id in labelled:
            raise ConfigError(f"{where}: article {found.article.id} is labelled twice")
        labelled[found.article.id] = found
    for where, article in articles.values():
        if article.id not in labelled:
            raise ConfigError(f"{where}: article {article.id} has no labels in {folder / LABELS}")
    return [labelled[name] for name in articles]


def read_predictions(path: str | Path) -> list[Prediction]:
    """Read stored outcomes or extractions, one a line.

    Of several lines for one article the last counts: a run that is taken up again appends.

    Args:
        path: A JSONL file, or a folder with `outcomes.jsonl` or else `labels.jsonl`.

    Raises:
        ConfigError: naming the file and line of what cannot be read.
    """
    found = (prediction_of(record, where) for where, record in records(predictions_path(path)))
    return [*{prediction.id: prediction for prediction in found}.values()]


def predictions_path(path: str | Path) -> Path:
    """The file itself, or that of a folder which holds predictions."""
    path = Path(path)
    if path.is_dir():
        return path / (OUTCOMES if (path / OUTCOMES).is_file() else LABELS)
    return path


def gold_articles(gold: GoldData) -> list[LabelledArticle]:
    """The labelled articles, read if `gold` is a path."""
    labelled = read_gold(gold) if isinstance(gold, str | Path) else list(gold)
    if not labelled:
        raise ConfigError("there are no labelled articles to score against")
    return labelled


def predicted(predictions: PredictedData) -> dict[str, Prediction]:
    """The predictions by article, read if `predictions` is a path."""
    if isinstance(predictions, str | Path):
        found = read_predictions(predictions)
    else:
        found = [as_prediction(item, "predictions") for item in predictions]
    return {prediction.id: prediction for prediction in found}


def matched(
    predictions: PredictedData, gold: GoldData, *, allow_missing: bool = False
) -> tuple[list[Matched], tuple[str, ...]]:
    """Each labelled article with its prediction, and the articles that have none.

    Raises:
        ConfigError: if predictions are missing and may not be, or are of another text.
    """
    found, labelled = predicted(predictions), gold_articles(gold)
    names = [item.article.id for item in labelled]
    missing = require_all(names, found, allow_missing=allow_missing)
    pairs = [Matched(i, found[i.article.id]) for i in labelled if i.article.id in found]
    for pair in pairs:
        check_same_text(pair.prediction, pair.gold.labels.article.sha256)
    return pairs, missing


def require_all(
    names: Sequence[str], found: Container[str], *, allow_missing: bool
) -> tuple[str, ...]:
    """The labelled articles that have no prediction.

    Raises:
        ConfigError: if there are any and there may be none, or if there is nothing else.
    """
    missing = tuple(name for name in names if name not in found)
    if missing and not allow_missing:
        raise ConfigError(
            f"{len(missing)} of {len(names)} labelled articles have no prediction "
            f"({_some(missing)}); extract them, or allow missing ones"
        )
    if len(missing) == len(names):
        raise ConfigError("no labelled article has a prediction; are these the right files?")
    return missing


def check_same_text(prediction: Prediction, sha256: str) -> None:
    """Make sure that a prediction is about the labelled text.

    Raises:
        ConfigError: if it is about another one.
    """
    if prediction.sha256 != sha256:
        raise ConfigError(
            f"{prediction.where}: article {prediction.id} was extracted from "
            "another text than the labelled one (sha256 differs)"
        )


def as_prediction(item: Outcome | Extraction, where: str) -> Prediction:
    """An outcome or an extraction as a prediction."""
    if isinstance(item, Extraction):
        about = item.article
        return Prediction(about.id, about.sha256, item, None, None, where)
    failure = f"{item.error.kind}: {item.error.message}" if item.error else None
    sha256 = text_sha256(item.article.text)
    return Prediction(item.article.id, sha256, item.extraction, item.warnings, failure, where)


def _article(record: dict[str, Any], where: str) -> Article:
    sha256 = record.pop("sha256", None)
    try:
        article = Article.model_validate(record)
    except ValidationError as error:
        raise ConfigError(f"{where}: is no article: {first_error(error)}") from None
    if sha256 is not None and sha256 != text_sha256(article.text):
        raise ConfigError(f"{where}: article {article.id} has another text than its sha256 says")
    return article


def _labelled(
    record: dict[str, Any], where: str, articles: dict[str, tuple[str, Article]]
) -> LabelledArticle:
    try:
        labels = Extraction.model_validate(record)
    except ValidationError as error:
        raise ConfigError(f"{where}: is no extraction: {first_error(error)}") from None
    if labels.article.id not in articles:
        raise ConfigError(f"{where}: there is no article {labels.article.id} in {ARTICLES}")
    article = articles[labels.article.id][1]
    if labels.article.sha256 != text_sha256(article.text):
        raise ConfigError(f"{where}: the labels of {article.id} are of another text (sha256)")
    try:
        labels.check_quotes(article.text)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
    return LabelledArticle(article, labels)


def prediction_of(record: dict[str, Any], where: str) -> Prediction:
    """A stored outcome or extraction as a prediction.

    Raises:
        ConfigError: if it is neither.
    """
    kind = Outcome if "status" in record else Extraction
    try:
        return as_prediction(kind.model_validate(record), where)
    except ValidationError as error:
        name = kind.__name__.lower()
        raise ConfigError(f"{where}: is no {name}: {first_error(error)}") from None


def records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records of a JSONL file, each with its file and line.

    Raises:
        ConfigError: naming the file and line of what cannot be read.
    """
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            record = json.loads(line)
        except ValueError as error:
            raise ConfigError(f"{where}: is not JSON: {error}") from None
        if not isinstance(record, dict):
            raise ConfigError(f"{where}: is no object")
        yield where, record


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 at byte {error.start}") from error


def first_error(error: ValidationError) -> str:
    """The first thing that is wrong, with its place."""
    detail = error.errors(include_url=False)[0]
    place = ".".join(map(str, detail["loc"]))
    return f"{place}: {detail['msg']}" if place else detail["msg"]


def _some(names: Sequence[str]) -> str:
    more = ", …" if len(names) > _SHOWN_IDS else ""
    return ", ".join(names[:_SHOWN_IDS]) + more
