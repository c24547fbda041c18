"""One article, and the record of a file that it is made of."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from extractor.errors import ArticleError

MAX_CHARACTERS = 1_000_000
"""Characters that an article may have unless a reader is told otherwise."""

SHORTEN = "split the article or raise max_characters"
EMPTY = "is empty; give it a text or leave it out"

_SAME: Mapping[str, str] = MappingProxyType({})
_UNUSABLE = re.compile("[\0\ud800-\udfff]")

_KINDS = {
    bool: "a boolean",
    dict: "an object",
    list: "a list",
    str: "a string",
    type(None): "null",
}


class Article(BaseModel):
    """One news article: its text and what is known about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1, description="The article's text; offsets refer to it.")
    id: str = Field(default="article", min_length=1, description="Identifier, unique in a run.")
    title: str | None = Field(default=None, description="Headline, or null.")
    published: date | None = Field(default=None, description="Day of publication, or null.")
    source: str | None = Field(default=None, description="Publisher or outlet, or null.")
    url: str | None = Field(default=None, description="Address, or null.")
    language: str | None = Field(default=None, description="BCP 47 language tag, or null.")


@dataclass(frozen=True, slots=True)
class Located:
    """What was read at one place of the input.

    Attributes:
        where: The place, such as `news.jsonl, line 3`, for messages.
        item: The article, or why there is none.
        named: Whether the article's id is its own, and not made from its place.
    """

    where: str
    item: Article | ArticleError
    named: bool = False


def parse_json(text: str, where: str, *, one_line: bool = False) -> object:
    """The value of a JSON text.

    Raises:
        ArticleError: naming `where`, and the place in it.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = ("" if one_line else f"line {error.lineno}, ") + f"column {error.colno}"
        many = error.msg == "Extra data" and not one_line
        advice = "name it .jsonl if each line is a record" if many else "mend it there"
        raise ArticleError(f"{where}: invalid JSON at {place}: {error.msg}; {advice}") from None
    except RecursionError:
        raise ArticleError(f"{where}: the JSON is nested too deeply; flatten it") from None
    except ValueError:
        raise ArticleError(f"{where}: the JSON has too long a number; shorten it") from None


def article_of(
    record: object, where: str, default_id: str, most: int, columns: Mapping[str, str] = _SAME
) -> Located:
    """The article that a record of a file makes.

    Args:
        record: The record's fields by name; only those that an article has are read.
        where: Its place, for messages.
        default_id: Identifier of an article that has none of its own.
        most: Characters that the text may have.
        columns: The record's name for each field of an article that has another name there.

    Raises:
        ArticleError: if a field is missing or is not what it should be.
    """
    if not isinstance(record, dict):
        kind = _KINDS.get(type(record), "a number")
        raise ArticleError(f'{where}: a record must be an object with a "text", not {kind}')
    if record.get(name := columns.get("text", "text")) is None:
        keys = ", ".join(map(_shown, list(record)[:8])) or "no fields"
        raise ArticleError(f'{where}: the record has no "{name}"; it has {keys}')
    if columns:
        record = {field: record.get(columns.get(field, field)) for field in Article.model_fields}
    text = _string(record, "text", where) or ""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ArticleError(f"{where}: {EMPTY}")
    if len(text) > most:
        count = f"has {len(text):,} characters, the limit is {most:,}"
        raise ArticleError(f"{where}: {count}: {SHORTEN}")
    own_id = _identifier(record, where)
    article = Article(
        text=text,
        id=own_id or default_id,
        title=_string(record, "title", where),
        published=_day(record, where),
        source=_string(record, "source", where),
        url=_string(record, "url", where),
        language=_string(record, "language", where),
    )
    return Located(where, article, named=own_id is not None)


def _identifier(record: dict[str, object], where: str) -> str | None:
    value = record.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _string(record, "id", where)


def _string(record: dict[str, object], field: str, where: str) -> str | None:
    """The field's text, or None where it is missing, null or empty."""
    value = record.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        kind = _KINDS.get(type(value), "a number")
        raise ArticleError(f'{where}: "{field}" must be a string, not {kind}')
    if broken := _UNUSABLE.search(value):
        what = "a NUL character" if broken[0] == "\0" else f"half a surrogate pair {broken[0]!r}"
        place = f'"{field}" contains {what} at character {broken.start()}'
        raise ArticleError(f"{where}: {place}; remove it")
    return value or None


def _day(record: dict[str, object], where: str) -> date | None:
    value = _string(record, "published", where)
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value.strip()).date()
    except ValueError:
        raise ArticleError(
            f'{where}: "published" is no date: {_shown(value)}; write it as YYYY-MM-DD'
        ) from None


def _shown(value: str) -> str:
    return json.dumps(value if len(value) <= 40 else value[:39] + "…")
