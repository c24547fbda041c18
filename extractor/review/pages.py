"""The pages of a review, made from templates that escape whatever comes from others."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader

from extractor.report.article import ArticleView
from extractor.report.highlight import marks, segments
from extractor.report.page import environment
from extractor.report.plain import plain
from extractor.review.decisions import Decision, DecisionKind
from extractor.review.items import additions, groups
from extractor.review.run import Page, is_done
from extractor.store.rows import DecisionRow, Listed

_SHARED = ("style.css", "article.js")
_ADDABLE = {
    "incidents": ("incident", "i"),
    "attributions": ("attribution", "t"),
    "actors": ("actor", "w"),
    "participants": ("part", "p"),
    "casualties": ("figure", "f"),
    "objects": ("object", "o"),
}
"""What can be added: what it is called, and its key."""
_VERBS = {
    DecisionKind.ACCEPT: "accepted",
    DecisionKind.REJECT: "rejected",
    DecisionKind.CORRECT: "corrected",
    DecisionKind.ADD: "added to",
    DecisionKind.NOTE: "noted on",
    DecisionKind.DONE: "marked as done",
    DecisionKind.UNDO: "took back the last decision",
}


def list_page(articles: Sequence[tuple[Listed, list[DecisionRow]]], reviewer: str) -> str:
    """All articles of the run, and how far the review of each is."""
    rows = [(one, len(made), bool(made) and is_done(made)) for one, made in articles]
    return _render(
        "review_list.html",
        rows=rows,
        done=sum(done for _, _, done in rows),
        reviewer=reviewer,
    )


def article_page(page: Page, ways: tuple[int | None, int | None], reviewer: str) -> str:
    """The page of one article; `ways` are the positions of the articles before and after."""
    return _render("review_article.html", ways=ways, **_values(page, reviewer))


def fragment(page: Page, reviewer: str) -> str:
    """What of the page of an article a decision changes."""
    return _render("review.html", **_values(page, reviewer))


def told(row: DecisionRow) -> str:
    """A decision in the log as a sentence."""
    said = f"{row.reviewer} {_done(DecisionKind(row.kind), row.path)}"
    if row.kind == DecisionKind.CORRECT:
        said += f" from {_short(json.loads(row.old))}"
    return said + _to(DecisionKind(row.kind), json.loads(row.new))


def told_of(decision: Decision) -> str:
    """A decision that was not written down as a sentence."""
    return f"you {_done(decision.kind, decision.path)}{_to(decision.kind, decision.new)}"


def asset(name: str) -> str:
    """A style or script by its name."""
    package = "extractor.report" if name in _SHARED else "extractor.review"
    return files(package).joinpath("assets", name).read_text("utf-8")


def _done(kind: DecisionKind, path: str) -> str:
    return f"{_VERBS[kind]} {path}".strip()


def _to(kind: DecisionKind, new: object) -> str:
    if kind is DecisionKind.CORRECT:
        return f" to {_short(new)}"
    return f": {_short(new)}" if kind in (DecisionKind.ADD, DecisionKind.NOTE) else ""


def _short(value: object) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = plain(shown)
    return f"“{shown[:200]}…”" if len(shown) > 200 else f"“{shown}”"


def _values(page: Page, reviewer: str) -> dict[str, Any]:
    reviewed = page.reviewed
    parts = segments(page.article.text, marks(reviewed.extraction))
    shown = [*groups(reviewed.extraction)]
    items = [item for group in shown for item in group.items]
    return {
        "page": page,
        "view": ArticleView(page.article, reviewed.extraction, None, parts, page.outcome),
        "groups": shown,
        "additions": additions(reviewed.extraction),
        "decided": sum(item.path in reviewed.states for item in items),
        "values": len(items),
        "log": [(row.made, told(row)) for row in reversed(page.rows)],
        "undo": told(page.last) if page.last else None,
        "reviewer": reviewer,
    }


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    report = environment()
    assert report.loader  # noqa: S101 - it was made with one
    made = report.overlay(loader=ChoiceLoader([PackageLoader("extractor.review"), report.loader]))
    made.globals["addable"] = _ADDABLE
    made.globals["verbs"] = {kind.value: verb for kind, verb in _VERBS.items()}
    return made
