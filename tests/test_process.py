"""The command as a process of its own: signals, pipes and exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx2
import pytest

from extractor.llm.catalogue import DEFAULT_MODEL
from extractor.pipeline.outcome import Outcome
from tests.fault_server import FaultServer, completion, hang
from tests.test_pipeline import ARTICLE, draft

COMMAND = (sys.executable, "-m", "extractor")
SECONDS = 120
"""What no step of these tests takes, however busy the machine is."""


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(default=completion(json.dumps(draft()))) as running:
        yield running


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """What runs in the background ignores interrupts, and so would all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def articles(tmp_path: Path) -> str:
    path = tmp_path / "articles.jsonl"
    records = [{"id": f"n{number}", "text": ARTICLE.text} for number in range(3)]
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    return str(path)


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes, and ends those that a test has left."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*arguments: str, command: Sequence[str] = COMMAND) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "error"},
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def wait_for(server: FaultServer, requests: int) -> None:
    limit = time.monotonic() + SECONDS
    while len(server.requests) < requests:
        assert time.monotonic() < limit, f"only {len(server.requests)} requests came"
        time.sleep(0.02)


def test_the_module_is_the_command(start: Start) -> None:
    process = start("--version")
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("extractor ")


@pytest.mark.network
def test_data_goes_out_and_all_else_to_standard_error(
    start: Start, server: FaultServer, articles: str
) -> None:
    process = start("extract", articles, "--model=m", f"--base-url={server.base_url}",
                    "--format=jsonl", "-v")  # fmt: skip
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    outcomes = [Outcome.model_validate_json(line) for line in out.splitlines()]
    assert sorted(outcome.article.id for outcome in outcomes) == ["n0", "n1", "n2"]
    assert "3 of 3 articles: 3 ok" in err


@pytest.mark.network
def test_an_interrupt_keeps_what_is_done(
    start: Start, server: FaultServer, articles: str, tmp_path: Path
) -> None:
    server.enqueue(completion(json.dumps(draft())))
    server.default = hang()
    out = tmp_path / "out.jsonl"
    process = start("extract", articles, "--model=m", f"--base-url={server.base_url}",
                    "--concurrency=1", f"--out={out}")  # fmt: skip
    wait_for(server, 2)
    process.send_signal(signal.SIGINT)
    said, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert said == ""
    assert "Traceback" not in err
    assert err.endswith("interrupted\n")
    (outcome,) = map(Outcome.model_validate_json, out.read_text("utf-8").splitlines())
    assert outcome.article.id == "n0"
    assert len(server.requests) == 2


@pytest.mark.network
def test_a_reader_that_has_seen_enough_ends_the_run_without_a_word(
    start: Start, server: FaultServer, articles: str
) -> None:
    process = start("extract", articles, "--model=m", f"--base-url={server.base_url}",
                    "--concurrency=1", "--format=jsonl", "--quiet")  # fmt: skip
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=SECONDS) == 1
    assert err == ""


def test_an_interrupt_does_not_wait_for_a_fetch(start: Start, tmp_path: Path) -> None:
    code = (
        "import sys, time; from extractor.llm import models;"
        "models.ensure_model = lambda *_: (print('fetching', flush=True), time.sleep(600));"
        "from extractor.cli.app import main; main()"
    )
    article = tmp_path / "a.txt"
    article.write_text(ARTICLE.text, "utf-8")
    process = start("extract", str(article), command=(sys.executable, "-c", code))
    assert process.stdout
    assert process.stdout.readline() == "fetching\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (130, "interrupted\n")


@pytest.mark.embedded
def test_a_served_model_answers_until_an_interrupt(start: Start) -> None:
    process = start("models", "serve", DEFAULT_MODEL, "--context-window=512")
    assert process.stdout
    url = process.stdout.readline().strip()
    listed = httpx2.get(f"{url}/models", trust_env=False).raise_for_status().json()
    assert [model["id"] for model in listed["data"]] == [DEFAULT_MODEL]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    assert err.endswith("stopped\n")
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/models", trust_env=False)
