"""Who is the subject of the verb for an act, by the words of a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.pipeline.composing.doing import doer, doers_kind, is_done
from extractor.schemas.codes import ActorKind, IncidentType

ASSAULT, ARREST = IncidentType.ARMED_ASSAULT, IncidentType.ARREST
RAID, SEIZURE = IncidentType.RAID, IncidentType.SEIZURE
KNOWN = {"tide front": "Tide Front", "unit nine": "Unit Nine", "two men": "Two men"}


def subject(sentence: str, kind: IncidentType) -> str | None:
    return doer(sentence, kind, lambda phrase: KNOWN.get(phrase.casefold()))


@pytest.mark.parametrize(
    ("sentence", "kind", "name"),
    [
        ("Gunmen ambushed three lorries near Olm.", ASSAULT, "Gunmen"),
        ("GUNMEN AMBUSHED THREE LORRIES NEAR OLM.", ASSAULT, "GUNMEN"),
        ("The Tide Front attacked the port.", ASSAULT, "Tide Front"),
        ("On Monday the Tide Front has also attacked the port.", ASSAULT, "Tide Front"),
        ("On Tuesday police in Olm arrested a clerk.", ARREST, "police"),
        ("Plainclothes officers took Ana Ruhl from her flat.", ARREST, "Plainclothes officers"),
        ("Troops on Saturday retook Olm, which rebels had captured.", SEIZURE, "Troops"),
        ("Clerks said that the army shelled Olm.", IncidentType.SHELLING, "army"),
        ("Border guards late last week killed a trader.", ASSAULT, "Border guards"),
        ("He came home when two men shot him.", ASSAULT, "Two men"),
        ("A team of the police, Unit Nine, surrounded the hut.", RAID, "Unit Nine"),
        ("About 300 fishermen marched to the port.", IncidentType.PROTEST, "fishermen"),
        ("A crowd looted the depot.", IncidentType.SABOTAGE, "crowd"),
        ("Three youths threw stones at the bus.", ASSAULT, "Three youths"),
        ("At about 9 a.m. soldiers arrested the minister.", ARREST, "soldiers"),
        ("Three days later militants attacked a base.", ASSAULT, "militants"),
        ("Soldiers launched a new offensive in Olm.", ASSAULT, "Soldiers"),
        ("Two men set fire to the barn.", IncidentType.ARSON, "Two men"),
    ],
)
def test_the_subject_of_the_verb(sentence: str, kind: IncidentType, name: str) -> None:
    assert subject(sentence, kind) == name


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Three soldiers killed in the attack were buried.", ASSAULT),
        ("Two soldiers shot dead by rebels were buried.", ASSAULT),
        ("The judge was shot dead outside his home.", ASSAULT),
        ("A bomb killed three soldiers.", IncidentType.BOMBING),
        ("The group said that its fighters attacked the port.", ASSAULT),
        ("Pupils attacked the port.", ASSAULT),
        ("She was gang raped.", IncidentType.SEXUAL_VIOLENCE),
        ("Soldiers searched the flat.", ARREST),
        ("In support of the army, it attacked the port.", ASSAULT),
        ("The long line of cars with very many young men attacked the port.", ASSAULT),
        ("It was quiet.", ASSAULT),
        ("Police searched the area after the bomb exploded.", IncidentType.BOMBING),
        ("Police launched an investigation.", IncidentType.BOMBING),
        ("Police took the wounded away after gunmen came.", IncidentType.ARSON),
        ("Police gathered evidence at the scene.", IncidentType.PROTEST),
        ("Police took part in it.", ARREST),
        ("The soldiers wounded were flown to Olm.", ASSAULT),
        ("Four soldiers killed Thursday were buried.", ASSAULT),
        ("Fighting between soldiers and rebels killed 12 people.", ASSAULT),
        ("A bomb planted by militants killed two.", ASSAULT),
        ("No militants attacked the base.", ASSAULT),
        ("If militants attacked the base, it would fall.", ASSAULT),
    ],
)
def test_who_suffers_it_or_is_not_told_of_is_none(sentence: str, kind: IncidentType) -> None:
    assert subject(sentence, kind) is None


@pytest.mark.parametrize(
    ("sentence", "done"),
    [
        ("On Friday they detained a second man.", True),
        ("Officers detained a second man.", True),
        ("Clerks detained the parcel.", False),
        ("A second man was held.", False),
    ],
)
def test_whether_somebody_does_it(sentence: str, done: bool) -> None:
    assert is_done(sentence, ARREST) is done


def test_what_doers_are() -> None:
    assert doers_kind("two hooded men") is ActorKind.ARMED_GROUP
    assert doers_kind("Border guards") is ActorKind.STATE_FORCE
    assert doers_kind("Villagers") is ActorKind.POPULATION
    assert doers_kind("lorry") is None


WORDS = ["gunmen", "the army", "attacked", "killed", "the port", "on Monday", ",", "that", "who"]


@given(
    st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join) | st.text(max_size=60),
    st.sampled_from([*IncidentType]),
)
def test_a_description_stands_in_the_sentence(sentence: str, kind: IncidentType) -> None:
    name = doer(sentence, kind, lambda _: None)
    assert name is None or name in sentence
