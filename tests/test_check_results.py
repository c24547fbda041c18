"""The checker of results finds what is wrong, and does not know the package."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractor.articles import Article
from extractor.cli.schema import schema
from extractor.fingerprint import text_sha256
from extractor.pipeline.outcome import Status
from tests.test_report import make_outcome

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "check_results.py"


def outcome(name: str = "one", status: Status = Status.OK) -> dict[str, Any]:
    made = make_outcome(name, status)
    record: dict[str, Any] = json.loads(made.model_dump_json())
    if record["extraction"]:
        record["extraction"]["article"]["sha256"] = text_sha256(made.article.text)
    return record


@pytest.fixture
def schema_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    schema()
    path = tmp_path / "extraction.schema.json"
    path.write_text(capsys.readouterr().out, "utf-8")
    return path


def check(
    folder: Path, schema_file: Path, *outcomes: object, options: tuple[str, ...] = ()
) -> tuple[int, str]:
    results = folder / "results.jsonl"
    lines = (o if isinstance(o, str) else json.dumps(o, ensure_ascii=False) for o in outcomes)
    results.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    done = subprocess.run(
        [sys.executable, SCRIPT, results, "--schema", schema_file, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_good_results_pass(tmp_path: Path, schema_file: Path) -> None:
    failed = outcome("two", Status.FAILED)
    code, said = check(tmp_path, schema_file, outcome(), failed, outcome("three", Status.PARTIAL))
    assert said == (
        "outcomes: 3 (1 failed, 1 ok, 1 partial)\nchecked: 2 extractions, 18 quotes\nerrors: 0\n"
    )
    assert code == 0


def test_line_separators_inside_an_article_end_no_line(tmp_path: Path, schema_file: Path) -> None:
    record = outcome()
    text = record["article"]["text"] + "\u2028more\x85"
    Article.model_validate(record["article"] | {"text": text})
    record["article"]["text"] = text
    record["extraction"]["article"]["sha256"] = text_sha256(text)
    assert check(tmp_path, schema_file, record)[0] == 0


def first_quote(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = record["extraction"]["attributions"][0]["evidence"][0]
    return found


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    record = outcome()
    change(record)
    return record


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (changed(lambda r: first_quote(r).update(quote="Governor")), "attributions.0.evidence.0"),
        (changed(lambda r: first_quote(r).update(start=first_quote(r)["start"] + 1)), "not the"),
        (changed(lambda r: first_quote(r).update(start=-5, end=None)), "not the text's words"),
        (changed(lambda r: r["extraction"]["incidents"][0].update(type="party")), "'party'"),
        (changed(lambda r: r["extraction"].update(mood="bad")), "mood"),
        (changed(lambda r: r["extraction"].pop("actors")), "'actors' is a required property"),
        (
            changed(lambda r: r["extraction"]["incidents"][0]["date"].update(start="soon")),
            "incidents.0.date: ",
        ),
        (changed(lambda r: r["extraction"]["article"].update(sha256="0" * 64)), "another text"),
        (changed(lambda r: r.update(status="failed")), "does not agree"),
        (changed(lambda r: r.update(extraction=None)), "does not agree"),
        (changed(lambda r: r.update(extraction=7)), "7 is not of type 'object'"),
        (changed(lambda r: r.pop("article")), "is no outcome"),
        ("{", "line 2: is no outcome"),
        ("[]", "line 2: is no outcome"),
    ],
)
def test_whatever_is_wrong_is_named_and_fails(
    tmp_path: Path, schema_file: Path, bad: object, said: str
) -> None:
    code, output = check(tmp_path, schema_file, outcome(), bad)
    assert code == 1
    assert said in output
    assert "line 2" in output
    assert "errors: 0" not in output


@pytest.mark.parametrize("record", [None, outcome("one", Status.FAILED)])
def test_nothing_to_check_fails(tmp_path: Path, schema_file: Path, record: object) -> None:
    code, output = check(tmp_path, schema_file, *([record] if record else []))
    assert code == 1
    assert "there is no extraction to check" in output


def test_extractions_without_a_quote_are_no_proof(tmp_path: Path, schema_file: Path) -> None:
    record = outcome()
    record["extraction"].update(actors=[], incidents=[], attributions=[])
    code, output = check(tmp_path, schema_file, record)
    assert code == 1
    assert "there is no quote to check" in output


@pytest.mark.parametrize(("number", "code"), [("1", 1), ("2", 0), ("3", 1)])
def test_expected_number(tmp_path: Path, schema_file: Path, number: str, code: int) -> None:
    options = ("--expect", number)
    assert check(tmp_path, schema_file, outcome(), outcome("two"), options=options)[0] == code


def test_a_failure_is_not_what_was_expected(tmp_path: Path, schema_file: Path) -> None:
    failed = outcome("two", Status.FAILED)
    code, output = check(tmp_path, schema_file, outcome(), failed, options=("--expect", "2"))
    assert code == 1
    assert "2 outcomes, 1 with an extraction, where 2 were expected" in output


def test_it_does_not_import_the_package() -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [a.name for a in node.names] if isinstance(node, ast.Import) else [str(node.module)]
        )
    }
    assert "json" in imported
    assert "extractor" not in imported
