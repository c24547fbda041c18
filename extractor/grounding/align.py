"""Finding the words of an article that a quote stands for.

A quote is looked for verbatim, then in a normal form that forgets case, width, line breaks
and typography, and last by likeness. Offsets are always those of the text as given. Every
step is linear in the text or bounded by the quote, whatever the text looks like.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from rapidfuzz import fuzz

from extractor.grounding.sentences import INVISIBLE, continues, is_border, word_end
from extractor.schemas import Evidence

MIN_FUZZY = 12
"""Normalized characters a quote must have to be matched by likeness."""
MAX_FUZZY = 2_000
"""Normalized characters it may have: likeness costs the square of the length."""
MIN_SCORE = 85.0
"""Likeness of quote and text, of 100, from which they count as the same words."""

_ROUGH = MIN_SCORE - 15
_ENDS = 256  # characters at either end of a quote that place it
_UNSPACED = "\u0e00"  # Thai, where the scripts without spaces begin
_CLUSTER = 32  # characters of one cluster: normalizing endless runs of accents is quadratic
_GRAMS = 48  # n-grams of a quote that vote
_POSTINGS = 64  # places that one n-gram votes for
_WINDOWS = 4  # places that are compared with the quote


class Alignment(StrEnum):
    """How closely the text has the words of a quote."""

    EXACT = "exact"
    NORMALIZED = "normalized"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, not empty and without white space around it."""

    start: int
    end: int
    alignment: Alignment


_UNIFY = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′‵‹›ʹʼ`´", "'"),
        **dict.fromkeys("“”„‟″‶«»〝〞〟「」『』", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣⸺⸻", "-"),
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full width
    }
)
_SELECTORS = re.compile("[\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<run>[\w!-~]+(?: [\w!-~]+)*)(?P<tail>[^\w\s!-~]*)|[^\w\s!-~]+"
)


@lru_cache(maxsize=65_536)
def _fold(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", cluster).casefold()
    folded = _SELECTORS.sub("", unicodedata.normalize("NFKC", folded))
    # Turkish has two letters i, and writers of other languages one: make all of them one.
    return folded.replace("i\u0307", "i").replace("ı", "i")


def _fold_run(match: re.Match[str]) -> str | None:
    """The normal form of a token where it is one character for each, else None."""
    token = match.group()
    if token.isascii():
        return token.lower()
    odd = token if match["tail"] is None else match["tail"]
    if any(continues(character) or character in INVISIBLE for character in odd):
        return None
    folded = token.casefold()
    if len(folded) != len(token):
        return None
    normal = unicodedata.is_normalized("NFKC", token) and unicodedata.is_normalized("NFKC", folded)
    return folded.replace("ı", "i") if normal else None


def _clusters(token: str, offset: int) -> Iterator[tuple[str, int, int]]:
    """Each character with its accents: normal form, start, end."""
    position = 0
    while position < len(token):
        start = position
        position += 1
        if token[start] in INVISIBLE:
            continue
        limit = min(len(token), start + _CLUSTER)
        if not token[start].isspace():
            while position < limit and continues(token[position]):
                position += 1
        yield _fold(token[start:position]), offset + start, offset + position


class _Normalized:
    """The normal form of a text, and where each of its characters comes from."""

    def __init__(self, text: str) -> None:
        self.starts = array("L")
        self.ends = array("L")
        parts: list[str] = []
        spaced = True  # whether the last part is a space, and so no other may follow
        for match in _TOKEN.finditer(text.translate(_UNIFY)):
            start, end = match.span()
            if match["space"]:
                if not spaced:
                    self._add(parts, " ", start, end)
                spaced = True
            elif (folded := _fold_run(match)) is not None:
                parts.append(folded)
                self.starts.extend(range(start, end))
                self.ends.extend(range(start + 1, end + 1))
                spaced = False
            else:
                for folded, first, last in _clusters(match.group(), start):
                    if folded and not (spaced and folded == " "):
                        self._add(parts, folded, first, last)
                        spaced = folded == " "
        self.text = "".join(parts)

    def _add(self, parts: list[str], folded: str, start: int, end: int) -> None:
        parts.append(folded)
        self.starts.extend([start] * len(folded))
        self.ends.extend([end] * len(folded))

    def cuts_cluster(self, position: int) -> bool:
        """Whether the place before a position lies inside one character of the text."""
        return 0 < position < len(self.starts) and (
            self.starts[position - 1] == self.starts[position]
        )


def _numbers(text: str) -> set[str]:
    """The numbers of a text in plain digits: `1,200` and `١٢٠٠` are `1200`."""
    return {
        "".join(str(unicodedata.digit(c)) for c in found if c.isdigit())
        for found in re.findall(r"\d+(?:[.,٬٫]\d+)*", text)
    }


class _Grams:
    """Where each run of `size` characters stands in a normalized text."""

    def __init__(self, text: str, size: int) -> None:
        self._size = size
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for position in range(len(text) - size + 1):
            self._places[text[position : position + size]].append(position)

    def windows(self, quote: str, low: int, high: int, near: int | None) -> list[tuple[int, int]]:
        """The likeliest windows for a quote inside a range, twice its length each."""
        width = max(8, len(quote) // 4)
        votes: defaultdict[int, float] = defaultdict(float)
        for offset, places in self._rarest(quote):
            first, last = bisect_left(places, low), bisect_right(places, high - self._size)
            if last - first > _POSTINGS:
                if near is not None:
                    middle = bisect_left(places, near + offset, first, last) - _POSTINGS // 2
                    first = min(max(first, middle), last - _POSTINGS)
                last = first + _POSTINGS
            for place in places[first:last]:
                votes[(place - offset) // width] += 1 / len(places)
        pivot = low if near is None else near
        # A passage shifted by an insertion votes for two neighbouring buckets.
        ranked = sorted(
            votes,
            key=lambda b: (-round(votes[b] + votes.get(b + 1, 0.0), 3), abs(b * width - pivot)),
        )
        margin = len(quote) // 4
        return [
            (max(low, b * width - margin), min(high, (b + 2) * width + len(quote) + margin))
            for b in ranked[:_WINDOWS]
            if votes[b] > votes[ranked[0]] / 10
        ]

    def _rarest(self, quote: str) -> list[tuple[int, list[int]]]:
        count = len(quote) - self._size + 1
        step = max(1, count // (4 * _GRAMS))
        found = [
            (offset, places)
            for offset in range(0, count, step)
            if (places := self._places.get(quote[offset : offset + self._size]))
        ]
        return sorted(found, key=lambda item: len(item[1]))[:_GRAMS]


class Aligner:
    """Finds quotes in one text. What it needs of the text is worked out once, when needed."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(
        self,
        quote: str,
        *,
        within: tuple[int, int] | None = None,
        near: int | None = None,
        whole_words: bool = True,
    ) -> Span | None:
        """Find where the text has a quote: verbatim, else normalized, else by likeness.

        Args:
            quote: The words to look for; outer white space does not count.
            within: Range of offsets that the match must lie in.
            near: Offset that the match should be as close to as possible; the first match
                is taken where it is absent.
            whole_words: Whether a match may not start or end inside a word of Latin,
                Cyrillic or Greek letters, or inside a number.

        Returns:
            The match, or None. A match by likeness has all the numbers of the quote.
        """
        if not (quote := quote.strip()):
            return None
        low, high = within or (0, len(self.text))
        low, high = max(0, low), min(high, len(self.text))
        if span := _closest(self._verbatim(quote, low, high, whole_words), near):
            return span
        if not (needle := _Normalized(quote).text.strip()):
            return None
        normal = self._normalized
        low, high = bisect_left(normal.starts, low), bisect_right(normal.ends, high)
        if span := _closest(self._folded(needle, low, high, whole_words), near):
            return span
        if MIN_FUZZY <= len(needle) <= MAX_FUZZY:
            return self._alike(needle, low, high, near)
        return None

    def find_all(self, quote: str) -> list[Span]:
        """Every place that has the quote verbatim or normalized, in order and disjoint."""
        if not (quote := quote.strip()):
            return []
        spans = _disjoint(self._verbatim(quote, 0, len(self.text), True))
        taken = [span.start for span in spans]  # parallel to the front of `spans`
        if needle := _Normalized(quote).text.strip():
            for span in _disjoint(self._folded(needle, 0, len(self._normalized.text), True)):
                at = bisect_left(taken, span.end)
                if at == 0 or spans[at - 1].end <= span.start:
                    spans.append(span)
        return sorted(spans, key=lambda span: span.start)

    def evidence(self, start: int, end: int) -> Evidence:
        """The text from `start` to `end` as evidence.

        Raises:
            ValueError: when the offsets are no stretch of the text.
        """
        return Evidence(quote=self.text[start:end], start=start, end=end)

    @cached_property
    def _normalized(self) -> _Normalized:
        return _Normalized(self.text)

    @cached_property
    def _long_grams(self) -> _Grams:
        return _Grams(self._normalized.text, 8)

    @cached_property
    def _short_grams(self) -> _Grams:
        return _Grams(self._normalized.text, 4)

    def _verbatim(self, quote: str, low: int, high: int, whole_words: bool) -> Iterator[Span]:
        at = self.text.find(quote, low, high)
        while at >= 0:
            span = Span(at, at + len(quote), Alignment.EXACT)
            if self._stands_free(span, whole_words):
                yield span
            # A match from inside a word is refused, so go on where the word ends: else a text
            # of one letter repeated would cost its length times that of the quote.
            at = word_end(self.text, at) if whole_words else at + 1
            at = self.text.find(quote, at, high)

    def _folded(self, needle: str, low: int, high: int, whole_words: bool) -> Iterator[Span]:
        normal = self._normalized
        first = normal.text.find(needle, low, high)
        while first >= 0:
            last = first + len(needle)
            span = Span(normal.starts[first], normal.ends[last - 1], Alignment.NORMALIZED)
            # Half of an ellipsis may stand for all of it, half of a ligature may not.
            if (
                not (normal.cuts_cluster(first) and self.text[span.start].isalnum())
                and not (normal.cuts_cluster(last) and self.text[normal.starts[last]].isalnum())
                and self._stands_free(span, whole_words)
            ):
                yield span
            after = bisect_left(normal.starts, word_end(self.text, span.start))
            first = normal.text.find(needle, max(first + 1, after if whole_words else 0), high)

    def _stands_free(self, span: Span, whole_words: bool) -> bool:
        return is_border(self.text, span.start, whole_words) and is_border(
            self.text, span.end, whole_words
        )

    def _alike(self, needle: str, low: int, high: int, near: int | None) -> Span | None:
        pivot = None if near is None else bisect_left(self._normalized.starts, near)
        # Long seeds are rare and so quick; short ones find what was changed all over.
        for size in ("long", "short"):
            grams = self._long_grams if size == "long" else self._short_grams
            found = [
                hit
                for window in grams.windows(needle, low, high, pivot)
                if (hit := self._compare(needle, *window))
            ]
            if found:
                best = max(score for score, _ in found)
                spans = [span for score, span in found if score > best - 1]
                return min(spans, key=lambda span: abs(span.start - (near or 0)))
        return None

    def _compare(self, needle: str, low: int, high: int) -> tuple[float, Span] | None:
        normal = self._normalized
        window = normal.text[low:high]
        # The ends of a long quote place it as well as all of it, at the cost of their length.
        head = fuzz.partial_ratio_alignment(needle[:_ENDS], window, score_cutoff=_ROUGH)
        tail = head
        if len(needle) > _ENDS:
            tail = fuzz.partial_ratio_alignment(needle[-_ENDS:], window, score_cutoff=_ROUGH)
        if not head or not tail or tail.dest_end <= head.dest_start:
            return None
        start, end = low + head.dest_start, low + tail.dest_end
        reach = max(8, min(40, len(needle) // 3))
        for _ in range(2):  # either end is chosen with the other one given
            ends = range(max(start + 1, end - reach), min(high, end + reach) + 1)
            spans = [(start, at) for at in ends if self._ends_word(at)]
            start, end = max(spans, key=self._likeness(needle), default=(start, end))
            starts = range(max(low, start - reach), min(end - 1, start + reach) + 1)
            spans = [(at, end) for at in starts if self._starts_word(at)]
            start, end = max(spans, key=self._likeness(needle), default=(start, end))
        score = self._likeness(needle)((start, end))
        if score < MIN_SCORE or not (self._starts_word(start) and self._ends_word(end)):
            return None
        # "200 killed" is very like "300 killed".
        if not _numbers(needle) <= _numbers(normal.text[start:end]):
            return None
        return score, Span(normal.starts[start], normal.ends[end - 1], Alignment.FUZZY)

    def _likeness(self, needle: str) -> Callable[[tuple[int, int]], float]:
        text = self._normalized.text
        return lambda span: fuzz.ratio(needle, text[span[0] : span[1]])

    def _starts_word(self, at: int) -> bool:
        normal = self._normalized
        if normal.cuts_cluster(at) or normal.text[at] == " ":
            return False
        return self._parts_words(normal.starts[at])

    def _ends_word(self, at: int) -> bool:
        normal = self._normalized
        if normal.cuts_cluster(at) or normal.text[at - 1] == " ":
            return False
        return self._parts_words(normal.ends[at - 1])

    def _parts_words(self, at: int) -> bool:
        """Whether a guessed end may lie here: stricter than `is_border`, in most scripts."""
        left, right = self.text[at - 1 : at], self.text[at : at + 1]
        if not left or not right or max(left, right) >= _UNSPACED:
            return is_border(self.text, at)
        inside = right.isalnum() and (left.isalnum() or continues(left))
        return not inside and is_border(self.text, at)


def _closest(spans: Iterable[Span], near: int | None) -> Span | None:
    """The first of ordered spans, or the one that starts closest to an offset."""
    best = None
    for span in spans:
        if near is None:
            return span
        if best is not None and abs(best.start - near) <= abs(span.start - near):
            break
        best = span
    return best


def _disjoint(spans: Iterable[Span]) -> list[Span]:
    chosen: list[Span] = []
    for span in spans:
        if not chosen or chosen[-1].end <= span.start:
            chosen.append(span)
    return chosen
