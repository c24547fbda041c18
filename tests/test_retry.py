"""The table of what is retried, and the bounds of the waiting."""

import asyncio
from datetime import UTC, datetime

import pytest

from extractor.errors import FailureKind, ProviderError
from extractor.llm.retry import (
    RetryPolicy,
    decide,
    kind_of_status,
    parse_retry_after,
    retrying,
)


class Requests:
    """Fails with the given errors in turn, then succeeds; notes the waits."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.made = 0
        self.waits: list[float] = []

    async def __call__(self) -> str:
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def failure(
    kind: FailureKind = FailureKind.SERVER, retry_after: float | None = None
) -> ProviderError:
    return ProviderError("It failed.", kind=kind, status=503, retry_after=retry_after)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, None, FailureKind.BAD_REQUEST),
        (401, None, FailureKind.AUTHENTICATION),
        (402, None, FailureKind.QUOTA),
        (403, None, FailureKind.PERMISSION),
        (404, None, FailureKind.NOT_FOUND),
        (307, None, FailureKind.NOT_FOUND),
        (408, None, FailureKind.TIMEOUT),
        (422, None, FailureKind.BAD_REQUEST),
        (429, None, FailureKind.RATE_LIMIT),
        (429, "rate_limit_exceeded", FailureKind.RATE_LIMIT),
        (429, "insufficient_quota", FailureKind.QUOTA),
        (400, "insufficient_quota", FailureKind.BAD_REQUEST),
        (500, None, FailureKind.SERVER),
        (503, "insufficient_quota", FailureKind.SERVER),
        (529, None, FailureKind.SERVER),
    ],
)
def test_kind_of_status(status: int, code: str | None, kind: FailureKind) -> None:
    assert kind_of_status(status, code) is kind


@pytest.mark.parametrize("kind", list(FailureKind))
def test_what_is_retried(kind: FailureKind) -> None:
    retried = {"connection", "timeout", "rate_limit", "server", "malformed"}
    assert decide(kind).retry is (kind.value in retried)
    assert decide(kind, 7.0).wait == (7.0 if kind.value in retried else 0.0)


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "3"}, 3.0),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:20 GMT"}, 20.0),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:20 -0000"}, 20.0),
        ({"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Thu, 99 Jan 2026 12:00:20 GMT"}, None),
    ],
)
def test_parse_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert parse_retry_after(headers, NOW) == seconds


def test_parse_retry_after_takes_the_present_time() -> None:
    assert parse_retry_after({"retry-after": "Thu, 01 Jan 2015 11:00:00 GMT"}) == 0.0


async def test_succeeds_after_transient_failures() -> None:
    requests = Requests(failure(), failure(FailureKind.CONNECTION))
    assert await retrying(RetryPolicy(), requests, sleep=requests.sleep) == "answer"
    assert requests.made == 3
    assert len(requests.waits) == 2


async def test_waits_grow_up_to_the_cap_with_jitter() -> None:
    waits: list[list[float]] = []
    policy = RetryPolicy(attempts=9, base=1.0, cap=8.0, max_elapsed=1e9)
    for _ in range(30):
        requests = Requests(*(failure() for _ in range(8)))
        await retrying(policy, requests, sleep=requests.sleep)
        waits.append(requests.waits)
    for n, column in enumerate(zip(*waits, strict=True)):
        assert max(column) <= min(8.0, 2.0**n)
        assert len(set(column)) > 1


async def test_attempts_are_bounded() -> None:
    requests = Requests(*(failure() for _ in range(9)))
    with pytest.raises(ProviderError, match="Gave up after 3 requests") as caught:
        await retrying(RetryPolicy(attempts=3), requests, sleep=requests.sleep)
    assert (requests.made, caught.value.requests, caught.value.status) == (3, 3, 503)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_retry_after_is_the_least_wait() -> None:
    requests = Requests(failure(retry_after=40.0))
    await retrying(RetryPolicy(base=0.001), requests, sleep=requests.sleep)
    assert requests.waits == [40.0]


async def test_short_retry_after_does_not_shorten_the_backoff() -> None:
    requests = Requests(failure(retry_after=0.0), failure(retry_after=0.0))
    await retrying(RetryPolicy(base=50.0, cap=100.0), requests, sleep=requests.sleep)
    assert sum(requests.waits) > 0


async def test_retry_after_beyond_what_is_left_gives_up_at_once() -> None:
    requests = Requests(failure(FailureKind.RATE_LIMIT, retry_after=3600.0))
    with pytest.raises(ProviderError, match="asked to wait 3600 s") as caught:
        await retrying(RetryPolicy(), requests, sleep=requests.sleep)
    assert (requests.made, requests.waits, caught.value.retry_after) == (1, [], 3600.0)


async def test_elapsed_time_is_bounded() -> None:
    requests = Requests(*(failure(retry_after=0.1) for _ in range(99)))
    with pytest.raises(ProviderError):
        await retrying(RetryPolicy(attempts=99, base=0.001, max_elapsed=0.5), requests)
    assert 1 < requests.made <= 6


async def test_permanent_failure_stops_at_once_with_its_message() -> None:
    requests = Requests(failure(FailureKind.QUOTA))
    with pytest.raises(ProviderError, match=r"^It failed\.$") as caught:
        await retrying(RetryPolicy(), requests, sleep=requests.sleep)
    assert (requests.made, caught.value.requests) == (1, 1)


@pytest.mark.parametrize("error", [ValueError("bug"), asyncio.CancelledError()])
async def test_other_errors_pass(error: BaseException) -> None:
    requests = Requests(error)
    with pytest.raises(type(error)):
        await retrying(RetryPolicy(), requests, sleep=requests.sleep)
    assert requests.made == 1


def test_provider_error_survives_pickling() -> None:
    import pickle

    error = ProviderError("x", kind=FailureKind.QUOTA, status=429, retry_after=2.0, requests=4)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.kind, copy.status, copy.retry_after, copy.requests) == (
        "x",
        FailureKind.QUOTA,
        429,
        2.0,
        4,
    )
