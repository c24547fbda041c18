"""Where reports of scores go: standard output, a file of JSON, a page."""

import os
from pathlib import Path

import typer

from extractor.cli.scores import behaviour_text, comparison_text, evaluation_text, muc4_text
from extractor.errors import ConfigError
from extractor.evaluation.reports import (
    BehaviourReport,
    ComparisonReport,
    EvaluationReport,
    Muc4Report,
)
from extractor.report.evaluation import comparison_page, evaluation_page

ScoreReport = EvaluationReport | Muc4Report | ComparisonReport


def publish(
    report: ScoreReport | BehaviourReport,
    *,
    json_file: str | None,
    html_file: str | None = None,
    mismatches: bool = True,
) -> None:
    """Print a report, and write it where else it is wanted.

    Args:
        report: What scoring found.
        json_file: Where to write it as JSON; `-` for standard output in place of the text.
        html_file: Where to write it as a page, with the mismatches; `-` likewise.
        mismatches: Whether text and JSON have the mismatches too.

    Raises:
        ConfigError: if a file cannot be written, or both are to go to standard output.
    """
    if json_file == html_file == "-":
        raise ConfigError("--json and --html cannot both be -: give a file to one of them")
    if html_file is not None and not isinstance(report, BehaviourReport):
        _put(html_file, _page(report), "--html")
    if not mismatches and isinstance(report, EvaluationReport | Muc4Report):
        report = report.model_copy(update={"mismatches": None})
    if json_file is not None:
        _put(json_file, report.model_dump_json(indent=2) + "\n", "--json")
    if "-" not in (json_file, html_file):
        typer.echo(_text(report), nl=False)


def _page(report: ScoreReport) -> str:
    if isinstance(report, ComparisonReport):
        return comparison_page(report)
    return evaluation_page(report)


def _text(report: ScoreReport | BehaviourReport) -> str:
    if isinstance(report, EvaluationReport):
        return evaluation_text(report)
    if isinstance(report, Muc4Report):
        return muc4_text(report)
    if isinstance(report, BehaviourReport):
        return behaviour_text(report)
    return comparison_text(report)


def _put(file: str, text: str, option: str) -> None:
    """Put the report in its place at once, when it is complete."""
    if file == "-":
        typer.echo(text, nl=False)
        return
    path = Path(file)
    grown = path.with_name(f".{path.name}.{os.getpid()}.part")
    in_place = path.exists() and not path.is_file()
    try:
        (path if in_place else grown).write_text(text, "utf-8")
        if not in_place:
            grown.replace(path)
    except OSError as error:
        grown.unlink(missing_ok=True)
        reason = error.strerror or error
        raise ConfigError(f"cannot write {path}: {reason}; mend {option}") from error
