"""Where results go: standard output, a file, or a folder with a file for each article."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TextIO

from extractor.errors import ConfigError
from extractor.pipeline.outcome import Outcome
from extractor.report.csv import COLUMNS, csv_rows, csv_text
from extractor.report.results import results_page
from extractor.report.table import table_text

_FILE_WIDTH = 100
_NAME_MAX = 80
"""Characters of a file's name; four bytes each at most, they stay below what file systems take."""


class Format(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"

    @property
    def suffix(self) -> str:
        """Ending of a file of this format."""
        return ".txt" if self is Format.TABLE else f".{self}"


class Sink(Protocol):
    """Takes outcomes one by one."""

    def put(self, outcome: Outcome) -> None:
        """Write one outcome."""
        ...


class _Document:
    """Writes outcomes to one stream, with what the format wants before, between and after."""

    def __init__(
        self, stream: TextIO, form: Format, *, width: int = _FILE_WIDTH, colour: bool = False
    ) -> None:
        self.count = 0
        self.broken = False
        self._shown: list[Outcome] = []
        self._stream, self._form = stream, form
        self._width, self._colour = width, colour

    @property
    def worth_keeping(self) -> bool:
        """Whether a run that ended early left something behind, and all of it was written."""
        return self.count > 0 and not self.broken

    def put(self, outcome: Outcome) -> None:
        """Write one outcome."""
        before = self._head() if self.count == 0 else self._between()
        self._write(before + self._body(outcome))
        self.count += 1

    def end(self) -> None:
        """Complete the document; without any outcome it is an empty one."""
        if self._form is Format.JSON:
            self._write("\n]\n" if self.count else "[]\n")
        elif self._form is Format.HTML:
            self._write(results_page(self._shown))
        elif self.count == 0:
            self._write(self._head())

    def _write(self, text: str) -> None:
        try:
            with _named(getattr(self._stream, "name", "standard output")):
                self._stream.write(text)
                self._stream.flush()
        except (OSError, ConfigError):
            self.broken = True
            raise

    def _head(self) -> str:
        if self._form is Format.CSV:
            return csv_text([COLUMNS])
        return "[\n" if self._form is Format.JSON else ""

    def _between(self) -> str:
        return ",\n" if self._form is Format.JSON else ""

    def _body(self, outcome: Outcome) -> str:
        if self._form is Format.JSON:
            return outcome.model_dump_json(indent=2)
        if self._form is Format.JSONL:
            return outcome.model_dump_json() + "\n"
        if self._form is Format.CSV:
            return csv_text(csv_rows(outcome))
        if self._form is Format.HTML:
            # A page has counts of all articles at its top, so it is written at the end.
            self._shown.append(outcome)
            return ""
        return table_text(outcome, width=self._width, colour=self._colour)


class _Folder:
    """Writes a file for each article."""

    def __init__(self, folder: Path, form: Format) -> None:
        self._folder, self._form = folder, form
        self._names: set[str] = set()

    def put(self, outcome: Outcome) -> None:
        """Write one outcome to a file of its own."""
        path = self._folder / (self._name(outcome.article.id) + self._form.suffix)
        with _file(path, self._form) as document:
            document.put(outcome)

    def _name(self, article: str) -> str:
        name = base = safe_name(article)
        number = 1
        # Compared without case, since some file systems do not tell `A` from `a`.
        while name.casefold() in self._names:
            number += 1
            name = f"{base}-{number}"
        self._names.add(name.casefold())
        return name


def safe_name(article: str) -> str:
    """A file name for an article's id that stays in its folder on every file system."""
    return re.sub(r"[^\w.-]+", "_", article)[:_NAME_MAX].strip("._-") or "article"


@contextmanager
def open_sink(out: str | None, form: Format) -> Iterator[Sink]:
    """The place to put outcomes.

    What was put is kept, complete and well-formed, even if the run ends early: it was paid
    for. A run that ends in an error before its first outcome leaves no trace.

    Args:
        out: Path of a file, or of a folder (an existing one or with `/` at its end);
            standard output without it.
        form: The format.

    Raises:
        ConfigError: if the file or folder cannot be written.
    """
    if out is None or out == "-":
        with _standard_output(form) as document:
            yield document
        return
    path = Path(out)
    if _is_folder(out):
        with _named(out):
            path.mkdir(parents=True, exist_ok=True)
        yield _Folder(path, form)
    else:
        with _file(path.resolve(), form) as file:
            yield file


def spare_articles(out: str | None, form: Format, inputs: Iterable[str]) -> None:
    """Refuse a place where results would be written over articles.

    Raises:
        ConfigError: if `out` is an article or holds articles whose names results would take.
    """
    if out is None or out == "-":
        return
    place, is_folder = Path(out).resolve(), _is_folder(out)
    for name in inputs:
        try:
            given = Path(name).resolve()
        except (ValueError, OSError):
            continue  # no name of a file; reading it will say so
        taken = given == place
        if is_folder:
            taken |= given.parent == place and given.suffix.lower() == form.suffix
        elif place.is_file():
            taken |= given in place.parents
        if taken:
            raise ConfigError(f"--out {out} would write over articles: choose another place")


def _is_folder(out: str) -> bool:
    return out.endswith(("/", os.sep)) or Path(out).is_dir()


def chosen_format(form: Format | None, out: str | None) -> Format:
    """The format asked for, else what the ending of `out` says, else a table."""
    if form is not None:
        return form
    ending = Path(out or "").suffix.lower()
    return next((f for f in Format if f.suffix == ending), Format.TABLE)


@contextmanager
def _named(place: object) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough: the command ends without a word.
        raise
    except OSError as error:
        raise ConfigError(f"cannot write {place}: {error.strerror or error}; mend --out") from error


@contextmanager
def _standard_output(form: Format) -> Iterator[_Document]:
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((_FILE_WIDTH, 24)).columns if terminal else _FILE_WIDTH
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    document = _Document(sys.stdout, form, width=width, colour=colour)
    with _ended(document):
        yield document


@contextmanager
def _ended(document: _Document) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if document.worth_keeping:
            document.end()
        raise
    document.end()


@contextmanager
def _file(path: Path, form: Format) -> Iterator[_Document]:
    """A document that takes the place of `path` at once, when it is complete."""
    # A device or pipe, such as /dev/null, is written to and not replaced. For all else the
    # document grows beside its place, since only a rename in the same folder is atomic.
    in_place = path.exists() and not path.is_file()
    grown = path if in_place else path.with_name(f".{path.name[:_NAME_MAX]}.{os.getpid()}.part")
    with _named(path):
        stream = grown.open("w", encoding="utf-8", newline="\n")
    document = _Document(stream, form)
    complete = False
    try:
        with stream, _ended(document):
            yield document
        complete = True
    finally:
        if not in_place:
            with _named(path):
                if complete or document.worth_keeping:
                    grown.replace(path)
                else:
                    grown.unlink(missing_ok=True)
