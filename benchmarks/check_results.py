"""Check results without the package that made them: quotes verbatim, extractions valid.

    extractor schema extraction > extraction.schema.json
    extractor extract articles/ --format jsonl --out results.jsonl
    python benchmarks/check_results.py results.jsonl --schema extraction.schema.json

The exit code is 1 where anything is wrong, or where there was nothing to check.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]

_SHOWN = 20
"""Violations that are printed; all are counted."""


@dataclass
class Report:
    """What was found in a file of results."""

    statuses: Counter[str] = field(default_factory=Counter)
    extractions: int = 0
    quotes: int = 0
    errors: list[str] = field(default_factory=list)


def check(lines: Sequence[str], schema: Any) -> Report:
    """Check every outcome of a JSONL file against its own article and the schema."""
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    report = Report()
    for number, line in enumerate(lines, 1):
        if line.strip():
            _check_line(line, f"line {number}", validator, report)
    if not report.extractions:
        report.errors.append("there is no extraction to check")
    elif not report.quotes:
        report.errors.append("there is no quote to check")
    return report


def _check_line(line: str, where: str, validator: Any, report: Report) -> None:
    try:
        outcome = json.loads(line)
        text, status = outcome["article"]["text"], outcome["status"]
        extraction = outcome["extraction"]
    except (ValueError, TypeError, KeyError) as error:
        report.errors.append(f"{where}: is no outcome ({type(error).__name__}: {error})")
        return
    where += f", {outcome['article'].get('id')}"
    report.statuses[str(status)] += 1
    if (extraction is not None) != (status in ("ok", "repaired", "partial")):
        report.errors.append(f"{where}: status {status} does not agree with its extraction")
    if extraction is None:
        return
    report.extractions += 1
    for problem in validator.iter_errors(extraction):
        path = ".".join(map(str, problem.absolute_path)) or "extraction"
        report.errors.append(f"{where}: {path}: {problem.message[:200]}")
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if isinstance(extraction, dict) and sha256 not in str(extraction.get("article")):
        report.errors.append(f"{where}: the extraction is of another text")
    for path, evidence in quotes(extraction):
        report.quotes += 1
        if not _verbatim(text, evidence):
            report.errors.append(f"{where}: {path}: not the text's words: {evidence}")


def quotes(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Whatever looks like evidence, however deep it lies, with its path."""
    if isinstance(value, dict):
        if "quote" in value:
            yield path, value
        for key, inner in value.items():
            yield from quotes(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from quotes(inner, f"{path}.{position}")


def _verbatim(text: str, evidence: dict[str, Any]) -> bool:
    quote, start, end = (evidence.get(name) for name in ("quote", "start", "end"))
    # A negative offset would count from the end.
    return (
        type(start) is int
        and type(end) is int
        and 0 <= start < end <= len(text)
        and text[start:end] == quote
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check results against articles and schema.")
    parser.add_argument("results", type=Path, help="outcomes as JSONL")
    parser.add_argument("--schema", type=Path, required=True, help="JSON Schema of an extraction")
    parser.add_argument(
        "--expect", type=int, metavar="N", help="require N outcomes, each with an extraction"
    )
    options = parser.parse_args(arguments)
    # Not splitlines(): an article may hold other line separators than these.
    lines = options.results.read_text("utf-8").split("\n")
    report = check(lines, json.loads(options.schema.read_text("utf-8")))
    if options.expect is not None and (options.expect, options.expect) != (
        report.statuses.total(),
        report.extractions,
    ):
        report.errors.append(
            f"{report.statuses.total()} outcomes, {report.extractions} with an extraction, "
            f"where {options.expect} were expected"
        )
    found = ", ".join(f"{count} {status}" for status, count in sorted(report.statuses.items()))
    print(f"outcomes: {report.statuses.total()} ({found or 'none'})")
    print(f"checked: {report.extractions} extractions, {report.quotes} quotes")
    print(f"errors: {len(report.errors)}")
    for error in report.errors[:_SHOWN]:
        print(f"  {error}")
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
