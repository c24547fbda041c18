"""Hashes that name a text, a prompt, a schema or a request, tagged with their algorithm."""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """`value` as JSON that is equal for equal values: sorted keys, no spaces, no escapes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def text_sha256(text: str) -> str:
    """SHA-256 of `text` in UTF-8, as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def fingerprint(value: Any) -> str:
    """`sha256:` and the hash of the canonical JSON of `value`."""
    return f"sha256:{text_sha256(canonical_json(value))}"
