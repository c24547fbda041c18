"""How long work tells of its progress. Library code reports; only the command line prints."""

import logging
from typing import Protocol

_log = logging.getLogger("extractor")


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


class LogProgress(NoProgress):
    """Says the notes to the log `extractor`, loud enough to be seen where nobody set one up.

    What Python code gets by default: a gigabyte is not fetched without a word.
    """

    def note(self, message: str) -> None:
        """Log it as a warning."""
        _log.warning("%s", message)
