"""Answers without a model, to see what a score is worth."""

from collections.abc import Callable

from extractor.evaluation.data import LabelledArticle, empty_extraction
from extractor.grounding.sentences import split_sentences
from extractor.schemas import Evidence, Extraction, Incident, IncidentStatus, IncidentType
from extractor.schemas.extraction import MAX_WORDS


def always_empty(gold: LabelledArticle) -> Extraction:
    """No article reports anything."""
    return empty_extraction(gold.labels.article)


def first_sentence(gold: LabelledArticle) -> Extraction:
    """The first sentence reports the only incident, an attack that was carried out."""
    article = gold.article
    sentences = split_sentences(article.text, article.language)
    if not sentences:
        return empty_extraction(gold.labels.article)
    first = sentences[0]
    quote = article.text[first.start : first.end]
    incident = Incident(
        id="i1",
        summary=" ".join(quote.split()[:MAX_WORDS]),
        type=IncidentType.ATTACK,
        status=IncidentStatus.CARRIED_OUT,
        date=None,
        location=None,
        participants=(),
        objects=(),
        weapons=(),
        casualties=(),
        evidence=(Evidence(quote=quote, start=first.start, end=first.end),),
    )
    return empty_extraction(gold.labels.article).model_copy(update={"incidents": (incident,)})


BASELINES: dict[str, Callable[[LabelledArticle], Extraction]] = {
    "always empty": always_empty,
    "first sentence as the only incident": first_sentence,
}
