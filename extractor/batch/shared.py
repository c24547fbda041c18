"""What the workers of a cluster share: one rate and one budget, which one process owns."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol, cast

from extractor.errors import BudgetError
from extractor.llm.base import LLM
from extractor.llm.pace import Gate
from extractor.pipeline.ask import Budget, Spending
from extractor.schemas import Usage

LOST_AFTER = 3600.0
"""Seconds after which a call that nobody has told the end of counts as made and paid for."""


class Shared:
    """The rate, the budget and the end of a run, as its workers ask for them.

    Args:
        rpm: Requests a minute of all workers together; None for no limit.
        tpm: Tokens a minute of all workers together; None for no limit.
        budget: What the run may take, with what it has taken.
        lost_after: Seconds until a call is taken for that of a lost worker.
    """

    def __init__(
        self,
        rpm: float | None,
        tpm: float | None,
        budget: Budget,
        lost_after: float = LOST_AFTER,
    ) -> None:
        self._gate = Gate(rpm=rpm, tpm=tpm)
        self._budget = budget
        self._lost_after = lost_after
        self._held: dict[int, tuple[Spending, asyncio.TimerHandle]] = {}
        self._numbers = 0
        self._stopped = False

    async def enter(self, tokens: int) -> None:
        """Wait until a request that may take so many tokens can be sent."""
        await self._gate.enter(tokens)

    async def correct(self, counted: int, used: int) -> None:
        """Tell what a request took for which `counted` tokens were counted."""
        self._gate.correct(counted, used)

    async def pause(self, seconds: float) -> None:
        """Let nothing pass for so long."""
        self._gate.pause(seconds)

    async def hold(self, call: Spending) -> int | str:
        """Set aside what a call may take: its number, or why that cannot be."""
        try:
            await self._budget.hold(call)
        except BudgetError as error:
            return str(error)
        self._numbers += 1
        # All others may be waiting for what a lost worker held, so only a clock can give it up.
        clock = asyncio.get_running_loop()
        lost = clock.call_later(self._lost_after, self._release, self._numbers, call)
        self._held[self._numbers] = call, lost
        return self._numbers

    async def release(self, number: int, taken: Spending) -> None:
        """Tell what the call of that number took."""
        self._release(number, taken)

    def _release(self, number: int, taken: Spending) -> None:
        if found := self._held.pop(number, None):
            held, lost = found
            lost.cancel()
            self._budget.release(held, taken)

    async def stop(self) -> None:
        """Nobody is to begin another article."""
        self._stopped = True

    async def stopped(self) -> bool:
        """Whether nobody is to begin another article."""
        return self._stopped


class Remote(Protocol):
    """A method of the owner's, as a worker calls it."""

    def remote(self, *values: Any) -> Awaitable[Any]:
        """Call it; the answer can be waited for."""


class Owner(Protocol):
    """The process that owns what is shared, as a worker sees it."""

    enter: Remote
    correct: Remote
    pause: Remote
    hold: Remote
    release: Remote
    stop: Remote
    stopped: Remote


class SharedGate:
    """Lets a worker's requests pass as the common rate allows.

    Args:
        owner: Who owns the rate.
    """

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def enter(self, tokens: int) -> None:
        """Wait until a request that may take so many tokens can be sent."""
        await self._owner.enter.remote(tokens)

    def correct(self, counted: int, used: int) -> None:
        """Tell what a request took for which `counted` tokens were counted."""
        self._owner.correct.remote(counted, used)

    def pause(self, seconds: float) -> None:
        """Let nobody's requests pass for so long."""
        self._owner.pause.remote(seconds)


class _Held(Spending):
    """An amount that the owner set aside."""

    number: int


class SharedBudget(Budget):
    """The common budget, as a worker uses it.

    Args:
        owner: Who owns the budget.
        max_cost: Its limit in US dollars, without which no price is needed.
    """

    def __init__(self, owner: Owner, max_cost: float | None) -> None:
        super().__init__(max_cost)
        self._owner = owner

    async def hold(self, call: Spending) -> Spending:
        """Set an amount aside.

        Raises:
            BudgetError: if that is more than what is left.
        """
        found = await self._owner.hold.remote(call)
        if isinstance(found, str):
            raise BudgetError(found)
        held = _Held(*call)
        held.number = found
        return held

    def settle(self, reserved: Spending, used: Usage, llm: LLM) -> None:
        """Give back what was set aside for a call that took `used`."""
        taken = Spending(llm.price(used) or 0.0, used.input_tokens + used.output_tokens)
        self._owner.release.remote(cast("_Held", reserved).number, taken)
