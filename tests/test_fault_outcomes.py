"""Every fault of an endpoint ends in the outcome and the message that the design names.

`test_llm_faults` looks at the client; here the whole pipeline runs over real sockets.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from extractor import Extractor, Outcome, Status
from extractor.llm.models import ModelSettings, resolve_model
from extractor.llm.retry import RetryPolicy
from tests.fault_server import (
    Behaviour,
    FaultServer,
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
from tests.test_pipeline import ARTICLE, draft

pytestmark = pytest.mark.network

TRIES = 3
"""Requests for one answer at most."""
ANSWERS = 2
"""Answers asked for at most."""


def answer(data: Any, **options: Any) -> Behaviour:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return completion(text, **options)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(default=answer(draft())) as running:
        yield running


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY_VARIABLE", "some-key")


def extract(
    base_url: str, *, timeout: float = 30, max_elapsed: float = 60, copies: int = 1
) -> Sequence[Outcome]:
    settings = ModelSettings(
        model="model-x",
        base_url=base_url,
        api_key_env="MY_KEY_VARIABLE",
        timeout=timeout,
        retry=RetryPolicy(attempts=TRIES, base=0.001, max_elapsed=max_elapsed),
    )
    articles = [ARTICLE.model_copy(update={"id": f"n{number}"}) for number in range(copies)]
    with Extractor(llm=resolve_model(settings), max_attempts=ANSWERS) as extractor:
        return [*extractor.extract_many(articles, concurrency=1)]


@dataclass(frozen=True)
class Fault:
    """What the endpoint does all the time, and how that ends."""

    name: str
    behaviour: Behaviour
    kind: str
    says: tuple[str, ...]
    requests: int = TRIES
    timeout: float = 30
    status: Status = Status.FAILED
    stops_run: bool = False


GAVE_UP = f"Gave up after {TRIES} requests."
KEY = "MY_KEY_VARIABLE"
TRANSPORT = [
    Fault("reset", reset(), "connection", ("broke off", GAVE_UP)),
    Fault("short body", short_body(), "connection", ("broke off", GAVE_UP)),
    Fault("no answer", hang(), "timeout", ("within 0.5 s", "--timeout", GAVE_UP), timeout=0.5),
    Fault("drip", drip(), "timeout", ("within 0.5 s", "--timeout", GAVE_UP), timeout=0.5),
    Fault("408", status(408), "timeout", ("HTTP 408", "gave up waiting", GAVE_UP)),
    Fault("429", status(429), "rate_limit", ("HTTP 429", "--concurrency", GAVE_UP)),
    Fault(
        "429 with a short Retry-After",
        status(429, headers={"Retry-After": "0.01"}),
        "rate_limit",
        ("HTTP 429", "--concurrency", GAVE_UP),
    ),
    Fault(
        "429 with a long Retry-After",
        status(429, headers={"Retry-After": "3600"}),
        "rate_limit",
        ("asked to wait 3600 s, longer than is allowed", "Gave up after 1 request."),
        requests=1,
    ),
    Fault("500", status(500), "server", ("HTTP 500", "The server failed", GAVE_UP)),
    Fault("503", error(503, "loading model"), "server", ("HTTP 503", "loading model", GAVE_UP)),
    Fault("empty", empty(), "malformed", ("an empty body", "--base-url", GAVE_UP)),
    Fault("cut JSON", cut_json(), "malformed", ("no chat completion", "--base-url", GAVE_UP)),
    Fault("2 MB", garbage(2_000_000), "malformed", ("more than 1000000 bytes", GAVE_UP)),
]
PERMANENT = [
    Fault("400", error(400, "no seed"), "bad_request", ("HTTP 400", "--mode", "no seed"), 1),
    Fault(
        "401",
        error(401, "bad key"),
        "authentication",
        ("HTTP 401", f"check {KEY}", "--api-key-env"),
        requests=1,
        stops_run=True,
    ),
    Fault(
        "403",
        error(403, "no"),
        "permission",
        ("HTTP 403", KEY, "'model-x'"),
        requests=1,
        stops_run=True,
    ),
    Fault(
        "404",
        error(404, "no"),
        "not_found",
        ("HTTP 404", "'model-x'", "--model", "--base-url"),
        requests=1,
        stops_run=True,
    ),
    Fault(
        "quota",
        error(429, "plan", error_code="insufficient_quota"),
        "quota",
        ("HTTP 429", "quota", KEY),
        requests=1,
        stops_run=True,
    ),
]
REFUSED = [
    Fault(
        "refusal",
        completion(None, refusal="I cannot help with that."),
        "refused",
        ("I cannot help with that.",),
        requests=1,
        status=Status.REFUSED,
    ),
    Fault(
        "content filter",
        completion(None, finish_reason="content_filter"),
        "refused",
        ("the model gave no reason",),
        requests=1,
        status=Status.REFUSED,
    ),
    Fault(
        "filtered prompt",
        error(400, "The prompt was filtered.", error_code="content_filter"),
        "refused",
        ("The prompt was filtered.",),
        requests=1,
        status=Status.REFUSED,
    ),
]
FRENCH = {"incidents_signalés": [{"résumé": "Des soldats ont été tués."}]}
ANSWERED = [
    Fault("cut off", answer('{"inc', finish_reason="length"), "cut_off", ("cut off at",), 2),
    Fault("prose", answer("Je ne peux pas répondre en JSON."), "invalid_answer", ("not JSON",), 2),
    Fault("no content", completion(None), "invalid_answer", ("not JSON",), 2),
    Fault("cut answer", answer('{"incidents": ['), "invalid_answer", ("not JSON",), 2),
    Fault("other keys", answer(FRENCH), "invalid_answer", ("field required",), 2),
    Fault("no sentence", answer(draft(sentences=[9999])), "invalid_answer", ("grounded",), 2),
]


@pytest.mark.parametrize(
    "fault", [*TRANSPORT, *PERMANENT, *REFUSED, *ANSWERED], ids=lambda fault: str(fault.name)
)
def test_a_lasting_fault(server: FaultServer, fault: Fault) -> None:
    extract(server.base_url)  # what is set up once is no part of a timeout
    server.requests.clear()
    server.default = fault.behaviour
    (outcome,) = extract(server.base_url, timeout=fault.timeout)
    assert outcome.status is fault.status
    assert outcome.extraction is None
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.error.stops_run) == (fault.kind, fault.stops_run)
    for words in fault.says:
        assert words in outcome.error.message
    assert len(server.requests) == fault.requests
    assert outcome.provenance.usage.requests == fault.requests


def test_nobody_listens() -> None:
    with closed_port_url() as url:
        (outcome,) = extract(url)
    assert outcome.error is not None
    assert outcome.error.kind == "connection"
    for words in ("Cannot connect to", "is the server running", "--base-url", GAVE_UP):
        assert words in outcome.error.message
    assert outcome.provenance.usage.requests == TRIES


PASSING = [fault for fault in TRANSPORT if fault.requests == TRIES]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: str(fault.name))
def test_a_passing_fault_leaves_no_trace_but_requests(server: FaultServer, fault: Fault) -> None:
    extract(server.base_url)
    server.requests.clear()
    server.enqueue(fault.behaviour)
    (outcome,) = extract(server.base_url, timeout=fault.timeout)
    assert outcome.status is Status.OK, outcome.error
    assert (outcome.provenance.attempts, outcome.provenance.usage.requests) == (1, 2)
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", PERMANENT, ids=lambda fault: str(fault.name))
def test_a_setting_to_mend_stops_the_run(server: FaultServer, fault: Fault) -> None:
    server.default = fault.behaviour
    outcomes = extract(server.base_url, copies=3)
    assert [outcome.status for outcome in outcomes] == [Status.FAILED] * 3
    kinds = [outcome.error.kind for outcome in outcomes if outcome.error]
    later = "not_asked" if fault.stops_run else fault.kind
    assert kinds == [fault.kind, later, later]
    assert len(server.requests) == (1 if fault.stops_run else 3)


# What is wrong with an answer: named to the model, then dropped with a warning.
WRONG: list[tuple[str, Callable[[], dict[str, Any]], str]] = [
    ("wrong schema", lambda: draft() | {"mood": "grim"}, "extra_forbidden"),
    ("dangling reference", lambda: draft(victims=["the Moon Brigade"]), "unknown_actor"),
    ("ungrounded value", lambda: draft(weapons=["moon laser"]), "not_in_text"),
]


@pytest.mark.parametrize(("wrong", "rule"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_answer_that_stays_wrong_is_partial(
    server: FaultServer, wrong: Callable[[], dict[str, Any]], rule: str
) -> None:
    server.default = answer(wrong())
    (outcome,) = extract(server.base_url)
    assert outcome.status is Status.PARTIAL
    assert rule in {warning.rule for warning in outcome.warnings}
    assert outcome.extraction is not None
    assert len(outcome.extraction.incidents) == 1
    assert len(server.requests) == ANSWERS
    assert outcome.provenance.attempts == outcome.provenance.usage.requests == ANSWERS


@pytest.mark.parametrize(("wrong", "rule"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_answer_is_mended_by_asking_again(
    server: FaultServer, wrong: Callable[[], dict[str, Any]], rule: str
) -> None:
    server.enqueue(answer(wrong(), usage=(100, 20, 0)), answer(draft(), usage=(150, 30, 90)))
    (outcome,) = extract(server.base_url)
    assert (outcome.status, outcome.warnings) == (Status.REPAIRED, ())
    first, second = (request.json["messages"] for request in server.requests)
    assert second[: len(first)] == first
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
    usage = outcome.provenance.usage
    assert (usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (250, 90, 50)


def test_an_answer_that_was_cut_off_gets_more_room_once(server: FaultServer) -> None:
    server.enqueue(answer('{"inc', finish_reason="length"))
    (outcome,) = extract(server.base_url)
    assert outcome.status.has_extraction
    first, second = (request.json["max_tokens"] for request in server.requests)
    assert second > first


def test_the_sdk_retries_nothing_by_itself(server: FaultServer) -> None:
    """The SDK marks its own retries; there must be none on top of ours."""
    server.default = status(500)
    extract(server.base_url)
    counts = [request.headers.get("x-stainless-retry-count", "0") for request in server.requests]
    assert counts == ["0"] * TRIES
