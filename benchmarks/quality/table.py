"""Tables of stored results against gold data, as Markdown."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Protocol, TypeAlias

from benchmarks.quality.results import PeerResult
from extractor import Article, Extraction
from extractor.errors import ConfigError
from extractor.evaluation.compare import OVERALL_F1, compare
from extractor.evaluation.data import LabelledArticle, empty_extraction, read_gold
from extractor.evaluation.evaluate import evaluate
from extractor.evaluation.muc4 import compare_muc4, evaluate_muc4
from extractor.evaluation.muc4_data import Muc4Document, read_muc4
from extractor.evaluation.reports import ComparisonReport, Score
from extractor.evaluation.scoring import RELEVANCE
from extractor.fingerprint import text_sha256
from extractor.schemas import ArticleMeta

Predicted: TypeAlias = Sequence[Extraction]
_UNDEFINED = "-"


class Gold(Protocol):
    """Gold data of one format, and how they score."""

    figures: Mapping[str, str]
    """Each measure, with the name of its F1 in a comparison."""

    @property
    def articles(self) -> list[Article]:
        """The articles, in order."""
        ...

    def of(self, ids: set[str]) -> "Gold":
        """The part with these articles."""
        ...

    def scores(self, predicted: Predicted) -> list[Score]:
        """The score by each measure."""
        ...

    def compared(self, a: Predicted, b: Predicted) -> ComparisonReport:
        """What B has over A."""
        ...


class Labels:
    """Articles labelled after the codebook."""

    figures: Mapping[str, str] = {
        "all facts": OVERALL_F1,
        "relevance": f"{RELEVANCE} f1",
        "attributions": "attributions f1",
    }

    def __init__(self, data: Sequence[LabelledArticle]) -> None:
        self._data = data

    @property
    def articles(self) -> list[Article]:
        return [item.article for item in self._data]

    def of(self, ids: set[str]) -> "Labels":
        return Labels([item for item in self._data if item.article.id in ids])

    def scores(self, predicted: Predicted) -> list[Score]:
        report = evaluate(predicted, self._data)
        return [report.overall, report.relevance, report.records["attribution"]]

    def compared(self, a: Predicted, b: Predicted) -> ComparisonReport:
        return compare(a, b, self._data)


class Templates:
    """Documents with MUC-4 templates."""

    figures: Mapping[str, str] = {
        "type and roles": OVERALL_F1,
        "relevance": f"{RELEVANCE} f1",
        "confidence": "perp_org_confidence f1",
    }

    def __init__(self, data: Sequence[Muc4Document]) -> None:
        self._data = data

    @property
    def articles(self) -> list[Article]:
        return [item.article for item in self._data]

    def of(self, ids: set[str]) -> "Templates":
        return Templates([item for item in self._data if item.article.id in ids])

    def scores(self, predicted: Predicted) -> list[Score]:
        report = evaluate_muc4(predicted, self._data)
        return [report.overall, report.relevance, report.slots["perp_org_confidence"]]

    def compared(self, a: Predicted, b: Predicted) -> ComparisonReport:
        return compare_muc4(a, b, self._data)


def read_data(path: Path, form: str) -> Gold:
    """The gold data of a folder (`gold`) or of a file of templates (`muc4`)."""
    return Templates(read_muc4(path)) if form == "muc4" else Labels(read_gold(path))


def table(results: Mapping[str, Sequence[PeerResult]], gold: Gold, peers: Sequence[str]) -> str:
    """Both tables: each system's figures, then each other system against each peer.

    Args:
        results: What is stored of each system.
        gold: What the articles should give.
        peers: Names of the systems that the others are compared with.

    Raises:
        ConfigError: if no article has a result of every system.
    """
    latest = {name: _latest(stored, gold.articles) for name, stored in results.items()}
    common = set.intersection(*({*found} for found in latest.values()))
    if not common:
        counts = ", ".join(f"{name} {len(found)}" for name, found in latest.items())
        raise ConfigError(f"no article has a result of every system ({counts}); run them first")
    part = gold.of(common)
    kept = {
        name: [found[article.id] for article in part.articles] for name, found in latest.items()
    }
    predicted = {
        name: [
            _extraction(result, article)
            for result, article in zip(found, part.articles, strict=True)
        ]
        for name, found in kept.items()
    }
    lines = [
        f"{len(common)} of {len(gold.articles)} articles: those with a result of every system.",
        "",
        *_figures(kept, predicted, part),
    ]
    others = [name for name in results if name not in peers]
    pairs = [*product(others, [name for name in results if name in peers])]
    if pairs:
        lines += ["", *_differences(pairs, predicted, part)]
    return "\n".join(lines)


def put_into(page: Path, gold: str, made: str) -> None:
    """Put tables of a gold set in place of those that a Markdown page has.

    Raises:
        ConfigError: if the page has no place for them.
    """
    text = page.read_text("utf-8")
    start, end = f"<!-- table of {gold} -->\n", "<!-- end of table -->"
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ConfigError(f"{page}: has no line {start.strip()} with {end} after it")
    page.write_text(f"{before}{start}\n{made}\n\n{end}{after}", "utf-8")


def _latest(stored: Sequence[PeerResult], articles: Sequence[Article]) -> dict[str, PeerResult]:
    """The results by article, of the last way in which the system asked."""
    texts = {article.id: text_sha256(article.text) for article in articles}
    return {
        result.id: result
        for result in stored
        if result.identity == stored[-1].identity and texts.get(result.id) == result.sha256
    }


def _extraction(result: PeerResult, article: Article) -> Extraction:
    """What was extracted; a failure counts as nothing."""
    if result.extraction is not None:
        return result.extraction
    return empty_extraction(
        ArticleMeta(**article.model_dump(exclude={"text"}), sha256=text_sha256(article.text))
    )


def _figures(
    results: Mapping[str, Sequence[PeerResult]],
    predicted: Mapping[str, Predicted],
    gold: Gold,
) -> Iterator[str]:
    measures = [f"F1 {name}" for name in gold.figures]
    costs = ("tokens read", "of these anew", "tokens written", "seconds")
    yield _row("system", *measures, *costs, "failed", "valid as returned")
    yield "|---" * (len(measures) + len(costs) + 3) + "|"
    for name, found in results.items():
        scores = map(_score, gold.scores(predicted[name]))
        means = (
            statistics.fmean(result.input_tokens for result in found),
            statistics.fmean(result.input_tokens - result.cached_tokens for result in found),
            statistics.fmean(result.output_tokens for result in found),
            statistics.fmean(result.seconds for result in found),
        )
        failed = sum(result.extraction is None for result in found)
        valid = sum(result.valid for result in found)
        yield _row(name, *scores, *(f"{mean:.0f}" for mean in means), str(failed), str(valid))


def _differences(
    pairs: Sequence[tuple[str, str]], predicted: Mapping[str, Predicted], gold: Gold
) -> Iterator[str]:
    yield _row("systems", "F1", "difference", "95% interval", "p")
    yield "|---" * 5 + "|"
    for ours, peer in pairs:
        report = gold.compared(predicted[peer], predicted[ours])
        for name, figure in gold.figures.items():
            found = report.figures[figure]
            bounds = found.interval
            yield _row(
                f"{ours} less {peer}",
                name,
                _number(found.difference, "+.3f"),
                f"{bounds.low:+.3f} to {bounds.high:+.3f}" if bounds else _UNDEFINED,
                _number(found.p, ".3f"),
            )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _score(score: Score) -> str:
    bounds = score.f1_interval
    interval = f" ({bounds.low:.3f} to {bounds.high:.3f})" if bounds else ""
    return _number(score.f1, ".3f") + interval


def _number(value: float | None, how: str) -> str:
    return _UNDEFINED if value is None else f"{value:{how}}"
