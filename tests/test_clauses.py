"""Who is told to speak by the reporting clauses of a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.pipeline.composing.clauses import continued, subjects


@pytest.mark.parametrize(
    ("sentence", "phrases"),
    [
        ("The mayor said that it was over.", [["The mayor"]]),
        ("The mayor has also said that it was over.", [["The mayor"]]),
        ("The mayor put the dead at nine.", [["The mayor"]]),
        ("The mayor noted that it was over.", [["The mayor"]]),
        ("The noted mayor of the disputed town put the flowers there.", []),
        ("Asked about it, the mayor denied that.", [["the mayor"]]),
        ("Ana Ruhl, a clerk at the port, said so.", [["Ana Ruhl", "a clerk at the port", "so"]]),
        ("Ruhl, who lives abroad, denied it.", [["Ruhl"]]),
        ("On Monday, and the army said so, it was over.", [["the army"]]),
        ("Yesterday the army said so.", [["the army"]]),
        ("A clerk, who was there, told the Herald that it was over.", [["A clerk"]]),
        ("The governor, a widow, blamed the Front, a militia.", [["The governor", "a widow"]]),
        ("Gunmen, suspected of theft and believed to be armed, shot him.", []),
        ("With 12 people confirmed dead, the search ended.", []),
        ("It was over, according to clerks reached by telephone.", [["clerks"]]),
        ("It was over, said the mayor, Ana Ruhl.", [["It was over", "the mayor", "Ana Ruhl"]]),
        ("It was over, said Ana Ruhl on Friday.", [["It was over", "Ana Ruhl"]]),
        ("It was over, according to the mayor, a widow.", [["the mayor", "a widow"]]),
        ("“It is over,” she said.", [["she"]]),
        ('It is over," he told the Herald.', [["he"]]),
        ('She said: "The mayor said no', [["She"]]),
        ("The Front, a militia, came and claimed it.", [["The Front", "a militia"]]),
        ("The radio reported, quoting the army, that it was over.", [["the army"]]),
        ("Ruhl said that the army said nothing.", [["Ruhl"], ["the army"]]),
        ("The judge was said to be ill.", []),
        ("The mayor, accused of murder, fled.", []),
        ("The Front crossed the river.", []),
    ],
)
def test_the_subjects_of_reporting_clauses(sentence: str, phrases: list[list[str]]) -> None:
    assert list(subjects(sentence)) == phrases


@given(
    st.text() | st.lists(st.sampled_from(['"', "said", "that", ",", "Ana", "and"])).map(" ".join)
)
def test_any_text_is_read(text: str) -> None:
    for phrases in subjects(text):
        assert all(phrase.strip() and phrase.casefold() in text.casefold() for phrase in phrases)


@pytest.mark.parametrize(
    ("sentences", "tellers"),
    [
        (["The mayor said:", "It was them.", "They came at night.", "The clerk left, he said."],
         {2: 1, 3: 1}),
        (["The mayor said:", '"It was them."', "They came at night."], {}),
        (["The mayor said:", *(["It was over."] * 6)], {2: 1, 3: 1, 4: 1, 5: 1}),
        (["The list:", "It was them."], {}),
        (['The mayor said, "It was them.', 'They came at night."', "It was over."], {2: 1}),
        (['"It was them.', '"They came at night," the mayor said.', "It was over."], {1: 2}),
        (['"It was them.', 'They came at night."', "It was over."], {}),
        (['The mayor said "no', *(["It was over."] * 9), 'It was them," he said.'], {}),
    ],
)  # fmt: skip
def test_what_goes_on_with_what_somebody_says(
    sentences: list[str], tellers: dict[int, int]
) -> None:
    assert continued(dict(enumerate(sentences, 1))) == tellers
