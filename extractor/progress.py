"""How long work tells of its progress. Library code reports; only the command line prints."""

from typing import Protocol


class Progress(Protocol):
    """Receives what a long task has done so far."""

    def start(self, label: str, total: int | None, unit: str) -> None:
        """A task begins: `total` units of work, or None where not known."""
        ...

    def advance(self, amount: int = 1) -> None:
        """`amount` more units are done."""
        ...

    def note(self, message: str) -> None:
        """Something a person should know."""
        ...

    def finish(self) -> None:
        """The task that was started last has ended."""
        ...


class NoProgress:
    """Discards everything."""

    def start(self, label: str, total: int | None, unit: str) -> None:
        """Ignore it."""

    def advance(self, amount: int = 1) -> None:
        """Ignore it."""

    def note(self, message: str) -> None:
        """Ignore it."""

    def finish(self) -> None:
        """Ignore it."""
