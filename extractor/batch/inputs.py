"""The input of a run: folders, patterns and files of records, read as they are worked on."""

import csv
import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from extractor.articles import MAX_CHARACTERS, STDIN, Article, Located, read_located
from extractor.errors import ArticleError, ConfigError
from extractor.records import article_of

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_PARQUET = ".parquet"
_ROWS = 64
"""Rows of a Parquet file that are in memory at once."""


def read_inputs(
    paths: Iterable[str],
    *,
    columns: Mapping[str, str] | None = None,
    published: date | None = None,
) -> Iterator[Located]:
    """Every article of the input, in an order that is the same each time.

    Args:
        paths: Folders, files, or patterns such as `news/**/*.txt`. CSV, TSV and Parquet files
            have an article a row; the others are read as `read_articles` reads them.
        columns: The column, or field of a record, that each field of an article is in, where it
            has another name.
        published: Day of publication of those articles that do not tell it themselves.

    Yields:
        Articles, and errors for what cannot be read as one, each with its place.

    Raises:
        ConfigError: if a path is missing or `columns` names no field of an article.
    """
    columns = columns or {}
    if unknown := sorted(set(columns) - set(Article.model_fields)):
        known = ", ".join(Article.model_fields)
        raise ConfigError(f"--column {unknown[0]}=…: an article has no such field, only {known}")
    for path in paths:
        for name in _names(path):
            for located in _read(name, columns):
                item = located.item
                if isinstance(item, Article) and item.published is None and published:
                    item = item.model_copy(update={"published": published})
                yield Located(located.where, item, named=located.named)


def _names(path: str) -> list[str]:
    if path == STDIN:
        raise ConfigError("a run reads its input again to go on: write it to a file and name that")
    if os.path.exists(path):  # noqa: PTH110 - impossible names do not exist
        return [path]
    found = sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) else []  # noqa: PTH207
    if not found:
        raise ConfigError(f"{path}: there is no such file or folder; check the path")
    return found


def _read(path: str, columns: Mapping[str, str]) -> Iterator[Located]:
    suffix = Path(path).suffix.lower()
    if suffix in _SEPARATORS:
        return _rows(path, _csv_rows(path, _SEPARATORS[suffix], columns), columns)
    if suffix == _PARQUET:
        return _rows(path, _parquet_rows(path, columns), columns)
    return read_located(path, columns=columns)


def _rows(
    path: str, rows: Iterator[tuple[str, Mapping[str, object]]], columns: Mapping[str, str]
) -> Iterator[Located]:
    """The articles of a table's rows, which come with their places."""
    stem = Path(path).stem
    number = 0
    try:
        for number, (place, row) in enumerate(rows, 1):
            where = f"{path}, {place}"
            try:
                yield article_of(row, where, f"{stem}:{number}", MAX_CHARACTERS, columns)
            except ArticleError as error:
                yield Located(where, ArticleError(str(error)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(
            f"{path}, after row {number}: cannot be read: {error}; it has to be a table in UTF-8"
        ) from None


def _csv_rows(
    path: str, separator: str, columns: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    csv.field_size_limit(12 * MAX_CHARACTERS)
    with Path(path).open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, delimiter=separator)
        _check_columns(path, reader.fieldnames or (), columns)
        line = reader.line_num
        for row in reader:
            if None in row:
                raise csv.Error(f"line {line + 1} has more cells than the header")
            yield f"line {line + 1}", row
            line = reader.line_num


def _parquet_rows(
    path: str, columns: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    parquet = parquet_module()
    with Path(path).open("rb") as stream:
        try:
            file = parquet.ParquetFile(stream)
        except ValueError as error:
            raise ConfigError(f"{path}: is no Parquet file: {error}") from None
        names = file.schema_arrow.names
        _check_columns(path, names, columns)
        wanted = [columns.get(field, field) for field in Article.model_fields]
        number = 0
        for batch in file.iter_batches(_ROWS, columns=[name for name in wanted if name in names]):
            for row in batch.to_pylist():
                number += 1
                yield f"row {number}", {name: _plain(value) for name, value in row.items()}


def parquet_module() -> Any:
    """`pyarrow.parquet`.

    Raises:
        ConfigError: if the extra `tables` is not installed.
    """
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an optional dependency
    except ImportError:
        raise ConfigError(
            "Parquet needs the extra `tables`: pip install 'extractor[tables]'"
        ) from None
    return parquet


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _check_columns(path: str, names: Iterable[str], columns: Mapping[str, str]) -> None:
    names = list(names)
    for field in ("text", *columns):
        column = columns.get(field, field)
        if column not in names:
            raise ConfigError(
                f"{path}: has no column {column!r} for {field}; it has {', '.join(names)}: "
                f"use --column {field}=NAME"
            )
