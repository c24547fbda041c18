"""A run is taken up where it ended: one outcome for each article, and nothing asked twice."""

import asyncio
import json
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import filelock
import pytest

from extractor import (
    ConfigError,
    FailureKind,
    Limits,
    Manifest,
    MaxFailures,
    Outcome,
    ProviderError,
    RunStatus,
    Status,
    StoreError,
    read_outcomes,
    read_run,
    run_batch,
)
from extractor.llm.base import Answer, Finish, Question
from extractor.llm.scripted import Script, Scripted
from extractor.schemas import Usage
from extractor.store.ledger import Ledger
from tests.test_pipeline import TEXT, draft

USAGE = Usage(input_tokens=100, cached_tokens=10, output_tokens=20, requests=1)


def answer(_: Question) -> Script:
    return Answer(json.dumps(draft()), Finish.STOP, USAGE)


def down(question: Question) -> Script:
    return ProviderError("It is down.", kind=FailureKind.BAD_REQUEST)


def texts(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"n{n}", "text": f"{TEXT}\nNumber {n}.", "published": "2025-03-06"}
        for n in range(count)
    ]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def write(records: Sequence[dict[str, Any]], name: str = "news.jsonl") -> str:
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
        return str(path)

    return write


def run(
    inputs: str,
    out: Path,
    script: Callable[[Question], Script] = answer,
    *,
    limits: Limits | None = None,
    **options: Any,
) -> tuple[Manifest, Scripted]:
    llm = Scripted(script, price=lambda usage: usage.output_tokens / 1000)
    manifest = run_batch([inputs], out, llm=llm, limits=limits or Limits(concurrency=2), **options)
    return manifest, llm


def outcomes(out: Path) -> dict[str, Outcome]:
    return {outcome.article.id: outcome for outcome in read_outcomes(out)}


def test_every_article_has_one_outcome(write: Callable[..., str], tmp_path: Path) -> None:
    manifest, llm = run(write(texts(5)), tmp_path / "run")
    assert manifest.status is RunStatus.COMPLETE
    assert manifest.counts == {"ok": 5, "pending": 0}
    assert len(llm.questions) == 5
    found = outcomes(tmp_path / "run")
    assert list(found) == ["n0", "n1", "n2", "n3", "n4"]
    for number, outcome in enumerate(found.values()):
        assert outcome.article.text.endswith(f"Number {number}.")
        assert outcome.extraction is not None
        outcome.extraction.check_quotes(outcome.article.text)
        assert outcome.extraction.article.id == outcome.article.id


def test_the_manifest_sums_what_was_used(write: Callable[..., str], tmp_path: Path) -> None:
    manifest, _ = run(write(texts(3)), tmp_path / "run")
    assert manifest.usage == Usage(input_tokens=300, cached_tokens=30, output_tokens=60, requests=3)
    assert manifest.cost_usd == pytest.approx(0.06)
    stored = Manifest.model_validate_json((tmp_path / "run" / "manifest.json").read_text())
    assert stored == manifest == read_run(tmp_path / "run")
    assert manifest.settings["model"] == "scripted"
    assert manifest.settings["prompt"].startswith("incidents@")
    assert manifest.settings["schema_hash"].startswith("sha256:")
    assert manifest.packages["extractor"]
    assert manifest.sessions[0].ended is not None


def test_the_same_command_asks_nothing_again(write: Callable[..., str], tmp_path: Path) -> None:
    inputs = write(texts(4))
    run(inputs, tmp_path / "run")
    before = list(read_outcomes(tmp_path / "run"))
    manifest, llm = run(inputs, tmp_path / "run")
    assert llm.questions == []
    assert manifest.status is RunStatus.COMPLETE
    assert len(manifest.sessions) == 2
    assert manifest.sessions[1].done_before == 4
    assert list(read_outcomes(tmp_path / "run")) == before


def test_failures_are_tried_again_when_asked_to(write: Callable[..., str], tmp_path: Path) -> None:
    inputs = write(texts(3))
    manifest, _ = run(inputs, tmp_path / "run", down)
    assert manifest.counts == {"failed": 3, "pending": 0}
    assert manifest.errors == {"bad_request": 3}
    manifest, llm = run(inputs, tmp_path / "run")
    assert llm.questions == []
    manifest, llm = run(inputs, tmp_path / "run", retry_failed=True)
    assert len(llm.questions) == 3
    assert manifest.counts == {"ok": 3, "pending": 0}
    assert manifest.errors == {}
    # The requests that failed were made too.
    assert manifest.usage.requests == 6


def test_equal_texts_are_asked_once_and_keep_their_rows(
    write: Callable[..., str], tmp_path: Path
) -> None:
    records = texts(2)
    records.append({**records[0], "id": "copy", "title": "Another title", "source": "Wire"})
    manifest, llm = run(write(records), tmp_path / "run")
    assert len(llm.questions) == 2
    assert manifest.counts == {"ok": 3, "pending": 0}
    assert manifest.duplicates == 1
    copy = outcomes(tmp_path / "run")["copy"]
    assert copy.extraction is not None
    assert copy.extraction.article.id == "copy"
    assert copy.extraction.article.title == "Another title"
    assert copy.article.source == "Wire"


def test_a_text_of_another_day_is_another_question(
    write: Callable[..., str], tmp_path: Path
) -> None:
    first = texts(1)[0]
    records = [first, {**first, "id": "later", "published": "2025-04-01"}]
    _, llm = run(write(records), tmp_path / "run")
    assert len(llm.questions) == 2


def test_a_record_that_comes_twice_is_one(write: Callable[..., str], tmp_path: Path) -> None:
    records = texts(2)
    manifest, _ = run(write([*records, records[0]]), tmp_path / "run")
    assert manifest.articles == 2


def test_one_id_for_two_texts_names_both_lines(write: Callable[..., str], tmp_path: Path) -> None:
    records = texts(3)
    records[2]["id"] = "n0"
    with pytest.raises(StoreError, match=r"line 3 and .*line 1 both have the id 'n0'"):
        run(write(records), tmp_path / "run")


def test_after_a_wrong_input_the_mended_one_is_taken(
    write: Callable[..., str], tmp_path: Path
) -> None:
    records = texts(3)
    with pytest.raises(StoreError):
        run(write([*records, {**records[1], "id": "n0"}]), tmp_path / "run")
    manifest, _ = run(write(records), tmp_path / "run")
    assert manifest.counts == {"ok": 3, "pending": 0}


def test_files_of_one_name_get_numbers(tmp_path: Path) -> None:
    for folder in ("a", "b", "c"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "story.txt").write_text(f"{TEXT} {folder}", "utf-8")
    run(str(tmp_path / "in"), tmp_path / "run")
    assert list(outcomes(tmp_path / "run")) == ["story", "story-2", "story-3"]
    _, llm = run(str(tmp_path / "in"), tmp_path / "run")
    assert llm.questions == []


def test_a_changed_input_is_refused_and_shown(write: Callable[..., str], tmp_path: Path) -> None:
    records = texts(4)
    run(write(records), tmp_path / "run")
    records[0]["text"] += " More."
    records[1]["id"] = "new"
    with pytest.raises(ConfigError) as caught:
        run(write(records), tmp_path / "run")
    message = str(caught.value)
    assert "changed: " in message
    assert "line 1 (n0)" in message
    assert "added: " in message
    assert "line 2 (new)" in message
    assert "removed: " in message
    assert "(n1)" in message
    assert "--new-run" in message
    manifest, llm = run(write(records), tmp_path / "run", new_run=True)
    # The renamed article has the text of an answer that is there.
    assert len(llm.questions) == 1
    assert manifest.counts == {"ok": 4, "pending": 0}
    assert set(outcomes(tmp_path / "run")) == {"n0", "new", "n2", "n3"}


def test_many_changes_are_not_all_shown(write: Callable[..., str], tmp_path: Path) -> None:
    run(write(texts(2)), tmp_path / "run")
    with pytest.raises(ConfigError) as caught:
        run(write(texts(30)), tmp_path / "run")
    assert str(caught.value).count("added: ") == 6
    assert "added: and more" in str(caught.value)


def test_another_setting_is_refused_and_shown(write: Callable[..., str], tmp_path: Path) -> None:
    inputs = write(texts(2))
    run(inputs, tmp_path / "run")
    with pytest.raises(ConfigError, match="max_attempts: was 2, is 5"):
        run(inputs, tmp_path / "run", max_attempts=5)
    _, llm = run(inputs, tmp_path / "run", max_attempts=5, new_run=True)
    assert len(llm.questions) == 2
    # Back to the first setting: its answers are still there.
    _, llm = run(inputs, tmp_path / "run", new_run=True)
    assert llm.questions == []


def test_what_is_unreadable_is_counted(write: Callable[..., str], tmp_path: Path) -> None:
    path = Path(write(texts(2)))
    path.write_text(path.read_text() + '{"id": "x"}\n', "utf-8")
    manifest, _ = run(str(path), tmp_path / "run")
    assert manifest.unreadable == 1
    assert manifest.articles == 2
    with Ledger(tmp_path / "run" / "ledger.sqlite", read_only=True) as ledger:
        assert "line 3" in ledger.unreadable()[0]


def test_a_wrong_setting_stops_and_leaves_the_rest_to_be_done(
    write: Callable[..., str], tmp_path: Path
) -> None:
    inputs = write(texts(6))
    wrong = ProviderError("The key is wrong.", kind=FailureKind.AUTHENTICATION, usage=USAGE)
    manifest, llm = run(inputs, tmp_path / "run", lambda _: wrong)
    assert manifest.status is RunStatus.STOPPED
    assert manifest.reason == "The key is wrong."
    assert manifest.counts == {"pending": 6}
    # What was asked in vain was paid for all the same.
    assert manifest.usage.requests == len(llm.questions) <= 4
    manifest, llm = run(inputs, tmp_path / "run")
    assert manifest.counts == {"ok": 6, "pending": 0}
    assert len(llm.questions) == 6


def test_a_budget_counts_what_earlier_sessions_took(
    write: Callable[..., str], tmp_path: Path
) -> None:
    inputs = write(texts(9))
    # A call may cost 1.8 dollars and costs 0.02.
    for expected in (2, 2):
        manifest, _ = run(inputs, tmp_path / "run", limits=Limits(concurrency=1, max_cost=1.83))
        assert manifest.status is RunStatus.STOPPED
        assert "--max-cost" in (manifest.reason or "")
        assert manifest.counts["ok"] == expected
        assert manifest.cost_usd == pytest.approx(0.02 * expected)
    manifest, _ = run(inputs, tmp_path / "run", limits=Limits(concurrency=1, max_cost=3))
    assert manifest.status is RunStatus.COMPLETE


def test_tokens_can_be_limited(write: Callable[..., str], tmp_path: Path) -> None:
    inputs = write(texts(3))
    manifest, llm = run(inputs, tmp_path / "run", limits=Limits(max_tokens=1000))
    assert manifest.status is RunStatus.STOPPED
    assert "--max-tokens" in (manifest.reason or "")
    assert llm.questions == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50", MaxFailures(count=50)),
        ("0", MaxFailures(count=0)),
        ("10%", MaxFailures(share=0.1)),
        ("0.25", MaxFailures(share=0.25)),
    ],
)
def test_max_failures_is_a_number_or_a_share(text: str, expected: MaxFailures) -> None:
    assert MaxFailures.parse(text) == expected


@pytest.mark.parametrize("text", ["", "many", "-1", "1.5", "200%", "%"])
def test_other_max_failures_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--max-failures"):
        MaxFailures.parse(text)


def test_a_run_that_goes_wrong_is_stopped(write: Callable[..., str], tmp_path: Path) -> None:
    limits = Limits(concurrency=1, max_failures=MaxFailures(count=2))
    manifest, llm = run(write(texts(9)), tmp_path / "run", down, limits=limits)
    assert manifest.status is RunStatus.STOPPED
    assert "3 of 3 articles failed" in (manifest.reason or "")
    assert "It is down." in (manifest.reason or "")
    assert 3 <= len(llm.questions) <= 4
    assert manifest.counts["pending"] >= 5


def test_a_share_of_failures_needs_some_articles() -> None:
    limit = MaxFailures(share=0.5)
    assert not limit.exceeded(10, 10)
    assert not limit.exceeded(10, 20)
    assert limit.exceeded(11, 20)
    assert not MaxFailures().exceeded(1000, 1000)


def test_a_second_process_is_refused(write: Callable[..., str], tmp_path: Path) -> None:
    inputs = write(texts(1))
    run(inputs, tmp_path / "run")
    with filelock.FileLock(tmp_path / "run" / "lock", is_singleton=False):
        with pytest.raises(StoreError, match="another process works on"):
            run(inputs, tmp_path / "run")
        assert read_run(tmp_path / "run").status is RunStatus.COMPLETE


def test_a_folder_with_something_else_is_left_alone(
    write: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("years of work")
    with pytest.raises(ConfigError, match=r"holds thesis\.tex"):
        run(write(texts(1)), tmp_path / "run")


def test_a_full_disk_is_told_and_loses_nothing(
    write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = write(texts(60))
    opened = Ledger.__init__

    def small(self: Ledger, path: Path, *, read_only: bool = False) -> None:
        opened(self, path, read_only=read_only)
        self._db.execute("PRAGMA max_page_count = 80")

    monkeypatch.setattr(Ledger, "__init__", small)
    with pytest.raises(StoreError, match=r"full; free space on its disk.*run the same command"):
        run(inputs, tmp_path / "run")
    monkeypatch.undo()
    kept = outcomes(tmp_path / "run")
    assert 0 < len(kept) < 60
    assert read_run(tmp_path / "run").status is RunStatus.INTERRUPTED
    manifest, llm = run(inputs, tmp_path / "run")
    assert len(llm.questions) == 60 - len(kept)
    assert manifest.counts == {"ok": 60, "pending": 0}


def test_a_ledger_that_cannot_be_written_is_told(
    write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = write(texts(3))
    run(inputs, tmp_path / "run")
    opened = Ledger.__init__

    def closed(self: Ledger, path: Path, *, read_only: bool = False) -> None:
        opened(self, path, read_only=True)

    monkeypatch.setattr(Ledger, "__init__", closed)
    with pytest.raises(StoreError, match="readonly database; check the folder's permissions"):
        run(inputs, tmp_path / "run", retry_failed=True)
    monkeypatch.undo()
    assert len(outcomes(tmp_path / "run")) == 3


def test_a_manifest_that_cannot_be_written_is_told(
    write: Callable[..., str], tmp_path: Path
) -> None:
    inputs = write(texts(1))
    run(inputs, tmp_path / "run")
    (tmp_path / "run" / ".manifest.json.part").mkdir()
    with pytest.raises(StoreError, match=r"cannot write .*manifest\.json"):
        run(inputs, tmp_path / "run")


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="name the folder of a run"):
        read_run(tmp_path)
    with pytest.raises(StoreError, match="there is no such ledger"):
        list(read_outcomes(tmp_path))
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(StoreError, match="status: Field required"):
        read_run(tmp_path)


def test_a_file_that_is_no_ledger_is_told(write: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "ledger.sqlite").write_text("no database " * 100)
    with pytest.raises(StoreError, match="the file is no ledger"):
        run(write(texts(1)), tmp_path / "run")


def test_a_newer_ledger_is_refused(write: Callable[..., str], tmp_path: Path) -> None:
    run(write(texts(1)), tmp_path / "run")
    with sqlite3.connect(tmp_path / "run" / "ledger.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="has version 99"):
        list(read_outcomes(tmp_path / "run"))


@pytest.mark.parametrize(
    "limits", [{"concurrency": 0}, {"rpm": 0.0}, {"tpm": -1.0}, {"max_cost": -1.0}]
)
def test_impossible_limits_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(limits))):
        Limits(**limits)


def test_one_wrong_answer_is_one_failure(write: Callable[..., str], tmp_path: Path) -> None:
    def refuse_one(question: Question) -> Script:
        if "Number 1." in question.messages[-1].content:
            return Answer("No.", Finish.REFUSED, USAGE)
        return answer(question)

    manifest, _ = run(write(texts(3)), tmp_path / "run", refuse_one)
    assert manifest.counts == {"ok": 2, "refused": 1, "pending": 0}
    found = outcomes(tmp_path / "run")
    assert found["n1"].status is Status.REFUSED
    assert found["n1"].extraction is None
    assert manifest.failed == 1


def interrupt() -> None:
    """What an interrupt does at this moment, without one that could end the tests."""
    handler = signal.getsignal(signal.SIGINT)
    assert callable(handler)
    handler(signal.SIGINT, None)


def test_an_interrupt_leaves_the_rest_to_be_done(write: Callable[..., str], tmp_path: Path) -> None:
    inputs = write(texts(30))
    asked: list[Question] = []

    def interrupt_at_the_fifth(question: Question) -> Script:
        asked.append(question)
        if len(asked) == 5:
            interrupt()
        return answer(question)

    before = signal.getsignal(signal.SIGINT)
    manifest, _ = run(inputs, tmp_path / "run", interrupt_at_the_fifth)
    assert signal.getsignal(signal.SIGINT) is before
    assert manifest.status is RunStatus.INTERRUPTED
    # All that was asked was answered, and all that was answered is recorded.
    assert manifest.counts["ok"] == len(asked) == manifest.usage.requests
    assert manifest.counts["pending"] > 0
    manifest, llm = run(inputs, tmp_path / "run")
    assert len(llm.questions) == 30 - len(asked)
    assert manifest.counts == {"ok": 30, "pending": 0}


class Stuck(Scripted):
    """Answers the first question, and none after it."""

    async def ask(self, question: Question) -> Answer:
        if self.questions:
            interrupt()
            await asyncio.sleep(3600)
        return await super().ask(question)


def test_what_takes_too_long_after_an_interrupt_is_abandoned(
    write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractor.batch.engine.GRACE", 0.2)
    started = time.monotonic()
    manifest = run_batch(
        [write(texts(4))], tmp_path / "run", llm=Stuck(answer), limits=Limits(concurrency=1)
    )
    assert manifest.status is RunStatus.INTERRUPTED
    assert manifest.counts == {"ok": 1, "pending": 3}
    assert time.monotonic() - started < 10


def test_a_run_works_outside_of_the_main_thread(write: Callable[..., str], tmp_path: Path) -> None:
    inputs = write(texts(2))
    with ThreadPoolExecutor(1) as pool:
        manifest, _ = pool.submit(run, inputs, tmp_path / "run").result()
    assert manifest.status is RunStatus.COMPLETE
