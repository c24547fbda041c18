"""`extractor batch`, `status` and `export`: runs over many articles."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from extractor.batch.at_provider import ProviderBatch
from extractor.batch.cluster import Cluster
from extractor.batch.engine import MaxFailures
from extractor.batch.limits import Limits
from extractor.batch.manifest import Manifest, RunStatus
from extractor.batch.run import read_outcomes, read_run, run_batch
from extractor.cli.exits import FAILED, INTERRUPTED, MISUSE
from extractor.cli.extract import (
    ApiKeyEnv,
    BaseUrl,
    ContextWindow,
    MaxAttempts,
    Mode,
    Model,
    PromptName,
    Published,
    Quiet,
    Timeout,
)
from extractor.cli.run_progress import make_run_progress, told
from extractor.errors import ConfigError
from extractor.llm.models import ModelSettings
from extractor.report.export import TableFormat, write_tables
from extractor.report.parts import write_parts
from extractor.review.run import write_reviewed

TABLES = "tables"
"""Folder of a run that tables are written to unless another one is named."""

REVIEWED = "reviewed"
"""The same for the articles that people have reviewed."""

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        show_default=False,
        help="Folders, patterns, text, HTML, JSON, JSONL, CSV or Parquet files.",
    ),
]
RunFolder = Annotated[str, typer.Argument(metavar="RUN", help="Folder of a run.")]
Out = Annotated[
    str, typer.Option(metavar="RUN", help="Folder of the run; the same one again goes on with it.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="Column, or field of a JSON record, that holds a field: --column text=body.",
    ),
]
Concurrency = Annotated[
    int,
    typer.Option(min=1, metavar="N", help="Articles worked on at the same time, by each worker."),
]
Rpm = Annotated[
    float | None, typer.Option(min=0.001, metavar="N", help="Requests a minute at most.")
]
Tpm = Annotated[
    float | None,
    typer.Option(min=1, metavar="N", help="Tokens a minute at most, read and written."),
]
MaxCost = Annotated[
    float | None, typer.Option(min=0, metavar="USD", help="Spend no more than this on the run.")
]
MaxTokens = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Read and write no more tokens in the run.")
]
MaxFailed = Annotated[
    str | None,
    typer.Option(metavar="N|SHARE", help="Stop when more articles fail: 50, or 10%, or 0.1."),
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Work again on what failed or was refused.")
]
NewRun = Annotated[
    bool, typer.Option("--new-run", help="Go on with another input or other settings.")
]
InBatches = Annotated[
    bool,
    typer.Option(
        "--provider-batch", help="Ask by the provider's batches: half the price, within a day."
    ),
]
CancelBatches = Annotated[
    bool,
    typer.Option("--cancel-batches", help="Cancel the provider's batches, keep their answers."),
]
Poll = Annotated[
    float | None,
    typer.Option(min=0.1, metavar="SECONDS", help="Look at the batches this often; default: 60."),
]
PartRequests = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Requests of a batch at most; default: 50000."),
]
PartMb = Annotated[
    float | None,
    typer.Option(min=0.001, metavar="MB", help="Size of a batch's file at most; default: 200."),
]
BatchRounds = Annotated[
    int | None,
    typer.Option(
        "--rounds",
        min=1,
        metavar="N",
        help="Batches in turn for one article; default: 1, 24 with stages.",
    ),
]
JsonLog = Annotated[bool, typer.Option("--json-log", help="Progress as JSON, a line each time.")]
EngineName = Annotated[
    Literal["here", "ray"],
    typer.Option("--engine", help="Who works: this process, or the workers of a Ray cluster."),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="auto|HOST:PORT",
        help="The Ray cluster; by default one on this machine for the time of the run.",
    ),
]
Workers = Annotated[int, typer.Option(min=1, metavar="N", help="Workers on the cluster, at most.")]
Export = Annotated[
    list[TableFormat] | None,
    typer.Option("--export", help="Write tables when all is done; may be given several times."),
]
AsJson = Annotated[bool, typer.Option("--json", help="The whole manifest as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(epilog="Example:  extractor batch articles/ --out runs/march --rpm 300")(batch)
    app.command(epilog="Example:  extractor status runs/march")(status)
    app.command(epilog="Example:  extractor export runs/march --format parquet")(export)


def batch(  # noqa: PLR0917 - typer calls it by name
    inputs: Inputs,
    out: Out,
    columns: Columns = None,
    published: Published = None,
    model: Model = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    mode: Mode = None,
    prompt: PromptName = None,
    max_attempts: MaxAttempts = None,
    timeout: Timeout = None,
    context_window: ContextWindow = None,
    concurrency: Concurrency = 8,
    rpm: Rpm = None,
    tpm: Tpm = None,
    max_cost: MaxCost = None,
    max_tokens: MaxTokens = None,
    max_failures: MaxFailed = None,
    retry_failed: RetryFailed = False,
    new_run: NewRun = False,
    provider_batch: InBatches = False,
    cancel_batches: CancelBatches = False,
    poll: Poll = None,
    part_requests: PartRequests = None,
    part_mb: PartMb = None,
    rounds: BatchRounds = None,
    engine: EngineName = "here",
    address: Address = None,
    workers: Workers = 2,
    export: Export = None,
    json_log: JsonLog = False,
    quiet: Quiet = False,
) -> None:
    """Extract from many articles into the folder of a run, which can be taken up again.

    Exit code 0: every article ok, repaired or partial; 1: some failed, were refused or could
    not be read; 2: wrong use or configuration, or a limit ended the run; 130: interrupted.
    """
    cluster = _cluster(engine, address, workers)
    limits = Limits(
        concurrency=concurrency,
        rpm=rpm,
        tpm=tpm,
        max_cost=max_cost,
        max_tokens=max_tokens,
        max_failures=MaxFailures.parse(max_failures) if max_failures else MaxFailures(),
    )
    settings = ModelSettings(
        model=model,
        base_url=base_url,
        api_key_env=api_key_env,
        mode=mode,
        timeout=timeout,
        context_window=context_window,
    )
    options = {
        "poll": poll,
        "max_requests": part_requests,
        "max_bytes": None if part_mb is None else int(part_mb * 1_000_000),
        "rounds": rounds,
        "cancel": cancel_batches or None,
    }
    batches = _provider_batch(options, wanted=provider_batch or cancel_batches)
    progress = make_run_progress(quiet=quiet, json_log=json_log)
    try:
        manifest = run_batch(
            inputs,
            out,
            settings=settings,
            prompt=prompt,
            max_attempts=max_attempts,
            limits=limits,
            columns=_columns(columns or ()),
            published=published.date() if published else None,
            retry_failed=retry_failed,
            new_run=new_run,
            provider_batch=batches,
            cluster=cluster,
            progress=progress,
        )
    finally:
        progress.close()
    progress.end(manifest)
    if manifest.status is RunStatus.COMPLETE:
        for form in export or ():
            _write(out, Path(out) / TABLES, form, cluster)
    raise typer.Exit(_code(manifest))


def status(run: RunFolder, as_json: AsJson = False) -> None:
    """Tell how far a run is, what it took, and what went wrong."""
    manifest = read_run(run)
    typer.echo(manifest.model_dump_json(indent=2) if as_json else told(manifest))


def export(  # noqa: PLR0917 - typer calls it by name
    run: RunFolder,
    form: Annotated[
        TableFormat | None,
        typer.Option("--format", show_default=False, help="How the tables are written."),
    ] = None,
    reviewed: Annotated[
        bool,
        typer.Option("--reviewed", help="Instead of tables: what people corrected, as gold data."),
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Where to; default: tables/ or reviewed/ in the run."),
    ] = None,
    engine: EngineName = "here",
    address: Address = None,
    workers: Workers = 2,
) -> None:
    """Write what a run has so far as tables that join, and name the files.

    With --reviewed: the corrected results of the articles that a person marked as done.
    """
    if (form is None) is not reviewed:
        raise ConfigError("give either --format for tables, or --reviewed")
    if form is None:
        files = write_reviewed(run, out or Path(run) / REVIEWED)
    else:
        files = _write(run, out or Path(run) / TABLES, form, _cluster(engine, address, workers))
    for file in files:
        typer.echo(file)


def _cluster(engine: str, address: str | None, workers: int) -> Cluster | None:
    if engine != "ray":
        if address is not None:
            raise ConfigError("--address is that of a Ray cluster: give --engine ray as well")
        return None
    return Cluster(address=address, workers=workers)


def _write(run: str, folder: str | Path, form: TableFormat, cluster: Cluster | None) -> list[Path]:
    if cluster is not None:
        return write_parts(run, folder, form, cluster)
    return write_tables(read_outcomes(run), folder, form)


def _columns(given: Sequence[str]) -> Mapping[str, str]:
    pairs = [item.partition("=") for item in given]
    for field, equals, name in pairs:
        if not (field and equals and name):
            raise ConfigError(f"--column {field}{equals}{name}: write it as FIELD=NAME")
    return {field: name for field, _, name in pairs}


def _provider_batch(options: Mapping[str, Any], *, wanted: bool) -> ProviderBatch | None:
    given = {name: value for name, value in options.items() if value is not None}
    if wanted:
        return ProviderBatch(**given)
    if given:
        raise ConfigError(
            "--poll, --part-requests, --part-mb and --rounds are about the provider's batches: "
            "give --provider-batch too, or leave them out"
        )
    return None


def _code(manifest: Manifest) -> int:
    if manifest.status is RunStatus.INTERRUPTED:
        return INTERRUPTED
    if manifest.status is RunStatus.STOPPED:
        return MISUSE
    return FAILED if manifest.failed or manifest.unreadable else 0
