"""Data sets that are not part of the repository: gold against itself is 1."""

import os
from pathlib import Path

import pytest

from extractor import compare, evaluate, evaluate_muc4

SHARED = Path(os.environ.get("EXTRACTOR_SHARED") or Path(__file__).parents[1] / ".." / "shared")


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path.resolve()} is not there; set EXTRACTOR_SHARED to the data sets' folder")
    return path


def test_gold_labels_against_themselves() -> None:
    gold = shared("gold")
    report = evaluate(gold, gold, errors=True)
    assert report.overall.f1 == report.macro.f1 == report.relevance.f1 == 1.0
    assert {score.f1 for score in report.fields.values()} == {1.0}
    assert {table.agreement for table in report.confusion.values()} == {1.0}
    assert report.grounding.rate == 1.0
    assert report.mismatches == ()
    assert report.baselines[0].overall.f1 == 0.0
    assert not compare(gold, gold, gold).worse


@pytest.mark.parametrize("name", ["dev-small.jsonl", "dev.jsonl"])
def test_muc4_templates_against_themselves(name: str) -> None:
    gold = shared("muc4") / name
    report = evaluate_muc4(gold, gold, errors=True, samples=100)
    assert report.overall.f1 == report.macro.f1 == report.relevance.f1 == 1.0
    assert {score.f1 for score in report.slots.values()} == {1.0}
    assert report.mismatches == ()
    assert report.baselines[0].overall.f1 == 0.0
