"""Days of an incident, computed from the article's words and its day of publication."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from extractor.grounding.date_words import MONTHS, NUMBERS, WEEKDAYS, in_english, plain
from extractor.grounding.foreign_dates import Parsed, parse
from extractor.schemas import DatePrecision, IncidentDate

MAX_LENGTH = 120
"""A longer text is a passage, not a time."""


class _Span(NamedTuple):
    """Days that a text means; null days where it names a time that cannot be computed."""

    start: date | None
    end: date | None
    precision: DatePrecision
    absolute: bool = False


_UNRESOLVED = _Span(None, None, DatePrecision.DAY)

# Stands in for an unknown day of publication, to learn the precision that a text has.
_ANY_DAY = date(2001, 6, 13)


def _any_of(words: dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_MONTH = rf"(?:{_any_of(MONTHS)})\b\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th|\.)?"
_YEAR = r"(?:19|20)\d\d"
_WEEKDAY = rf"\b(?:{_any_of(WEEKDAYS)})\b"
_COUNT = rf"(?:\d{{1,3}}|{_any_of(NUMBERS)})"
_TO = r"(?:and|to|through|until|till|-|&|or)(?: the| le| el)?"

_YEAR_TAIL = rf"(?:,? (?:of )?(?P<year>{_YEAR})|,? (?P<relyear>last year|this year))?(?![\d:])"
_DAYS_OF_MONTH = re.compile(
    rf"(?<![\d.])(?P<d1>{_DAY}) ?{_TO} ?(?P<d2>{_DAY}),? (?:of )?(?P<m1>{_MONTH}){_YEAR_TAIL}"
)
_MONTH_DAYS = re.compile(
    rf"\b(?P<m1>{_MONTH}) (?P<d1>{_DAY}) ?{_TO} ?(?P<d2>{_DAY})(?!\d){_YEAR_TAIL}"
)
_TWO_MONTHS = re.compile(
    rf"(?<![\d.])(?P<d1>{_DAY}) (?:of )?(?P<m1>{_MONTH}) ?{_TO} ?"
    rf"(?P<d2>{_DAY}) (?:of )?(?P<m2>{_MONTH}){_YEAR_TAIL}"
)
_TWO_MONTHS_US = re.compile(
    rf"\b(?P<m1>{_MONTH}) (?P<d1>{_DAY}) ?{_TO} ?(?P<m2>{_MONTH}) (?P<d2>{_DAY})(?!\d){_YEAR_TAIL}"
)
_RANGES = (_TWO_MONTHS, _TWO_MONTHS_US, _DAYS_OF_MONTH, _MONTH_DAYS)
_ISO = re.compile(r"(?<![\d-])(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<![\d-])(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_DAY_MONTH = re.compile(
    rf"(?<![\d.:])(?P<day>{_DAY}),? (?:of )?(?P<month>{_MONTH})"
    rf"(?:,? (?:of )?(?P<year>{_YEAR})|,? (?P<relyear>last year|this year)| (?P<yy>\d\d))?(?![\d:])"
)
_MONTH_DAY = re.compile(rf"\b(?P<month>{_MONTH}) (?P<day>{_DAY})(?![\d:]){_YEAR_TAIL}")
_SINGLE = (_ISO, _DAY_MONTH, _MONTH_DAY)
_YEAR_MONTH = re.compile(rf"(?<![\d-])(?P<year>{_YEAR})-(?P<month>\d{{1,2}})(?![\d-])")
_MONTH_YEAR = re.compile(rf"\b(?P<month>{_MONTH}){_YEAR_TAIL}")
_ONLY_YEAR = re.compile(rf"(?<![\d,.'-])({_YEAR})(?![\d,.'-]|s\b)")

_OTHER_EVENT = re.compile(
    r"\b(?:following|previous|preceding|same) (?:day|night|morning|evening|week|month|year)\b"
    r"|\bnext (?:day|night|morning|evening)\b"
    r"|\b(?:days?|nights?|hours?|weeks?|months?|years?) (?:before|after|later|earlier|prior)\b"
    r"(?! yesterday)"
)
_FUTURE = re.compile(r"\b(?:tomorrow|next|upcoming|coming)\b")
_AGO = re.compile(rf"\b({_COUNT}) (minute|hour|day|week|month|year)s? ago\b")
_PAST_UNITS = re.compile(
    rf"\b(?:(?:past|last) ({_COUNT})|(?:in|over|during|within) the (?:past|last)) "
    r"(hour|day|week|month|year)s?\b"
)
_CALENDAR_UNIT = re.compile(r"\b(last|past|this|next|coming) (week|month|year)\b|\b(week) last\b")
_WEEKEND = re.compile(r"\b(?:(last|this|next|past) )?week-?end\b")
_TWO_WEEKDAYS = re.compile(rf"({_WEEKDAY})(?: \w+)?,? {_TO} (?:on )?({_WEEKDAY})")
_ONE_WEEKDAY = re.compile(_WEEKDAY)

_FIXED = (
    (re.compile(r"\bday before yesterday\b"), 2),
    (re.compile(r"\b(?:yesterday|last night|last evening)\b"), 1),
    (re.compile(r"\b(?:today|tonight|this (?:morning|afternoon|evening|noon)|hours ago)\b"), 0),
    (re.compile(r"\bday after tomorrow\b"), -2),
    (re.compile(r"\btomorrow\b"), -1),
)


def resolve(text: str, published: date | None, language: str | None) -> IncidentDate:
    """Compute the days that a text means, after codebook 1.0.

    An explicit date wins over a relative one. A date without a year is the latest one that is not
    after publication. Without a day of publication only dates that give their year resolve. A
    period that has not ended at publication ends there, unless the text speaks of the future.

    Args:
        text: The time as written in the article.
        published: The day of publication, or null.
        language: BCP 47 tag of the article's language, or null.

    Returns:
        The days with their precision and the text; null days where the text does not tell them.
    """
    primary = re.split("[-_]", language.casefold())[0] if language else None
    span = _UNRESOLVED
    if len(text) <= MAX_LENGTH:
        words = in_english(plain(text), primary)
        try:
            span = _span(words, plain(text), published or _ANY_DAY, primary)
        except (ValueError, OverflowError):  # a day that no calendar has, or before year 1
            span = _UNRESOLVED
        if published is None and not span.absolute:
            span = span._replace(start=None, end=None)
        elif published is not None:
            span = _not_after(span, published, words)
    return IncidentDate(start=span.start, end=span.end, precision=span.precision, text=text)


def impossible(text: str) -> bool:
    """Whether a text names a calendar day that does not exist, such as "31 February 2021"."""
    words = in_english(plain(text[:MAX_LENGTH]), None)
    try:
        _explicit_range(words, _ANY_DAY) or _explicit_day(words, _ANY_DAY)
    except ValueError:
        return True
    return False


def _not_after(span: _Span, published: date, words: str) -> _Span:
    if span.start is None or span.end is None or span.absolute or _FUTURE.search(words):
        return span
    if span.start > published:
        return span._replace(start=None, end=None)
    return span._replace(end=min(span.end, published))


def _span(words: str, original: str, published: date, language: str | None) -> _Span:
    if found := _first(words, published, (_explicit_range, _explicit_day, _explicit_month)):
        return found
    if _OTHER_EVENT.search(re.sub("day (?:before yesterday|after tomorrow)", "", words)):
        return _UNRESOLVED
    relative = (_ago, _fixed, _weekdays, _weekend, _past_units, _calendar_unit)
    if found := _first(words, published, relative):
        return found
    # English is covered by the rules: what they do not read would only be guessed at.
    parsed = None if language == "en" else parse(original, published, language)
    return _from_parsed(parsed) if parsed else _only_year(words) or _UNRESOLVED


def _first(
    words: str, published: date, rules: tuple[Callable[[str, date], _Span | None], ...]
) -> _Span | None:
    return next((span for rule in rules if (span := rule(words, published))), None)


def _from_parsed(parsed: Parsed) -> _Span:
    value, absolute = parsed.day, parsed.absolute
    if parsed.period == "month":
        return _month(value.year, value.month, absolute=absolute)
    if parsed.period == "year":
        return _year(value.year, absolute=absolute)
    return _week(value) if parsed.period == "week" else _day(value, absolute=absolute)


def _day(value: date, *, absolute: bool = False) -> _Span:
    return _Span(value, value, DatePrecision.DAY, absolute)


def _range(start: date, end: date, *, absolute: bool = False) -> _Span:
    if start == end:
        return _day(start, absolute=absolute)
    if start > end:
        raise ValueError(f"range from {start} back to {end}")
    return _Span(start, end, DatePrecision.RANGE, absolute)


def _week(day: date) -> _Span:
    monday = day - timedelta(days=day.weekday())
    return _Span(monday, monday + timedelta(days=6), DatePrecision.WEEK)


def _month(year: int, month: int, *, absolute: bool = False) -> _Span:
    last = monthrange(year, month)[1]
    start, end = date(year, month, 1), date(year, month, last)
    return _Span(start, end, DatePrecision.MONTH, absolute)


def _year(year: int, *, absolute: bool = False) -> _Span:
    return _Span(date(year, 1, 1), date(year, 12, 31), DatePrecision.YEAR, absolute)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]


def _day_number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _month_number(text: str) -> int:
    return int(text) if text.isdigit() else MONTHS[text.rstrip(".")]


def _given_year(match: re.Match[str], published: date) -> int | None:
    groups = match.groupdict()
    if groups.get("year"):
        return int(groups["year"])
    if relative := groups.get("relyear"):
        return published.year - (relative == "last year")
    if groups.get("yy"):  # the dateline form "12 SEP 89"
        return int(groups["yy"]) + (1900 if int(groups["yy"]) > 50 else 2000)
    return None


def _is_absolute(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    return bool(groups.get("year") or groups.get("yy"))


def _latest(month: int, day: int, published: date) -> date:
    """The latest such day that is not after publication; 29 February may be years back."""
    if day > monthrange(2024, month)[1]:
        raise ValueError(f"no day {day} in month {month}")
    year = published.year
    while True:
        if day <= monthrange(year, month)[1] and date(year, month, day) <= published:
            return date(year, month, day)
        year -= 1


def _explicit_range(words: str, published: date) -> _Span | None:
    match = next((m for pattern in _RANGES if (m := pattern.search(words))), None)
    if match is None:
        return None
    first_month = _month_number(match["m1"])
    last_month = _month_number(match.groupdict().get("m2") or match["m1"])
    first_day, last_day = _day_number(match["d1"]), _day_number(match["d2"])
    over_new_year = first_month > last_month
    year = _given_year(match, published)
    if year is None:
        start = _latest(first_month, first_day, published)
    else:  # a year stands at the end and is the end's
        start = date(year - over_new_year, first_month, first_day)
    end = date(start.year + over_new_year, last_month, last_day)
    return _range(start, end, absolute=_is_absolute(match))


def _explicit_day(words: str, published: date) -> _Span | None:
    if numeric := _NUMERIC.search(words):
        one, two, year = map(int, numeric.groups())
        # Day first or month first: only a number above 12 tells.
        if one > 12 or one == two:
            return _day(date(year, two, one), absolute=True)
        return _day(date(year, one, two), absolute=True) if two > 12 else _UNRESOLVED
    matches = [m for pattern in _SINGLE if (m := pattern.search(words))]
    match = next((m for m in matches if _is_absolute(m)), matches[0] if matches else None)
    return None if match is None else _single(match, published)


def _single(match: re.Match[str], published: date) -> _Span:
    month, day = _month_number(match["month"]), _day_number(match["day"])
    year = _given_year(match, published)
    value = _latest(month, day, published) if year is None else date(year, month, day)
    return _day(value, absolute=_is_absolute(match))


def _explicit_month(words: str, published: date) -> _Span | None:
    match = _YEAR_MONTH.search(words) or _MONTH_YEAR.search(words)
    # "may" is a month only beside a year or a preposition.
    if match is None or not _names_a_month(words, match):
        return None
    month, year = _month_number(match["month"]), _given_year(match, published)
    if year is None and re.search(r"\blast year\b", words):
        year = published.year - 1
    if year is None:
        year = published.year - (month > published.month)
        if re.search(r"\blast (?:\w{3,9})$", words) and month == published.month:
            year -= 1
    return _month(year, month, absolute=_is_absolute(match))


def _names_a_month(words: str, match: re.Match[str]) -> bool:
    if match["month"] not in ("may", "march", "mar", "sun", "sat"):
        return True
    before = words[: match.start()].split()
    return (
        _is_absolute(match)
        or bool(match.groupdict().get("relyear"))
        or len(words.split()) == 1
        or (
            bool(before)
            and before[-1] in ("in", "last", "this", "since", "of", "early", "mid", "late")
        )
    )


def _fixed(words: str, published: date) -> _Span | None:
    if re.search(r"\bovernight\b", words) and not _ONE_WEEKDAY.search(words):
        return _range(published - timedelta(days=1), published)
    for pattern, days in _FIXED:
        if pattern.search(words):
            return _day(published - timedelta(days=days))
    return None


def _ago(words: str, published: date) -> _Span | None:
    match = _AGO.search(words)
    if match is None:
        return None
    count, unit = _number(match.group(1)), match.group(2)
    if unit == "week":
        return _week(published - timedelta(weeks=count))
    if unit == "month":
        months = published.year * 12 + published.month - 1 - count
        return _month(months // 12, months % 12 + 1)
    if unit == "year":
        return _year(published.year - count)
    days = {"minute": 0, "hour": count // 24, "day": count}[unit]
    return _day(published - timedelta(days=days))


def _past_units(words: str, published: date) -> _Span | None:
    """The "past 24 hours" are the day before publication; longer times are those days."""
    match = _PAST_UNITS.search(words)
    if match is None:
        return None
    count = _number(match.group(1)) if match.group(1) else 1
    unit_days = {"day": 1, "week": 7, "month": 30, "year": 365}
    days = -(-count // 24) if match.group(2) == "hour" else count * unit_days[match.group(2)]
    return _range(published - timedelta(days=days), published - timedelta(days=1))


def _weekday_on_or_before(published: date, weekday: int) -> date:
    return published - timedelta(days=(published.weekday() - weekday) % 7)


def _weekdays(words: str, published: date) -> _Span | None:
    if two := _TWO_WEEKDAYS.search(words):
        end = _weekday_on_or_before(published, WEEKDAYS[two.group(2)])
        return _range(_weekday_on_or_before(end, WEEKDAYS[two.group(1)]), end)
    match = _ONE_WEEKDAY.search(words)
    if match is None:
        return None
    weekday = WEEKDAYS[match.group()]
    monday = published - timedelta(days=published.weekday())
    if re.search(r"\blast week\b", words):
        return _day(monday + timedelta(days=weekday - 7))
    if _FUTURE.search(words):
        return _day(published + timedelta(days=(weekday - published.weekday() - 1) % 7 + 1))
    value = _weekday_on_or_before(published, weekday)
    if value == published and re.search(r"\blast\b(?! night)", words):
        value -= timedelta(days=7)
    return _day(value)


def _weekend(words: str, published: date) -> _Span | None:
    match = _WEEKEND.search(words)
    if match is None:
        return None
    saturday = _weekday_on_or_before(published, 5)
    if match.group(1) == "last" and published.weekday() >= 5:
        saturday -= timedelta(days=7)
    elif match.group(1) == "next":
        saturday += timedelta(days=7)
    return _range(saturday, saturday + timedelta(days=1))


def _calendar_unit(words: str, published: date) -> _Span | None:
    match = _CALENDAR_UNIT.search(words)
    if match is None:
        return None
    step = {"this": 0, "next": 1, "coming": 1}.get(match.group(1) or "last", -1)
    unit = match.group(2) or "week"
    if unit == "week":
        return _week(published + timedelta(weeks=step))
    if unit == "year":
        return _year(published.year + step)
    months = published.year * 12 + published.month - 1 + step
    return _month(months // 12, months % 12 + 1)


def _only_year(words: str) -> _Span | None:
    match = _ONLY_YEAR.search(words)
    return _year(int(match.group(1)), absolute=True) if match else None
