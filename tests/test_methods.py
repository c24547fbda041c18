"""How an act was done and what became of things, by the words of sentences."""

import pytest

from extractor.pipeline.composing.methods import effect_told
from extractor.schemas.codes import ObjectEffect

DESTROYED, DAMAGED, SEIZED = ObjectEffect.DESTROYED, ObjectEffect.DAMAGED, ObjectEffect.SEIZED


@pytest.mark.parametrize(
    ("sentence", "effect"),
    [
        ("The blast destroyed two shops and damaged a van.", DAMAGED),
        ("The blast damaged two shops, destroying a van.", DESTROYED),
        ("The blast destroyed two shops and a van.", DESTROYED),
        ("A van was badly damaged in the blast, which destroyed two shops.", DAMAGED),
        ("A van and two shops were set on fire.", DESTROYED),
        ("They stole a van.", SEIZED),
        ("They burned down the shop; a van stood near it.", None),
        ("A van stood near the shop that they destroyed.", None),
        ("A caravan was damaged.", None),
    ],
)
def test_what_became_of_a_thing(sentence: str, effect: ObjectEffect | None) -> None:
    assert effect_told("van", [sentence]) is effect


def test_the_first_sentence_that_tells_counts() -> None:
    told = ["The van stood there.", "The van was damaged.", "The van was destroyed."]
    assert effect_told("van", told) is DAMAGED
