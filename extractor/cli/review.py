"""`extractor review`: a run in, a page on loopback to decide about it on."""

from typing import Annotated

import typer

from extractor.cli.batch import RunFolder
from extractor.cli.console import say
from extractor.review.server import serving

Reviewer = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        show_default=False,
        help="Who decides, as the log names them; default: the user.",
    ),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No notes.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example:  extractor review runs/march --reviewer ann")(review)


def review(run: RunFolder, reviewer: Reviewer = None, port: Port = 0, quiet: Quiet = False) -> None:
    """Accept, reject and correct what a run extracted, in the browser, until Ctrl-C.

    Prints the address to open; it holds a secret, so it is for you alone. Each decision is saved
    at once. `extractor export RUN --reviewed` writes the corrected results.
    """
    with serving(run, reviewer=reviewer, port=port) as server:
        typer.echo(server.site.address)
        if not quiet:
            say("Open this address. Only this machine can reach it. Ctrl-C ends it.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            # Ctrl-C is how this command is meant to end, so it is no failure.
            if not quiet:
                say("stopped")
