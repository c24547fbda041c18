"""`extractor extract`: articles in, outcomes out."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import typer

from extractor.articles import Article, read_articles
from extractor.cli.console import ConsoleProgress, make_progress
from extractor.cli.exits import FAILED, MISUSE
from extractor.cli.output import Format, Sink, chosen_format, open_sink, spare_articles
from extractor.errors import ArticleError
from extractor.pipeline.extractor import Extractor
from extractor.pipeline.outcome import Outcome
from extractor.schemas import Provenance

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        show_default=False,
        help="Text, Markdown, HTML, JSON or JSONL files; - for standard input.",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(help="Model, such as openai/NAME or local/NAME; default: the embedded model."),
]
BaseUrl = Annotated[
    str | None, typer.Option(help="Address of an OpenAI-compatible server, ending in /v1.")
]
ApiKeyEnv = Annotated[
    str | None, typer.Option(metavar="NAME", help="Environment variable that holds the key.")
]
Mode = Annotated[
    str | None, typer.Option(help="How the schema reaches the model: json_schema, tools or json.")
]
PromptName = Annotated[
    str | None, typer.Option(metavar="NAME[@VERSION]", help="Prompt; default: the newest.")
]
Published = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Day of publication (YYYY-MM-DD) of articles that do not give their own.",
    ),
]
FormatName = Annotated[
    Format | None,
    typer.Option("--format", help="Default: by the ending of --out, else table."),
]
Out = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|DIR",
        help="Write here instead of standard output; in a folder, a file for each article.",
    ),
]
MaxAttempts = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Answers asked for per article at most.")
]
MaxCost = Annotated[
    float | None, typer.Option(min=0, metavar="USD", help="Spend no more than this.")
]
Timeout = Annotated[
    float | None, typer.Option(min=0.001, metavar="S", help="Seconds to wait for an answer.")
]
ContextWindow = Annotated[
    int | None,
    typer.Option(min=512, metavar="N", help="Tokens that the model takes, prompt and answer."),
]
Concurrency = Annotated[
    int, typer.Option(min=1, metavar="N", help="Articles worked on at the same time.")
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Tell attempts, tokens, cost and time.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no notes.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example:  extractor extract article.html --out result.json")(extract)


def extract(  # noqa: PLR0917 - typer calls it by name
    paths: Paths,
    model: Model = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    mode: Mode = None,
    prompt: PromptName = None,
    published: Published = None,
    form: FormatName = None,
    out: Out = None,
    max_attempts: MaxAttempts = None,
    max_cost: MaxCost = None,
    timeout: Timeout = None,
    context_window: ContextWindow = None,
    concurrency: Concurrency = 8,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Extract incidents, actors and who says what about them from articles.

    Exit code 0: every article ok, repaired or partial; 1: some failed, were refused or could
    not be read; 2: wrong use or configuration; 130: interrupted.
    """
    chosen = chosen_format(form, out)
    spare_articles(out, chosen, paths)
    progress = make_progress(quiet=quiet)
    run = _Run(progress, verbose=verbose, form=chosen, out=out)
    try:
        articles = run.read(paths, published)
        with (
            open_sink(out, run.form) as sink,
            Extractor(
                model=model,
                prompt=prompt,
                base_url=base_url,
                api_key_env=api_key_env,
                mode=mode,
                max_attempts=max_attempts,
                max_cost=max_cost,
                timeout=timeout,
                context_window=context_window,
                progress=progress,
            ) as extractor,
        ):
            run.work(extractor, articles, sink, concurrency)
    finally:
        progress.close()
        run.tell_total()
    raise typer.Exit(run.exit_code)


@dataclass
class _Run:
    """One run of the command: what is counted and told while it goes on."""

    progress: ConsoleProgress
    verbose: bool
    form: Format
    out: str | None
    total: int = 0
    unreadable: int = 0
    exit_code: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    cost: float | None = 0.0

    def read(self, paths: Sequence[str], published: datetime | None) -> list[Article]:
        """The articles that can be read; the others are told of, and the run goes on."""
        articles: list[Article] = []
        for item in read_articles(paths, published=published.date() if published else None):
            if isinstance(item, ArticleError):
                self.progress.error(str(item))
                self.unreadable += 1
                self.exit_code = FAILED
            else:
                articles.append(item)
        self.total = len(articles)
        return articles

    def work(
        self, extractor: Extractor, articles: Sequence[Article], sink: Sink, concurrency: int
    ) -> None:
        """Extract from all articles and write each outcome as it comes."""
        self.progress.start("Extracting", self.total, "articles")
        for outcome in extractor.extract_many(articles, concurrency=concurrency):
            with self.progress.aside():
                sink.put(outcome)
            self._count(outcome)
            self._tell(outcome)
            self.progress.advance()
        self.progress.finish()

    def _count(self, outcome: Outcome) -> None:
        self.seen[outcome.status] += 1
        if outcome.error is not None:
            code = MISUSE if outcome.error.stops_run else FAILED
            self.exit_code = max(self.exit_code, code)
        self.tokens += _tokens(outcome.provenance)
        price = outcome.provenance.cost_usd
        self.cost = None if self.cost is None or price is None else self.cost + price

    def _tell(self, outcome: Outcome) -> None:
        # A table on standard output names the error already.
        in_table = self.form is Format.TABLE and self.out is None and sys.stdout.isatty()
        # Of a run that was stopped, the cause is told once and not for every article after it.
        if outcome.error is not None and outcome.error.kind != "not_asked" and not in_table:
            self.progress.error(f"{outcome.article.id}: {outcome.error.message}")
        if self.verbose:
            self.progress.note(f"{outcome.article.id}: {_details(outcome)}")

    def tell_total(self) -> None:
        """Sum the run up, as far as it came."""
        done = self.seen.total()
        if self.total + self.unreadable < 2 or not done:
            return
        counts = [f"{count} {status}" for status, count in sorted(self.seen.items())]
        if self.unreadable:
            counts.append(f"{self.unreadable} unreadable")
        self.progress.note(
            f"{done} of {self.total} articles: {', '.join(counts)}; "
            f"{self.tokens:,} tokens, {_money(self.cost)}"
        )


def _tokens(provenance: Provenance) -> int:
    return provenance.usage.input_tokens + provenance.usage.output_tokens


def _money(cost: float | None) -> str:
    if cost is None:
        return "cost not known"
    return f"${cost:.4f}" if cost else "no cost"


def _details(outcome: Outcome) -> str:
    origin = outcome.provenance
    usage = origin.usage
    found = len(outcome.extraction.incidents) if outcome.extraction else 0
    return ", ".join(
        (
            outcome.status,
            f"incidents {found}",
            f"warnings {len(outcome.warnings)}",
            f"attempts {origin.attempts}",
            f"requests {usage.requests}",
            f"tokens {usage.input_tokens:,} in ({usage.cached_tokens:,} cached)"
            f" {usage.output_tokens:,} out",
            _money(origin.cost_usd),
            f"{origin.duration_s:.1f} s",
            f"{origin.model} with {origin.prompt}",
        )
    )
