"""Runs on a Ray cluster: what is shared, what a worker does, and a cluster that loses a node."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from extractor import (
    BudgetError,
    Cluster,
    ClusterError,
    ConfigError,
    Extractor,
    Limits,
    MaxFailures,
    Outcome,
    RunStatus,
    StoreError,
    read_outcomes,
    read_run,
    run_batch,
)
from extractor.batch import cluster as module
from extractor.batch.cluster import ClusterEngine, Job, Worker, connected
from extractor.batch.shared import Owner, Shared, SharedBudget, SharedGate
from extractor.cli.app import app
from extractor.llm.base import Question
from extractor.llm.models import ModelSettings
from extractor.llm.scripted import Script, Scripted
from extractor.pipeline.ask import Budget, Spending
from extractor.report import parts
from extractor.report.export import TableFormat
from extractor.store.rows import Record, Task
from tests.stub_server import Running, article, stub
from tests.test_batch import USAGE, answer

ROOT = Path(__file__).parents[1]
KEY = "sk-that-no-log-may-show"
"""Only the command has it: the workers, which refuse to start without, are told it."""


class Here:
    """What is shared, owned by this process: its methods are called at once."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.tasks: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return _Method(self, getattr(self.shared, name))


class _Method:
    def __init__(self, here: Here, method: Callable[..., Any]) -> None:
        self.here, self.method = here, method

    def remote(self, *values: Any) -> Any:
        try:
            task = asyncio.get_running_loop().create_task(self.method(*values))
        except RuntimeError:
            return asyncio.run(self.method(*values))
        self.here.tasks.append(task)  # a loop keeps no hold of its tasks
        return task


def owner(shared: Shared) -> Owner:
    return cast("Owner", Here(shared))


# --- what is shared


def shared(budget: Budget | None = None, **more: Any) -> Shared:
    return Shared(None, None, budget or Budget(), **more)


def test_all_workers_keep_to_one_rate() -> None:
    async def both() -> float:
        common = owner(Shared(1200, None, Budget()))
        gates = SharedGate(common), SharedGate(common)
        started = time.monotonic()
        await asyncio.gather(*(gate.enter(10) for gate in gates for _ in range(3)))
        return time.monotonic() - started

    assert asyncio.run(both()) >= 5 * 60 / 1200


def test_a_pause_and_a_correction_are_everybodys() -> None:
    async def waited() -> list[float]:
        common = owner(Shared(None, 60_000, Budget()))
        one, other = SharedGate(common), SharedGate(common)
        await one.enter(1000)
        one.correct(1000, 0)
        one.pause(0.1)
        await asyncio.sleep(0)
        started = time.monotonic()
        await other.enter(1)
        return [time.monotonic() - started]

    (seconds,) = asyncio.run(waited())
    assert 0.09 <= seconds < 0.5  # without the correction it would be a second


def test_one_budget_is_kept_by_all() -> None:
    async def spend() -> Spending:
        budget = Budget(max_tokens=250)
        common = owner(shared(budget))
        one, other = SharedBudget(common, None), SharedBudget(common, None)
        llm = Scripted(answer)
        first = await one.reserve(USAGE, llm)
        second = await other.reserve(USAGE, llm)
        one.settle(first, USAGE, llm)
        other.settle(second, USAGE, llm)
        with pytest.raises(BudgetError, match="240 of 250 are used: raise --max-tokens"):
            await one.reserve(USAGE, llm)
        return budget.spent

    assert asyncio.run(spend()) == Spending(0.0, 240)


def test_a_price_that_is_not_known_is_told_where_it_is_needed() -> None:
    unpriced = Scripted(answer, price=lambda _: None)

    async def reserve() -> None:
        with pytest.raises(BudgetError, match="price of scripted is not known"):
            await SharedBudget(owner(shared()), 1.0).reserve(USAGE, unpriced)

    asyncio.run(reserve())


def test_what_a_lost_worker_held_counts_as_spent() -> None:
    async def lose() -> list[object]:
        common = shared(Budget(max_tokens=100), lost_after=0.02)
        first = await common.hold(Spending(0.0, 80))
        # It waits for the first, and nobody asks for anything meanwhile.
        refused = await asyncio.wait_for(common.hold(Spending(0.0, 80)), timeout=5)
        await common.release(cast("int", first), Spending(0.0, 10))  # too late
        return [first, refused, await common.hold(Spending(0.0, 20))]

    first, refused, fits = asyncio.run(lose())
    assert (first, fits) == (1, 2)
    assert "80 of 100 are used" in str(refused)


# --- a worker, and the run that waits for it


def job(settings: ModelSettings | None = None, **more: Any) -> Job:
    about: dict[str, Any] = {
        "settings": settings or ModelSettings(model="m", base_url="http://127.0.0.1:1/v1"),
        "prompt": "incidents@1",
        "max_attempts": 2,
        "concurrency": 2,
        "max_cost": None,
        "environment": {},
    }
    return Job(**about | more)


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A cluster that is this process; what its workers are asked to do is noted."""
    noted: dict[str, Any] = {"blocks": []}

    @contextmanager
    def here(cluster: Cluster) -> Iterator[Any]:
        noted["cluster"] = cluster
        yield _FakeRay

    def mapped(
        tasks: Sequence[Task], _: Cluster, job: Job, common: Any
    ) -> Iterator[Mapping[str, Any]]:
        worker = Worker(job, common)
        block: dict[str, Sequence[Any]] = {
            "work": [t.work for t in tasks],
            "article": [t.article for t in tasks],
        }
        noted["blocks"].append(len(tasks))
        for outcomes in worker(block):
            yield outcomes
            yield outcomes  # as a block that was done again would

    monkeypatch.setattr(module, "connected", here)
    monkeypatch.setattr(parts, "connected", here)
    monkeypatch.setattr(module, "mapped", mapped)
    monkeypatch.setattr(module, "_answer", lambda value: value)
    return noted


class _FakeRay:
    class exceptions:  # noqa: N801 - as Ray calls it
        RayError = OSError

    @staticmethod
    def remote(**_: Any) -> Callable[[Any], Any]:
        def made(what: Any) -> Any:
            if what is Shared:
                return type("Actor", (), {"remote": staticmethod(lambda *v: Here(Shared(*v)))})
            return type("Task", (), {"remote": staticmethod(what)})

        return made

    @staticmethod
    def wait(waiting: list[Any], **_: Any) -> tuple[list[Any], list[Any]]:
        return waiting[:1], waiting[1:]

    @staticmethod
    def get(value: Any) -> Any:
        return value


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Question], Script]], Scripted]:
    def use(script: Callable[[Question], Script]) -> Scripted:
        llm = Scripted(script, price=lambda usage: usage.requests / 100)
        monkeypatch.setattr(module, "resolve_model", lambda *_, **__: llm)
        return llm

    return use


def write(path: Path, count: int) -> str:
    path.write_text("".join(json.dumps(article(n)) + "\n" for n in range(count)), "utf-8")
    return str(path)


def contents(out: Path) -> dict[str, Any]:
    def content(outcome: Outcome) -> Any:
        found = outcome.extraction
        return found and found.model_dump(mode="json", exclude={"provenance"})

    return {outcome.article.id: content(outcome) for outcome in read_outcomes(out)}


def test_a_run_by_workers_gives_what_one_process_gives(
    tmp_path: Path, local: dict[str, Any], scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AHEAD", 4)
    inputs = write(tmp_path / "in.jsonl", 10)
    llm = scripted(answer)
    there = run_batch([inputs], tmp_path / "there", llm=llm, cluster=Cluster(workers=3))
    here = run_batch([inputs], tmp_path / "here", llm=Scripted(answer))
    assert (there.status, here.status) == (RunStatus.COMPLETE, RunStatus.COMPLETE)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert (len(llm.questions), there.usage) == (10, here.usage)
    assert local["blocks"] == [4, 4, 2]
    again = run_batch([inputs], tmp_path / "there", llm=llm, cluster=Cluster())
    assert (again.status, len(llm.questions)) == (RunStatus.COMPLETE, 10)


def test_a_budget_ends_a_run_by_workers(
    tmp_path: Path, local: dict[str, Any], scripted: Any
) -> None:
    inputs = write(tmp_path / "in.jsonl", 40)
    llm = scripted(answer)
    limits = Limits(concurrency=2, max_cost=0.04)
    ended = run_batch([inputs], tmp_path / "run", llm=llm, limits=limits, cluster=Cluster())
    assert (ended.status, ended.cost_usd) == (RunStatus.STOPPED, 0.04)
    assert "raise --max-cost" in (ended.reason or "")
    assert ended.counts["pending"] == 36


def test_an_end_stops_the_workers(tmp_path: Path, local: dict[str, Any], scripted: Any) -> None:
    inputs = write(tmp_path / "in.jsonl", 300)

    def never(question: Question) -> Script:
        time.sleep(0.002)
        return "no JSON"

    llm = scripted(never)
    limits = Limits(concurrency=1, max_failures=MaxFailures(count=3))
    ended = run_batch([inputs], tmp_path / "run", llm=llm, limits=limits, cluster=Cluster())
    assert ended.status is RunStatus.STOPPED
    assert "--max-failures" in (ended.reason or "")
    assert ended.counts["pending"] > 0


def test_a_cluster_that_breaks_is_told_and_the_rest_is_kept(
    tmp_path: Path, local: dict[str, Any], scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = write(tmp_path / "in.jsonl", 6)
    scripted(answer)
    whole, record = module.mapped, ClusterEngine._record
    recorded = threading.Event()

    def breaks(*given: Any) -> Iterator[Mapping[str, Any]]:
        blocks = whole(*given)
        yield next(blocks)
        recorded.wait(10)
        next(blocks)  # the first one again
        yield next(blocks)
        raise OSError("the head is gone")

    def slowly(engine: Any, done: Sequence[Record]) -> None:
        record(engine, done)
        if done:
            recorded.set()
            engine._pump.join(10)

    monkeypatch.setattr(ClusterEngine, "_record", slowly)
    monkeypatch.setattr(module, "mapped", breaks)
    with pytest.raises(ClusterError, match=r"the head is gone\. What was recorded is kept"):
        run_batch([inputs], tmp_path / "run", llm=Scripted(answer), cluster=Cluster())
    assert read_run(tmp_path / "run").counts["pending"] == 4
    monkeypatch.setattr(module, "mapped", whole)
    ended = run_batch([inputs], tmp_path / "run", llm=Scripted(answer), cluster=Cluster())
    assert (ended.status, ended.counts["pending"]) == (RunStatus.COMPLETE, 0)


def test_a_run_is_not_complete_while_the_cluster_keeps_back_an_outcome(
    tmp_path: Path, local: dict[str, Any], scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = write(tmp_path / "in.jsonl", 6)
    scripted(answer)
    whole = module.mapped

    def loses(*given: Any) -> Iterator[Mapping[str, Any]]:
        blocks = whole(*given)
        yield next(iter(blocks))

    monkeypatch.setattr(module, "mapped", loses)
    with pytest.raises(ClusterError, match="no outcome of 5 of 6 articles"):
        run_batch([inputs], tmp_path / "run", llm=Scripted(answer), cluster=Cluster())
    kept = read_run(tmp_path / "run")
    assert (kept.status, kept.counts["pending"]) == (RunStatus.INTERRUPTED, 5)


def test_tables_are_written_in_parts(
    tmp_path: Path, local: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_OUTCOMES", 4)
    run_batch([write(tmp_path / "in.jsonl", 10)], tmp_path / "run", llm=Scripted(answer))
    for name in ("part-00009", "part-time"):
        (tmp_path / "out" / name).mkdir(parents=True)
    files = parts.write_parts(tmp_path / "run", tmp_path / "out", TableFormat.CSV, Cluster())
    articles = [file for file in files if file.name == "articles.csv"]
    assert [file.parent.name for file in articles] == ["part-00001", "part-00002", "part-00003"]
    rows = [line for file in articles for line in file.read_text("utf-8").splitlines()[1:]]
    assert sorted(row.split(",")[0] for row in rows) == sorted(f"n{n}" for n in range(10))
    assert not (tmp_path / "out" / "part-00009").exists()
    assert (tmp_path / "out" / "part-time").exists()


def test_a_part_that_cannot_be_written_is_told(
    tmp_path: Path, local: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_batch([write(tmp_path / "in.jsonl", 2)], tmp_path / "run", llm=Scripted(answer))

    def full(*_: Any) -> None:
        raise OSError("the disk of node 2 is full")

    monkeypatch.setattr(parts, "write_part", full)
    with pytest.raises(ClusterError, match="could not write its part: the disk"):
        parts.write_parts(tmp_path / "run", tmp_path / "out", TableFormat.CSV, Cluster())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "part-00001").write_text("")
    with pytest.raises(StoreError, match="cannot write tables"):
        parts.write_parts(tmp_path / "run", tmp_path / "out", TableFormat.CSV, Cluster())


def test_the_key_goes_to_the_worker_and_into_no_text(
    monkeypatch: pytest.MonkeyPatch, local: dict[str, Any]
) -> None:
    monkeypatch.setenv("NEWS_KEY", "sk-secret")
    settings = ModelSettings(model="m", base_url="http://127.0.0.1:1/v1", api_key_env="NEWS_KEY")
    with Extractor(llm=Scripted(answer), prompt="incidents@1") as extractor:
        told = Job.of(settings, extractor, concurrency=2, max_cost=None)
    assert "sk-secret" not in repr(told)
    monkeypatch.delenv("NEWS_KEY")
    with pytest.raises(ConfigError, match="NEWS_KEY"):
        Worker(job(settings), owner(shared()))
    Worker(told, owner(shared()))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["batch", "in", "--out", "run", "--address", "auto"], "give --engine ray as well"),
        (["export", "run", "--format", "csv", "--address", "auto"], "give --engine ray as well"),
        (["batch", "in", "--out", "run", "--engine", "dask"], "dask"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, told in result.stderr) == (2, True)


def test_workers_are_at_least_one() -> None:
    with pytest.raises(ConfigError, match="workers is 0"):
        Cluster(workers=0)


def test_without_ray_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match=r"pip install 'extractor\[ray\]'"), connected(Cluster()):
        pass


def test_without_an_address_no_other_cluster_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    fake = ModuleType("ray")
    fake.init = lambda **given: asked.append(given["address"])  # type: ignore[attr-defined]
    fake.shutdown = lambda: asked.append("shutdown")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setitem(sys.modules, "ray.data", ModuleType("ray.data"))
    with connected(Cluster()):
        assert asked == ["local"]
    assert asked == ["local", "shutdown"]


@pytest.mark.network
def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    inputs = write(tmp_path / "in.jsonl", 2)
    where = ["--engine", "ray", "--address", "127.0.0.1:1"]
    model = ["--model", "m", "--base-url", "http://127.0.0.1:1/v1"]
    result = CliRunner().invoke(
        app, ["batch", inputs, "--out", str(tmp_path / "run"), *model, *where]
    )
    assert result.exit_code == 2
    assert "cannot reach the Ray cluster at 127.0.0.1:1: [Errno 111]" in result.stderr
    assert "mend --address" in result.stderr


# --- a cluster of two nodes on this machine


class Nodes:
    """Two nodes, each in a session of its own so that it can be killed whole."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        # Another run of these tests on this machine has a cluster of its own.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self.started = [self._start("--head", f"--port={port}", "--include-dashboard=false")]

    def complete(self) -> None:
        """Wait for both."""
        self._wait_for(1)
        self.started.append(self._start(f"--address={self.address}"))
        self._wait_for(2)

    def _start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block"]
        size = ["--num-cpus=1", "--object-store-memory=100000000", "--disable-usage-stats"]
        size.append("--node-ip-address=127.0.0.1")
        return subprocess.Popen(
            [*command, *size, *arguments],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _alive(self) -> str:
        start = f"import ray; ray.init('{self.address}', log_to_driver=False); "
        found = subprocess.run(
            [sys.executable, "-c", start + "print(sum(node['Alive'] for node in ray.nodes()))"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return found.stdout.strip()

    def _wait_for(self, nodes: int) -> None:
        for _ in range(20):
            if self._alive() == str(nodes):
                return
            time.sleep(1)
        raise AssertionError(f"the cluster did not get {nodes} nodes")

    def kill_last(self) -> None:
        """End a node with all its processes, at once."""
        node = self.started.pop()
        subprocess.run(["pkill", "-KILL", "-s", str(node.pid)], check=False)
        node.wait()

    def logs(self) -> list[str]:
        """What all processes of the cluster have logged."""
        session = Path(self.environment["RAY_TMPDIR"], "ray", "session_latest")
        files = [path for path in session.glob("logs/**/*") if path.is_file()]
        return [path.read_text("utf-8", "replace") for path in files]

    def end(self) -> None:
        """End both."""
        while self.started:
            self.kill_last()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("ray")
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RAY_AUTH_MODE": "disabled",
        "RAY_TMPDIR": str(folder) if len(str(folder)) < 40 else "/tmp",
    }


@pytest.fixture
def nodes(environment: dict[str, str]) -> Iterator[Nodes]:
    pytest.importorskip("ray")
    started = Nodes(environment)
    try:
        started.complete()
        yield started
    finally:
        started.end()


def command(
    nodes: Nodes, server: Running, inputs: str, out: Path, *more: str
) -> "subprocess.Popen[str]":
    model = ["--model", "m", "--base-url", server.base_url, "--api-key-env", "NEWS_KEY"]
    cluster = ["--engine", "ray", "--address", nodes.address, "--workers", "2"]
    run = [sys.executable, "-m", "extractor", "batch", inputs, "--out", str(out)]
    return subprocess.Popen(
        [*run, *model, *cluster, *more],
        env={**nodes.environment, "NEWS_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def recorded(out: Path) -> int:
    try:
        run = read_run(out)
    except StoreError:
        return 0
    return run.articles - run.counts["pending"]


@pytest.mark.slow
@pytest.mark.network
def test_two_nodes_give_what_one_process_gives_also_when_one_is_killed(
    nodes: Nodes, tmp_path: Path
) -> None:
    inputs = write(tmp_path / "in.jsonl", 240)
    with stub(latency=0.4) as server:
        settings = ModelSettings(model="m", base_url=server.base_url)
        run_batch([inputs], tmp_path / "here", settings=settings, limits=Limits(concurrency=32))
        alone = server.stats().requests
        rate = ["--rpm", "1200", "--concurrency", "4", "--export", "parquet"]
        with command(nodes, server, inputs, tmp_path / "two", *rate) as process:
            _, told = process.communicate(timeout=120)
        stats = server.stats()
        assert process.returncode == 0, told
        assert contents(tmp_path / "two") == contents(tmp_path / "here")
        assert stats.requests - alone == 240
        part = tmp_path / "two" / "tables" / "part-00001"
        assert (part / "incidents.parquet").is_file()
    with stub(latency=0.4) as server:
        with command(nodes, server, inputs, tmp_path / "killed", *rate) as process:
            while recorded(tmp_path / "killed") < 60:
                assert process.poll() is None, process.communicate()
                time.sleep(0.2)
            nodes.kill_last()
            _, told = process.communicate(timeout=180)
        stats = server.stats()
    assert process.returncode == 0, told
    assert contents(tmp_path / "killed") == contents(tmp_path / "here")
    # Only what the lost worker had in its hands is asked again, and never faster than allowed.
    assert 240 <= stats.requests <= 240 + 2 * 4 * 4
    assert max(stats.by_article.values()) <= 2
    assert stats.busiest_second <= 20
    logs = nodes.logs()
    assert any("Worker" in text for text in logs)
    assert not any(KEY in text for text in [*logs, told])


@pytest.mark.slow
@pytest.mark.network
def test_one_budget_and_an_interrupt_hold_for_all_nodes(nodes: Nodes, tmp_path: Path) -> None:
    inputs = write(tmp_path / "in.jsonl", 200)
    with stub(latency=0.4) as server:
        few = ["--max-tokens", "200000", "--concurrency", "4"]
        with command(nodes, server, inputs, tmp_path / "few", *few) as process:
            _, told = process.communicate(timeout=120)
        stats = server.stats()
    assert process.returncode == 2, told
    assert "raise --max-tokens" in told
    assert stats.input_tokens + stats.output_tokens <= 200_000
    usage = read_run(tmp_path / "few").usage
    assert usage.input_tokens + usage.output_tokens == stats.input_tokens + stats.output_tokens
    with stub(latency=0.4) as server:
        slow = ["--concurrency", "1"]
        with command(nodes, server, inputs, tmp_path / "stopped", *slow) as process:
            while recorded(tmp_path / "stopped") < 10:
                assert process.poll() is None, process.communicate()
                time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            _, told = process.communicate(timeout=60)
    assert (process.returncode, time.monotonic() - started < 20) == (130, True), told
    assert 10 <= recorded(tmp_path / "stopped") < 200
