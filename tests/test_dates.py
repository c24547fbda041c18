from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extractor.grounding.dates import impossible, resolve

WEDNESDAY = date(2022, 12, 28)

ENGLISH = [
    ("today", "2022-12-28", "2022-12-28", "day"),
    ("Earlier today", "2022-12-28", "2022-12-28", "day"),
    ("tonight", "2022-12-28", "2022-12-28", "day"),
    ("yesterday", "2022-12-27", "2022-12-27", "day"),
    ("last night", "2022-12-27", "2022-12-27", "day"),
    ("the day before yesterday", "2022-12-26", "2022-12-26", "day"),
    ("overnight", "2022-12-27", "2022-12-28", "range"),
    ("the day after tomorrow", "2022-12-30", "2022-12-30", "day"),
    ("tomorrow", "2022-12-29", "2022-12-29", "day"),
    ("next week", "2023-01-02", "2023-01-08", "week"),
    ("next weekend", "2022-12-31", "2023-01-01", "range"),
    ("next Friday", "2022-12-30", "2022-12-30", "day"),
    ("on Thursday", "2022-12-22", "2022-12-22", "day"),
    ("last Thursday", "2022-12-22", "2022-12-22", "day"),
    ("earlier on Friday", "2022-12-23", "2022-12-23", "day"),
    ("on Wednesday", "2022-12-28", "2022-12-28", "day"),
    ("last Wednesday", "2022-12-21", "2022-12-21", "day"),
    ("Tuesday last week", "2022-12-20", "2022-12-20", "day"),
    ("Saturday night and Sunday morning", "2022-12-24", "2022-12-25", "range"),
    ("before dawn on Friday", "2022-12-23", "2022-12-23", "day"),
    ("late last week", "2022-12-19", "2022-12-25", "week"),
    ("this week", "2022-12-26", "2022-12-28", "week"),
    ("last weekend", "2022-12-24", "2022-12-25", "range"),
    ("this weekend", "2022-12-24", "2022-12-25", "range"),
    ("over the weekend", "2022-12-24", "2022-12-25", "range"),
    ("in the past 24 hours", "2022-12-27", "2022-12-27", "day"),
    ("in the last 24 hours", "2022-12-27", "2022-12-27", "day"),
    ("over the past three days", "2022-12-25", "2022-12-27", "range"),
    ("in the last week", "2022-12-21", "2022-12-27", "range"),
    ("last month", "2022-11-01", "2022-11-30", "month"),
    ("this month", "2022-12-01", "2022-12-28", "month"),
    ("in October", "2022-10-01", "2022-10-31", "month"),
    ("mid-October", "2022-10-01", "2022-10-31", "month"),
    ("last July", "2022-07-01", "2022-07-31", "month"),
    ("last December", "2021-12-01", "2021-12-31", "month"),
    ("in March last year", "2021-03-01", "2021-03-31", "month"),
    ("last year in March", "2021-03-01", "2021-03-31", "month"),
    ("March last year", "2021-03-01", "2021-03-31", "month"),
    ("in May", "2022-05-01", "2022-05-31", "month"),
    ("last year", "2021-01-01", "2021-12-31", "year"),
    ("two days ago", "2022-12-26", "2022-12-26", "day"),
    ("48 hours ago", "2022-12-26", "2022-12-26", "day"),
    ("three weeks ago", "2022-12-05", "2022-12-11", "week"),
    ("a month ago", "2022-11-01", "2022-11-30", "month"),
    ("two years ago", "2020-01-01", "2020-12-31", "year"),
    ("Jan. 21", "2022-01-21", "2022-01-21", "day"),
    ("On Dec. 6th", "2022-12-06", "2022-12-06", "day"),
    ("31 December", "2021-12-31", "2021-12-31", "day"),
    ("Feb. 29", "2020-02-29", "2020-02-29", "day"),
    ("Jan. 21 last year", "2021-01-21", "2021-01-21", "day"),
    ("On Monday, Dec. 26", "2022-12-26", "2022-12-26", "day"),
    ("yesterday, 3 May", "2022-05-03", "2022-05-03", "day"),
    ("between 3 and 5 May", "2022-05-03", "2022-05-05", "range"),
    ("from the 3rd to the 5th of May", "2022-05-03", "2022-05-05", "range"),
    ("30 December to 2 January", "2021-12-30", "2022-01-02", "range"),
]
ABSOLUTE = [
    ("Jan. 27, 2021", "2021-01-27", "2021-01-27", "day"),
    ("3 May 2021", "2021-05-03", "2021-05-03", "day"),
    ("the 3rd of May, 2021", "2021-05-03", "2021-05-03", "day"),
    ("at 12:30 on Sunday, 25 December 2022", "2022-12-25", "2022-12-25", "day"),
    ("2021-05-03", "2021-05-03", "2021-05-03", "day"),
    ("13/05/2021", "2021-05-13", "2021-05-13", "day"),
    ("05/13/2021", "2021-05-13", "2021-05-13", "day"),
    ("12 SEP 89", "1989-09-12", "1989-09-12", "day"),
    ("May 3-5, 2021", "2021-05-03", "2021-05-05", "range"),
    ("28 April to 2 May 2021", "2021-04-28", "2021-05-02", "range"),
    ("December 30 to January 2, 2021", "2020-12-30", "2021-01-02", "range"),
    ("October 2016", "2016-10-01", "2016-10-31", "month"),
    ("2016-10", "2016-10-01", "2016-10-31", "month"),
    ("in 2019", "2019-01-01", "2019-12-31", "year"),
    ("in the summer of 2019", "2019-01-01", "2019-12-31", "year"),
]
OTHER_LANGUAGES = [
    ("fr", "hier", "2022-12-27", "2022-12-27", "day"),
    ("fr-CA", "jeudi dernier", "2022-12-22", "2022-12-22", "day"),
    ("fr", "la semaine dernière", "2022-12-19", "2022-12-25", "week"),
    ("fr", "le 1er mai 2021", "2021-05-01", "2021-05-01", "day"),
    ("fr", "entre le 3 et le 5 mai", "2022-05-03", "2022-05-05", "range"),
    ("fr", "il y a deux jours", "2022-12-26", "2022-12-26", "day"),
    ("fr", "en octobre", "2022-10-01", "2022-10-31", "month"),
    ("es", "ayer por la mañana", "2022-12-27", "2022-12-27", "day"),
    ("es", "el jueves", "2022-12-22", "2022-12-22", "day"),
    ("es", "el 3 de mayo de 2021", "2021-05-03", "2021-05-03", "day"),
    ("es", "hace dos semanas", "2022-12-12", "2022-12-18", "week"),
    ("de", "gestern Morgen", "2022-12-27", "2022-12-27", "day"),
    ("de", "am Donnerstag", "2022-12-22", "2022-12-22", "day"),
    ("de", "3. Mai 2021", "2021-05-03", "2021-05-03", "day"),
    ("de", "vor drei Tagen", "2022-12-25", "2022-12-25", "day"),
    *(
        (language, text, "2022-12-30", "2022-12-30", "day")
        for language, text in (
            ("fr", "après-demain"),
            ("es", "pasado mañana"),
            ("pt", "depois de amanhã"),
            ("it", "dopodomani"),
            ("de", "übermorgen"),
            ("ru", "послезавтра"),
            ("ar", "بعد غد"),
            ("zh", "后天"),
        )
    ),
    ("fr", "il y a deux mois", "2022-10-01", "2022-10-31", "month"),
    ("fr", "il y a deux ans", "2020-01-01", "2020-12-31", "year"),
    ("es", "hace dos meses", "2022-10-01", "2022-10-31", "month"),
    ("ru", "два года назад", "2020-01-01", "2020-12-31", "year"),
    ("ar", "أمس", "2022-12-27", "2022-12-27", "day"),
    ("ar", "يوم الخميس", "2022-12-22", "2022-12-22", "day"),
    ("ar", "٣ مايو ٢٠٢١", "2021-05-03", "2021-05-03", "day"),
    ("zh", "昨天", "2022-12-27", "2022-12-27", "day"),
    ("zh", "12月26日", "2022-12-26", "2022-12-26", "day"),
    ("zh", "2021年5月3日", "2021-05-03", "2021-05-03", "day"),
    ("zh-Hans", "上周", "2022-12-19", "2022-12-25", "week"),
    ("zh", "三天前", "2022-12-25", "2022-12-25", "day"),
    ("zh", "周四", "2022-12-22", "2022-12-22", "day"),
    ("ru", "в четверг", "2022-12-22", "2022-12-22", "day"),
    ("ru", "3 мая 2021 года", "2021-05-03", "2021-05-03", "day"),
    ("tr", "dün", "2022-12-27", "2022-12-27", "day"),
    ("tr", "çarşamba", "2022-12-28", "2022-12-28", "day"),
    ("tr", "3 Mayıs 2021", "2021-05-03", "2021-05-03", "day"),
    (None, "hier", "2022-12-27", "2022-12-27", "day"),
]
UNRESOLVED = [
    "",
    "around 5 a.m.",
    "at 12:30",
    "the following day",
    "two days before Monday",
    "in recent days",
    "a few days ago",
    "the 1990s",
    "03/05/2021",
    "31 February 2021",
    "from 5 to 3 May 2021",
    "they may march",
    "10",
    "x" * 1000,
]


def days(text: str, published: date | None, language: str | None) -> tuple[str, str, str]:
    found = resolve(text, published, language)
    assert found.text == text
    return str(found.start), str(found.end), str(found.precision)


@pytest.mark.parametrize(("text", "start", "end", "precision"), ENGLISH + ABSOLUTE)
def test_english_resolves_against_publication(
    text: str, start: str, end: str, precision: str
) -> None:
    assert days(text, WEDNESDAY, "en") == (start, end, precision)


@pytest.mark.parametrize(("text", "start", "end", "precision"), ABSOLUTE)
def test_a_date_with_its_year_needs_no_publication(
    text: str, start: str, end: str, precision: str
) -> None:
    assert days(text, None, "en") == (start, end, precision)


@pytest.mark.parametrize(("text", "_start", "_end", "precision"), ENGLISH)
def test_a_relative_date_without_publication_keeps_its_precision(
    text: str, _start: str, _end: str, precision: str
) -> None:
    assert days(text, None, "en") == ("None", "None", precision)


@pytest.mark.parametrize(("language", "text", "start", "end", "precision"), OTHER_LANGUAGES)
def test_other_languages_resolve(
    language: str | None, text: str, start: str, end: str, precision: str
) -> None:
    assert days(text, WEDNESDAY, language) == (start, end, precision)


@pytest.mark.parametrize("published", [WEDNESDAY, None])
@pytest.mark.parametrize("text", UNRESOLVED)
def test_what_tells_no_day_is_kept_as_text(text: str, published: date | None) -> None:
    assert days(text, published, "en") == ("None", "None", "day")


@pytest.mark.parametrize(
    ("published", "text", "start", "end"),
    [
        (date(2017, 1, 2), "this weekend", "2016-12-31", "2017-01-01"),
        (date(2022, 12, 25), "last weekend", "2022-12-17", "2022-12-18"),
        (date(2022, 12, 25), "this weekend", "2022-12-24", "2022-12-25"),
        (date(2023, 1, 31), "a month ago", "2022-12-01", "2022-12-31"),
        (date(2023, 1, 5), "30 December to 2 January", "2022-12-30", "2023-01-02"),
        (date(2022, 10, 9), "in October", "2022-10-01", "2022-10-09"),
    ],
)
def test_edges_of_week_month_and_year(published: date, text: str, start: str, end: str) -> None:
    assert days(text, published, "en")[:2] == (start, end)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("dans deux jours", "fr"),
        ("in zwei Tagen", "de"),
        ("en dos días", "es"),
        ("через два дня", "ru"),
        ("yarın", "tr"),
        ("they may attack", "en"),
        ("it may", "en"),
        ("a march on the town", "en"),
    ],
)
def test_what_is_to_come_or_no_date_has_no_days(text: str, language: str) -> None:
    assert days(text, WEDNESDAY, language)[:2] == ("None", "None")


def test_an_unknown_language_is_no_error() -> None:
    assert days("hier", WEDNESDAY, "xx") == ("None", "None", "day")
    assert days("yesterday", WEDNESDAY, "xx") == ("2022-12-27", "2022-12-27", "day")


@pytest.mark.parametrize(
    "text",
    ["31 February 2021", "2021-02-30", "February 30", "on 31 June", "2021-13-01", "29 Feb 2021",
     "31/02/2021", "from 5 to 3 May 2021"],
)  # fmt: skip
def test_a_day_that_no_calendar_has_is_impossible(text: str) -> None:
    assert impossible(text)


@pytest.mark.parametrize("text", ["", "29 February", "3 May 2021", "2021-02-28", "yesterday", "30"])
def test_other_texts_are_not_impossible(text: str) -> None:
    assert not impossible(text)


_WORDS = "3|31|2021|may|feb|last|week|on|friday|to|and|ago|two|days|-|.|next|昨天|月|hier|00|1"


@given(
    st.text(max_size=60) | st.lists(st.sampled_from(_WORDS.split("|")), max_size=7).map(" ".join),
    st.none() | st.dates(),
    st.sampled_from([None, "en", "fr", "de", "ar", "zh", "ru", "tr", "", "-", "xx"]),
)
@example("two years ago", date(1, 1, 1), "en")
@example("yesterday", date(1, 1, 1), "en")
@example("next week", date(9999, 12, 31), "en")
@example("feb 29", date(1, 1, 1), "en")
def test_any_text_is_answered(text: str, published: date | None, language: str | None) -> None:
    assert resolve(text, published, language).text == text
    assert impossible(text) in (True, False)


DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
MONTHS = [
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def written(day: date) -> list[tuple[str, str]]:
    month = MONTHS[day.month - 1]
    return [
        (day.isoformat(), "en"),
        (f"{month} {day.day}, {day.year}", "en"),
        (f"on {month[:3]}. {day.day}, {day.year}", "en"),
        (f"{day.day} {month} {day.year}", "en"),
        (f"on {WEEKDAYS[day.weekday()]}, {day.day} {month} {day.year}", "en"),
        (f"{day.year}年{day.month}月{day.day}日", "zh"),
    ]


@given(DAYS, st.none() | DAYS)
def test_a_whole_date_is_that_day_whenever_it_is_told(day: date, published: date | None) -> None:
    for text, language in written(day):
        found = resolve(text, published, language)
        assert (found.start, found.end, found.precision.value) == (day, day, "day"), text
        assert not impossible(text)


@given(DAYS, DAYS)
def test_a_day_without_a_year_is_the_latest_that_is_not_to_come(day: date, published: date) -> None:
    found = resolve(f"on {MONTHS[day.month - 1]} {day.day}", published, "en")
    assert found.start == found.end
    assert found.start is not None
    assert (found.start.month, found.start.day) == (day.month, day.day)
    assert found.start <= published
    years = 8 if (day.month, day.day) == (2, 29) else 1
    assert (published - found.start).days <= 366 * years


@given(DAYS, st.sampled_from(WEEKDAYS))
def test_a_weekday_is_the_last_one(published: date, weekday: str) -> None:
    found = resolve(f"on {weekday}", published, "en")
    assert found.start is not None
    assert WEEKDAYS[found.start.weekday()] == weekday
    assert 0 <= (published - found.start).days <= 6
    last = resolve(f"last {weekday}", published, "en")
    assert last.start is not None
    assert 1 <= (published - last.start).days <= 7


@given(DAYS, st.integers(0, 400))
def test_days_ago_are_counted(published: date, count: int) -> None:
    found = resolve(f"{count} days ago", published, "en")
    assert found.start is not None
    assert (published - found.start).days == count


@given(
    DAYS,
    st.sampled_from(
        [text for text, *_ in ENGLISH if "next" not in text and "tomorrow" not in text]
    ),
)
def test_what_was_told_is_not_to_come(published: date, text: str) -> None:
    found = resolve(text, published, "en")
    if found.start is not None and found.end is not None:
        assert found.start <= found.end <= published
