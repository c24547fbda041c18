"""`extractor evaluate` and `extractor compare`: how good results are, in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, cast

import typer

from extractor.articles import Article
from extractor.cli.console import ConsoleProgress, make_progress
from extractor.cli.exits import BELOW, FAILED, MISUSE
from extractor.cli.extract import (
    ApiKeyEnv,
    BaseUrl,
    Concurrency,
    ContextWindow,
    MaxCost,
    Mode,
    Model,
    PromptName,
    Quiet,
    Timeout,
)
from extractor.cli.publish import publish
from extractor.errors import ConfigError
from extractor.evaluation.compare import compare as compare_gold
from extractor.evaluation.data import LabelledArticle, PredictedData, read_gold
from extractor.evaluation.evaluate import Breakdown
from extractor.evaluation.evaluate import evaluate as evaluate_gold
from extractor.evaluation.muc4 import compare_muc4, evaluate_muc4
from extractor.evaluation.muc4_data import Muc4Document, read_muc4
from extractor.evaluation.reports import ComparisonReport, EvaluationReport, Muc4Report
from extractor.evaluation.run import NOT_ASKED, run_articles
from extractor.evaluation.scoring import SAMPLES, SEED
from extractor.pipeline.extractor import Extractor
from extractor.pipeline.outcome import Outcome


class GoldFormat(StrEnum):
    """What the gold data are."""

    GOLD = "gold"
    MUC4 = "muc4"


Predictions = Annotated[
    str,
    typer.Argument(
        metavar="PREDICTIONS",
        show_default=False,
        help="Stored outcomes or extractions: a JSONL file, or a folder with outcomes.jsonl.",
    ),
]
Gold = Annotated[str, typer.Argument(metavar="GOLD", show_default=False, help="The gold data.")]
OptionalGold = Annotated[
    str | None,
    typer.Argument(
        metavar="GOLD",
        show_default=False,
        help="The gold data. With --run they are the only argument.",
    ),
]
Run = Annotated[bool, typer.Option("--run", help="Extract the gold articles first.")]
FormatName = Annotated[
    GoldFormat,
    typer.Option(
        "--format",
        help="gold: a folder with articles.jsonl and labels.jsonl; muc4: a file of records.",
    ),
]
JsonFile = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write the whole report here; - for stdout."),
]
HtmlFile = Annotated[
    str | None,
    typer.Option(
        "--html", metavar="FILE", help="Write a page with plots and mismatches here; - for stdout."
    ),
]
By = Annotated[
    list[Breakdown] | None,
    typer.Option(help="Break the scores down; may be given again.", show_default=False),
]
Errors = Annotated[
    bool, typer.Option("--errors", help="List what differs, with both sides and the sentence.")
]
FailUnder = Annotated[
    float | None,
    typer.Option(min=0, max=1, metavar="F", help="Exit code 3 if the overall F1 is below F."),
]
AllowMissing = Annotated[
    bool,
    typer.Option("--allow-missing", help="Leave gold articles out that have no prediction."),
]
Samples = Annotated[
    int, typer.Option(min=0, metavar="N", help="Samples of the bootstrap; 0 for no intervals.")
]
Seed = Annotated[int, typer.Option(min=0, metavar="N", help="Seed of the bootstrap.")]
Limit = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="With --run: the first N articles only.")
]
OutFolder = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="With --run: keep the outcomes here; what is done there is not asked again.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(epilog="Example:  extractor evaluate --run gold/ --out runs/first")(evaluate)
    app.command(epilog="Example:  extractor compare runs/first runs/second gold/")(compare)


def evaluate(  # noqa: PLR0917 - typer calls it by name
    predictions: Predictions,
    gold: OptionalGold = None,
    run: Run = False,
    form: FormatName = GoldFormat.GOLD,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
    by: By = None,
    errors: Errors = False,
    fail_under: FailUnder = None,
    allow_missing: AllowMissing = False,
    samples: Samples = SAMPLES,
    seed: Seed = SEED,
    model: Model = None,
    prompt: PromptName = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    mode: Mode = None,
    max_cost: MaxCost = None,
    timeout: Timeout = None,
    context_window: ContextWindow = None,
    limit: Limit = None,
    out: OutFolder = None,
    concurrency: Concurrency = 8,
    quiet: Quiet = False,
) -> None:
    """Score stored results, or with --run fresh ones, against gold labels.

    Exit code 0: scored; 1: with --run, some articles failed and count as empty; 2: wrong use
    or configuration; 3: the overall F1 is below --fail-under.
    """
    _check_use(gold, run=run, out=out, limit=limit)
    data = _read(gold or predictions, form).first(limit)
    scoring = _Scoring(errors or html_file is not None, allow_missing, samples, seed)
    found, code = cast("PredictedData", predictions), 0
    if run:
        settings = {
            "model": model,
            "prompt": prompt,
            "base_url": base_url,
            "api_key_env": api_key_env,
            "mode": mode,
            "max_cost": max_cost,
            "timeout": timeout,
            "context_window": context_window,
        }
        found, code = _extracted(data.articles, settings, out or "", concurrency, quiet=quiet)
    report = data.evaluate(found, by or (), scoring)
    publish(report, json_file=json_file, html_file=html_file, mismatches=errors)
    raise typer.Exit(_threshold(report, fail_under) or code)


def compare(  # noqa: PLR0917 - typer calls it by name
    a: Annotated[str, typer.Argument(metavar="A", help="First run.", show_default=False)],
    b: Annotated[str, typer.Argument(metavar="B", help="Second run.", show_default=False)],
    gold: Gold,
    form: FormatName = GoldFormat.GOLD,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
    fail_if_worse: Annotated[
        bool,
        typer.Option(
            "--fail-if-worse", help="Exit code 3 if B is worse: the interval lies below 0."
        ),
    ] = False,
    allow_missing: AllowMissing = False,
    samples: Samples = SAMPLES,
    seed: Seed = SEED,
) -> None:
    """Compare two runs on the same articles: difference, its interval, and p.

    Exit code 0: compared; 2: wrong use; 3: with --fail-if-worse, B is worse than A.
    """
    scoring = _Scoring(errors=False, allow_missing=allow_missing, samples=samples, seed=seed)
    report = _read(gold, form).compare(a, b, scoring)
    publish(report, json_file=json_file, html_file=html_file)
    if fail_if_worse and report.worse:
        raise typer.Exit(BELOW)


@dataclass(frozen=True)
class _Scoring:
    """How to score, whatever the format."""

    errors: bool
    allow_missing: bool
    samples: int
    seed: int


@dataclass(frozen=True)
class _Labelled:
    """Gold labels."""

    data: Sequence[LabelledArticle]

    @property
    def articles(self) -> list[Article]:
        return [labelled.article for labelled in self.data]

    def first(self, count: int | None) -> "_Labelled":
        return _Labelled(self.data[:count])

    def evaluate(
        self, predictions: PredictedData, by: Sequence[Breakdown], how: _Scoring
    ) -> EvaluationReport:
        return evaluate_gold(
            predictions,
            self.data,
            by=by,
            errors=how.errors,
            allow_missing=how.allow_missing,
            samples=how.samples,
            seed=how.seed,
        )

    def compare(self, a: str, b: str, how: _Scoring) -> ComparisonReport:
        return compare_gold(
            a,
            b,
            self.data,
            allow_missing=how.allow_missing,
            samples=how.samples,
            seed=how.seed,
        )


@dataclass(frozen=True)
class _Templates:
    """MUC-4 records."""

    data: Sequence[Muc4Document]

    @property
    def articles(self) -> list[Article]:
        return [document.article for document in self.data]

    def first(self, count: int | None) -> "_Templates":
        return _Templates(self.data[:count])

    def evaluate(
        self, predictions: PredictedData, by: Sequence[Breakdown], how: _Scoring
    ) -> Muc4Report:
        if by:
            raise ConfigError("--by breaks down the scores of --format gold only")
        return evaluate_muc4(
            predictions,
            self.data,
            errors=how.errors,
            allow_missing=how.allow_missing,
            samples=how.samples,
            seed=how.seed,
        )

    def compare(self, a: str, b: str, how: _Scoring) -> ComparisonReport:
        return compare_muc4(
            a,
            b,
            self.data,
            allow_missing=how.allow_missing,
            samples=how.samples,
            seed=how.seed,
        )


def _check_use(gold: str | None, *, run: bool, out: str | None, limit: int | None) -> None:
    if run and gold is not None:
        raise ConfigError("--run takes the gold data only: extractor evaluate --run GOLD")
    if run and not out:
        raise ConfigError("--run needs --out DIR, where the outcomes are kept")
    if not run and gold is None:
        raise ConfigError("give predictions and gold data, or --run and the gold data only")
    if not run and (out or limit):
        raise ConfigError("--out and --limit belong to --run")


def _read(gold: str, form: GoldFormat) -> _Labelled | _Templates:
    return _Templates(read_muc4(gold)) if form is GoldFormat.MUC4 else _Labelled(read_gold(gold))


def _extracted(
    articles: Sequence[Article],
    settings: Mapping[str, Any],
    folder: str,
    concurrency: int,
    *,
    quiet: bool,
) -> tuple[list[Outcome], int]:
    """The outcomes of the articles, and the exit code that those which failed ask for."""
    progress = make_progress(quiet=quiet)
    try:
        with Extractor(**settings, progress=progress) as extractor:
            outcomes = run_articles(
                extractor, articles, folder, concurrency=concurrency, progress=progress
            )
        code = _tell_failures(outcomes, progress)
    finally:
        progress.close()
    if code == MISUSE:
        # The run ended before its end: its scores would say nothing.
        raise typer.Exit(code)
    return outcomes, code


def _tell_failures(outcomes: Sequence[Outcome], progress: ConsoleProgress) -> int:
    """Name each article that failed; the exit code that they ask for."""
    code = 0
    for outcome in outcomes:
        if outcome.error is None:
            continue
        code = max(code, MISUSE if outcome.error.stops_run else FAILED)
        if outcome.error.kind != NOT_ASKED:
            progress.error(f"{outcome.article.id}: {outcome.error.message}")
    return code


def _threshold(report: EvaluationReport | Muc4Report, fail_under: float | None) -> int:
    """The exit code for a threshold: an undefined F1 does not reach any."""
    if fail_under is None:
        return 0
    return 0 if report.overall.f1 is not None and report.overall.f1 >= fail_under else BELOW
