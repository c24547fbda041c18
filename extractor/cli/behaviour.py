"""`extractor behaviour`: whether a model with a prompt behaves, as rates."""

from typing import Annotated

import typer

from extractor.cli.console import make_progress
from extractor.cli.evaluate import JsonFile
from extractor.cli.exits import BELOW, FAILED
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
from extractor.evaluation.behaviour import check_behaviour
from extractor.evaluation.behaviour_cases import read_behaviour_cases
from extractor.evaluation.reports import BehaviourReport
from extractor.pipeline.extractor import Extractor

Cases = Annotated[
    str,
    typer.Argument(
        metavar="CASES",
        show_default=False,
        help="A JSONL file of articles with `instruction` and `reports_incident`.",
    ),
]
Limit = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="The first N cases of each behaviour only.")
]
FailUnder = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, metavar="RATE", help="Exit code 3 if a behaviour is shown less often."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example:  extractor behaviour examples/behaviour/cases.jsonl")(behaviour)


def behaviour(  # noqa: PLR0917 - typer calls it by name
    cases: Cases,
    json_file: JsonFile = None,
    fail_under: FailUnder = None,
    limit: Limit = None,
    model: Model = None,
    prompt: PromptName = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    mode: Mode = None,
    max_cost: MaxCost = None,
    timeout: Timeout = None,
    context_window: ContextWindow = None,
    concurrency: Concurrency = 8,
    quiet: Quiet = False,
) -> None:
    """Test how a model with a prompt behaves on articles that need no labels.

    Labels stay when enums are reordered, no worked example leaks, what did not happen is not
    extracted, an instruction in the article changes nothing, and the same input gives the same
    output. Exit code 0: tested; 1: some articles failed, and count in no rate; 2: wrong use or
    configuration; 3: a rate is below --fail-under.
    """
    read = read_behaviour_cases(cases)
    progress = make_progress(quiet=quiet)
    try:
        with Extractor(
            model=model,
            prompt=prompt,
            base_url=base_url,
            api_key_env=api_key_env,
            mode=mode,
            max_cost=max_cost,
            timeout=timeout,
            context_window=context_window,
            progress=progress,
        ) as extractor:
            report = check_behaviour(
                extractor, read, limit=limit, concurrency=concurrency, progress=progress
            )
        for failure in report.failures:
            progress.error(f"{failure.article}: {failure.error}")
    finally:
        progress.close()
    publish(report, json_file=json_file)
    raise typer.Exit(_threshold(report, fail_under) or (FAILED if report.failures else 0))


def _threshold(report: BehaviourReport, fail_under: float | None) -> int:
    """The exit code for a threshold; a behaviour that no case is for is not asked for."""
    if fail_under is None:
        return 0
    tested = [one for one in report.behaviours.values() if one.total or one.failed]
    return 0 if all((one.rate or 0) >= fail_under for one in tested) else BELOW
