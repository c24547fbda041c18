"""What an act hit and what it was done with, by the words of sentences."""

import pytest

from extractor.pipeline.composing.findings import Act, Findings, new_actor
from extractor.pipeline.composing.things import effect_told, objects_of, weapons_of
from extractor.pipeline.composing.weapons import is_weapon, weapons_in
from extractor.schemas.codes import ActorKind, IncidentType, ObjectEffect
from tests.answers import frame

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
        ("They burned tyres in front of the van.", None),
        ("They burned tyres and marched past the van.", None),
        ("The van was attacked and three cars were destroyed.", None),
        ("They failed to seize the van.", None),
        ("The army denied that they had destroyed the van.", None),
        ("The blast did not damage the van.", None),
        ("The police seized drugs in the van.", None),
        ("They destroyed a parked van.", DESTROYED),
    ],
)
def test_what_became_of_a_thing(sentence: str, effect: ObjectEffect | None) -> None:
    assert effect_told("van", [sentence]) is effect


def test_the_first_sentence_that_tells_counts() -> None:
    told = ["The van stood there.", "The van was damaged.", "The van was destroyed."]
    assert effect_told("van", told) is DAMAGED


@pytest.mark.parametrize(
    ("sentence", "weapons"),
    [
        (
            "Two men with assault rifles and a hand grenade came.",
            ["assault rifles", "hand grenade"],
        ),
        ("A car bomb, an RPG and mortar shells.", ["car bomb", "RPG", "mortar shells"]),
        ("The bomb went off; a missile fell.", []),
        ("A policeman used tear gas against sticks.", ["tear gas", "sticks"]),
        ("The pistolero sat on a milestone.", []),
        ("The army sticks to its word.", []),
    ],
)
def test_the_weapons_of_a_sentence(sentence: str, weapons: list[str]) -> None:
    assert [*weapons_in([sentence])] == weapons


@pytest.mark.parametrize(
    ("name", "weapon"),
    [
        ("sticks and stones", True),
        ("machine guns", True),
        ("a parcel bomb in the post", True),
        ("drone factory", False),
        ("men with rifles", False),
        ("bomb", False),
        ("Olm Rifles", False),
        ("Black Axe", False),
        ("Hand grenade", True),
    ],
)
def test_a_weapon_is_no_party_and_no_target(name: str, weapon: bool) -> None:
    assert is_weapon(name) is weapon


def test_arms_are_objects_only_where_they_are_taken() -> None:
    things = ["rifles", "rebel positions", "blast", "truck"]
    act = Act((1,), IncidentType.RAID, frame(things=things, weapons=["rifles"]), None)
    told = ["Troops seized rifles and a truck near rebel positions after the blast."]
    found = [(o.name, o.effect) for o in objects_of([act], Findings(), told)]
    unknown = ObjectEffect.UNKNOWN
    assert found == [("rifles", SEIZED), ("rebel positions", unknown), ("truck", SEIZED)]


def test_an_actor_is_no_weapon() -> None:
    actors = {"gunmen": new_actor("gunmen", ActorKind.ARMED_GROUP)}
    act = Act((1,), IncidentType.ATTACK, frame(weapons=["gunmen", "gas"]), None)
    assert weapons_of([act], Findings(actors=actors), ["It was a car bomb."]) == ["gas", "car bomb"]
