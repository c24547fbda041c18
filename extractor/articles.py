"""Readers that make articles out of files."""

import codecs
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias

from extractor.errors import ArticleError
from extractor.records import (
    EMPTY,
    MAX_CHARACTERS,
    SHORTEN,
    Article,
    Located,
    article_of,
    parse_json,
)
from extractor.webpage import decode, looks_like_html, page_fields

__all__ = ["MAX_CHARACTERS", "STDIN", "Article", "Located", "read_articles", "read_located"]

MAX_HTML_BYTES = 20_000_000
"""Size up to which a page is parsed; its markup may far outweigh the article."""

MAX_JSON_BYTES = 256_000_000
"""Size up to which a `.json` file is read, as it has to be read whole. JSONL has no limit."""

STDIN = "-"
"""The path that means standard input."""

_BLANK = b" \t\r\n\f\v"

_JSON_LIST = re.compile(rb"\[\s*(\{|$)")


def read_articles(
    paths: Iterable[str],
    *,
    published: date | None = None,
    max_characters: int = MAX_CHARACTERS,
    stdin: BinaryIO | None = None,
) -> Iterator[Article | ArticleError]:
    """Read articles one by one; what cannot be read is yielded as an error, never raised.

    A path is a file (`.txt`, `.md`, `.html`, `.htm`, `.json`, `.jsonl`, `.ndjson`; any other is
    read after what its content looks like), a folder, or `-` for standard input. Of a folder, all
    files with these suffixes are read, subfolders included, hidden ones not. Line ends become
    newlines, and identifiers are made unique over the run by `-2`, `-3`, ...

    Args:
        paths: Where the articles are.
        published: Day of publication of those articles that do not tell it themselves.
        max_characters: Longest text to accept.
        stdin: Standard input; the process's own if None.

    Yields:
        An `Article`, or the `ArticleError` that says why there is none.
    """
    ids = _Ids()
    for path in paths:
        for located in read_located(path, max_characters=max_characters, stdin=stdin):
            item = located.item
            if isinstance(item, ArticleError):
                yield item
                continue
            yield item.model_copy(
                update={"id": ids.unique(item.id), "published": item.published or published}
            )


def read_located(
    path: str,
    *,
    max_characters: int = MAX_CHARACTERS,
    stdin: BinaryIO | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[Located]:
    """Read the articles of one path as `read_articles` does, each with its place in the input.

    Identifiers are as they come: two articles may have the same.

    Args:
        path: A file, a folder or `-`.
        max_characters: Longest text to accept.
        stdin: Standard input; the process's own if None.
        columns: For each field of an article that JSON or JSONL gives another name, that name.
    """
    how = _How(max_characters, columns or {})
    if path == STDIN:
        source = _Source(stdin or sys.stdin.buffer, "standard input", "stdin", how)
        return _guarded(_read_by_content, source)
    # os.path answers False to impossible names, where opening them tells what is wrong.
    if os.path.isdir(path):  # noqa: PTH112
        return _read_folder(path, how)
    return _read_file(path, how)


_Items: TypeAlias = Iterator[Located]


class _Bytes(Protocol):
    """What the readers need of an open file."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self, size: int, /) -> bytes: ...


class _Ids:
    """Makes identifiers unique by counting them."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def unique(self, wanted: str) -> str:
        number = self._seen.get(wanted, 0) + 1
        found = wanted if number == 1 else f"{wanted}-{number}"
        while number > 1 and found in self._seen:
            number += 1
            found = f"{wanted}-{number}"
        self._seen[wanted] = number
        self._seen.setdefault(found, 1)
        return found


@dataclass(frozen=True)
class _How:
    """How records are read."""

    max_characters: int
    columns: Mapping[str, str]


@dataclass(frozen=True)
class _Source:
    """An open input: its bytes, its name for messages, and what its articles are called."""

    stream: _Bytes
    where: str
    stem: str
    how: _How

    @property
    def max_characters(self) -> int:
        return self.how.max_characters

    def article(self, record: object, where: str, default_id: str) -> Located:
        return article_of(record, where, default_id, self.max_characters, self.how.columns)

    def read(self, most: int, advice: str) -> bytes:
        """Everything, unless that is more than `most` bytes."""
        data = self.stream.read(most + 1)
        if len(data) > most:
            raise ArticleError(f"{self.where}: is longer than {most:,} bytes; {advice}")
        return data


def _read_folder(folder: str, how: _How) -> _Items:
    found = False
    problems: list[OSError] = []
    for root, folders, files in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in _READERS:
                found = True
                yield from _read_file(os.path.join(root, name), how)  # noqa: PTH118
    for problem in problems:
        where = _printable(str(problem.filename))
        yield _error(where, f"cannot be read: {problem.strerror}; check its permissions")
    if not found and not problems:
        expected = "expected files ending in " + ", ".join(_READERS)
        yield _error(_printable(folder), f"has no articles; {expected}")


def _read_file(path: str, how: _How) -> _Items:
    where = _printable(path)
    reader = _READERS.get(Path(path).suffix.lower(), _read_by_content)
    try:
        stream = open(path, "rb")  # noqa: PTH123, SIM115 - as os.path above; closed below
    except FileNotFoundError:
        yield _error(where, "there is no such file or folder; check the path")
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield _error(where, f"cannot be opened: {reason}; check the path and permissions")
        return
    with stream:
        yield from _guarded(reader, _Source(stream, where, Path(where).stem, how))


def _guarded(reader: Callable[[_Source], _Items], source: _Source) -> _Items:
    """What `reader` yields, and what it raises as its last item."""
    try:
        yield from reader(source)
    except ArticleError as error:
        # A fresh one: the caught error's traceback would keep the whole input in memory.
        yield Located(source.where, ArticleError(str(error)))
    except OSError as error:
        yield _error(source.where, f"cannot be read: {error.strerror or error}; try again")


def _read_text(source: _Source) -> _Items:
    yield _plain(source)


def _read_markdown(source: _Source) -> _Items:
    located = _plain(source)
    assert isinstance(located.item, Article)  # noqa: S101  # errors are raised
    first = located.item.text.lstrip().split("\n", 1)[0]
    if not first.startswith(("# ", "#\t")):
        yield located
        return
    # A heading may be closed by more `#`, set off by a blank.
    title = first[1:].strip()
    closed = title.rstrip("#")
    title = closed.rstrip() if closed.endswith((" ", "\t")) else title
    article = located.item.model_copy(update={"title": title or None})
    yield replace(located, item=article)


def _plain(source: _Source) -> Located:
    limit = source.max_characters
    # A character takes four bytes at most; so a file of any size costs bounded memory.
    data = source.read(4 * limit + 3, f"the limit is {limit:,} characters: {SHORTEN}")
    record = {"text": decode(data, source.where)}
    return article_of(record, source.where, source.stem, limit)


def _read_html(source: _Source) -> _Items:
    data = source.read(MAX_HTML_BYTES, "save the article as plain text instead")
    fields = page_fields(data, source.where)
    yield article_of(fields, source.where, source.stem, source.max_characters)


def _read_json(source: _Source) -> _Items:
    advice = "write one record a line and name it .jsonl, which is read line by line"
    text = decode(source.read(MAX_JSON_BYTES, advice), source.where)
    if not text.strip():
        raise ArticleError(f"{source.where}: {EMPTY}")
    value = parse_json(text, source.where)
    if not isinstance(value, list):
        yield source.article(value, source.where, source.stem)
        return
    if not value:
        raise ArticleError(f"{source.where}: the list has no records; add some or leave it out")
    for number, record in enumerate(value, 1):
        where, default_id = f"{source.where}, record {number}", f"{source.stem}:{number}"
        try:
            yield source.article(record, where, default_id)
        except ArticleError as error:
            yield Located(where, ArticleError(str(error)))


def _read_jsonl(source: _Source) -> _Items:
    # A character takes twelve bytes at most (two escapes); the rest is for the other fields.
    longest = 12 * source.max_characters + 65_536
    found = False
    number = 0
    while line := source.stream.readline(longest):
        number += 1
        where = f"{source.where}, line {number}"
        if len(line) == longest and not line.endswith(b"\n"):
            while (rest := source.stream.readline(longest)) and not rest.endswith(b"\n"):
                pass
            found = True
            limit = f"the limit is {source.max_characters:,} characters"
            yield _error(where, f"is longer than {longest:,} bytes; {limit}: {SHORTEN}")
        elif line.removeprefix(codecs.BOM_UTF8).strip(_BLANK):
            found = True
            try:
                record = parse_json(decode(line, where), where, one_line=True)
                default_id = f"{source.stem}:{number}"
                yield source.article(record, where, default_id)
            except ArticleError as error:
                yield Located(where, ArticleError(str(error)))
    if not found:
        raise ArticleError(f"{source.where}: {EMPTY}")


def _read_by_content(source: _Source) -> _Items:
    # The first line alone tells JSON from the rest, so that JSONL can be read as it comes in.
    longest = 12 * source.max_characters + 65_536
    head = line = source.stream.readline(longest)
    while line and not line.strip(_BLANK) and len(head) < longest:
        line = source.stream.readline(longest)
        head += line
    start = line.removeprefix(codecs.BOM_UTF8).strip(_BLANK)
    source = replace(source, stream=_Rewound(head, source.stream))
    if start.startswith(b"{") and (start.endswith(b"}") or len(line) == longest):
        return _read_jsonl(source)
    if start.startswith(b"{") or _JSON_LIST.match(start):
        return _read_json(source)
    most = max(MAX_HTML_BYTES, 4 * source.max_characters + 3)
    data = source.read(most, f"the limit is {source.max_characters:,} characters: {SHORTEN}")
    source = replace(source, stream=_Rewound(data, source.stream))
    return _read_html(source) if looks_like_html(data) else _read_text(source)


class _Rewound:
    """A stream with the bytes put back that were read from it to see what it is."""

    def __init__(self, head: bytes, rest: _Bytes) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        part, self._head = self._head[:size], self._head[size:]
        return part + self._rest.read(size - len(part))

    def readline(self, size: int, /) -> bytes:
        if not self._head:
            return self._rest.readline(size)
        # What was put back ends with a line, unless the line is too long or the input over.
        end = min(self._head.find(b"\n") + 1 or len(self._head), size)
        line, self._head = self._head[:end], self._head[end:]
        return line


def _error(where: str, message: str) -> Located:
    return Located(where, ArticleError(f"{where}: {message}"))


def _printable(path: str) -> str:
    """The path as text: file names may be bytes that no encoding explains."""
    return os.fsencode(path).decode("utf-8", errors="replace")


_READERS: dict[str, Callable[[_Source], _Items]] = {
    ".txt": _read_text,
    ".md": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".json": _read_json,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
}
