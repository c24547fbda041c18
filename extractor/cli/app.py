"""The command `extractor`: parse, call one function, print."""

import os
import sys
import threading
from importlib.metadata import version
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from extractor.cli import (
    batch,
    behaviour,
    evaluate,
    extract,
    models,
    prompts,
    report,
    review,
    schema,
)
from extractor.cli.console import say
from extractor.cli.exits import INTERRUPTED, MISUSE
from extractor.errors import ExtractorError
from extractor.llm.models import FETCHING


class _Group(TyperGroup):
    """Turns errors into messages and exit codes, for all commands alike."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ExtractorError as error:
            say(f"error: {error}")
            raise typer.Exit(MISUSE) from error
        except KeyboardInterrupt as error:
            say("interrupted")
            raise typer.Exit(INTERRUPTED) from error


# Typer's own tracebacks show the values of local variables, and one of them may be a key.
app = typer.Typer(
    cls=_Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example:  extractor extract article.txt --published 2021-01-29",
)
extract.register(app)
report.register(app)
batch.register(app)
review.register(app)
evaluate.register(app)
behaviour.register(app)
schema.register(app)
app.add_typer(prompts.app, name="prompts")
app.add_typer(models.app, name="models")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"extractor {version('extractor')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Turn news articles about political violence into data.

    Incidents, actors, and who says what about them, each grounded in the article's own words.
    """


def main() -> None:
    """Run the command and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        _never_fail_to_encode(stream)
    try:
        app()
    except KeyboardInterrupt:
        say("interrupted")
        _leave()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _leave()
        raise


def _leave() -> NoReturn:
    """Exit as interrupted.

    Python aborts at its shutdown if a thread that goes on just then holds the lock of a stream, as
    one that fetches a model and tells of it may.
    """
    if any(thread.name == FETCHING for thread in threading.enumerate()):
        sys.stdout.flush()
        os._exit(INTERRUPTED)
    sys.exit(INTERRUPTED)


def _never_fail_to_encode(stream: object) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    is_terminal = getattr(stream, "isatty", bool)()
    # A file gets UTF-8 wherever it is made; a terminal what it can show.
    reconfigure(encoding=None if is_terminal else "utf-8", errors="backslashreplace")
