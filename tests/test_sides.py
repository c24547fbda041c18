"""Who did an act and whom it hit."""

from dataclasses import replace

import pytest

from extractor.pipeline.composing.findings import Act, Findings, Told, new_actor
from extractor.pipeline.composing.sides import Sides, credible, sides_of, with_fought
from extractor.schemas.codes import ActorKind, IncidentType, Stance
from extractor.schemas.steps import PartiesAnswer
from tests.answers import frame, told

KINDS = {
    "army": ActorKind.STATE_FORCE,
    "Reed Front": ActorKind.ARMED_GROUP,
    "mayor": ActorKind.PERSON,
}
FOUND = Findings(actors={name: new_actor(name, kind) for name, kind in KINDS.items()})
TAKEN = Sides(doers=["army"], aimed=[], harmed=[])


def held(name: str, stance: Stance = Stance.CLAIM, source: str = "mayor") -> Told:
    return told(1, stance, source, name)


def test_whom_a_force_takes_a_town_from_is_aimed_at_and_did_not_take_it() -> None:
    holding = held("Reed Front")
    sides = with_fought(TAKEN, [holding], IncidentType.SEIZURE, FOUND)
    assert sides == Sides(["army"], ["Reed Front"], [])
    assert credible(holding, sides, FOUND).answer.responsible == []


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (held("Reed Front"), IncidentType.BOMBING),
        (held("Reed Front", Stance.ACCUSATION), IncidentType.SEIZURE),
        (held("Reed Front", source="Reed Front"), IncidentType.SEIZURE),
        (held("army"), IncidentType.SEIZURE),
    ],
)
def test_who_is_blamed_or_claims_it_may_have_done_it(statement: Told, kind: IncidentType) -> None:
    sides = with_fought(TAKEN, [statement], kind, FOUND)
    assert sides == TAKEN
    assert credible(statement, sides, FOUND) == statement


def test_whom_it_harmed_is_not_aimed_at_too() -> None:
    sides = Sides(["army"], [], ["Reed Front"])
    assert with_fought(sides, [held("Reed Front")], IncidentType.RAID, FOUND) == sides


def parties(
    name: str,
    kind: IncidentType = IncidentType.ATTACK,
    *said: Told,
    what: str = "It happened.",
) -> list[str]:
    """The doers of an act of which the article as a whole says who did it."""
    act = Act((1,), kind, frame(what=what), None)
    answer = PartiesAnswer(by=[name], hit=[])
    found = replace(FOUND, acts=[act], told=said, parties={1: answer})
    return sides_of([act], found).doers


def test_who_did_it_by_the_article_is_borne_out_by_a_statement_near() -> None:
    group = "Reed Front"
    assert parties(group) == []
    assert parties(group, IncidentType.ATTACK, held(group)) == [group]
    assert parties(group, IncidentType.ATTACK, held(group, Stance.DENIAL)) == []
    assert parties(group, IncidentType.ATTACK, replace(held(group), number=9)) == []
    assert parties(group, IncidentType.PROTEST, held(group)) == []


def test_what_forces_do_is_borne_out_by_what_it_was() -> None:
    assert parties("army", IncidentType.ARREST) == ["army"]
    assert parties("army", IncidentType.SEIZURE) == []
    assert parties("army", IncidentType.SEIZURE, what="The army took Olm.") == ["army"]


def test_who_speaks_of_it_himself_does_not_bear_it_out() -> None:
    party = {"League": new_actor("League", ActorKind.POLITICAL_GROUP)}
    act = Act((1,), IncidentType.BOMBING, frame(), None)
    answer = PartiesAnswer(by=["League"], hit=[])
    found = Findings(acts=[act], told=[held("League", source="League")], actors=party)
    assert sides_of([act], replace(found, parties={1: answer})).doers == []
