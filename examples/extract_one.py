"""Extract one article and print who says what about each incident, and how sure.

Run it with `python examples/extract_one.py`. Without settings the embedded model is used;
set `EXTRACTOR_MODEL` (and `OPENAI_API_KEY`) for another one.
"""
# ruff: noqa: T201  (printing is what this script is for)

import sys
from datetime import date
from pathlib import Path

from extractor import Extractor
from extractor.articles import read_articles
from extractor.errors import ArticleError
from extractor.schemas import Extraction

ARTICLE = Path(__file__).with_name("market-bombing.md")


def show(extraction: Extraction) -> None:
    """Print every incident with the statements made about it."""
    names = {actor.id: actor.name for actor in extraction.actors}
    for incident in extraction.incidents:
        print(f"{incident.id}: {incident.summary}")
        for said in extraction.attributions:
            if said.incident != incident.id:
                continue
            # A statement without a named source is the article's own, or nobody's.
            source = names[said.source] if said.source else said.sourcing
            print(f"  {source}: {said.statement}")
            print(f"    {said.aspect}, {said.stance}, {said.certainty}")
            print(f'    "{said.evidence[0].quote}"')


def main() -> int:
    """Extract the article beside this script."""
    with Extractor() as extractor:
        # "Saturday" in a text becomes a date only if the day of publication is known.
        for article in read_articles([str(ARTICLE)], published=date(2026, 3, 14)):
            if isinstance(article, ArticleError):
                print(article, file=sys.stderr)
                return 1
            outcome = extractor.extract(article)
            if outcome.extraction is None:
                print(outcome.error, file=sys.stderr)
                return 1
            show(outcome.extraction)
    return 0


if __name__ == "__main__":
    sys.exit(main())
