"""Progress of a run on standard error: a bar on a terminal, lines elsewhere, or JSON."""

import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from extractor.batch.manifest import BatchPart, Manifest, RunStatus
from extractor.batch.progress import NoRunProgress, RunProgress, Snapshot
from extractor.cli.console import say
from extractor.report.plain import plain

_EVERY = 5.0
"""Seconds between two lines."""


class RunConsole(RunProgress):
    """Progress that has an end."""

    def end(self, manifest: Manifest) -> None:
        """Sum the run up."""
        say(told(manifest))

    def close(self) -> None:
        """Leave standard error as it was."""


def make_run_progress(*, quiet: bool, json_log: bool) -> RunConsole:
    """What fits standard error and the person's wishes."""
    if json_log:
        return _JsonLines()
    if quiet:
        return _Quiet()
    return _Bar() if sys.stderr.isatty() else _Lines()


def duration(seconds: float) -> str:
    """Seconds in words: `45 s`, `12 min`, `3 h 20 min`, `4 days`."""
    minutes = round(seconds / 60)
    if seconds < 120:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours / 24:.0f} days"


def money(cost: float | None) -> str:
    """A price in words."""
    if cost is None:
        return "cost not known"
    return f"${cost:.4f}" if cost else "no cost"


def summary(snapshot: Snapshot) -> str:
    """A snapshot in one line."""
    parts = [f"{snapshot.done:,} of {snapshot.total:,} articles"]
    if snapshot.failed:
        parts.append(f"{snapshot.failed:,} failed")
    if snapshot.rate:
        parts.append(f"{snapshot.rate:.1f}/s")
    parts.append(money(snapshot.cost_usd))
    if snapshot.left_s:
        parts.append(f"{duration(snapshot.left_s)} left")
    return ", ".join(parts)


def told(manifest: Manifest) -> str:
    """A manifest for people."""
    session = manifest.sessions[-1]
    end = datetime.fromisoformat(session.ended) if session.ended else datetime.now().astimezone()
    took = (end - datetime.fromisoformat(session.started)).total_seconds()
    done = manifest.finished - session.done_before
    rate = done / took if took > 0 else 0.0
    counts = [f"{count:,} {name}" for name, count in manifest.counts.items() if count]
    usage = manifest.usage
    lines = [
        f"{manifest.status}: {manifest.finished:,} of {manifest.articles:,} articles",
        f"{', '.join(counts)}",
        f"{usage.input_tokens:,} tokens read, {usage.output_tokens:,} written, "
        f"{usage.requests:,} requests, {money(manifest.cost_usd)}",
    ]
    if done:
        lines.append(f"{done:,} articles in {duration(took)}, {rate:.2f}/s")
    if manifest.status is RunStatus.RUNNING and rate:
        lines.append(f"{duration(manifest.counts['pending'] / rate)} left")
    if manifest.duplicates:
        lines.append(f"{manifest.duplicates:,} share the answer to an equal article")
    if manifest.unreadable:
        lines.append(f"{manifest.unreadable:,} could not be read as an article")
    lines += [_batch(part) for part in manifest.batches if part.state != "collected"]
    if collected := [part for part in manifest.batches if part.state == "collected"]:
        answered = sum(part.completed for part in collected)
        asked = sum(part.requests for part in collected)
        lines.append(f"{len(collected):,} batches collected, {answered:,} of {asked:,} answered")
    lines += [f"{count:,} failed: {kind}" for kind, count in manifest.errors.items()]
    if manifest.reason:
        lines.append(f"{manifest.reason}")
    if manifest.status in (RunStatus.STOPPED, RunStatus.INTERRUPTED):
        lines.append("run the same command again to go on")
    return "\n".join(lines)


def _batch(part: BatchPart) -> str:
    told = f"batch {part.part}: {part.requests:,} requests, {part.status or part.state}"
    return told + (f", {part.completed:,} answered ({part.batch})" if part.batch else "")


class _Quiet(NoRunProgress, RunConsole):
    """Tells only why a run did not come to its end."""

    def end(self, manifest: Manifest) -> None:
        """Say what stopped it, if anything did."""
        if manifest.status is not RunStatus.COMPLETE:
            say(f"{manifest.status}: {manifest.reason}")


class _Lines(RunConsole):
    """A line every few seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _EVERY

    def update(self, snapshot: Snapshot) -> None:
        """Say it, unless something was said a moment ago."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            self.tell(snapshot)

    def tell(self, snapshot: Snapshot) -> None:
        """Say it."""
        say(summary(snapshot))

    def note(self, message: str) -> None:
        """Say it."""
        say(message)


class _JsonLines(_Lines):
    """The same for machines: an object a line with `time`, `event` and what it tells."""

    def tell(self, snapshot: Snapshot) -> None:
        """Print the snapshot's fields."""
        self._print("progress", **snapshot._asdict())

    def note(self, message: str) -> None:
        """Print the message."""
        self._print("note", message=message)

    def end(self, manifest: Manifest) -> None:
        """Print the manifest's fields."""
        self._print("end", **manifest.model_dump(mode="json", exclude={"settings", "packages"}))

    def _print(self, event: str, **fields: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": event, **fields}, ensure_ascii=False)
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


class _Bar(RunConsole):
    """A bar, gone when the run ends."""

    def __init__(self) -> None:
        self._bars = Progress(
            BarColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            console=Console(stderr=True, highlight=False),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bars.add_task("", total=None, told="starting")
        self._bars.start()

    def update(self, snapshot: Snapshot) -> None:
        """Move the bar."""
        self._bars.update(
            self._task, completed=snapshot.done, total=snapshot.total, told=summary(snapshot)
        )

    def note(self, message: str) -> None:
        """Print above the bar."""
        for line in message.splitlines():
            self._bars.console.print(Text(plain(line)), soft_wrap=True)

    def close(self) -> None:
        """Take the bar away."""
        self._bars.stop()
