"""Two runs on the same articles: which is better, by how much, and whether that may be chance."""

from collections.abc import Mapping, Sequence

from extractor.errors import ConfigError
from extractor.evaluation.data import GoldData, PredictedData, gold_articles, matched
from extractor.evaluation.facts import FIELDS, RECORD_KINDS
from extractor.evaluation.numerics import Resampler, middle, two_sided_p
from extractor.evaluation.reports import ComparisonReport, Difference, Interval
from extractor.evaluation.scores import Cell, Table
from extractor.evaluation.scoring import (
    RELEVANCE,
    SAMPLES,
    SEED,
    failures,
    fields_of,
    score_article,
    settings,
)

OVERALL_F1 = "overall f1"
_FIGURES = ("f1", "precision", "recall")
_COLUMNS: Mapping[str, Sequence[str]] = {
    **{f"{kind}s": fields_of(kind) for kind in RECORD_KINDS},
    RELEVANCE: [RELEVANCE],
    **{field: [field] for field in FIELDS if field not in RECORD_KINDS},
}


def compare(
    a: PredictedData,
    b: PredictedData,
    gold: GoldData,
    *,
    allow_missing: bool = False,
    samples: int = SAMPLES,
    seed: int = SEED,
) -> ComparisonReport:
    """Compare two runs by a paired bootstrap over the articles that both have.

    Args:
        a: Outcomes or extractions of the first run, or where they are stored.
        b: Those of the second run.
        gold: Labelled articles, or the folder with `articles.jsonl` and `labels.jsonl`.
        allow_missing: Whether articles that a run has not are left out, not an error.
        samples: Samples of the bootstrap.
        seed: Seed of the bootstrap.

    Raises:
        ConfigError: if the data cannot be read or does not belong together.
    """
    labelled = gold_articles(gold)
    first, missing = matched(a, labelled, allow_missing=allow_missing)
    second, also_missing = matched(b, labelled, allow_missing=allow_missing)
    left_out = {*missing, *also_missing}
    first = [pair for pair in first if pair.prediction.id not in left_out]
    second = [pair for pair in second if pair.prediction.id not in left_out]
    if not first:
        raise ConfigError("the two runs have no labelled article in common")
    figures = differences(
        [score_article(pair).row for pair in first],
        [score_article(pair).row for pair in second],
        Resampler(len(first), samples, seed),
        overall=FIELDS,
        columns=_COLUMNS,
    )
    return ComparisonReport(
        settings=settings(samples, seed),
        articles=len(first),
        missing=tuple(item.article.id for item in labelled if item.article.id in left_out),
        failures={
            "a": failures([pair.prediction for pair in first]),
            "b": failures([pair.prediction for pair in second]),
        },
        figures=figures,
        worse=is_worse(figures[OVERALL_F1]),
    )


def differences(
    a: Sequence[Mapping[str, Cell]],
    b: Sequence[Mapping[str, Cell]],
    resampler: Resampler,
    *,
    overall: Sequence[str],
    columns: Mapping[str, Sequence[str]],
) -> dict[str, Difference]:
    """The differences of the overall figures and of the F1 of each group of columns."""
    # One resampler draws the same articles for both, which makes the samples pairs.
    tables = Table(a, resampler), Table(b, resampler)
    figures = {f"overall {name}": _difference(tables, overall, name) for name in _FIGURES}
    return figures | {
        f"{name} f1": _difference(tables, group, "f1") for name, group in columns.items()
    }


def _difference(tables: tuple[Table, Table], columns: Sequence[str], figure: str) -> Difference:
    first, second = (getattr(table.score(columns), figure) for table in tables)
    if first is None or second is None:
        return Difference(a=first, b=second, difference=None, interval=None, p=None)
    ours, theirs = (table.samples(columns) for table in tables)
    bounds = p = None
    if ours is not None and theirs is not None:
        resampled = getattr(theirs, figure) - getattr(ours, figure)
        bounds, p = middle(resampled), two_sided_p(resampled)
    return Difference(
        a=first,
        b=second,
        difference=second - first,
        interval=Interval(low=bounds[0], high=bounds[1]) if bounds else None,
        p=p,
    )


def is_worse(found: Difference) -> bool:
    """Whether a difference lies below 0 with its whole interval, or has none and is negative."""
    if found.difference is None:
        return False
    return (found.difference if found.interval is None else found.interval.high) < 0
