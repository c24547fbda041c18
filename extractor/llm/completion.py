"""What an endpoint answers: a chat completion, and what it took."""

import json
from typing import Any

from pydantic import BaseModel, Field

from extractor.schemas import Usage


class _Function(BaseModel):
    arguments: str


class _ToolCall(BaseModel):
    function: _Function


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class Choice(BaseModel):
    """An answer and why it ended."""

    message: _Message
    finish_reason: str | None = None


class Completion(BaseModel):
    """The parts of a chat completion that are used."""

    choices: list[Choice] = Field(min_length=1)


def json_or_none(body: bytes | str) -> Any:
    """The value of a JSON text; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def usage_of(value: Any) -> Usage:
    """What a completion says that it took, for one request."""
    usage = _mapping(_mapping(value).get("usage"))
    details = _mapping(usage.get("prompt_tokens_details"))
    return Usage(
        input_tokens=_count(usage.get("prompt_tokens")),
        cached_tokens=_count(details.get("cached_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        requests=1,
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def without_fence(text: str) -> str:
    """The content of the first code fence; the text itself if it has none or is JSON."""
    if text.lstrip().startswith(("{", "[")):
        return text
    _, opened, rest = text.partition("```")
    if not opened:
        return text
    first_line, newline, content = rest.partition("\n")
    if newline and first_line.strip().isalpha():
        rest = content
    return rest.partition("```")[0].strip()
