from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.grounding.figures import bounds
from extractor.grounding.numbers import mentions
from extractor.pipeline.steps import marked_numbers


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in sorted(mentions(text))]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("The blast killed 17 people and wounded 40.", ["17", "40"]),
        ("At least 32 people died, more than 100 were hurt.", ["At least 32", "more than 100"]),
        (
            "no fewer than twenty-one dead and up to 40 hurt",
            ["no fewer than twenty-one", "up to 40"],
        ),
        ("Dozens were hurt and nobody died.", ["Dozens", "nobody"]),
        ("Some 1,200 families fled.", ["1,200"]),
        ("Murieron cinco policías y al menos dos civiles.", ["cinco", "al menos dos"]),
        ("Idris Manu, 46, who sells bread, saw two men.", ["two"]),
        ("A bomb killed a man at the first house on the third day.", []),
        ("Two hundred people fled.", ["Two hundred"]),
        ("Shortly after eight o'clock on 14 March two men fell.", ["two"]),
        ("Since 2019, on Jan. 27, 2021, at 14:30, 12 may have died.", ["12"]),
        ("El 3 de enero murieron 40 personas.", ["40"]),
        ("A 39-year-old clerk walked 12 km for three hours.", []),
        ("Le 5 février, 30 % des maisons et 9 civils ont été touchés.", ["9"]),
        ("The prime minister spoke 30km (19 miles) from Olm.", []),
        ("Miles de personas huyeron; murieron 45 mil.", ["Miles", "45 mil"]),
        ("Nothing is counted here.", []),
        ("", []),
    ],
)
def test_numbers_of_a_sentence(text: str, numbers: list[str]) -> None:
    assert found(text) == numbers


@given(
    before=st.sampled_from(["Police said ", "The blast killed ", "Some fled; "]),
    number=st.integers(2, 9999),
    modifier=st.sampled_from(["", "at least ", "more than ", "up to ", "fewer than "]),
    after=st.sampled_from([" people died.", " soldiers were hurt in the attack."]),
)
def test_a_planted_number_is_found_with_its_bounds(
    before: str, number: int, modifier: str, after: str
) -> None:
    planted = f"{modifier}{number}"
    assert found(f"{before}{planted}{after}") == [planted]
    assert bounds(planted) is not None


@given(st.text(max_size=200))
def test_spans_are_in_order_and_apart(text: str) -> None:
    spans = sorted(mentions(text))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_a_number_is_shown_between_its_neighbours() -> None:
    assert list(marked_numbers("It killed four guards and wounded six others.")) == [
        ("four", "It killed [four] guards and wounded"),
        ("six", "guards and wounded [six] others."),
    ]
