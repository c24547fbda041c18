"""Dates in languages that the rules of `dates` do not read, through dateparser."""

import re
import warnings
from datetime import date, datetime, timedelta
from typing import NamedTuple

from dateparser.date import DateDataParser
from text_to_num import alpha2digit

# Tried in this order where the article's language is not known.
_DEFAULT_LANGUAGES = ("en", "fr", "es", "de", "pt", "ar", "ru", "zh")
_NUMBER_WORDS = ("fr", "es", "de", "pt", "it", "nl")

# A time of day, and the words around it, say nothing about the day.
_TIME_OF_DAY = re.compile(
    r"\b\d{1,2}(?:[:.h]\d\d)?(?:[:.]\d\d)? ?(?:[ap]\.?m\b\.?|h\b|uhr\b|gmt|utc)"
    r"|\b\d{1,2}:\d\d(?::\d\d)?\b"
)
_LEADING = re.compile(
    r"^(?:(?:le|la|el|los|am|im|in|en|on|at"
    r"|около|в|во|на|في|يوم|vers|um|gegen|ca|about|around)\b ?)+"
)
# "In zwei Tagen": what is to come, of which no rule here makes days.
_AHEAD = re.compile(
    r"^(?:in|en|em|tra|fra|dans|через|over|binnen) \S+ (?:tag|woch|monat|jahr|stund|dia|seman|mes"
    r"|ano|hor|jour|an|heur|giorn|settiman|mesi|or[ae]\b|dag|dn|дн|недел|месяц|год|лет|час)"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


class Parsed(NamedTuple):
    """A day that dateparser found, and the unit of time that the text named."""

    day: date
    period: str
    absolute: bool


def parse(text: str, published: date, language: str | None) -> Parsed | None:
    """Read a date, keeping away from dateparser what it would only guess at.

    Args:
        text: The time in lower case with ASCII digits.
        published: The day that relative dates count from.
        language: Primary language subtag, or null to try the most common ones.

    Returns:
        The day, or null where the text is none that dateparser knows.
    """
    if _AHEAD.search(text):
        return None
    bare = " ".join(_LEADING.sub("", _TIME_OF_DAY.sub(" ", text)).split()).strip(" .,;:-")
    if not re.search(r"[^\W\d_]{2}|[㐀-鿿]", bare):
        return None
    if language in _NUMBER_WORDS:
        bare = alpha2digit(bare, language, threshold=0)
    first = _ask(bare, published, language)
    if first is None:
        return None
    if year := _YEAR.search(bare):
        # The day must not be made up from a year alone.
        has_day = re.search(r"\d", bare.replace(year.group(), "", 1))
        known = first.day.year == int(year.group()) and (has_day or first.period != "day")
        return first._replace(absolute=True) if known else None
    if published - first.day == timedelta(days=7):
        # For the weekday of publication it goes a week back; the codebook means the day itself.
        # Seen from the day after, a weekday stays where it is, "a week ago" moves along.
        second = _ask(bare, published + timedelta(days=1), language)
        return second if second and second.day == published else first
    return first


def _ask(text: str, base: date, language: str | None) -> Parsed | None:
    settings = {
        "PREFER_DATES_FROM": "past",
        "RELATIVE_BASE": datetime(base.year, base.month, base.day, 12),  # noqa: DTZ001
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    languages = [language] if language else list(_DEFAULT_LANGUAGES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its use of the standard library is not ours to report
        try:
            data = DateDataParser(languages=languages, settings=settings).get_date_data(text)
        except (ValueError, OverflowError, TypeError, AttributeError, LookupError):
            return None  # an unknown language, or a text that it stumbles over
    if data.date_obj is None:
        return None
    return Parsed(data.date_obj.date(), data.period or "day", absolute=False)
