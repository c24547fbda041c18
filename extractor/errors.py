"""The errors of this package: one small tree, rooted in `ExtractorError`.

Each message says what is wrong and names the file, line, field or setting to mend.
"""

from enum import StrEnum
from typing import Any

from extractor.schemas import Usage


class ExtractorError(Exception):
    """Root of every error that this package raises on purpose."""


class ConfigError(ExtractorError):
    """A setting, option, model name or prompt name is wrong. Mend it and run again."""


class ArticleError(ExtractorError):
    """An input cannot be read as an article. The other inputs go on."""


class PromptError(ExtractorError):
    """A prompt's files are missing, malformed or differ from their released version."""


class FetchError(ExtractorError):
    """The embedded model could not be fetched or its file is not what it should be."""


class StoreError(ExtractorError):
    """A run's folder or ledger cannot be read or written. What was stored stays stored."""


class ClusterError(ExtractorError):
    """A Ray cluster cannot be reached or does not go on. What was recorded stays recorded."""


class BudgetError(ExtractorError):
    """The next call would exceed the budget of money or tokens, so it was not made."""


class ReviewError(ExtractorError):
    """A person's decision cannot be applied to a result; the message says why."""


class ConflictError(ExtractorError):
    """Somebody else decided about the same article in the meantime. Look again, then decide."""


class FailureKind(StrEnum):
    """Why a model gave no usable answer."""

    CONNECTION = "connection"
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    SERVER = "server"
    OUTAGE = "outage"
    """The endpoint has answered nobody for so long that the run stops."""
    MALFORMED = "malformed"
    """The endpoint's response is no chat completion at all."""

    @property
    def stops_run(self) -> bool:
        """Whether every other article would fail the same way until a setting is mended."""
        return self in _STOPS_RUN


_STOPS_RUN = frozenset(
    {
        FailureKind.QUOTA,
        FailureKind.AUTHENTICATION,
        FailureKind.PERMISSION,
        FailureKind.NOT_FOUND,
        FailureKind.OUTAGE,
    }
)


class ProviderError(ExtractorError):
    """The model's endpoint could not be reached or refused the request.

    Attributes:
        kind: What went wrong.
        status: HTTP status code, or None where there was no response.
        retry_after: Seconds that the endpoint asked to wait, or None.
        requests: HTTP requests made before giving up.
        usage: What those requests took, as far as the endpoint told.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: FailureKind,
        status: int | None = None,
        retry_after: float | None = None,
        requests: int = 1,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.retry_after = retry_after
        self.requests = requests
        self.usage = usage or Usage.zero().model_copy(update={"requests": requests})

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments are lost by the default pickling of exceptions.
        return (_rebuild, (str(self), dict(vars(self))))


def _rebuild(message: str, attributes: dict[str, Any]) -> ProviderError:
    return ProviderError(message, **attributes)
