"""A run on a Ray cluster: its articles as blocks of Ray Data, mapped by workers that extract.

Ray restarts lost workers and gives their blocks to others. Everything else stays with the one
process that has the ledger: what is recorded, what is asked again, when the run ends.
"""

import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, cast

from pydantic import SecretStr

from extractor.articles import Article
from extractor.batch.engine import Engine, stored_part, whole_outcome
from extractor.batch.shared import Owner, Shared, SharedBudget, SharedGate
from extractor.errors import ClusterError, ConfigError
from extractor.llm.limits import RETRY, Limited
from extractor.llm.models import ModelSettings, resolve_model
from extractor.llm.retry import RetryPolicy
from extractor.pipeline.ask import Budget
from extractor.pipeline.extractor import Extractor
from extractor.store.rows import Task

_AHEAD = 20_000
"""Articles that are with Ray at once; their texts are in its object store."""

_ROUNDS = 4
"""Articles in a block for each one that a worker works on at the same time."""

_BLOCKS = 2
"""Blocks that a worker is given at once, so that it has work while the last of a block ends."""

_KNOCK = 10.0
"""Seconds to wait for the head of a cluster."""

_HEAD = {"node:__internal_head__": 0.001}
"""Where the owner of the rate and the budget is: no other machine may end a run when it is lost."""

_EVERYBODY = 10_000
"""Calls that may wait for the owner of the rate and the budget at once."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Where the workers are.

    Attributes:
        address: Address of a Ray cluster, `auto` for the one that this machine belongs to; None
            starts one on this machine for the time of the run.
        workers: Workers at most; each takes one processor of the cluster.
    """

    address: str | None = None
    workers: int = 2

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ConfigError(f"workers is {self.workers}: it must be above 0")


@dataclass(frozen=True)
class Job:
    """What every worker is told.

    Attributes:
        settings: The model and how it is reached.
        prompt: Name and version of the prompt.
        max_attempts: Answers asked for a question before its valid part is kept.
        concurrency: Articles that a worker works on at the same time.
        max_cost: US dollars that the run may take; for whether a price is needed.
        environment: Variables that the settings are completed from, with the key.
    """

    settings: ModelSettings
    prompt: str
    max_attempts: int
    concurrency: int
    max_cost: float | None
    environment: Mapping[str, SecretStr]

    @classmethod
    def of(
        cls,
        settings: ModelSettings,
        extractor: Extractor,
        concurrency: int,
        max_cost: float | None,
    ) -> "Job":
        """What an extractor with these settings would do."""
        names = ("EXTRACTOR_MODEL", "OPENAI_BASE_URL", settings.api_key_env or "OPENAI_API_KEY")
        return cls(
            settings=settings,
            prompt=extractor.prompt.label,
            max_attempts=extractor.setup["max_attempts"],
            concurrency=concurrency,
            max_cost=max_cost,
            environment={n: SecretStr(os.environ[n]) for n in names if n in os.environ},
        )


class Worker:
    """Extracts the articles of one block after another.

    Args:
        job: What to do.
        owner: The owner of the rate and the budget.
    """

    def __init__(self, job: Job, owner: Owner) -> None:
        given = {name: value.get_secret_value() for name, value in job.environment.items()}
        settings = replace(job.settings, retry=RetryPolicy(attempts=1))
        self._concurrency, self._owner = job.concurrency, owner
        limited = Limited(
            resolve_model(settings, environment={**os.environ, **given}),
            concurrency=job.concurrency,
            gate=SharedGate(owner),
            retry=RETRY,
        )
        self._extractor = Extractor(
            llm=limited,
            prompt=job.prompt,
            max_attempts=job.max_attempts,
            budget=SharedBudget(owner, job.max_cost),
        )

    def __call__(self, block: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, list[Any]]]:
        """The outcome of each article of a block, as it comes."""
        works: dict[str, int] = {}
        articles = self._articles(block, works)
        for outcome in self._extractor.extract_many(articles, concurrency=self._concurrency):
            yield {"work": [works[outcome.article.id]], "outcome": [stored_part(outcome)]}

    def _articles(
        self, block: Mapping[str, Sequence[Any]], works: dict[str, int]
    ) -> Iterator[Article]:
        """The articles of a block, until the run ends."""
        for work, text in zip(block["work"], block["article"], strict=True):
            if _answer(self._owner.stopped.remote()):
                return
            article = Article.model_validate_json(text)
            works[article.id] = int(work)
            yield article


class ClusterEngine(Engine):
    """Works through what is pending in a ledger by the workers of a cluster.

    Args:
        cluster: Where they are.
        job: What they are told.
        budget: What the run may take, with what it has taken.
        rates: Requests and tokens a minute of all workers together, None for no limit.
        given: Arguments of `Engine`.
    """

    def __init__(
        self,
        *given: Any,
        cluster: Cluster,
        job: Job,
        budget: Budget,
        rates: tuple[float | None, float | None],
        **more: Any,
    ) -> None:
        super().__init__(*given, **more)
        self._cluster, self._job, self._budget, self._rates = cluster, job, budget, rates
        self._owner: Any = None
        self._pump: threading.Thread | None = None
        self._broken: Exception | None = None
        self._told = False

    def run(self) -> Any:
        """As `Engine.run`.

        Raises:
            ClusterError: if the cluster cannot be reached, or does not go on.
        """
        with connected(self._cluster) as ray:
            owner = ray.remote(num_cpus=0, max_concurrency=_EVERYBODY, resources=_HEAD)(Shared)
            self._owner = owner.remote(*self._rates, self._budget)
            return super().run()

    def _fill(self, tasks: Iterator[Task]) -> bool:
        if self._ending is not None and not self._told:
            self._owner.stop.remote()
            self._told = True
        alive = self._pump is not None and self._pump.is_alive()
        # What came before it broke is recorded first.
        if self._broken is not None and self._done.empty():
            raise ClusterError(
                f"the Ray cluster does not go on: {self._broken}. What was recorded is kept: run "
                "the same command again"
            ) from self._broken
        if not alive and self._done.empty() and self._ending is None:
            part = [*islice(tasks, _AHEAD)]
            if part:
                self._pump = threading.Thread(target=self._through, args=(part,), daemon=True)
                self._pump.start()
                alive = True
        return alive or not self._done.empty()

    def _through(self, tasks: Sequence[Task]) -> None:
        """Have the workers do these tasks."""
        left = {task.work: task for task in tasks}
        try:
            for block in mapped(tasks, self._cluster, self._job, self._owner):
                for work, stored in zip(block["work"], block["outcome"], strict=True):
                    # A block that is done again may tell twice of what it had told already.
                    if task := left.pop(int(work), None):
                        self._done.put((task, whole_outcome(task.article, str(stored))))
            if left and self._ending is None:
                self._broken = ClusterError(
                    f"it gave no outcome of {len(left)} of {len(tasks)} articles"
                )
        except Exception as error:  # noqa: BLE001 - the thread that waits raises it
            if self._ending is None:
                self._broken = error


def mapped(
    tasks: Sequence[Task], cluster: Cluster, job: Job, owner: Any
) -> Iterator[Mapping[str, Any]]:
    """The outcomes of tasks, in blocks as they come."""
    import pyarrow as pa  # noqa: PLC0415 - comes with the extra
    from ray import data  # noqa: PLC0415

    data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    rows = _ROUNDS * job.concurrency
    # Few articles are spread over all workers all the same.
    rows = max(1, min(rows, -(-len(tasks) // cluster.workers)))
    blocks = [
        pa.table({"work": [t.work for t in part], "article": [t.article for t in part]})
        for part in (tasks[start : start + rows] for start in range(0, len(tasks), rows))
    ]
    pool = data.ActorPoolStrategy(
        min_size=1,
        initial_size=cluster.workers,
        max_size=cluster.workers,
        max_tasks_in_flight_per_actor=_BLOCKS,
        max_concurrent_calls_per_actor=_BLOCKS,
        enable_true_multi_threading=True,
    )
    outcomes = data.from_arrow(blocks).map_batches(
        Worker,
        batch_size=None,
        batch_format="numpy",
        fn_constructor_args=(job, owner),
        compute=pool,
        num_cpus=1,
    )
    yield from cast("Iterator[Mapping[str, Any]]", outcomes.iter_batches(batch_size=None))


@contextmanager
def connected(cluster: Cluster) -> Iterator[Any]:
    """Ray itself, connected to the cluster.

    Raises:
        ConfigError: if Ray is not installed.
        ClusterError: if the cluster cannot be reached.
    """
    try:
        import ray  # noqa: PLC0415 - an optional dependency
        import ray.data  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "a run on a cluster needs the extra `ray`: pip install 'extractor[ray]'"
        ) from None
    try:
        _knock(cluster.address)
        # Without an address Ray itself would join a cluster that this machine belongs to.
        address = cluster.address or "local"
        ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING)
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(
            f"cannot reach the Ray cluster at {cluster.address}: {error}; mend --address, or start "
            "one with `ray start --head`"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(address: str | None) -> None:
    """Try whether anybody is at an address; Ray itself would do so for minutes."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdecimal():
        with socket.create_connection((host, int(port)), timeout=_KNOCK):
            pass


def _answer(asked: Any) -> Any:
    import ray  # noqa: PLC0415 - an optional dependency

    return ray.get(asked)
