"""Which names stand for one actor, and which for none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.pipeline.referents import (
    explained,
    is_place_or_event,
    same_actor,
    same_names,
    same_referent,
    without_title,
)
from extractor.schemas.codes import ActorKind

GROUP, FORCE, PERSON = ActorKind.ARMED_GROUP, ActorKind.STATE_FORCE, ActorKind.PERSON
PEOPLE, GOVERNMENT = ActorKind.POPULATION, ActorKind.GOVERNMENT

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


def test_places_and_events_are_no_actors() -> None:
    text = "A bomb went off in Olm, the army said. The army of Tessa denied it."
    assert is_place_or_event("Olm", text)
    assert is_place_or_event("Friday blasts", text)
    assert not is_place_or_event("Tessa", text)
    assert not is_place_or_event("army", text)
    assert not is_place_or_event("Reed Front", text)


@pytest.mark.parametrize(
    ("name", "role", "bare"),
    [
        ("Col. Odo Larsen", None, "Odo Larsen"),
        ("Prime Minister Odo Larsen", "Prime Minister", "Odo Larsen"),
        ("General", "General", "General"),
        ("Odo Larsen", "minister", "Odo Larsen"),
    ],
)
def test_a_name_is_without_title(name: str, role: str | None, bare: str) -> None:
    assert without_title(name, role) == bare
