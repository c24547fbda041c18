"""A key is told to nobody but the endpoint: not by any command, whatever goes wrong."""

import asyncio
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from extractor import ConfigError, Extractor
from extractor.cli import models
from extractor.cli.app import app
from extractor.llm import retry
from extractor.llm.models import ModelSettings, resolve_model
from extractor.llm.openai_compatible import Mode
from tests.fault_server import (
    Behaviour,
    FaultServer,
    closed_port_url,
    completion,
    cut_json,
    drip,
    empty,
    error,
    garbage,
    hang,
    reset,
    short_body,
    status,
)
from tests.test_llm_faults import question
from tests.test_pipeline import ARTICLE, draft

pytestmark = pytest.mark.network

# Put together here, so that no literal in the repository looks like a key.
CANARY = "-".join(["sk", "canary", "Zq7Wv9Kx3Lm5Np8Rt2YbGd6Hj4"])
PARTS = (CANARY, CANARY[:10], "Zq7Wv9", "Gd6Hj4")
MASKED = f"{CANARY[:10]}{'*' * 20}{CANARY[-4:]}"

GOOD = json.dumps(draft())

# Every behaviour of the server, with the key in it wherever there is room for one.
FAULTS: dict[str, Behaviour] = {
    "good": completion(GOOD),
    "wrong": completion(json.dumps(draft(weapons=["moon laser"]))),
    "key in a value": completion(json.dumps(draft(weapons=[CANARY]))),
    "key as the answer": completion(f"Invalid key {CANARY}"),
    "key in a refusal": completion(None, refusal=f"Not with the key {CANARY} or {MASKED}"),
    "key in filtered text": completion(f"Key {CANARY}", finish_reason="content_filter"),
    "key in a cut-off answer": completion(f'{{"{CANARY}', finish_reason="length"),
    "filtered prompt": error(400, f"Filtered: {CANARY}", error_code="content_filter"),
    "400": status(400, {"authorization": f"Bearer {CANARY}"}),
    "401": error(401, f"Incorrect API key provided: {CANARY}."),
    "401 masked": error(401, f"Incorrect API key provided: {MASKED}."),
    "403": error(403, f"{CANARY} may not"),
    "404": status(404, "x" * 190 + CANARY),
    "408": status(408, CANARY),
    "429": error(429, f"slow down, {CANARY}"),
    "quota": error(429, f"{CANARY} has no credit", error_code="insufficient_quota"),
    "500": status(500, CANARY + "<p>" + CANARY[:12] + "<b>" + CANARY[12:]),
    "503": status(503, {"error": CANARY}, headers={"Retry-After": "0.01"}),
    "page": status(200, f"You sent {CANARY}"),
    "empty": empty(),
    "cut JSON": cut_json(),
    "short body": short_body(),
    "garbage": garbage(),
    "reset": reset(),
    "no answer": hang(),
    "drip": drip(),
}
SLOW = {"no answer", "drip"}
every_fault = pytest.mark.parametrize("fault", FAULTS)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "wait_random_exponential", lambda **_: lambda _: 0.001)


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """All loggers tell all they have to tell."""
    caplog.set_level(logging.DEBUG)
    levels = {}
    for name in ("openai", "httpx2", "httpcore2", "instructor", "extractor"):
        levels[name] = logging.getLogger(name).level
        if name != "instructor":  # which is silenced on purpose, with the reason at that place
            logging.getLogger(name).setLevel(logging.DEBUG)
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(params=["OPENAI_API_KEY", "MY_KEY"])
def variable(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The variable that holds the key: the default one, or one that is named."""
    monkeypatch.setenv(request.param, CANARY)
    return str(request.param)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    records = [f"{r.getMessage()} {r.args!r} {r.exc_text or ''}" for r in caplog.records]
    return "\n".join([caplog.text, *records])


def assert_untold(*texts: str) -> None:
    for text in texts:
        for part in PARTS:
            assert part not in text


def reached(server: FaultServer) -> None:
    """The key went where it had to go; else a test of its absence shows nothing."""
    assert server.requests
    assert {r.headers["authorization"] for r in server.requests} == {f"Bearer {CANARY}"}


# --- from Python


@every_fault
@pytest.mark.parametrize(
    ("variable", "mode"), [("OPENAI_API_KEY", Mode.JSON_SCHEMA), ("MY_KEY", Mode.TOOLS)]
)
def test_python_tells_no_key(
    server: FaultServer,
    variable: str,
    mode: Mode,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, CANARY)
    server.default = FAULTS[fault]
    with Extractor(
        model="model-x",
        base_url=server.base_url,
        api_key_env=None if variable == "OPENAI_API_KEY" else variable,
        mode=mode,
        timeout=0.3 if fault in SLOW else 30,
        max_attempts=2,
    ) as extractor:
        (outcome,) = extractor.extract_many([ARTICLE])
        seen = [repr(extractor), str(extractor), repr(outcome), outcome.model_dump_json()]
    reached(server)
    assert_untold(*seen, logged(caplog), *capfd.readouterr())


@every_fault
async def test_a_client_tells_no_key(
    server: FaultServer, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.default = FAULTS[fault]
    settings = ModelSettings(
        model="model-x",
        base_url=server.base_url,
        timeout=0.3 if fault in SLOW else 30,
        retry=retry.RetryPolicy(attempts=2),
    )
    llm = resolve_model(settings, environment={"OPENAI_API_KEY": CANARY})
    (result,) = await asyncio.gather(llm.ask(question()), return_exceptions=True)
    await llm.aclose()
    seen = [repr(settings), repr(llm), str(llm), repr(result), str(result)]
    if isinstance(result, BaseException):
        seen += traceback.format_exception(result)
        seen.append(repr(pickle.dumps(result)))
    reached(server)
    assert_untold(*seen, logged(caplog))


@pytest.mark.parametrize("given", [CANARY, CANARY.replace("-", "_")])
@pytest.mark.parametrize("command", [False, True])
def test_a_key_in_place_of_its_variable_is_not_repeated(given: str, command: bool) -> None:
    if command:
        arguments = ["extract", "-", "--model", "openai/gpt-5-mini", "--api-key-env", given]
        result = CliRunner().invoke(app, arguments, input=ARTICLE.text)
        assert result.exit_code == 2
        said = result.output
    else:
        with pytest.raises(ConfigError) as caught:
            Extractor(model="openai/gpt-5-mini", api_key_env=given)
        said = "".join(traceback.format_exception(caught.value))
    assert "--api-key-env takes the name" in said
    assert_untold(said)


@pytest.mark.parametrize("bad", [f"{CANARY} x", f"{CANARY}\ny", f"{CANARY}ß"])
def test_a_key_that_cannot_be_one_is_not_repeated(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", bad)
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as caught:
        Extractor(model="openai/gpt-5-mini")
    assert_untold("".join(traceback.format_exception(caught.value)))


# --- from the command line


@dataclass
class Run:
    """A command as a person sees it."""

    code: int
    said: str


@pytest.fixture
def run(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    def run_command(*arguments: str, **options: Any) -> Run:
        result = CliRunner().invoke(app, list(arguments), **options)
        said = [result.output, result.stdout, result.stderr]
        if result.exception is not None:
            said += traceback.format_exception(result.exception)
        said += [logged(caplog), *capfd.readouterr()]
        return Run(result.exit_code, "\n".join(said))

    return run_command


FORMATS = ("table", "json", "jsonl", "csv")


@pytest.mark.parametrize(
    ("fault", "form"),
    [
        *((fault, FORMATS[number % 4]) for number, fault in enumerate(FAULTS)),
        *((fault, form) for fault in ("good", "key in a refusal", "401") for form in FORMATS),
    ],
)
def test_extract_tells_no_key(
    server: FaultServer,
    variable: str,
    fault: str,
    form: str,
    run: Callable[..., Run],
    tmp_path: Path,
) -> None:
    server.default = FAULTS[fault]
    named = [] if variable == "OPENAI_API_KEY" else ["--api-key-env", variable]
    seconds = "0.3" if fault in SLOW else "30"
    settings = [*named, "--model=model-x", f"--base-url={server.base_url}", f"--timeout={seconds}"]
    settings += ["--max-attempts=2", f"--format={form}", "--verbose"]
    to_output = run("extract", "-", *settings, input=ARTICLE.text)
    out = tmp_path / "results" / "all"
    out.parent.mkdir()
    to_file = run("extract", "-", *settings, "--out", str(out), input=ARTICLE.text)
    reached(server)
    assert {to_output.code, to_file.code} <= {0, 1, 2}
    assert_untold(to_output.said, to_file.said, out.read_text("utf-8"))


def test_extract_without_a_server_tells_no_key(variable: str, run: Callable[..., Run]) -> None:
    with closed_port_url() as url:
        settings = ["--api-key-env", variable, "--model=m", "--base-url", url, "-v"]
        result = run("extract", "-", *settings, input=ARTICLE.text)
    assert result.code == 1
    assert "Cannot connect" in result.said
    assert_untold(result.said)


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = getattr(group, "commands", {})
    if not inner:
        yield path
    for name, command in inner.items():
        yield from commands(command, (*path, name))


# Every command that needs no endpoint, with arguments for which it ends well or badly.
OTHERS: dict[tuple[str, ...], list[list[str]]] = {
    ("extract",): [[], ["missing.txt"], ["--help"]],
    ("batch",): [["missing.csv", "--out", "missing", "--base-url", "http://127.0.0.1:9/v1"]],
    ("status",): [["missing"]],
    ("export",): [["missing", "--format", "csv"]],
    ("review",): [["missing"]],
    ("schema",): [[name] for name in ("extraction", "outcome", "draft", "nonsense")],
    ("prompts", "list"): [[]],
    ("prompts", "show"): [["incidents"], ["none@1"]],
    ("prompts", "diff"): [["incidents", "incidents"], ["incidents", "none@1"]],
    ("prompts", "check"): [[]],
    ("prompts", "release"): [["incidents@1"], ["none@1"]],
    ("models", "list"): [[]],
    ("evaluate",): [["missing.jsonl", "missing"], ["--run", "missing", "--out", "missing"]],
    ("compare",): [["missing", "missing", "missing"]],
    ("behaviour",): [["missing.jsonl"]],
    ("report",): [["missing.jsonl", "--out", "missing.html"]],
    ("models", "pull"): [["local/none"], ["local/qwen2.5-coder-1.5b"], ["-q", "local/none"]],
    ("models", "serve"): [["local/none"], ["local/qwen2.5-coder-1.5b"]],
}


def test_every_command_is_tried() -> None:
    assert set(OTHERS) == set(commands(typer.main.get_command(app)))


@pytest.mark.parametrize(
    "arguments", [[*path, *more] for path, tries in OTHERS.items() for more in tries], ids=" ".join
)
def test_other_commands_tell_no_key(
    variable: str,
    arguments: list[str],
    run: Callable[..., Run],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The cache is a file, so fetching the model ends in an error.
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXTRACTOR_CACHE", str(tmp_path / "file"))
    assert variable in os.environ
    result = run(*arguments)
    assert result.code in {0, 1, 2}
    assert result.said.strip()
    assert_untold(result.said)


def test_serving_tells_no_key(
    variable: str, run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConfigError("The embedded engine could not start")

    monkeypatch.setattr(models, "ensure_model", lambda *_: Path("model.gguf"))
    monkeypatch.setattr(models, "LocalEngine", fail)
    assert variable in os.environ
    result = run("models", "serve", "local/some")
    assert result.code == 2
    assert_untold(result.said)


@pytest.mark.parametrize("fault", ["good", "401", "500", "reset", "key as the answer"])
def test_a_process_that_logs_all_it_can_tells_no_key(server: FaultServer, fault: str) -> None:
    server.default = FAULTS[fault]
    code = (
        "import logging; logging.basicConfig(level=logging.DEBUG);"
        "from extractor.llm import retry;"
        "retry.wait_random_exponential = lambda **_: lambda _: 0.001;"
        "from extractor.cli.app import main; main()"
    )
    arguments = ["extract", "-", "-v", "--model=m", f"--base-url={server.base_url}"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, "--max-attempts=1"],
        input=ARTICLE.text,
        env={**os.environ, "OPENAI_API_KEY": CANARY, "OPENAI_LOG": "debug"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    reached(server)
    assert done.returncode in {0, 1, 2}
    assert "DEBUG" in done.stderr
    assert_untold(done.stdout, done.stderr)
