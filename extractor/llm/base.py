"""What the pipeline needs of a language model, and nothing of how it is reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from extractor.schemas import Usage


def estimated_tokens(text: str) -> int:
    """A cautious count of tokens: no common tokenizer needs more than one for three bytes."""
    return len(text.encode("utf-8")) // 3 + 1


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation with the model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """One request to a model.

    Attributes:
        messages: The conversation. The last message is the one to answer.
        static: How many leading messages are the same for every article, so that an engine
            may keep them in its cache.
        schema: The Pydantic model that the answer has to follow.
        max_tokens: Limit of the answer's length in tokens.
        parameters: Generation settings (`temperature`, `seed`, ...), sent as they are.
    """

    messages: Sequence[Message]
    static: int
    schema: type[BaseModel]
    max_tokens: int
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def most(self) -> Usage:
        """What one request with it may take: all messages, and the longest answer."""
        return Usage(
            input_tokens=sum(estimated_tokens(message.content) for message in self.messages),
            cached_tokens=0,
            output_tokens=self.max_tokens,
            requests=1,
        )


class Finish(StrEnum):
    """Why the model stopped writing."""

    STOP = "stop"
    LENGTH = "length"
    """The token limit cut the answer off."""
    REFUSED = "refused"
    """The model declined, or a content filter withheld the answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a `Question`.

    Attributes:
        text: The JSON that the model wrote, not yet checked; the refusal's words if refused.
        finish: Why it stopped.
        usage: Tokens and HTTP requests that this answer took, retried requests included.
    """

    text: str
    finish: Finish
    usage: Usage


class Unanswered(Exception):  # noqa: N818 - nothing is wrong
    """The answer to a question is not there yet, so the article has to wait for it."""


class LLM(Protocol):
    """A language model that answers questions with JSON.

    Attributes:
        name: The model as the user names it, kept in provenance.
        context_window: Tokens that prompt and answer may have together.
    """

    name: str
    context_window: int

    async def ask(self, question: Question) -> Answer:
        """Answer one question, with transport failures retried.

        Raises:
            ProviderError: when the endpoint stays out of reach or refuses the request.
            Unanswered: when answers are collected, and this one is not there yet.
        """
        ...

    async def reachable(self) -> bool:
        """Whether the endpoint answers anything at all; False where that cannot be told."""
        return False

    async def aclose(self) -> None:
        """Give back connections, threads and memory. May be called twice."""
        ...

    def price(self, usage: Usage) -> float | None:
        """US dollars for `usage`; 0 for a local model, None where no price is known."""
        ...
