"""How a run tells of itself: a bar on a terminal, lines elsewhere, objects for machines."""

import io
import json
import sys
from typing import Any

import pytest

from extractor import Manifest, RunStatus, Usage
from extractor.batch.manifest import Session
from extractor.batch.progress import NoRunProgress, Pace, Snapshot
from extractor.cli.run_progress import duration, make_run_progress, money, told

SNAPSHOT = Snapshot(
    done=1200, failed=3, total=5000, rate=4.0, left_s=950.0, tokens=9000, cost_usd=1.25
)
NOTHING = Snapshot(done=0, failed=0, total=5, rate=0.0, left_s=None, tokens=0, cost_usd=0.0)
LINE = "1,200 of 5,000 articles, 3 failed, 4.0/s, $1.2500, 16 min left"


def manifest(**changes: Any) -> Manifest:
    session = Session(
        started="2026-03-01T10:00:00+00:00",
        ended="2026-03-01T10:01:40+00:00",
        done_before=10,
        limits={},
        endpoint=None,
    )
    fields: dict[str, Any] = {
        "status": RunStatus.COMPLETE,
        "created": "2026-03-01T10:00:00+00:00",
        "inputs": ["news.csv"],
        "settings": {"model": "m"},
        "packages": {},
        "git": None,
        "counts": {"ok": 58, "failed": 2, "pending": 0},
        "errors": {"server": 2},
        "articles": 60,
        "duplicates": 0,
        "unreadable": 0,
        "usage": Usage(input_tokens=1000, cached_tokens=0, output_tokens=200, requests=61),
        "cost_usd": None,
        "sessions": [session],
    }
    return Manifest(**{**fields, **changes})


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("extractor.cli.run_progress.time", made)
    return made


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_every_few_seconds(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    progress = make_run_progress(quiet=False, json_log=False)
    progress.update(SNAPSHOT)
    assert capsys.readouterr().err == ""
    clock.now += 5.0
    for _ in range(3):
        progress.update(SNAPSHOT)
    progress.note("A note.")
    assert capsys.readouterr().err == f"{LINE}\nA note.\n"
    clock.now += 5.0
    progress.update(NOTHING)
    progress.close()
    assert capsys.readouterr().err == "0 of 5 articles, no cost\n"


def test_objects_for_machines(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    progress = make_run_progress(quiet=False, json_log=True)
    clock.now += 5.0
    progress.update(SNAPSHOT)
    progress.note("Says “so”.")
    progress.end(manifest())
    first, second, last = map(json.loads, capsys.readouterr().err.splitlines())
    assert first.pop("time")
    assert first == {"event": "progress", **SNAPSHOT._asdict()}
    assert (second["event"], second["message"]) == ("note", "Says “so”.")
    assert (last["event"], last["counts"]["ok"]) == ("end", 58)


def test_quiet_is_quiet_unless_something_stopped_the_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = make_run_progress(quiet=True, json_log=False)
    progress.update(SNAPSHOT)
    progress.note("A note.")
    progress.end(manifest())
    assert capsys.readouterr().err == ""
    progress.end(manifest(status=RunStatus.STOPPED, reason="The key is wrong."))
    assert capsys.readouterr().err == "stopped: The key is wrong.\n"


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = make_run_progress(quiet=False, json_log=False)
    progress.update(SNAPSHOT)
    progress.note("A \x1b[31mnote.\nIn two lines.")
    progress.close()
    shown = terminal.getvalue()
    assert LINE in shown
    assert "A note." in shown
    assert "In two lines." in shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (7100.0, "118 min"),
        (12000.0, "3 h 20 min"),
        (345600.0, "4 days"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_prices_in_words() -> None:
    assert [money(None), money(0.0), money(0.25)] == ["cost not known", "no cost", "$0.2500"]


def test_a_manifest_in_words() -> None:
    lines = told(manifest(duplicates=4, unreadable=1)).splitlines()
    assert lines == [
        "complete: 60 of 60 articles",
        "58 ok, 2 failed",
        "1,000 tokens read, 200 written, 61 requests, cost not known",
        "50 articles in 100 s, 0.50/s",
        "4 share the answer to an equal article",
        "1 could not be read as an article",
        "2 failed: server",
    ]
    stopped = manifest(status=RunStatus.STOPPED, reason="Enough.", errors={})
    assert told(stopped).splitlines()[-2:] == ["Enough.", "run the same command again to go on"]


def test_a_run_that_goes_on_tells_what_is_left() -> None:
    session = manifest().sessions[0].model_copy(update={"ended": None, "done_before": 0})
    counts = {"ok": 30, "pending": 30}
    lines = told(manifest(status=RunStatus.RUNNING, counts=counts, sessions=[session]))
    # It began long ago, so the rate is low; what is left takes as long as what is done.
    assert " left\n" in lines


def test_the_rate_is_that_of_the_last_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("extractor.batch.progress.time", clock)
    pace = Pace(done=100, failed=1, total=400, tokens=0, cost_usd=0.0)
    assert pace.snapshot().rate == 0.0
    assert pace.snapshot().left_s is None
    for _ in range(60):
        clock.now += 1
        pace.count(2, failed=False, tokens=10, cost_usd=0.5)
        snapshot = pace.snapshot()
    assert snapshot.rate == pytest.approx(2.0)
    assert snapshot.left_s == pytest.approx(90.0)
    assert (snapshot.done, snapshot.tokens, snapshot.cost_usd) == (220, 600, 30.0)
    for _ in range(70):
        clock.now += 1
        pace.count(1, failed=True, tokens=0, cost_usd=None)
        snapshot = pace.snapshot()
    assert snapshot.rate == pytest.approx(1.0, rel=0.05)
    assert (snapshot.failed, snapshot.cost_usd) == (71, None)


def test_nobody_needs_to_be_told() -> None:
    NoRunProgress().update(SNAPSHOT)
    NoRunProgress().note("A note.")
