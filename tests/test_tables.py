"""Tables of outcomes: every format holds the same rows, and they join."""

import csv
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from extractor import Outcome, Status, StoreError, TableFormat, write_tables
from extractor.report.csv import COLUMNS
from extractor.report.tables import TABLES, Kind
from tests.test_report import make_outcome

ROOT = Path(__file__).parents[1]


def outcomes(count: int = 3) -> list[Outcome]:
    some = [make_outcome(), make_outcome(status=Status.FAILED)]
    return [
        outcome.model_copy(
            update={"article": outcome.article.model_copy(update={"id": f"a{number}"})}
        )
        for number, outcome in enumerate(some * count)
    ]


@pytest.fixture(params=list(TableFormat))
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table as they come back from the files of one format."""
    form: TableFormat = request.param
    files = write_tables(outcomes(), tmp_path, form)
    assert files == sorted(p for p in tmp_path.iterdir() if not p.name.startswith("."))
    return {table.name: list(READERS[form](tmp_path, table.name)) for table in TABLES}


def read_csv(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    table = next(table for table in TABLES if table.name == name)
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield {key: parsed(value, table.columns[key]) for key, value in row.items()}


def parsed(cell: str, kind: Kind) -> Any:
    if kind == "list":
        return json.loads(cell)
    if cell == "":
        return None
    return {"integer": int, "number": float}.get(kind, str)(cell)


def read_jsonl(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


def read_parquet(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    found = duckdb.connect().execute(f"SELECT * FROM '{folder}/{name}.parquet'")
    columns = [column[0] for column in found.description or ()]
    for row in found.fetchall():
        values = dict(zip(columns, row, strict=True))
        yield {
            key: str(value) if key in ("published", "date_start", "date_end") and value else value
            for key, value in values.items()
        }


def read_sqlite(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    db = sqlite3.connect(folder / "tables.sqlite")
    db.row_factory = sqlite3.Row
    columns = next(table for table in TABLES if table.name == name).columns
    for row in db.execute(f"SELECT * FROM {name}"):
        yield {
            key: json.loads(row[key]) if kind == "list" else row[key]
            for key, kind in columns.items()
        }
    db.close()


READERS = {
    TableFormat.CSV: read_csv,
    TableFormat.JSONL: read_jsonl,
    TableFormat.PARQUET: read_parquet,
    TableFormat.SQLITE: read_sqlite,
}


def test_every_format_holds_every_value(tables: dict[str, list[dict[str, Any]]]) -> None:
    for table in TABLES:
        expected = [
            dict(zip(table.columns, json.loads(json.dumps(row, default=str)), strict=True))
            for outcome in outcomes()
            for row in table.rows(outcome)
        ]
        assert expected, table.name
        assert tables[table.name] == expected


def test_the_rows_join(tables: dict[str, list[dict[str, Any]]]) -> None:
    def keys(name: str, *columns: str) -> list[tuple[Any, ...]]:
        return [tuple(row[c] for c in ("article_id", *columns)) for row in tables[name]]

    articles, incidents = keys("articles"), keys("incidents", "incident_id")
    actors, casualties = keys("actors", "actor_id"), keys("casualties", "casualty_id")
    attributions = keys("attributions", "attribution_id")
    for unique in (articles, incidents, actors, casualties, attributions):
        assert len(unique) == len(set(unique)) > 0
    assert {a[:1] for a in incidents} <= set(articles)
    for name in ("participants", "casualties", "attributions"):
        assert set(keys(name, "incident_id")) <= set(incidents)
    assert set(keys("participants", "actor_id")) <= set(actors)
    for name in ("casualties", "attributions"):
        sources = [key for key in keys(name, "source_id") if key[1] is not None]
        assert set(sources) <= set(actors)
    subjects = {key[:2] for key in (*incidents, *actors, *casualties, *attributions)}
    assert set(keys("evidence", "subject_id")) == subjects


def test_evidence_quotes_the_article(tables: dict[str, list[dict[str, Any]]]) -> None:
    texts = {outcome.article.id: outcome.article.text for outcome in outcomes()}
    for row in tables["evidence"]:
        assert texts[row["article_id"]][row["start"] : row["end"]] == row["quote"]


def test_whole_outcomes_stand_beside_the_tables(tmp_path: Path) -> None:
    write_tables(outcomes(), tmp_path, TableFormat.JSONL)
    lines = (tmp_path / "outcomes.jsonl").read_text("utf-8").splitlines()
    assert [Outcome.model_validate_json(line) for line in lines] == outcomes()


def test_no_outcomes_make_empty_tables(tmp_path: Path) -> None:
    write_tables([], tmp_path, TableFormat.CSV)
    for table in TABLES:
        text = (tmp_path / f"{table.name}.csv").read_text("utf-8")
        assert text == ",".join(table.columns) + "\n"
    write_tables([], tmp_path, TableFormat.PARQUET)
    assert list(read_parquet(tmp_path, "incidents")) == []


def test_many_rows_are_written_in_parts(tmp_path: Path) -> None:
    many = outcomes(450)
    write_tables(many, tmp_path, TableFormat.PARQUET)
    assert len(list(read_parquet(tmp_path, "articles"))) == len(many)


def test_older_tables_stay_whole_until_the_new_ones_are(tmp_path: Path) -> None:
    write_tables(outcomes(), tmp_path, TableFormat.CSV)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken() -> Iterator[Outcome]:
        yield from outcomes()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_tables(broken(), tmp_path, TableFormat.CSV)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match=r"cannot write tables to .*mend --out"):
        write_tables([], tmp_path / "file" / "tables", TableFormat.CSV)


def test_a_formula_in_a_quote_is_none_in_csv(tmp_path: Path) -> None:
    outcome = make_outcome()
    article = outcome.article.model_copy(update={"title": "=cmd()"})
    write_tables([outcome.model_copy(update={"article": article})], tmp_path, TableFormat.CSV)
    assert next(read_csv(tmp_path, "articles"))["title"] == "'=cmd()"


def test_the_spreadsheet_has_the_same_columns() -> None:
    incidents = next(table for table in TABLES if table.name == "incidents")
    assert set(incidents.columns) <= set(COLUMNS)


# --- docs/batch.md


def documented() -> str:
    return (ROOT / "docs" / "batch.md").read_text("utf-8")


def test_every_table_and_column_is_described() -> None:
    text = documented()
    for table in TABLES:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{table.name}` |"))
        assert re.findall(r"`(\w+)`", row)[1:] == list(table.columns)


def questions() -> list[str]:
    return re.findall(r"```sql\n(.*?)```", documented(), re.DOTALL)


@pytest.mark.parametrize("number", range(5))
def test_the_questions_have_answers(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tables(outcomes(), tmp_path / "runs" / "march" / "tables", TableFormat.PARQUET)
    monkeypatch.chdir(tmp_path)
    assert len(questions()) == 5
    rows = duckdb.connect().execute(questions()[number]).fetchall()
    assert rows
    assert all(any(value is not None for value in row) for row in rows)
