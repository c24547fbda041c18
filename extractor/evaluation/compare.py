"""Two runs on the same articles: which is better, by how much, and whether that may be chance."""

from collections.abc import Mapping, Sequence

from extractor.errors import ConfigError
from extractor.evaluation.data import GoldData, PredictedData, gold_articles, matched
from extractor.evaluation.facts import FIELDS, RECORD_KINDS
from extractor.evaluation.numerics import Resampler, middle, two_sided_p
from extractor.evaluation.reports import ComparisonReport, Difference, Interval
from extractor.evaluation.scores import Table
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
_FIGURES: Mapping[str, Sequence[str]] = {
    **{kind: fields_of(kind) for kind in RECORD_KINDS},
    RELEVANCE: [RELEVANCE],
    **{f"field {field}": [field] for field in FIELDS},
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
    # The same seed draws the same articles for both, which makes the samples pairs.
    resampler = Resampler(len(first), samples, seed)
    tables = [
        Table([score_article(pair).row for pair in pairs], resampler) for pairs in (first, second)
    ]
    figures = {
        f"overall {name}": difference(tables[0], tables[1], FIELDS, name)
        for name in ("f1", "precision", "recall")
    }
    figures |= {
        f"{name} f1": difference(tables[0], tables[1], columns, "f1")
        for name, columns in _FIGURES.items()
    }
    return ComparisonReport(
        settings=settings(samples, seed),
        articles=len(first),
        missing=tuple(item.article.id for item in labelled if item.article.id in left_out),
        failures={"a": failures(first), "b": failures(second)},
        figures=figures,
        worse=is_worse(figures[OVERALL_F1]),
    )


def difference(a: Table, b: Table, columns: Sequence[str], figure: str) -> Difference:
    """How far a figure of some columns of `b` lies above that of `a`."""
    first, second = getattr(a.score(columns), figure), getattr(b.score(columns), figure)
    known = first is not None and second is not None
    ours, theirs = a.samples(columns), b.samples(columns)
    bounds = p = None
    if ours is not None and theirs is not None:
        differences = getattr(theirs, figure) - getattr(ours, figure)
        bounds, p = middle(differences), two_sided_p(differences)
    return Difference(
        a=first,
        b=second,
        difference=second - first if known else None,
        interval=Interval(low=bounds[0], high=bounds[1]) if bounds and known else None,
        p=p if known else None,
    )


def is_worse(found: Difference) -> bool:
    """Whether a difference lies below 0 with its whole interval, or has none and is negative."""
    if found.difference is None:
        return False
    return (found.difference if found.interval is None else found.interval.high) < 0
