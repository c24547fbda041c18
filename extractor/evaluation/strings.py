"""When two strings as written stand for the same thing."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

SAME = 0.6
"""Similarity from which two names share enough to be the same."""

# Scripts without spaces are compared by character.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b")
_ARTICLES = frozenset(
    {
        *("the", "a", "an"),
        *("el", "la", "los", "las", "un", "una"),
        *("le", "les", "l", "une"),
        *("der", "die", "das", "ein", "eine"),
        *("il", "lo", "gli", "o", "os", "as", "um", "uma"),
    }
)
"""Articles of a few languages, left out at the beginning of a name."""


@lru_cache(maxsize=65_536)
def tokens(text: str) -> tuple[str, ...]:
    """The words of `text` without case, punctuation, possessive `'s` and a leading article."""
    text = _POSSESSIVE.sub("", unicodedata.normalize("NFKC", text).casefold())
    words = _TOKEN.findall(text)
    if len(words) > 1 and words[0] in _ARTICLES:
        del words[0]
    return tuple(words)


@lru_cache(maxsize=65_536)
def similarity(first: str, second: str) -> float:
    """How much two names agree: 1 for the same words, 0 for too few in common.

    In between it is the share of words in common (Dice's coefficient), and `SAME` at least
    where one name holds all words of the other, as a surname does beside the full name.
    """
    one, two = tokens(first), tokens(second)
    if one == two:
        return 1.0 if one or first == second else 0.0
    common = (Counter(one) & Counter(two)).total()
    if not common:
        return 0.0
    share = 2 * common / (len(one) + len(two))
    if common == min(len(one), len(two)):
        share = max(share, SAME)
    return share if share >= SAME else 0.0
