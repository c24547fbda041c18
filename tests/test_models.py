"""From a name to a client, and the embedded model behind it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from extractor.errors import ConfigError, FetchError
from extractor.llm import models
from extractor.llm.address import is_loopback
from extractor.llm.base import Message, Question
from extractor.llm.catalogue import DEFAULT_MODEL
from extractor.llm.local import PrefixCache
from extractor.llm.models import LocalModel, ModelSettings, resolve_model
from extractor.llm.openai_compatible import OpenAICompatible
from extractor.llm.retry import RetryPolicy
from extractor.progress import NoProgress, Progress
from extractor.schemas import Usage
from tests.fault_server import FaultServer, completion, status

SERVER = "http://127.0.0.1:1/v1"

SETTINGS: list[tuple[ModelSettings, dict[str, str], str]] = [
    (ModelSettings(model="local/none"), {}, "local/none"),
    (ModelSettings(model="mistral"), {}, "--base-url"),
    (ModelSettings(model="openai/"), {"OPENAI_API_KEY": "x"}, "openai/NAME"),
    (ModelSettings(model="openai/gpt-5-mini"), {}, "OPENAI_API_KEY"),
    (ModelSettings(model="openai/gpt-5-mini", api_key_env="MY_KEY"), {}, "MY_KEY"),
    (ModelSettings(model="m", base_url=SERVER, api_key_env="MY_KEY"), {}, "MY_KEY"),
    (ModelSettings(base_url=SERVER), {}, "set --model"),
    (ModelSettings(model="m", base_url="http://x:abc/v1"), {}, "--base-url"),
    (ModelSettings(mode="telepathy"), {}, "--mode"),
]


@pytest.mark.parametrize(("settings", "environment", "named"), SETTINGS)
def test_a_wrong_setting_is_named(
    settings: ModelSettings, environment: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        resolve_model(settings, environment=environment)


@pytest.mark.parametrize("environment", [{}, {"OPENAI_BASE_URL": SERVER, "OPENAI_API_KEY": "x"}])
def test_without_a_name_the_model_is_embedded_and_free(environment: dict[str, str]) -> None:
    llm = resolve_model(ModelSettings(), environment=environment)
    assert isinstance(llm, LocalModel)
    assert (llm.name, llm.price(Usage.zero())) == (DEFAULT_MODEL, 0.0)


def test_the_environment_names_a_model_and_its_server() -> None:
    environment = {"EXTRACTOR_MODEL": "qwen3", "OPENAI_BASE_URL": SERVER}
    llm = resolve_model(ModelSettings(), environment=environment)
    assert isinstance(llm, OpenAICompatible)
    assert llm.name == "qwen3"
    assert llm.price(Usage.zero()) is None


def test_options_win_over_the_environment() -> None:
    environment = {"EXTRACTOR_MODEL": "local/none", "OPENAI_BASE_URL": "nonsense"}
    llm = resolve_model(ModelSettings(model="m", base_url=SERVER), environment=environment)
    assert repr(llm) == f"OpenAICompatible(name='m', base_url='{SERVER}')"


@pytest.mark.network
@pytest.mark.parametrize(
    ("name", "explicit", "sent"),
    [
        ("mistral", True, "mistral"),
        (DEFAULT_MODEL, True, DEFAULT_MODEL),  # as `extractor models serve` has it
        ("openai/gpt-oss-20b", True, "openai/gpt-oss-20b"),  # a name of that server's own
        ("openai/gpt-5-mini", False, "gpt-5-mini"),
        ("mistral", False, "mistral"),
    ],
)
async def test_the_name_that_is_sent(name: str, explicit: bool, sent: str) -> None:
    with FaultServer() as server:
        settings = ModelSettings(model=name, base_url=server.base_url if explicit else None)
        llm = resolve_model(settings, environment={"OPENAI_BASE_URL": server.base_url})
        await llm.ask(question())
        await llm.aclose()
    (request,) = server.requests
    assert (request.json["model"], llm.name) == (sent, name)
    assert request.json["max_tokens"] == 9


@pytest.mark.parametrize(("model", "known"), [("gpt-4o-mini", True), ("gpt-unheard-of", False)])
@pytest.mark.parametrize("address", [None, "https://api.openai.com/v1"])
def test_prices_are_known_for_listed_models_only(
    model: str, known: bool, address: str | None
) -> None:
    settings = ModelSettings(model=f"openai/{model}", base_url=address)
    llm = resolve_model(settings, environment={"OPENAI_API_KEY": "x"})
    usage = Usage(input_tokens=1_000_000, cached_tokens=0, output_tokens=0, requests=1)
    price = llm.price(usage)
    assert (price is not None and price > 0) is known


# --- the embedded model


class Shape(BaseModel):
    a: int


def question(text: str = "What?") -> Question:
    messages = [Message("system", "Answer."), Message("user", text)]
    return Question(messages=messages, static=1, schema=Shape, max_tokens=9)


class FakeEngine:
    """An engine that is a test server; counts how often it was started and closed."""

    server: FaultServer
    events: list[Any]

    def __init__(self, path: Path, name: str, *, context_window: int, prefixes: Path) -> None:
        self.events.append(("start", path, name, context_window))
        self.prefixes = prefixes
        self.base_url = self.server.base_url
        self.server_url = self.base_url.removesuffix("/v1")

    def close(self) -> None:
        self.events.append("close")


class SavingCache(PrefixCache):
    """Leaves the file that the engine would have saved."""

    async def _slot(self, action: str, file: str | None = None) -> None:
        await super()._slot(action, file)
        if action == "save" and file is not None:
            (self._folder / file).touch()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[FakeEngine]]:
    with FaultServer() as server:
        monkeypatch.setattr(models, "prefix_folder", lambda: tmp_path)
        monkeypatch.setattr(models, "PrefixCache", SavingCache)
        monkeypatch.setattr(FakeEngine, "server", server, raising=False)
        monkeypatch.setattr(FakeEngine, "events", [], raising=False)
        monkeypatch.setattr(models, "LocalEngine", FakeEngine)
        monkeypatch.setattr(models, "ensure_model", lambda *_: Path("model.gguf"))
        yield FakeEngine


def asked(server: FaultServer) -> list[str]:
    return [request.path.partition("action=")[2] or "answer" for request in server.requests]


@pytest.mark.network
async def test_embedded_model_starts_at_the_first_question_and_closes(
    engine: type[FakeEngine],
) -> None:
    llm = LocalModel(DEFAULT_MODEL, ModelSettings(context_window=4096), NoProgress())
    assert engine.events == []
    first = await llm.ask(question("one"))
    await llm.ask(question("two"))
    started = ("start", Path("model.gguf"), DEFAULT_MODEL, 4096)
    assert (first.text, engine.events) == ("{}", [started])
    # The beginning is read once, and restored before each question.
    prepared = ["erase", "answer", "save", "restore"]
    assert asked(engine.server) == [*prepared, "answer", "restore", "answer"]
    assert engine.server.requests[4].json["messages"][-1]["content"] == "one"
    assert "authorization" not in engine.server.requests[0].headers
    await llm.aclose()
    await llm.aclose()
    assert engine.events == [started, "close"]
    # After closing it can be asked again, and starts anew.
    await llm.ask(question("three"))
    await llm.aclose()
    assert engine.events == [started, "close"] * 2


@pytest.mark.network
async def test_embedded_model_is_asked_one_question_at_a_time(engine: type[FakeEngine]) -> None:
    llm = LocalModel(DEFAULT_MODEL, ModelSettings(), NoProgress())
    await asyncio.gather(*(llm.ask(question(f"q{n}")) for n in range(4)))
    await llm.aclose()
    assert asked(engine.server)[3:] == ["restore", "answer"] * 4
    assert len(engine.events) == 2


@pytest.mark.network
async def test_embedded_model_goes_on_after_a_failure(engine: type[FakeEngine]) -> None:
    retry = RetryPolicy(attempts=2, base=0.001)
    llm = LocalModel(DEFAULT_MODEL, ModelSettings(retry=retry), NoProgress())
    await llm.ask(question())
    engine.server.enqueue(completion("{}"), status(500), completion('{"a": 1}'))
    answer = await llm.ask(question())
    await llm.aclose()
    assert (answer.text, answer.usage.requests) == ('{"a": 1}', 2)


@pytest.mark.network
async def test_no_proxy_stands_before_a_server_on_this_machine(
    engine: type[FakeEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    llm = LocalModel(DEFAULT_MODEL, ModelSettings(retry=RetryPolicy(attempts=1)), NoProgress())
    assert (await llm.ask(question())).text == "{}"
    await llm.aclose()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.2/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://10.0.0.1/v1", False),
        ("https://api.openai.com/v1", False),
        ("http://localhost.example/v1", False),
        ("http://x:abc", False),
        (None, False),
    ],
)
def test_what_is_on_this_machine(url: str | None, expected: bool) -> None:
    assert is_loopback(url) is expected


async def test_python_code_is_told_what_is_fetched(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fetch(name: str, progress: Progress) -> Path:
        progress.start("Fetching", 1, "B")
        progress.note(f"Fetching the model {name} (1.12 GB) from a hub.")
        progress.advance()
        progress.finish()
        raise FetchError("no network")

    monkeypatch.setattr(models, "ensure_model", fetch)
    llm = resolve_model(ModelSettings(), environment={})
    with pytest.raises(FetchError):
        await llm.ask(question())
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("extractor", "WARNING")
    assert record.getMessage() == f"Fetching the model {DEFAULT_MODEL} (1.12 GB) from a hub."


async def test_embedded_model_that_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Path:
        raise FetchError("no network")

    monkeypatch.setattr(models, "ensure_model", fail)
    llm = LocalModel(DEFAULT_MODEL, ModelSettings(), NoProgress())
    with pytest.raises(FetchError, match="no network"):
        await llm.ask(question())
    await llm.aclose()


async def test_closing_a_model_that_never_started_does_nothing() -> None:
    llm = resolve_model(ModelSettings(), environment={})
    await llm.aclose()
    await llm.aclose()
