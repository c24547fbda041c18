"""Runs against an endpoint in another process: faults, rates, outages, signals, the command."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extractor import (
    Limits,
    Manifest,
    ModelSettings,
    Outcome,
    RunStatus,
    Usage,
    read_outcomes,
    read_run,
    run_batch,
)
from extractor.batch.progress import NoRunProgress, Snapshot
from extractor.cli.app import app
from extractor.llm import limits as limits_module
from extractor.llm.limits import RETRY
from extractor.llm.openai_compatible import OpenAICompatible
from extractor.llm.retry import RetryPolicy
from tests.batch_server import BatchServer, answered
from tests.fault_server import Behaviour, closed_port_url, reset
from tests.stub_server import Running, article, stub

pytestmark = pytest.mark.network

COMMAND = (sys.executable, "-m", "extractor")
ROOT = Path(__file__).parents[1]
SECONDS = 120
"""What no step of these tests takes, however busy the machine is."""


def write(folder: Path, count: int) -> str:
    path = folder / "news.jsonl"
    path.write_text("".join(json.dumps(article(n)) + "\n" for n in range(count)), "utf-8")
    return str(path)


def settings(server: Running, **changes: Any) -> ModelSettings:
    return ModelSettings(model="stub", base_url=server.base_url, **changes)


def tokens(usage: Usage) -> tuple[int, int]:
    return usage.input_tokens, usage.output_tokens


def content(outcomes: Iterator[Outcome]) -> dict[str, str]:
    """What an outcome says, without how long it took and what it cost."""
    said = {}
    for outcome in outcomes:
        assert outcome.extraction is not None, outcome.error
        text = outcome.extraction.model_dump_json(exclude={"provenance"})
        assert outcome.article.id not in said
        said[outcome.article.id] = text
    return said


@pytest.fixture
def quick_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between requests that suit a stub."""
    monkeypatch.setattr(limits_module, "_FIRST_PROBE", 0.02)
    monkeypatch.setattr(limits_module, "_LAST_PROBE", 0.1)
    quick = RetryPolicy(attempts=RETRY.attempts, max_elapsed=RETRY.max_elapsed, base=0.01, cap=0.1)
    monkeypatch.setattr("extractor.batch.run.RETRY", quick)


@pytest.mark.usefixtures("quick_waits")
def test_faults_end_in_results_within_the_bound_of_requests(tmp_path: Path) -> None:
    count = 60
    with stub(faults=0.2, seed=5) as server:
        manifest = run_batch(
            [write(tmp_path, count)],
            tmp_path / "run",
            settings=settings(server, timeout=1),
            limits=Limits(concurrency=16),
        )
        stats = server.stats()
    assert manifest.status is RunStatus.COMPLETE
    assert set(manifest.counts) <= {"ok", "repaired", "partial", "pending"}
    assert sum(manifest.counts.values()) == count
    assert len(stats.faults) == 6, "every fault has to have come up"
    assert stats.requests > count
    # Two answers for an article, each of which may be asked for twice as long once more.
    assert max(stats.by_article.values()) <= 2 * 2 * RETRY.attempts
    # A request may be lost on a connection that the stub has closed, but none is uncounted.
    assert stats.requests <= manifest.usage.requests
    assert tokens(manifest.usage) <= (stats.input_tokens, stats.output_tokens)


def test_no_second_has_more_requests_than_the_rate_allows(tmp_path: Path) -> None:
    per_second = 20
    with stub(latency=0.2) as server:
        started = time.monotonic()
        manifest = run_batch(
            [write(tmp_path, 50)],
            tmp_path / "run",
            settings=settings(server),
            limits=Limits(concurrency=32, rpm=60 * per_second),
        )
        took = time.monotonic() - started
        stats = server.stats()
    assert manifest.counts["ok"] == stats.requests == 50
    assert stats.busiest_second <= per_second
    assert took < 30, "the rate was not used"


def test_the_sum_is_right_to_the_token_and_the_budget_is_kept(tmp_path: Path) -> None:
    inputs, concurrency, most = write(tmp_path, 40), 4, 0.05

    def price(usage: Usage) -> float:
        return (usage.input_tokens + 4 * usage.output_tokens) / 1e6

    with stub(latency=0.01) as server:

        def go(max_cost: float) -> Manifest:
            llm = OpenAICompatible(
                name="stub",
                model="stub",
                base_url=server.base_url,
                retry=RetryPolicy(attempts=1),
                price=price,
            )
            limits = Limits(concurrency=concurrency, max_cost=max_cost)
            return run_batch([inputs], tmp_path / "run", llm=llm, limits=limits)

        manifest = go(most)
        stats = server.stats()
        assert manifest.status is RunStatus.STOPPED
        assert 0 < manifest.counts["ok"] < 40
        assert manifest.cost_usd is not None
        assert manifest.cost_usd <= most
        assert tokens(manifest.usage) == (stats.input_tokens, stats.output_tokens)
        manifest = go(10)
        stats = server.stats()
    assert manifest.counts == {"ok": 40, "pending": 0}
    assert stats.requests == 40
    assert tokens(manifest.usage) == (stats.input_tokens, stats.output_tokens)
    assert manifest.cost_usd == pytest.approx(price(manifest.usage))


class GoingAway(NoRunProgress):
    """Stops the endpoint when some articles are done, and starts it when the run waits for it."""

    def __init__(self, first: Running, stack: ExitStack) -> None:
        self.notes: list[str] = []
        self.first, self.stack = first, stack
        self.gone = False

    def update(self, snapshot: Snapshot) -> None:
        if snapshot.done >= 5 and not self.gone:
            self.gone = True
            self.first.stop()

    def note(self, message: str) -> None:
        self.notes.append(message)
        if "waits until the endpoint answers" in message:
            self.stack.enter_context(stub(port=self.first.port))


@pytest.mark.usefixtures("quick_waits")
def test_an_endpoint_that_goes_away_pauses_the_run(tmp_path: Path) -> None:
    with ExitStack() as stack:
        progress = GoingAway(stack.enter_context(stub(latency=0.02)), stack)
        manifest = run_batch(
            [write(tmp_path, 40)],
            tmp_path / "run",
            settings=settings(progress.first),
            limits=Limits(concurrency=4),
            progress=progress,
        )
    assert manifest.counts == {"ok": 40, "pending": 0}
    assert sum("waits until the endpoint answers" in note for note in progress.notes) == 1
    assert sum("answers again after" in note for note in progress.notes) == 1


@pytest.mark.usefixtures("quick_waits")
def test_an_article_that_alone_breaks_its_connection_fails(tmp_path: Path) -> None:
    def answer(body: dict[str, Any]) -> Behaviour:
        return reset() if "Number 3." in json.dumps(body) else answered(body)

    with BatchServer(answer) as server:
        manifest = run_batch(
            [write(tmp_path, 4)],
            tmp_path / "run",
            settings=ModelSettings(model="stub", base_url=server.base_url),
            limits=Limits(concurrency=1),
        )
    assert manifest.status is RunStatus.COMPLETE
    assert manifest.counts == {"ok": 3, "failed": 1, "pending": 0}
    assert manifest.errors == {"connection": 1}


@pytest.mark.usefixtures("quick_waits")
def test_an_address_where_nobody_listens_stops_the_run(tmp_path: Path) -> None:
    with closed_port_url() as url:
        manifest = run_batch(
            [write(tmp_path, 9)],
            tmp_path / "run",
            settings=ModelSettings(model="stub", base_url=url),
        )
    assert manifest.status is RunStatus.STOPPED
    assert "--base-url" in (manifest.reason or "")
    assert manifest.counts == {"pending": 9}


# --- the command as a process


def start(inputs: str, server: Running, out: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(*COMMAND, "batch", inputs, "--out", str(out), "--model", "stub"),
            *("--base-url", server.base_url, "--concurrency", "4", *options),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def wait_for(some: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not some():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def finished(out: Path) -> int:
    if not (out / "manifest.json").exists():
        return 0
    return read_run(out).finished


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """What runs in the background ignores interrupts, and so would all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_an_interrupt_commits_and_tells_how_to_go_on(number: int, tmp_path: Path) -> None:
    inputs, out = write(tmp_path, 200), tmp_path / "run"
    with stub(latency=0.1) as server:
        process = start(inputs, server, out)
        wait_for(lambda: finished(out) >= 4)
        assert read_run(out).status is RunStatus.RUNNING
        sent = time.monotonic()
        process.send_signal(number)
        _, told = process.communicate(timeout=SECONDS)
        assert time.monotonic() - sent < 10 + 5
        assert process.returncode == 130, told
        assert "run the same command again to go on" in told
        stats = server.stats()
    manifest = read_run(out)
    assert manifest.status is RunStatus.INTERRUPTED
    # What was in flight was finished: everything that was paid for is there.
    assert manifest.counts["ok"] == stats.answered == len(list(read_outcomes(out)))
    assert 4 <= stats.answered < 200


@pytest.mark.slow
def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    inputs, out = write(tmp_path, 60), tmp_path / "run"
    with stub(latency=0.05) as server:
        process = start(inputs, server, out)
        wait_for(lambda: finished(out) >= 5)
        process.kill()
        process.communicate()
        left = read_run(out)
        assert left.status is RunStatus.INTERRUPTED
        assert "ended without a word" in (left.reason or "")
        before = content(read_outcomes(out))
        assert 5 <= len(before) < 60
        process = start(inputs, server, out)
        _, told = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, told
        run_batch([inputs], tmp_path / "whole", settings=settings(server))
        again = sum(count > 2 for count in server.stats().by_article.values())
    after = content(read_outcomes(out))
    assert before.items() <= after.items()
    assert after == content(read_outcomes(tmp_path / "whole"))
    assert again <= 4, "only what was in flight is asked again"


def command(*arguments: str) -> tuple[int, str, str]:
    """Exit code and what was printed on standard output and standard error."""
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.stdout, done.stderr


def batch(inputs: str, server: Running, out: Path, *options: str) -> tuple[int, str, str]:
    asked = ("--model", "stub", "--base-url", server.base_url)
    return command("batch", inputs, "--out", str(out), *asked, *options)


def test_progress_for_machines_and_for_people(tmp_path: Path) -> None:
    inputs, out = write(tmp_path, 3), tmp_path / "run"
    with stub() as server:
        code, printed, told = batch(inputs, server, out, "--json-log", "--export", "csv")
        assert (code, printed) == (0, ""), told
        events = [json.loads(line) for line in told.splitlines()]
        assert [event["event"] for event in events] == ["note", "end"]
        assert events[-1]["counts"] == {"ok": 3, "pending": 0}
        assert (out / "tables" / "incidents.csv").is_file()
        code, printed, told = batch(inputs, server, out)
        assert (code, printed) == (0, "")
        assert "complete: 3 of 3 articles\n3 ok\n" in told
        assert batch(inputs, server, out, "--quiet") == (0, "", "")
        assert server.stats().requests == 3
    code, printed, told = command("status", str(out), "--json")
    assert Manifest.model_validate_json(printed) == read_run(out)
    code, printed, told = command("status", str(out))
    assert printed.startswith("complete: 3 of 3 articles\n")


def test_files_are_named_that_an_export_wrote(tmp_path: Path) -> None:
    inputs, out = write(tmp_path, 2), tmp_path / "run"
    with stub() as server:
        batch(inputs, server, out)
    code, printed, _ = command(
        "export", str(out), "--format", "jsonl", "--out", str(tmp_path / "t")
    )
    assert code == 0
    files = [Path(line) for line in printed.splitlines()]
    assert len(files) == 8
    assert all(file.is_file() for file in files)


def test_failures_and_limits_have_exit_codes(tmp_path: Path) -> None:
    inputs = write(tmp_path, 3)
    Path(inputs).write_text(Path(inputs).read_text("utf-8") + "{}\n", "utf-8")
    with stub() as server:
        code, _, told = batch(inputs, server, tmp_path / "a")
        assert code == 1
        assert "1 could not be read as an article" in told
        code, _, told = batch(inputs, server, tmp_path / "b", "--max-tokens", "9", "--quiet")
        assert code == 2
        assert "stopped: the next call may take" in told
        assert "--max-tokens" in told
        code, _, told = batch(inputs, server, tmp_path / "b", "--max-attempts", "7")
        assert code == 2
        assert "max_attempts: was 2, is 7" in told
    for options in (["--column", "text"], ["--column", "body=text"], ["--max-failures", "lots"]):
        code, _, told = batch(inputs, server, tmp_path / "c", *options)
        assert code == 2
        assert options[0] in told
    assert command("status", str(tmp_path))[0] == 2
