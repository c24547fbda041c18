"""Long articles: cut into windows on paragraph borders, and the windows' drafts joined again."""

from collections.abc import Sequence
from typing import TypeVar

from extractor.grounding.sentences import Sentence
from extractor.llm.base import estimated_tokens
from extractor.schemas.draft import Draft, DraftIncident

_T = TypeVar("_T")


def windows(text: str, sentences: Sequence[Sentence], tokens: int) -> list[list[Sentence]]:
    """`sentences` in runs of at most about `tokens` tokens, broken between paragraphs.

    A paragraph longer than that is broken between sentences. No sentence is left out.
    """
    runs: list[list[Sentence]] = []
    run: list[Sentence] = []
    used = 0
    for paragraph in _paragraphs(sentences):
        sizes = [estimated_tokens(text[s.start : s.end]) + 4 for s in paragraph]
        if run and used + sum(sizes) > tokens:
            runs.append(run)
            run, used = [], 0
        for sentence, size in zip(paragraph, sizes, strict=True):
            if run and used + size > tokens:
                runs.append(run)
                run, used = [], 0
            run.append(sentence)
            used += size
    return [*runs, run] if run else runs


def _paragraphs(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    found: dict[int, list[Sentence]] = {}
    for sentence in sentences:
        found.setdefault(sentence.paragraph, []).append(sentence)
    return list(found.values())


def merged(drafts: Sequence[Draft]) -> Draft:
    """One draft of several windows: an incident found again is one incident.

    Actors are joined by name when the draft is assembled. The result may be longer than a
    model's answer is allowed to be, so it is not validated again.
    """
    if len(drafts) == 1:
        return drafts[0]
    incidents: list[DraftIncident] = []
    for incident in (incident for draft in drafts for incident in draft.incidents):
        for position, earlier in enumerate(incidents):
            if _same(earlier, incident):
                incidents[position] = _joined(earlier, incident)
                break
        else:
            incidents.append(incident)
    actors = [actor for draft in drafts for actor in draft.actors]
    return Draft.model_construct(actors=actors, incidents=incidents)


def _same(a: DraftIncident, b: DraftIncident) -> bool:
    """Same type, no contradiction in time and place, and one of them told alike."""
    if a.type is not b.type:
        return False
    pairs = ((a.when, b.when), (a.where, b.where), (a.city, b.city), (a.country, b.country))
    given = [(x.casefold(), y.casefold()) for x, y in pairs if x is not None and y is not None]
    return (
        bool(given) and all(x == y for x, y in given) and (a.when == b.when or a.where == b.where)
    )


def _joined(a: DraftIncident, b: DraftIncident) -> DraftIncident:
    lists = ("perpetrators", "targets", "victims", "others", "objects", "weapons")
    union = {name: _union(getattr(a, name), getattr(b, name)) for name in lists}
    scalars = ("when", "where", "city", "region", "country")
    return a.model_copy(
        update={
            "sentences": _union(a.sentences, b.sentences),
            "figures": _union(a.figures, b.figures),
            "statements": _union(a.statements, b.statements),
            **union,
            **{name: getattr(a, name) or getattr(b, name) for name in scalars},
        }
    )


def _union(a: Sequence[_T], b: Sequence[_T]) -> list[_T]:
    return [*a, *(item for item in b if item not in a)]
