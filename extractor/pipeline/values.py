"""Single values of a draft as the article has them, with an issue for each that it has not."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from extractor.grounding.align import Aligner, Span
from extractor.grounding.dates import resolve
from extractor.grounding.places import country_code
from extractor.grounding.sentences import Sentence
from extractor.schemas import Evidence
from extractor.schemas.extraction import MAX_WORDS, IncidentDate
from extractor.validation import Issue, issue

_ANY_DAY = date(2000, 6, 15)
_TIME_WORDS = 10
"""Words that are looked at together for a time; a wording of one is shorter."""
_LEADING = re.compile(r"^(?:the|an?|some)\s+(?=\S)", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """The article as the assembly needs it.

    `assembled` holds the draft that was assembled last, and what was made of it.
    """

    text: str
    sentences: Sequence[Sentence]
    aligner: Aligner
    published: date | None
    language: str | None
    assembled: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def lines(self) -> dict[int, str]:
        """The sentences by number, each on one line."""
        return {s.number: " ".join(self.text[s.start : s.end].split()) for s in self.sentences}

    def time(self, words: str) -> IncidentDate | None:
        """The time that `words` tell, if it can be placed in the calendar.

        For an article without a date of publication a relative time is placed in a calendar of
        some year: it tells that there is a time, and which of two comes first.
        """
        found = resolve(words, self.published or _ANY_DAY, self.language)
        return found if found.start else None

    def tells_time(self, sentence: str) -> bool:
        """Whether some words of `sentence` are a time that can be placed in the calendar."""
        words = sentence.split()
        parts = range(0, max(1, len(words) - _TIME_WORDS // 2), _TIME_WORDS // 2)
        return any(self.time(" ".join(words[at : at + _TIME_WORDS])) for at in parts)


def without_article(name: str) -> str:
    """`name` without "the", "a" or "some" before it."""
    return _LEADING.sub("", name)


class Values:
    """Grounds values in one article.

    Attributes:
        source: The article.
        issues: What could not be grounded so far.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.issues: list[Issue] = []
        self.by_number = {sentence.number: sentence for sentence in source.sentences}

    def mention(self, name: str) -> Span | None:
        """Where the article names `name`, with or without an article before it."""
        return self.source.aligner.find(name) or self.source.aligner.find(without_article(name))

    def not_in_text(self, path: str, value: str) -> None:
        """Record that `value` does not stand in the article."""
        self.issues.append(
            issue(path, "not_in_text", value, "does not stand in the article: copy its words")
        )

    def written(self, value: str | None, path: str) -> str | None:
        """`value` as the article writes it, or None with an issue."""
        if value is None:
            return None
        found = self.mention(value)
        if found is None:
            self.not_in_text(path, value)
            return None
        return self.source.text[found.start : found.end]

    def all_written(self, values: Sequence[str], path: str) -> Iterator[str]:
        """Each of `values` as the article writes it, once, with an issue for what it has not."""
        seen: set[str] = set()
        for number, value in enumerate(values):
            written = self.written(value, f"{path}.{number}")
            if written and written.casefold() not in seen:
                seen.add(written.casefold())
                yield written

    def country(self, value: str | None, path: str) -> str | None:
        """The ISO 3166-1 alpha-2 code of `value`, or None with an issue."""
        if value is None:
            return None
        code = country_code(value)
        if code is None:
            self.issues.append(issue(path, "unknown_country", value, "is no country"))
        return code

    def short(self, value: str, path: str) -> str:
        """`value` cut to the words that the codebook allows, with an issue where that cuts it."""
        words = value.split()
        if len(words) > MAX_WORDS:
            rule = f"has {len(words)} words, at most {MAX_WORDS} are allowed"
            self.issues.append(issue(path, "too_many_words", value, rule))
        return " ".join(words[:MAX_WORDS])

    def evidence(self, numbers: Iterable[int], path: str) -> tuple[Evidence, ...]:
        """The sentences with these numbers, with an issue for each that there is not."""
        found: list[Evidence] = []
        for number in dict.fromkeys(numbers):
            sentence = self.by_number.get(number)
            if sentence is None:
                self.issues.append(
                    issue(path, "no_such_sentence", number, "is no number of a sentence")
                )
            else:
                found.append(self.source.aligner.evidence(sentence.start, sentence.end))
        return tuple(found)

    def sentence_at(self, offset: int) -> Evidence:
        """The sentence that holds the character at `offset`."""
        for sentence in self.source.sentences:
            if sentence.start <= offset < sentence.end:
                return self.source.aligner.evidence(sentence.start, sentence.end)
        raise AssertionError(f"offset {offset} is in no sentence")
