"""The embedded engine: how it is started and stopped, and its cache before each request."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx2
import pytest

from extractor.errors import ConfigError, FailureKind, FetchError, ProviderError
from extractor.llm import local
from extractor.llm.base import Message
from extractor.llm.catalogue import DEFAULT_MODEL
from extractor.llm.fetch import ensure_model
from extractor.llm.local import LocalEngine, PrefixCache
from extractor.progress import NoProgress

SYSTEM = Message("system", "You list incidents.")
EXAMPLE = (SYSTEM, Message("user", "Nothing happened."), Message("assistant", "{}"))
URL = "http://127.0.0.1:5"


# --- starting and stopping


class FakeServer:
    """Stands in for the engine's server; alive as long as something refers to it."""

    alive = 0
    params: Any = None
    error: BaseException | None = None

    def __init__(self, params: Any) -> None:
        FakeServer.params = params
        if FakeServer.error is not None:
            raise FakeServer.error
        FakeServer.alive += 1
        self.listening_address = f"http://{params.hostnames[0]}:{params.port or 4711}"

    def __del__(self) -> None:
        if FakeServer.error is None:
            FakeServer.alive -= 1


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> type[FakeServer]:
    module = ModuleType("xllamacpp")

    def params() -> SimpleNamespace:
        return SimpleNamespace(
            model=SimpleNamespace(),
            cpuparams=SimpleNamespace(),
            cpuparams_batch=SimpleNamespace(),
            n_batch=2048,
            n_ubatch=512,
        )

    module.CommonParams = params  # type: ignore[attr-defined]
    module.Server = FakeServer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "xllamacpp", module)
    monkeypatch.setattr(FakeServer, "alive", 0)
    monkeypatch.setattr(FakeServer, "error", None)
    return FakeServer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF")
    return path


def test_engine_runs_while_open(engine: type[FakeServer], file: Path) -> None:
    with LocalEngine(file, "local/tiny", context_window=1024, threads=3) as running:
        assert running.server_url == "http://127.0.0.1:4711"
        assert running.base_url == "http://127.0.0.1:4711/v1"
        assert (running.name, running.context_window) == ("local/tiny", 1024)
        assert engine.alive == 1
        params = engine.params
        assert params.model.path == str(file)
        assert params.model_alias == {"local/tiny"}
        assert params.n_ctx == 1024
        assert params.n_parallel == 1
        assert params.n_batch == 512  # an interrupt waits for one batch
        assert params.cache_ram_mib == 0
        assert params.cpuparams.n_threads == params.cpuparams_batch.n_threads == 3
        assert params.verbosity < 0
        assert params.cors_origins != "*"
        slots = Path(params.slot_save_path)
        assert slots.is_dir()
        assert params.slot_save_path.endswith(os.sep)
    assert engine.alive == 0
    assert not slots.exists()
    running.close()
    assert engine.alive == 0


def test_what_is_read_may_be_kept(
    engine: type[FakeServer], file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "version", {"xllamacpp": "1.2"}.__getitem__)
    with LocalEngine(file, "local/tiny", prefixes=tmp_path / "kept") as running:
        assert running.prefixes == tmp_path / "kept" / "tiny-4-1.2"
        assert engine.params.slot_save_path == f"{running.prefixes}{os.sep}"
    assert running.prefixes.is_dir()


def test_folder_that_cannot_be_made_is_done_without(
    engine: type[FakeServer], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "version", {"xllamacpp": "1.2"}.__getitem__)
    with LocalEngine(file, "local/tiny", prefixes=file) as running:
        assert running.prefixes.is_dir()
        assert engine.params.slot_save_path == f"{running.prefixes}{os.sep}"
    assert not running.prefixes.exists()


def test_host_port_and_threads(
    engine: type[FakeServer], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    with LocalEngine(file, "local/tiny", host="127.0.0.2", port=99) as running:
        assert running.base_url == "http://127.0.0.2:99/v1"
        assert engine.params.cpuparams.n_threads == 5


@pytest.mark.parametrize(
    ("raised", "expected"),
    [(RuntimeError("failed to init"), ConfigError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_engine_that_does_not_start_leaves_nothing(
    engine: type[FakeServer],
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    raised: BaseException,
    expected: type[BaseException],
) -> None:
    monkeypatch.setattr(engine, "error", raised)
    with pytest.raises(expected) as caught:
        LocalEngine(file, "local/tiny", port=99)
    assert not Path(engine.params.slot_save_path).exists()
    if expected is ConfigError:
        assert str(file) in str(caught.value)
        assert "127.0.0.1:99" in str(caught.value)


@pytest.mark.usefixtures("engine")
def test_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"no model file at .*none\.gguf"):
        LocalEngine(tmp_path / "none.gguf", "local/tiny")


def test_missing_engine_says_how_to_install_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ConfigError, match=r"pip install 'extractor\[local\]'"):
        LocalEngine(file, "local/tiny")


# --- the cache


class FakeSlot:
    """Keeps what the engine's one slot has read, and saves it to files, as the real one does."""

    def __init__(self, folder: Path) -> None:
        self.calls: list[str] = []
        self.state = ""
        self.folder = folder
        self.fail: Callable[[str], httpx2.Response | None] = lambda _: None

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        action = request.url.params.get("action", "chat")
        self.calls.append(action)
        if (failure := self.fail(action)) is not None:
            return failure
        if action == "chat":
            assert request.url.path == "/v1/chat/completions"
            assert body["model"] == "local/tiny"
            assert body["max_tokens"] == 1
            assert body["temperature"] == 0
            self.state = json.dumps(body["messages"])
        elif action == "erase":
            self.state = ""
        elif action == "save":
            (self.folder / body["filename"]).write_text(self.state)
        else:
            file = self.folder / body["filename"]
            if not file.exists() or not file.read_text().startswith("["):
                return httpx2.Response(400, text="Unable to restore slot")
            self.state = file.read_text()
        return httpx2.Response(200, json={})


@pytest.fixture
def slot(tmp_path: Path) -> FakeSlot:
    return FakeSlot(tmp_path)


@pytest.fixture
async def cache(slot: FakeSlot) -> AsyncIterator[PrefixCache]:
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(slot)) as client:
        yield PrefixCache(client, URL, "local/tiny", slot.folder)


async def test_prefix_is_read_once_and_restored_each_time(
    cache: PrefixCache, slot: FakeSlot
) -> None:
    await cache.restore(EXAMPLE)
    assert slot.calls == ["erase", "chat", "save", "restore"]
    read = slot.state
    assert [turn["role"] for turn in json.loads(read)] == ["system", "user", "assistant"]
    slot.state = "an article"
    await cache.restore(list(EXAMPLE))
    assert slot.calls[4:] == ["restore"]
    assert slot.state == read


async def test_prefix_read_by_an_earlier_process_is_not_read_again(
    cache: PrefixCache, slot: FakeSlot
) -> None:
    await cache.restore(EXAMPLE)
    read, slot.state = slot.state, "an article"
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(slot)) as client:
        await PrefixCache(client, URL, "local/tiny", slot.folder).restore(EXAMPLE)
    assert slot.calls[4:] == ["restore"]
    assert slot.state == read


async def test_nothing_static_means_an_empty_slot(cache: PrefixCache, slot: FakeSlot) -> None:
    slot.state = "an article"
    await cache.restore([])
    assert slot.calls == ["erase"]
    assert slot.state == ""


async def test_prefixes_are_kept_apart_and_not_without_end(
    cache: PrefixCache, slot: FakeSlot
) -> None:
    prefixes = [[Message("system", f"Prompt {number}")] for number in range(18)]
    for turn, prefix in enumerate([*prefixes, *prefixes[::-1], prefixes[3], prefixes[17]]):
        await cache.restore(prefix)
        for file in slot.folder.glob("*.bin"):  # a clock too coarse for this test
            age = 0 if file.read_text() == slot.state else file.stat().st_mtime - turn
            os.utime(file, (age or 1e9 + turn, age or 1e9 + turn))
        assert json.loads(slot.state) == [{"role": "system", "content": prefix[0].content}]
    assert len([*slot.folder.iterdir()]) == 16


@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.write_text("half")])
async def test_file_that_is_lost_or_broken_is_made_again_and_overwrites_no_other(
    cache: PrefixCache, slot: FakeSlot, harm: Callable[[Path], Any]
) -> None:
    other = [Message("system", "Other")]
    await cache.restore(EXAMPLE)
    (file,) = slot.folder.iterdir()
    await cache.restore(other)
    harm(file)
    await cache.restore(EXAMPLE)
    assert json.loads(slot.state)[0]["content"] == SYSTEM.content
    assert len([*slot.folder.iterdir()]) == 2
    await cache.restore(other)
    assert json.loads(slot.state)[0]["content"] == "Other"


@pytest.mark.parametrize(
    ("status", "kind"), [(400, FailureKind.BAD_REQUEST), (500, FailureKind.SERVER)]
)
async def test_refusal_of_the_engine(
    cache: PrefixCache, slot: FakeSlot, status: int, kind: FailureKind
) -> None:
    slot.fail = lambda _: httpx2.Response(status, text="exceeds the available context size")
    with pytest.raises(ProviderError, match="exceeds the available") as caught:
        await cache.restore(EXAMPLE)
    assert (caught.value.kind, caught.value.status) == (kind, status)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx2.ReadTimeout("late"), FailureKind.TIMEOUT),
        (httpx2.ConnectError("refused"), FailureKind.CONNECTION),
    ],
)
async def test_engine_that_does_not_answer(
    cache: PrefixCache, slot: FakeSlot, error: httpx2.RequestError, kind: FailureKind
) -> None:
    def fail(_: str) -> None:
        raise error

    slot.fail = fail
    with pytest.raises(ProviderError) as caught:
        await cache.restore(EXAMPLE)
    assert caught.value.kind is kind


# --- the real one


def _question(text: str) -> list[dict[str, str]]:
    turns = [{"role": turn.role, "content": turn.content} for turn in EXAMPLE]
    return [*turns, {"role": "user", "content": text}]


@pytest.mark.embedded
async def test_equal_requests_get_equal_answers_whatever_came_between(
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = await asyncio.to_thread(ensure_model, DEFAULT_MODEL, NoProgress())
    with await asyncio.to_thread(LocalEngine, path, DEFAULT_MODEL, context_window=1024) as engine:
        url = engine.server_url
        async with httpx2.AsyncClient(timeout=600, trust_env=False) as client:
            prefixes = PrefixCache(client, url, DEFAULT_MODEL, engine.prefixes)
            answers = []
            for text in (
                "Two men were shot in Ardel.",
                "A market burned.",
                "Two men were shot in Ardel.",
            ):
                await prefixes.restore(EXAMPLE)
                request = {"messages": _question(text), "max_tokens": 24, "temperature": 0}
                response = await client.post(
                    f"{engine.base_url}/chat/completions", json={**request, "logprobs": True}
                )
                answer = response.raise_for_status().json()
                assert answer["model"] == DEFAULT_MODEL
                assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] > 20
                answers.append(answer["choices"][0])
            assert answers[0] == answers[2]  # to the last digit of the probabilities
            assert answers[0] != answers[1]
        with pytest.raises(httpx2.HTTPStatusError):
            httpx2.get(f"{url}/slots/0", trust_env=False).raise_for_status()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/health", trust_env=False)
    assert capfd.readouterr().err == ""


def test_core_count_is_positive() -> None:
    assert local._cores() >= 1
