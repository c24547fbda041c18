"""Cutting an article into numbered sentences with their offsets."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import sentencex

MAX_SENTENCE = 600
"""Characters that a sentence may have; a longer one is cut."""

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
# A place to cut a long sentence: at white space, or after punctuation that no space follows.
_BREAK = re.compile(r"\s|[。！？；：，、．](?=[^\s」』”’）])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a text, without the white space around it.

    Attributes:
        number: Position in the text, from 1.
        start: Offset of the first character, in code points.
        end: Offset after the last character.
        paragraph: Number of the line with text that it stands in, from 1.
    """

    number: int
    start: int
    end: int
    paragraph: int


def split_sentences(text: str, language: str | None) -> list[Sentence]:
    """Cut a text into sentences, in order and disjoint.

    Every character that is no white space belongs to one sentence. A line break ends a
    sentence and a paragraph; no sentence is longer than `MAX_SENTENCE`.

    Args:
        text: The text.
        language: BCP 47 tag of its language, of which the first part counts; English rules
            hold where it is absent or unknown.
    """
    tag = re.split("[-_]", (language or "").strip().lower(), maxsplit=1)[0]
    sentences: list[Sentence] = []
    paragraph = 0
    for line in _LINE.finditer(text):
        if not line.group().strip():
            continue
        paragraph += 1
        cuts = [line.start() + cut for cut in _boundaries(line.group(), tag or "en")]
        for start, end in zip(cuts, [*cuts[1:], line.end()], strict=True):
            for first, last in _pieces(text, start, end):
                sentences.append(Sentence(len(sentences) + 1, first, last, paragraph))
    return sentences


def _boundaries(line: str, language: str) -> list[int]:
    """Where the sentences of a line start. Only starts are taken over, so nothing gets lost."""
    # Half of a surrogate pair has no UTF-8 form, which the segmenter needs.
    line = _SURROGATES.sub("\ufffd", line)
    try:
        found = sentencex.get_sentence_boundaries(language, line)
    except (ValueError, LookupError):  # a language without rules
        found = sentencex.get_sentence_boundaries("en", line)
    return sorted({0, *(start for each in found if 0 < (start := each["start_index"]) < len(line))})


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without outer white space, in pieces of at most `MAX_SENTENCE` characters."""
    start, end = _trim(text, start, end)
    while end - start > MAX_SENTENCE:
        cut = _cut(text, start)
        yield _trim(text, start, cut)
        start, end = _trim(text, cut, end)
    if start < end:
        yield start, end


def _cut(text: str, start: int) -> int:
    limit = start + MAX_SENTENCE
    if text[limit].isspace():
        return limit
    last = None
    for last in _BREAK.finditer(text, start + 1, limit):  # noqa: B007
        pass
    if last is not None:
        return last.end()
    # Keep an accent with its letter, unless there is nothing but accents.
    for cut in range(limit, limit - 32, -1):
        if not (unicodedata.category(text[cut])[0] == "M" or "\u200d" in text[cut - 1 : cut + 1]):
            return cut
    return limit


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
