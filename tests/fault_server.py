"""An HTTP server on loopback that misbehaves as told.

    with FaultServer() as server:
        server.enqueue(status(503), completion('{"a": 1}'))
        ...
        assert len(server.requests) == 2

Behaviours are played in the order of `enqueue`; after them `server.default` is, always.
"""

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Recorded:
    """One request as it arrived; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Behaviour:
    """What to do with one request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    declared_length: int | None = None  # Content-Length, where it is to be wrong
    reset: bool = False  # end with RST instead of a proper close
    hang: bool = False  # say nothing until the client or the test goes away
    drip: float | None = None  # seconds between single bytes of the body


Reply = Behaviour | Callable[[Recorded], Behaviour]


def status(code: int, body: object = "", headers: Mapping[str, str] | None = None) -> Behaviour:
    """An answer with this status; a body that is no text or bytes is sent as JSON."""
    if isinstance(body, bytes):
        data, kind = body, "application/octet-stream"
    elif isinstance(body, str):
        data, kind = body.encode(), "text/html"
    else:
        data, kind = json.dumps(body).encode(), "application/json"
    return Behaviour(code, {"Content-Type": kind, **(headers or {})}, data)


def error(
    code: int,
    message: str,
    *,
    error_code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Behaviour:
    """An error as OpenAI writes it."""
    body = {"error": {"message": message, "type": "some_error", "param": None, "code": error_code}}
    return status(code, body, headers)


def completion(
    content: str | None,
    *,
    finish_reason: str | None = "stop",
    refusal: str | None = None,
    tool_arguments: str | None = None,
    usage: tuple[int, int, int] | None = (10, 5, 0),
    headers: Mapping[str, str] | None = None,
) -> Behaviour:
    """A chat completion; `usage` is prompt, completion and cached tokens."""
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": refusal}
    if tool_arguments is not None:
        function = {"name": "Answer", "arguments": tool_arguments}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "test",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
    }
    if usage is not None:
        body["usage"] = {
            "prompt_tokens": usage[0],
            "completion_tokens": usage[1],
            "total_tokens": usage[0] + usage[1],
            "prompt_tokens_details": {"cached_tokens": usage[2]},
        }
    return status(200, body, headers)


def empty() -> Behaviour:
    """Status 200 and nothing else."""
    return Behaviour(200, {"Content-Type": "application/json"})


def cut_json() -> Behaviour:
    """A whole HTTP response whose JSON stops in the middle."""
    whole = completion('{"a": 1}')
    return Behaviour(200, whole.headers, whole.body[: len(whole.body) // 2])


def short_body() -> Behaviour:
    """Fewer bytes than announced, then a proper close."""
    whole = completion('{"a": 1}')
    half = whole.body[: len(whole.body) // 2]
    return Behaviour(200, whole.headers, half, declared_length=len(whole.body))


def reset() -> Behaviour:
    """Half of the body, then the connection is reset."""
    whole = completion('{"a": 1}')
    half = whole.body[: len(whole.body) // 2]
    return Behaviour(200, whole.headers, half, declared_length=len(whole.body), reset=True)


def hang() -> Behaviour:
    """No answer at all."""
    return Behaviour(hang=True)


def drip(interval: float = 0.02) -> Behaviour:
    """A byte now and then: never silent for long, never done."""
    return Behaviour(200, {"Content-Type": "application/json"}, b" " * 10_000, drip=interval)


def garbage(size: int = 2_000_000) -> Behaviour:
    """Bytes that mean nothing."""
    return status(200, b"\x00\xffgarbage " * (size // 10 + 1))


@contextmanager
def closed_port_url() -> Iterator[str]:
    """A base URL on which nobody listens: the port is taken, so that nobody else gets it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


class FaultServer:
    """The server; a context manager. `requests` holds what arrived."""

    def __init__(self, default: Reply | None = None) -> None:
        self.default: Reply = default or completion("{}")
        self.requests: list[Recorded] = []
        self._queue: deque[Reply] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def enqueue(self, *replies: Reply) -> None:
        self._queue.extend(replies)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._port = self._listener.getsockname()[1]
        self._spawn(self._accept, self._listener)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        if self._listener:
            # Closing alone would leave accept() blocked.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for thread in list(self._threads):
            thread.join(timeout=5)

    def _spawn(self, target: Callable[[socket.socket], None], argument: socket.socket) -> None:
        thread = threading.Thread(target=target, args=(argument,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(30)
            try:
                recorded = _read(connection)
                if recorded is not None:
                    self._play(connection, self._next(recorded))
            except OSError:
                return  # the client went away, which some tests want

    def _next(self, recorded: Recorded) -> Behaviour:
        with self._lock:
            self.requests.append(recorded)
            reply = self._queue.popleft() if self._queue else self.default
        return reply if isinstance(reply, Behaviour) else reply(recorded)

    def _play(self, connection: socket.socket, behaviour: Behaviour) -> None:
        if behaviour.hang:
            self._closing.wait(timeout=30)
            return
        length = behaviour.declared_length
        headers = {
            "Content-Length": str(len(behaviour.body) if length is None else length),
            "Connection": "close",
            **behaviour.headers,
        }
        lines = [f"HTTP/1.1 {behaviour.status} Status", *(f"{k}: {v}" for k, v in headers.items())]
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if behaviour.drip is None:
            connection.sendall(behaviour.body)
        else:
            for byte in behaviour.body:
                if self._closing.wait(timeout=behaviour.drip):
                    return
                connection.sendall(bytes([byte]))
        if behaviour.reset:
            # A linger time of zero turns close() into a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read(connection: socket.socket) -> Recorded | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        chunk = connection.recv(65536)
        if not chunk:
            return None
        body += chunk
    method, path, _ = first.split(" ", 2)
    return Recorded(method, path, headers, body)
