"""The ordinary way of a run: every question is asked at once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from extractor.batch.engine import Ending, Engine
from extractor.batch.limits import Limits
from extractor.batch.progress import Pace, RunProgress
from extractor.batch.recall import Recalling
from extractor.llm.base import LLM
from extractor.pipeline.ask import Budget, Spending
from extractor.pipeline.extractor import Extractor
from extractor.store.ledger import Ledger
from extractor.store.parts import Parts


@dataclass(frozen=True)
class Ordinary:
    """Works through what is pending by asking the model.

    Attributes:
        ledger: Where the tasks come from and the outcomes go to.
        extractor: Makes the outcomes.
        llm: The extractor's model.
        budget: The extractor's budget.
        limits: What the run may take.
        progress: Told how it goes on.
        engine: What works, by default in this process.
    """

    ledger: Ledger
    extractor: Extractor
    llm: LLM
    budget: Budget
    limits: Limits
    progress: RunProgress
    engine: Callable[..., Engine] = Engine

    def run(self, pace: Pace) -> Ending:
        """Until all is done or something ends it. What batches have answered is not asked again.

        Raises:
            StoreError: if an outcome cannot be recorded.
        """
        counts = self.ledger.counts()
        tokens = counts.usage.input_tokens + counts.usage.output_tokens
        self.budget.spent = Spending(counts.cost_usd or 0.0, tokens)
        engine = partial(
            self.engine,
            self.ledger,
            concurrency=self.limits.concurrency,
            max_failures=self.limits.max_failures,
            pace=pace,
            progress=self.progress,
        )
        if not Parts(self.ledger).any_questions():
            return engine(self.extractor).run()
        with Recalling(self.extractor, self.llm, self.budget, self.ledger) as recalling:
            return engine(recalling, uncounted=recalling.uncounted).run()
