"""A run at half the price: questions go to the provider in files, and come back within a day.

Every article is worked on from its beginning with the answers that are there (`Recall`); the
questions that it then waits for go into the next file.
"""

from pathlib import Path

from extractor.articles import Article
from extractor.batch.at_provider import AtProvider, ProviderBatch, forget_unsent
from extractor.batch.engine import Ending, Failures, record_of, signals
from extractor.batch.limits import Limits
from extractor.batch.manifest import RunStatus
from extractor.batch.progress import Pace, RunProgress
from extractor.batch.recall import Recall
from extractor.batch.requests import PartWriter
from extractor.errors import BudgetError, ConfigError, FailureKind, ProviderError
from extractor.llm.base import LLM, Unanswered
from extractor.llm.openai_compatible import OpenAICompatible
from extractor.pipeline.background import Background
from extractor.pipeline.extractor import Extractor
from extractor.pipeline.outcome import Outcome
from extractor.schemas import Usage
from extractor.store.ledger import Ledger
from extractor.store.parts import Asked, Parts
from extractor.store.rows import Record, Task

FOLDER = "batches"
"""Folder in a run that the files of requests and answers are in while they are needed."""

_GIVE_UP = "; --cancel-batches gives up what the provider no longer has"

_TOGETHER = 200
"""Outcomes that are written down together."""


def batch_endpoint(llm: LLM) -> OpenAICompatible:
    """The model as one whose endpoint has batches.

    Raises:
        ConfigError: if it has none.
        ProviderError: if it stays out of reach or refuses to tell.
    """
    if not isinstance(llm, OpenAICompatible):
        raise ConfigError(
            f"--provider-batch: the model {llm.name} has no provider with batches: leave it out, "
            "or name another model with --model"
        )
    background, batches = Background(), llm.batches()
    try:
        background.run(batches.check())
    finally:
        background.close(batches.aclose)
    return llm


def check_open(
    ledger: Ledger, options: ProviderBatch | None, *, new_run: bool, on_cluster: bool
) -> None:
    """See that nothing at the provider is forgotten, and paid for twice.

    Raises:
        ConfigError: if batches are open and the command is not about them, or if a cluster is to
            work, which knows nothing of their answers.
    """
    if on_cluster and (options is not None or Parts(ledger).any_questions()):
        raise ConfigError(
            "a cluster does not know the answers of the provider's batches: leave out --engine ray"
        )
    if options is not None and not new_run:
        return
    parts = Parts(ledger)
    forget_unsent(parts, ledger.path.parent / FOLDER)
    if names := [part.batch or f"part {part.number}" for part in parts.open()]:
        raise ConfigError(
            f"{ledger.path.parent} waits for {', '.join(names[:3])} at the provider: go on with "
            "--provider-batch and the same settings, or give it --cancel-batches first"
        )


class Rounds:
    """Works through what is pending by batches, until only the ordinary way is left."""

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        extractor: Extractor,
        llm: OpenAICompatible,
        options: ProviderBatch,
        *,
        limits: Limits,
        progress: RunProgress,
    ) -> None:
        """Do nothing yet.

        Args:
            folder: The folder of the run.
            ledger: Its ledger.
            extractor: Makes outcomes of answers.
            llm: The model, whose endpoint has batches.
            options: How batches are used.
            limits: What the run may take.
            progress: Told how it goes on.
        """
        self._folder, self._ledger, self._parts = folder / FOLDER, ledger, Parts(ledger)
        self._extractor, self._llm, self._options = extractor, llm, options
        self._limits, self._progress = limits, progress
        self._rounds = options.rounds_of(extractor.prompt)
        self._background = Background()
        self._failures = Failures(limits.max_failures)

    def run(self, pace: Pace) -> Ending | None:
        """Until nothing waits for a batch any more; None where the rest goes the ordinary way.

        An interrupt leaves the batches at work.

        Raises:
            StoreError: if a file or the ledger cannot be written.
        """
        provider = AtProvider(
            self._folder,
            self._ledger,
            self._llm,
            self._options,
            limits=self._limits,
            pace=pace,
            progress=self._progress,
        )
        try:
            with signals(_interrupt):
                return provider.cancel() if self._options.cancel else self._work(provider, pace)
        except KeyboardInterrupt:
            return Ending(RunStatus.INTERRUPTED, provider.left())
        except (ProviderError, BudgetError) as error:
            gone = isinstance(error, ProviderError) and error.kind is FailureKind.NOT_FOUND
            return Ending(RunStatus.STOPPED, f"{error}{_GIVE_UP if gone else ''}")
        finally:
            provider.close()
            self._background.close(self._llm.aclose)

    def _work(self, provider: AtProvider, pace: Pace) -> Ending | None:
        while True:
            if ending := self._prepare(pace):
                return ending
            if ending := provider.until_collected():
                return ending
            if not self._parts.open() and not any(self._ledger.pending(unasked=True)):
                return None

    def _prepare(self, pace: Pace) -> Ending | None:
        """Bring every article as far as its answers reach, and write its questions to files."""
        number = len(self._parts.all()) + 1
        limits = self._options.max_requests, self._options.max_bytes
        records: list[Record] = []
        ending: Ending | None = None
        with PartWriter(self._folder, number, *limits, self._parts.add) as writer:
            for task in self._ledger.pending(unasked=True):
                outcome = self._brought_on(task, writer)
                if outcome is not None:
                    records.append(record_of(task, outcome, Usage.zero(), 0.0))
                    ending = self._count(task, outcome, pace)
                if ending is not None:
                    break
                if len(records) >= _TOGETHER:
                    self._ledger.record(records)
                    records.clear()
                self._progress.update(pace.snapshot())
        self._ledger.record(records)
        return ending

    def _brought_on(self, task: Task, writer: PartWriter) -> Outcome | None:
        """The outcome of an article; None where it waits for answers."""
        article = Article.model_validate_json(task.article)
        answers, rounds = self._parts.answers(article.id)
        recall = Recall(self._llm, answers)
        try:
            return self._extractor.with_llm(recall).extract(article)
        except Unanswered:
            pass
        for key, question in recall.wanted.items():
            asked = Asked(task.work, key, rounds + 1)
            if rounds >= self._rounds:
                self._parts.direct(asked)
                break
            writer.add(asked, self._background.run(self._llm.request(question)), question.most())
        return None

    def _count(self, task: Task, outcome: Outcome, pace: Pace) -> Ending | None:
        error = outcome.error
        if error is not None and error.stops_run:
            return Ending(RunStatus.STOPPED, error.message)
        pace.count(task.copies, failed=error is not None, tokens=0, cost_usd=0.0)
        return self._failures.count(error)


def _interrupt() -> None:
    raise KeyboardInterrupt
