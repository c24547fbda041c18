"""Runs that are killed at random moments and taken up again: one result each, and the same."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from extractor import RunStatus, read_outcomes, read_run
from tests.stub_server import Running, article, stub

COMMAND = (sys.executable, "-m", "extractor", "batch")


def crash(runs: int, articles: int, seed: int) -> list[str]:
    """Kill each run at random moments until it is complete, and compare it with a whole one.

    Raises:
        AssertionError: if a run has lost, doubled or changed a result.
    """
    rng = random.Random(seed)
    kills: list[int] = []
    again = 0
    with stub(latency=0.02) as server, TemporaryDirectory() as folder:
        inputs = Path(folder, "news.jsonl")
        records = (json.dumps(article(n, sentences=5)) + "\n" for n in range(articles))
        inputs.write_text("".join(records), "utf-8")
        took = time.perf_counter()
        start(inputs, Path(folder, "whole"), server).wait()
        took = time.perf_counter() - took
        expected = results(Path(folder, "whole"))
        assert len(expected) == articles
        for number in range(runs):
            out = Path(folder, str(number))
            before = server.stats().requests
            # The first half of a run's time is spent on starting; some kills fall there too.
            kills.append(killed_until_complete(inputs, out, server, rng, took))
            assert results(out) == expected, f"run {number} differs"
            again += server.stats().requests - before - articles
    return [
        f"{runs} runs of {articles} articles, killed {sum(kills)} times, "
        f"{min(kills)} to {max(kills)} a run",
        f"every run has exactly one result an article, equal to the uninterrupted run's; "
        f"{again / max(1, sum(kills)):.1f} articles were asked again for a kill",
    ]


def killed_until_complete(
    inputs: Path, out: Path, server: Running, rng: random.Random, took: float
) -> int:
    kills = 0
    while True:
        process = start(inputs, out, server)
        try:
            process.wait(rng.uniform(0.2, 1.0) * took)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            continue
        assert process.returncode == 0, "the run did not end well"
        assert read_run(out).status is RunStatus.COMPLETE
        return kills


def start(inputs: Path, out: Path, server: Running) -> "subprocess.Popen[bytes]":
    options = ("--model", "stub", "--base-url", server.base_url, "--concurrency", "16", "--quiet")
    return subprocess.Popen([*COMMAND, str(inputs), "--out", str(out), *options])


def results(out: Path) -> dict[str, str]:
    """What a run says of each article, without how long it took."""
    found: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for outcome in read_outcomes(out):
        assert outcome.extraction is not None, outcome.error
        seen[outcome.article.id] += 1
        found[outcome.article.id] = outcome.extraction.model_dump_json(exclude={"provenance"})
    assert set(seen.values()) == {1}
    return found
