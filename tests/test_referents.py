"""Which names stand for one actor, and which for none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.pipeline.composing.referents import (
    explained,
    is_no_actor,
    same_actor,
    same_names,
    same_referent,
    without_title,
)
from extractor.schemas.codes import ActorKind

GROUP, FORCE, PERSON = ActorKind.ARMED_GROUP, ActorKind.STATE_FORCE, ActorKind.PERSON
PEOPLE, GOVERNMENT = ActorKind.POPULATION, ActorKind.GOVERNMENT
UN = ActorKind.INTERNATIONAL_BODY

BRACKETS = explained("The Revolutionary Reed Army  [ RAR ] said so (twice).")


@pytest.mark.parametrize(
    ("a", "b", "kinds"),
    [
        ("Reed Army", "Reed Army fighters", (GROUP, GROUP)),
        ("Coalition", "Coalition aircraft", (FORCE, FORCE)),
        ("Da’wa", "Daw’a", (GROUP, GROUP)),
        ("IS", "Islamic State group", (GROUP, ActorKind.CRIMINAL_GROUP)),
        ("Daesh", "ISIL", (GROUP, GROUP)),
        ("RAR", "Revolutionary Reed Army", (GROUP, GROUP)),  # explained in the text
        ("joint force", "joint force patrolling the river", (FORCE, FORCE)),
        ("senior commander", "senior commander of the Reed Army", (PERSON, PERSON)),
        ("Abu Talan", "Abu Talan al-Kesri", (PERSON, PERSON)),
        ("prime minister", "Prime Minister Odo Larsen", (PERSON, PERSON)),
        ("Col. Odo Larsen", "army spokesman Odo Larsen", (PERSON, PERSON)),
        ("Mr. al-Zarqan", "Mayor Haytham al-Zarqan", (PERSON, PERSON)),
    ],
)
def test_names_of_one_actor(
    a: str, b: str, kinds: tuple[ActorKind | None, ActorKind | None]
) -> None:
    assert same_actor(a, b, kinds, BRACKETS)
    assert same_actor(b, a, kinds[::-1], BRACKETS)


@pytest.mark.parametrize(
    ("a", "b", "kinds"),
    [
        ("man", "man who called himself a colonel", (PERSON, PERSON)),
        ("government", "government forces", (GOVERNMENT, FORCE)),
        ("Drania", "Drania Army", (GOVERNMENT, FORCE)),
        ("Reed Army", "commander of the Reed Army", (GROUP, PERSON)),
        ("Col. Odo Larsen", "Col. Ruth Larsen", (PERSON, PERSON)),
        ("RAR", "Reed Front", (GROUP, GROUP)),
        ("clerks", "soldiers", (PEOPLE, FORCE)),
        ("army", "Arakan Army", (FORCE, GROUP)),
        ("army", "Arakan Army", (None, None)),
        ("Syrian army", "Free Syrian Army", (FORCE, GROUP)),
        ("IS", "Iraqi soldiers", (GROUP, FORCE)),
        ("US", "Ukrainian soldiers", (None, None)),
        ("United Nations", "United Nations Security Council", (UN, UN)),
        ("Al Qaeda", "Al Qaeda in Iraq", (None, GROUP)),
        ("spokesman of the army", "commander of the army", (PERSON, PERSON)),
        ("الجيش", "قائد الجيش", (None, None)),
        ("رجل", "رجل مسلح", (PERSON, PERSON)),
        ("министр обороны России", "глава обороны России", (PERSON, PERSON)),
    ],
)
def test_names_of_two_actors(
    a: str, b: str, kinds: tuple[ActorKind | None, ActorKind | None]
) -> None:
    assert not same_actor(a, b, kinds, BRACKETS)
    assert not same_actor(b, a, kinds[::-1], BRACKETS)


WORDS = st.lists(st.sampled_from(["Reed", "Army", "of", "fighters", "Col.", "Odo"]), min_size=1)
KINDS = st.sampled_from([None, *ActorKind])


@given(WORDS, WORDS, KINDS, KINDS)
def test_order_does_not_matter_and_every_name_is_its_own(
    first: list[str], second: list[str], kind: ActorKind | None, other: ActorKind | None
) -> None:
    a, b = " ".join(first), " ".join(second)
    assert same_actor(a, a, (kind, kind), {})
    if len(a) != len(b):  # the shorter one is known by its length
        assert same_actor(a, b, (kind, other), {}) == same_actor(b, a, (other, kind), {})


def test_a_complement_is_another_referent() -> None:
    assert same_referent("army", "Chadian army")
    assert not same_referent("Reed Army", "commander of the Reed Army")
    assert not same_referent("Guards", "Front and Guards")


def test_the_fullest_names_are_kept() -> None:
    assert same_names(["army", "Reed Front", "Chadian army"]) == ["Chadian army", "Reed Front"]


@pytest.mark.parametrize(
    ("name", "kind", "none"),
    [
        ("Olm", PEOPLE, True),  # in Olm
        ("Kesra", GROUP, True),  # the town of Kesra
        ("Friday blasts", GROUP, True),
        ("Coalition attacking the town", FORCE, False),
        ("Tessa", GOVERNMENT, False),
        ("army", FORCE, False),
        ("Front", GROUP, False),  # once "in the Front" is not enough
        ("survivors of the attack", PEOPLE, False),
        ("Reed Front", GROUP, False),
        ("Kesra State", ActorKind.GOVERNMENT, True),
        ("Islamic State West Africa Province", GROUP, False),
        ("Islamic State in the Greater Sahara", GROUP, False),
        ("Syrian state", ActorKind.GOVERNMENT, False),
        ("Islamic State", ActorKind.ARMED_GROUP, False),
        ("state", ActorKind.GOVERNMENT, False),
    ],
)
def test_places_and_events_are_no_actors(name: str, kind: ActorKind, none: bool) -> None:
    text = (
        "A bomb went off in Olm and in the town of Kesra, the army said. The army of Tessa denied "
        "it. An official in the Front admitted it."
    )
    assert is_no_actor(name, kind, text) == none


@pytest.mark.parametrize(
    ("name", "role", "bare"),
    [
        ("Col. Odo Larsen", None, "Odo Larsen"),
        ("spokesman for the army", None, "spokesman for the army"),
        ("minister of defence", "minister", "minister of defence"),
        ("Prime Minister Odo Larsen", "Prime Minister", "Odo Larsen"),
        ("General", "General", "General"),
        ("General ", "General", "General"),
        ("Odo Larsen", "minister", "Odo Larsen"),
    ],
)
def test_a_name_is_without_title(name: str, role: str | None, bare: str) -> None:
    assert without_title(name, role) == bare
