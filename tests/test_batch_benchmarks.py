"""The benchmarks of runs in small: what they claim holds, and they run."""

import re

import pytest

from benchmarks.batch.crash import crash
from benchmarks.batch.memory import ledger, memory
from benchmarks.batch.throughput import throughput

pytestmark = pytest.mark.slow


def test_a_run_is_nearly_as_fast_as_a_bare_client() -> None:
    table = throughput(latency=1.0, concurrency=16, articles=96, rounds=1)
    ours = next(line for line in table if line.startswith("| extractor batch"))
    found = re.search(r"(\d+)%", ours)
    assert found is not None
    # Starting is a part of so short a run; the full form asks for 95%.
    assert int(found[1]) >= 70, table


def test_memory_does_not_grow_with_the_input() -> None:
    *_, last = memory(3000)
    found = re.match(r"grew by (-?[\d.]+) MB", last)
    assert found is not None
    assert float(found[1]) < 50


def test_the_ledger_costs_the_same_when_it_is_full() -> None:
    *_, last = ledger(6000, window=2000)
    assert float(last.rpartition(" ")[2]) < 1.5


def test_killed_runs_end_as_whole_ones() -> None:
    first, second = crash(runs=2, articles=150, seed=3)
    assert first.startswith("2 runs of 150 articles, killed ")
    assert "exactly one result an article" in second
