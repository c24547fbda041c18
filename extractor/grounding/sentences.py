"""Where a text may be cut: into numbered sentences, between words, between characters."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sentencex

MAX_SENTENCE = 600
"""Characters that a sentence may have; a longer one is cut."""

INVISIBLE = frozenset(
    "\u00ad\u061c\u180e\ufeff"
    + "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070))))
    + "".join(map(chr, range(0xE0020, 0xE0080)))
)
"""Not seen on the page: soft hyphen, zero-width characters, direction marks, emoji tags."""

# The module is compiled and has no stubs.
_segment: Callable[[str, str], list[dict[str, Any]]] = sentencex.get_sentence_boundaries  # type: ignore[attr-defined]

_PART = 4_000
_ZWJ = "\u200d"
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
# A place to cut a long sentence: at white space, or after punctuation that no space follows.
_BREAK = re.compile(r"\s|[。！？；：，、．](?=[^\s」』”’）])")
# Letters of the scripts that put a space between words and glue nothing to them, and digits.
_LETTER = (
    r"(?:\d|[^\W_](?<=[A-Za-zªºÀ-ʯ\u0370-\u052f\u1c80-\u1c8f\u1e00-\u1fff\u2c60-\u2c7f"
    r"\u2de0-\u2dff\ua640-\ua69f\ua720-\ua7ff\ufb00-\ufb06Ａ-Ｚａ-ｚ]))"
)
_WORD = re.compile(_LETTER)
_RUN = re.compile(_LETTER + "{2,}")
_THOUSANDS = re.compile(r"[.,٬٫]\d{3}(?!\d)")


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


def _boundaries(line: str, language: str) -> Iterator[int]:
    """Where the sentences of a line start. Only starts are taken over, so nothing gets lost."""
    # Half of a surrogate pair has no UTF-8 form, which the segmenter needs.
    line = _SURROGATES.sub("\ufffd", line)
    yield 0
    done = 0
    # The segmenter's time grows with the square of the line, so it gets a part at a time.
    while True:
        part = line[done : done + _PART]
        found = sorted(
            {start for each in _segment(language, part) if (start := each["start_index"])}
        )
        yield from (done + start for start in found if start < len(part))
        if done + len(part) == len(line):
            return
        done += found[-1] if found else len(part)


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
        if is_border(text, cut, False):
            return cut
    return limit


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


@lru_cache(maxsize=65_536)
def continues(character: str) -> bool:
    """Whether a character belongs to the one before it: accents, jamo, skin tones."""
    return (
        unicodedata.category(character)[0] == "M"
        or "\u1160" <= character <= "\u11ff"
        or "\ud7b0" <= character <= "\ud7fb"
        or character in "\uff9e\uff9f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def is_border(text: str, at: int, whole_words: bool = True) -> bool:
    """Whether a text may be cut before an offset.

    Args:
        text: The text.
        at: The offset.
        whole_words: Whether it may not be cut inside a word of Latin, Cyrillic or Greek
            letters or inside a number, besides inside a character.
    """
    if not 0 < at < len(text) or text[at].isspace() or text[at - 1].isspace():
        return True
    if _splits_character(text, at):
        return False
    return not (whole_words and _splits_word(text, at))


def word_end(text: str, at: int) -> int:
    """The end of the word that an offset lies inside of, or the next offset."""
    run = _RUN.match(text, at - 1) if at else None
    return run.end() if run else at + 1


def _splits_character(text: str, at: int) -> bool:
    """Whether a cut would part an accent from its letter or an emoji in two."""
    left, right = text[at - 1], text[at]
    if _ZWJ in (left, right):
        joint = at if right == _ZWJ else at - 1
        before, after = text[max(0, joint - 1) : joint], text[joint + 1 : joint + 2]
        return bool(before.strip() and after.strip())
    return continues(right) and not left.isspace() and left not in INVISIBLE


def _splits_word(text: str, at: int) -> bool:
    """Whether a cut would fall inside a word, or inside a number such as 1,200."""
    left = at - 1
    # Look through what the reader does not see, a few characters far.
    while left > max(0, at - 8) and (text[left] == "\u00ad" or continues(text[left])):
        left -= 1
    right = at
    while right < min(len(text) - 1, at + 8) and text[right] == "\u00ad":
        right += 1
    if _WORD.match(text[right]):
        if _WORD.match(text[left]):
            return True
        return left > 0 and text[left - 1].isdigit() and bool(_THOUSANDS.match(text, left))
    return text[left].isdigit() and bool(_THOUSANDS.match(text, right))
