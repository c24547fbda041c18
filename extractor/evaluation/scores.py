"""From counts of each article to scores with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.evaluation.numerics import Resampler, middle, ratios
from extractor.evaluation.reports import ArticleScore, Interval, MacroScore, Score

if TYPE_CHECKING:
    from extractor.evaluation.numerics import Floats

Cell = tuple[int, int, int]
"""True positives, false positives, false negatives."""


def precision_recall_f1(
    tp: int, fp: int, fn: int
) -> tuple[float | None, float | None, float | None]:
    """The three figures, each None where it is undefined."""
    return (
        tp / (tp + fp) if tp + fp else None,
        tp / (tp + fn) if tp + fn else None,
        2 * tp / (2 * tp + fp + fn) if tp + fp + fn else None,
    )


def plain_score(cells: Sequence[Cell]) -> Score:
    """The score of some counts, without intervals."""
    tp, fp, fn = (sum(column) for column in zip(*cells, strict=True)) if cells else (0, 0, 0)
    precision, recall, f1 = precision_recall_f1(tp, fp, fn)
    return Score(tp=tp, fp=fp, fn=fn, precision=precision, recall=recall, f1=f1)


def macro(articles: Sequence[Score]) -> MacroScore:
    """Means over the articles where a figure is defined."""
    return MacroScore(
        precision=_mean([score.precision for score in articles]),
        recall=_mean([score.recall for score in articles]),
        f1=_mean([score.f1 for score in articles]),
        articles=sum(score.f1 is not None for score in articles),
    )


def article_scores(
    names: Sequence[str], rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]
) -> tuple[ArticleScore, ...]:
    """The score of some columns together for each article."""
    return tuple(
        ArticleScore(article=name, overall=plain_score([row[column] for column in columns]))
        for name, row in zip(names, rows, strict=True)
    )


@dataclass(frozen=True)
class Samples:
    """Precision, recall and F1 in each sample of the bootstrap, nan where undefined."""

    precision: "Floats"
    recall: "Floats"
    f1: "Floats"


class Table:
    """Counts of each article by column, and what resampling makes of them.

    Args:
        rows: For each article the counts of each column; all have the same columns.
        resampler: Draws the articles.
    """

    def __init__(self, rows: Sequence[Mapping[str, Cell]], resampler: Resampler) -> None:
        self.rows = rows
        self._columns = {name: number for number, name in enumerate(rows[0])}
        flat = [[count for cell in row.values() for count in cell] for row in rows]
        self._totals = resampler.totals(flat)

    def score(self, columns: Sequence[str]) -> Score:
        """The micro-averaged score of some columns together, with intervals."""
        found = plain_score([row[name] for row in self.rows for name in columns])
        samples = self.samples(columns)
        if samples is None:
            return found
        intervals = {
            "precision_interval": _interval(samples.precision),
            "recall_interval": _interval(samples.recall),
            "f1_interval": _interval(samples.f1),
        }
        return found.model_copy(update=intervals)

    def samples(self, columns: Sequence[str]) -> Samples | None:
        """The figures of some columns together in each sample."""
        if self._totals is None:
            return None
        places = [3 * self._columns[name] for name in columns]
        tp, fp, fn = (
            self._totals[:, [place + offset for place in places]].sum(axis=1) for offset in range(3)
        )
        return Samples(
            precision=ratios(tp, tp + fp),
            recall=ratios(tp, tp + fn),
            f1=ratios(2 * tp, 2 * tp + fp + fn),
        )


def _interval(values: "Floats") -> Interval | None:
    bounds = middle(values)
    return None if bounds is None else Interval(low=bounds[0], high=bounds[1])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
