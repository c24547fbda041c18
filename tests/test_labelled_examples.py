"""The labelled examples that come with the project: sound, and rich in what is hard."""

import json
import re
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from extractor.fingerprint import text_sha256
from extractor.schemas import (
    Aspect,
    Attribution,
    Extraction,
    IncidentStatus,
    Sourcing,
    Stance,
)

EXAMPLES = Path(__file__).parents[1] / "examples"
SETS = ("labelled", "heldout")
LABEL_FILES = ("labels", "annotation-a", "annotation-b")
WEEKDAY = re.compile("day|mardi|samedi|miércoles|domingo|الثلاثاء|الأربعاء", re.IGNORECASE)


def records(folder: str, name: str) -> list[dict[str, Any]]:
    lines = (EXAMPLES / folder / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


ARTICLES = {
    folder: {record["id"]: record for record in records(folder, "articles")} for folder in SETS
}


def text_of(extraction: Extraction) -> str:
    folder = next(name for name in SETS if extraction.article.id in ARTICLES[name])
    return str(ARTICLES[folder][extraction.article.id]["text"])


def extractions(folder: str, name: str) -> list[Extraction]:
    return [
        Extraction.model_validate(
            record, context={"text": ARTICLES[folder][record["article"]["id"]]["text"]}
        )
        for record in records(folder, name)
    ]


@pytest.fixture(scope="module", params=SETS)
def labels(request: pytest.FixtureRequest) -> list[Extraction]:
    """The final labels of each set."""
    return extractions(request.param, "labels")


@pytest.mark.parametrize("folder", SETS)
@pytest.mark.parametrize("name", LABEL_FILES)
def test_labels_keep_the_codebook_and_quote_their_articles(folder: str, name: str) -> None:
    for extraction in extractions(folder, name):
        article = ARTICLES[folder][extraction.article.id]
        extraction.check_quotes(article["text"])
        expected = {key: value for key, value in article.items() if key != "text"}
        assert extraction.article.model_dump(mode="json") == expected
        assert extraction.provenance is None


@pytest.mark.parametrize("folder", SETS)
@pytest.mark.parametrize("name", LABEL_FILES)
def test_every_article_is_labelled_once_and_in_order(folder: str, name: str) -> None:
    found = [record["article"]["id"] for record in records(folder, name)]
    assert found == list(ARTICLES[folder])
    assert len(records(folder, "articles")) == len(ARTICLES[folder])


@pytest.mark.parametrize("folder", SETS)
def test_hashes_are_those_of_the_texts(folder: str) -> None:
    for article in ARTICLES[folder].values():
        assert article["sha256"] == text_sha256(article["text"])


def test_there_are_enough_articles() -> None:
    articles, labels = ARTICLES["labelled"], extractions("labelled", "labels")
    assert len(articles) >= 30
    assert sum(not extraction.incidents for extraction in labels) >= 8
    assert len({article["language"] for article in articles.values()} - {"en"}) >= 3


def test_an_article_without_incident_has_nothing_else(labels: list[Extraction]) -> None:
    for extraction in labels:
        if not extraction.incidents:
            assert not extraction.actors
            assert not extraction.attributions


def test_ids_count_up_in_order(labels: list[Extraction]) -> None:
    for extraction in labels:
        for letter, found in (
            ("a", extraction.actors),
            ("i", extraction.incidents),
            ("t", extraction.attributions),
        ):
            assert [item.id for item in found] == [f"{letter}{n + 1}" for n in range(len(found))]


def test_every_actor_is_used(labels: list[Extraction]) -> None:
    for extraction in labels:
        used = {actor.affiliation for actor in extraction.actors}
        for incident in extraction.incidents:
            used |= {participant.actor for participant in incident.participants}
            used |= {casualty.source for casualty in incident.casualties}
        for said in extraction.attributions:
            used |= {said.source, *said.responsible}
        assert {actor.id for actor in extraction.actors} <= used, extraction.article.id


def test_strings_as_written_are_in_the_text(labels: list[Extraction]) -> None:
    for extraction in labels:
        text = text_of(extraction)
        for written in as_written(extraction):
            assert written in text, f"{extraction.article.id}: {written}"


def as_written(extraction: Extraction) -> Iterable[str]:
    for actor in extraction.actors:
        yield actor.name
        yield from actor.aliases
        yield actor.role or ""
    for incident in extraction.incidents:
        yield (incident.date and incident.date.text) or ""
        yield (incident.location and incident.location.name) or ""
        yield from (thing.name for thing in incident.objects)
        yield from incident.weapons
        for casualty in incident.casualties:
            yield casualty.text or ""
            yield casualty.who or ""
    for said in extraction.attributions:
        yield said.medium or ""


def stance(wanted: Stance) -> Callable[[Extraction], bool]:
    return lambda extraction: any(said.stance is wanted for said in extraction.attributions)


def status(wanted: IncidentStatus) -> Callable[[Extraction], bool]:
    return lambda extraction: any(incident.status is wanted for incident in extraction.incidents)


def in_conflict(extraction: Extraction) -> list[tuple[Attribution, Attribution]]:
    pairs = combinations(extraction.attributions, 2)
    return [(one, two) for one, two in pairs if one.id in two.conflicts_with]


def competing_claims(extraction: Extraction) -> bool:
    return any(
        one.stance is two.stance is Stance.CLAIM and one.responsible != two.responsible
        for one, two in in_conflict(extraction)
    )


def conflicting_figures(extraction: Extraction) -> bool:
    disputed = {
        one.incident for one, _ in in_conflict(extraction) if one.aspect is Aspect.CASUALTIES
    }
    return any(
        one.kind is two.kind and one.source != two.source and one.low != two.low
        for incident in extraction.incidents
        if incident.id in disputed
        for one, two in combinations(incident.casualties, 2)
    )


def either_or(extraction: Extraction) -> bool:
    return any(
        said.stance is Stance.ACCUSATION and len(said.responsible) > 1
        for said in extraction.attributions
    )


def unattributed(extraction: Extraction) -> bool:
    return any(said.sourcing is Sourcing.UNATTRIBUTED for said in extraction.attributions)


def relative_date(extraction: Extraction) -> bool:
    return any(
        incident.date is not None
        and incident.date.start is not None
        and WEEKDAY.search(incident.date.text or "") is not None
        for incident in extraction.incidents
    )


def unresolved_date(extraction: Extraction) -> bool:
    return extraction.article.published is None and any(
        incident.date is not None and incident.date.start is None and incident.date.text
        for incident in extraction.incidents
    )


@pytest.mark.parametrize(
    ("shows", "articles"),
    [
        (stance(Stance.CLAIM), 8),
        (stance(Stance.ACCUSATION), 8),
        (stance(Stance.DENIAL), 8),
        (stance(Stance.DOUBT), 5),
        (stance(Stance.SUSPICION), 5),
        (competing_claims, 1),
        (conflicting_figures, 3),
        (either_or, 1),
        (unattributed, 4),
        (status(IncidentStatus.ATTEMPTED), 1),
        (status(IncidentStatus.FOILED), 1),
        (status(IncidentStatus.THREATENED), 1),
        (relative_date, 15),
        (unresolved_date, 1),
    ],
)
def test_what_is_hard_is_there(shows: Callable[[Extraction], bool], articles: int) -> None:
    labels = extractions("labelled", "labels")
    assert sum(bool(shows(extraction)) for extraction in labels) >= articles


def test_every_aspect_is_there() -> None:
    labels = extractions("labelled", "labels")
    said = {said.aspect for extraction in labels for said in extraction.attributions}
    assert said == set(Aspect)
