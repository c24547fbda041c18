"""`extractor models`: the embedded models, fetched and served."""

import threading
from typing import Annotated

import typer
from rich.filesize import decimal

from extractor.cli.console import make_progress, say
from extractor.llm.catalogue import MODELS, model_path
from extractor.llm.fetch import ensure_model
from extractor.llm.local import LocalEngine

CONTEXT_WINDOW = 32_768
"""Tokens of a served model's window unless told otherwise."""

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, fetch and serve the embedded models.",
    epilog="Example:  extractor models list",
)
ModelName = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no notes.")]


@app.command("list", epilog="Example:  extractor models list")
def list_() -> None:
    """List the embedded models and whether they are on this machine."""
    for name, model in MODELS.items():
        path = model_path(name)
        state = f"at {path}" if path.is_file() else "not fetched"
        typer.echo(f"{name}  {decimal(model.size)}  {model.licence}  {state}")


@app.command(epilog="Example:  extractor models pull local/qwen2.5-coder-1.5b")
def pull(name: ModelName, quiet: Quiet = False) -> None:
    """Fetch a model into the user's cache and print where it is."""
    progress = make_progress(quiet=quiet)
    try:
        path = ensure_model(name, progress)
    finally:
        progress.close()
    typer.echo(path)


@app.command(epilog="Example:  extractor models serve local/qwen2.5-coder-1.5b --port 8080")
def serve(
    name: ModelName,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")
    ] = 0,
    context_window: Annotated[
        int, typer.Option(min=512, metavar="N", help="Tokens of prompt and answer together.")
    ] = CONTEXT_WINDOW,
    quiet: Quiet = False,
) -> None:
    """Serve a model on loopback, as an OpenAI-compatible server, until Ctrl-C."""
    progress = make_progress(quiet=quiet)
    try:
        path = ensure_model(name, progress)
    finally:
        progress.close()
    with LocalEngine(path, name, context_window=context_window, port=port) as engine:
        typer.echo(engine.base_url)
        if not quiet:
            say(f"Serving {name} on this machine only. Ctrl-C ends it.")
        try:
            wait_forever()
        except KeyboardInterrupt:
            # Ctrl-C is how this command is meant to end, so it is no failure.
            if not quiet:
                say("stopped")


def wait_forever() -> None:
    """Wait until a signal ends it."""
    threading.Event().wait()
