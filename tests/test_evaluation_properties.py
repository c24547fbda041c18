"""What holds for the scores of any two extractions of one text."""

import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor import Extraction, LabelledArticle, evaluate
from extractor.evaluation.data import Matched, Prediction
from extractor.evaluation.facts import FIELDS
from extractor.evaluation.reports import EvaluationReport
from extractor.evaluation.scores import Cell
from extractor.evaluation.scoring import score_article
from extractor.schemas import ActorKind, Certainty, IncidentStatus, IncidentType, ParticipantRole
from tests.labelled import (
    ARTICLE,
    SENTENCES,
    actor,
    extraction,
    figure,
    incident,
    on,
    part,
    place,
    quoted,
    said,
    thing,
)

NAMES = ("Tide Front", "Marsh Guard", "Ilse Marn", "Marn", "residents", "12 residents", "Police")
PLACES = ("Orlavik", "Hesk", "port of Orlavik", None)
WORDS = ("bomb", "car bomb", "rifle", "ferry office", "chapel")

always = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def extractions(draw: st.DrawFn) -> Extraction:
    """Any extraction of the article that keeps the codebook's rules."""
    actors = [draw(_actors(number)) for number in range(1, draw(st.integers(0, 5)) + 1)]
    for one in actors:
        others = [other["id"] for other in actors if other is not one]
        one["affiliation"] = draw(st.sampled_from([None, *others]))
    incidents, attributions = [], []
    for number in range(1, draw(st.integers(0, 3)) + 1):
        happened = draw(_incidents(number, len(actors)))
        incidents.append(happened)
        perpetrators = [p["actor"] for p in happened["participants"] if p["role"] == "perpetrator"]
        said_of = [("responsibility", [party]) for party in perpetrators]
        aspects = st.lists(st.sampled_from(["method", "occurrence"]), max_size=2)
        said_of += [(aspect, []) for aspect in draw(aspects)]
        attributions += [draw(_statements(number, len(actors), *about)) for about in said_of]
    for number, one in enumerate(attributions, 1):
        one["id"] = f"t{number}"
    return extraction(actors, incidents, attributions)


@st.composite
def _actors(draw: st.DrawFn, number: int) -> dict[str, Any]:
    aliases = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    kind = draw(st.sampled_from([*ActorKind][:4]))
    evidence = quoted(draw(_sentences))
    return actor(number, draw(st.sampled_from(NAMES)), kind, aliases=aliases, evidence=evidence)


_sentences = st.integers(0, len(SENTENCES) - 1)
_days = st.sampled_from([None, on("2023-05-04"), on("2023-05-06"), on("2023-05-04", "2023-05-06")])
_places = st.none() | st.builds(place, st.sampled_from(PLACES), st.sampled_from(["SE", "NO", None]))
_figures = st.builds(
    lambda low, more, kind: figure(low, None if more is None else low + more, kind),
    st.integers(0, 4),
    st.none() | st.integers(0, 3),
    st.sampled_from(["killed", "wounded"]),
)


@st.composite
def _incidents(draw: st.DrawFn, number: int, actors: int) -> dict[str, Any]:
    roles = {
        n: draw(st.sampled_from([None, *list(ParticipantRole)[:3]])) for n in range(1, actors + 1)
    }
    return incident(
        number,
        draw(st.sampled_from([*IncidentType][:4])),
        status=draw(st.sampled_from([*IncidentStatus][:2])),
        date=draw(_days),
        location=draw(_places),
        participants=[part(n, role) for n, role in roles.items() if role],
        objects=draw(st.lists(st.sampled_from(WORDS).map(thing), max_size=2)),
        weapons=draw(st.lists(st.sampled_from(WORDS), max_size=2)),
        casualties=draw(st.lists(_figures, max_size=3)),
        evidence=[q for n in draw(st.lists(_sentences, min_size=1, max_size=2)) for q in quoted(n)],
    )


@st.composite
def _statements(
    draw: st.DrawFn, number: int, actors: int, aspect: str, responsible: list[str]
) -> dict[str, Any]:
    source = draw(st.none() | st.integers(1, actors)) if actors else None
    return said(
        0,
        source,
        draw(st.sampled_from(["claim", "accusation", "assertion"])),
        incident=f"i{number}",
        aspect=aspect,
        responsible=responsible,
        certainty=draw(st.sampled_from([*Certainty])),
        evidence=quoted(draw(_sentences)),
    )


def counted(predicted: Extraction, gold: Extraction) -> dict[str, Cell]:
    sha256 = predicted.article.sha256
    prediction = Prediction(ARTICLE.id, sha256, predicted, None, None)
    return score_article(Matched(LabelledArticle(ARTICLE, gold), prediction)).row


def report_of(predicted: Extraction, gold: Extraction) -> EvaluationReport:
    return evaluate([predicted], [LabelledArticle(ARTICLE, gold)], samples=0)


def shuffled(one: Extraction, seed: int) -> Extraction:
    """The same extraction in another order and with other ids."""
    rng = random.Random(seed)
    record = one.model_dump(mode="json")
    new: dict[str | None, str | None] = {None: None}
    for kind in ("actors", "incidents", "attributions"):
        rng.shuffle(record[kind])
        numbers = rng.sample(range(1, 90), len(record[kind]))
        new |= {r["id"]: f"{r['id'][0]}{n}" for r, n in zip(record[kind], numbers, strict=True)}
    for named in record["actors"]:
        named |= {"id": new[named["id"]], "affiliation": new[named["affiliation"]]}
        rng.shuffle(named["aliases"])
    for happened in record["incidents"]:
        happened["id"] = new[happened["id"]]
        for participant in happened["participants"]:
            participant["actor"] = new[participant["actor"]]
        for casualty in happened["casualties"]:
            casualty["source"] = new[casualty["source"]]
        for field in ("participants", "objects", "weapons", "casualties", "evidence"):
            rng.shuffle(happened[field])
    for stated in record["attributions"]:
        for field in ("id", "incident", "source"):
            stated[field] = new[stated[field]]
        stated["responsible"] = [new[party] for party in stated["responsible"]]
        rng.shuffle(stated["responsible"])
    return Extraction.model_validate(record)


@always
@given(extractions())
def test_identity_gives_1(gold: Extraction) -> None:
    report = report_of(gold, gold)
    assert (report.overall.fp, report.overall.fn) == (0, 0)
    assert report.overall.f1 == (1.0 if report.overall.tp else None)
    for table in report.confusion.values():
        assert table.agreement in (1.0, None)
    assert report.casualties.exact == report.casualties.gold


@always
@given(extractions(), st.integers(0, 9))
def test_identity_holds_in_any_order(gold: Extraction, seed: int) -> None:
    counts = counted(shuffled(gold, seed), gold)
    assert {(fp, fn) for _, fp, fn in counts.values()} == {(0, 0)}


@always
@given(extractions(), extractions(), st.integers(0, 9))
def test_ids_and_order_change_nothing(predicted: Extraction, gold: Extraction, seed: int) -> None:
    expected = counted(predicted, gold)
    assert counted(shuffled(predicted, seed), gold) == expected
    assert counted(predicted, shuffled(gold, seed)) == expected


@always
@given(extractions(), extractions())
def test_sides_mirror_each_other(one: Extraction, two: Extraction) -> None:
    there, back = counted(one, two), counted(two, one)
    facts = {name: (tp, fp, fn) for name, (tp, fp, fn) in there.items() if name in FIELDS}
    mirrored = {name: (tp, fn, fp) for name, (tp, fp, fn) in back.items() if name in FIELDS}
    total = [sum(cell[n] for cell in facts.values()) for n in range(3)]
    other = [sum(cell[n] for cell in mirrored.values()) for n in range(3)]
    # Every fact of either side is counted once, whichever side is called gold.
    assert (total[0] + total[1], total[0] + total[2]) == (other[0] + other[1], other[0] + other[2])


def with_incident(one: Extraction, **updates: Any) -> Extraction:
    first = one.incidents[0].model_copy(update=updates)
    return one.model_copy(update={"incidents": (first, *one.incidents[1:])})


def some_incident(one: Extraction) -> bool:
    return bool(one.incidents)


@always
@given(extractions().filter(some_incident))
def test_a_wrong_fact_lowers_precision_only(gold: Extraction) -> None:
    weapons = (*gold.incidents[0].weapons, "trebuchet")
    before = report_of(gold, gold).overall
    after = report_of(with_incident(gold, weapons=weapons), gold).overall
    assert (after.tp, after.fp, after.fn) == (before.tp, before.fp + 1, before.fn)
    assert after.precision is not None
    assert after.precision < 1.0
    assert after.recall == 1.0


@always
@given(extractions().filter(lambda one: any(i.weapons for i in one.incidents[:1])))
def test_a_lost_fact_lowers_recall_only(gold: Extraction) -> None:
    weapons = gold.incidents[0].weapons[1:]
    before = report_of(gold, gold).overall
    after = report_of(with_incident(gold, weapons=weapons), gold).overall
    assert (after.tp, after.fp, after.fn) == (before.tp - 1, before.fp, before.fn + 1)
    assert after.precision == 1.0
    assert after.recall is not None
    assert after.recall < 1.0


@always
@given(extractions(), extractions())
def test_a_wrong_actor_lowers_precision_only(predicted: Extraction, gold: Extraction) -> None:
    stranger = extraction([actor(99, "Zeppelin Society")]).actors
    before = report_of(predicted, gold).overall
    more = predicted.model_copy(update={"actors": (*predicted.actors, *stranger)})
    after = report_of(more, gold).overall
    # It exists and has a kind: two facts.
    assert (after.tp, after.fp, after.fn) == (before.tp, before.fp + 2, before.fn)


@always
@given(extractions())
def test_a_lost_attribution_lowers_recall_only(gold: Extraction) -> None:
    after = report_of(gold.model_copy(update={"attributions": ()}), gold).records["attribution"]
    assert (after.tp, after.fp) == (0, 0)
    assert after.precision is None
    assert after.recall == (0.0 if gold.attributions else None)
