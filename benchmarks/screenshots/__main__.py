"""Take pictures of each view, light and dark, wide and narrow.

    python -m benchmarks.screenshots --out screenshots/

It shows the recorded example and the labelled examples, and needs Chromium.
"""

import argparse
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from extractor import Outcome, Provenance, Status, Usage, compare, evaluate, read_gold
from extractor.report.evaluation import comparison_page, evaluation_page
from extractor.report.results import results_page
from extractor.review import pages
from extractor.review.apply import review
from extractor.review.decisions import Decision, DecisionKind
from extractor.review.run import Page

ROOT = Path(__file__).parents[2]
LABELLED = ROOT / "examples" / "labelled"
ARABIC = "ex-21"
WIDE, NARROW = 1400, 390
BY_HAND = Provenance(
    model="labelled by hand",
    prompt="none",
    prompt_hash="none",
    schema_hash="none",
    parameters={},
    attempts=0,
    windows=1,
    usage=Usage.zero(),
    cost_usd=0,
    duration_s=0,
    package_version="none",
)


@dataclass(frozen=True)
class Picture:
    """A page and how to look at it."""

    name: str
    page: str
    scheme: Literal["light", "dark"] = "light"
    width: int = WIDE
    hover: str | None = None
    whole: bool = False


def labelled() -> list[Outcome]:
    """The labelled examples as if they had been extracted."""
    return [
        Outcome(
            status=Status.OK,
            article=one.article,
            extraction=one.labels,
            warnings=(),
            error=None,
            provenance=BY_HAND,
        )
        for one in read_gold(LABELLED)
    ]


def under_review(outcome: Outcome) -> str:
    """The page of an article of which the first values are decided, as one file."""
    found = outcome.extraction
    assert found
    decisions = [
        Decision(kind=DecisionKind.ACCEPT, path=f"incidents.i1{name}") for name in ("", ".type")
    ]
    decisions += [Decision(kind=DecisionKind.CORRECT, path="incidents.i1.status", new="attempted")]
    reviewed = review(found, outcome.article.text, decisions)
    page = pages.article_page(Page(1, outcome, "", 0, (), reviewed), (None, 2), "ann")
    for name in ("style.css", "review.css"):
        link = f'<link rel="stylesheet" href="/assets/{name}">'
        page = page.replace(link, f"<style>{pages.asset(name)}</style>")
    script = '<script src="/assets/article.js" defer></script>'
    return page.replace(script, f"<script>{pages.asset('article.js')}</script>")


def pictures() -> Iterator[Picture]:
    """All of them."""
    example = (ROOT / "docs" / "example-report.html").read_text("utf-8")
    outcomes = labelled()
    run = results_page(outcomes)
    arabic = results_page([one for one in outcomes if one.article.id == ARABIC])
    a, b = LABELLED / "annotation-a.jsonl", LABELLED / "annotation-b.jsonl"
    scores = evaluation_page(evaluate(a, LABELLED, by=["language"], errors=True))
    yield Picture("article", example, hover='.v[data-r="t1"]')
    yield Picture("article-dark", example, "dark", hover='.v[data-r="i1"]')
    yield Picture("article-narrow", example, width=NARROW, whole=True)
    yield Picture("article-rtl", arabic)
    yield Picture("article-rtl-narrow", arabic, "dark", width=NARROW)
    yield Picture("run", run)
    yield Picture("run-whole", run, whole=True)
    yield Picture("run-dark", run, "dark")
    yield Picture("run-narrow", run, width=NARROW, whole=True)
    reviewed = under_review(outcomes[0])
    yield Picture("review", reviewed, hover='.item[data-path="incidents.i1.location"]')
    yield Picture("review-dark", reviewed, "dark")
    yield Picture("review-narrow", reviewed, width=NARROW, whole=True)
    yield Picture("evaluation", scores, whole=True)
    yield Picture("evaluation-dark", scores, "dark")
    yield Picture("evaluation-narrow", scores, width=NARROW)
    yield Picture("comparison", comparison_page(compare(a, b, LABELLED)))


def take(browser: Browser, picture: Picture, folder: Path) -> Path:
    """Take one picture."""
    page = browser.new_page(
        viewport={"width": picture.width, "height": 900}, color_scheme=picture.scheme
    )
    page.set_content(picture.page)
    if picture.hover:
        page.locator(picture.hover).last.hover()
        page.wait_for_timeout(600)
    path = folder / f"{picture.name}.png"
    page.screenshot(path=path, full_page=picture.whole)
    page.close()
    return path


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--out", type=Path, required=True, help="Folder for the pictures.")
    made.add_argument("--only", help="Take only pictures whose name begins so.", default="")
    return made


def main() -> None:
    arguments = parser().parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for picture in pictures():
            if picture.name.startswith(arguments.only):
                print(take(browser, picture, arguments.out))
        browser.close()


if __name__ == "__main__":
    main()
