"""How a run tells of its progress. Only the command line prints."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

_WINDOW = 60.0
"""Seconds over which the rate is measured."""


class Snapshot(NamedTuple):
    """Where a run stands, in articles.

    Attributes:
        done: Articles that have an outcome, those of earlier sessions included.
        failed: Those of them that failed or were refused.
        total: Articles of the input.
        rate: Articles a second in the last minute.
        left_s: Seconds that the rest will take at this rate; None while nothing is known.
        tokens: Tokens read and written, in all sessions.
        cost_usd: US dollars in all sessions; None where a price is not known.
    """

    done: int
    failed: int
    total: int
    rate: float
    left_s: float | None
    tokens: int
    cost_usd: float | None


class RunProgress(Protocol):
    """Is told how a run goes on."""

    def update(self, snapshot: Snapshot) -> None:
        """Something has changed, or time has passed: called twice a second at least."""
        ...

    def note(self, message: str) -> None:
        """Something a person should know, such as that the endpoint does not answer."""
        ...


class NoRunProgress:
    """Discards everything."""

    def update(self, snapshot: Snapshot) -> None:
        """Ignore it."""

    def note(self, message: str) -> None:
        """Ignore it."""


@dataclass
class Pace:
    """Counts what is done, and how fast."""

    done: int
    failed: int
    total: int
    tokens: int
    cost_usd: float | None
    _recent: deque[tuple[float, int]] = field(default_factory=deque, repr=False)

    def __post_init__(self) -> None:
        self._recent.append((time.monotonic(), self.done))

    def count(self, copies: int, *, failed: bool, tokens: int, cost_usd: float | None) -> None:
        """`copies` more articles have an outcome, for which one call was made."""
        self.done += copies
        self.failed += copies * failed
        self.spend(tokens, cost_usd)

    def spend(self, tokens: int, cost_usd: float | None) -> None:
        """Something was paid for."""
        self.tokens += tokens
        known = self.cost_usd is not None and cost_usd is not None
        self.cost_usd = (self.cost_usd or 0) + (cost_usd or 0) if known else None

    def snapshot(self) -> Snapshot:
        """Where it stands now."""
        now = time.monotonic()
        if now - self._recent[-1][0] >= 0.5:
            self._recent.append((now, self.done))
        while len(self._recent) > 2 and now - self._recent[1][0] >= _WINDOW:
            self._recent.popleft()
        since, before = self._recent[0]
        rate = (self.done - before) / (now - since) if now > since else 0.0
        left = (self.total - self.done) / rate if rate else None
        return Snapshot(self.done, self.failed, self.total, rate, left, self.tokens, self.cost_usd)
