"""What a number counts by the words beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.pipeline.composing.counting import (
    by_counting,
    harm_told,
    in_name,
    number_before,
    tells_death,
    without_vague,
)
from extractor.pipeline.composing.findings import Counted, Findings
from extractor.schemas.codes import CasualtyKind
from extractor.schemas.steps import CountAnswer

KILLED, WOUNDED = CasualtyKind.KILLED, CasualtyKind.WOUNDED


def counted(
    sentence: str, *figures: str, kind: CasualtyKind = KILLED, english: bool = True
) -> list[Counted]:
    """The figures that stand, where a model said the same kind of all."""
    answer = CountAnswer(who=None, counts=kind)
    found = Findings(counted=[Counted(1, figure, answer, None) for figure in figures])
    return [*by_counting(found, {1: sentence}, english=english).counted]


def counts(sentence: str, *figures: str, kind: CasualtyKind = KILLED) -> list[tuple[str, str]]:
    """The same with their kinds."""
    return [(one.text, str(one.answer.counts)) for one in counted(sentence, *figures, kind=kind)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Four clerks were killed and 17 injured in the blast.", ["killed", "wounded"]),
        ("The blast killed 12 clerks and wounded nine.", ["killed", "wounded"]),
        ("The bomb killed and injured more than 60 civilians.", ["killed_or_wounded"]),
        ("Gunmen abducted three nurses and the driver.", ["abducted"]),
        ("The police detained 40 people after the march.", ["arrested"]),
        ("The mayor said that 14 people were missing.", ["missing"]),
    ],
)
def test_the_nearest_word_tells_what_became_of_them(sentence: str, expected: list[str]) -> None:
    words = ("Four", "17", "12", "nine", "more than 60", "three", "40", "14")
    figures = [word for word in words if word in sentence]
    assert [kind for _, kind in counts(sentence, *figures)] == expected


def test_a_number_far_from_any_harm_is_no_figure() -> None:
    sentence = (
        "Two rival groups claimed an ambush on a convoy of tankers in the north of the country, "
        "in which four drivers died."
    )
    assert counts(sentence, "Two", "four") == [("four", "killed")]


def test_an_age_is_no_figure() -> None:
    assert counts("The dead were between 23 and 61 years old.", "23", "61") == []


def test_nobody_hurt_is_nobody_killed_or_wounded() -> None:
    sentence = "The bomb went off and nobody was hurt."
    assert counts(sentence, "nobody", kind=WOUNDED) == [("nobody", "killed_or_wounded")]


def test_a_vague_figure_gives_way_to_an_exact_one() -> None:
    sentence = "Dozens were killed in the blast; the mayor said 32 people were killed."
    dozens, exact = counted(sentence, "Dozens", "32")
    assert without_vague([dozens, exact]) == [exact]
    assert without_vague([dozens]) == [dozens]


def test_a_word_for_harm_of_some_kind_leaves_the_answer() -> None:
    assert counts("Three men were shot at the gate.", "Three") == [("Three", "killed")]


def test_other_languages_are_left_alone() -> None:
    sentence = "Das Opfer, 17 years old, starb."
    assert [one.text for one in counted(sentence, "17", english=False)] == ["17"]


@pytest.mark.parametrize(
    ("sentence", "figure", "kind"),
    [
        ("The blast killed three soldiers and wounded three civilians.", "three", WOUNDED),
        ("Three people wounded in the attack on Monday have died.", "Three", KILLED),
        ("12 people suspected of killing a mayor were arrested.", "12", CasualtyKind.ARRESTED),
        ("Two abducted nurses were found dead.", "Two", KILLED),
        ("Ten people, among them an officer, his wife and the driver, were killed.", "Ten", KILLED),
        ("Two officers were stabbed outside the mosque.", "Two", WOUNDED),
        ("The bomb wounded 14 people and killed 4.", "4", KILLED),
    ],
)
def test_what_the_words_leave_open_stands(sentence: str, figure: str, kind: CasualtyKind) -> None:
    assert counts(sentence, figure, kind=kind) == [(figure, kind)]


@given(st.text(max_size=80), st.sampled_from([*CasualtyKind]))
def test_no_figure_is_added(sentence: str, kind: CasualtyKind) -> None:
    assert {text for text, _ in counts(sentence, "4", "nine", kind=kind)} <= {"4", "nine"}


def test_a_number_of_a_sentence_without_harm_is_no_figure_unless_the_one_before_has_some() -> None:
    answer = CountAnswer(who=None, counts=KILLED)
    found = Findings(counted=[Counted(n, "Three", answer, None) for n in (2, 3, 5)])
    lines = {
        1: "A bomb killed five people.",
        2: "Three were clerks.",
        3: "Three shops burnt down.",
        4: "The road was closed.",
        5: "Three vans stood there.",
    }
    kept = by_counting(found, lines, english=True).counted
    assert [one.number for one in kept] == [2, 3]


def test_no_group_is_nobody_harmed() -> None:
    assert counts("No group has spoken of it.", "No") == []
    assert counts("No one was killed.", "No one") == [("No one", "killed")]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("23 clerks", ("23", "clerks")),
        ("At least four clerks", ("At least four", "clerks")),
        ("clerks", (None, "clerks")),
        ("23", (None, "23")),
        ("a clerk", (None, "a clerk")),
    ],
)
def test_a_name_may_begin_with_a_number(name: str, number: tuple[str | None, str]) -> None:
    assert in_name(name) == number


def test_a_toll_is_of_the_dead() -> None:
    sentence = "Three people died overnight, bringing the toll to 34."
    assert counts(sentence, "34", kind=WOUNDED) == [("34", "killed")]
    assert tells_death(sentence)
    assert not tells_death("Three people were hurt.")


def test_animals_are_not_counted() -> None:
    assert counts("Nine herders were killed and 700 cows were taken.", "Nine", "700") == [
        ("Nine", "killed")
    ]


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("A grenade wounded four clerks.", "four"),
        ("A grenade wounded at least 20 young clerks.", "at least 20"),
        ("A grenade wounded clerks of four towns.", None),
        ("Four men saw the clerks.", None),
        ("The blast killed 12 including clerks.", None),
        ("It was over.", None),
    ],
)
def test_the_number_before_a_name(sentence: str, number: str | None) -> None:
    assert number_before("clerks", sentence) == number


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("It killed five pupils and a teacher.", KILLED),
        ("Pupils and a teacher came, and it wounded 20.", None),
        ("It hit a pupil and a teacher and wounded 20.", None),
        ("It hit a plant, injuring a teacher and cutting the power.", WOUNDED),
        ("The killers fled, and a teacher came.", None),
        ("It hit a teacher.", None),
        ("The teacher was not injured in the blast.", None),
        ("The teacher said that five people were killed.", None),
        ("No teacher was killed.", None),
        ("The bomb targeted a teacher and killed her driver.", None),
        ("A teacher's husband was killed.", None),
        ("It was over.", None),
    ],
)
def test_the_nearest_word_tells_what_became_of_a_party(
    sentence: str, kind: CasualtyKind | None
) -> None:
    assert harm_told("teacher", sentence) is kind
