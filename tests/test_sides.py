"""Who did an act and whom it hit."""

import pytest

from extractor.pipeline.composing.findings import Findings, Told, new_actor
from extractor.pipeline.composing.sides import Sides, credible, with_fought
from extractor.schemas.codes import ActorKind, IncidentType, Stance
from tests.answers import told

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
