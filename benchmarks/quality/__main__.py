"""Extract articles with the embedded model in several ways, and compare what came of it.

    python -m benchmarks.quality run GOLD --out DIR --systems plain,langextract,steps@1
    python -m benchmarks.quality table GOLD --out DIR --systems plain,langextract,steps@1
    python -m benchmarks.quality read GOLD --out DIR --systems plain,langextract

`run` asks; each result is appended to `DIR/SYSTEM.jsonl` as it comes, and what is there is not
asked again. `table` scores what is there, without a model; with `--into PAGE` it puts the tables
into a page, between `<!-- table of GOLD -->` and `<!-- end of table -->`. `read` reads the stored
answers of peers again, for when the reading of them was changed.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.results import (
    append_result,
    read_results,
    results_path,
    write_results,
)
from benchmarks.quality.systems import READERS, opened
from benchmarks.quality.table import put_into, read_data, table
from extractor import Article
from extractor.errors import ConfigError, ExtractorError
from extractor.fingerprint import text_sha256

MAX_TOKENS = 2048
SECONDS = 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked for; the exit code."""
    given = parser().parse_args(arguments)
    try:
        given.do(given)
    except ExtractorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(required=True)
    for name, do in (("run", run), ("table", show), ("read", read)):
        command = commands.add_parser(name)
        command.set_defaults(do=do)
        command.add_argument("gold", type=Path, help="folder of gold data, or file of templates")
        command.add_argument("--format", choices=("gold", "muc4"), default="gold")
        command.add_argument("--out", type=Path, required=True, help="folder of the results")
        command.add_argument(
            "--systems",
            type=lambda value: value.split(","),
            required=True,
            help="plain, langextract, and prompts such as steps@1, with commas",
        )
        command.add_argument("--limit", type=int, help="the first articles only")
        if name == "run":
            command.add_argument("--max-tokens", type=int, default=MAX_TOKENS)
            command.add_argument("--seconds", type=float, default=SECONDS)
        if name == "table":
            command.add_argument("--into", type=Path, help="page to put the tables into")
    return made


def _articles(given: argparse.Namespace) -> list[Article]:
    return read_data(given.gold, given.format).articles[: given.limit]


def run(given: argparse.Namespace) -> None:
    """Let each system extract the articles that it has not done yet."""
    articles = _articles(given)
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.systems:
        path = results_path(given.out, name)
        with opened(name, max_tokens=given.max_tokens, seconds=given.seconds) as system:
            done = {result.key for result in read_results(path)}
            for article in articles:
                if (system.identity, article.id, text_sha256(article.text)) in done:
                    continue
                result = system.extract(article)
                append_result(path, result)
                how = result.error or "ok"
                print(f"{name}: {article.id}: {how}, {result.seconds} s", file=sys.stderr)


def show(given: argparse.Namespace) -> None:
    """Print the tables of what is stored, or put them into a page."""
    gold = read_data(given.gold, given.format)
    wanted = {article.id for article in _articles(given)}
    stored = {name: read_results(results_path(given.out, name)) for name in given.systems}
    made = table(stored, gold.of(wanted), [*READERS])
    if given.into is None:
        print(made)
    else:
        put_into(given.into, str(given.gold), made)


def read(given: argparse.Namespace) -> None:
    """Read the stored answers of peers again."""
    articles = {(a.id, text_sha256(a.text)): a for a in _articles(given)}
    for name in given.systems:
        if name not in READERS:
            raise ConfigError(f"--systems: {name} is no peer whose answers can be read again")
        path = results_path(given.out, name)
        results = [
            result.model_copy(update={"extraction": READERS[name](result.answer, article)})
            if (article := articles.get((result.id, result.sha256)))
            else result
            for result in read_results(path)
        ]
        write_results(path, results)


if __name__ == "__main__":
    sys.exit(main())
