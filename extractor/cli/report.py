"""`extractor report`: outcomes in, a page to read them on out."""

from typing import Annotated

import typer

from extractor.cli.output import Format, open_sink, spare_articles
from extractor.report.inputs import read_outcomes

Results = Annotated[
    str,
    typer.Argument(
        metavar="RESULTS",
        show_default=False,
        help="Outcomes: a JSONL file, a folder with outcomes.jsonl, or the folder of a run.",
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|DIR",
        help="Write here instead of standard output; in a folder, a page for each article.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example:  extractor report results.jsonl --out report.html")(report)


def report(results: Results, out: Out = None) -> None:
    """Show results on one page: each value beside the sentence that it rests on.

    The page needs no network and can be sent to others as it is.
    """
    spare_articles(out, Format.HTML, [results])
    outcomes = list(read_outcomes(results))
    with open_sink(out, Format.HTML) as sink:
        for outcome in outcomes:
            sink.put(outcome)
