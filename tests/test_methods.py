"""How an attack was done, by the words for it."""

import pytest

from extractor.pipeline.composing.methods import method_told, tells_method
from extractor.schemas.codes import IncidentType

ATTACK, BOMBING, ASSAULT = IncidentType.ATTACK, IncidentType.BOMBING, IncidentType.ARMED_ASSAULT


@pytest.mark.parametrize(
    ("kind", "sentence", "told"),
    [
        (ATTACK, "A suicide bomber killed two in the attack.", IncidentType.SUICIDE_BOMBING),
        (ATTACK, "A warplane hit the town.", IncidentType.AIR_STRIKE),
        (ATTACK, "Gunmen opened fire.", ASSAULT),
        (ATTACK, "A hand grenade wounded two.", ASSAULT),
        (ATTACK, "The attack killed two, a week after the bombing.", ATTACK),
        (BOMBING, "Guns had shelled the village.", IncidentType.SHELLING),
        (BOMBING, "A mortar attack hit the village.", IncidentType.SHELLING),
        (BOMBING, "The bomb killed two gunners, who had shelled it.", BOMBING),
        (ASSAULT, "The guards fired at each other.", IncidentType.ARMED_CLASH),
        (ASSAULT, "They died in a gun battle.", IncidentType.ARMED_CLASH),
        (ASSAULT, "Gunmen fired at the guards.", ASSAULT),
        (IncidentType.RIOT, "Crowds clashed.", IncidentType.RIOT),
    ],
)
def test_the_words_tell_the_method(kind: IncidentType, sentence: str, told: IncidentType) -> None:
    assert method_told(kind, [sentence]) is told


def test_whether_a_sentence_tells_of_one() -> None:
    assert tells_method("It was a car bomb.")
    assert not tells_method("It was an attack.")


@pytest.mark.parametrize(
    ("kind", "sentence", "told"),
    [
        (IncidentType.SEIZURE, "Soldiers looted a clinic.", IncidentType.SABOTAGE),
        (IncidentType.SEIZURE, "Officers searched two flats.", IncidentType.RAID),
        (IncidentType.SEIZURE, "Rebels abducted six nurses.", IncidentType.KIDNAPPING),
        (IncidentType.SEIZURE, "Rebels took the town.", IncidentType.SEIZURE),
        (IncidentType.SEIZURE, "Soldiers burned 23 houses.", IncidentType.ARSON),
        (BOMBING, "A plane was bombed at the airport.", BOMBING),
        (BOMBING, "Early on Tuesday, aircraft bombed a column.", IncidentType.AIR_STRIKE),
        (IncidentType.ARREST, "Police held four men in a raid.", IncidentType.RAID),
        (IncidentType.ARREST, "Police held four men.", IncidentType.ARREST),
        (BOMBING, "Youths threw petrol bombs at a hostel.", IncidentType.ARSON),
    ],
)
def test_the_words_tell_what_was_done(
    kind: IncidentType, sentence: str, told: IncidentType
) -> None:
    assert method_told(kind, [sentence]) is told


def test_what_was_heard_is_about_the_method() -> None:
    assert tells_method("He had heard a plane over his home.")
    assert not tells_method("He had heard of it, and a plane was late.")
