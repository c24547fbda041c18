"""Who did an act and whom it hit."""

import pytest

from extractor.pipeline.composing.findings import Findings, Told, new_actor
from extractor.pipeline.composing.sides import Sides, credible, with_fought
from extractor.schemas.codes import ActorKind, Aspect, Certainty, IncidentType, Stance
from extractor.schemas.steps import SpeakerAnswer, StatementAnswer

KINDS = {
    "army": ActorKind.STATE_FORCE,
    "Reed Front": ActorKind.ARMED_GROUP,
    "mayor": ActorKind.PERSON,
}
FOUND = Findings(actors={name: new_actor(name, kind) for name, kind in KINDS.items()})
TAKEN = Sides(doers=["army"], aimed=[], harmed=[])


def held(name: str, stance: Stance = Stance.CLAIM, source: str = "mayor") -> Told:
    answer = StatementAnswer(
        responsible=[name],
        about=Aspect.RESPONSIBILITY,
        certainty=Certainty.CERTAIN,
        says="It held the town.",
    )
    return Told(1, stance, answer, SpeakerAnswer(source=source, medium=None))


def test_whom_a_force_takes_a_town_from_is_aimed_at_and_did_not_take_it() -> None:
    told = held("Reed Front")
    sides = with_fought(TAKEN, [told], IncidentType.SEIZURE, FOUND)
    assert sides == Sides(["army"], ["Reed Front"], [])
    assert credible(told, sides, FOUND).answer.responsible == []


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (held("Reed Front"), IncidentType.BOMBING),
        (held("Reed Front", Stance.ACCUSATION), IncidentType.SEIZURE),
        (held("Reed Front", source="Reed Front"), IncidentType.SEIZURE),
        (held("army"), IncidentType.SEIZURE),
    ],
)
def test_who_is_blamed_or_claims_it_may_have_done_it(told: Told, kind: IncidentType) -> None:
    sides = with_fought(TAKEN, [told], kind, FOUND)
    assert sides == TAKEN
    assert credible(told, sides, FOUND) == told


def test_whom_it_harmed_is_not_aimed_at_too() -> None:
    sides = Sides(["army"], [], ["Reed Front"])
    assert with_fought(sides, [held("Reed Front")], IncidentType.RAID, FOUND) == sides
