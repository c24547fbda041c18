"""Batches of an OpenAI-compatible endpoint: files of requests, answered within a day."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import httpx2
import openai
from openai.types import Batch

from extractor.errors import ConfigError, FailureKind, ProviderError
from extractor.llm.messages import Endpoint, error_of
from extractor.llm.retry import RetryPolicy, kind_of_status, parse_retry_after, retrying

_T = TypeVar("_T")

URL: Final = "/v1/chat/completions"
"""What each request of a batch is sent to, as OpenAI names it whatever the endpoint's address."""

ENDED = frozenset({"completed", "expired", "cancelled", "failed"})
"""States of a batch that do not change any more."""

_QUEUE_FULL = "token_limit_exceeded"
"""What a batch is refused with while others of the account hold all the tokens that may wait."""

_NO_SUCH_INTERFACE = (404, 405, 501)
_UPLOAD_TIMEOUT = 3600.0
"""Seconds that a file of 200 MB may take."""


_CHECK_URL = "Check --base-url: it usually ends in /v1."


class _Strange(Exception):  # noqa: N818 - becomes a ProviderError
    """A response is none of what was asked for; its message says what."""


class BatchState(NamedTuple):
    """A batch as the provider tells of it.

    Attributes:
        id: Its identifier there.
        status: `validating`, `in_progress`, ..., or one of `ENDED`.
        completed: Requests that were answered.
        failed: Requests that were not.
        output_file: File with the answers; None where there is none, or none yet.
        error_file: File with the errors of single requests; None likewise.
        complaint: Why the provider refuses the whole batch; None where it does not.
        queue_full: Whether it refuses it only until other batches have ended.
    """

    id: str
    status: str
    completed: int
    failed: int
    output_file: str | None
    error_file: str | None
    complaint: str | None
    queue_full: bool


class Batches:
    """Files and batches at one endpoint, for one event loop.

    Every method raises:
        ProviderError: if it stays out of reach or refuses the request.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        connect: Callable[[], openai.AsyncOpenAI],
        *,
        timeout: float,
        retry: RetryPolicy,
    ) -> None:
        self._endpoint, self._connect = endpoint, connect
        self._timeout, self._retry = timeout, retry
        self._opened: openai.AsyncOpenAI | None = None

    async def check(self) -> None:
        """See that the endpoint has batches.

        Raises:
            ConfigError: if it has not.
        """
        try:
            await self._call(_first)
        except ProviderError as error:
            if error.status not in _NO_SUCH_INTERFACE:
                raise
            status = error.status
        else:
            return
        raise ConfigError(
            f"{self._endpoint.url} has no batch interface (HTTP {status}): leave out "
            "--provider-batch, or choose another --base-url"
        )

    async def upload(self, path: Path) -> str:
        """Upload a file of requests; its identifier."""
        # The SDK reads a path's file as a whole, but a stream in pieces.
        with path.open("rb") as stream:

            async def send(sdk: openai.AsyncOpenAI) -> str:
                stream.seek(0)
                file = await sdk.files.create(
                    file=(path.name, stream), purpose="batch", timeout=_UPLOAD_TIMEOUT
                )
                return _text(file, "id", "file")

            return await self._call(send)

    async def create(self, file: str, metadata: Mapping[str, str], *, new: bool) -> BatchState:
        """The batch of an uploaded file: the one that is there already, or a new one.

        It may be there although nobody knows: its maker ended, or the connection did, before the
        answer came.

        Args:
            file: The file of requests.
            metadata: What the batch is recognised by.
            new: Whether it has not been asked for before, so that it need not be looked for.
        """
        tries = 0

        async def find_or_create(sdk: openai.AsyncOpenAI) -> BatchState:
            nonlocal tries
            tries += 1
            found = None if new and tries == 1 else await _found(sdk, file, metadata)
            return found or _state(
                await sdk.batches.create(
                    input_file_id=file,
                    endpoint=URL,
                    completion_window="24h",
                    metadata=dict(metadata),
                )
            )

        return await self._call(find_or_create)

    async def find(self, file: str, metadata: Mapping[str, str]) -> BatchState | None:
        """The batch of an uploaded file, if there is one."""
        return await self._call(lambda sdk: _found(sdk, file, metadata))

    async def get(self, batch: str) -> BatchState:
        """How far a batch is."""

        async def look(sdk: openai.AsyncOpenAI) -> BatchState:
            return _state(await sdk.batches.retrieve(batch))

        return await self._call(look)

    async def cancel(self, batch: str) -> None:
        """Ask to end a batch; it takes some minutes, and what was answered is kept."""
        await self._call(lambda sdk: sdk.batches.cancel(batch))

    async def download(self, file: str, path: Path) -> None:
        """Write the content of a file to `path`."""

        async def write(sdk: openai.AsyncOpenAI) -> None:
            async with sdk.files.with_streaming_response.content(file) as response:
                await response.stream_to_file(path)

        await self._call(write)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.close()

    def _sdk(self) -> openai.AsyncOpenAI:
        if self._opened is None:
            self._opened = self._connect()
        return self._opened

    async def _call(self, work: Callable[[openai.AsyncOpenAI], Awaitable[_T]]) -> _T:
        async def once() -> _T:
            try:
                return await work(self._sdk())
            except _Strange as error:
                what = f"{self._endpoint.url} answered with something that is no {error}. "
                failure = ProviderError(what + _CHECK_URL, kind=FailureKind.MALFORMED)
            except (openai.APIError, httpx2.HTTPError) as error:
                failure = self._failure(error)
            # Outside of the handler, so that it does not carry the SDK's error along.
            raise failure

        return await retrying(self._retry, once)

    def _failure(self, error: Exception) -> ProviderError:
        if isinstance(error, openai.APITimeoutError):
            return ProviderError(self._endpoint.timeout(self._timeout), kind=FailureKind.TIMEOUT)
        if not isinstance(error, openai.APIStatusError):
            cause = str(error.__cause__ or error)
            return ProviderError(self._endpoint.broken(cause), kind=FailureKind.CONNECTION)
        status = error.status_code
        code, detail = error_of(error.body, b"")
        kind = kind_of_status(status, code)
        message = self._endpoint.failure(kind, status, detail)
        if kind in (FailureKind.BAD_REQUEST, FailureKind.NOT_FOUND):
            # What is usually wrong with a question is not what is wrong with a batch.
            path = error.request.url.path
            message = f"HTTP {status} from {path}: {self._endpoint.clean(detail)}"
        return ProviderError(
            message, kind=kind, status=status, retry_after=parse_retry_after(error.response.headers)
        )


async def _found(
    sdk: openai.AsyncOpenAI, file: str, metadata: Mapping[str, str]
) -> BatchState | None:
    async for batch in sdk.batches.list(limit=100):
        known = (batch.metadata or {}).items()
        if batch.input_file_id == file and metadata.items() <= known:
            return _state(batch)
    return None


async def _first(sdk: openai.AsyncOpenAI) -> None:
    try:
        page = await sdk.batches.list(limit=1)
    except AttributeError:  # the SDK trips over a text
        page = None
    if not isinstance(getattr(page, "data", None), list):
        raise _Strange("list of batches")


def _text(value: object, name: str, what: str) -> str:
    """A field that has to be there: the SDK takes whatever comes."""
    found = getattr(value, name, None)
    if not isinstance(found, str):
        raise _Strange(what)
    return found


def _state(batch: Batch) -> BatchState:
    identifier, status = _text(batch, "id", "batch"), _text(batch, "status", "batch")
    counts = batch.request_counts
    said: list[Any] = list((batch.errors and batch.errors.data) or ())
    lines = [f"line {e.line}: {e.message}" if e.line else str(e.message) for e in said]
    return BatchState(
        id=identifier,
        status=status,
        completed=counts.completed if counts else 0,
        failed=counts.failed if counts else 0,
        output_file=batch.output_file_id,
        error_file=batch.error_file_id,
        complaint="; ".join(lines[:3]) or None,
        queue_full=any(e.code == _QUEUE_FULL for e in said),
    )
