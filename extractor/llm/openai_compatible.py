"""Models behind an OpenAI-compatible chat endpoint. Beside `openai_batches`, all of the SDK."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

import httpx2
import instructor
import openai
from pydantic import BaseModel, ValidationError, create_model

from extractor.errors import ConfigError, FailureKind, ProviderError
from extractor.llm.address import is_loopback, is_openai, shown
from extractor.llm.base import LLM, Answer, Finish, Question
from extractor.llm.completion import Choice, Completion, json_or_none, usage_of, without_fence
from extractor.llm.messages import Endpoint, error_of
from extractor.llm.openai_batches import Batches
from extractor.llm.retry import RetryPolicy, kind_of_status, parse_retry_after, retrying
from extractor.schemas import Usage

MAX_RESPONSE_BYTES = 1_000_000
"""Longest response that is read; no answer to a bounded schema comes near it."""

# instructor logs every failure, which is handled here, with the article or the key in it.
_instructor_log = logging.getLogger("instructor")
_instructor_log.addHandler(logging.NullHandler())
_instructor_log.propagate = False
_instructor_log.setLevel(logging.CRITICAL + 1)

# What this module decides. `context` would render the article as a template.
_RESERVED = frozenset(
    {"context", "max_retries", "messages", "model", "n", "response_model", "stream", "timeout"}
)

_REFUSAL_CODES = frozenset({"content_filter", "content_policy_violation"})


class Mode(StrEnum):
    """How the endpoint is told the shape of the answer."""

    JSON_SCHEMA = "json_schema"
    """The schema constrains the answer; nothing is added to the prompt."""
    TOOLS = "tools"
    """The answer is the arguments of a function call."""
    JSON = "json"
    """The schema is described in the prompt: for endpoints that know neither."""


_INSTRUCTOR_MODE = {
    Mode.JSON_SCHEMA: instructor.Mode.JSON_SCHEMA,
    Mode.TOOLS: instructor.Mode.TOOLS,
    Mode.JSON: instructor.Mode.JSON,
}


@dataclass
class _Exchange:
    """What one HTTP request brought, filled in while the SDK is at work.

    A request that is `held` is only noted in `sent` and does not go out.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    held: bool = False
    sent: bytes | None = None


# The SDK and instructor wrap, retype or hide what came back, each in its own way. The
# client below notes it for the request of the running task.
_exchange: ContextVar[_Exchange] = ContextVar("_exchange")


class _BoundedClient(openai.DefaultAsyncHttpxClient):
    """An HTTP client that reads no more than `MAX_RESPONSE_BYTES` and notes what it read."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        exchange = _exchange.get()
        if exchange.held:
            exchange.sent = await request.aread()
            raise httpx2.RequestError("held back", request=request)
        options["stream"] = True
        response = await super().send(request, **options)
        body = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_RESPONSE_BYTES:
                    exchange.cut = True
                    break
        finally:
            await response.aclose()
        exchange.status, exchange.headers = response.status_code, response.headers
        exchange.body = b"" if exchange.cut else bytes(body)
        # The body is decoded and complete now, so the headers about its transfer are void.
        void = {"content-encoding", "content-length", "transfer-encoding"}
        headers = [(k, v) for k, v in response.headers.multi_items() if k not in void]
        return httpx2.Response(
            response.status_code, headers=headers, content=exchange.body, request=request
        )


class OpenAICompatible(LLM):
    """A model behind an OpenAI-compatible chat endpoint.

    One object may be asked from several tasks, and from several event loops.

    Attributes:
        name: The model as the user names it, kept in provenance.
        context_window: Tokens that prompt and answer may have together.
    """

    def __init__(
        self,
        *,
        name: str,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        api_key_setting: str = "OPENAI_API_KEY",
        mode: Mode = Mode.JSON_SCHEMA,
        context_window: int = 16384,
        timeout: float = 600,
        retry: RetryPolicy | None = None,
        price: Callable[[Usage], float | None] | None = None,
    ) -> None:
        """Check the settings; no connection is made yet.

        Args:
            name: The model as the user names it.
            model: The model as it is sent to the endpoint.
            base_url: Address of the endpoint up to `/v1`; None for the SDK's default.
            api_key: Key sent as bearer token; None for an endpoint that wants none.
            api_key_setting: Where the key is set, for messages.
            mode: How the endpoint is told the shape of the answer.
            context_window: Tokens that prompt and answer may have together.
            timeout: Seconds that one request may take in all.
            retry: Bounds of the retries; None for the defaults.
            price: US dollars for a usage; None where no price is known.

        Raises:
            ConfigError: when the address or the key cannot be one.
        """
        self.name = name
        self.context_window = context_window
        self._model = model
        self._base_url = base_url
        self._api_key = _checked_key(api_key, api_key_setting)
        self._mode = Mode(mode)
        self._timeout = timeout
        self._retry = retry or RetryPolicy()
        self._price = price
        self._endpoint = Endpoint(model, shown(base_url), api_key_setting, self._api_key)
        # A connection belongs to the event loop that opened it.
        self._clients: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[openai.AsyncOpenAI, instructor.AsyncInstructor]
        ] = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"OpenAICompatible(name={self.name!r}, base_url={self._endpoint.url!r})"

    async def ask(self, question: Question) -> Answer:
        """Answer one question, with transport failures retried.

        Raises:
            ProviderError: when the endpoint stays out of reach or refuses the request.
            ConfigError: when the question's parameters are none that the endpoint takes.
        """
        arguments = self._arguments(question)
        spent: list[Usage] = []

        async def request() -> Answer:
            return await self._request(arguments, question.schema, spent)

        try:
            answer = await retrying(self._retry, request)
        except ProviderError as error:
            error.usage = sum(spent, Usage.zero())
            raise
        usage = sum(spent, Usage.zero())
        return Answer(text=answer.text, finish=answer.finish, usage=usage)

    async def request(self, question: Question) -> Any:
        """The JSON body of the request that `ask` sends, for sending it in another way.

        Raises:
            ConfigError: when the question's parameters are none that the endpoint takes.
        """
        exchange = _Exchange(held=True)
        caught = await self._send(self._arguments(question), question.schema, exchange)
        if exchange.sent is None:
            self._raise_unanswered(caught)
        return json_or_none(exchange.sent)

    def read(self, status: int, body: bytes) -> Answer:
        """The answer in a response that came in another way.

        Raises:
            ProviderError: when it is an error or no chat completion.
        """
        value = json_or_none(body)
        answer = self._read(_Exchange(status=status, body=body), value)
        return Answer(answer.text, answer.finish, usage_of(value))

    def batches(self) -> Batches:
        """The endpoint's interface for batches; to be closed on its own."""
        return Batches(
            self._endpoint,
            lambda: self._connected(openai.DefaultAsyncHttpxClient),
            timeout=self._timeout,
            retry=RetryPolicy(),
        )

    async def reachable(self) -> bool:
        """Whether the endpoint answers, with whatever status, when it is asked for its models."""
        exchange = _Exchange()
        token = _exchange.set(exchange)
        try:
            self._client()
            with suppress(openai.APIError):
                await self._clients[asyncio.get_running_loop()][0].models.list(timeout=10)
        finally:
            _exchange.reset(token)
        return exchange.status is not None

    async def aclose(self) -> None:
        """Close the connections of the running event loop. May be called twice."""
        opened = self._clients.pop(asyncio.get_running_loop(), None)
        if opened:
            await opened[0].close()

    def price(self, usage: Usage) -> float | None:
        """What the `price` function says; None without one."""
        return self._price(usage) if self._price else None

    def _arguments(self, question: Question) -> dict[str, Any]:
        reserved = sorted(_RESERVED.intersection(question.parameters))
        if reserved:
            raise ConfigError(
                f"generation settings cannot include {', '.join(reserved)}: remove them from the "
                "prompt's settings"
            )
        # OpenAI's newer models refuse the old name; most other servers know only that.
        limit = "max_completion_tokens" if is_openai(self._base_url) else "max_tokens"
        return {
            "model": self._model,
            "messages": [{"role": m.role, "content": m.content} for m in question.messages],
            limit: question.max_tokens,
            **question.parameters,
        }

    def _client(self) -> instructor.AsyncInstructor:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            client = self._connected(_BoundedClient)
            wrapped = instructor.from_openai(client, mode=_INSTRUCTOR_MODE[self._mode])
            self._clients[loop] = (client, wrapped)
        return self._clients[loop][1]

    def _connected(self, http: type[openai.DefaultAsyncHttpxClient]) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            api_key=self._api_key or "none",
            base_url=self._base_url,
            max_retries=0,
            timeout=self._timeout,
            # A proxy that the environment names leads to no server on this machine.
            http_client=http(trust_env=not is_loopback(self._base_url)),
        )

    async def _request(
        self, arguments: dict[str, Any], schema: type[BaseModel], spent: list[Usage]
    ) -> Answer:
        exchange = _Exchange()
        caught = await self._send(arguments, schema, exchange)
        # Errors are raised from here, after the handlers, so that none carries an SDK error,
        # with its request and headers, as its context.
        value = json_or_none(exchange.body)
        spent.append(usage_of(value))
        if exchange.status is None:
            self._raise_unanswered(caught)
        return self._read(exchange, value)

    def _read(self, exchange: _Exchange, value: Any) -> Answer:
        if not 200 <= (exchange.status or 0) < 300:
            return self._refused_or_raise(exchange, value)
        try:
            completion = Completion.model_validate(value)
        except ValidationError:
            completion = None
        if completion is None:
            raise ProviderError(
                self._endpoint.malformed(exchange.body, MAX_RESPONSE_BYTES if exchange.cut else 0),
                kind=FailureKind.MALFORMED,
                status=exchange.status,
            )
        return self._answer(completion.choices[0])

    async def _send(
        self, arguments: dict[str, Any], schema: type[BaseModel], exchange: _Exchange
    ) -> Exception | None:
        token = _exchange.set(exchange)
        try:
            # The SDK's timeout is one of silence; a server that drips would never end.
            async with asyncio.timeout(self._timeout):
                await self._client().chat.completions.create_with_completion(
                    response_model=_shape(schema), max_retries=0, **arguments
                )
        except Exception as error:  # noqa: BLE001 - instructor wraps all errors in its own
            return error
        finally:
            _exchange.reset(token)
        return None

    def _raise_unanswered(self, caught: Exception | None) -> NoReturn:
        chain = list(_chain(caught))
        detail = str(chain[-1]) or type(chain[-1]).__name__ if chain else ""
        if any(isinstance(e, TimeoutError | openai.APITimeoutError) for e in chain):
            raise ProviderError(self._endpoint.timeout(self._timeout), kind=FailureKind.TIMEOUT)
        if any(isinstance(e, httpx2.ConnectError) for e in chain):
            raise ProviderError(self._endpoint.unreachable(detail), kind=FailureKind.CONNECTION)
        if any(isinstance(e, openai.APIConnectionError) for e in chain):
            raise ProviderError(self._endpoint.broken(detail), kind=FailureKind.CONNECTION)
        # Nothing was sent: the SDK does not know a parameter, or cannot encode a text.
        raise ConfigError(
            f"The request to the model could not be built: {self._endpoint.clean(detail)}"
        )

    def _refused_or_raise(self, exchange: _Exchange, value: Any) -> Answer:
        status = exchange.status or 0
        code, detail = error_of(value, exchange.body)
        if status == 400 and code in _REFUSAL_CODES:
            return Answer(self._endpoint.clean(detail), Finish.REFUSED, Usage.zero())
        kind = kind_of_status(status, code)
        raise ProviderError(
            self._endpoint.failure(kind, status, detail),
            kind=kind,
            status=status,
            retry_after=parse_retry_after(exchange.headers),
        )

    def _answer(self, choice: Choice) -> Answer:
        message = choice.message
        if message.refusal or choice.finish_reason == "content_filter":
            text = self._endpoint.clean(message.refusal or message.content or "")
            return Answer(text, Finish.REFUSED, Usage.zero())
        text = message.content or ""
        if self._mode is Mode.TOOLS and message.tool_calls:
            text = message.tool_calls[0].function.arguments
        elif self._mode is Mode.JSON:
            text = without_fence(text)
        finish = Finish.LENGTH if choice.finish_reason == "length" else Finish.STOP
        # Some proxies complain about a key in the words of the model.
        return Answer(self._endpoint.without_key(text), finish, Usage.zero())


@cache
def _shape(schema: type[BaseModel]) -> type[BaseModel]:
    """What instructor is given in place of `schema`: its name and JSON Schema, and no fields.

    instructor shapes the request; whether the answer follows the schema is seen later, where it
    can be asked for again. Given the schema itself, it derives a class and its JSON Schema, walks
    its fields and validates the answer for every request, which takes longer than all else.
    """
    shape = create_model(
        schema.__name__, __base__=instructor.ResponseSchema, __doc__=schema.__doc__
    )
    made = schema.model_json_schema()
    shape.model_json_schema = lambda *_, **__: dict(made)  # type: ignore[method-assign]
    return shape


def _checked_key(key: str | None, setting: str) -> str | None:
    key = key.strip() if key else None
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError(f"{setting} holds characters that no API key has: set it again")
    return key or None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
