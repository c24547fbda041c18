import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from extractor import schemas
from extractor.schemas import Extraction

TEXT = "Rebels shelled Port Lassen on Monday. The army blamed the Red Hills Front. It denied this."


def evidence(quote: str) -> dict[str, Any]:
    start = TEXT.index(quote)
    return {"quote": quote, "start": start, "end": start + len(quote)}


def actor(actor_id: str, name: str, kind: str, quote: str) -> dict[str, Any]:
    return {
        "id": actor_id,
        "name": name,
        "aliases": [],
        "kind": kind,
        "role": None,
        "affiliation": None,
        "country": None,
        "evidence": [evidence(quote)],
    }


def statement(own_id: str, source: str, stance: str, quote: str) -> dict[str, Any]:
    return {
        "id": own_id,
        "incident": "i1",
        "aspect": "responsibility",
        "sourcing": "actor",
        "source": source,
        "responsible": ["a2"],
        "stance": stance,
        "certainty": "certain",
        "statement": "The Red Hills Front shelled the town.",
        "medium": None,
        "conflicts_with": ["t2" if own_id == "t1" else "t1"],
        "evidence": [evidence(quote)],
    }


def _parts() -> list[type[BaseModel]]:
    found = [getattr(schemas, name) for name in schemas.__all__]
    return [part for part in found if isinstance(part, type) and issubclass(part, BaseModel)]


@pytest.fixture
def valid() -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "article": {
            "id": "x",
            "title": None,
            "published": "2025-03-05",
            "source": None,
            "url": None,
            "language": "en",
            "sha256": "0" * 64,
        },
        "actors": [
            actor("a1", "army", "state_force", "The army"),
            actor("a2", "Red Hills Front", "armed_group", "Red Hills Front"),
        ],
        "incidents": [
            {
                "id": "i1",
                "summary": "Rebels shelled Port Lassen.",
                "type": "shelling",
                "status": "carried_out",
                "date": {
                    "start": "2025-03-03",
                    "end": "2025-03-03",
                    "precision": "day",
                    "text": "on Monday",
                },
                "location": {
                    "name": "Port Lassen",
                    "city": None,
                    "region": None,
                    "country": None,
                },
                "participants": [{"actor": "a2", "role": "perpetrator"}],
                "objects": [],
                "weapons": [],
                "casualties": [
                    {
                        "kind": "killed",
                        "low": 1,
                        "high": 2,
                        "text": "on",
                        "who": None,
                        "source": "a1",
                        "evidence": [evidence("Rebels")],
                    }
                ],
                "evidence": [evidence("Rebels shelled Port Lassen on Monday.")],
            }
        ],
        "attributions": [
            statement("t1", "a1", "accusation", "The army blamed the Red Hills Front."),
            statement("t2", "a2", "denial", "It denied this."),
        ],
    }


def test_valid_extraction_survives_a_round_trip(valid: dict[str, Any]) -> None:
    extraction = Extraction.model_validate(valid, context={"text": TEXT})
    assert Extraction.model_validate_json(extraction.model_dump_json()) == extraction
    extraction.check_quotes(TEXT)


def put(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    target: Any = changed
    *parents, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    for part in parents:
        target = target[part]
    target[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("schema_version", "1.1", "1.0"),
        ("extra", 1, "Extra inputs"),
        ("actors.0.id", "a2", "used twice"),
        ("actors.0.affiliation", "a9", "does not exist"),
        ("actors.0.affiliation", "a1", "itself"),
        ("actors.0.country", "Iraq", "pattern"),
        ("actors.0.evidence", [], "at least 1 item"),
        ("incidents.0.participants.0.actor", "a9", "does not exist"),
        (
            "incidents.0.participants",
            [{"actor": "a2", "role": "perpetrator"}, {"actor": "a2", "role": "victim"}],
            "more than one role",
        ),
        ("incidents.0.participants", [], "no perpetrator"),
        (
            "incidents.0.participants",
            [{"actor": "a2", "role": "perpetrator"}, {"actor": "a1", "role": "perpetrator"}],
            "no attribution",
        ),
        ("incidents.0.casualties.0.low", 3, "above high"),
        ("incidents.0.casualties.0.low", -1, "greater than or equal"),
        ("incidents.0.casualties.0.source", "a9", "does not exist"),
        ("incidents.0.date.start", "2025-03-04", "after it ends"),
        ("incidents.0.date.start", "2025-03-02", "precision day"),
        ("incidents.0.date.start", None, "only one"),
        ("incidents.0.summary", "word " * 26, "26 words"),
        ("incidents.0.evidence.0.end", 3, "characters"),
        ("attributions.0.incident", "i2", "no such incident"),
        ("attributions.0.source", None, "exactly when"),
        ("attributions.0.source", "a9", "does not exist"),
        ("attributions.0.sourcing", "article", "exactly when"),
        ("attributions.0.aspect", "method", "only aspect responsibility"),
        ("attributions.0.responsible", ["a9"], "does not exist"),
        ("attributions.0.responsible", ["a2", "a2"], "twice"),
        ("attributions.0.conflicts_with", [], "not symmetric"),
        ("attributions.0.conflicts_with", ["t1"], "itself"),
        ("attributions.0.conflicts_with", ["t7"], "no such attribution"),
    ],
)
def test_each_rule_of_the_codebook_is_checked(
    valid: dict[str, Any], path: str, value: Any, message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Extraction.model_validate(put(valid, path, value))


def test_conflicts_stay_within_one_aspect(valid: dict[str, Any]) -> None:
    changed = put(put(valid, "attributions.1.aspect", "method"), "attributions.1.responsible", [])
    with pytest.raises(ValidationError, match="across incidents or aspects"):
        Extraction.model_validate(changed)


def test_a_perpetrator_of_a_foiled_incident_needs_no_attribution(valid: dict[str, Any]) -> None:
    changed = put(put(valid, "incidents.0.status", "foiled"), "attributions", [])
    assert Extraction.model_validate(changed).attributions == ()


def test_quotes_are_checked_against_the_text(valid: dict[str, Any]) -> None:
    changed = put(valid, "actors.0.evidence.0.quote", "THE army")
    with pytest.raises(ValidationError, match=r"evidence of actors\.a1"):
        Extraction.model_validate(changed, context={"text": TEXT})
    with pytest.raises(ValueError, match=r"evidence of actors\.a1"):
        Extraction.model_validate(changed).check_quotes(TEXT)


@pytest.mark.parametrize("model", [Extraction, *_parts()], ids=lambda model: model.__name__)
def test_every_field_has_a_description(model: type[BaseModel]) -> None:
    assert model.model_fields
    for name, field in model.model_fields.items():
        assert field.description, name


def test_instances_are_frozen(valid: dict[str, Any]) -> None:
    extraction = Extraction.model_validate(valid)
    with pytest.raises(ValidationError, match="frozen"):
        extraction.actors = ()  # type: ignore[misc]


def data_folder() -> Path:
    return Path(os.environ.get("EXTRACTOR_TEST_DATA", Path(__file__).parents[2] / "shared"))


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_hand_made_labels_are_valid() -> None:
    folder = data_folder() / "gold"
    if not folder.is_dir():
        pytest.skip("no labelled data: set EXTRACTOR_TEST_DATA to its folder")
    texts = {record["id"]: record["text"] for record in records(folder / "articles.jsonl")}
    labels = records(folder / "labels.jsonl")
    assert labels
    for label in labels:
        Extraction.model_validate(label, context={"text": texts[label["article"]["id"]]})
