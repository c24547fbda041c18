"""Score predictions against labelled articles, and compare two runs."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from extractor.evaluation.baselines import BASELINES
from extractor.evaluation.data import GoldData, PredictedData, gold_articles, matched
from extractor.evaluation.details import Figures, Tables, confusion, grounding
from extractor.evaluation.facts import FIELDS, RECORD_KINDS, counts
from extractor.evaluation.numerics import Resampler
from extractor.evaluation.reports import EvaluationReport, Group, Mismatch, Settings
from extractor.evaluation.scores import Cell, Table, article_scores, macro
from extractor.evaluation.scoring import (
    SAMPLES,
    SEED,
    Scored,
    baseline,
    failures,
    models,
    record_scores,
    relevance,
    score_article,
    settings,
)
from extractor.grounding.sentences import Sentence, split_sentences

_UNKNOWN = "(unknown)"


class Breakdown(StrEnum):
    """By what scores can be broken down."""

    TYPE = "type"
    SOURCE = "source"
    LANGUAGE = "language"


def evaluate(
    predictions: PredictedData,
    gold: GoldData,
    *,
    by: Sequence[Breakdown | str] = (),
    errors: bool = False,
    allow_missing: bool = False,
    samples: int = SAMPLES,
    seed: int = SEED,
) -> EvaluationReport:
    """Score predictions against gold labels.

    Args:
        predictions: Outcomes or extractions, or the file or folder that holds them.
        gold: Labelled articles, or the folder with `articles.jsonl` and `labels.jsonl`.
        by: Breakdowns to add: `type` of incident, `source` or `language` of the article.
        errors: Whether to list each fact on which the two sides differ.
        allow_missing: Whether articles without a prediction are left out, not an error.
        samples: Samples of the bootstrap.
        seed: Seed of the bootstrap.

    Raises:
        ConfigError: if the data cannot be read or does not belong together.
    """
    pairs, missing = matched(predictions, gold_articles(gold), allow_missing=allow_missing)
    scored = [score_article(pair) for pair in pairs]
    breakdowns = [Breakdown(one) for one in by]
    return _report(scored, settings(samples, seed)).model_copy(
        update={
            "missing": missing,
            "groups": {one.value: _groups(one, scored, samples, seed) for one in breakdowns},
            "mismatches": tuple(m for one in scored for m in _mismatches(one)) if errors else None,
        }
    )


def _report(scored: Sequence[Scored], how: Settings) -> EvaluationReport:
    """The report without what has to be asked for."""
    pairs = [article.pair for article in scored]
    predictions = [pair.prediction for pair in pairs]
    resampler = Resampler(len(scored), how.samples, how.seed)
    table = Table([article.row for article in scored], resampler)
    per_article = article_scores([p.id for p in predictions], table.rows, FIELDS)
    tables, figures = Tables(), Figures()
    for article in scored:
        tables.add(article.pair, article.alignment)
        figures.add(article.pair, article.alignment)
    return EvaluationReport(
        settings=how,
        models=models(predictions),
        articles=len(scored),
        missing=(),
        failures=failures(predictions),
        overall=table.score(FIELDS),
        macro=macro([article.overall for article in per_article]),
        records=record_scores(table),
        fields={field: table.score([field]) for field in FIELDS},
        relevance=relevance(table, negatives=sum(article.negative for article in scored)),
        grounding=grounding(pairs),
        casualties=figures.report(),
        confusion=tables.confusion(),
        sources=confusion(tables.sources),
        baselines=tuple(
            baseline(name, answer, [pair.gold for pair in pairs], resampler)
            for name, answer in BASELINES.items()
        ),
        groups={},
        per_article=per_article,
        mismatches=None,
    )


def _groups(by: Breakdown, scored: Sequence[Scored], samples: int, seed: int) -> dict[str, Group]:
    parts: dict[str, list[dict[str, Cell]]] = {}
    for article in scored:
        for name, row in _parts(by, article):
            parts.setdefault(name, []).append(row)
    return {name: _group(rows, samples, seed) for name, rows in sorted(parts.items())}


def _parts(by: Breakdown, article: Scored) -> Iterator[tuple[str, dict[str, Cell]]]:
    """The groups that an article belongs to, with the counts that it adds to each."""
    if by is not Breakdown.TYPE:
        meta = article.pair.gold.article
        name = meta.source if by is Breakdown.SOURCE else meta.language
        yield name or _UNKNOWN, counts(article.judgements)
        return
    types = {judged.incident_type for judged in article.judgements if judged.incident_type}
    for name in sorted(types):
        judged = [one for one in article.judgements if one.incident_type == name]
        yield name, counts(judged)


def _group(rows: Sequence[dict[str, Cell]], samples: int, seed: int) -> Group:
    table = Table(rows, Resampler(len(rows), samples, seed))
    return Group(articles=len(rows), overall=table.score(FIELDS), records=record_scores(table))


def _mismatches(article: Scored) -> Iterator[Mismatch]:
    """What differs; of a record without counterpart only that it has none."""
    text = article.pair.gold.article
    sentences = split_sentences(text.text, text.language)
    for judged in article.judgements:
        if judged.right or (judged.unpaired and judged.field not in RECORD_KINDS):
            continue
        yield Mismatch(
            article=text.id,
            field=judged.field,
            record=judged.record,
            gold=judged.gold,
            predicted=judged.predicted,
            sentence=_sentence(text.text, sentences, judged.evidence.start),
        )


def _sentence(text: str, sentences: Sequence[Sentence], start: int) -> str:
    found = next((s for s in sentences if s.start <= start < s.end), None)
    return text[found.start : found.end] if found else ""
