"""An article's questions answered from what a provider's batches brought."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Self

from extractor.articles import Article
from extractor.fingerprint import canonical_json, text_sha256
from extractor.llm.base import LLM, Answer, Finish, Question, Unanswered
from extractor.pipeline.ask import Budget
from extractor.pipeline.extractor import Extractor
from extractor.pipeline.outcome import Outcome
from extractor.schemas import Usage
from extractor.store.ledger import Ledger
from extractor.store.parts import Kept, Parts

PRICE = 0.5
"""What an answer of a batch costs, as a share of the ordinary price."""


class Recall(LLM):
    """A model that is asked about one article, and answers what it was asked in a batch before.

    An article is worked on from its beginning each time; the same answers lead to the same
    questions, so it comes as far as its answers reach.

    Attributes:
        name: The model's name.
        context_window: The model's context window.
        wanted: The questions without an answer, by key, in the order in which they came.
        recalled: What the answers that were given from batches took.
    """

    def __init__(self, llm: LLM, answers: Mapping[str, Kept], budget: Budget | None = None) -> None:
        """Remember answers.

        Args:
            llm: The model.
            answers: The answers, by key.
            budget: What asking the model itself may take; None where the article has to wait for
                the next batch instead.
        """
        self.name, self.context_window = llm.name, llm.context_window
        self.wanted: dict[str, Question] = {}
        self.recalled = Usage.zero()
        self._llm, self._answers, self._budget = llm, answers, budget
        self._times: Counter[str] = Counter()

    async def ask(self, question: Question) -> Answer:
        """Answer from memory; else ask the model.

        Raises:
            Unanswered: if there is no budget to ask with.
            ProviderError: if the endpoint gave no answer.
            BudgetError: if the budget does not allow the call.
        """
        digest = _digest(question)
        key = f"{digest}-{self._times[digest]}"
        kept = self._answers.get(key)
        if kept is not None:
            # The same question again is asked again: another try may have a better answer.
            self._times[digest] += 1
            self.recalled += kept.usage
            return Answer(kept.text, Finish(kept.finish), kept.usage)
        if self._budget is None:
            self.wanted[key] = question
            raise Unanswered
        return await self._budget.ask(self._llm, question)

    async def reachable(self) -> bool:
        """Whether the model is."""
        return await self._llm.reachable()

    async def aclose(self) -> None:
        """Nothing: the model belongs to others."""

    def price(self, usage: Usage) -> float | None:
        """The price of `usage`, of which what was recalled costs less."""
        whole, recalled = self._llm.price(usage), self._llm.price(self.recalled)
        if whole is None or recalled is None:
            return None
        return max(0.0, whole - (1 - PRICE) * recalled)


class Recalling:
    """An extractor that asks, of what is left to the ordinary way, only what has no answer.

    A context manager: it reads answers from a ledger that is open for it alone, because it does so
    on the extractor's thread.
    """

    def __init__(self, extractor: Extractor, llm: LLM, budget: Budget, ledger: Ledger) -> None:
        self._extractor, self._llm, self._budget = extractor, llm, budget
        self._ledger = Ledger(ledger.path, read_only=True)
        self._parts = Parts(self._ledger)
        self._recalls: dict[str, Recall] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ledger.close()

    def work(
        self, take: Callable[[], Article | None], done: Callable[[Outcome], None]
    ) -> Future[None]:
        """Extract one article after another, as `Extractor.work` does."""
        return self._extractor.work(take, done, self._recall)

    def uncounted(self, outcome: Outcome) -> tuple[Usage, float | None]:
        """What an outcome took beside the answers of batches, which are counted already."""
        recall = self._recalls.pop(outcome.article.id)
        whole, counted = outcome.provenance.usage.model_dump(), recall.recalled.model_dump()
        usage = Usage(**{name: whole[name] - counted[name] for name in whole})
        price, known = outcome.provenance.cost_usd, batch_price(self._llm, recall.recalled)
        if price is None or known is None:
            return usage, None
        return usage, max(0.0, price - known)

    def _recall(self, article: Article) -> LLM:
        answers, _ = self._parts.answers(article.id)
        self._recalls[article.id] = Recall(self._llm, answers, self._budget)
        return self._recalls[article.id]


def batch_price(llm: LLM, usage: Usage) -> float | None:
    """US dollars for what a batch took; None where no price is known."""
    price = llm.price(usage)
    return None if price is None else PRICE * price


def _digest(question: Question) -> str:
    asked = [
        [[message.role, message.content] for message in question.messages],
        question.schema.__name__,
        question.max_tokens,
        dict(question.parameters),
    ]
    return text_sha256(canonical_json(asked))[:32]
