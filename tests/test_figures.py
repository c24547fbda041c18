import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extractor.grounding.figures import MAX_FIGURE, Bounds, bounds

ENGLISH = [
    ("10", 10, 10),
    ("ten", 10, 10),
    ("twenty-one", 21, 21),
    ("1,234", 1234, 1234),
    ("2 000", 2000, 2000),
    ("2 thousand", 2000, 2000),
    ("1.5 million", 1_500_000, 1_500_000),
    ("a hundred", 100, 100),
    ("one hundred and twenty", 120, 120),
    ("a dozen", 12, 12),
    ("half a dozen", 6, 6),
    ("two dozen", 24, 24),
    ("three score", 60, 60),
    ("the three", 3, 3),
    ("one", 1, 1),
    ("a soldier", 1, 1),
    ("both", 2, 2),
    ("a total of 10", 10, 10),
    ("about 10", 10, 10),
    ("nearly ten", 10, 10),
    ("some 40", 40, 40),
    ("At least 32", 32, None),
    ("at least 32 people", 32, None),
    ("no fewer than 10", 10, None),
    ("10 or more", 10, None),
    ("10+", 10, None),
    ("more than 100", 101, None),
    ("over 100", 101, None),
    ("more than a dozen", 13, None),
    ("more than one thousand", 1001, None),
    ("up to 40", None, 40),
    ("as many as 40", None, 40),
    ("no more than ten", None, 10),
    ("fewer than 10", None, 9),
    ("less than a dozen", None, 11),
    ("dozens", 24, None),
    ("several dozen", 24, None),
    ("scores", 40, None),
    ("hundreds", 200, None),
    ("a few hundred", 200, None),
    ("thousands", 2000, None),
    ("tens of thousands", 20_000, None),
    ("hundreds of thousands", 200_000, None),
    ("no", 0, 0),
    ("none", 0, 0),
    ("zero", 0, 0),
    ("no casualties", 0, 0),
    ("between 10 and 12", 10, 12),
    ("10-12", 10, 12),
    ("10–12", 10, 12),
    ("10 to 12", 10, 12),
    ("two or three", 2, 3),
    ("at least 10 and up to 12", 10, 12),
    ("up to 10 or 12", None, 12),
    ("at least 10 to 12", 10, None),
    ("more than 10 to 12", 11, None),
    ("five of the 12", 5, 5),
]
OTHER_LANGUAGES = [
    ("au moins vingt et un", 21, None),
    ("plus de cent", 101, None),
    ("plus de 1 200", 1201, None),
    ("six à dix", 6, 10),
    ("de 10 à 12", 10, 12),
    ("une vingtaine", 20, 20),
    ("des dizaines", 24, None),
    ("aucun", 0, 0),
    ("al menos treinta y dos", 32, None),
    ("más de 100", 101, None),
    ("al menos 1.200", 1200, None),
    ("un total de 10", 10, 10),
    ("entre 10 y 12", 10, 12),
    ("mindestens einundzwanzig", 21, None),
    ("mehr als zwanzig", 21, None),
    ("bis zu vierzig", None, 40),
    ("٣٢", 32, 32),
    ("ما لا يقل عن ٣٢ شخصا", 32, None),
    ("32 على الأقل", 32, None),
    ("أكثر من مئة", 101, None),
    ("خمسة وعشرون", 25, 25),
    ("ثلاثة عشر", 13, 13),
    ("العشرات", 24, None),
    ("至少32人", 32, None),
    ("超过100", 101, None),
    ("三十二", 32, 32),
    ("三万二千", 32_000, 32_000),
    ("1.2万", 12_000, 12_000),
    ("两百多人", 201, None),
    ("数十人", 24, None),
    ("不到十人", None, 9),
    ("无", 0, 0),
    ("не менее десяти", 10, None),
    ("двадцать пять", 25, 25),
    ("пять тысяч", 5000, 5000),
    ("до 40 человек", None, 40),
    ("५", 5, 5),
]


@pytest.mark.parametrize(("text", "low", "high"), ENGLISH + OTHER_LANGUAGES)
def test_the_bounds_are_those_of_the_wording(text: str, low: int | None, high: int | None) -> None:
    assert bounds(text) == Bounds(low, high)


def test_a_named_person_alone_is_one() -> None:
    assert bounds(None) == Bounds(1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "several",
        "many",
        "casualties",
        "a number of people",
        "一些",
        "no word on casualties",
        "two women and three children",
        "10 women and two children",
        "3 killed, 4 hurt, 5 missing",
        "10 percent",
        "a 10-year-old",
        "2.5",
        "fewer than dozens",
        "9" * 201,
    ],
)
def test_what_has_no_single_number_is_unnumbered(text: str) -> None:
    assert bounds(text) == Bounds(None, None)


@pytest.mark.parametrize(
    "text",
    ["12 to 10", "between 12 and 10", "at least 12 and up to 10", "20 million", "9" * 150,
     "fewer than 0", "fewer than 0 to 5"],
)  # fmt: skip
def test_an_impossible_figure_is_refused(text: str) -> None:
    assert bounds(text) is None


_WORDS = "at least|more than|up to|ten|dozen|million|12|1,000|2.5|-|to|and|no|一|万|مئة|و|½|²|à|+"


@given(st.text() | st.lists(st.sampled_from(_WORDS.split("|")), max_size=8).map(" ".join))
@example("万" * 150)
@example("9" * 20 + "万")
@example("1" * 30 + " million")
def test_any_text_is_answered(text: str) -> None:
    found = bounds(text)
    if found is None:
        return
    low, high = found
    assert all(n is None or 0 <= n <= MAX_FIGURE + 1 for n in found)
    assert low is None or high is None or low <= high


@given(st.integers(0, MAX_FIGURE))
@example(11_000)
@example(1_391_000)
def test_every_number_is_read_back(number: int) -> None:
    assert bounds(str(number)) == bounds(f"{number:,}") == Bounds(number, number)
    assert bounds(f"at least {number:,} people") == Bounds(number, None)


SMALL = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_english(number: int) -> str:
    if number < 20:
        return SMALL[number]
    if number < 100:
        return TENS[number // 10 - 2] + (f"-{SMALL[number % 10]}" if number % 10 else "")
    if number < 1000:
        rest = f" and {in_english(number % 100)}" if number % 100 else ""
        return f"{SMALL[number // 100]} hundred{rest}"
    rest = f" {in_english(number % 1000)}" if number % 1000 else ""
    return f"{in_english(number // 1000)} thousand{rest}"


CHINESE = "零一二三四五六七八九"


def in_chinese(number: int) -> str:
    """A number below ten thousand."""
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if gap and text else "") + CHINESE[digit] + name
        gap = digit == 0
    return text or "零"


@given(st.integers(0, 9999))
def test_number_words_are_read_back(number: int) -> None:
    assert bounds(in_english(number)) == Bounds(number, number), in_english(number)
    assert bounds(in_chinese(number)) == Bounds(number, number), in_chinese(number)
    arabic = str(number).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert bounds(arabic) == Bounds(number, number)


@given(st.integers(1, 9999), st.booleans())
def test_wordings_set_their_bounds(number: int, words: bool) -> None:
    written = in_english(number) if words else f"{number:,}"
    assert bounds(f"at least {written}") == Bounds(number, None)
    assert bounds(f"more than {written} people") == Bounds(number + 1, None)
    assert bounds(f"up to {written}") == Bounds(None, number)
    assert bounds(f"fewer than {written}") == Bounds(None, number - 1)
    assert bounds(f"about {written}") == Bounds(number, number)


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_ranges_keep_their_order(low: int, high: int) -> None:
    expected = Bounds(low, high) if low <= high else None
    for wording in (f"between {low} and {high}", f"{low} to {high}", f"{low}-{high}"):
        assert bounds(wording) == expected
