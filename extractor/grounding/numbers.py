"""Where a sentence gives a number: candidates for casualty figures, each asked about on its own."""

import re
from collections.abc import Iterable, Iterator

from extractor.grounding.date_words import is_month
from extractor.grounding.figures import Bounds, bounds

_WORD = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")
_MODIFIER_WORDS = 4
"""Words before a number that may change its bounds, as in "no fewer than 12"."""
# Articles and ordinals that other readings of a number word would take for 1, 2 or 3.
_NOT_ALONE = frozenset(
    ["a", "an", "one", "un", "une", "una", "ein", "eine", "um", "uma", "prime", "prima", "primo"]
)
_ORDINAL = re.compile(r"(?:first|second|third|\w+th|\d+(?:st|nd|rd|th))", re.IGNORECASE)
_WITH_UNIT = re.compile(r"\d[\d.,]*[a-z]{1,3}", re.IGNORECASE)
"""As in "30km"."""

_YEAR = re.compile(r"(?:19|20)\d\d")
_BEFORE_YEARS = frozenset(
    ["in", "since", "of", "from", "until", "before", "en", "depuis", "desde", "em", "im", "seit"]
)
# What is measured and not counted, by the words after the number.
_MEASURED = re.compile(
    r"""[\s-]*(?:years?|months?|weeks?|days?|hours?|minutes?|o['’]clock|[ap]\.?m\b|noon
    |(?:kilo)?met(?:er|re)s?|km|miles?|yards?|feet|tons?|tonnes?|percent|per\ cent|%
    |dollars?|euros?|ans|mois|semaines?|jours?|heures?|años?|meses|semanas?|días?|horas?
    |Jahren?|Monaten?|Wochen?|Tagen?|Stunden?|Uhr|kilóm\w+|kilom\w+|por\ ciento|Prozent)(?!\w)
    |:\d\d""",
    re.VERBOSE | re.IGNORECASE,
)


def mentions(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each number in `text`, last first, with the words that change its bounds.

    Digits, number words of the languages that `bounds` reads, and vague ones such as "dozens".
    """
    words = [match.span() for match in _WORD.finditer(text)]
    position, reached = 0, len(text)
    found: list[tuple[int, int]] = []
    while position < len(words):
        last = position
        while last < len(words) and _is_number(text, words, position, last):
            last += 1
        if last == position:
            position += 1
            continue
        if not _is_no_count(text, words, position, last - 1):
            found.append(_widened(text, words, position, last - 1))
        position = last
    # From the back: a wording such as "no fewer than 12" holds an earlier number word.
    for start, end in reversed(found):
        if end <= reached:
            yield start, end
            reached = start


def _is_no_count(text: str, words: list[tuple[int, int]], first: int, last: int) -> bool:
    """Whether the number is an age, part of a date or time, or a measure."""
    start, end = words[first][0], words[last][1]
    if _is_age(text, start, end) or _MEASURED.match(text, end):
        return True
    if text[start - 1 : start] == ":":  # the minutes of 14:30
        return True
    if not text[start:end].isdigit():
        return False
    before = _next_word(text, reversed(words[:first]))
    if is_month(before) or is_month(_next_word(text, words[last + 1 :])):
        return True
    if not _YEAR.fullmatch(text, start, end):
        return False
    month = _next_word(text, reversed(words[: max(0, first - 1)]))  # of "March 14, 2026"
    return before.casefold() in _BEFORE_YEARS or (before.isdigit() and is_month(month))


def _next_word(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The first word that is no "de", which Spanish and Portuguese put into dates."""
    words = (text[start:end] for start, end in spans)
    return next((word for word in words if word.casefold() != "de"), "")


def _is_age(text: str, start: int, end: int) -> bool:
    """Whether the number stands alone between commas, as in "Idris Manu, 46, who"."""
    return text[:start].rstrip().endswith(",") and text[end : end + 1] in (",", ".", "")


def _is_number(text: str, words: list[tuple[int, int]], first: int, last: int) -> bool:
    """Whether the word at `last` is a number, or goes on with the one that starts at `first`."""
    start, end = words[last]
    word = text[start:end]
    if last > first and text[words[last - 1][1] : start].strip(" -"):
        return False
    if word.casefold() in _NOT_ALONE or _ORDINAL.fullmatch(word) or _WITH_UNIT.fullmatch(word):
        return False
    if word.casefold() == "miles" and last and _numbered(text[slice(*words[last - 1])]):
        return False  # Spanish for thousands, but not after a number
    return _numbered(word) is not None


def _widened(text: str, words: list[tuple[int, int]], first: int, last: int) -> tuple[int, int]:
    end = words[last][1]
    best = words[first][0]
    value = _numbered(text[best:end])
    for position in range(first - 1, max(-1, first - 1 - _MODIFIER_WORDS), -1):
        start = words[position][0]
        # "10 and 12" is one wording, "dozens were hurt and nobody" is two.
        if position < first - 3 and _is_number(text, words, position, position):
            break
        if re.search(r"[,;:.!?\"“”]", text[words[position][1] : words[position + 1][0]]):
            break
        wider = _numbered(text[start:end])
        if wider is not None and wider != value:
            best, value = start, wider
    return best, end


def _numbered(text: str) -> Bounds | None:
    """The bounds of `text` where it sets any."""
    found = bounds(text)
    return found if found is not None and found != (None, None) else None
