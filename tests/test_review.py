"""Decisions: the result keeps the rules or the decision is refused, and undo brings back."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import ReviewError
from extractor.review.apply import Reviewed, review
from extractor.review.decisions import Decision, DecisionKind, standing
from extractor.review.items import additions, groups
from extractor.review.values import value_or_none
from extractor.schemas import (
    ActorKind,
    Aspect,
    CasualtyKind,
    Certainty,
    Extraction,
    IncidentStatus,
    IncidentType,
    ObjectEffect,
    ObjectKind,
    ParticipantRole,
    Stance,
)
from tests.labelled import SENTENCES, TEXT, actor, extraction, full, incident, said
from tests.test_evaluation_properties import always, extractions

ACCEPT, REJECT, CORRECT = DecisionKind.ACCEPT, DecisionKind.REJECT, DecisionKind.CORRECT
ADD, NOTE, DONE, UNDO = DecisionKind.ADD, DecisionKind.NOTE, DecisionKind.DONE, DecisionKind.UNDO
GOLD = full().labels


def decide(*decisions: tuple[DecisionKind, str, Any] | tuple[DecisionKind, str]) -> Reviewed:
    made = [Decision(kind=one[0], path=one[1], new=[*one, None][2]) for one in decisions]
    return review(GOLD, TEXT, made)


def changed(*decisions: Any) -> Extraction:
    return decide(*decisions).extraction


def roles(found: Extraction, number: int = 0) -> dict[str, str]:
    return {part.actor: part.role.value for part in found.incidents[number].participants}


# --- what holds for all


def paths(found: Extraction) -> list[str]:
    return [item.path for group in groups(found) for item in group.items]


def any_of(*enums: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([each.value for enum in enums for each in enum])


NEW = {
    "type": any_of(IncidentType),
    "status": any_of(IncidentStatus),
    "stance": any_of(Stance),
    "certainty": any_of(Certainty),
    "kind": any_of(ActorKind),
    "responsible": st.lists(st.sampled_from(["a1", "a2", "a3", "a9"]), max_size=2),
    "source": st.sampled_from(["a1", "a2", "a3", "article", "unattributed", "a9"]),
    "aspect": any_of(Aspect),
    "affiliation": st.sampled_from(["a1", "a2", "a3", "a9"]),
    "medium": st.just("a leaflet"),
    "weapons": st.lists(st.sampled_from(["bomb", "rifles"]), max_size=2),
    "date": st.sampled_from(["2023-05-04", "2023-05-09", "soon"]).map(
        lambda day: {"start": day, "end": "2023-05-06", "precision": "range", "text": None}
    ),
    "location": st.sampled_from(["SE", "se", None]).map(
        lambda code: {"name": None, "city": None, "region": None, "country": code}
    ),
}
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "x", 3, [], [{}], {}, {"low": 3}, {"source": {}}, [["a1"]]]
)
WORDS = st.sampled_from(SENTENCES).map(lambda one: {"start": TEXT.index(one), "quote": one})
ADDED: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "incidents": st.fixed_dictionaries(
        {"type": NEW["type"], "status": NEW["status"], "summary": st.just("It happened.")}
    ),
    "attributions": st.fixed_dictionaries(
        {
            "incident": st.sampled_from(["i1", "i2", "i9"]),
            "source": NEW["source"],
            "aspect": any_of(Aspect),
            "responsible": NEW["responsible"],
            "stance": NEW["stance"],
            "certainty": NEW["certainty"],
            "statement": st.just("It is so."),
        }
    ),
    "actors": st.fixed_dictionaries({"kind": NEW["kind"]}),
    "casualties": st.fixed_dictionaries(
        {
            "incident": st.sampled_from(["i1", "i9"]),
            "kind": any_of(CasualtyKind),
            "low": st.sampled_from([None, 0, 7, -1]),
            "source": st.sampled_from([None, "a1", "a9"]),
        }
    ),
    "objects": st.fixed_dictionaries(
        {
            "incident": st.sampled_from(["i1", "i9"]),
            "kind": any_of(ObjectKind),
            "effect": any_of(ObjectEffect),
        }
    ),
}


def _new(path: str) -> st.SearchStrategy[Any]:
    if ".participants." in path:
        return any_of(ParticipantRole) | ODD
    return NEW.get(path.rpartition(".")[2], ODD) | ODD


@st.composite
def decisions(draw: st.DrawFn, found: Extraction) -> Decision:
    kind = draw(st.sampled_from([*DecisionKind, CORRECT, REJECT, ADD]))
    if kind is ADD:
        table = draw(st.sampled_from([*ADDED, "participants", "weapons"]))
        if table not in ADDED:
            part = {"incident": "i1", "actor": "a1", "role": "target"}
            return Decision(kind=kind, path=table, new=draw(st.sampled_from([part, None])))
        return Decision(kind=kind, path=table, new=draw(ADDED[table]) | draw(WORDS))
    known = [*paths(found), "incidents.i1.participants.a1", "incidents.i9", "a.b.c", ""]
    path = draw(st.sampled_from(known))
    return Decision(kind=kind, path=path, new=draw(_new(path)))


@settings(always, max_examples=80)
@given(st.data())
def test_a_decision_gives_a_valid_result_or_is_refused(data: st.DataObject) -> None:
    found = data.draw(extractions())
    made: list[Decision] = []
    reviewed = review(found, TEXT, made)
    for _ in range(4):
        decision = data.draw(decisions(reviewed.extraction))
        try:
            after = review(found, TEXT, [*made, decision])
        except ReviewError:
            continue
        made.append(decision)
        Extraction.model_validate(after.extraction.model_dump(mode="json"), context={"text": TEXT})
        assert after.extraction.article == found.article
        shown = {*paths(after.extraction)}
        assert {*after.states} - {""} <= shown, "what is decided is shown"
        if decision.kind is not UNDO:
            undone = review(found, TEXT, [*made, Decision(kind=UNDO)])
            assert undone == reviewed, "undo restores"
        reviewed = after


@settings(always, max_examples=25)
@given(extractions())
def test_no_decision_is_identity(found: Extraction) -> None:
    assert review(found, TEXT, []) == Reviewed(found)


@settings(always, max_examples=25)
@given(extractions())
def test_every_shown_value_can_be_accepted_and_each_form_is_one(found: Extraction) -> None:
    for group in groups(found):
        for item in group.items:
            value = value_or_none(found.model_dump(mode="json"), item.path)
            assert item.fields
            if item.shown:
                kept = review(found, TEXT, [Decision(kind=ACCEPT, path=item.path)])
                assert kept.extraction == found
                assert kept.states == {item.path: ACCEPT}
            # What the form has as it opens is the value itself.
            if [field.name for field in item.fields] == ["value"]:
                given_back: Any = item.fields[0].value
            else:
                given_back = {field.name: field.value for field in item.fields}
            if not item.shown and (value is not None or given_back is None):
                continue  # a place without any name becomes none, and none is no correction
            same = [Decision(kind=CORRECT, path=item.path, new=_plain(given_back))]
            assert review(found, TEXT, same).extraction == found, (item.path, value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [*value]
    return value if isinstance(value, int | None) else str(value)


def test_undo_takes_back_one_after_the_other() -> None:
    made = [Decision(kind=NOTE, path="", new=word) for word in "abc"]
    undo = Decision(kind=UNDO)
    assert standing([*made, undo, undo]) == made[:1]
    assert standing([*made, undo, made[0]]) == [*made[:2], made[0]]
    with pytest.raises(ReviewError, match="nothing to undo"):
        standing([*made, undo, undo, undo, undo])


# --- what is set


@pytest.mark.parametrize(
    ("path", "new", "read"),
    [
        ("incidents.i1.type", "arson", lambda e: e.incidents[0].type),
        ("incidents.i2.status", "attempted", lambda e: e.incidents[1].status),
        ("incidents.i1", "It burned.", lambda e: e.incidents[0].summary),
        ("attributions.t1.certainty", "likely", lambda e: e.attributions[0].certainty),
        ("attributions.t1", "It was us.", lambda e: e.attributions[0].statement),
        ("actors.a3.kind", "government", lambda e: e.actors[2].kind),
        ("actors.a3", "Marn", lambda e: e.actors[2].name),
        ("actors.a3.affiliation", "a5", lambda e: e.actors[2].affiliation),
        ("attributions.t3.aspect", "occurrence", lambda e: e.attributions[2].aspect),
        ("attributions.t1.medium", "a leaflet", lambda e: e.attributions[0].medium),
        ("incidents.i1.weapons", ["a bomb", "nails"], lambda e: [*e.incidents[0].weapons]),
        ("incidents.i1.participants.a4", "target", lambda e: roles(e)["a4"]),
        ("incidents.i1.participants.a5", "responder", lambda e: roles(e)["a5"]),
    ],
)
def test_a_value_is_corrected(path: str, new: Any, read: Callable[[Extraction], Any]) -> None:
    reviewed = decide((CORRECT, path, new))
    assert read(reviewed.extraction) == new
    assert value_or_none(reviewed.extraction.model_dump(mode="json"), path) == new
    assert reviewed.states == {path: CORRECT}


def test_dates_places_and_figures_are_corrected_and_rejected() -> None:
    day = {"start": "2023-05-05", "end": "2023-05-05", "precision": "day", "text": None}
    place = {"name": "Hesk", "city": None, "region": None, "country": "SE"}
    number = {"kind": "killed", "low": 4, "high": None, "source": "a5"}
    found = changed(
        (CORRECT, "incidents.i1.date", day),
        (CORRECT, "incidents.i1.location", place),
        (CORRECT, "incidents.i1.casualties.0", number),
    ).incidents[0]
    assert found.date is not None
    assert found.location is not None
    assert (str(found.date.start), found.location.name) == ("2023-05-05", "Hesk")
    figure = found.casualties[0]
    assert (figure.low, figure.high, figure.source) == (4, None, "a5")
    blank = dict.fromkeys(place)
    found = changed(
        (CORRECT, "incidents.i1.location", blank),
        (REJECT, "incidents.i1.date"),
        (REJECT, "incidents.i1.casualties.0"),
    ).incidents[0]
    assert (found.date, found.location, found.casualties) == (None, None, ())


def test_objects_weapons_and_bodies_are_corrected_and_rejected() -> None:
    thing = {"name": "ferry", "kind": "vehicle", "effect": "damaged"}
    found = changed((CORRECT, "incidents.i1.objects.0", thing)).incidents[0]
    assert found.objects[0].model_dump(mode="json") == thing
    reviewed = decide(
        (REJECT, "incidents.i1.objects.0"),
        (REJECT, "incidents.i1.weapons"),
        (REJECT, "actors.a3.affiliation"),
    )
    found = reviewed.extraction.incidents[0]
    assert (found.objects, found.weapons) == ((), ())
    assert reviewed.states == {"incidents.i1.weapons": REJECT, "actors.a3.affiliation": REJECT}
    assert [one.affiliation for one in reviewed.extraction.actors] == [None] * 5
    assert "a6" not in [one.id for one in reviewed.extraction.actors], "nothing else needs it"


@pytest.mark.parametrize("listed", ["casualties", "objects"])
def test_what_was_decided_of_figures_and_objects_moves_with_them(listed: str) -> None:
    two = GOLD.model_dump(mode="json")
    two["incidents"][0][listed] *= 2
    found = Extraction.model_validate(two)
    at = f"incidents.i1.{listed}."
    made = [
        Decision(kind=ACCEPT, path=f"{at}1"),
        Decision(kind=NOTE, path=f"{at}1", new="well"),
        Decision(kind=REJECT, path=f"{at}0"),
    ]
    reviewed = review(found, TEXT, made)
    assert len(getattr(reviewed.extraction.incidents[0], listed)) == 1
    assert reviewed.states == {f"{at}0": ACCEPT}
    assert reviewed.notes == {f"{at}0": ("well",)}


# --- what follows


def test_a_rejected_incident_takes_its_statements_and_their_actors_along() -> None:
    reviewed = decide((ACCEPT, "attributions.t1.stance"), (REJECT, "incidents.i1"))
    found = reviewed.extraction
    assert [one.id for one in found.incidents] == ["i2"]
    assert [one.id for one in found.attributions] == ["t3"]
    assert [one.id for one in found.actors] == ["a5"]
    assert reviewed.states == {}


def test_who_is_no_longer_held_responsible_is_no_perpetrator() -> None:
    found = changed((REJECT, "attributions.t1"))
    assert roles(found) == {"a2": "perpetrator", "a4": "victim"}
    assert found.attributions[0].conflicts_with == ()
    denied = changed((CORRECT, "attributions.t1.stance", "denial"))
    assert "a1" not in roles(denied)
    assert denied.attributions[0].responsible == ("a1",)
    assert denied.attributions[0].conflicts_with == (), "the other blames somebody else"


def test_who_is_held_responsible_is_a_perpetrator() -> None:
    found = changed((CORRECT, "attributions.t1.responsible", ["a1", "a4"]))
    assert roles(found) == {"a1": "perpetrator", "a2": "perpetrator", "a4": "perpetrator"}


def test_who_is_no_perpetrator_is_not_held_responsible() -> None:
    for decision in ((REJECT,), (CORRECT, "target")):
        kind, *new = decision
        found = changed((kind, "incidents.i1.participants.a2", *new))
        assert found.attributions[1].responsible == ()
        assert roles(found).get("a2") == (new[0] if new else None)


def test_what_followed_is_to_be_decided_anew() -> None:
    at = "attributions.t2.responsible"
    reviewed = decide((ACCEPT, at), (REJECT, "incidents.i1.participants.a2"))
    assert at not in reviewed.states


def test_a_source_can_be_the_article() -> None:
    said_by = changed((CORRECT, "attributions.t2.source", "article")).attributions[1]
    assert (said_by.sourcing.value, said_by.source) == ("article", None)
    back = changed((CORRECT, "attributions.t3.source", "a5")).attributions[2]
    assert (back.sourcing.value, back.source) == ("actor", "a5")


# --- what is added


def test_records_are_added_from_words_of_the_text() -> None:
    words = SENTENCES[5]
    at: dict[str, Any] = {"start": TEXT.index(words), "quote": words}
    reviewed = decide(
        (ADD, "actors", {"start": at["start"] + 2, "quote": "witness", "kind": "person"}),
        (
            ADD,
            "incidents",
            {
                **at,
                "type": "attack",
                "status": "carried_out",
                "summary": "There.",
                "day": "2023-05-07",
                "place": "Hesk",
                "country": "SE",
            },
        ),
        (
            ADD,
            "attributions",
            {
                **at,
                "incident": "i3",
                "source": "a7",
                "responsible": ["a2"],
                "stance": "accusation",
                "certainty": "likely",
                "statement": "It was the guard.",
            },
        ),
        (ADD, "participants", {"incident": "i3", "actor": "a4", "role": "victim"}),
        (DONE, ""),
    )
    found = reviewed.extraction
    found.check_quotes(TEXT)
    assert found.actors[-1].name == "witness"
    assert found.incidents[2].evidence[0].quote == words
    assert roles(found, 2) == {"a2": "perpetrator", "a4": "victim"}
    assert found.attributions[-1].source == "a7"
    assert reviewed.done
    assert reviewed.states["attributions.t4"] is ADD


def test_missed_figures_and_objects_are_added_to_their_incident() -> None:
    words = "killing three dock workers"
    figure = {"low": 3, "high": 3, "text": "three", "who": "dock workers", "source": "a5"}
    chapel = TEXT.index("chapel")
    reviewed = decide(
        (
            ADD,
            "casualties",
            {"incident": "i1", "kind": "killed", "start": TEXT.index(words), "quote": words}
            | figure,
        ),
        (
            ADD,
            "objects",
            {
                "incident": "i1",
                "kind": "religious_site",
                "effect": "unknown",
                "start": chapel,
                "quote": "chapel",
            },
        ),
    )
    one = reviewed.extraction.incidents[0]
    added = one.casualties[-1].model_dump(mode="json")
    assert {name: added[name] for name in figure} == figure
    assert added["evidence"][0]["quote"] == words
    assert one.objects[-1].name == "chapel"
    assert reviewed.states == {"incidents.i1.casualties.1": ADD, "incidents.i1.objects.1": ADD}


def test_an_incident_can_be_added_to_nothing() -> None:
    new = {"start": 0, "quote": "A bomb", "type": "bombing", "status": "foiled", "summary": "So."}
    made = [Decision(kind=ADD, path="incidents", new=new)]
    found = review(extraction(), TEXT, made).extraction
    assert [one.id for one in found.incidents] == ["i1"]
    assert not found.incidents[0].participants


# --- what is refused


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        ((CORRECT, "incidents.i1.type", "mischief"), "Input should be"),
        ((CORRECT, "incidents.i1", "word " * 26), "26 words, at most 25"),
        ((CORRECT, "incidents.i1.participants.a5", "perpetrator"), "no attribution holds it"),
        ((CORRECT, "incidents.i1.participants.a9", "target"), "no 'a9' among the actors"),
        ((REJECT, "incidents.i1.participants.a5"), "no value to reject"),
        ((REJECT, "incidents.i1.type"), "cannot be left out"),
        ((CORRECT, "actors.a1"), "a correction needs a value"),
        ((REJECT, "attributions.t1.source"), "cannot be left out"),
        ((REJECT, "actors.a1"), "names a1, which does not exist"),
        ((REJECT, "incidents.i2.casualties.7"), "no value"),
        ((CORRECT, "incidents.i1.casualties.0", {"low": 5, "high": 4}), "low 5 above high 4"),
        ((CORRECT, "incidents.i1.casualties.0", {"dead": 4}), "corrected is kind, low"),
        ((CORRECT, "incidents.i1.casualties.7", {"low": 5}), "no value 7 among"),
        ((CORRECT, "incidents.i1.motive", "x"), "no value 'incidents.i1.motive'"),
        ((CORRECT, "incidents.i1.weapons", "x"), "'x' is no list"),
        ((CORRECT, "attributions.t1.responsible", "a1"), "'a1' is no list"),
        ((CORRECT, "attributions.t1.aspect", "motive"), "only aspect responsibility does"),
        ((CORRECT, "actors.a1.affiliation", "a99"), "names a99, which does not exist"),
        ((CORRECT, "actors.a1.affiliation", {"low": 3}), "is no word"),
        ((REJECT, "actors.a1.affiliation"), "no value to reject"),
        ((CORRECT, "attributions.t3.responsible", ["a1"]), "only aspect responsibility does"),
        ((ACCEPT, "incidents.i9.type"), "no 'i9' among the incidents"),
        ((ACCEPT, "incidents.i1.participants.a5"), "no value to accept"),
        ((NOTE, "incidents.i1", "  "), "a note needs words"),
        ((ADD, "weapons", {}), "nothing can be added"),
        ((ADD, "actors", {"start": 1, "quote": "A bomb", "kind": "person"}), "do not stand there"),
        ((ADD, "actors", {"start": 0, "quote": "A bomb", "kind": "cat"}), "kind: Input should be"),
        ((ADD, "participants", {"incident": "i9", "actor": "a1", "role": "target"}), "no incident"),
        (
            (
                ADD,
                "objects",
                {"incident": "i1", "kind": "other", "effect": "none", "start": 1, "quote": "A"},
            ),
            "do not stand there",
        ),
        ((ADD, "participants", {"incident": "i1", "actor": "a1", "role": "target"}), "one role"),
    ],
)
def test_a_decision_that_breaks_a_rule_is_refused_with_the_rule(decision: Any, reason: str) -> None:
    with pytest.raises(ReviewError, match=reason):
        decide(decision)


def test_an_article_with_actors_that_nobody_needs_is_not_done() -> None:
    stray = (ADD, "actors", {"start": 0, "quote": "A bomb", "kind": "other"})
    with pytest.raises(ReviewError, match=r"nothing refers to a7 \(A bomb\)"):
        decide(stray, (DONE, ""))
    assert decide(stray, (REJECT, "actors.a7"), (DONE, "")).done


def test_forms_for_what_was_missed_name_actors_and_incidents() -> None:
    forms = additions(GOLD)
    assert {*forms} == {*ADDED, "participants"}
    (about,) = (field for field in forms["attributions"] if field.name == "incident")
    assert [value for value, _ in about.options] == ["i1", "i2"]


def test_an_incident_without_anything_has_its_values_shown_as_none() -> None:
    bare = extraction(
        [actor(1, "Tide Front")],
        [incident(1)],
        [said(1, 1, aspect="occurrence", stance="doubt")],
    )
    shown = {item.path: item.shown for group in groups(bare) for item in group.items}
    assert shown["incidents.i1.date"] == shown["incidents.i1.location"] == ""
    assert "attributions.t1.responsible" not in shown
