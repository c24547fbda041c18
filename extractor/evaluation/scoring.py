"""Articles scored one by one: what two reports on the same articles have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from extractor.evaluation.alignment import Alignment, align
from extractor.evaluation.data import LabelledArticle, Matched, Prediction
from extractor.evaluation.facts import FIELDS, RECORD_KINDS, Judgement, counts, judge
from extractor.evaluation.numerics import Resampler
from extractor.evaluation.reports import ArticleFailure, Baseline, Relevance, Score, Settings
from extractor.evaluation.scores import Cell, Table
from extractor.schemas import SCHEMA_VERSION, Extraction

RELEVANCE = "relevance"
SAMPLES, SEED = 1000, 0


@dataclass(frozen=True, slots=True)
class Scored:
    """One article: its prediction, what was paired, and each fact judged."""

    pair: Matched
    alignment: Alignment
    judgements: list[Judgement]

    @property
    def row(self) -> dict[str, Cell]:
        """Counts of each field, and of whether there is any incident."""
        reports, found = self._incidents
        cell = int(reports and found), int(found and not reports), int(reports and not found)
        return {**counts(self.judgements), RELEVANCE: cell}

    @property
    def negative(self) -> bool:
        """Whether neither side has an incident."""
        return not any(self._incidents)

    @property
    def _incidents(self) -> tuple[bool, bool]:
        return bool(self.pair.gold.labels.incidents), bool(self.pair.extraction.incidents)


def score_article(pair: Matched) -> Scored:
    """Align and judge one article."""
    alignment = align(pair.extraction, pair.gold.labels)
    return Scored(pair, alignment, judge(pair.extraction, pair.gold.labels, alignment))


def fields_of(kind: str) -> list[str]:
    """The scored fields of a kind of record."""
    return [field for field in FIELDS if field.split(".")[0] == kind]


def record_scores(table: Table) -> dict[str, Score]:
    """The facts of each kind of record."""
    return {kind: table.score(fields_of(kind)) for kind in RECORD_KINDS}


def relevance(table: Table, *, negatives: int) -> Relevance:
    """Whether there is any incident, over articles.

    Args:
        table: Counts of each article.
        negatives: Articles without incident on both sides.
    """
    return Relevance(**table.score([RELEVANCE]).model_dump(), tn=negatives)


def baseline(
    name: str,
    answer: Callable[[LabelledArticle], Extraction],
    gold: Sequence[LabelledArticle],
    resampler: Resampler,
) -> Baseline:
    """What an answer without a model scores."""
    scored = []
    for labelled in gold:
        about = labelled.labels.article
        prediction = Prediction(about.id, about.sha256, answer(labelled), None, None)
        scored.append(score_article(Matched(labelled, prediction)))
    table = Table([article.row for article in scored], resampler)
    return Baseline(
        name=name,
        overall=table.score(FIELDS),
        records=record_scores(table),
        relevance=relevance(table, negatives=sum(article.negative for article in scored)),
    )


def settings(samples: int, seed: int) -> Settings:
    """How a report comes about."""
    return Settings(
        package_version=version("extractor"),
        codebook=SCHEMA_VERSION,
        samples=samples,
        seed=seed,
    )


def failures(predictions: Sequence[Prediction]) -> tuple[ArticleFailure, ...]:
    """The articles that failed and are scored as empty."""
    return tuple(
        ArticleFailure(article=prediction.id, error=prediction.failure)
        for prediction in predictions
        if prediction.failure is not None
    )


def models(predictions: Sequence[Prediction]) -> tuple[str, ...]:
    """What predicted, as far as that is known."""
    origins = (p.extraction.provenance for p in predictions if p.extraction is not None)
    return tuple(sorted({f"{o.model} with {o.prompt}" for o in origins if o is not None}))
