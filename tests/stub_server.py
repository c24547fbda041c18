"""A model endpoint in a process of its own that answers valid drafts, and misbehaves on demand.

    with stub(latency=0.05, faults=0.2, seed=7) as server:
        ...  # ask server.base_url for drafts of `article(n)`
        stats = server.stats()

It keeps connections open and holds hundreds of requests at once, for which the thread for each
connection of `fault_server` is too slow; what a fault looks like is taken from there. The same
request is answered in the same way each time, and the fault that meets it depends only on the
seed, the request and how often it came before.
"""

import asyncio
import hashlib
import json
import random
import re
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.fault_server import Behaviour, completion, error, hang, reset, short_body, status
from tests.test_pipeline import TEXT, draft

ROOT = Path(__file__).parents[1]

_NUMBER = re.compile(rb"Number (\d+)\.")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_FILLER = (
    "The road between the two towns was closed to traffic for several hours on the same day.",
    "Shops along the market street had opened late in the morning, a trader said by telephone.",
    "The provincial council is to meet next week to talk about the budget for the coming year.",
)
_LANGEXTRACT = b"responds in JSON format"
"""Words of the message with which LangExtract begins its requests."""
_SPANS = {
    "extractions": [
        {"incident": "shot dead", "incident_attributes": {"type": "armed_assault"}},
        {"actor": "police", "actor_attributes": {"kind": "state_force"}},
    ]
}
FAULTS = ("429", "500", "reset", "timeout", "truncated", "invalid")
"""What may come instead of an answer. `timeout` says nothing; `invalid` is content cut short."""


def article(number: int, *, sentences: int = 0) -> dict[str, Any]:
    """A record that the stub's draft fits, with so many sentences more than it needs."""
    filler = " ".join(_FILLER[n % len(_FILLER)] for n in range(sentences))
    text = f"{TEXT}\nNumber {number}.\n{filler}".strip()
    return {"id": f"n{number}", "text": text, "published": "2025-03-06", "language": "en"}


@dataclass(frozen=True)
class Config:
    """How the stub behaves.

    Attributes:
        latency: Seconds until an answer.
        faults: Share of requests that one of `kinds` meets.
        kinds: Which faults.
        seed: Decides which requests they meet.
        port: Where it listens; 0 for any.
    """

    latency: float = 0.0
    faults: float = 0.0
    kinds: tuple[str, ...] = FAULTS
    seed: int = 0
    port: int = 0


@dataclass
class Stats:
    """What the stub has seen.

    Attributes:
        requests: Requests that arrived.
        answered: Those that were answered with a whole completion, valid or not.
        input_tokens: Tokens read, in whole completions.
        output_tokens: Tokens written, in whole completions.
        faults: Faults by kind.
        busiest_second: Requests of the second that had most of them.
        seconds: From the first request to the last.
        by_article: Requests for each article's number.
    """

    requests: int = 0
    answered: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    busiest_second: int = 0
    seconds: float = 0.0
    by_article: dict[str, int] = field(default_factory=dict)


class _Stub:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.stats = Stats()
        self.times: list[float] = []
        self.faults: Counter[str] = Counter()
        self.by_article: Counter[str] = Counter()
        self.seen: Counter[bytes] = Counter()

    def reply(self, body: bytes) -> tuple[float, Behaviour]:
        """Seconds to wait and what to do then."""
        self.times.append(time.monotonic())
        found = _NUMBER.findall(body)
        number = found[-1].decode() if found else "0"
        self.by_article[number] += 1
        kind = self._fault(body)
        if kind is not None:
            self.faults[kind] += 1
        content = json.dumps(draft(summary=f"Gunmen killed soldiers near Tamsin, case {number}."))
        if _LANGEXTRACT in body:
            content = json.dumps(_SPANS)
        match kind:
            case "429":
                return 0, error(429, "slow down", headers={"Retry-After": "0.05"})
            case "500":
                return 0, status(500)
            case "reset":
                return 0, reset()
            case "timeout":
                return 0, hang()
            case "truncated":
                return self.config.latency, short_body()
            case "invalid":
                content = content[: len(content) // 2]
        tokens = len(body) // 4, len(content) // 4
        self.stats.answered += 1
        self.stats.input_tokens += tokens[0]
        self.stats.output_tokens += tokens[1]
        return self.config.latency, completion(content, usage=(*tokens, 0))

    def _fault(self, body: bytes) -> str | None:
        if not self.config.faults:
            return None
        digest = hashlib.sha256(body).digest()
        self.seen[digest] += 1
        chance = random.Random(f"{self.config.seed} {digest.hex()} {self.seen[digest]}")
        if chance.random() >= self.config.faults:
            return None
        return chance.choice(self.config.kinds)

    def told(self) -> Stats:
        self.stats.requests = len(self.times)
        self.stats.faults = dict(self.faults)
        self.stats.by_article = dict(self.by_article)
        first = 0
        self.stats.seconds = self.times[-1] - self.times[0] if self.times else 0.0
        self.stats.busiest_second = 0
        for last, when in enumerate(self.times):
            while when - self.times[first] >= 1.0:
                first += 1
            self.stats.busiest_second = max(self.stats.busiest_second, last - first + 1)
        return self.stats


class _Connection(asyncio.Protocol):
    """One connection; requests on it come one after another."""

    def __init__(self, stub: _Stub) -> None:
        self.stub = stub
        self.data = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, blank, rest = self.data.partition(b"\r\n\r\n")
        if not blank:
            return
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if len(rest) < length:
            return
        self.data = rest[length:]
        if head.startswith(b"GET"):
            told = json.dumps(asdict(self.stub.told())).encode()
            self.play(Behaviour(200, {"Content-Type": "application/json"}, told))
            return
        wait, behaviour = self.stub.reply(rest[:length])
        asyncio.get_running_loop().call_later(wait, self.play, behaviour)

    def play(self, behaviour: Behaviour) -> None:
        if self.transport is None or self.transport.is_closing() or behaviour.hang:
            return
        length = behaviour.declared_length
        lines = [f"{name}: {value}" for name, value in behaviour.headers.items()]
        lines.append(f"Content-Length: {len(behaviour.body) if length is None else length}")
        head = "\r\n".join([f"HTTP/1.1 {behaviour.status} Status", *lines, "", ""])
        self.transport.write(head.encode("latin-1") + behaviour.body)
        if behaviour.reset:
            linger = struct.pack("ii", 1, 0)
            sock: socket.socket = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if behaviour.reset or length is not None:
            self.transport.close()


async def _serve(config: Config) -> None:
    stub = _Stub(config)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Connection(stub), "127.0.0.1", config.port, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    # It lives as long as who started it holds its standard input open.
    await loop.run_in_executor(None, sys.stdin.read)


@dataclass
class Running:
    """A stub that runs."""

    port: int
    process: "subprocess.Popen[str]"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self) -> Stats:
        """What it has seen so far."""
        answer = httpx2.get(f"http://127.0.0.1:{self.port}/stats", trust_env=False)
        return Stats(**answer.json())

    def stop(self) -> None:
        """End it at once, with all its connections."""
        self.process.kill()
        self.process.wait()


@contextmanager
def stub(**settings: Any) -> Iterator[Running]:
    """A stub in a process of its own, with the settings of `Config`."""
    config = json.dumps(asdict(Config(**settings)))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stub_server", config],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        running = Running(int(process.stdout.readline()), process)
        try:
            yield running
        finally:
            running.stop()


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    asyncio.run(_serve(Config(**{**given, "kinds": tuple(given["kinds"])})))
