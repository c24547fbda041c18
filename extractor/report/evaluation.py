"""The evaluation view: figures with their intervals, what is taken for what, and mismatches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from extractor.evaluation.reports import (
    ComparisonReport,
    Confusion,
    Difference,
    EvaluationReport,
    Interval,
    Mismatch,
    Muc4Report,
    Score,
)
from extractor.report.page import CHARTS, render
from extractor.report.plain import plain
from extractor.report.words import spoken

_SCRIPTS = (*CHARTS, "charts.js", "evaluation.js")
_SHADES = 5


@dataclass(frozen=True)
class ScoreTable:
    """Scores with a title, as a plot and as a table."""

    title: str
    id: str
    scores: Mapping[str, Score]


@dataclass(frozen=True)
class ConfusionTable:
    """How often each gold value was predicted as what, with every value in its place."""

    title: str
    found: Confusion

    @property
    def columns(self) -> list[str]:
        """The predicted values, in the order of the gold ones where they have one."""
        predicted = {name for row in self.found.rows.values() for name in row}
        known = [name for name in self.found.rows if name in predicted]
        return [*known, *sorted(predicted.difference(known))]

    @staticmethod
    def shade(row: Mapping[str, int], count: int) -> int:
        """How dark a cell is: from 0 for none to 5 for all of its row."""
        return -(-count * _SHADES // sum(row.values()))


def evaluation_page(report: EvaluationReport | Muc4Report) -> str:
    """A self-contained page on how well predictions agree with gold."""
    tables = list(_score_tables(report))
    mismatches = report.mismatches or ()
    return render(
        "evaluation.html",
        title=_heading(report),
        scripts=_SCRIPTS,
        data={"plots": {table.id: _plot(table) for table in tables}},
        heading=_heading(report),
        report=report,
        tables=tables,
        confusions=list(_confusions(report)),
        mismatches=[(one, mismatch_kind(one)) for one in mismatches],
        fields=list(dict.fromkeys(one.field for one in mismatches)),
    )


def comparison_page(report: ComparisonReport) -> str:
    """A self-contained page on how two runs differ."""
    figures = [_drawn(spoken(name), found) for name, found in report.figures.items()]
    reach = max((abs(end) for figure in figures for end in _ends(figure)), default=0.0)
    edge = max(0.05, reach * 1.05)
    plot = {"label": "B - A", "figures": figures, "low": -edge, "high": edge, "zero": True}
    return render(
        "comparison.html",
        title="Comparison of two runs",
        scripts=_SCRIPTS,
        data={"plots": {"plot-differences": plot}},
        report=report,
    )


def mismatch_kind(one: Mismatch) -> str:
    """What sort of mismatch it is: `missed`, `not gold` or `differs`."""
    if one.predicted is None:
        return "missed"
    return "not gold" if one.gold is None else "differs"


def _heading(report: EvaluationReport | Muc4Report) -> str:
    return plain("; ".join(report.models)) or "Results against labels"


def _score_tables(report: EvaluationReport | Muc4Report) -> Iterable[ScoreTable]:
    overall: dict[str, Score] = {"all facts": report.overall}
    relevance: dict[str, Score] = {"any incident": report.relevance}
    if isinstance(report, Muc4Report):
        yield ScoreTable("Scores", "plot-records", overall | relevance)
        slots = {spoken(name): score for name, score in report.slots.items()}
        yield ScoreTable("By slot", "plot-fields", slots)
        return
    records = {f"{name}s": score for name, score in report.records.items()}
    yield ScoreTable("Scores", "plot-records", overall | records | relevance)
    fields = {spoken(name): score for name, score in report.fields.items()}
    yield ScoreTable("By field", "plot-fields", fields)
    for by, groups in report.groups.items():
        scores = {plain(name): group.overall for name, group in groups.items()}
        yield ScoreTable(f"By {by}", f"plot-{by}", scores)


def _confusions(report: EvaluationReport | Muc4Report) -> Iterable[ConfusionTable]:
    if isinstance(report, EvaluationReport):
        found = {**report.confusion, "source": report.sources}
        yield from (ConfusionTable(spoken(name), one) for name, one in found.items() if one.rows)


def _plot(table: ScoreTable) -> dict[str, Any]:
    figures = [
        {"name": name, "value": score.f1, "interval": _bounds(score.f1_interval)}
        for name, score in table.scores.items()
    ]
    return {"label": f"{table.title}: F1", "figures": figures, "low": 0, "high": 1, "zero": False}


def _drawn(name: str, found: Difference) -> dict[str, Any]:
    return {"name": name, "value": found.difference, "interval": _bounds(found.interval)}


def _bounds(found: Interval | None) -> dict[str, float] | None:
    return None if found is None else found.model_dump()


def _ends(figure: Mapping[str, Any]) -> list[float]:
    ends = [figure["value"], *(figure["interval"] or {}).values()]
    return [end for end in ends if end is not None]
