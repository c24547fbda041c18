"""Who did what sentences report, by their words, set against answers."""

import pytest

from extractor.pipeline.composing.acting import with_subjects
from extractor.pipeline.composing.findings import Act, Findings, new_actor
from extractor.schemas.codes import ActorKind, CasualtyKind, IncidentType, Stance
from tests.answers import frame, told

KINDS = {
    "Tide Front": ActorKind.ARMED_GROUP,
    "Olm police": ActorKind.STATE_FORCE,
    "two men on a bus": ActorKind.PERSON,
    "judge": ActorKind.PERSON,
}


def read(
    sentence: str, kind: IncidentType = IncidentType.ARMED_ASSAULT, **parties: list[str]
) -> Findings:
    """What is found of an act that a sentence reports."""
    actors = {name: new_actor(name, of_kind) for name, of_kind in KINDS.items()}
    fates: dict[tuple[int, str], CasualtyKind | None] = {
        (1, name): CasualtyKind.KILLED for name in KINDS
    }
    act = Act((1,), kind, frame(**parties), None)
    statement = told(1, Stance.CLAIM, "article", "two men", "judge")
    aliases = {"Tide Front": ["TF"]}
    found = Findings(acts=[act], told=[statement], actors=actors, fates=fates, aliases=aliases)
    return with_subjects(found, {1: sentence})


def doers(found: Findings) -> list[str]:
    return found.acts[0].frame.by


def test_the_subject_did_it_and_nobody_else_and_did_not_suffer_it() -> None:
    found = read("Fighters of the Tide Front shot the judge.", by=["judge"], harmed=["Tide Front"])
    assert (doers(found), found.acts[0].frame.harmed) == (["Tide Front"], [])
    assert not found.hurt(1, "Tide Front")


def test_who_fights_the_subject_stays_beside_it() -> None:
    found = read("The Tide Front attacked the Olm police.", by=["Olm police", "judge"])
    assert doers(found) == ["Tide Front", "Olm police"]


def test_a_clash_has_two_sides() -> None:
    clash = IncidentType.ARMED_CLASH
    found = read("Fighters of the Tide Front fought a gang.", clash, by=["judge", "Tide Front"])
    assert doers(found) == ["Tide Front", "judge"]


@pytest.mark.parametrize("name", ["suspected TF fighters", "Soldiers of the Tide Front"])
def test_its_fighters_are_the_group(name: str) -> None:
    assert doers(read(f"It was when {name} attacked the port.")) == ["Tide Front"]


def test_officers_are_the_police_that_are_known() -> None:
    assert doers(read("Officers arrested the clerk.", IncidentType.ARREST)) == ["Olm police"]


@pytest.mark.parametrize("name", ["Border guards", "two men on a bus"])
def test_a_description_tells_the_kind_of_several(name: str) -> None:
    found = read(f"On Friday {name} attacked the port.")
    assert doers(found) == [name]
    assert found.kind(name) in (ActorKind.STATE_FORCE, ActorKind.ARMED_GROUP)


def test_a_statement_of_the_sentence_means_its_doers() -> None:
    found = read("Two men on a bus attacked the port.")
    assert found.told[0].answer.responsible == ["two men on a bus", "judge"]


def test_a_sentence_without_a_subject_leaves_the_answers() -> None:
    found = read("The judge was shot.", by=["Tide Front"], harmed=["judge"])
    assert (doers(found), found.acts[0].frame.harmed) == (["Tide Front"], ["judge"])
