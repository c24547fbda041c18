"""Ask, check, ask again: one owner for everything that is wrong with an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from extractor.errors import BudgetError, ProviderError
from extractor.llm.base import LLM, Answer, Finish, Message, Question, Unanswered
from extractor.prompting import Prompt, Step
from extractor.schemas import Usage
from extractor.validation import Issue, parse_answer

_T = TypeVar("_T", bound=BaseModel)
_In = TypeVar("_In")
_Out = TypeVar("_Out")

_LISTED = 10
"""Problems named in one re-ask; a small model loses the thread of more."""


class AnswerError(Exception):
    """The model answered, but nothing usable: why, as a kind and a message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Spending(NamedTuple):
    """An amount of money, in US dollars, and of tokens, read and written."""

    cost: float = 0.0
    tokens: int = 0

    def plus(self, other: "Spending") -> "Spending":
        """The sum of both."""
        return Spending(self.cost + other.cost, self.tokens + other.tokens)

    def minus(self, other: "Spending") -> "Spending":
        """What is left of it without the other."""
        return Spending(self.cost - other.cost, self.tokens - other.tokens)


@dataclass
class Budget:
    """What a run may take; checked before each call.

    Attributes:
        max_cost: US dollars, or None for no limit.
        max_tokens: Tokens, read and written, or None for no limit.
        spent: What was taken so far, over all articles.
        reserved: What the calls in flight may take at most.
    """

    max_cost: float | None = None
    max_tokens: int | None = None
    spent: Spending = field(default_factory=Spending)
    reserved: Spending = field(default_factory=Spending)
    _in_flight: int = 0
    _settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def reserve(self, most: Usage, llm: LLM) -> Spending:
        """Set aside what a call may take at most; wait where calls in flight hold what is left.

        Raises:
            BudgetError: if that is more than what is left, or the price is not known.
        """
        price = llm.price(most) if self.max_cost is not None else 0.0
        if price is None:
            raise BudgetError(
                f"the price of {llm.name} is not known, so --max-cost cannot be kept: leave it out"
            )
        return await self.hold(Spending(price, most.input_tokens + most.output_tokens))

    def settle(self, reserved: Spending, used: Usage, llm: LLM) -> None:
        """Give back what was set aside for a call that took `used`."""
        taken = Spending(llm.price(used) or 0.0, used.input_tokens + used.output_tokens)
        self.release(reserved, taken)

    async def hold(self, call: Spending) -> Spending:
        """Set an amount aside, as `reserve` does.

        Raises:
            BudgetError: if that is more than what is left.
        """
        while exceeded := self._exceeded(call):
            if not self._in_flight:
                raise BudgetError(exceeded)
            self._settled.clear()
            await self._settled.wait()
        self._in_flight += 1
        self.reserved = self.reserved.plus(call)
        return call

    def release(self, held: Spending, taken: Spending) -> None:
        """Give back an amount of which so much was taken."""
        self._in_flight -= 1
        self.reserved = self.reserved.minus(held) if self._in_flight else Spending()
        self.spent = self.spent.plus(taken)
        self._settled.set()

    async def ask(self, llm: LLM, question: Question) -> Answer:
        """An answer, if the budget allows the call.

        Raises:
            BudgetError: if it does not.
            ProviderError: if the endpoint gave none.
        """
        reserved = await self.reserve(question.most(), llm)
        used = Usage.zero()
        try:
            answer = await llm.ask(question)
            used = answer.usage
        except ProviderError as error:
            used = error.usage
            raise
        finally:
            self.settle(reserved, used, llm)
        return answer

    def _exceeded(self, call: Spending) -> str | None:
        """Which limit the call could pass, or None."""
        after = self.spent.plus(self.reserved).plus(call)
        if self.max_cost is not None and after.cost > self.max_cost:
            return (
                f"the next call may cost {call.cost:.4f} USD and {self.spent.cost:.4f} of "
                f"{self.max_cost:.4f} are used: raise --max-cost to go on"
            )
        if self.max_tokens is not None and after.tokens > self.max_tokens:
            return (
                f"the next call may take {call.tokens:,} tokens and {self.spent.tokens:,} of "
                f"{self.max_tokens:,} are used: raise --max-tokens to go on"
            )
        return None


@dataclass
class Tally:
    """What an article has taken so far."""

    usage: Usage = field(default_factory=Usage.zero)
    questions: int = 0
    attempts: int = 0
    windows: int = 0


@dataclass(frozen=True)
class Asker:
    """Asks one model the questions of one prompt, for any article."""

    llm: LLM
    prompt: Prompt
    max_attempts: int
    budget: Budget

    async def ask(
        self,
        schema: type[_T],
        step: Step,
        shown: Message,
        check: Callable[[_T], Sequence[Issue]],
        tally: Tally,
    ) -> tuple[_T, tuple[Issue, ...]]:
        """The best answer to `step` about what is `shown`, and what is still wrong with it.

        Args:
            schema: The step's schema, for the type of the answer.
            step: The question.
            shown: The message with what is asked about.
            check: What is wrong with an answer that follows the schema.
            tally: Counts attempts and usage.

        Raises:
            AnswerError: if no answer could be used.
            ProviderError: if the endpoint gave none.
            BudgetError: if the budget does not allow the next call.
        """
        conversation = (*step.static, shown)
        best: tuple[_T, tuple[Issue, ...]] | None = None
        problems: tuple[Issue, ...] = ()
        tally.questions += 1
        for _ in range(self.max_attempts):
            answer = await self._answer(step, conversation, tally)
            value, found = parse_answer(answer.text, schema)
            problems = tuple(found)
            if value is not None:
                problems = (*found, *check(value))
                if best is None or len(problems) < len(best[1]):
                    best = value, problems
            if not problems:
                break
            conversation = (
                *step.static,
                shown,
                Message("assistant", answer.text[: 4 * self.prompt.settings.max_output_tokens]),
                self.prompt.reask_message([str(problem) for problem in problems[:_LISTED]]),
            )
        if best is None:
            raise AnswerError(
                "invalid_answer",
                f"no answer of {self.llm.name} could be read after {self.max_attempts} attempts: "
                f"{problems[0]}",
            )
        return best

    async def _answer(self, step: Step, conversation: Sequence[Message], tally: Tally) -> Answer:
        """One answer that was neither refused nor cut off; a cut-off one is asked for once more."""
        limit = self.prompt.settings.max_output_tokens
        for max_tokens in (limit, 2 * limit):
            answer = await self._send(step, conversation, max_tokens, tally)
            if answer.finish is Finish.REFUSED:
                raise AnswerError("refused", answer.text or "the model gave no reason")
            if answer.finish is Finish.STOP:
                return answer
        raise AnswerError(
            "cut_off",
            f"{self.llm.name} was cut off at {2 * limit} tokens: the article may be too dense, "
            "or the model repeats itself",
        )

    async def _send(
        self, step: Step, conversation: Sequence[Message], max_tokens: int, tally: Tally
    ) -> Answer:
        question = Question(
            messages=conversation,
            static=len(step.static),
            schema=step.schema,
            max_tokens=max_tokens,
            parameters=self.prompt.settings.parameters,
        )
        try:
            answer = await self.budget.ask(self.llm, question)
        except ProviderError as error:
            tally.attempts += 1
            tally.usage += error.usage
            raise
        tally.attempts += 1
        tally.usage += answer.usage
        return answer


async def each(items: Iterable[_In], work: Callable[[_In], Awaitable[_Out]]) -> list[_Out]:
    """What `work` gives for every item, none of which needs what another gives.

    Where answers are collected, the first questions of all items are asked together.

    Raises:
        Unanswered: if any item waits for an answer, after all have been begun.
    """
    found: list[_Out] = []
    waiting: Unanswered | None = None
    for item in items:
        try:
            found.append(await work(item))
        except Unanswered as error:
            waiting = error
    if waiting is not None:
        raise waiting
    return found
