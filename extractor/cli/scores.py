"""Reports of scores for a person to read."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from extractor.evaluation.behaviour import Behaviour
from extractor.evaluation.reports import (
    ArticleFailure,
    Baseline,
    BehaviourReport,
    BehaviourResult,
    CasualtyFigures,
    ComparisonReport,
    Confusion,
    Difference,
    EvaluationReport,
    Grounding,
    Interval,
    MacroScore,
    Mismatch,
    Muc4Baseline,
    Muc4Report,
    Rate,
    Relevance,
    Score,
)
from extractor.evaluation.reports import (
    Group as ScoreGroup,
)
from extractor.report.plain import plain
from extractor.report.words import spoken

_WIDTH = 100
_CONFUSIONS = 5
"""Confusions told of each kind; the JSON report has all of them."""
_SCORE_HEAD = ("", "F1", "95% interval", "precision", "recall", "right", "wrong", "missed")
_UNDEFINED = "-"
_BEHAVIOURS = {
    Behaviour.ENUM_ORDER: "labels stay when enums are reordered",
    Behaviour.EXAMPLE_LEAK: "no text of a worked example leaks",
    Behaviour.NO_INCIDENT: "nothing extracted that did not happen",
    Behaviour.INSTRUCTION: "an instruction changes nothing",
    Behaviour.REPEAT: "same input, same output",
}
_DIFFERENCES = 4
"""Differences told of a case; the JSON report has all of them."""


def evaluation_text(report: EvaluationReport) -> str:
    """The report of `evaluate`."""
    return _text(
        [
            *_about(report),
            _scores(
                {"overall": report.overall, **_macro_row(report.macro), **_plural(report.records)}
            ),
            *_titled("by field", _scores(report.fields)),
            *_titled("does the article report any incident", _relevance(report.relevance)),
            *_titled("grounding", _grounding(report.grounding)),
            *_titled("casualty figures of paired incidents", _figures(report.casualties)),
            *_titled("labels of paired records", _confusions(report)),
            *_titled("without a model", _baselines(report.baselines)),
            *(
                part
                for by, groups in report.groups.items()
                for part in _titled(f"by {by}", _groups(groups))
            ),
            *_mismatches(report.mismatches),
        ]
    )


def muc4_text(report: Muc4Report) -> str:
    """The report of `evaluate --format muc4`."""
    return _text(
        [
            *_about(report),
            _scores({"overall": report.overall, **_macro_row(report.macro)}),
            *_titled("by slot", _scores({spoken(k): v for k, v in report.slots.items()})),
            *_titled("does the article report any incident", _relevance(report.relevance)),
            *_titled("without a model", _baselines(report.baselines)),
            *_mismatches(report.mismatches),
        ]
    )


def comparison_text(report: ComparisonReport) -> str:
    """The report of `compare`."""
    table = _table(("", "A", "B", "B - A", "95% interval", "p"))
    for name, found in report.figures.items():
        table.add_row(*_difference(name, found))
    failed = [
        Text(
            f"{_plural_of(len(failures), 'article')} of {side.upper()} failed and counted as empty"
        )
        for side, failures in report.failures.items()
        if failures
    ]
    verdict = "B is worse than A" if report.worse else "B is not shown to be worse than A"
    head = f"{_plural_of(report.articles, 'article')} in both, {len(report.missing)} left out"
    return _text([Text(head), *failed, Text(), table, Text(), Text(verdict, "bold")])


def behaviour_text(report: BehaviourReport) -> str:
    """The report of `behaviour`."""
    table = _table(("", "rate", "passed", "cases", "failed"))
    for name, result in report.behaviours.items():
        table.add_row(_BEHAVIOURS[Behaviour(name)], *_rate(result), str(result.failed))
    beside = _table(("", "rate", "right", "of"))
    beside.add_row("single labels that stay", *_rate(report.labels))
    beside.add_row("reported incidents found at all", *_rate(report.found))
    head = f"{_plural_of(report.cases, 'case')}, {report.model} with {report.prompt}"
    return _text(
        [
            Text(plain(head)),
            Text(),
            table,
            Text(),
            beside,
            *(
                part
                for name, result in report.behaviours.items()
                for part in _problems(_BEHAVIOURS[Behaviour(name)], result)
            ),
        ]
    )


def _rate(found: Rate) -> Iterator[str]:
    yield _number(found.rate)
    yield str(found.passed)
    yield str(found.total)


def _problems(title: str, result: BehaviourResult) -> Iterator[RenderableType]:
    if not result.problems:
        return
    yield Text()
    yield Text(f"not shown: {title}", "bold")
    for problem in result.problems:
        yield Padding(Text(plain(problem.case)), (0, 0, 0, 2))
        more = len(problem.differences) - _DIFFERENCES
        for told in problem.differences[:_DIFFERENCES]:
            yield Padding(Text(plain(told)), (0, 0, 0, 4))
        if more > 0:
            yield Padding(Text(f"… and {more} more"), (0, 0, 0, 4))


def _text(parts: Iterable[RenderableType]) -> str:
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=_WIDTH,
        color_system=None,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )
    console.print(Group(*parts))
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _about(report: EvaluationReport | Muc4Report) -> Iterator[RenderableType]:
    counted = f"{_plural_of(report.articles, 'article')}, {len(report.failures)} failed"
    if report.missing:
        counted += f", {len(report.missing)} left out for want of a prediction"
    yield Text(counted)
    if report.models:
        yield Text(plain("; ".join(report.models)))
    yield from map(_failure, report.failures)
    yield Text()


def _failure(failure: ArticleFailure) -> Text:
    return Text(plain(f"failed, counted as empty: {failure.article}: {failure.error}"))


def _titled(title: str, body: RenderableType) -> Iterator[RenderableType]:
    yield Text()
    yield Text(title, "bold")
    yield Padding(body, (0, 0, 0, 2))


def _table(head: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for number, name in enumerate(head):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    return table


def _scores(scores: Mapping[str, Score | MacroScore]) -> Table:
    table = _table(_SCORE_HEAD)
    for name, score in scores.items():
        table.add_row(name, *_cells(score))
    return table


def _cells(score: Score | MacroScore) -> Iterator[str]:
    yield _number(score.f1)
    yield _range(score.f1_interval) if isinstance(score, Score) else ""
    yield _number(score.precision)
    yield _number(score.recall)
    if isinstance(score, Score):
        yield from map(str, (score.tp, score.fp, score.fn))


def _macro_row(score: MacroScore) -> dict[str, MacroScore]:
    return {"mean of articles": score}


def _plural(records: Mapping[str, Score]) -> dict[str, Score]:
    return {f"{kind}s": score for kind, score in records.items()}


def _relevance(score: Relevance) -> RenderableType:
    counts = f"{score.tp} rightly yes, {score.tn} rightly no, {score.fp} wrongly yes, "
    figures = f"F1 {_number(score.f1)} ({_range(score.f1_interval)}), "
    figures += f"precision {_number(score.precision)}, recall {_number(score.recall)}"
    return Group(Text(figures), Text(counts + f"{score.fn} wrongly no"))


def _grounding(found: Grounding) -> RenderableType:
    quoted = f"{found.verbatim} of {found.quotes} quotes verbatim ({_percent(found.rate)})"
    if found.dropped is None:
        return Text(f"{quoted}; values dropped as ungrounded: not recorded")
    dropped = f"{_plural_of(found.dropped, 'value')} dropped as ungrounded"
    return Text(f"{quoted}; {dropped} ({_percent(found.dropped_rate)})")


def _figures(found: CasualtyFigures) -> RenderableType:
    error = "" if found.mean_absolute_error is None else f"{found.mean_absolute_error:.1f}"
    return Text(
        f"{found.gold} gold, {found.predicted} predicted, {found.compared} of one kind compared: "
        f"{found.exact} exact, {found.overlapping} overlapping, "
        f"{found.same_source} from the same source; "
        f"mean absolute error {error or _UNDEFINED} over {found.numbered}"
    )


def _confusions(report: EvaluationReport) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for name, found in {**report.confusion, "source": report.sources}.items():
        agreement = f"{found.agreeing} of {found.total} agree"
        table.add_row(Text(spoken(name)), Text(agreement), Text(_most_confused(found)))
    return table


def _most_confused(found: Confusion) -> str:
    wrong = [
        (count, gold, predicted)
        for gold, row in found.rows.items()
        for predicted, count in row.items()
        if gold != predicted
    ]
    wrong.sort(key=lambda item: (-item[0], *item[1:]))
    return "; ".join(f"{gold} → {predicted} {n}" for n, gold, predicted in wrong[:_CONFUSIONS])


def _baselines(baselines: Sequence[Baseline | Muc4Baseline]) -> Table:
    table = _table((*_SCORE_HEAD[:-3], "relevance F1"))
    for found in baselines:
        cells = [*_cells(found.overall)][:4]
        table.add_row(found.name, *cells, _number(found.relevance.f1))
    return table


def _groups(groups: Mapping[str, ScoreGroup]) -> Table:
    table = _table(("", "articles", *_SCORE_HEAD[1:]))
    for name, group in groups.items():
        table.add_row(plain(name), str(group.articles), *_cells(group.overall))
    return table


def _mismatches(mismatches: Sequence[Mismatch] | None) -> Iterator[RenderableType]:
    if mismatches is None:
        return
    yield Text()
    yield Text(_plural_of(len(mismatches), "mismatch", "mismatches"), "bold")
    last = ""
    for one in mismatches:
        if one.article != last:
            yield Text(plain(one.article))
            last = one.article
        yield Padding(_mismatch(one), (0, 0, 0, 2))


def _mismatch(one: Mismatch) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in (("gold", one.gold), ("predicted", one.predicted)):
        grid.add_row(Text(label), Text(_UNDEFINED if value is None else plain(value)))
    if one.sentence:
        grid.add_row(Text("in"), Text(f"“{plain(one.sentence)}”"))
    return Group(Text(f"{one.record} {one.field}"), Padding(grid, (0, 0, 0, 2)))


def _difference(name: str, found: Difference) -> Iterator[str]:
    yield name
    yield _number(found.a)
    yield _number(found.b)
    yield _UNDEFINED if found.difference is None else f"{found.difference:+.3f}"
    yield _range(found.interval, sign="+")
    yield _number(found.p)


def _plural_of(count: int, one: str, more: str | None = None) -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _number(value: float | None) -> str:
    return _UNDEFINED if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.1%}"


def _range(found: Interval | None, sign: str = "") -> str:
    if found is None:
        return _UNDEFINED
    return f"{found.low:{sign}.3f} to {found.high:{sign}.3f}"
