"""What a long run takes: resident memory, and the ledger's time for an article."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from extractor import Limits, ModelSettings, run_batch
from extractor.batch.progress import NoRunProgress, Snapshot
from extractor.fingerprint import fingerprint
from extractor.schemas import Usage
from extractor.store.ledger import Ledger
from extractor.store.rows import Input, Record, Task
from tests.stub_server import article, stub

FIRST = 1000
"""Articles after which memory is measured first: by then everything is loaded and warm."""


class Memory(NoRunProgress):
    """Resident megabytes by articles done."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}

    def update(self, snapshot: Snapshot) -> None:
        if snapshot.done >= FIRST and (
            not self.at or snapshot.done >= 2 * max(self.at) or snapshot.done == snapshot.total
        ):
            self.at[snapshot.done] = resident_mb()


def resident_mb() -> float:
    """Resident memory of this process, on Linux."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell resident memory")


def memory(articles: int) -> list[str]:
    """Resident memory of a run over so many articles, from the first thousand on."""
    watch = Memory()
    with stub() as server, TemporaryDirectory() as folder:
        path = Path(folder, "news.jsonl")
        with path.open("w", encoding="utf-8") as stream:
            for number in range(articles):
                stream.write(json.dumps(article(number, sentences=30)) + "\n")
        started = time.perf_counter()
        manifest = run_batch(
            [str(path)],
            Path(folder, "run"),
            settings=ModelSettings(model="stub", base_url=server.base_url),
            limits=Limits(concurrency=64),
            progress=watch,
        )
        took = time.perf_counter() - started
    assert manifest.counts == {"ok": articles, "pending": 0}
    lines = ["| articles | resident MB |", "|---|---|"]
    lines += [f"| {done:,} | {mb:.1f} |" for done, mb in watch.at.items()]
    grown = watch.at[articles] - next(iter(watch.at.values()))
    return [*lines, "", f"grew by {grown:.1f} MB; {articles / took:.1f} articles a second"]


def ledger(articles: int, window: int = 10_000) -> list[str]:
    """The ledger's time for an article, by windows: taken in, and recorded eight at a time."""
    window = min(window, articles // 2)
    lines = ["| from article | take in ms | record ms | record processor ms |", "|---|---|---|---|"]
    with TemporaryDirectory() as folder, Ledger(Path(folder, "ledger.sqlite")) as db:
        taken = [
            _took(lambda: db.add_input(_inputs(first, window)))[0]  # noqa: B023
            for first in range(0, articles, window)
        ]
        tasks = db.pending()
        recorded = [_took(lambda: _work(db, tasks, window)) for _ in taken]
    for number, (into, (clock, cpu)) in enumerate(zip(taken, recorded, strict=True)):
        cells = (f"{1000 * seconds / window:.3f}" for seconds in (into, clock, cpu))
        lines.append(f"| {number * window:,} | {' | '.join(cells)} |")
    ratio = recorded[-1][1] / recorded[0][1]
    return [*lines, "", f"processor time of the last window to the first: {ratio:.2f}"]


def _took(work: Callable[[], None]) -> tuple[float, float]:
    clock, cpu = time.perf_counter(), time.thread_time()
    work()
    return time.perf_counter() - clock, time.thread_time() - cpu


def _inputs(first: int, count: int) -> Iterator[Input]:
    text = json.dumps({"text": "x" * 3000})
    for n in range(first, first + count):
        yield Input(f"n{n}", True, f"d{n}", fingerprint(n), f"line {n}", text)


def _work(db: Ledger, tasks: Iterator[Task], count: int) -> None:
    outcome = json.dumps({"extraction": "y" * 6000})
    usage = Usage(input_tokens=3000, cached_tokens=0, output_tokens=700, requests=1)
    now = datetime.now(UTC).isoformat()
    some = list(islice(tasks, count))
    for start in range(0, len(some), 8):
        db.record(
            Record(task.work, "done", "ok", 1, usage, 0.001, None, None, outcome, now)
            for task in some[start : start + 8]
        )
