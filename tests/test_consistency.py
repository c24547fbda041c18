"""What the codebook implies about statements, rule by rule."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.pipeline.consistency import (
    Statement,
    conflicts,
    disputed,
    normalised,
    once,
    unmixed,
    with_article_voice,
    with_disputed_figures,
)
from extractor.schemas import (
    Aspect,
    Casualty,
    CasualtyKind,
    Certainty,
    Evidence,
    Incident,
    IncidentStatus,
    IncidentType,
    Participant,
    ParticipantRole,
    Sourcing,
    Stance,
)

FIRST = Evidence(quote="First.", start=0, end=6)
SECOND = Evidence(quote="Second.", start=7, end=14)


def said(
    stance: Stance = Stance.ACCUSATION,
    *,
    source: str | None = "police",
    responsible: tuple[str, ...] = ("Front",),
    sourcing: Sourcing | None = None,
    aspect: Aspect = Aspect.RESPONSIBILITY,
    certainty: Certainty = Certainty.CERTAIN,
    incident: str = "i1",
    evidence: tuple[Evidence, ...] = (FIRST,),
) -> Statement:
    return Statement(
        incident=incident,
        aspect=aspect,
        sourcing=sourcing or (Sourcing.ACTOR if source else Sourcing.ARTICLE),
        source=source,
        responsible=responsible,
        stance=stance,
        certainty=certainty,
        statement="They did it.",
        medium=None,
        evidence=evidence,
    )


# --- stance and parties


@pytest.mark.parametrize(
    ("own_side", "responsible", "stance", "held"),
    [
        ({"Front"}, ("Front",), Stance.CLAIM, ("Front",)),
        ({"spokesman", "Front"}, ("Front", "Guard"), Stance.CLAIM, ("Front", "Guard")),
        ({"police"}, ("Front",), Stance.ACCUSATION, ("Front",)),
        ({"police"}, (), Stance.CLAIM, ("police",)),
        ({"police", "ministry"}, (), Stance.CLAIM, ("ministry",)),
    ],
)
def test_only_the_own_side_claims(
    own_side: set[str], responsible: tuple[str, ...], stance: Stance, held: tuple[str, ...]
) -> None:
    made = normalised(said(Stance.CLAIM, responsible=responsible), own_side)
    assert (made.stance, made.responsible) == (stance, held)


@pytest.mark.parametrize(
    ("stance", "responsible", "expected"),
    [
        (Stance.ACCUSATION, ("spokesman",), Stance.CLAIM),
        (Stance.ACCUSATION, ("army",), Stance.ACCUSATION),
        (Stance.ASSERTION, ("army",), Stance.CLAIM),
        (Stance.ASSERTION, ("army", "spokesman"), Stance.CLAIM),
        (Stance.ACCUSATION, ("army", "Front"), Stance.ACCUSATION),
        (Stance.SUSPICION, ("army",), Stance.SUSPICION),
        (Stance.ACCUSATION, (), Stance.ACCUSATION),
    ],
)
def test_who_says_that_his_own_side_did_it_claims(
    stance: Stance, responsible: tuple[str, ...], expected: Stance
) -> None:
    made = normalised(
        said(stance, source="spokesman", responsible=responsible), {"army", "spokesman"}
    )
    assert made.stance is expected


def test_no_source_claims_what_it_blames_another_for() -> None:
    blame, claim = said(), said(Stance.CLAIM)
    own, other = said(Stance.CLAIM, responsible=("police",)), said(Stance.CLAIM, source="Front")
    assert unmixed([blame, claim, own, other]) == [blame, blame, own, other]


@pytest.mark.parametrize(
    ("own_side", "responsible", "held"),
    [
        ({"Front"}, (), ("Front",)),
        ({"spokesman", "Front"}, (), ("Front",)),
        ({"Front"}, ("Guard",), ("Guard",)),
    ],
)
def test_who_denies_without_a_name_speaks_of_his_own_side(
    own_side: set[str], responsible: tuple[str, ...], held: tuple[str, ...]
) -> None:
    source = min(own_side - {"Front"}, default="Front")
    made = normalised(said(Stance.DENIAL, source=source, responsible=responsible), own_side)
    assert (made.stance, made.responsible) == (Stance.DENIAL, held)


@pytest.mark.parametrize("aspect", [a for a in Aspect if a is not Aspect.RESPONSIBILITY])
@pytest.mark.parametrize("stance", list(Stance))
def test_other_aspects_name_nobody_and_blame_nobody(aspect: Aspect, stance: Stance) -> None:
    made = normalised(said(stance, aspect=aspect), {"police"})
    asserted = stance in (Stance.CLAIM, Stance.ACCUSATION)
    assert made.responsible == ()
    assert made.stance is (Stance.ASSERTION if asserted else stance)


@pytest.mark.parametrize(
    ("stance", "expected"),
    [
        (Stance.CLAIM, Stance.ASSERTION),
        (Stance.ACCUSATION, Stance.ASSERTION),
        (Stance.ASSERTION, Stance.ASSERTION),
        (Stance.SUSPICION, Stance.SUSPICION),
        (Stance.DENIAL, Stance.DENIAL),
        (Stance.DOUBT, Stance.DOUBT),
    ],
)
def test_the_article_asserts(stance: Stance, expected: Stance) -> None:
    made = normalised(said(stance, source=None), set())
    assert (made.stance, made.certainty) == (expected, Certainty.CERTAIN)


@pytest.mark.parametrize(
    ("stance", "certainty", "expected"),
    [
        (Stance.CLAIM, Certainty.CERTAIN, (Stance.SUSPICION, Certainty.LIKELY)),
        (Stance.ACCUSATION, Certainty.LIKELY, (Stance.SUSPICION, Certainty.LIKELY)),
        (Stance.ASSERTION, Certainty.POSSIBLE, (Stance.SUSPICION, Certainty.POSSIBLE)),
        (Stance.SUSPICION, Certainty.DOUBTFUL, (Stance.SUSPICION, Certainty.DOUBTFUL)),
        (Stance.DENIAL, Certainty.CERTAIN, (Stance.DENIAL, Certainty.CERTAIN)),
    ],
)
def test_what_nobody_in_particular_says_is_a_suspicion(
    stance: Stance, certainty: Certainty, expected: tuple[Stance, Certainty]
) -> None:
    statement = said(stance, source=None, sourcing=Sourcing.UNATTRIBUTED, certainty=certainty)
    made = normalised(statement, set())
    assert (made.stance, made.certainty) == expected


statements = st.builds(
    said,
    st.sampled_from(Stance),
    source=st.sampled_from([None, "police", "Front"]),
    responsible=st.sampled_from([(), ("Front",), ("Guard",), ("Guard", "Front")]),
    aspect=st.sampled_from(Aspect),
    certainty=st.sampled_from(Certainty),
    incident=st.sampled_from(["i1", "i2"]),
    evidence=st.sampled_from([(FIRST,), (SECOND,), (FIRST, SECOND)]),
)


@given(statements)
def test_normalising_twice_changes_nothing_more(statement: Statement) -> None:
    own_side = {statement.source} if statement.source else set()
    made = normalised(statement, own_side)
    assert normalised(made, own_side) == made


# --- said twice


def test_what_one_source_says_twice_is_one_on_both_evidences() -> None:
    (made,) = once([said(), said(evidence=(FIRST, SECOND)), said(evidence=(SECOND,))])
    assert made.evidence == (FIRST, SECOND)


def test_different_sources_stances_and_parties_stay_apart() -> None:
    different = [
        said(),
        said(source="Front"),
        said(Stance.SUSPICION),
        said(responsible=("Guard",)),
        said(aspect=Aspect.MOTIVE, responsible=()),
        said(source=None),
    ]
    assert once(different) == different


# --- the article's own voice


def incident(status: IncidentStatus, *perpetrators: str) -> Incident:
    return Incident(
        id="i1",
        summary="A bomb went off.",
        type=IncidentType.BOMBING,
        status=status,
        date=None,
        location=None,
        participants=tuple(
            Participant(actor=name, role=ParticipantRole.PERPETRATOR) for name in perpetrators
        ),
        objects=(),
        weapons=(),
        casualties=(),
        evidence=(SECOND,),
    )


CARRIED_OUT = IncidentStatus.CARRIED_OUT


def test_perpetrators_that_nobody_names_are_the_articles() -> None:
    *others, voice = with_article_voice(incident(CARRIED_OUT, "Guard", "Front", "Three"), [said()])
    assert others == [said()]
    assert voice.responsible == ("Guard", "Three")
    assert (voice.sourcing, voice.stance) == (Sourcing.ARTICLE, Stance.ASSERTION)
    assert voice.evidence == (SECOND,)


def figure(
    low: int | None, high: int | None, source: str | None, who: str | None = None
) -> Casualty:
    return Casualty(
        kind=CasualtyKind.KILLED,
        low=low,
        high=high,
        text=str(low or high),
        who=who,
        source=source,
        evidence=(SECOND,),
    )


def test_a_statement_on_casualties_stands_only_where_they_are_disputed() -> None:
    count = replace(said(), aspect=Aspect.CASUALTIES, responsible=(), stance=Stance.ASSERTION)
    denial = replace(count, source="Guard", stance=Stance.DENIAL)
    agreed, differing = (
        [figure(3, 3, "Front"), figure(3, 3, None)],
        [figure(3, 3, "Front"), figure(5, 5, None)],
    )
    assert disputed([said(), count], agreed) == [said()]
    assert disputed([count], differing) == [count]
    assert disputed([count, denial], agreed) == [count, denial]


def counted(*figures: Casualty) -> Incident:
    return incident(CARRIED_OUT).model_copy(update={"casualties": figures})


def test_figures_that_cannot_all_be_right_are_statements_in_conflict() -> None:
    told_of = counted(figure(4, 4, "police", "people"), figure(9, None, "clinic", None))
    first, second = with_disputed_figures(told_of, [])
    assert (first.source, first.statement, first.stance) == (
        "police",
        "4 people killed",
        Stance.ASSERTION,
    )
    assert (second.source, second.aspect) == ("clinic", Aspect.CASUALTIES)
    assert conflicts([first, second]) == [[1], [0]]


def test_a_source_states_a_figure_once() -> None:
    own = said(Stance.ASSERTION, source="police", aspect=Aspect.CASUALTIES, responsible=())
    told_of = counted(figure(4, 4, "police", None), figure(9, 9, "clinic", None))
    made = with_disputed_figures(told_of, [own])
    assert [s.source for s in made] == ["police", "clinic"]
    assert conflicts(made) == [[1], [0]]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (figure(4, 4, "police", None), figure(9, 9, "police", None)),
        (figure(4, 4, "police", None), figure(9, 9, None, None)),
        (figure(4, 4, "police", None), figure(4, None, "clinic", None)),
        (figure(4, 4, "police", "women"), figure(9, 9, "clinic", "people")),
        (figure(4, 4, "police", "women"), figure(9, 9, "clinic", None)),
        (figure(None, None, "police", None), figure(9, 9, "clinic", None)),
    ],
)
def test_figures_that_can_be_right_together_are_none(a: Casualty, b: Casualty) -> None:
    assert with_disputed_figures(counted(a, b), []) == []


def test_figures_of_the_same_people_by_another_name_differ() -> None:
    guards = figure(4, 4, "police", "guards"), figure(9, 9, "clinic", "border guards")
    assert len(with_disputed_figures(counted(*guards), [])) == 2


def test_a_denial_names_no_perpetrator() -> None:
    made = with_article_voice(incident(CARRIED_OUT, "Front"), [said(Stance.DENIAL)])
    assert [statement.stance for statement in made] == [Stance.DENIAL, Stance.ASSERTION]


@pytest.mark.parametrize(
    "quiet",
    [
        incident(CARRIED_OUT, "Front"),
        incident(CARRIED_OUT),
        *(incident(status, "Guard") for status in IncidentStatus if status is not CARRIED_OUT),
    ],
)
def test_else_the_article_adds_nothing(quiet: Incident) -> None:
    assert with_article_voice(quiet, [said()]) == [said()]


# --- conflicts

DENIED = said(Stance.DENIAL, source="Front")
CLAIMED = said(Stance.CLAIM, source="Guard", responsible=("Guard",))
COUNTED = said(Stance.ASSERTION, aspect=Aspect.CASUALTIES, responsible=())


@pytest.mark.parametrize(
    ("one", "other", "opposed"),
    [
        (said(), DENIED, True),
        (said(), CLAIMED, True),
        (CLAIMED, DENIED, False),  # the one speaks of the Guard, the other of the Front
        (said(), said(source="army"), False),
        (said(), said(source="army", responsible=("Front", "Guard")), False),
        (said(), said(Stance.DOUBT, source="army"), False),
        (DENIED, said(Stance.DENIAL, source="army"), False),
        (said(), said(Stance.DENIAL), False),  # of one source: it changed its mind
        (said(), replace(DENIED, incident="i2"), False),
        (said(), replace(DENIED, aspect=Aspect.MOTIVE), False),
        (said(), said(source="army", responsible=()), False),
        (COUNTED, replace(COUNTED, source="army", stance=Stance.DENIAL), True),
        (COUNTED, replace(COUNTED, source="army"), False),
        (said(source=None), DENIED, True),
        (said(source=None), said(source=None, responsible=("Guard",)), False),
    ],
)
def test_statements_that_cannot_both_be_true(
    one: Statement, other: Statement, opposed: bool
) -> None:
    assert conflicts([one, other]) == ([[1], [0]] if opposed else [[], []])
    assert conflicts([other, one]) == ([[1], [0]] if opposed else [[], []])


@given(st.lists(statements, max_size=6))
def test_conflicts_are_mutual_and_within_one_incident_and_aspect(found: list[Statement]) -> None:
    opposed = conflicts(found)
    assert len(opposed) == len(found)
    for position, others in enumerate(opposed):
        assert len(others) == len(set(others))
        for other in others:
            assert other != position
            assert position in opposed[other]
            assert found[other].incident == found[position].incident
            assert found[other].aspect is found[position].aspect
