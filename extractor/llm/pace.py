"""How fast and how many: what lets requests to an endpoint pass, the same for all of a run.

No library's limiter does what is needed together: even spreading, so that no second has more
than its share; weights that are corrected when the answer tells its tokens; and a pause for all
when the endpoint asks for one.
"""

import asyncio
import time
from collections import deque
from typing import Protocol

_HEADROOM = 0.9
"""Part of the set rate that is used, so that what is late on its way crowds no second."""


class Rate:
    """Units a minute, evenly spread.

    Attributes:
        free_at: When the next one may pass, on the monotonic clock.
    """

    def __init__(self, per_minute: float | None) -> None:
        self._seconds = 60 / (per_minute * _HEADROOM) if per_minute else 0.0
        self.free_at = 0.0

    def take(self, amount: float) -> None:
        """Count what passes now; what follows waits until its share of time is over."""
        self.free_at = max(self.free_at, time.monotonic()) + amount * self._seconds

    def give_back(self, amount: float) -> None:
        """Correct what was counted too much."""
        self.free_at -= amount * self._seconds


class Entrance(Protocol):
    """What requests pass one by one."""

    async def enter(self, tokens: int) -> None:
        """Wait until a request that may take so many tokens can be sent."""

    def correct(self, counted: int, used: int) -> None:
        """Tell what a request took for which `counted` tokens were counted."""

    def pause(self, seconds: float) -> None:
        """Let nothing pass for so long."""


class Gate:
    """Lets requests pass one by one, as the rates allow, and none while it is paused."""

    def __init__(self, *, rpm: float | None = None, tpm: float | None = None) -> None:
        self._requests, self._tokens = Rate(rpm), Rate(tpm)
        self._paused_until = 0.0
        self._turn = asyncio.Lock()

    async def enter(self, tokens: int) -> None:
        """Wait until a request that may take so many tokens can be sent."""
        async with self._turn:
            # Nothing but time opens it, so there is no event to wait for.
            while (wait := self._opens_at() - time.monotonic()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(wait)
            self._requests.take(1)
            self._tokens.take(tokens)

    def correct(self, counted: int, used: int) -> None:
        """Tell what a request took for which `counted` tokens were counted."""
        self._tokens.give_back(counted - used)

    def pause(self, seconds: float) -> None:
        """Let nothing pass for so long."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _opens_at(self) -> float:
        return max(self._paused_until, self._requests.free_at, self._tokens.free_at)


class Slots:
    """How many requests may be in flight: fewer when the endpoint complains, then more again.

    Halved on a complaint and grown by one a round, as TCP does, because nobody tells the rate
    that an endpoint can bear.

    Attributes:
        width: Requests that may be in flight at the moment.
    """

    def __init__(self, most: int) -> None:
        self.width = float(most)
        self._most = most
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._narrowed_at = 0.0

    async def enter(self) -> float:
        """Wait for a slot; when it was taken, on the monotonic clock."""
        while self._used >= max(1, int(self.width)):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():
                    self._wake()
                raise
        self._used += 1
        return time.monotonic()

    def leave(self) -> None:
        """Give the slot back."""
        self._used -= 1
        self._wake()

    def narrow(self, entered: float) -> None:
        """The endpoint complained about a request that took its slot at `entered`."""
        # What was sent before the last complaint tells nothing about the narrower width.
        if entered >= self._narrowed_at:
            self._narrowed_at = time.monotonic()
            self.width = max(1.0, min(self.width, self._used) / 2)

    def widen(self) -> None:
        """The endpoint answered."""
        self.width = min(self._most, self.width + 1 / self.width)

    def _wake(self) -> None:
        free = max(1, int(self.width)) - self._used
        while self._waiting and free > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1
