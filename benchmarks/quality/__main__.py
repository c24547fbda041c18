"""Extract articles with this package, then with one plain call each, on the embedded model.

    python -m benchmarks.quality ARTICLES.jsonl --out DIR [--limit N] [--max-tokens N]

Writes `extractor.jsonl` (outcomes) and `plain.jsonl` into DIR as it goes, and prints the table.
Run again, it goes on after the articles that are already there.
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from benchmarks.quality.plain import PlainCall, PlainResult
from extractor import Article, Extractor, Outcome
from extractor.llm.catalogue import DEFAULT_MODEL
from extractor.llm.fetch import ensure_model
from extractor.llm.local import LocalEngine
from extractor.progress import NoProgress

FIELDS = set(Article.model_fields)


def main() -> None:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--max-tokens", type=int, default=2048, help="limit of the plain call")
    arguments = parser.parse_args()
    lines = arguments.articles.read_text("utf-8").splitlines()[: arguments.limit]
    records = [json.loads(line) for line in lines]
    articles = [
        Article.model_validate({k: v for k, v in record.items() if k in FIELDS})
        for record in records
    ]
    arguments.out.mkdir(parents=True, exist_ok=True)
    run(articles, arguments.out, arguments.max_tokens)
    print(table(*results(arguments.out)))


def run(articles: Sequence[Article], out: Path, max_tokens: int) -> None:
    """Both ways, each over the articles that it has not done yet."""
    outcomes, plain = results(out)
    done = {outcome.article.id for outcome in outcomes}
    with Extractor(model=DEFAULT_MODEL) as extractor:
        for article in articles:
            if article.id not in done:
                outcome = extractor.extract(article)
                _append(out / "extractor.jsonl", outcome)
                print(
                    f"{article.id}: {outcome.status}, {outcome.provenance.duration_s} s", flush=True
                )
    done = {result.id for result in plain}
    path = ensure_model(DEFAULT_MODEL, NoProgress())
    with LocalEngine(path, DEFAULT_MODEL, context_window=12288) as engine:
        call = PlainCall(engine.base_url, DEFAULT_MODEL, max_tokens)
        for article in articles:
            if article.id not in done:
                result = call.extract(article)
                _append(out / "plain.jsonl", result)
                print(
                    f"{article.id}: plain, {result.error or 'ok'}, {result.seconds} s", flush=True
                )


def _append(path: Path, record: BaseModel) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(record.model_dump_json() + "\n")


def results(out: Path) -> tuple[list[Outcome], list[PlainResult]]:
    """What is stored in `out`."""
    ours, theirs = out / "extractor.jsonl", out / "plain.jsonl"
    outcomes = _lines(ours)
    return (
        [Outcome.model_validate_json(line) for line in outcomes],
        [PlainResult.model_validate_json(line) for line in _lines(theirs)],
    )


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.is_file() else []


def table(outcomes: Sequence[Outcome], plain: Sequence[PlainResult]) -> str:
    """Means an article, as a Markdown table."""
    rows = ["| | articles | without result | seconds | tokens read anew | tokens written |"]
    rows.append("|---|---|---|---|---|---|")
    ours = [outcome.provenance for outcome in outcomes]
    rows.append(
        _row(
            "this package",
            sum(outcome.extraction is None for outcome in outcomes),
            [p.duration_s for p in ours],
            [p.usage.input_tokens - p.usage.cached_tokens for p in ours],
            [p.usage.output_tokens for p in ours],
        )
    )
    rows.append(
        _row(
            "one plain call",
            sum(result.extraction is None for result in plain),
            [result.seconds for result in plain],
            [result.input_tokens for result in plain],
            [result.output_tokens for result in plain],
        )
    )
    return "\n".join(rows)


def _row(
    name: str, lost: int, seconds: Sequence[float], read: Sequence[int], written: Sequence[int]
) -> str:
    means = [statistics.fmean(values) if values else 0 for values in (seconds, read, written)]
    return (
        f"| {name} | {len(seconds)} | {lost} | {means[0]:.0f} | {means[1]:.0f} | {means[2]:.0f} |"
    )


if __name__ == "__main__":
    main()
