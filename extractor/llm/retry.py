"""When a failed request is sent again, and after how long. The only owner of such retries."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from extractor.errors import FailureKind, ProviderError

T = TypeVar("T")

_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})

_KIND_OF_STATUS = {
    401: FailureKind.AUTHENTICATION,
    402: FailureKind.QUOTA,
    403: FailureKind.PERMISSION,
    404: FailureKind.NOT_FOUND,
    408: FailureKind.TIMEOUT,
    429: FailureKind.RATE_LIMIT,
}

_TRANSIENT = frozenset(
    {
        FailureKind.CONNECTION,
        FailureKind.TIMEOUT,
        FailureKind.RATE_LIMIT,
        FailureKind.SERVER,
        # A body that is no completion, sent with status 200, comes from a proxy or a server
        # in trouble; the next one is often right.
        FailureKind.MALFORMED,
    }
)


@dataclass(frozen=True)
class RetryPolicy:
    """Bounds of the retries of one request.

    Attributes:
        attempts: Requests at most, the first included.
        max_elapsed: Seconds after the first request in which another one may still start.
        base: Upper bound in seconds of the first wait; it doubles each time.
        cap: Upper bound in seconds of any wait that the endpoint did not ask for.
    """

    attempts: int = 5
    max_elapsed: float = 120.0
    base: float = 0.5
    cap: float = 30.0


@dataclass(frozen=True)
class RetryDecision:
    """What to do about a failure.

    Attributes:
        retry: Whether the same request may succeed later.
        wait: Seconds to wait at least before that.
    """

    retry: bool
    wait: float = 0.0


def kind_of_status(status: int, code: str | None = None) -> FailureKind:
    """What an HTTP status means, with the `code` or `type` of the error in its body."""
    if status == 429 and code in _QUOTA_CODES:
        return FailureKind.QUOTA
    if status in _KIND_OF_STATUS:
        return _KIND_OF_STATUS[status]
    if status >= 500:
        return FailureKind.SERVER
    # A redirect that leads nowhere is a wrong address, as a 404 is.
    return FailureKind.BAD_REQUEST if status >= 400 else FailureKind.NOT_FOUND


def decide(kind: FailureKind, retry_after: float | None = None) -> RetryDecision:
    """Whether a failure of this kind is retried, and after how many seconds at the earliest."""
    if kind not in _TRANSIENT:
        return RetryDecision(retry=False)
    return RetryDecision(retry=True, wait=retry_after or 0.0)


def parse_retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a response asks to wait; None if it does not say, or says nonsense.

    Args:
        headers: The response's headers; names in lower case unless the mapping ignores case.
        now: The time that an HTTP date is compared with.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or value is None:
        return seconds
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


async def retrying(
    policy: RetryPolicy,
    request: Callable[[], Awaitable[T]],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Await `request()` until it succeeds, a failure is not transient, or a bound is reached.

    Raises:
        ProviderError: the last failure, with the number of requests made.
    """
    backoff = wait_random_exponential(multiplier=policy.base, max=policy.cap)

    def wait(state: RetryCallState) -> float:
        error = _failure(state)
        asked = decide(error.kind, error.retry_after).wait if error else 0.0
        return max(asked, backoff(state))

    def stop(state: RetryCallState) -> bool:
        if state.attempt_number >= policy.attempts:
            return True
        return (state.seconds_since_start or 0.0) + state.upcoming_sleep > policy.max_elapsed

    loop = AsyncRetrying(
        retry=retry_if_exception(_is_transient), wait=wait, stop=stop, sleep=sleep, reraise=True
    )
    try:
        return await loop(request)
    except ProviderError as error:
        # Outside of this block, so that the new error carries no older one along.
        last = error
    requests = int(loop.statistics["attempt_number"])
    raise ProviderError(
        _given_up(last, requests, policy),
        kind=last.kind,
        status=last.status,
        retry_after=last.retry_after,
        requests=requests,
    )


def _failure(state: RetryCallState) -> ProviderError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, ProviderError) else None


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, ProviderError) and decide(error.kind).retry


def _given_up(error: ProviderError, requests: int, policy: RetryPolicy) -> str:
    message = str(error)
    if not decide(error.kind).retry or policy.attempts == 1:
        return message
    if error.retry_after and requests < policy.attempts:
        message += f" It asked to wait {error.retry_after:.0f} s, longer than is allowed."
    return message + f" Gave up after {requests} request{'s' if requests > 1 else ''}."
