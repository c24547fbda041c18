"""The page on the outcomes of a run: one article by itself, or a table that leads to each."""

import base64
import zlib
from collections.abc import Sequence

from markupsafe import Markup

from extractor.pipeline.outcome import Outcome
from extractor.report.article import ArticleView, article_html
from extractor.report.page import CHARTS, render
from extractor.report.run import outcome_counts, run_data
from extractor.schemas import Extraction


def results_page(outcomes: Sequence[Outcome]) -> str:
    """A self-contained page on the outcomes.

    One article is shown by itself and works without script; of several, or none, there is a
    view of the whole run, which leads to each article.
    """
    views = [ArticleView.of_outcome(outcome) for outcome in outcomes]
    if len(views) == 1:
        return _article_page(views[0])
    data = run_data(outcomes)
    return render(
        "run.html",
        title=f"{len(outcomes)} articles",
        scripts=[*CHARTS, "article.js", "charts.js", "run.js"],
        data=data,
        articles=len(outcomes),
        incidents=sum(bool(row["incident"]) for row in data["rows"]),
        counts=outcome_counts(outcomes),
        packed=[_packed(article_html(view)) for view in views],
    )


def extraction_page(extraction: Extraction) -> str:
    """A self-contained page on an extraction, with quotes in place of the article's text."""
    return _article_page(ArticleView.of_extraction(extraction))


def _article_page(view: ArticleView) -> str:
    return render(
        "single.html",
        title=view.heading,
        scripts=["article.js"],
        fragment=Markup(article_html(view)),  # noqa: S704 - escaped by its template
    )


def _packed(markup: str) -> str:
    return base64.b64encode(zlib.compress(markup.encode(), 9)).decode()
