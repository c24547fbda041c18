"""What is said on standard error: progress, notes and errors. Data never passes here."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from extractor.progress import Progress as ProgressProtocol
from extractor.report.plain import plain

_STEPS = 10
"""Lines at most that a task prints where there is no terminal."""


class ConsoleProgress(ProgressProtocol):
    """What every command needs of standard error, besides progress."""

    def note(self, message: str) -> None:
        """Something a person should know."""
        say(message)

    def error(self, message: str) -> None:
        """Something that went wrong; said even when all else is quiet."""
        say(f"error: {message}")

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Keeps standard error still while data is written to the same terminal."""
        yield

    def close(self) -> None:
        """Leave the terminal as it was."""


def say(message: str) -> None:
    """Print `message` on standard error, without what could steer the terminal."""
    for line in message.splitlines():
        sys.stderr.write(plain(line) + "\n")
    sys.stderr.flush()


def make_progress(*, quiet: bool = False) -> ConsoleProgress:
    """Bars on a terminal, lines elsewhere, nothing but errors when quiet."""
    if quiet:
        return QuietProgress()
    return BarProgress() if sys.stderr.isatty() else LineProgress()


class QuietProgress(ConsoleProgress):
    """Tells of errors only."""

    def start(self, label: str, total: int | None, unit: str) -> None:
        """Ignore it."""

    def advance(self, amount: int = 1) -> None:
        """Ignore it."""

    def note(self, message: str) -> None:
        """Ignore it."""

    def finish(self) -> None:
        """Ignore it."""


@dataclass
class _Task:
    label: str
    total: int | None
    unit: str
    done: int = 0
    shown: int = 0

    @property
    def amount(self) -> str:
        if self.unit == "B":
            done, total = decimal(self.done), decimal(self.total or 0)
        else:
            done, total = f"{self.done:,}", f"{self.total or 0:,} {self.unit}"
        return done if self.total is None else f"{done} of {total}"


class LineProgress(ConsoleProgress):
    """Plain lines, few of them, for logs and pipes."""

    def __init__(self) -> None:
        self._tasks: list[_Task] = []
        self._lock = threading.Lock()

    def start(self, label: str, total: int | None, unit: str) -> None:
        """Remember the task; it is told of with its first tenth."""
        with self._lock:
            self._tasks.append(_Task(label, total, unit))

    def advance(self, amount: int = 1) -> None:
        """Print a line for each further tenth."""
        with self._lock:
            if not self._tasks:
                return
            task = self._tasks[-1]
            task.done += amount
            step = task.done * _STEPS // task.total if task.total else 0
            if step > task.shown:
                task.shown = step
                say(f"{task.label}: {task.amount}")

    def finish(self) -> None:
        """Forget the task."""
        with self._lock:
            if self._tasks:
                self._tasks.pop()


class BarProgress(ConsoleProgress):
    """Bars on a terminal, gone when the work is done."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True, highlight=False),
            transient=True,
            # Redirected, data for standard output would come out on standard error.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._tasks: list[tuple[TaskID, _Task]] = []
        self._lock = threading.RLock()

    def start(self, label: str, total: int | None, unit: str) -> None:
        """Show a bar."""
        with self._lock:
            task = _Task(plain(label), total, unit)
            number = self._bars.add_task(task.label, total=total, amount=task.amount)
            self._tasks.append((number, task))
            self._bars.start()

    def advance(self, amount: int = 1) -> None:
        """Move the bar of the task that was started last."""
        with self._lock:
            if self._tasks:
                number, task = self._tasks[-1]
                task.done += amount
                self._bars.update(number, completed=task.done, amount=task.amount)

    def note(self, message: str) -> None:
        """Print above the bars."""
        for line in message.splitlines():
            self._bars.console.print(Text(plain(line)), soft_wrap=True)

    def error(self, message: str) -> None:
        """Print above the bars."""
        self.note(f"error: {message}")

    def finish(self) -> None:
        """Take the bar of the task that was started last away."""
        with self._lock:
            if self._tasks:
                self._bars.remove_task(self._tasks.pop()[0])
            if not self._tasks:
                self._bars.stop()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bars away while data is written to the same terminal."""
        with self._lock:
            self._bars.stop()
            yield
            if self._tasks:
                self._bars.start()

    def close(self) -> None:
        """Take all bars away."""
        self._bars.stop()
