"""MUC-4 templates: cases worked out by hand, on texts of our own."""

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import ConfigError, compare_muc4, evaluate_muc4, read_muc4
from extractor.articles import Article
from extractor.evaluation.muc4_crosswalk import TYPES, templates
from extractor.evaluation.muc4_data import (
    STRING_SLOTS,
    Days,
    Fill,
    Muc4Document,
    Place,
    Template,
    Value,
    as_document,
    best_forms,
)
from extractor.evaluation.muc4_match import (
    fills_match,
    paired,
    same_string,
    slot_counts,
)
from extractor.evaluation.reports import Muc4Report
from extractor.evaluation.scores import Cell
from extractor.pipeline.outcome import Outcome, Status
from extractor.schemas import IncidentType
from tests.labelled import (
    ARTICLE,
    actor,
    extraction,
    figure,
    incident,
    on,
    part,
    place,
    said,
    thing,
    write_lines,
)
from tests.test_report import PROVENANCE


def fill(*values: str, optional: bool = False, of: list[str] | None = None) -> dict[str, Any]:
    return {"values": values, "optional": optional, "referent": of}


RECORD: dict[str, Any] = {
    "id": "orlavik",
    "text": ARTICLE.text,
    "dateline": None,
    "published": "2023-05-08",
    "templates": [
        {
            "optional": False,
            "date": [{"values": [{"raw": "4 MAY 23", "start": "2023-05-04", "end": "2023-05-04"}]}],
            "location": [
                {
                    "values": [
                        {
                            "raw": "SWEDEN: ORLAVIK (CITY)",
                            "country": "SWEDEN",
                            "places": [{"name": "ORLAVIK", "type": "CITY"}],
                        }
                    ]
                }
            ],
            "incident_type": [fill("BOMBING")],
            "stage": [fill("ACCOMPLISHED")],
            "instruments": [fill("BOMB", "EXPLOSIVE CHARGE")],
            "perp_individuals": [],
            "perp_organizations": [fill("TIDE FRONT"), fill("MARSH GUARD", optional=True)],
            "perp_org_confidence": [fill("CLAIMED OR ADMITTED", of=["TIDE FRONT"])],
            "physical_targets": [fill("FERRY OFFICE", "OFFICE OF THE FERRY")],
            "physical_target_effects": [fill("DESTROYED", of=["FERRY OFFICE"])],
            "human_target_names": [fill("TOMAS BREK")],
            "human_target_descriptions": [
                fill("FOREMAN", of=["TOMAS BREK"]),
                fill("DOCK WORKERS"),
            ],
            "human_target_effects": [
                fill("DEATH", of=["DOCK WORKERS"]),
                fill("INJURY", optional=True, of=["TOMAS BREK"]),
            ],
        },
        {"optional": True, "incident_type": [fill("ATTACK")], "instruments": [fill("RIFLES")]},
    ],
}


def gold_file(folder: Path, *records: dict[str, Any]) -> str:
    return str(write_lines(folder / "muc.jsonl", records or [RECORD]))


def gold(record: dict[str, Any] = RECORD) -> Muc4Document:
    return as_document(record, "test")


def template(optional: bool = False, **slots: Any) -> Template:
    """A template of strings; a fill that ends in `?` is optional."""
    fills = {
        slot: tuple(Fill((v.rstrip("?"),), optional=v.endswith("?")) for v in values)
        for slot, values in slots.items()
    }
    return Template(fills, optional)


def counted(predicted: list[Template], expected: list[Template]) -> dict[str, Cell]:
    found = slot_counts(paired(predicted, expected))
    return {slot: cell for slot, cell in found.items() if any(cell)}


def test_gold_against_itself_is_1(tmp_path: Path) -> None:
    path = gold_file(tmp_path)
    report = evaluate_muc4(path, path, samples=0, errors=True)
    # The type, the weapon, one of two organizations, one thing, two victims.
    assert (report.overall.tp, report.overall.fp, report.overall.fn) == (6, 0, 0)
    assert report.overall.f1 == report.relevance.f1 == report.macro.f1 == 1.0
    filled = {slot: score.f1 for slot, score in report.slots.items() if score.f1 is not None}
    assert set(filled) == {*report.slots} - {"perp_individuals"}
    assert set(filled.values()) == {1.0}
    assert report.mismatches == ()


def test_nothing_is_0() -> None:
    report = evaluate_muc4([extraction()], [gold()], samples=0)
    assert (report.overall.precision, report.overall.recall, report.overall.f1) == (None, 0.0, 0.0)
    assert (report.overall.fn, report.relevance.fn) == (6, 1)


def test_an_extraction_is_scored_through_the_crosswalk() -> None:
    predicted = extraction(
        actors=[
            actor(1, "Front", aliases=["the Tide Front"]),
            actor(2, "dock workers", "population"),
            actor(3, "divers", "population"),
        ],
        incidents=[
            incident(
                1,
                date=on("2023-05-05"),
                location=place("Orlavik", "SE"),
                participants=[part(1, "perpetrator"), part(2, "victim"), part(3, "victim")],
                objects=[thing("ferry office", "damaged")],
                weapons=["explosive charges", "timer"],
                casualties=[figure(3, 3, who="dock workers")],
            )
        ],
        attributions=[said(1, 1, responsible=["a1"])],
    )
    report = evaluate_muc4([predicted], [gold()], samples=0, errors=True)
    cells = {slot: (s.tp, s.fp, s.fn) for slot, s in report.slots.items()}
    assert cells == {
        "incident_type": (1, 0, 0),
        "perp_individuals": (0, 0, 0),
        "perp_organizations": (1, 0, 0),
        "physical_targets": (1, 0, 0),
        "human_targets": (1, 1, 1),
        "instruments": (1, 1, 0),
        "stage": (1, 0, 0),
        "date": (0, 1, 1),
        "location": (1, 0, 0),
        "perp_org_confidence": (1, 0, 0),
        "physical_target_effects": (0, 1, 1),
        "human_target_effects": (1, 0, 0),
    }
    # Main slots: 5 right, 2 wrong, 1 missed.
    assert (report.overall.tp, report.overall.fp, report.overall.fn) == (5, 2, 1)
    assert report.overall.precision == 5 / 7
    assert report.overall.recall == 5 / 6
    assert report.overall.f1 == 10 / 13
    assert report.mismatches is not None
    found = [(m.field, m.gold, m.predicted) for m in report.mismatches]
    assert found == [
        ("human_targets", "TOMAS BREK", None),
        ("human_targets", None, "divers"),
        ("instruments", None, "timer"),
        ("date", "2023-05-04..2023-05-04", None),
        ("date", None, "2023-05-05..2023-05-05"),
        ("physical_target_effects", "DESTROYED", None),
        ("physical_target_effects", None, "SOME DAMAGE"),
    ]
    sentences = {m.field: m.sentence for m in report.mismatches}
    assert sentences["physical_target_effects"] == ""
    assert report.mismatches[5].sentence.startswith("A bomb destroyed")


def test_templates_are_paired_for_the_most_main_fills() -> None:
    bank = template(incident_type=["ATTACK"], physical_targets=["BANK"], instruments=["RIFLE"])
    mayor = template(incident_type=["ATTACK"], human_targets=["MAYOR"])
    first = template(incident_type=["ATTACK"], human_targets=["MAYOR"], instruments=["RIFLE"])
    second = template(incident_type=["BOMBING"], physical_targets=["BANK"])
    # first-mayor and second-bank match 3 fills, the other way around 2.
    assert counted([first, second], [bank, mayor]) == {
        "incident_type": (1, 1, 1),
        "physical_targets": (1, 0, 0),
        "human_targets": (1, 0, 0),
        "instruments": (0, 1, 1),
    }


def test_templates_without_a_main_fill_in_common_are_not_paired() -> None:
    one = template(incident_type=["BOMBING"], stage=["ACCOMPLISHED"])
    two = template(incident_type=["ATTACK"], stage=["ACCOMPLISHED"])
    assert counted([one], [two]) == {"incident_type": (0, 1, 1), "stage": (0, 1, 1)}


def test_other_slots_break_ties() -> None:
    one = template(incident_type=["ATTACK"], stage=["THREATENED"])
    two = template(incident_type=["ATTACK"], stage=["ACCOMPLISHED"])
    assert counted([one, two], [two, one]) == {"incident_type": (2, 0, 0), "stage": (2, 0, 0)}


def test_optional_fills_are_neither_rewarded_nor_punished() -> None:
    expected = [template(incident_type=["ATTACK"], instruments=["RIFLE", "KNIFE?"])]
    for weapons, cell in (
        (["RIFLE"], (1, 0, 0)),
        (["RIFLE", "KNIFE"], (1, 0, 0)),
        (["KNIFE"], (0, 0, 1)),
        (["RIFLE", "KNIFE", "AXE"], (1, 1, 0)),
    ):
        predicted = [template(incident_type=["ATTACK"], instruments=weapons)]
        assert counted(predicted, expected)["instruments"] == cell


def test_a_required_fill_is_preferred_to_an_optional_one() -> None:
    expected = [template(incident_type=["ATTACK"], instruments=["CAR BOMB?", "BOMB"])]
    predicted = [template(incident_type=["ATTACK"], instruments=["BOMB"])]
    assert counted(predicted, expected)["instruments"] == (1, 0, 0)


def test_optional_templates_are_neither_rewarded_nor_punished() -> None:
    attack = template(incident_type=["ATTACK"], instruments=["RIFLE"])
    doubtful = template(optional=True, incident_type=["ATTACK"], instruments=["RIFLE"])
    assert counted([], [doubtful]) == {}
    assert counted([attack], [doubtful]) == {}
    # One prediction for two equal gold templates goes to the required one.
    assert counted([attack], [doubtful, attack]) == {
        "incident_type": (1, 0, 0),
        "instruments": (1, 0, 0),
    }


def test_relevance_leaves_doubtful_documents_out() -> None:
    only = gold({**RECORD, "templates": RECORD["templates"][1:]})
    quiet = gold({**RECORD, "templates": []})
    predicted = extraction(incidents=[incident(1)])
    for document, cell in ((only, (0, 0, 0)), (quiet, (0, 1, 0)), (gold(), (1, 0, 0))):
        found = evaluate_muc4([predicted], [document], samples=0).relevance
        assert (found.tp, found.fp, found.fn, found.tn) == (*cell, 0)
    assert evaluate_muc4([extraction()], [only], samples=0).relevance.tn == 0
    assert evaluate_muc4([extraction()], [quiet], samples=0).relevance.tn == 1


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("TIDE FRONT", "the Tide Front", True),
        ("GUERRILLA", "guerrillas", True),
        ("URBAN GUERRILLAS", "guerrillas", True),
        ("Brek", "TOMAS BREK", True),
        ("dock workers of Orlavik", "DOCK WORKERS", True),
        ("office of the governor", "GOVERNOR", False),  # another head
        ("NATIONAL PALACE", "PRESIDENTIAL PALACE", False),  # half of the words only
        ("old national palace", "NATIONAL PALACE", True),
        ("BUS", "BUSES", False),  # only a plain s is taken for a plural
        ("PRESS", "PRES", False),
        ("in the port", "port", True),
        ("TIDE FRONT", "MARSH GUARD", False),
        ("...", "...", True),
        ("...", "-", False),
        ("...", "port", False),
    ],
)
def test_strings_match_by_head_and_overlap(one: str, two: str, expected: bool) -> None:
    assert same_string(one, two) is expected
    assert same_string(two, one) is expected


def days(start: str | None, end: str | None) -> Days:
    return Days(start and date.fromisoformat(start), end and date.fromisoformat(end))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slot", "predicted", "expected", "matches"),
    [
        ("date", days("2023-05-04", "2023-05-04"), days("2023-05-04", "2023-05-04"), True),
        ("date", days("2023-05-04", "2023-05-04"), days("2023-05-01", "2023-05-07"), True),
        ("date", days("2023-05-08", "2023-05-08"), days("2023-05-01", "2023-05-07"), False),
        ("date", days("2023-04-01", "2023-04-01"), days(None, "2023-05-07"), True),
        ("date", days("2023-05-08", "2023-05-08"), days(None, "2023-05-07"), False),
        ("date", days("2023-05-08", "2023-05-08"), days("2023-05-01", None), True),
        ("date", days("2023-05-04", "2023-05-04"), days(None, None), False),
        ("date", days(None, None), days(None, None), True),
        ("location", Place("SE", ("Orlavik",)), Place("SE", ("PORT", "ORLAVIK")), True),
        ("location", Place("NO", ("Orlavik",)), Place("SE", ("ORLAVIK",)), False),
        ("location", Place(None, ("Orlavik",)), Place("SE", ("ORLAVIK",)), True),
        ("location", Place("SE", ("Hesk",)), Place("SE", ("ORLAVIK",)), False),
        ("location", Place("SE", ("Hesk",)), Place("SE", ()), True),
        ("location", Place("SE", ()), Place("SE", ("ORLAVIK",)), False),
        ("stage", "ATTEMPTED", "ATTEMPTED", True),
        ("stage", "ATTEMPTED", "THREATENED", False),
        ("incident_type", "attack", "ATTACK", False),
        ("instruments", "a bomb", "BOMBS", True),
        ("date", "2023", days(None, None), False),
    ],
)
def test_values_match_by_the_kind_of_slot(
    slot: str, predicted: Value, expected: Value, matches: bool
) -> None:
    assert fills_match(slot, Fill((predicted,)), Fill((expected,))) is matches


def test_any_alternative_and_the_referent_have_to_match() -> None:
    expected = Fill(("DEATH", "INJURY"), referent=("DOCK WORKERS", "MEN"))
    assert fills_match("human_target_effects", Fill(("INJURY",), referent=("men",)), expected)
    assert not fills_match("human_target_effects", Fill(("DEATH",), referent=("divers",)), expected)
    assert not fills_match("human_target_effects", Fill(("DEATH",)), expected)
    assert fills_match("human_target_effects", Fill(("DEATH",)), Fill(("DEATH",)))


def of(found: Template, slot: str) -> list[str]:
    return [str(one.values[0]) for one in found.of(slot)]


def only_template(*actors: Any, said_so: Any = (), **more: Any) -> Template:
    [found] = templates(extraction(actors, [incident(1, **more)], said_so))
    return found


@pytest.mark.parametrize("kind", list(IncidentType))
def test_types_without_a_counterpart_have_no_template(kind: IncidentType) -> None:
    found = templates(extraction(incidents=[incident(1, kind)]))
    assert [of(one, "incident_type") for one in found] == ([[TYPES[kind]]] if kind in TYPES else [])


@pytest.mark.parametrize(
    ("kind", "status", "stage"),
    [
        ("bombing", "carried_out", "ACCOMPLISHED"),
        ("bombing", "attempted", "ATTEMPTED"),
        ("bombing", "foiled", "ATTEMPTED"),
        ("bombing", "threatened", "THREATENED"),
        ("threat", "carried_out", "THREATENED"),
    ],
)
def test_stages(kind: str, status: str, stage: str) -> None:
    [found] = templates(extraction(incidents=[incident(1, kind, status=status)]))
    assert of(found, "stage") == [stage]


def test_perpetrators_are_people_or_organizations() -> None:
    actors = [
        actor(1, "Tide Front"),
        actor(2, "armed gunmen", affiliation="a1"),
        actor(3, "Ilse Marn", "person", affiliation="a4"),
        actor(4, "Marsh Guard", "state_force"),
        actor(5, "soldiers", "state_force"),
        actor(6, "Harbour Council members", "political_group"),
    ]
    roles = [part(n, "perpetrator") for n in (2, 3, 4, 5, 6)]
    found = only_template(*actors, participants=roles, status="attempted")
    assert of(found, "perp_individuals") == ["armed gunmen", "Ilse Marn", "soldiers"]
    assert of(found, "perp_organizations") == [
        "Tide Front",
        "Marsh Guard",
        "Harbour Council members",
    ]
    assert found.of("perp_org_confidence") == ()


def test_an_organization_is_as_sure_as_its_members() -> None:
    actors = [actor(1, "Tide Front", aliases=["TF"]), actor(2, "armed gunmen", affiliation="a1")]
    found = only_template(
        *actors,
        participants=[part(2, "perpetrator")],
        said_so=[said(1, None, "assertion", responsible=["a2"])],
    )
    [confidence] = found.of("perp_org_confidence")
    assert confidence == Fill(("REPORTED AS FACT",), referent=("Tide Front", "TF"))


def test_human_targets_are_victims_and_people_aimed_at() -> None:
    actors = [
        actor(1, "dock workers", "population"),
        actor(2, "Police", "state_force"),
        actor(3, "Harbour Council", "government"),
        actor(4, "Tide Front"),
        actor(5, "pilgrims", "population"),
    ]
    roles = [
        part(1, "victim"),
        part(2, "target"),
        part(3, "target"),
        part(4, "victim"),
        part(5, "responder"),
    ]
    found = only_template(*actors, participants=roles)
    assert of(found, "human_targets") == ["dock workers", "Tide Front", "Police"]


def test_effects_on_people_follow_the_figures() -> None:
    actors = [actor(1, "dock workers", "population"), actor(2, "Police", "state_force")]
    roles = [part(1, "victim"), part(2, "victim")]
    figures = [
        figure(3, 3, who="workers"),
        figure(2, 2, "wounded", who="the dock workers"),
        figure(4, 4, "wounded"),
        figure(1, 1, "arrested", who="police"),
        figure(0, 0, "killed_or_wounded", who="police"),
        figure(0, 0, who="police"),
    ]
    found = only_template(*actors, participants=roles, casualties=figures)
    effects = [(one.values, one.referent) for one in found.of("human_target_effects")]
    assert effects == [
        (("DEATH",), ("dock workers",)),
        (("INJURY",), ("dock workers",)),
        (("NO INJURY OR DEATH",), ("Police",)),
    ]
    lone = only_template(*actors, participants=roles[:1], casualties=[figure(1, 1)])
    assert of(lone, "human_target_effects") == ["DEATH"]


def test_slots_that_do_not_apply_stay_empty() -> None:
    more: dict[str, Any] = {"objects": [thing("car", "seized")], "weapons": ["rifle"]}
    taken = only_template(kind="kidnapping", **more)
    assert (of(taken, "physical_targets"), of(taken, "instruments")) == ([], [])
    burnt = only_template(kind="arson", **more)
    assert (of(burnt, "physical_targets"), of(burnt, "instruments")) == (["car"], [])
    assert of(burnt, "physical_target_effects") == ["TARGET TAKEN"]
    unknown = only_template(objects=[thing("car", "unknown")], weapons=["rifle"])
    assert of(unknown, "physical_target_effects") == []
    assert of(unknown, "instruments") == ["rifle"]


def test_places_and_dates_are_carried_over() -> None:
    where = place("old port", "SE", city="Orlavik", region="Orlavik")
    found = only_template(date=on("2023-05-04"), location=where)
    assert found.of("location")[0].values == (Place("SE", ("old port", "Orlavik")),)
    assert found.of("date")[0].values == (days("2023-05-04", "2023-05-04"),)
    unknown = {"start": None, "end": None, "precision": "day", "text": "then"}
    blank = only_template(date=unknown, location=place(None))
    assert (blank.of("location"), blank.of("date")) == ((), ())


def test_records_are_read(tmp_path: Path) -> None:
    open_date = {"values": [{"raw": "XX", "start": "XXXX-11-03", "end": None}]}
    between = {
        "values": [
            {
                "country": "ATLANTIS",
                "places": [{"name": "HESK", "type": "CITY", "to": {"name": "TAMSIN", "type": "X"}}],
            }
        ]
    }
    record = {**RECORD, "templates": [{"date": [open_date], "location": [between]}]}
    [document] = read_muc4(gold_file(tmp_path, record))
    [found] = document.templates
    assert document.article == Article(
        id="orlavik", text=ARTICLE.text, published=date(2023, 5, 8), language="en"
    )
    assert found.of("date")[0].values == (Days(None, None),)
    assert found.of("location")[0].values == (Place("atlantis", ("HESK", "TAMSIN")),)
    assert (str(Days(None, None)), str(found.of("location")[0].values[0])) == (
        "..",
        "atlantis: HESK: TAMSIN",
    )


def test_a_named_target_may_be_called_by_its_description() -> None:
    humans = gold().templates[0].of("human_targets")
    assert humans == (Fill(("TOMAS BREK", "FOREMAN")), Fill(("DOCK WORKERS",)))


def test_what_is_wrong_with_records_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"muc\.jsonl, line 2: id orlavik is used twice"):
        read_muc4(gold_file(tmp_path, RECORD, RECORD))
    bad = {**RECORD, "templates": [{"stage": [{"values": []}]}]}
    with pytest.raises(ConfigError, match=r"line 1: is no MUC-4 record: templates\.0\.stage\.0\.v"):
        read_muc4(gold_file(tmp_path, bad))
    with pytest.raises(ConfigError, match="there are no labelled articles"):
        evaluate_muc4([], [])


def test_stored_outcomes_and_failures(tmp_path: Path) -> None:
    def outcome(status: Status) -> dict[str, Any]:
        error = {"kind": "timeout", "message": "No answer."}
        found = extraction(incidents=[incident(1)]).model_copy(update={"provenance": PROVENANCE})
        return Outcome.model_validate(
            {
                "status": status,
                "article": ARTICLE,
                "extraction": found if status.has_extraction else None,
                "warnings": (),
                "error": None if status.has_extraction else error,
                "provenance": PROVENANCE,
            }
        ).model_dump(mode="json")

    def report(status: Status) -> Muc4Report:
        path = write_lines(tmp_path / "outcomes.jsonl", [outcome(status)])
        return evaluate_muc4(path, [gold()], samples=0)

    good, bad = report(Status.OK), report(Status.FAILED)
    assert (good.overall.tp, good.models) == (1, ("test/model with incidents@1",))
    assert (bad.overall.tp, bad.failures[0].error) == (0, "timeout: No answer.")


def test_another_text_and_missing_predictions_are_errors(tmp_path: Path) -> None:
    other = extraction(article=Article(id="orlavik", text="x"))
    with pytest.raises(ConfigError, match="another text than the labelled one"):
        evaluate_muc4([other], [gold()])
    second = gold({**RECORD, "id": "second"})
    with pytest.raises(ConfigError, match=r"1 of 2 labelled .* \(second\)"):
        evaluate_muc4([extraction()], [gold(), second])
    report = evaluate_muc4([extraction()], [gold(), second], allow_missing=True)
    assert report.missing == ("second",)


def test_runs_are_compared(tmp_path: Path) -> None:
    documents = [gold({**RECORD, "id": f"d{n}"}) for n in range(6)]
    path = gold_file(tmp_path, *({**RECORD, "id": f"d{n}"} for n in range(6)))
    articles = [document.article for document in documents]
    empty = [extraction(article=article) for article in articles]
    report = compare_muc4(path, empty, documents, samples=100)
    assert report.worse
    assert report.figures["overall f1"].difference == -1.0
    assert report.figures["instruments f1"].difference == -1.0
    assert report.figures["perp_individuals f1"].difference is None
    part_of = compare_muc4(empty[:4], empty[2:], documents, samples=0, allow_missing=True)
    assert (part_of.articles, part_of.missing) == (2, ("d0", "d1", "d4", "d5"))
    with pytest.raises(ConfigError, match="no labelled article in common"):
        compare_muc4(empty[:1], empty[1:], documents, allow_missing=True)


def test_baselines_stand_beside() -> None:
    document = gold({**RECORD, "templates": RECORD["templates"][:1]})
    empty, first = evaluate_muc4([extraction()], [document], samples=0).baselines
    assert (empty.overall.f1, empty.relevance.f1) == (0.0, 0.0)
    # An attack is no bombing.
    assert (first.overall.tp, first.overall.fp, first.overall.fn) == (0, 1, 6)
    assert first.relevance.f1 == 1.0


_WORDS = st.sampled_from(["TIDE FRONT", "FRONT", "RIFLE", "BUS", "OLD BUS", "MAYOR"])
_FILLS = st.builds(
    lambda values, optional: Fill(tuple(values), optional=optional),
    st.lists(_WORDS, min_size=1, max_size=2),
    st.booleans(),
)


@st.composite
def _templates(draw: st.DrawFn) -> Template:
    kinds = st.sampled_from(["ATTACK", "BOMBING"])
    fills = {slot: tuple(draw(st.lists(_FILLS, max_size=2))) for slot in STRING_SLOTS[:3]}
    fills["incident_type"] = (Fill((draw(kinds),)),)
    fills["stage"] = (Fill((draw(st.sampled_from(["ACCOMPLISHED", "ATTEMPTED"])),)),)
    return Template(fills, optional=draw(st.booleans()))


@given(st.lists(_templates(), max_size=4), st.randoms(use_true_random=False))
def test_identity_gives_1_in_any_order(expected: list[Template], rng: Random) -> None:
    predicted = [*best_forms(expected)]
    rng.shuffle(predicted)
    cells = slot_counts(paired(predicted, expected))
    assert {(fp, fn) for _, fp, fn in cells.values()} == {(0, 0)}


@given(
    st.lists(_templates(), max_size=4),
    st.lists(_templates(), max_size=4),
    st.randoms(use_true_random=False),
)
def test_order_changes_nothing(one: list[Template], two: list[Template], rng: Random) -> None:
    before = slot_counts(paired(one, two))
    turned = [
        Template({slot: found[::-1] for slot, found in t.fills.items()}, t.optional) for t in one
    ]
    rng.shuffle(turned)
    assert slot_counts(paired(turned, two)) == before
    assert slot_counts(paired(one, two[::-1])) == before


@given(st.lists(_templates(), min_size=1, max_size=3))
def test_a_wrong_fill_lowers_precision_only(expected: list[Template]) -> None:
    predicted = [*best_forms(expected)]
    before = slot_counts(paired(predicted, expected))
    strange = (*predicted[0].of("instruments"), Fill(("TREBUCHET",)))
    predicted[0] = Template({**predicted[0].fills, "instruments": strange})
    after = slot_counts(paired(predicted, expected))
    more = 1 - counted_as_optional(predicted, expected)
    tp, fp, fn = before["instruments"]
    assert after["instruments"] == (tp, fp + more, fn)


def counted_as_optional(predicted: list[Template], expected: list[Template]) -> bool:
    """Whether the first prediction was paired with an optional template."""
    pairs = paired(predicted, expected)
    return next(not pair.counted for pair in pairs if pair.predicted is predicted[0])
