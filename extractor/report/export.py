"""Outcomes written as tables: CSV, JSONL, Parquet or a SQLite file."""

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TextIO

from extractor.errors import ConfigError, StoreError
from extractor.pipeline.outcome import Outcome
from extractor.report.csv import csv_text, guard
from extractor.report.tables import TABLES, Kind, Row, Table

OUTCOMES = "outcomes.jsonl"
"""Beside the tables of the format `jsonl`: one whole outcome a line."""

_BATCH = 2000
"""Rows of a table that are in memory at once."""

_SQLITE_TYPE: Mapping[Kind, str] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "date": "TEXT",
    "list": "TEXT",
}


class TableFormat(StrEnum):
    """How tables are written."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    SQLITE = "sqlite"


class _Writer(Protocol):
    """Takes the rows of one table."""

    def write(self, rows: list[Row]) -> None: ...

    def close(self) -> None: ...


def write_tables(outcomes: Iterable[Outcome], folder: str | Path, form: TableFormat) -> list[Path]:
    """Write the tables of outcomes into a folder, where they take the place of older ones.

    Args:
        outcomes: The outcomes; they are read one by one.
        folder: Where the files go; made where it does not exist.
        form: The format.

    Returns:
        The files.

    Raises:
        StoreError: if they cannot be written.
        ConfigError: if the format needs an extra that is not installed.
    """
    folder = Path(folder)
    part = folder / f".{form}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        with ExitStack() as stack:
            put = _outcome_writer(part, form, stack)
            writers = {table.name: _writer(part, table, form, stack) for table in TABLES}
            for some in _parted(outcomes):
                for outcome in some:
                    put(outcome)
                for table in TABLES:
                    rows = [row for outcome in some for row in table.rows(outcome)]
                    writers[table.name].write(rows)
        # Only a rename within a file system is at once, so the files grew beside their place.
        return [file.replace(folder / file.name) for file in sorted(part.iterdir())]
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(f"cannot write tables to {folder}: {reason}; mend --out") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _parted(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    part: list[Outcome] = []
    for outcome in outcomes:
        part.append(outcome)
        if len(part) == _BATCH // 10:
            yield part
            part = []
    yield part


def _outcome_writer(folder: Path, form: TableFormat, stack: ExitStack) -> Any:
    if form is not TableFormat.JSONL:
        return lambda _: None
    stream = stack.enter_context((folder / OUTCOMES).open("w", encoding="utf-8"))
    return lambda outcome: stream.write(outcome.model_dump_json() + "\n")


def _writer(folder: Path, table: Table, form: TableFormat, stack: ExitStack) -> _Writer:
    writer: _Writer
    match form:
        case TableFormat.SQLITE:
            writer = _Sqlite(folder / "tables.sqlite", table)
        case TableFormat.PARQUET:
            writer = _Parquet(folder / f"{table.name}.parquet", table)
        case TableFormat.CSV:
            writer = _Lines(folder / f"{table.name}.csv", table, _csv_lines)
            writer.head(csv_text([list(table.columns)]))
        case TableFormat.JSONL:
            writer = _Lines(folder / f"{table.name}.jsonl", table, _json_lines)
    stack.enter_context(closing(writer))
    return writer


def _csv_lines(_: Table, rows: list[Row]) -> str:
    return csv_text([[guard(_cell(value)) for value in row] for row in rows])


def _json_lines(table: Table, rows: list[Row]) -> str:
    lines = (dict(zip(table.columns, row, strict=True)) for row in rows)
    return "".join(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


class _Lines:
    """A text file, written as rows come."""

    def __init__(self, path: Path, table: Table, text: Any) -> None:
        self._stream: TextIO = path.open("w", encoding="utf-8", newline="\n")
        self._table, self._text = table, text

    def head(self, text: str) -> None:
        self._stream.write(text)

    def write(self, rows: list[Row]) -> None:
        self._stream.write(self._text(self._table, rows))

    def close(self) -> None:
        self._stream.close()


class _Sqlite:
    """A table of a SQLite file; a list is a JSON array."""

    def __init__(self, path: Path, table: Table) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        columns = ", ".join(
            f'"{name}" {_SQLITE_TYPE[kind]}' for name, kind in table.columns.items()
        )
        self._db.execute("PRAGMA synchronous = OFF")  # the file is not in its place yet
        self._db.execute(f'CREATE TABLE "{table.name}" ({columns})')
        marks = ", ".join("?" * len(table.columns))
        self._insert = f'INSERT INTO "{table.name}" VALUES ({marks})'  # noqa: S608 - our own names

    def write(self, rows: list[Row]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(self._insert, [[_stored(value) for value in row] for row in rows])
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()


def _stored(value: Any) -> Any:
    return value if isinstance(value, int | float | None) else _cell(value)


class _Parquet:
    """A Parquet file; a list is a list."""

    def __init__(self, path: Path, table: Table) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415 - an optional dependency
            from pyarrow import parquet  # noqa: PLC0415
        except ImportError:
            raise ConfigError(
                "Parquet needs the extra `tables`: pip install 'extractor[tables]'"
            ) from None
        types: dict[Kind, Any] = {
            "text": pa.string(),
            "integer": pa.int64(),
            "number": pa.float64(),
            "date": pa.date32(),
            "list": pa.list_(pa.string()),
        }
        self._schema = pa.schema([(name, types[kind]) for name, kind in table.columns.items()])
        self._batch, self._rows = pa.RecordBatch, []  # type: tuple[Any, list[Row]]
        self._file = parquet.ParquetWriter(path, self._schema)

    def write(self, rows: list[Row]) -> None:
        self._rows += rows
        if len(self._rows) >= _BATCH:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        if self._rows:
            columns = dict(zip(self._schema.names, zip(*self._rows, strict=True), strict=True))
            self._file.write_batch(self._batch.from_pydict(columns, schema=self._schema))
            self._rows = []
