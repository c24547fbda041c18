"""Runs by a provider's batches: the same outcomes, nothing asked twice, whatever happens."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extractor import (
    Cluster,
    ConfigError,
    Limits,
    Manifest,
    MaxFailures,
    ModelSettings,
    Outcome,
    ProviderBatch,
    ProviderError,
    RunStatus,
    StoreError,
    Usage,
    read_outcomes,
    read_run,
    run_batch,
)
from extractor.batch import at_provider
from extractor.batch.progress import NoRunProgress
from extractor.cli.app import app
from extractor.llm.openai_batches import Batches
from extractor.llm.openai_compatible import OpenAICompatible
from extractor.llm.retry import RetryPolicy
from extractor.prompting import load_prompt
from extractor.store.ledger import Ledger
from extractor.store.parts import Parts
from tests.batch_server import BatchServer, answered
from tests.fault_server import Behaviour, completion, error, reset, status
from tests.stub_server import article
from tests.test_steps import TEXT as STEPS_TEXT
from tests.test_steps import reply as steps_reply

pytestmark = pytest.mark.network

QUICK = RetryPolicy(attempts=3, base=0.001, cap=0.002)
ROOT = Path(__file__).parents[1]


class Notes(NoRunProgress):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


class Killed(BaseException):
    """The end of the process, as far as a test can have one."""


async def kill() -> str:
    raise Killed


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    made = OpenAICompatible.batches

    def quick(self: OpenAICompatible) -> Batches:
        batches = made(self)
        batches._retry = QUICK
        return batches

    monkeypatch.setattr(OpenAICompatible, "batches", quick)
    with BatchServer() as server:
        yield server


@pytest.fixture
def news(tmp_path: Path) -> str:
    return write(tmp_path, 6)


def write(folder: Path, count: int) -> str:
    path = folder / "news.jsonl"
    path.write_text("".join(json.dumps(article(n)) + "\n" for n in range(count)), "utf-8")
    return str(path)


def price(usage: Usage) -> float:
    return usage.input_tokens * 1e-5 + usage.output_tokens * 1e-4


def run(
    news: str,
    out: Path,
    provider: BatchServer,
    *,
    batch: dict[str, Any] | None = None,
    ordinary: bool = False,
    **options: Any,
) -> Manifest:
    llm = OpenAICompatible(
        name="stub",
        model="stub",
        base_url=provider.base_url,
        retry=RetryPolicy(attempts=1),
        price=price,
    )
    settings = None if ordinary else ProviderBatch(**{"poll": 0.01, **(batch or {})})
    return run_batch([news], out, llm=llm, provider_batch=settings, **options)


def said(out: Path) -> dict[str, Any]:
    """What the outcomes say, without what differs between two ways to the same answers."""
    return {outcome.article.id: _said(outcome) for outcome in read_outcomes(out)}


def _said(outcome: Outcome) -> Any:
    told = outcome.model_dump(mode="json")
    for origin in (told["provenance"], (told["extraction"] or {}).get("provenance", {})):
        origin.pop("duration_s", None)
        origin.pop("cost_usd", None)
    return told


def tokens(usage: Usage) -> list[int]:
    return [usage.input_tokens, usage.output_tokens]


def broken(content: str = "{") -> Behaviour:
    return completion(content, usage=(7, 3, 0))


def of(number: int, body: dict[str, Any]) -> bool:
    """Whether the question is about the article with this number."""
    return any(f"Number {number}." in message["content"] for message in body["messages"])


# --- the whole way


def test_the_outcomes_are_those_of_an_ordinary_run(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    ordinary = run(news, tmp_path / "ordinary", provider, ordinary=True)
    plain = provider.direct[:]
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.status is RunStatus.COMPLETE
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert said(tmp_path / "run") == said(tmp_path / "ordinary")
    # The same requests, to the letter, though in one file.
    assert len(provider.batches) == 1
    assert [line["body"] for line in provider.lines()] == sorted(
        plain, key=lambda body: str(body["messages"][-1])
    )
    assert len(provider.direct) == 6
    assert manifest.usage == ordinary.usage
    assert manifest.usage.input_tokens == sum(1000 + n for n in range(6))
    assert ordinary.cost_usd is not None
    assert manifest.cost_usd == pytest.approx(ordinary.cost_usd / 2)
    costs = [outcome.provenance.cost_usd for outcome in read_outcomes(tmp_path / "run")]
    assert sum(cost or 0 for cost in costs) == pytest.approx(manifest.cost_usd)
    assert not list((tmp_path / "run" / "batches").iterdir())


def test_the_same_command_asks_nothing_again(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    run(news, tmp_path / "run", provider)
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.status is RunStatus.COMPLETE
    assert len(provider.batches) == 1
    assert provider.direct == []


def test_parts_keep_to_the_limits(tmp_path: Path, provider: BatchServer) -> None:
    news = write(tmp_path, 7)
    run(news, tmp_path / "run", provider, batch={"max_requests": 3})
    assert [len(provider.lines(n)) for n in range(3)] == [3, 3, 1]
    size = max(len(json.dumps(line)) for line in provider.lines())
    run(news, tmp_path / "other", provider, batch={"max_bytes": int(2.5 * size)})
    files = [provider.files[batch.file] for batch in provider.batches.values()][3:]
    assert [len(file.splitlines()) for file in files] == [2, 2, 2, 1]
    assert all(len(file) <= 2.5 * size for file in files)
    assert said(tmp_path / "other") == said(tmp_path / "run")


def test_batches_are_named_after_run_and_part(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    run(news, tmp_path / "run", provider, batch={"max_requests": 4})
    metadata = [batch.metadata for batch in provider.batches.values()]
    assert [found["part"] for found in metadata] == ["1", "2"]
    assert len({found["run"] for found in metadata}) == 1
    assert [
        (p.part, p.batch, p.status, p.completed) for p in read_run(tmp_path / "run").batches
    ] == [
        (1, "batch_1", "completed", 4),
        (2, "batch_2", "completed", 2),
    ]


# --- what fails


def test_failed_lines_go_the_ordinary_way(news: str, tmp_path: Path, provider: BatchServer) -> None:
    run(news, tmp_path / "ordinary", provider, ordinary=True)
    provider.direct.clear()
    provider.usage[:] = [0, 0]
    provider.answer_line = lambda body: error(500, "no") if of(2, body) else answered(body)
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert [of(2, body) for body in provider.direct] == [True]
    assert tokens(manifest.usage) == provider.usage
    assert said(tmp_path / "run") == said(tmp_path / "ordinary")
    half = price(Usage(input_tokens=5013, output_tokens=500, cached_tokens=0, requests=5)) / 2
    whole = price(Usage(input_tokens=1002, output_tokens=100, cached_tokens=0, requests=1))
    assert manifest.cost_usd == pytest.approx(half + whole)
    (part,) = manifest.batches
    assert (part.completed, part.failed) == (5, 1)


def test_invalid_answers_are_asked_for_again_in_the_ordinary_way(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.answer_line = lambda body: broken() if of(4, body) else answered(body)
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 5, "repaired": 1, "pending": 0}
    (again,) = provider.direct
    # The conversation goes on: the answer of the batch is in it.
    assert [message["role"] for message in again["messages"][-3:]] == ["user", "assistant", "user"]
    assert again["messages"][-2]["content"] == "{"
    assert max(provider.asked.values()) == 1
    assert tokens(manifest.usage) == provider.usage
    outcome = {o.article.id: o for o in read_outcomes(tmp_path / "run")}["n4"]
    assert (outcome.provenance.attempts, outcome.provenance.usage.requests) == (2, 2)
    paid = price(Usage(input_tokens=7, output_tokens=3, cached_tokens=0, requests=1)) / 2
    paid += price(Usage(input_tokens=1004, output_tokens=100, cached_tokens=0, requests=1))
    assert outcome.provenance.cost_usd == pytest.approx(paid)


def test_more_rounds_ask_again_in_batches(news: str, tmp_path: Path, provider: BatchServer) -> None:
    def first_broken(body: dict[str, Any]) -> Behaviour:
        again = body["messages"][-2]["content"] == "{"
        return broken() if of(4, body) and not again else answered(body)

    provider.answer = first_broken
    run(news, tmp_path / "ordinary", provider, ordinary=True)
    provider.direct.clear()
    manifest = run(news, tmp_path / "run", provider, batch={"rounds": 2})
    assert [len(provider.lines(n)) for n in range(2)] == [6, 1]
    assert provider.direct == []
    assert manifest.counts == {"ok": 5, "repaired": 1, "pending": 0}
    assert said(tmp_path / "run") == said(tmp_path / "ordinary")


def test_what_expires_goes_the_ordinary_way(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.ends, provider.expires_after = ["expired"], 4
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(provider.direct) == 2
    assert max(provider.asked.values()) == 1
    assert tokens(manifest.usage) == provider.usage


def test_a_refusal_is_an_outcome(news: str, tmp_path: Path, provider: BatchServer) -> None:
    filtered = error(400, "not this", error_code="content_filter")
    provider.answer_line = lambda body: filtered if of(1, body) else answered(body)
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 5, "refused": 1, "pending": 0}
    assert provider.direct == []


def test_an_article_that_fails_anyway_has_an_outcome(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.answer = lambda body: broken() if of(4, body) else answered(body)
    manifest = run(news, tmp_path / "run", provider, max_attempts=2)
    assert manifest.counts == {"ok": 5, "failed": 1, "pending": 0}
    assert manifest.errors == {"invalid_answer": 1}
    assert tokens(manifest.usage) == provider.usage
    provider.answer = answered
    manifest = run(news, tmp_path / "run", provider, max_attempts=2, retry_failed=True)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(provider.lines(1)) == 1
    assert tokens(manifest.usage) == provider.usage


def test_too_many_failures_stop_it(news: str, tmp_path: Path, provider: BatchServer) -> None:
    provider.answer = lambda _: broken()
    limits = Limits(max_failures=MaxFailures(count=1))
    manifest = run(news, tmp_path / "run", provider, max_attempts=1, limits=limits)
    assert manifest.status is RunStatus.STOPPED
    assert "more than --max-failures" in (manifest.reason or "")


def test_odd_lines_of_an_answer_file_are_passed_over(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.polls = 1
    collected = provider._file

    def odd(lines: list[dict[str, Any]]) -> str | None:
        file = collected(lines)
        if file is not None:
            first = provider.files[file].splitlines()[0]
            stranger = json.dumps({**json.loads(first), "custom_id": "77-x"}).encode()
            odd = (b"no json", b"[]", b'{"custom_id": 1}', stranger, first)
            provider.files[file] = b"\n".join(odd) + b"\n" + provider.files[file]
        return file

    provider._file = odd  # type: ignore[method-assign]
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert provider.direct == []
    assert tokens(manifest.usage) == provider.usage


def test_a_refused_file_stops_the_run_and_is_made_anew(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.ends = ["failed"]
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.status is RunStatus.STOPPED
    assert manifest.reason is not None
    assert "batch_1 (part 1): line 3: the model does not exist" in manifest.reason
    assert manifest.counts == {"pending": 6}
    manifest = run(news, tmp_path / "run", provider, batch={"max_requests": 4})
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert provider.direct == []
    assert max(provider.asked.values()) == 1
    assert [part.status for part in manifest.batches] == ["failed", "completed", "completed"]


def test_a_full_queue_is_waited_for(news: str, tmp_path: Path, provider: BatchServer) -> None:
    provider.room, provider.polls = 2, 2
    progress = Notes()
    options = {"max_requests": 2}
    manifest = run(news, tmp_path / "run", provider, batch=options, progress=progress)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert provider.direct == []
    assert max(provider.asked.values()) == 1
    # The third was refused once, and not sent again before another one had ended.
    ended = [batch.status for batch in provider.batches.values()]
    assert ended == ["completed", "completed", "failed", "completed"]
    assert [part.status for part in manifest.batches] == ["completed"] * 3
    told = "Part 3 waits until another batch has ended: Enqueued token limit reached."
    assert progress.notes.count(told) == 1


def test_a_part_that_waits_for_room_survives_a_kill(
    news: str, tmp_path: Path, provider: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.room, provider.polls = 1, 50

    def die(_: object) -> None:
        raise Killed

    options = {"max_requests": 3}
    with monkeypatch.context() as patch:
        patch.setattr(at_provider.AtProvider, "_wait", die)
        with pytest.raises(Killed):
            run(news, tmp_path / "run", provider, batch=options)
    states = [(part.state, part.status) for part in read_run(tmp_path / "run").batches]
    assert states == [("created", "in_progress"), ("prepared", "waits for room")]
    provider.room, provider.polls = 2, 1
    assert run(news, tmp_path / "run", provider, batch=options).counts == {"ok": 6, "pending": 0}
    assert max(provider.asked.values()) == 1
    assert provider.direct == []


def test_a_part_for_which_there_is_never_room_stops_the_run(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.room = 0
    manifest = run(news, tmp_path / "run", provider, batch={"max_requests": 3})
    assert manifest.status is RunStatus.STOPPED
    assert "Enqueued token limit reached" in (manifest.reason or "")
    assert "--part-requests makes parts smaller" in (manifest.reason or "")
    provider.room = 1
    manifest = run(news, tmp_path / "run", provider, batch={"max_requests": 2})
    assert manifest.counts == {"ok": 6, "pending": 0}


def test_cancelling_does_not_wait_for_room(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    interrupted(news, tmp_path / "run", provider)
    for batch in provider.batches.values():
        batch.status, batch.code, batch.complaint = "failed", "token_limit_exceeded", "full"
    manifest = run(news, tmp_path / "run", provider, batch={"cancel": True})
    assert [part.state for part in manifest.batches] == ["collected", "collected"]
    assert run(news, tmp_path / "run", provider).counts == {"ok": 6, "pending": 0}


# --- stages


def staged(body: dict[str, Any]) -> Behaviour:
    """The answers of `test_steps` to the requests of a staged prompt."""
    prompt = load_prompt("steps")
    name = body["response_format"]["json_schema"]["name"]
    by_schema = {step.schema.__name__: (key, step) for key, step in prompt.steps.items()}
    key, step = by_schema[name]
    asked = body["messages"][len(step.static)]["content"]
    return completion(json.dumps(steps_reply(key, asked)), usage=(len(asked), 5, 0))


def test_stages_go_round_by_round(tmp_path: Path, provider: BatchServer) -> None:
    news = tmp_path / "news.jsonl"
    texts = [STEPS_TEXT, f"{STEPS_TEXT}\nThe shops were open again on Thursday."]
    records = [{"id": f"s{n}", "text": t, "published": "2025-03-06"} for n, t in enumerate(texts)]
    news.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    provider.answer = staged
    ordinary = run(str(news), tmp_path / "ordinary", provider, ordinary=True, prompt="steps")
    asked = len(provider.direct)
    provider.direct.clear()
    manifest = run(str(news), tmp_path / "run", provider, prompt="steps")
    assert manifest.status is RunStatus.COMPLETE
    assert said(tmp_path / "run") == said(tmp_path / "ordinary")
    # Not a question more than in the ordinary way, in far fewer rounds.
    lines = [line for n in range(len(provider.batches)) for line in provider.lines(n)]
    assert len(lines) == asked == manifest.usage.requests
    assert provider.direct == []
    assert (len(provider.batches), asked) == (15, 68)
    assert manifest.usage == ordinary.usage


def test_after_its_rounds_a_staged_article_goes_the_ordinary_way(
    tmp_path: Path, provider: BatchServer
) -> None:
    news = tmp_path / "news.jsonl"
    news.write_text(json.dumps({"id": "s", "text": STEPS_TEXT, "published": "2025-03-06"}), "utf-8")
    provider.answer = staged
    run(str(news), tmp_path / "ordinary", provider, ordinary=True, prompt="steps")
    asked = len(provider.direct)
    provider.direct.clear()
    manifest = run(str(news), tmp_path / "run", provider, prompt="steps", batch={"rounds": 3})
    assert len(provider.batches) == 3
    lines = sum(len(provider.lines(n)) for n in range(3))
    assert 0 < lines < asked
    assert len(provider.direct) == asked - lines
    assert manifest.usage.requests == asked
    assert said(tmp_path / "run") == said(tmp_path / "ordinary")


# --- restarts


class Deadly:
    """Ends the process `before` or `after` the second of its calls."""

    def __init__(self, when: str) -> None:
        self.when, self.calls = when, 0

    @contextmanager
    def call(self) -> Iterator[None]:
        self.calls += 1
        last = self.calls == 2
        if last and self.when == "before":
            raise Killed
        yield
        if last and self.when == "after":
            raise Killed


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["upload", "create", "get", "download"])
def test_it_goes_on_after_a_kill(
    what: str,
    when: str,
    news: str,
    tmp_path: Path,
    provider: BatchServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, deadly = getattr(Batches, what), Deadly(when)

    async def call(self: Batches, *arguments: Any, **options: Any) -> Any:
        with deadly.call():
            return await real(self, *arguments, **options)

    provider.answer_line = lambda body: error(500, "no") if of(3, body) else answered(body)
    monkeypatch.setattr(Batches, what, call)
    options = {"max_requests": 4}
    with pytest.raises(Killed):
        run(news, tmp_path / "run", provider, batch=options)
    monkeypatch.setattr(Batches, what, real)
    manifest = run(news, tmp_path / "run", provider, batch=options)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(provider.batches) == 2
    assert max(provider.asked.values()) == 1
    assert len(provider.asked) == 6
    assert len(provider.direct) == 1
    assert tokens(manifest.usage) == provider.usage


@pytest.mark.parametrize("what", ["add", "update", "collect"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_it_goes_on_when_the_ledger_is_the_last_to_know(
    what: str,
    when: str,
    news: str,
    tmp_path: Path,
    provider: BatchServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, deadly = getattr(Parts, what), Deadly(when)

    def call(self: Parts, *arguments: Any, **options: Any) -> Any:
        with deadly.call():
            return real(self, *arguments, **options)

    monkeypatch.setattr(Parts, what, call)
    options = {"max_requests": 4}
    with pytest.raises(Killed):
        run(news, tmp_path / "run", provider, batch=options)
    monkeypatch.setattr(Parts, what, real)
    manifest = run(news, tmp_path / "run", provider, batch=options)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert max(provider.asked.values()) == 1
    assert len(provider.asked) == 6
    assert provider.direct == []
    assert tokens(manifest.usage) == provider.usage


def test_a_create_whose_answer_is_lost_makes_one_batch(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    lost = 0

    def lose(method: str, path: str) -> Behaviour | None:
        nonlocal lost
        if (method, path) == ("POST", "/v1/batches") and not lost:
            lost += 1
            request = provider.requests[-1]
            provider._create(request.json)
            return reset()
        return None

    provider.before = lose
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(provider.batches) == 1


def test_it_survives_a_real_kill_while_it_waits(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.polls = 3
    command = [sys.executable, "-m", "extractor", "batch", news, "--out", str(tmp_path / "run")]
    command += ["--model", "stub", "--base-url", provider.base_url, "--provider-batch"]
    command += ["--poll", "0.2"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, env=os.environ.copy())

    def kill(method: str, path: str) -> Behaviour | None:
        if method == "GET" and path == "/v1/batches/batch_1":
            process.kill()
            provider.before = lambda _method, _path: None
        return None

    provider.before = kill
    with process:
        assert process.wait(60) == -signal.SIGKILL
    provider.answer_line = lambda body: error(500, "no") if of(3, body) else answered(body)
    settings = ModelSettings(model="stub", base_url=provider.base_url)
    manifest = run_batch(
        [news], tmp_path / "run", settings=settings, provider_batch=ProviderBatch(poll=0.01)
    )
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert manifest.cost_usd is None
    assert len(provider.batches) == 1
    assert max(provider.asked.values()) == 1
    assert tokens(manifest.usage) == provider.usage


def test_an_older_ledger_is_brought_up_to_date(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    run(news, tmp_path / "run", provider, ordinary=True)
    with Ledger(tmp_path / "run" / "ledger.sqlite") as ledger, ledger.transaction() as db:
        db.execute("DROP TABLE questions")
        db.execute("DROP TABLE parts")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        db.execute(f"PRAGMA user_version = {version - 1}")
        db.execute("UPDATE work SET state = 'pending' WHERE id = 1")
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(provider.lines()) == 1


# --- interrupts, cancelling


def interrupt_after(provider: BatchServer, looks: int) -> None:
    """Have this process interrupted when a batch is looked at for that many times."""

    def before(method: str, path: str) -> Behaviour | None:
        nonlocal looks
        if method == "GET" and path.startswith("/v1/batches/"):
            looks -= 1
            if looks == 0:
                os.kill(os.getpid(), signal.SIGINT)
        return None

    provider.before = before


def test_an_interrupt_leaves_the_batches_at_work(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.polls = 5
    interrupt_after(provider, 2)
    before = signal.getsignal(signal.SIGINT)
    manifest = run(news, tmp_path / "run", provider)
    assert signal.getsignal(signal.SIGINT) is before
    assert manifest.status is RunStatus.INTERRUPTED
    assert manifest.reason is not None
    assert "the provider goes on with batch_1" in manifest.reason
    assert provider.batches["batch_1"].status == "in_progress"
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(provider.batches) == 1


def test_an_interrupt_of_a_long_wait_is_quick(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.polls = 5
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    started = time.monotonic()
    manifest = run(news, tmp_path / "run", provider, batch={"poll": 600})
    assert manifest.status is RunStatus.INTERRUPTED
    assert time.monotonic() - started < 8


def interrupted(news: str, out: Path, provider: BatchServer) -> None:
    """A run whose batches, of four requests each, are at work."""
    provider.polls = 50
    interrupt_after(provider, 4)
    run(news, out, provider, batch={"max_requests": 4})
    provider.before = lambda _method, _path: None


def test_without_the_option_open_batches_are_not_forgotten(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    interrupted(news, tmp_path / "run", provider)
    with pytest.raises(ConfigError, match=r"waits for batch_1, batch_2 .*--provider-batch"):
        run(news, tmp_path / "run", provider, ordinary=True)
    with pytest.raises(ConfigError, match="waits for batch_1"):
        run(news, tmp_path / "run", provider, new_run=True)
    assert provider.direct == []


def test_parts_that_were_not_sent_bind_nobody(
    news: str, tmp_path: Path, provider: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Batches, "upload", lambda *_: kill())
        with pytest.raises(Killed):
            run(news, tmp_path / "run", provider)
    manifest = run(news, tmp_path / "run", provider, ordinary=True)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert not list((tmp_path / "run" / "batches").iterdir())
    manifest = run(news, tmp_path / "run", provider)
    assert provider.batches == {}


def test_a_cluster_knows_nothing_of_batches(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    with pytest.raises(ConfigError, match="leave out --engine ray"):
        run(news, tmp_path / "run", provider, cluster=Cluster())
    interrupted(news, tmp_path / "run", provider)
    run(news, tmp_path / "run", provider, batch={"cancel": True})
    run(news, tmp_path / "run", provider, ordinary=True)
    assert len(provider.direct) == 6


def test_cancelled_batches_keep_what_they_answered(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    interrupted(news, tmp_path / "run", provider)
    provider.expires_after = 3
    manifest = run(news, tmp_path / "run", provider, batch={"cancel": True})
    assert manifest.status is RunStatus.STOPPED
    assert "the batches are cancelled" in (manifest.reason or "")
    assert [batch.status for batch in provider.batches.values()] == ["cancelled", "cancelled"]
    assert tokens(manifest.usage) == provider.usage
    assert provider.usage[1] == 500
    # Now the ordinary way is free, and asks only the rest.
    manifest = run(news, tmp_path / "run", provider, ordinary=True)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(provider.direct) == 1
    assert max(provider.asked.values()) == 1
    assert tokens(manifest.usage) == provider.usage


def test_cancelling_finds_a_batch_that_was_not_recorded(
    news: str, tmp_path: Path, provider: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.polls = 50
    real = Batches.create

    async def deadly(self: Batches, *arguments: Any, **options: Any) -> Any:
        await real(self, *arguments, **options)
        raise Killed

    monkeypatch.setattr(Batches, "create", deadly)
    with pytest.raises(Killed):
        run(news, tmp_path / "run", provider, batch={"max_requests": 3})
    manifest = run(news, tmp_path / "run", provider, batch={"cancel": True})
    assert manifest.status is RunStatus.STOPPED
    assert [batch.status for batch in provider.batches.values()] == ["cancelled"]
    assert [part.status for part in manifest.batches] == ["cancelled", "not sent"]


def test_cancelling_what_has_ended_collects_it(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    interrupted(news, tmp_path / "run", provider)
    for batch in provider.batches.values():
        provider._end(batch, "completed")
    run(news, tmp_path / "run", provider, batch={"cancel": True})
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(provider.batches) == 2
    assert provider.direct == []


def test_a_batch_that_somebody_cancels_stops_the_run(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    interrupted(news, tmp_path / "run", provider)
    provider.batches["batch_1"].status = "cancelling"
    provider.polls = 1
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.status is RunStatus.STOPPED
    assert "it was cancelled at the provider" in (manifest.reason or "")
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert max(provider.asked.values()) == 1


# --- limits


def test_a_batch_that_may_cost_too_much_is_not_sent(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    manifest = run(news, tmp_path / "run", provider, limits=Limits(max_cost=0.6))
    assert manifest.status is RunStatus.STOPPED
    assert manifest.reason is not None
    assert "the next batch of 6 requests may take" in manifest.reason
    assert "0.0000 of 0.6000 are used: raise --max-cost" in manifest.reason
    assert provider.batches == {}
    assert provider.files == {}
    manifest = run(news, tmp_path / "run", provider, limits=Limits(max_cost=100))
    assert manifest.counts == {"ok": 6, "pending": 0}


def test_batches_wait_for_what_others_hold(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    run(news, tmp_path / "measure", provider)
    with Ledger(tmp_path / "measure" / "ledger.sqlite", read_only=True) as ledger:
        (part,) = Parts(ledger).all()
    one = (part.most_input + part.most_output) // 6
    limits = Limits(max_tokens=int(one * 1.5))
    out = tmp_path / "run"
    manifest = run(news, out, provider, limits=limits, batch={"max_requests": 1})
    # One may be out at once; what they really take leaves room for more, but not for all.
    assert manifest.status is RunStatus.STOPPED
    assert "raise --max-cost or --max-tokens" in (manifest.reason or "")
    # 4,184 tokens at most are needed for each, and 1,100 taken: two have room.
    assert manifest.counts == {"ok": 2, "pending": 4}
    assert [p.status for p in manifest.batches] == ["completed"] * 2 + ["not sent"] * 4
    assert not list((out / "batches").iterdir())
    assert sum(tokens(manifest.usage)) <= one * 1.5


def test_an_unknown_price_keeps_to_no_cost(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    settings = ModelSettings(model="stub", base_url=provider.base_url)
    manifest = run_batch(
        [news],
        tmp_path / "run",
        settings=settings,
        limits=Limits(max_cost=1),
        provider_batch=ProviderBatch(poll=0.01),
    )
    assert manifest.status is RunStatus.STOPPED
    assert "price of stub is not known" in (manifest.reason or "")
    assert provider.files == {}


@pytest.mark.parametrize("setting", ["poll", "max_requests", "max_bytes", "rounds"])
def test_settings_have_to_be_above_zero(setting: str) -> None:
    with pytest.raises(ConfigError, match=f"{setting} is 0: it must be above 0"):
        ProviderBatch(**{setting: 0})  # type: ignore[arg-type]


# --- the provider itself


def test_an_endpoint_without_batches_is_refused(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.before = lambda _method, path: error(404, "?") if "batches" in path else None
    with pytest.raises(ConfigError, match=r"no batch interface \(HTTP 404\).*--provider-batch"):
        run(news, tmp_path / "run", provider)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("body", ["<html>welcome</html>", {"hello": 1}])
def test_an_endpoint_that_talks_of_other_things_is_refused(
    body: object, news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.before = lambda _method, path: status(200, body) if "batches" in path else None
    with pytest.raises(ProviderError, match="answered with something that is no list of batches"):
        run(news, tmp_path / "run", provider)


@pytest.mark.parametrize("path", ["/v1/files", "/v1/batches/batch_1"])
def test_a_provider_that_loses_its_mind_stops_the_run(
    path: str,
    news: str,
    tmp_path: Path,
    provider: BatchServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at_provider, "MAX_OUTAGE", 0.02)
    provider.before = lambda _method, at: status(200, {"id": None}) if at == path else None
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.status is RunStatus.STOPPED
    assert "answered with something that is no" in (manifest.reason or "")
    provider.before = lambda _method, _path: None
    assert run(news, tmp_path / "run", provider).counts == {"ok": 6, "pending": 0}
    assert max(provider.asked.values()) == 1


def test_a_refused_key_is_told(news: str, tmp_path: Path, provider: BatchServer) -> None:
    provider.before = lambda _method, _path: error(401, "no")
    with pytest.raises(ProviderError, match="No API key was sent"):
        run(news, tmp_path / "run", provider)


def test_embedded_models_have_no_batches(news: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no provider with batches"):
        run_batch([news], tmp_path / "run", provider_batch=ProviderBatch())


def test_a_provider_that_is_away_for_a_while_is_borne(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.polls = 3
    away = 0

    def before(method: str, path: str) -> Behaviour | None:
        nonlocal away
        if method == "GET" and path.startswith("/v1/batches/") and away < 8:
            away += 1
            return status(503) if away % 2 else reset()
        return None

    provider.before = before
    progress = Notes()
    manifest = run(news, tmp_path / "run", provider, progress=progress)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(provider.batches) == 1
    assert sum("The run looks again in" in note for note in progress.notes) == 1


def test_a_provider_that_stays_away_stops_the_run(
    news: str, tmp_path: Path, provider: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_provider, "MAX_OUTAGE", 0.05)
    provider.before = lambda _method, path: status(503) if "batch_1" in path else None
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.status is RunStatus.STOPPED
    assert "HTTP 503" in (manifest.reason or "")
    provider.before = lambda _method, _path: None
    assert run(news, tmp_path / "run", provider).counts == {"ok": 6, "pending": 0}
    assert len(provider.batches) == 1


def test_a_batch_that_is_gone_stops_the_run(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.before = lambda _method, path: error(404, "gone") if "batch_1" in path else None
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.status is RunStatus.STOPPED
    assert "HTTP 404 from /v1/batches/batch_1: gone; --cancel-batches" in (manifest.reason or "")
    manifest = run(news, tmp_path / "run", provider, batch={"cancel": True})
    assert [part.status for part in manifest.batches] == ["gone"]
    assert manifest.counts == {"pending": 6}
    assert run(news, tmp_path / "run", provider).counts == {"ok": 6, "pending": 0}


def test_answers_that_are_gone_can_be_given_up(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    provider.before = lambda _method, path: error(404, "gone") if "content" in path else None
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.status is RunStatus.STOPPED
    assert "gone; --cancel-batches" in (manifest.reason or "")
    run(news, tmp_path / "run", provider, batch={"cancel": True})
    provider.before = lambda _method, _path: None
    manifest = run(news, tmp_path / "run", provider)
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert provider.direct == []


def test_a_folder_that_cannot_be_used_is_told(
    news: str, tmp_path: Path, provider: BatchServer
) -> None:
    folder = tmp_path / "run" / "batches"
    run(write(tmp_path, 1), tmp_path / "run", provider)
    folder.rmdir()
    folder.write_text("a file", "utf-8")
    with pytest.raises(StoreError, match=r"cannot use .*batches"):
        run(write(tmp_path, 6), tmp_path / "run", provider, new_run=True)
    folder.unlink()
    assert run(news, tmp_path / "run", provider, new_run=True).counts == {"ok": 6, "pending": 0}


def test_a_lost_file_of_requests_is_told(
    news: str, tmp_path: Path, provider: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Batches, "upload", lambda *_: kill())
        with pytest.raises(Killed):
            run(news, tmp_path / "run", provider)
    (tmp_path / "run" / "batches" / "part-0001.jsonl").unlink()
    with pytest.raises(StoreError, match=r"part-0001.jsonl: No such file.*--cancel-batches"):
        run(news, tmp_path / "run", provider)
    run(news, tmp_path / "run", provider, batch={"cancel": True})
    assert run(news, tmp_path / "run", provider).counts == {"ok": 6, "pending": 0}


def test_a_wrong_setting_of_the_prompt_stops_the_run(
    news: str, tmp_path: Path, provider: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenAICompatible, "_arguments", lambda *_: {"model": "stub", "odd": 1})
    with pytest.raises(ConfigError, match="could not be built"):
        run(news, tmp_path / "run", provider)


# --- the command


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_the_command_and_its_status(news: str, tmp_path: Path, provider: BatchServer) -> None:
    out = str(tmp_path / "run")
    command = ["batch", news, "--out", out, "--model", "stub", "--base-url", provider.base_url]
    command += ["--provider-batch", "--poll", "0.1", "--part-requests", "4"]
    provider.polls = 50
    interrupt_after(provider, 3)
    found = invoke(*command)
    assert found.exit_code == 130
    assert "the provider goes on with batch_1, batch_2" in found.stderr
    assert "run the same command again to go on" in found.stderr
    provider.before = lambda _method, _path: None
    told = invoke("status", out).stdout
    assert "batch 1: 4 requests, in_progress, 0 answered (batch_1)" in told
    provider.polls = 1
    found = invoke(*command)
    assert found.exit_code == 0, found.stderr
    assert "Batch batch_2 is completed: 2 of 2 answers kept" in found.stderr
    assert "2 batches collected, 6 of 6 answered" in invoke("status", out).stdout


def test_options_of_batches_need_batches(news: str, tmp_path: Path) -> None:
    found = invoke("batch", news, "--out", str(tmp_path / "run"), "--part-requests", "4")
    assert found.exit_code == 2
    assert "give --provider-batch too" in found.stderr
