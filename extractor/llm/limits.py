"""A model behind limits: one owner of the rate, the retries and the outages of a whole run."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import replace

from extractor.errors import FailureKind, ProviderError
from extractor.llm.base import LLM, Answer, Question
from extractor.llm.pace import Entrance, Gate, Slots
from extractor.llm.retry import RetryPolicy, decide, retrying
from extractor.schemas import Usage

RETRY = RetryPolicy(attempts=8, max_elapsed=math.inf)
"""Waiting for one's turn counts as elapsed time, so only the number of requests bounds a call."""

MAX_OUTAGE = 1800.0
"""Seconds that a run waits for an endpoint that answers nobody."""

_IN_A_ROW = 3
"""Calls that have to fail one after another before the endpoint, and not they, is at fault."""

_FIRST_PROBE, _LAST_PROBE = 1.0, 30.0
"""Seconds between two requests during an outage; they double from the first to the last."""


class Limited(LLM):
    """Asks a model no faster than allowed, and waits while its endpoint is down.

    All requests of a run pass here, retried ones included, so the model itself must not retry.
    On a 429 everybody pauses as long as the endpoint asks, and fewer requests are in flight
    until it bears more again. While the endpoint is down, one request at a time is tried, and
    all others wait instead of failing.

    Attributes:
        name: The model's name.
        context_window: The model's context window.
    """

    def __init__(
        self,
        llm: LLM,
        *,
        concurrency: int,
        rpm: float | None = None,
        tpm: float | None = None,
        gate: Entrance | None = None,
        retry: RetryPolicy = RETRY,
        max_outage: float = MAX_OUTAGE,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Wrap a model.

        Args:
            llm: The model.
            concurrency: Requests in flight at most.
            rpm: Requests a minute at most.
            tpm: Tokens a minute at most. A request counts with its longest answer until the
                answer tells what it took.
            gate: What requests pass instead, where others ask the same endpoint too.
            retry: Bounds of the retries of one call.
            max_outage: Seconds to wait for an endpoint that is down before the run stops.
            note: Told when an outage begins and ends.
        """
        self.name, self.context_window = llm.name, llm.context_window
        self._llm, self._retry, self._max_outage, self._note = llm, retry, max_outage, note
        self._gate: Entrance = gate or Gate(rpm=rpm, tpm=tpm)
        self._slots = Slots(concurrency)
        self._probing = asyncio.Lock()
        self._probe_wait = _FIRST_PROBE
        self._down_since: float | None = None
        self._complaint = ""
        self._answered = False
        self._failed_in_a_row = 0

    async def ask(self, question: Question) -> Answer:
        """Answer one question, however long the endpoint is down meanwhile.

        Raises:
            ProviderError: if the request is refused, or fails though others are answered; with
                kind `outage` if the endpoint has answered nobody for `max_outage` seconds.
        """
        spent: list[Usage] = []
        outages = 0
        answer: Answer | None
        while True:
            try:
                if self._down_since is None:
                    answer = await self._call(question, spent)
                else:
                    answer = await self._probe(question, spent)
            except ProviderError as error:
                error.usage = sum(spent, Usage.zero())
                outages += 1
                # Who meets outages again and again while others are answered causes them.
                if outages > _IN_A_ROW or not self._is_outage(error):
                    raise
            else:
                if answer is not None:
                    return replace(answer, usage=sum(spent, Usage.zero()))

    async def reachable(self) -> bool:
        """Whether the model is."""
        return await self._llm.reachable()

    async def aclose(self) -> None:
        """Close the model."""
        await self._llm.aclose()

    def price(self, usage: Usage) -> float | None:
        """The model's price."""
        return self._llm.price(usage)

    async def _call(self, question: Question, spent: list[Usage]) -> Answer:
        tries = 0

        async def request() -> Answer:
            nonlocal tries
            tries += 1
            try:
                return await self._request(question, spent)
            except ProviderError as error:
                unknown = error.kind is FailureKind.CONNECTION and not self._answered
                if unknown and tries >= _IN_A_ROW:
                    # It has never answered, so its address is more likely wrong than it is down.
                    raise ProviderError(str(error), kind=FailureKind.OUTAGE) from None
                raise

        return await retrying(self._retry, request)

    async def _request(self, question: Question, spent: list[Usage]) -> Answer:
        """One request, when the limits allow it."""
        most = question.most()
        counted = most.input_tokens + most.output_tokens
        entered = await self._slots.enter()
        try:
            await self._gate.enter(counted)
            answer = await self._llm.ask(question)
        except ProviderError as error:
            spent.append(error.usage)
            if error.kind is FailureKind.RATE_LIMIT:
                self._slow_down(error, entered)
            raise
        finally:
            self._slots.leave()
        spent.append(answer.usage)
        self._gate.correct(counted, answer.usage.input_tokens + answer.usage.output_tokens)
        self._slots.widen()
        self._answered, self._failed_in_a_row = True, 0
        return answer

    def _slow_down(self, error: ProviderError, entered: float) -> None:
        asked = error.retry_after or 0.0
        if asked > self._max_outage:
            raise ProviderError(
                f"{error} It asked to wait {asked:.0f} s: run the same command again then.",
                kind=FailureKind.OUTAGE,
                status=error.status,
            ) from None
        self._gate.pause(asked)
        self._slots.narrow(entered)

    def _is_outage(self, error: ProviderError) -> bool:
        """Whether the endpoint is down for everybody; then the others stop asking."""
        if self._down_since is not None:
            return decide(error.kind).retry
        if not decide(error.kind).retry:
            return False
        self._failed_in_a_row += 1
        if error.kind is not FailureKind.CONNECTION and self._failed_in_a_row < _IN_A_ROW:
            return False
        self._down_since, self._probe_wait = time.monotonic(), _FIRST_PROBE
        self._complaint = str(error)
        self._note(f"{error}\nThe run waits until the endpoint answers again.")
        return True

    async def _probe(self, question: Question, spent: list[Usage]) -> Answer | None:
        """One request during an outage, one at a time; None where that did not bring the answer."""
        async with self._probing:
            if self._down_since is None:
                return None
            outage = time.monotonic() - self._down_since
            if outage > self._max_outage:
                raise ProviderError(
                    f"{self._complaint} It has not answered for {outage:.0f} s.",
                    kind=FailureKind.OUTAGE,
                )
            await asyncio.sleep(self._probe_wait)
            try:
                answer = await self._request(question, spent)
            except ProviderError as error:
                if not decide(error.kind).retry or await self._is_only_this(error):
                    self._outage_ends()
                    raise
                self._probe_wait = min(2 * self._probe_wait, _LAST_PROBE)
                return None
            self._outage_ends()
            return answer

    async def _is_only_this(self, error: ProviderError) -> bool:
        """Whether the endpoint is there, and just breaks the connection of this question."""
        return error.kind is FailureKind.CONNECTION and await self._llm.reachable()

    def _outage_ends(self) -> None:
        if self._down_since is not None:
            outage = time.monotonic() - self._down_since
            self._note(f"The endpoint answers again after {outage:.0f} s.")
        self._down_since = None
