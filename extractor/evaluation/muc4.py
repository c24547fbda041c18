"""Score predictions against MUC-4 templates, and compare two runs on them.

The definition stands in `docs/evaluation.md`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from extractor.errors import ConfigError
from extractor.evaluation.baselines import BASELINES
from extractor.evaluation.compare import OVERALL_F1, differences, is_worse
from extractor.evaluation.data import (
    LabelledArticle,
    PredictedData,
    Prediction,
    as_prediction,
    check_same_text,
    empty_extraction,
    prediction_of,
    predictions_path,
    records,
    require_all,
)
from extractor.evaluation.muc4_crosswalk import templates
from extractor.evaluation.muc4_data import (
    MAIN_SLOTS,
    SLOTS,
    Muc4Document,
    Template,
    as_document,
    best_forms,
    read_muc4,
)
from extractor.evaluation.muc4_match import Paired, paired, slot_counts
from extractor.evaluation.numerics import Resampler
from extractor.evaluation.reports import (
    ComparisonReport,
    Mismatch,
    Muc4Baseline,
    Muc4Report,
)
from extractor.evaluation.scores import Cell, Table, article_scores, macro
from extractor.evaluation.scoring import (
    RELEVANCE,
    SAMPLES,
    SEED,
    failures,
    models,
    relevance,
    settings,
)
from extractor.fingerprint import text_sha256
from extractor.grounding.sentences import split_sentences
from extractor.schemas import ArticleMeta, Extraction

Muc4Gold = str | Path | Sequence[Muc4Document]
_COLUMNS = {
    **{slot: [slot] for slot in SLOTS},
    RELEVANCE: [RELEVANCE],
}


@dataclass(frozen=True, slots=True)
class _Pair:
    gold: Muc4Document
    prediction: Prediction
    predicted: tuple[Template, ...]

    @property
    def row(self) -> dict[str, Cell]:
        """Counts of each slot, and of whether there is any template."""
        expected, found = self.gold.templates, bool(self.predicted)
        required = any(not template.optional for template in expected)
        # Where all templates are optional, neither answer is right or wrong.
        cell = int(required and found), int(found and not expected), int(required and not found)
        return {**slot_counts(paired(self.predicted, expected)), RELEVANCE: cell}

    @property
    def negative(self) -> bool:
        """Whether neither side has a template."""
        return not self.gold.templates and not self.predicted


def evaluate_muc4(
    predictions: PredictedData,
    gold: Muc4Gold,
    *,
    errors: bool = False,
    allow_missing: bool = False,
    samples: int = SAMPLES,
    seed: int = SEED,
) -> Muc4Report:
    """Score predictions against MUC-4 templates.

    Args:
        predictions: Outcomes or extractions, or the file or folder that holds them; a file
            may also hold MUC-4 records.
        gold: Documents with templates, or the file that holds their records.
        errors: Whether to list each fill on which the two sides differ.
        allow_missing: Whether documents without a prediction are left out, not an error.
        samples: Samples of the bootstrap.
        seed: Seed of the bootstrap.

    Raises:
        ConfigError: if the data cannot be read or does not belong together.
    """
    pairs, missing = _matched(predictions, _documents(gold), allow_missing=allow_missing)
    resampler = Resampler(len(pairs), samples, seed)
    table = Table([pair.row for pair in pairs], resampler)
    per_article = article_scores([p.gold.article.id for p in pairs], table.rows, MAIN_SLOTS)
    origins = [pair.prediction for pair in pairs]
    return Muc4Report(
        settings=settings(samples, seed),
        models=models(origins),
        articles=len(pairs),
        missing=missing,
        failures=failures(origins),
        overall=table.score(MAIN_SLOTS),
        macro=macro([article.overall for article in per_article]),
        slots={slot: table.score([slot]) for slot in SLOTS},
        relevance=relevance(table, negatives=sum(pair.negative for pair in pairs)),
        baselines=tuple(
            _baseline(name, answer, [pair.gold for pair in pairs], resampler)
            for name, answer in BASELINES.items()
        ),
        per_article=per_article,
        mismatches=tuple(m for pair in pairs for m in _mismatches(pair)) if errors else None,
    )


def compare_muc4(
    a: PredictedData,
    b: PredictedData,
    gold: Muc4Gold,
    *,
    allow_missing: bool = False,
    samples: int = SAMPLES,
    seed: int = SEED,
) -> ComparisonReport:
    """Compare two runs on MUC-4 templates, as `compare` does on gold labels.

    Args:
        a: Outcomes or extractions of the first run, or where they are stored.
        b: Those of the second run.
        gold: Documents with templates, or the file that holds their records.
        allow_missing: Whether documents that a run has not are left out, not an error.
        samples: Samples of the bootstrap.
        seed: Seed of the bootstrap.

    Raises:
        ConfigError: if the data cannot be read or does not belong together.
    """
    documents = _documents(gold)
    first, missing = _matched(a, documents, allow_missing=allow_missing)
    second, also_missing = _matched(b, documents, allow_missing=allow_missing)
    left_out = {*missing, *also_missing}
    first = [pair for pair in first if pair.gold.article.id not in left_out]
    second = [pair for pair in second if pair.gold.article.id not in left_out]
    if not first:
        raise ConfigError("the two runs have no labelled article in common")
    figures = differences(
        [pair.row for pair in first],
        [pair.row for pair in second],
        Resampler(len(first), samples, seed),
        overall=MAIN_SLOTS,
        columns=_COLUMNS,
    )
    return ComparisonReport(
        settings=settings(samples, seed),
        articles=len(first),
        missing=tuple(d.article.id for d in documents if d.article.id in left_out),
        failures={
            "a": failures([pair.prediction for pair in first]),
            "b": failures([pair.prediction for pair in second]),
        },
        figures=figures,
        worse=is_worse(figures[OVERALL_F1]),
    )


def _documents(gold: Muc4Gold) -> Sequence[Muc4Document]:
    documents = read_muc4(gold) if isinstance(gold, str | Path) else gold
    if not documents:
        raise ConfigError("there are no labelled articles to score against")
    return documents


def _matched(
    predictions: PredictedData, documents: Sequence[Muc4Document], *, allow_missing: bool
) -> tuple[list[_Pair], tuple[str, ...]]:
    found = _predicted(predictions)
    names = [document.article.id for document in documents]
    missing = require_all(names, found, allow_missing=allow_missing)
    pairs = []
    for document in documents:
        if document.article.id not in found:
            continue
        prediction, answered = found[document.article.id]
        check_same_text(prediction, text_sha256(document.article.text))
        pairs.append(_Pair(document, prediction, answered))
    return pairs, missing


def _predicted(predictions: PredictedData) -> dict[str, tuple[Prediction, tuple[Template, ...]]]:
    if not isinstance(predictions, str | Path):
        items = [as_prediction(item, "predictions") for item in predictions]
        return {item.id: (item, _templates(item)) for item in items}
    found = {}
    for where, record in records(predictions_path(predictions)):
        if "templates" in record:
            document = as_document(record, where)
            sha256 = text_sha256(document.article.text)
            item = Prediction(document.article.id, sha256, None, None, None, where)
            found[item.id] = item, best_forms(document.templates)
        else:
            item = prediction_of(record, where)
            found[item.id] = item, _templates(item)
    return found


def _templates(prediction: Prediction) -> tuple[Template, ...]:
    return () if prediction.extraction is None else templates(prediction.extraction)


def _baseline(
    name: str,
    answer: Callable[[LabelledArticle], Extraction],
    gold: Sequence[Muc4Document],
    resampler: Resampler,
) -> Muc4Baseline:
    pairs = []
    for document in gold:
        item = as_prediction(answer(_unlabelled(document)), name)
        pairs.append(_Pair(document, item, _templates(item)))
    table = Table([pair.row for pair in pairs], resampler)
    return Muc4Baseline(
        name=name,
        overall=table.score(MAIN_SLOTS),
        relevance=relevance(table, negatives=sum(pair.negative for pair in pairs)),
    )


def _unlabelled(document: Muc4Document) -> LabelledArticle:
    article = document.article
    meta = ArticleMeta(**article.model_dump(exclude={"text"}), sha256=text_sha256(article.text))
    return LabelledArticle(article, empty_extraction(meta))


def _mismatches(pair: _Pair) -> Iterator[Mismatch]:
    """What differs; a template without counterpart once for each of its fills."""
    article = pair.gold.article
    sentences = [
        article.text[s.start : s.end] for s in split_sentences(article.text, article.language)
    ]
    for number, one in enumerate(paired(pair.predicted, pair.gold.templates), 1):
        if not one.counted:
            continue
        for slot, gold, predicted in _differing(one):
            value = str(gold or predicted)
            yield Mismatch(
                article=article.id,
                field=slot,
                record=f"pair {number}",
                gold=gold,
                predicted=predicted,
                sentence=next((s for s in sentences if value.casefold() in s.casefold()), ""),
            )


def _differing(pair: Paired) -> Iterator[tuple[str, str | None, str | None]]:
    for slot in SLOTS:
        ours = pair.predicted.of(slot) if pair.predicted else ()
        theirs = pair.gold.of(slot) if pair.gold else ()
        matches = pair.matches.get(slot, [])
        right = {row for row, _ in matches}, {column for _, column in matches}
        wrong = [str(f.values[0]) for n, f in enumerate(ours) if n not in right[0]]
        missed = [
            str(f.values[0]) for n, f in enumerate(theirs) if n not in right[1] and not f.optional
        ]
        yield from ((slot, value, None) for value in missed)
        yield from ((slot, None, value) for value in wrong)
