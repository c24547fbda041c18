"""Every way in which an endpoint can fail, over real sockets on loopback."""

import asyncio
import gzip
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from extractor.errors import ConfigError, FailureKind, ProviderError
from extractor.llm.base import Answer, Finish, Message, Question
from extractor.llm.openai_compatible import Mode, OpenAICompatible
from extractor.llm.retry import RetryPolicy
from extractor.schemas import Usage
from tests.fault_server import (
    Behaviour,
    FaultServer,
    Recorded,
    closed_port_url,
    completion,
    cut_json,
    drip,
    empty,
    error,
    garbage,
    hang,
    reset,
    short_body,
    status,
)

pytestmark = pytest.mark.network

# Put together here, so that no literal in the repository looks like a key.
CANARY = "-".join(["sk", "canary", "0123456789" * 3])

GOOD = '{"a": "x"}'


class Shape(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")

    a: str = Field(max_length=5)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(default=completion(GOOD)) as running:
        yield running


def model(base_url: str, **settings: Any) -> OpenAICompatible:
    defaults: dict[str, Any] = {
        "name": "test/model",
        "model": "model-x",
        "base_url": base_url,
        "api_key": CANARY,
        "api_key_setting": "MY_KEY_VARIABLE",
        "timeout": 30,
        "retry": RetryPolicy(attempts=3, base=0.001, max_elapsed=60),
    }
    return OpenAICompatible(**{**defaults, **settings})


def question(text: str = "Hello", **parameters: Any) -> Question:
    messages = [Message("system", "Answer."), Message("user", text)]
    return Question(messages, static=1, schema=Shape, max_tokens=77, parameters=parameters)


async def ask(server: FaultServer, asked: Question | None = None, **settings: Any) -> Answer:
    llm = model(server.base_url, **settings)
    try:
        return await llm.ask(asked or question())
    finally:
        await llm.aclose()


async def fail(server: FaultServer, **settings: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await ask(server, **settings)
    return caught.value


# --- what is retried ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "kind", "code"),
    [
        (reset(), FailureKind.CONNECTION, None),
        (short_body(), FailureKind.CONNECTION, None),
        (status(408), FailureKind.TIMEOUT, 408),
        (status(429), FailureKind.RATE_LIMIT, 429),
        (error(429, "slow down", error_code="rate_limit_exceeded"), FailureKind.RATE_LIMIT, 429),
        (status(500, "<h1>Oops</h1>"), FailureKind.SERVER, 500),
        (status(502), FailureKind.SERVER, 502),
        (status(503, {"error": "loading"}), FailureKind.SERVER, 503),
        (status(500, b"x" * 1_500_000), FailureKind.SERVER, 500),
        (empty(), FailureKind.MALFORMED, 200),
        (status(204), FailureKind.MALFORMED, 204),
        (cut_json(), FailureKind.MALFORMED, 200),
        (garbage(2_000_000), FailureKind.MALFORMED, 200),
        (garbage(1_000), FailureKind.MALFORMED, 200),
        (status(200, "<html><body>Welcome</body></html>"), FailureKind.MALFORMED, 200),
        (status(200, {"choices": []}), FailureKind.MALFORMED, 200),
        (status(200, {"error": {"message": "no"}}), FailureKind.MALFORMED, 200),
        (status(200, {"choices": [{"message": {"content": 5}}]}), FailureKind.MALFORMED, 200),
        (status(200, [1]), FailureKind.MALFORMED, 200),
        (status(200, "null"), FailureKind.MALFORMED, 200),
        (status(200, "[" * 100_000), FailureKind.MALFORMED, 200),
    ],
)
@pytest.mark.parametrize("mode", list(Mode))
async def test_transient_failures(
    server: FaultServer, mode: Mode, behaviour: Behaviour, kind: FailureKind, code: int | None
) -> None:
    good = completion(GOOD, tool_arguments=GOOD if mode is Mode.TOOLS else None)
    server.enqueue(behaviour, good)
    answer = await ask(server, mode=mode)
    assert (answer.text, answer.usage.requests) == (GOOD, 2)
    assert len(server.requests) == 2

    server.default = behaviour
    caught = await fail(server, mode=mode)
    assert (caught.kind, caught.status, caught.requests) == (kind, code, 3)
    assert len(server.requests) == 5
    assert "127.0.0.1" in str(caught)
    assert "Gave up after 3 requests" in str(caught)


async def test_refused_connection_names_the_server() -> None:
    with closed_port_url() as url:
        llm = model(url)
        with pytest.raises(ProviderError, match="is the server running") as caught:
            await llm.ask(question())
        await llm.aclose()
    assert (caught.value.kind, caught.value.status) == (FailureKind.CONNECTION, None)
    assert caught.value.requests == 3
    assert "--base-url" in str(caught.value)


@pytest.mark.parametrize("behaviour", [hang(), drip()])
async def test_timeout(server: FaultServer, behaviour: Behaviour) -> None:
    await ask(server)  # so that what is set up once is no part of the time
    server.default = behaviour
    caught = await fail(server, timeout=0.5, retry=RetryPolicy(attempts=2, base=0.001))
    assert (caught.kind, caught.status) == (FailureKind.TIMEOUT, None)
    assert len(server.requests) == 1 + 2
    assert "within 0.5 s" in str(caught)
    assert "--timeout" in str(caught)


async def test_cancelling_ends_the_request(server: FaultServer) -> None:
    server.default = hang()
    llm = model(server.base_url)
    task = asyncio.create_task(llm.ask(question()))
    while not server.requests:  # noqa: ASYNC110 - the server lives in another thread
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await llm.aclose()
    assert len(server.requests) == 1


async def test_retry_after_is_honoured(server: FaultServer) -> None:
    server.enqueue(status(429, headers={"Retry-After": "0.3"}))
    start = asyncio.get_running_loop().time()
    await ask(server)
    assert asyncio.get_running_loop().time() - start >= 0.3
    assert len(server.requests) == 2


async def test_long_retry_after_gives_up_at_once(server: FaultServer) -> None:
    server.default = status(503, headers={"Retry-After": "3600"})
    caught = await fail(server)
    assert (caught.retry_after, caught.requests, len(server.requests)) == (3600.0, 1, 1)


# --- what is not -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "kind", "named"),
    [
        (error(400, "what is top_q?"), FailureKind.BAD_REQUEST, ["top_q", "--mode json"]),
        (error(400, "response_format is unsupported"), FailureKind.BAD_REQUEST, ["--mode json"]),
        (error(400, "exceeds the context size"), FailureKind.BAD_REQUEST, ["--context-window"]),
        (error(401, "bad key"), FailureKind.AUTHENTICATION, ["MY_KEY_VARIABLE", "--api-key-env"]),
        (status(402, "pay"), FailureKind.QUOTA, ["MY_KEY_VARIABLE"]),
        (error(403, "no"), FailureKind.PERMISSION, ["MY_KEY_VARIABLE", "permissions", "model-x"]),
        (error(404, "no"), FailureKind.NOT_FOUND, ["--model", "model-x", "--base-url", "/v1"]),
        (status(400, [{"error": {"message": "no seed"}}]), FailureKind.BAD_REQUEST, ["no seed"]),
        (status(400, {"error": "no top_k"}), FailureKind.BAD_REQUEST, ["no top_k"]),
        (status(422, {"detail": [{"loc": ["seed"]}]}), FailureKind.BAD_REQUEST, ["seed"]),
        (status(304), FailureKind.NOT_FOUND, ["--base-url"]),
        (
            error(429, "plan", error_code="insufficient_quota"),
            FailureKind.QUOTA,
            ["quota", "MY_KEY_VARIABLE"],
        ),
        (
            status(429, {"error": {"message": "plan", "type": "insufficient_quota"}}),
            FailureKind.QUOTA,
            ["quota"],
        ),
        (
            status(429, {"error": {"code": 429, "type": "insufficient_quota"}}),
            FailureKind.QUOTA,
            ["quota"],
        ),
    ],
)
async def test_permanent_failures(
    server: FaultServer, behaviour: Behaviour, kind: FailureKind, named: list[str]
) -> None:
    server.default = behaviour
    caught = await fail(server)
    assert (caught.kind, caught.status, caught.requests) == (kind, behaviour.status, 1)
    assert len(server.requests) == 1
    for words in named:
        assert words in str(caught)


async def test_a_word_in_place_of_a_key_is_no_secret(server: FaultServer) -> None:
    server.default = completion('{"a": "none"}')
    assert (await ask(server, api_key="none")).text == '{"a": "none"}'


async def test_missing_key_is_named(server: FaultServer) -> None:
    server.default = error(401, "no key")
    caught = await fail(server, api_key=None)
    assert "No API key was sent: set MY_KEY_VARIABLE" in str(caught)


# --- answers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "behaviour", "text", "finish"),
    [
        (Mode.JSON_SCHEMA, completion(GOOD), GOOD, Finish.STOP),
        (Mode.JSON_SCHEMA, completion("not json"), "not json", Finish.STOP),
        (Mode.JSON_SCHEMA, completion('{"a": "too long"}'), '{"a": "too long"}', Finish.STOP),
        (Mode.JSON_SCHEMA, completion('{"b": 1}'), '{"b": 1}', Finish.STOP),
        (Mode.JSON_SCHEMA, completion(""), "", Finish.STOP),
        (Mode.JSON_SCHEMA, completion(None), "", Finish.STOP),
        (Mode.JSON_SCHEMA, completion(GOOD, finish_reason=None), GOOD, Finish.STOP),
        (Mode.JSON_SCHEMA, completion('{"a', finish_reason="length"), '{"a', Finish.LENGTH),
        (Mode.JSON_SCHEMA, completion(None, finish_reason="length"), "", Finish.LENGTH),
        (Mode.JSON_SCHEMA, completion(None, refusal="I will not"), "I will not", Finish.REFUSED),
        (Mode.JSON_SCHEMA, completion("x", finish_reason="content_filter"), "x", Finish.REFUSED),
        (
            Mode.JSON_SCHEMA,
            error(400, "The prompt was filtered", error_code="content_filter"),
            "The prompt was filtered",
            Finish.REFUSED,
        ),
        (Mode.TOOLS, completion(None, tool_arguments=GOOD), GOOD, Finish.STOP),
        (Mode.TOOLS, completion(None, tool_arguments='{"b"'), '{"b"', Finish.STOP),
        (
            Mode.TOOLS,
            completion(None, tool_arguments='{"b"', finish_reason="length"),
            '{"b"',
            Finish.LENGTH,
        ),
        (Mode.TOOLS, completion("no tool"), "no tool", Finish.STOP),
        (Mode.TOOLS, completion(None), "", Finish.STOP),
        (Mode.TOOLS, completion(None, refusal="No"), "No", Finish.REFUSED),
        (Mode.JSON, completion(GOOD), GOOD, Finish.STOP),
        (Mode.JSON, completion(f"```json\n{GOOD}\n```"), GOOD, Finish.STOP),
        (Mode.JSON, completion(f"Here:\n```\n{GOOD}\n```\nDone."), GOOD, Finish.STOP),
        (Mode.JSON, completion(f"```{GOOD}```"), GOOD, Finish.STOP),
        (Mode.JSON, completion('```json\n{"a', finish_reason="length"), '{"a', Finish.LENGTH),
        (Mode.JSON, completion('{"a": "```"}'), '{"a": "```"}', Finish.STOP),
        (Mode.JSON, completion("prose"), "prose", Finish.STOP),
    ],
)
async def test_answers(
    server: FaultServer, mode: Mode, behaviour: Behaviour, text: str, finish: Finish
) -> None:
    server.default = behaviour
    answer = await ask(server, mode=mode)
    assert (answer.text, answer.finish) == (text, finish)
    assert len(server.requests) == 1


async def test_compressed_answer(server: FaultServer) -> None:
    whole = completion(GOOD)
    headers = {**whole.headers, "Content-Encoding": "gzip"}
    server.default = Behaviour(200, headers, gzip.compress(whole.body))
    assert (await ask(server)).text == GOOD


async def test_compressed_flood_is_not_unpacked(server: FaultServer) -> None:
    body = gzip.compress(b" " * 50_000_000)
    server.enqueue(Behaviour(200, {"Content-Encoding": "gzip"}, body))
    assert (await ask(server)).usage.requests == 2


async def test_usage_is_summed_over_tries(server: FaultServer) -> None:
    paid = {"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 7}}
    server.enqueue(status(200, paid), status(500), completion(GOOD, usage=(30, 4, 20)))
    answer = await ask(server)
    assert answer.usage == Usage(input_tokens=130, cached_tokens=20, output_tokens=11, requests=3)


@pytest.mark.parametrize(
    "usage", [None, "many", {"prompt_tokens": -1, "completion_tokens": None}, {"x": 1}]
)
async def test_missing_usage_counts_nothing(server: FaultServer, usage: object) -> None:
    choices = [{"index": 0, "finish_reason": "stop", "message": {"content": GOOD}}]
    server.default = status(200, {"choices": choices, "usage": usage})
    answer = await ask(server)
    assert answer.text == GOOD
    assert answer.usage == Usage(input_tokens=0, cached_tokens=0, output_tokens=0, requests=1)


# --- what is sent ------------------------------------------------------------------------


async def test_request_is_what_was_asked(server: FaultServer) -> None:
    text = "An article with {{7*7}} and {% raw"
    asked = question(text, temperature=0, seed=1, extra_body={"cache_prompt": False})
    await ask(server, asked)
    (sent,) = server.requests
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {CANARY}"
    body = sent.json
    assert body.pop("response_format")["json_schema"]["schema"] == Shape.model_json_schema()
    assert body == {
        "model": "model-x",
        "messages": [
            {"role": "system", "content": "Answer."},
            {"role": "user", "content": text},
        ],
        "max_tokens": 77,
        "temperature": 0,
        "seed": 1,
        "cache_prompt": False,
    }


async def test_parameters_that_would_break_the_contract(server: FaultServer) -> None:
    with pytest.raises(ConfigError, match="cannot include context, stream"):
        await ask(server, question(stream=True, context={}))
    with pytest.raises(ConfigError, match=r"could not be built: .*top_k"):
        await ask(server, question(top_k=5))
    with pytest.raises(ConfigError, match=r"could not be built: .*surrogate"):
        await ask(server, question("half \ud83d"))
    assert server.requests == []


async def test_concurrent_questions_keep_their_answers(server: FaultServer) -> None:
    def echo(request: Recorded) -> Behaviour:
        return completion(request.json["messages"][-1]["content"])

    server.default = echo
    llm = model(server.base_url)
    answers = await asyncio.gather(*(llm.ask(question(f"q{i}")) for i in range(20)))
    await llm.aclose()
    assert [a.text for a in answers] == [f"q{i}" for i in range(20)]


def test_one_model_in_several_event_loops(server: FaultServer) -> None:
    llm = model(server.base_url)

    async def once() -> str:
        answer = await llm.ask(question())
        await llm.aclose()
        await llm.aclose()
        return answer.text

    assert [asyncio.run(once()), asyncio.run(once())] == [GOOD, GOOD]


# --- settings and the key ----------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["", "localhost", "ftp://x/v1", "http://", "http://x:abc/v1", "/v1"]
)
def test_bad_address(url: str) -> None:
    with pytest.raises(ConfigError, match="--base-url"):
        model(url)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_key_that_cannot_be_sent(key: str) -> None:
    with pytest.raises(ConfigError, match="MY_KEY_VARIABLE") as caught:
        model("http://127.0.0.1/v1", api_key=key)
    assert key not in str(caught.value)


def test_price_and_repr() -> None:
    llm = model("http://user:secret@127.0.0.1:1/v1?token=hush", price=lambda _: 0.25)
    assert llm.price(Usage.zero()) == 0.25
    assert model("http://127.0.0.1:1/v1").price(Usage.zero()) is None
    assert repr(llm) == "OpenAICompatible(name='test/model', base_url='http://127.0.0.1:1/v1')"


def told(error: BaseException, caplog: pytest.LogCaptureFixture, llm: object) -> str:
    """Everything a person could get to see of a failure."""
    logged = "\n".join(f"{r.getMessage()} {r.exc_text or ''}" for r in caplog.records)
    formatted = "".join(traceback.format_exception(error))
    return "\n".join([str(error), repr(error), repr(llm), formatted, logged, caplog.text])


@pytest.mark.parametrize(
    "behaviour",
    [
        error(401, f"Incorrect API key provided: {CANARY}."),
        error(401, f"Incorrect API key provided: {CANARY[:10]}{'*' * 20}{CANARY[-4:]}."),
        status(400, {"authorization": f"Bearer {CANARY}"}),
        status(404, "x" * 190 + CANARY),
        status(500, CANARY + "<p>" + CANARY[:9] + "<b>" + CANARY[9:]),
        status(200, f"You sent {CANARY}"),
        error(400, f"Filtered: {CANARY}", error_code="content_filter"),
        reset(),
    ],
)
@pytest.mark.parametrize("mode", list(Mode))
async def test_key_is_never_told(
    server: FaultServer, behaviour: Behaviour, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.default = behaviour
    llm = model(server.base_url, mode=mode)
    (result,) = await asyncio.gather(llm.ask(question()), return_exceptions=True)
    await llm.aclose()
    if isinstance(result, BaseException):
        assert isinstance(result, ProviderError)
        assert result.__context__ is None
        seen = told(result, caplog, llm)
    else:
        seen = result.text + caplog.text
    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
    for part in (CANARY, CANARY[:10], CANARY[-8:]):
        assert part not in seen


async def test_instructor_says_nothing(
    server: FaultServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    server.default = completion("not json")
    await ask(server)
    assert not [r for r in caplog.records if r.name.startswith("instructor")]
    assert capfd.readouterr() == ("", "")
