"""Recordings of real answers: body-matched, with few headers, readable, and fully played."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import vcr
import yaml
from vcr.request import Request

from extractor.fingerprint import canonical_json

FOLDER = Path(__file__).parents[1] / "cassettes"
KEPT_HEADERS = frozenset({"content-type"})


class _JsonBodies:
    """YAML in which a JSON body stands as data, so that a change is a readable difference."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        for interaction in cassette["interactions"]:
            request, response = interaction["request"], interaction["response"]
            request["body"] = json.loads(request["body"])
            response["body"] = json.loads(response["body"].pop("string"))
        shared = _shared(cassette, {})
        text: str = yaml.dump(
            shared, Dumper=yaml.CSafeDumper, sort_keys=True, allow_unicode=True, width=100
        )
        return text

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        read: dict[str, Any] = read_yaml(text)
        # New objects, for equal parts are one object here too.
        interactions = [
            {
                "request": each["request"] | {"body": json.dumps(each["request"]["body"])},
                "response": each["response"]
                | {"body": {"string": json.dumps(each["response"]["body"])}},
            }
            for each in read["interactions"]
        ]
        return read | {"interactions": interactions}


_SHORT = 60
"""Values of fewer characters are written out; an alias would not be shorter."""


def _shared(value: Any, seen: dict[str, Any]) -> Any:
    """`value` with equal parts as one object, which YAML writes once and then refers to.

    The questions about one article begin with the same instructions and examples.
    """
    if isinstance(value, dict):
        value = {key: _shared(item, seen) for key, item in value.items()}
    elif isinstance(value, list):
        value = [_shared(item, seen) for item in value]
    else:
        return value
    text = canonical_json(value)
    return seen.setdefault(text, value) if len(text) > _SHORT else value


def read_yaml(text: str) -> Any:
    """The data in `text`; by the C parser, for cassettes are long."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


@cache
def _canonical(body: bytes) -> str:
    return canonical_json(json.loads(body))


def _same_body(first: Request, second: Request) -> None:
    a, b = _canonical(first.body), _canonical(second.body)
    assert a == b, f"request body differs from the recorded one:\n{a[:300]}\n{b[:300]}"


def _clean_request(request: Request) -> Request | None:
    body = json.loads(request.body or b"{}")
    if not request.path.endswith("/chat/completions") or body.get("max_tokens") == 1:
        return None  # the engine's own cache being prepared, not a question
    request.headers = {k: v for k, v in request.headers.items() if k.lower() in KEPT_HEADERS}
    request.uri = "http://recorded.invalid" + request.path
    return request


def _clean_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = response["headers"]
    response["headers"] = {k: v for k, v in headers.items() if k.lower() in KEPT_HEADERS}
    return response


@contextmanager
def cassette(name: str, *, record: bool, missing: bool = False) -> Iterator[None]:
    """Replay `cassettes/<name>.yaml`, or record it again, or only what is `missing` in it.

    What is recorded and not asked for any more goes when something is recorded.

    Raises:
        AssertionError: if a recorded answer was not asked for.
    """
    recorder = vcr.VCR(
        record_mode=("new_episodes" if missing else "all") if record else "none",
        match_on=["method", "path", "json_body"],
        drop_unused_requests=record and missing,
        before_record_request=_clean_request,
        before_record_response=_clean_response,
    )
    recorder.register_serializer("json-bodies", _JsonBodies)
    recorder.register_matcher("json_body", _same_body)
    path = FOLDER / f"{name}.yaml"
    if record and not missing:
        path.unlink(missing_ok=True)
    with recorder.use_cassette(str(path), serializer="json-bodies") as played:
        yield
        assert record or played.all_played, f"{path.name} has answers that nobody asked for"
