"""Scores of small cases that are worked out by hand."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from extractor import Extraction, LabelledArticle, compare, evaluate
from extractor.articles import Article
from extractor.errors import ConfigError
from extractor.evaluation import numerics
from extractor.evaluation.alignment import align
from extractor.evaluation.baselines import first_sentence
from extractor.evaluation.facts import FIELDS
from extractor.evaluation.numerics import best_pairs, evaluation_extra
from extractor.evaluation.reports import EvaluationReport, Score
from extractor.evaluation.strings import similarity, tokens
from extractor.pipeline.outcome import Issue, Outcome, Status
from tests.labelled import (
    ARTICLE,
    SENTENCES,
    actor,
    extraction,
    figure,
    full,
    incident,
    labelled,
    on,
    part,
    place,
    quoted,
    said,
    thing,
)
from tests.test_report import PROVENANCE


def scored(predicted: Extraction, gold: LabelledArticle, **more: Any) -> EvaluationReport:
    return evaluate([predicted], [gold], samples=0, **more)


def cells(report: EvaluationReport) -> dict[str, tuple[int, int, int]]:
    """True positives, false positives and false negatives of each field that has any."""
    found = {name: (s.tp, s.fp, s.fn) for name, s in report.fields.items()}
    return {name: cell for name, cell in found.items() if any(cell)}


def figures(score: Score) -> tuple[float | None, float | None, float | None]:
    return score.precision, score.recall, score.f1


def changed(**updates: Any) -> Extraction:
    return full().labels.model_copy(update=updates)


def test_gold_against_itself_is_all_right() -> None:
    gold = full()
    report = scored(gold.labels, gold)
    assert cells(report) == {
        "actor": (6, 0, 0),
        "actor.kind": (6, 0, 0),
        "actor.affiliation": (1, 0, 0),
        "incident": (2, 0, 0),
        "incident.type": (2, 0, 0),
        "incident.status": (2, 0, 0),
        "incident.date": (2, 0, 0),
        "incident.country": (2, 0, 0),
        "incident.place": (2, 0, 0),
        "incident.participants": (3, 0, 0),
        "incident.objects": (2, 0, 0),
        "incident.weapons": (2, 0, 0),
        "incident.casualties": (2, 0, 0),
        "attribution": (3, 0, 0),
        "attribution.responsible": (2, 0, 0),
        "attribution.stance": (3, 0, 0),
        "attribution.certainty": (3, 0, 0),
    }
    assert report.overall.tp == 45
    assert figures(report.overall) == (1.0, 1.0, 1.0)
    assert tuple(report.fields) == FIELDS
    assert report.settings.codebook == "1.0"


def test_nothing_against_gold_is_0_with_an_undefined_precision() -> None:
    report = scored(extraction(), full())
    assert (report.overall.tp, report.overall.fp, report.overall.fn) == (0, 0, 45)
    assert figures(report.overall) == (None, 0.0, 0.0)
    assert report.grounding.rate is None
    assert report.casualties.mean_absolute_error is None


def test_nothing_against_nothing_is_undefined_and_left_out_of_the_mean() -> None:
    other = Article(id="quiet", text="Nothing happened.")
    quiet = labelled(article=other)
    report = evaluate([full().labels, quiet.labels], [full(), quiet], samples=0)
    assert figures(report.per_article[1].overall) == (None, None, None)
    assert (report.macro.f1, report.macro.articles) == (1.0, 1)
    assert (report.relevance.tp, report.relevance.tn) == (1, 1)
    alone = scored(quiet.labels, quiet)
    assert figures(alone.overall) == (None, None, None)
    assert alone.macro.f1 is None
    assert figures(alone.relevance) == (None, None, None)


def test_a_mixed_answer_by_hand() -> None:
    gold = labelled(
        actors=[actor(1, "Tide Front"), actor(2, "Ilse Marn", "person")],
        incidents=[
            incident(
                1,
                date=on("2023-05-04"),
                location=place("Orlavik", "SE"),
                participants=[part(1, "perpetrator")],
                objects=[thing("the ferry office"), thing("quay")],
                weapons=["bomb"],
                casualties=[figure(3, 3), figure(4, None)],
            )
        ],
        attributions=[said(1, 2, "accusation", responsible=["a1"])],
    )
    predicted = extraction(
        actors=[
            actor(1, "Ilse Marn", "government"),
            actor(2, "The Tide Front"),
            actor(3, "divers", "population", affiliation="a2"),
        ],
        incidents=[
            incident(
                1,
                "attack",
                date=on("2023-05-05"),
                location=place("orlavik", "NO"),
                participants=[part(2, "perpetrator"), part(3, "victim")],
                objects=[thing("Ferry office")],
                weapons=["car bomb", "knife"],
                casualties=[figure(3, 3), figure(5, 5)],
            )
        ],
        attributions=[
            said(1, 1, "suspicion", responsible=["a2"], certainty="likely"),
            said(2, 3, "accusation", responsible=["a2"]),
        ],
    )
    report = scored(predicted, gold)
    assert cells(report) == {
        "actor": (2, 1, 0),
        "actor.kind": (1, 2, 1),
        "actor.affiliation": (0, 1, 0),
        "incident": (1, 0, 0),
        "incident.type": (0, 1, 1),
        "incident.status": (1, 0, 0),
        "incident.date": (0, 1, 1),
        "incident.country": (0, 1, 1),
        "incident.place": (1, 0, 0),
        "incident.participants": (1, 1, 0),
        "incident.objects": (1, 0, 1),
        "incident.weapons": (1, 1, 0),
        "incident.casualties": (1, 1, 1),
        "attribution": (1, 1, 0),
        "attribution.responsible": (1, 1, 0),
        "attribution.stance": (0, 2, 1),
        "attribution.certainty": (0, 2, 1),
    }
    assert figures(report.overall) == (12 / 28, 12 / 20, 24 / 48)
    assert figures(report.records["actor"]) == (3 / 7, 3 / 4, 6 / 11)
    assert figures(report.records["incident"]) == (7 / 13, 7 / 12, 14 / 25)
    assert figures(report.records["attribution"]) == (2 / 8, 2 / 4, 4 / 12)
    assert figures(report.overall) == figures(report.per_article[0].overall)
    assert report.macro.f1 == report.overall.f1


def test_confusion_tables_list_pairs_and_what_has_none() -> None:
    predicted = extraction(
        actors=full().labels.model_dump()["actors"],
        incidents=[incident(1, "attack"), incident(2, "raid", 2)],
    )
    found = scored(predicted, full()).confusion["incident_type"]
    assert found.rows == {
        "(not gold)": {"raid": 1},
        "armed_assault": {"(missed)": 1},
        "bombing": {"attack": 1},
    }
    assert (found.agreeing, found.total, found.agreement) == (0, 1, 0.0)
    stances = scored(predicted, full()).confusion["stance"]
    assert (stances.total, stances.agreement) == (0, None)


def test_casualty_figures_are_compared_with_the_nearest_of_their_kind() -> None:
    def case(*casualties: dict[str, Any]) -> list[dict[str, Any]]:
        return [incident(1, casualties=list(casualties))]

    actors = [actor(1, "Police"), actor(2, "Harbour Council")]
    gold = labelled(
        actors,
        case(
            figure(3, 3, source="a1"),
            figure(24, None),
            figure(None, None, "wounded"),
            figure(None, 10, "missing"),
            figure(1, 1, "abducted"),
        ),
    )
    predicted = extraction(
        actors,
        case(
            figure(30, 30),
            figure(3, 3, source="a2"),
            figure(None, None, "wounded"),
            figure(12, 12, "missing"),
            figure(7, 7, "arrested"),
        ),
    )
    found = scored(predicted, gold).casualties
    assert (found.gold, found.predicted, found.compared) == (5, 5, 4)
    assert (found.exact, found.overlapping, found.same_source) == (2, 3, 3)
    assert found.numbered == 3
    assert found.mean_absolute_error == pytest.approx((0 + 6 + 2) / 3)


def test_a_figure_is_compared_with_the_one_of_the_same_people() -> None:
    gold = labelled(
        incidents=[
            incident(1, casualties=[figure(4, 4, who="pilgrims"), figure(6, 6, who="monks")])
        ]
    )
    predicted = extraction(incidents=[incident(1, casualties=[figure(None, None, who="monks")])])
    found = scored(predicted, gold).casualties
    assert (found.compared, found.exact, found.overlapping, found.numbered) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("stance", "certainty", "source", "expected"),
    [
        ("assertion", "certain", None, "REPORTED AS FACT"),
        ("claim", "certain", 1, "CLAIMED OR ADMITTED"),
        ("assertion", "certain", 1, "CLAIMED OR ADMITTED"),
        ("accusation", "certain", 2, "SUSPECTED OR ACCUSED BY AUTHORITIES"),
        ("accusation", "likely", 3, "SUSPECTED OR ACCUSED BY AUTHORITIES"),
        ("accusation", "certain", 4, "SUSPECTED OR ACCUSED"),
        ("suspicion", "possible", 2, "POSSIBLE"),
        ("suspicion", "likely", None, "SUSPECTED OR ACCUSED"),
    ],
)
def test_confidence_after_muc4(
    stance: str, certainty: str, source: int | None, expected: str
) -> None:
    actors = [
        actor(1, "Tide Front"),
        actor(2, "Police", "state_force"),
        actor(3, "Ilse Marn", "person", affiliation="a2"),
        actor(4, "residents", "population"),
    ]
    gold = labelled(
        actors,
        [incident(1, participants=[part(1, "perpetrator")])],
        [said(1, source, stance, certainty=certainty, responsible=["a1"])],
    )
    found = scored(gold.labels, gold).confusion["muc4_confidence"]
    assert found.rows == {expected: {expected: 1}}


def test_the_strongest_confidence_stands_and_denials_give_none() -> None:
    gold = labelled(
        [actor(1, "Tide Front"), actor(2, "Police", "state_force"), actor(3, "Marsh Guard")],
        [incident(1, participants=[part(1, "perpetrator")])],
        [
            said(1, 2, "accusation", responsible=["a1"]),
            said(2, 1, responsible=["a1"]),
            said(3, 3, "denial", responsible=["a3"]),
        ],
    )
    predicted = extraction(
        [actor(1, "Tide Front")],
        [incident(1, participants=[part(1, "perpetrator")])],
        [said(1, None, "assertion", responsible=["a1"])],
    )
    found = scored(predicted, gold).confusion["muc4_confidence"]
    assert found.rows == {"CLAIMED OR ADMITTED": {"REPORTED AS FACT": 1}}
    assert scored(extraction(), gold).confusion["muc4_confidence"].rows == {
        "CLAIMED OR ADMITTED": {"(missed)": 1}
    }


def test_sources_of_paired_attributions_are_told_but_no_fact() -> None:
    actors = [actor(1, "Tide Front"), actor(2, "Police"), actor(3, "Ilse Marn")]
    held = {"responsible": ["a1"]}
    happened = [incident(1, participants=[part(1, "perpetrator")])]
    gold = labelled(actors, happened, [said(1, 2, "accusation", **held)])
    predicted = extraction(actors, happened, [said(1, 3, "accusation", **held)])
    report = scored(predicted, gold)
    assert report.overall.f1 == 1.0
    assert report.sources.rows == {"actor": {"other actor": 1}}
    assert report.sources.agreement == 0.0


def test_grounding_counts_quotes_and_dropped_values() -> None:
    gold = full()
    loose = gold.labels.incidents[0].evidence[0].model_copy(update={"start": 1, "end": 86})
    first = gold.labels.incidents[0].model_copy(update={"evidence": (loose,)})
    predicted = changed(incidents=(first, gold.labels.incidents[1]))
    quotes = 6 + 2 + 2 + 3
    found = scored(predicted, gold).grounding
    assert (found.quotes, found.verbatim, found.rate) == (quotes, quotes - 1, (quotes - 1) / quotes)
    assert (found.dropped, found.dropped_rate) == (None, None)

    rules = ("not_in_text", "unknown_country", "no_evidence")
    warnings = tuple(Issue(path="p", rule=rule, value="v", message="m") for rule in rules)
    outcome = Outcome(
        status=Status.PARTIAL,
        article=gold.article,
        extraction=gold.labels,
        warnings=warnings,
        error=None,
        provenance=PROVENANCE,
    )
    recorded = evaluate([outcome], [gold], samples=0).grounding
    assert (recorded.dropped, recorded.dropped_rate) == (2, 2 / (quotes + 2))


def test_breakdowns() -> None:
    gold = full()
    report = scored(
        changed(incidents=gold.labels.incidents[:1], attributions=gold.labels.attributions[:2]),
        gold,
        by=["type", "source", "language"],
    )
    types = report.groups["type"]
    assert list(types) == ["armed_assault", "bombing"]
    assert figures(types["bombing"].overall) == (1.0, 1.0, 1.0)
    # The second incident: 9 facts, and its attribution: 3.
    assert (types["armed_assault"].overall.tp, types["armed_assault"].overall.fn) == (0, 12)
    assert figures(types["bombing"].records["actor"]) == (None, None, None)
    assert list(report.groups["source"]) == ["Orlavik Courier"]
    assert report.groups["language"]["en"].overall == report.overall
    assert report.groups["source"]["Orlavik Courier"].articles == 1


def test_an_article_of_unknown_source_has_a_group() -> None:
    article = Article(id="x", text=ARTICLE.text)
    gold = labelled(incidents=[incident(1)], article=article)
    assert list(scored(gold.labels, gold, by=["source"]).groups["source"]) == ["(unknown)"]


def test_mismatches_name_both_sides_and_the_sentence() -> None:
    gold = full()
    first = gold.labels.incidents[0].model_copy(update={"weapons": ("bomb", "knife")})
    second = gold.labels.incidents[1].model_copy(update={"status": "foiled"})
    predicted = changed(
        actors=[one for one in gold.labels.actors if one.id != "a5"],
        incidents=(first, second.model_copy(update={"casualties": ()})),
    )
    found = scored(predicted, gold, errors=True).mismatches
    assert found is not None
    assert [(m.field, m.record, m.gold, m.predicted) for m in found] == [
        ("actor", "a5", "Police", None),
        ("incident.weapons", "i1", None, "knife"),
        ("incident.status", "i2", "carried_out", "foiled"),
        ("incident.casualties", "i2", "killed 5..", None),
    ]
    assert found[1].sentence == SENTENCES[0]
    assert found[2].sentence == SENTENCES[3]
    assert found[3].sentence == SENTENCES[4]
    assert scored(predicted, gold).mismatches is None


def test_a_spurious_record_is_one_mismatch() -> None:
    predicted = extraction(incidents=[incident(1, weapons=["knife"])])
    [found] = scored(predicted, labelled(), errors=True).mismatches or ()
    assert (found.field, found.record, found.gold) == ("incident", "i1", None)
    assert found.predicted == "bombing: Something happened."


@pytest.mark.parametrize(
    ("casualty", "expected"),
    [
        ((3, 3), "killed 3"),
        ((3, None), "killed 3.."),
        ((None, 4), "killed ..4"),
        ((1, 2), "killed 1..2"),
        ((None, None), "killed unnumbered"),
    ],
)
def test_figures_are_shown_with_their_bounds(
    casualty: tuple[int | None, int | None], expected: str
) -> None:
    predicted = extraction(incidents=[incident(1, casualties=[figure(*casualty)])])
    gold = labelled(incidents=[incident(1)])
    [found] = scored(predicted, gold, errors=True).mismatches or ()
    assert found.predicted == expected


def pairs_of(predicted: Sequence[dict[str, Any]], gold: Sequence[dict[str, Any]]) -> Any:
    return align(extraction(incidents=predicted), extraction(incidents=gold)).incidents


def test_incidents_need_real_overlap() -> None:
    # The same type elsewhere in the text, with no place or day in common.
    assert pairs_of([incident(1)], [incident(2, sentence=3)]) == {}
    orlavik = place("Orlavik", "SE")
    sweden = place(None, "SE")
    assert (
        pairs_of([incident(1, location=sweden)], [incident(2, sentence=3, location=sweden)]) == {}
    )
    same = [incident(1, location=orlavik)], [incident(2, sentence=3, location=orlavik)]
    assert pairs_of(*same) == {"i1": "i2"}
    other = [incident(1, "raid", location=orlavik)], [incident(2, sentence=3, location=orlavik)]
    assert pairs_of(*other) == {}
    day = on("2023-05-04")
    assert pairs_of([incident(1, date=day)], [incident(2, sentence=3, date=day)]) == {"i1": "i2"}


def test_a_sliver_of_evidence_is_not_enough_when_all_else_differs() -> None:
    first, second = quoted(0)[0], quoted(3)[0]
    whole = ARTICLE.text
    start = second["start"] - 20
    wide = {"quote": whole[start : second["end"]], "start": start, "end": second["end"]}
    long = {"quote": whole[: start + 5], "start": 0, "end": start + 5}
    assert first["start"] == 0
    one = incident(1, evidence=[long], date=on("2023-05-04"), location=place("Orlavik", "SE"))
    two = incident(2, "riot", evidence=[wide], date=on("2023-05-06"), location=place("Hesk", "NO"))
    assert pairs_of([one], [two]) == {}


def test_evidence_of_several_quotes_counts_shared_characters_once() -> None:
    both = [*quoted(0), *quoted(0), *quoted(3)]
    assert pairs_of([incident(1, evidence=both)], [incident(2)]) == {"i1": "i2"}


def test_two_incidents_of_one_sentence_are_told_apart_by_the_rest() -> None:
    def two(*numbers: int) -> list[dict[str, Any]]:
        kinds = {1: ("bombing", "Orlavik"), 2: ("kidnapping", "Hesk")}
        return [
            incident(n, kinds[k][0], location=place(kinds[k][1])) for n, k in enumerate(numbers, 1)
        ]

    assert pairs_of(two(2, 1), two(1, 2)) == {"i1": "i2", "i2": "i1"}


def test_unresolved_dates_say_nothing_about_the_pair() -> None:
    unknown = {"start": None, "end": None, "precision": "day", "text": "on Tuesday"}
    dated = incident(1, date=on("2023-05-04"))
    assert pairs_of([incident(1, date=unknown)], [dated]) == {"i1": "i1"}
    gold = labelled(incidents=[dated])
    report = scored(extraction(incidents=[incident(1, date=unknown)]), gold)
    assert cells(report)["incident.date"] == (0, 0, 1)


def test_a_range_of_days_is_one_fact() -> None:
    gold = labelled(incidents=[incident(1, date=on("2023-05-04", "2023-05-06"))])
    right = scored(gold.labels, gold)
    assert cells(right)["incident.date"] == (1, 0, 0)
    wrong = extraction(incidents=[incident(1, date=on("2023-05-04"))])
    assert cells(scored(wrong, gold))["incident.date"] == (0, 1, 1)


def test_actors_are_paired_by_names_and_aliases() -> None:
    predicted = extraction(
        [
            actor(1, "Marn"),
            actor(2, "The Front", aliases=["TF"]),
            actor(3, "Guard of the Sea"),
        ]
    )
    gold = extraction(
        [
            actor(7, "Tide Front", aliases=["T.F."]),
            actor(8, "Ilse Marn"),
            actor(9, "Guard of the Marsh"),
        ]
    )
    assert align(predicted, gold).actors == {"a1": "a8", "a2": "a7", "a3": "a9"}


def test_an_actor_of_another_name_is_another_actor() -> None:
    one, two = [actor(1, "Tide Front")], [actor(1, "Marsh Guard")]
    assert align(extraction(one), extraction(two)).actors == {}


def test_equal_names_are_told_apart_by_kind_and_place_in_the_text() -> None:
    one = actor(1, "residents", "population", evidence=quoted(0))
    two = actor(2, "residents", "population", evidence=quoted(3))
    swapped = [{**two, "id": "a1"}, {**one, "id": "a2"}]
    assert align(extraction(swapped), extraction([one, two])).actors == {"a1": "a2", "a2": "a1"}


@pytest.mark.parametrize(
    ("changes", "is_paired"),
    [
        ({}, True),
        ({"aspect": "method", "responsible": []}, False),
        ({"source": "a4"}, True),  # the responsible party is the same
        ({"source": "a4", "responsible": ["a2"]}, False),
        ({"source": "a5", "responsible": ["a2"]}, True),  # speaks for the source
        ({"responsible": ["a2"]}, True),
        ({"sourcing": "article", "source": None, "responsible": ["a2"]}, False),
        ({"sourcing": "article", "source": None}, True),
    ],
)
def test_attributions_need_the_aspect_and_the_source_or_a_party(
    changes: dict[str, Any], is_paired: bool
) -> None:
    actors = [
        actor(1, "Tide Front"),
        actor(2, "Marsh Guard"),
        actor(3, "Police", "state_force"),
        actor(4, "Ilse Marn", "person"),
        actor(5, "Tomas Brek", "person", affiliation="a3"),
    ]
    happened = incident(1, participants=[part(1, "perpetrator"), part(2, "perpetrator")])
    attempted = {**happened, "status": "attempted"}
    base = said(1, 3, "accusation", responsible=["a1"])
    gold = extraction(actors, [attempted], [base])
    predicted = extraction(actors, [attempted], [{**base, **changes}])
    assert bool(align(predicted, gold).attributions) is is_paired
    assert bool(align(gold, predicted).attributions) is is_paired


def test_an_unattributed_statement_is_none_of_the_article() -> None:
    said_so = said(1, None, "doubt", aspect="occurrence")
    other = {**said_so, "sourcing": "unattributed"}
    gold = extraction(incidents=[incident(1)], attributions=[said_so])
    assert align(gold, gold).attributions == {"t1": "t1"}
    predicted = extraction(incidents=[incident(1)], attributions=[other])
    assert align(predicted, gold).attributions == {}


def test_attributions_of_incidents_that_are_not_paired_are_not_paired() -> None:
    gold = extraction(incidents=[incident(1)], attributions=[said(1, None, "doubt")])
    predicted = extraction(
        incidents=[incident(1, sentence=3)], attributions=[said(1, None, "doubt")]
    )
    assert align(predicted, gold).attributions == {}


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("Tide Front", "tide front", 1.0),
        ("the Tide Front", "Tide-Front", 1.0),
        ("Orlavik's police", "Orlavik police", 1.0),
        ("El Frente", "frente", 1.0),
        ("Marn", "Ilse Marn", 2 / 3),
        ("Marn", "Dr Ilse van Marn", 0.6),
        ("Tide Front", "Red Front", 0.0),
        ("Tide Front", "Marsh Guard", 0.0),
        ("Orlavik city police", "Orlavik police", 0.8),
        ("警察", "警察官", 0.8),
        ("полиция Орлавика", "Полиция", 2 / 3),
        ("...", "...", 1.0),
        ("...", "!", 0.0),
        ("...", "police", 0.0),
    ],
)
def test_similarity_of_names(one: str, two: str, expected: float) -> None:
    assert similarity(one, two) == pytest.approx(expected)
    assert similarity(two, one) == pytest.approx(expected)


def test_a_name_that_is_an_article_stays() -> None:
    assert tokens("The") == ("the",)


def test_baselines_stand_beside() -> None:
    empty, first = scored(full().labels, full()).baselines
    assert empty.name == "always empty"
    assert figures(empty.overall) == (None, 0.0, 0.0)
    assert empty.relevance.f1 == 0.0
    # Right: that there is an incident, and its status. Wrong: the type.
    assert (first.overall.tp, first.overall.fp, first.overall.fn) == (2, 1, 43)
    assert figures(first.records["incident"]) == (2 / 3, 2 / 21, 4 / 24)
    assert first.relevance.f1 == 1.0


def test_the_first_sentence_of_nothing_is_nothing() -> None:
    blank = labelled(article=Article(id="blank", text="\n \n"))
    assert first_sentence(blank).incidents == ()


def several(count: int) -> list[LabelledArticle]:
    return [
        labelled(
            [actor(1, "Tide Front")],
            [incident(1, weapons=["bomb"] if number % 2 else [])],
            article=Article(id=f"n{number}", text=ARTICLE.text),
        )
        for number in range(count)
    ]


def lossy(gold: Sequence[LabelledArticle], lost: Callable[[int], bool]) -> list[Extraction]:
    return [
        one.labels.model_copy(update={"incidents": ()}) if lost(number) else one.labels
        for number, one in enumerate(gold)
    ]


def test_intervals_hold_the_score_and_depend_on_the_seed_alone() -> None:
    gold = several(12)
    predicted = lossy(gold, lambda n: n % 3 == 0)
    report = evaluate(predicted, gold, samples=300)
    assert report == evaluate(predicted, gold, samples=300)
    assert report != evaluate(predicted, gold, samples=300, seed=1)
    interval = report.overall.f1_interval
    assert interval is not None
    assert report.overall.f1 is not None
    assert 0.5 < interval.low < report.overall.f1 < interval.high <= 1.0
    precision = report.overall.precision_interval
    assert precision is not None
    assert (precision.low, precision.high) == (1.0, 1.0)
    # Nothing is gold and nothing predicted, so there is nothing to draw from.
    assert report.fields["incident.date"].f1_interval is None


def test_one_article_has_no_interval() -> None:
    assert evaluate([full().labels], [full()]).overall.f1_interval is None


def test_large_tables_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    gold = several(4)
    predicted = lossy(gold, lambda n: n == 0)
    whole = evaluate(predicted, gold, samples=50)
    monkeypatch.setattr(numerics, "_CELLS", 40)
    assert evaluate(predicted, gold, samples=50) == whole


def test_compare_tells_the_better_run() -> None:
    gold = several(12)
    good, bad = lossy(gold, lambda n: n == 0), lossy(gold, lambda n: n % 2 == 0)
    report = compare(good, bad, gold, samples=500)
    overall = report.figures["overall f1"]
    assert (report.articles, report.missing) == (12, ())
    assert overall.difference is not None
    assert overall.interval is not None
    assert overall.p is not None
    assert overall.interval.low < overall.difference < overall.interval.high < 0
    assert overall.p < 0.05
    assert report.worse
    back = compare(bad, good, gold, samples=500)
    assert not back.worse
    assert back.figures["overall f1"].difference == -overall.difference
    undefined = report.figures["incident.date f1"]
    assert (undefined.a, undefined.difference, undefined.p) == (None, None, None)
    assert report.figures["relevance f1"].a == pytest.approx(22 / 23)


def test_equal_runs_differ_by_nothing() -> None:
    gold = several(5)
    found = compare(lossy(gold, lambda n: n == 0), lossy(gold, lambda n: n == 0), gold)
    overall = found.figures["overall f1"]
    assert overall.difference == 0.0
    assert overall.interval is not None
    assert (overall.interval.low, overall.interval.high, overall.p) == (0.0, 0.0, 1.0)
    assert not found.worse


def test_runs_on_one_article_are_compared_without_interval() -> None:
    report = compare([full().labels], [extraction()], [full()])
    overall = report.figures["overall f1"]
    assert (overall.difference, overall.interval, overall.p) == (-1.0, None, None)
    assert report.worse
    assert not compare([labelled().labels], [labelled().labels], [labelled()]).worse


def test_runs_are_compared_on_what_both_have() -> None:
    gold = several(3)
    labels = [one.labels for one in gold]
    report = compare(labels[:2], labels[1:], gold, allow_missing=True)
    assert (report.articles, report.missing) == (1, ("n0", "n2"))
    with pytest.raises(ConfigError, match="no labelled article in common"):
        compare(labels[:1], labels[1:], gold, allow_missing=True)


def test_a_figure_that_is_undefined_in_every_sample_has_no_p() -> None:
    np = pytest.importorskip("numpy")
    assert numerics.two_sided_p(np.array([np.nan])) is None
    assert numerics.middle(np.array([np.nan, np.nan])) is None


def test_a_missing_package_names_the_extra() -> None:
    message = "needs the package scipy; install it with: pip install 'extractor"
    with pytest.raises(ConfigError, match=message), evaluation_extra():
        raise ModuleNotFoundError("no", name="scipy.optimize")


def test_nothing_pairs_with_nothing() -> None:
    assert best_pairs([]) == []
    assert best_pairs([[], []]) == []
    assert best_pairs([[0.0, 0.4], [0.5, 0.8]]) == [(0, 1), (1, 0)]
