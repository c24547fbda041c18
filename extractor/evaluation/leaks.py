"""Text of a prompt's worked examples that turns up in the answer for another article."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from extractor.articles import Article
from extractor.evaluation.strings import tokens
from extractor.prompting import Prompt
from extractor.schemas import Extraction

RUN = 5
"""Words in a row that two texts hardly share by chance."""

_WORD = re.compile(r"[^\W\d_]+")
_INSIDE = re.compile(r"(?<=[\w,;] )[^\W\d_]+")
"""A word that does not begin its sentence, where a capital says nothing."""

# A summary in English may tell a day that the article names in another language.
_CALENDAR = {word.casefold() for word in (*calendar.day_name, *calendar.month_name)}

_Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExampleText:
    """What can be recognised of the worked examples of a prompt.

    Attributes:
        names: Words that always have a capital, also inside a sentence; here without case.
        runs: All runs of `RUN` words, without case.
    """

    names: frozenset[str]
    runs: frozenset[_Run]


def example_text(prompt: Prompt) -> ExampleText:
    """The texts and the answers of all worked examples of `prompt`."""
    examples = [example for step in prompt.steps.values() for example in step.examples]
    texts = [example.text for example in examples]
    texts += [s for example in examples for s in _strings(example.answer.model_dump(mode="json"))]
    inside = {word for text in texts for word in _INSIDE.findall(text)}
    common = {word.casefold() for word in inside if not word[0].isupper()}
    names = {word.casefold() for word in inside} - common - _CALENDAR
    return ExampleText(frozenset(names), frozenset(run for text in texts for run in _runs(text)))


def leaks(extraction: Extraction, article: Article, examples: ExampleText) -> list[str]:
    """Each string of the answer with words of an example that do not stand in the article.

    These are a name of an example, or a run of `RUN` words of one.
    """
    told = f"{article.title or ''}\n{article.text}"
    names, runs = examples.names - {*tokens(told)}, examples.runs - {*_runs(told)}
    found = []
    for path, value in _written(extraction):
        capitals = {word.casefold() for word in _WORD.findall(value) if word[0].isupper()}
        strange = sorted(capitals & names)
        strange += [" ".join(run) for run in _runs(value) if run in runs]
        if strange:
            found.append(f"{path} {value!r} has of an example: {', '.join(strange)}")
    return found


def _runs(text: str) -> Iterator[_Run]:
    words = tokens(text)
    return (words[n : n + RUN] for n in range(len(words) - RUN + 1))


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for item in data.values() if isinstance(data, dict) else data:
            yield from _strings(item)


def _written(extraction: Extraction) -> Iterator[tuple[str, str]]:
    """Every string of the answer that is no id, code or quote, with the field it stands in."""
    for actor in extraction.actors:
        yield from _given(f"{actor.id}.name", actor.name)
        yield from _given(f"{actor.id}.aliases", *actor.aliases)
        yield from _given(f"{actor.id}.role", actor.role)
    for incident in extraction.incidents:
        yield from _given(f"{incident.id}.summary", incident.summary)
        if place := incident.location:
            yield from _given(f"{incident.id}.location", place.name, place.city, place.region)
        if incident.date:
            yield from _given(f"{incident.id}.date", incident.date.text)
        yield from _given(f"{incident.id}.objects", *(item.name for item in incident.objects))
        yield from _given(f"{incident.id}.weapons", *incident.weapons)
        for casualty in incident.casualties:
            yield from _given(f"{incident.id}.casualties", casualty.text, casualty.who)
    for attribution in extraction.attributions:
        yield from _given(f"{attribution.id}.statement", attribution.statement)
        yield from _given(f"{attribution.id}.medium", attribution.medium)


def _given(path: str, *values: str | None) -> Iterator[tuple[str, str]]:
    return ((path, value) for value in values if value is not None)
