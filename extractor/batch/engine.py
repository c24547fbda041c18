"""The loop of a run: tasks from the ledger to the extractor, outcomes back, one at a time."""

import gc
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from types import FrameType
from typing import Protocol

from extractor.articles import Article
from extractor.batch.manifest import RunStatus
from extractor.batch.progress import Pace, RunProgress
from extractor.errors import ConfigError
from extractor.pipeline.outcome import Failure, Outcome
from extractor.schemas import Usage
from extractor.store.ledger import Ledger
from extractor.store.rows import Record, Task

GRACE = 8.0
"""Seconds that what is in flight may take after an interrupt; then it is abandoned."""

_TICK = 0.5
_GATHERED = 0.03
"""Seconds over which outcomes are gathered into one transaction, as each waits for the disk."""

_FEW = 20
"""Articles that have to be finished before a share of failures means something."""


@dataclass(frozen=True)
class MaxFailures:
    """Failures after which a run goes wrong: more than `count`, or more than `share` of all."""

    count: int | None = None
    share: float | None = None

    @classmethod
    def parse(cls, text: str) -> "MaxFailures":
        """`50` is a number, `10%` and `0.1` are shares.

        Raises:
            ConfigError: if it is neither.
        """
        try:
            if text.isdecimal():
                return cls(count=int(text))
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise ConfigError(
                f"--max-failures {text}: give a number such as 50, or a share such as 10% or 0.1"
            )
        return cls(share=share)

    def exceeded(self, failed: int, finished: int) -> bool:
        """Whether that many failures are too many."""
        if self.count is not None:
            return failed > self.count
        return self.share is not None and finished >= _FEW and failed > self.share * finished


@dataclass(frozen=True)
class Ending:
    """How the loop ended."""

    status: RunStatus
    reason: str | None = None


class Failures:
    """Counts the articles that are finished, until more of them failed than may."""

    def __init__(self, most: MaxFailures) -> None:
        self._most = most
        self._finished = self._failed = 0

    def count(self, error: Failure | None) -> Ending | None:
        """Count an article, which failed with `error`; how the run ends, if it does with it."""
        self._finished += 1
        self._failed += error is not None
        if not self._most.exceeded(self._failed, self._finished):
            return None
        return Ending(
            RunStatus.STOPPED,
            f"{self._failed} of {self._finished} articles failed, more than --max-failures "
            f"allows; the last one: {error.message if error else ''}",
        )


class Works(Protocol):
    """What makes outcomes of articles, such as an `Extractor`."""

    def work(
        self, take: Callable[[], Article | None], done: Callable[[Outcome], None]
    ) -> Future[None]:
        """Work on one article after another, until `take()` gives none."""
        ...


def all_of(outcome: Outcome) -> tuple[Usage, float | None]:
    """What an outcome took, and its price."""
    return outcome.provenance.usage, outcome.provenance.cost_usd


class Engine:
    """Works through what is pending in a ledger."""

    def __init__(
        self,
        ledger: Ledger,
        extractor: Works,
        *,
        concurrency: int,
        max_failures: MaxFailures,
        pace: Pace,
        progress: RunProgress,
        uncounted: Callable[[Outcome], tuple[Usage, float | None]] = all_of,
    ) -> None:
        """Begin nothing yet.

        Args:
            ledger: Where the tasks come from and the outcomes go to.
            extractor: Who makes the outcomes.
            concurrency: Articles worked on at the same time.
            max_failures: Failures that end it.
            pace: Counts what is done.
            progress: Told how it goes on.
            uncounted: What of an outcome's usage and price the ledger has not counted before.
        """
        self._ledger, self._extractor = ledger, extractor
        self._concurrency = concurrency
        self._pace, self._progress, self._uncounted = pace, progress, uncounted
        self._done: queue.SimpleQueue[tuple[Task, Outcome] | Future[None]] = queue.SimpleQueue()
        self._workers: set[Future[None]] = set()
        self._next: deque[tuple[Task, Article]] = deque()
        self._ending: Ending | None = None
        self._deadline: float | None = None
        self._failures = Failures(max_failures)

    def run(self) -> Ending:
        """Until all is done or something ends it. An interrupt stops asking and waits a little.

        Raises:
            StoreError: if an outcome cannot be recorded.
        """
        tasks = self._ledger.pending()
        with signals(self._interrupt), _rare_collections():
            try:
                self._progress.update(self._pace.snapshot())
                while self._fill(tasks):
                    self._record(self._finished_ones())
                    self._progress.update(self._pace.snapshot())
                    if self._deadline is not None and time.monotonic() > self._deadline:
                        break
            finally:
                self._next.clear()
                for worker in self._workers:
                    worker.cancel()
        return self._ending or Ending(RunStatus.COMPLETE)

    def _interrupt(self) -> None:
        # A second interrupt abandons what is in flight.
        again = self._deadline is not None
        self._ending = Ending(RunStatus.INTERRUPTED, "interrupted")
        self._deadline = time.monotonic() + (0 if again else GRACE)

    def _fill(self, tasks: Iterator[Task]) -> bool:
        """Have articles at hand and workers that take them; whether anything goes on."""
        if self._ending is not None:
            self._next.clear()
        else:
            for task in islice(tasks, self._concurrency - len(self._next)):
                self._next.append((task, Article.model_validate_json(task.article)))
        while self._next and len(self._workers) < self._concurrency:
            self._workers.add(self._worker())
        return bool(self._workers)

    def _worker(self) -> Future[None]:
        """Someone who takes the next article at once, on the extractor's thread.

        The endpoint must not wait for the ledger, and a connection that is used again at once is
        one less for the client to look after.
        """
        task: Task | None = None

        def take() -> Article | None:
            nonlocal task
            try:
                task, article = self._next.popleft()
            except IndexError:
                return None
            return article

        def done(outcome: Outcome) -> None:
            assert task is not None  # noqa: S101 - it was taken
            self._done.put((task, outcome))

        worker = self._extractor.work(take, done)
        worker.add_done_callback(self._done.put)
        return worker

    def _finished_ones(self) -> list[Record]:
        """Wait a little for an outcome; it and all others that are there."""
        found: list[Record] = []
        try:
            item = self._done.get(timeout=_TICK)
            time.sleep(_GATHERED)
            while True:
                if isinstance(item, Future):
                    self._workers.remove(item)
                    item.result()
                else:
                    found.append(self._counted(*item))
                item = self._done.get_nowait()
        except queue.Empty:
            return found

    def _record(self, done: Sequence[Record]) -> None:
        """Write outcomes down, in one transaction."""
        if done:
            self._ledger.record(done)

    def _counted(self, task: Task, outcome: Outcome) -> Record:
        usage, cost = self._uncounted(outcome)
        self._count(task, outcome.error, usage.input_tokens + usage.output_tokens, cost)
        return record_of(task, outcome, usage, cost)

    def _count(self, task: Task, error: Failure | None, tokens: int, cost: float | None) -> None:
        if error is not None and error.stops_run:
            self._pace.spend(tokens, cost)
            self._ending = self._ending or Ending(RunStatus.STOPPED, error.message)
            return
        self._pace.count(task.copies, failed=error is not None, tokens=tokens, cost_usd=cost)
        ending = self._failures.count(error)
        self._ending = self._ending or ending


def whole_outcome(article: str, stored: str) -> Outcome:
    """The outcome of an article, from its JSON and that of the outcome without it."""
    return Outcome.model_validate_json(f'{{"article":{article},{stored[1:]}')


def stored_part(outcome: Outcome) -> str:
    """An outcome as it is kept beside its article."""
    return outcome.model_dump_json(exclude={"article"})


def record_of(task: Task, outcome: Outcome, usage: Usage, cost_usd: float | None) -> Record:
    """What the ledger is told of an outcome, of which `usage` and `cost_usd` are new to it."""
    error = outcome.error
    # What would fail in every article is no outcome of this one: it stays to be done.
    pending = error is not None and error.stops_run
    failed = "pending" if pending else "failed"
    return Record(
        work=task.work,
        state="done" if error is None else failed,
        status=outcome.status,
        attempts=outcome.provenance.attempts,
        usage=usage,
        cost_usd=cost_usd,
        error_kind=error.kind if error else None,
        error=error.message if error else None,
        outcome=None if pending else stored_part(outcome),
        updated=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Makes the garbage collector look more rarely.

    Hundreds of requests in flight are very many live objects, and looking through them over and
    over takes as long as the work itself.
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def signals(stop: object) -> Iterator[None]:
    """Calls `stop()` on an interrupt, or when the machine wants the process to end."""
    if threading.current_thread() is not threading.main_thread() or not callable(stop):
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
