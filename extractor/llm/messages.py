"""What to tell a person about a failed request: what happened, and which setting to mend."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from extractor.errors import FailureKind

_SHOWN = 200
_READ = 4000
_SECRET_MIN = 16
"""Characters that a key has which is one: what local servers are given is shorter."""

_TAG = re.compile(r"<[^<>]{0,500}>")
# Endpoints like to quote the key they refuse, partly masked.
_KEY_LIKE = re.compile(r"\b(?:sk|pk|gsk|xai)-[\w*.-]{4,}|(?i:bearer)\s+[\w*.~+/-]{4,}")


_NO_KEY = "No API key was sent: set {key}, or name another variable with --api-key-env."

_HINTS = {
    FailureKind.AUTHENTICATION: (
        "The API key was refused: check {key}, or name another variable with --api-key-env."
    ),
    FailureKind.PERMISSION: (
        "The API key in {key} may not use the model '{model}': check the key's permissions."
    ),
    FailureKind.NOT_FOUND: (
        "There is no model '{model}' (check --model), or the address is wrong (check --base-url)."
    ),
    FailureKind.QUOTA: (
        "The quota or credit of the account behind {key} is used up: raise it, or use another key."
    ),
    FailureKind.RATE_LIMIT: "Too many requests: lower --concurrency.",
    FailureKind.TIMEOUT: "The server gave up waiting.",
}


def error_of(value: Any, body: bytes) -> tuple[str | None, str]:
    """The code and the text of an error response, in any of the forms that endpoints use."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None, body[:_READ].decode("utf-8", errors="replace")
    error = value.get("error", value)
    if not isinstance(error, dict):
        return None, str(error)
    codes = [c for c in (error.get("code"), error.get("type")) if isinstance(c, str)]
    text = error.get("message") or error.get("detail") or json.dumps(error)
    return codes[0] if codes else None, str(text)


def clean(text: str, secret: str | None) -> str:
    """`text` in one short line, without tags, control characters and the secret."""
    text = _TAG.sub("", text)
    if secret:
        text = text.replace(secret, "***")
    # Only after the secret is gone: a cut could leave a part of it that is not recognised.
    text = _KEY_LIKE.sub("***", text[:_READ])
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "..."


@dataclass(frozen=True)
class Endpoint:
    """The endpoint that messages are about.

    Attributes:
        model: The model as it is sent.
        url: Its address, without credentials.
        key_setting: Where the API key is set.
        secret: The API key, which no message shows.
    """

    model: str
    url: str
    key_setting: str
    secret: str | None = field(repr=False)

    def without_key(self, text: str) -> str:
        """`text` as it is, but for the key; a word such as `none` in its place is no secret."""
        if self.secret is None or len(self.secret) < _SECRET_MIN:
            return text
        return text.replace(self.secret, "***")

    def clean(self, text: str) -> str:
        """`text` in one short line without the key."""
        return clean(text, self.secret)

    def failure(self, kind: FailureKind, status: int, detail: str) -> str:
        """The endpoint answered with an error status."""
        said = self.clean(detail)
        said = f" It said: {said}" if said else ""
        return f"HTTP {status} from {self.url}. {self._hint(kind, detail)}{said}"

    def malformed(self, body: bytes, limit: int) -> str:
        """The endpoint answered with something that is no chat completion."""
        if limit:
            what = f"more than {limit} bytes, too long for a chat completion"
        elif body.strip():
            start = self.clean(body[:_READ].decode("utf-8", errors="replace"))
            what = f"something that is no chat completion: {start}"
        else:
            what = "an empty body"
        return f"{self.url} answered with {what}. Check --base-url: it usually ends in /v1."

    def timeout(self, seconds: float) -> str:
        """No complete answer in time."""
        return (
            f"{self.url} did not answer within {seconds:g} s. Raise --timeout, or see whether the "
            "server is overloaded."
        )

    def unreachable(self, detail: str) -> str:
        """No connection."""
        return (
            f"Cannot connect to {self.url}: is the server running, and is --base-url right? "
            f"({self.clean(detail)})"
        )

    def broken(self, detail: str) -> str:
        """The connection ended before the answer did."""
        return f"The connection to {self.url} broke off ({self.clean(detail)})."

    def _hint(self, kind: FailureKind, detail: str) -> str:
        if kind is FailureKind.BAD_REQUEST:
            return _bad_request_hint(detail.lower())
        if kind is FailureKind.AUTHENTICATION and self.secret is None:
            return _NO_KEY.format(key=self.key_setting)
        hint = _HINTS.get(kind, "The server failed.")
        return hint.format(key=self.key_setting, model=self.model)


def _bad_request_hint(detail: str) -> str:
    if "context" in detail or "too long" in detail or "too large" in detail:
        return "The prompt is too long for the model: set --context-window to the server's own."
    if any(w in detail for w in ("response_format", "json_schema", "schema", "tool", "grammar")):
        return "The endpoint does not take the schema this way: try --mode json or --mode tools."
    return (
        "The endpoint rejects the request: a generation setting it does not know, a prompt too "
        "long, or a schema it cannot use (try --mode json or --mode tools)."
    )
