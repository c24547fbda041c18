"""The parts of a run at the provider: sent, looked at, collected, cancelled.

What is known of a part is written to the ledger before the next thing is done with it, so that a
run goes on after any end.
"""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from extractor.batch.engine import Ending
from extractor.batch.limits import Limits
from extractor.batch.manifest import RunStatus
from extractor.batch.progress import Pace, RunProgress
from extractor.batch.recall import batch_price
from extractor.batch.requests import read_replies, requests_file, usable
from extractor.errors import BudgetError, ConfigError, FailureKind, ProviderError
from extractor.llm.limits import MAX_OUTAGE
from extractor.llm.openai_batches import ENDED, BatchState
from extractor.llm.openai_compatible import OpenAICompatible
from extractor.llm.retry import decide
from extractor.pipeline.background import Background
from extractor.prompting import WHOLE, Prompt
from extractor.store.ledger import Ledger
from extractor.store.parts import Collected, Kept, Part, Parts

_TICK = 0.5
_NOT_SENT = "not sent"
_NO_ROOM = "waits for room"
_GONE = "gone"

_STAGED_ROUNDS = 24
"""Rounds of an article with a staged prompt; it has about 16 if every answer is usable."""


@dataclass(frozen=True, kw_only=True)
class ProviderBatch:
    """How a run uses the provider's batches.

    Attributes:
        poll: Seconds between two looks at the batches.
        max_requests: Requests of one file at most.
        max_bytes: Bytes of one file at most.
        rounds: Batches in turn for one article, before its next question is asked in the ordinary
            way; None for 1 where the prompt is one question, and 24 where it has stages.
        cancel: Cancel the batches, keep what they have answered, and end.
    """

    poll: float = 60.0
    max_requests: int = 50_000
    max_bytes: int = 200_000_000
    rounds: int | None = None
    cancel: bool = False

    def __post_init__(self) -> None:
        for name in ("poll", "max_requests", "max_bytes", "rounds"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise ConfigError(f"{name} is {value}: it must be above 0")

    def rounds_of(self, prompt: Prompt) -> int:
        """Rounds of an article with this prompt."""
        return self.rounds or (1 if WHOLE in prompt.steps else _STAGED_ROUNDS)


def forget_unsent(parts: Parts, folder: Path) -> None:
    """Have the parts that no provider knows of as if they had never been made."""
    for part in parts.open():
        if part.state == "prepared":
            parts.collect(part._replace(status=_NOT_SENT), (), ask_rest=False)
            requests_file(folder, part.number).unlink(missing_ok=True)


class AtProvider:
    """The parts of one run. Every method may raise what the provider and the ledger raise.

    Raises:
        ProviderError: if the provider stays out of reach or refuses a request.
        StoreError: if a file or the ledger cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        llm: OpenAICompatible,
        options: ProviderBatch,
        *,
        limits: Limits,
        pace: Pace,
        progress: RunProgress,
    ) -> None:
        """Do nothing yet.

        Args:
            folder: Where the files of requests are.
            ledger: Where the parts are recorded.
            llm: The model, whose endpoint has batches.
            options: How batches are used.
            limits: What the run may take.
            pace: Counts what was paid for.
            progress: Told of the batches.
        """
        self._folder, self._ledger, self._parts = folder, ledger, Parts(ledger)
        self._llm, self._options, self._limits = llm, options, limits
        self._pace, self._progress = pace, progress
        self._background, self._batches = Background(), llm.batches()
        self._silent_since: float | None = None
        self._queue_full = False

    def close(self) -> None:
        """Close the connections."""
        self._background.close(self._batches.aclose)

    def cancel(self) -> Ending:
        """Cancel what is at work, and keep what it has brought."""
        for part in self._parts.open():
            batch = part.batch or self._unrecorded(part)
            if batch is None:
                self._end(part._replace(status=_NOT_SENT))
                continue
            self._parts.update(part._replace(state="created", batch=batch))
            try:
                self._background.run(self._batches.cancel(batch))
            except ProviderError as error:
                if error.kind is FailureKind.NOT_FOUND:
                    self._end(part._replace(status=_GONE))
                elif error.kind is not FailureKind.BAD_REQUEST:
                    raise
                continue  # it has ended already
            self._progress.note(f"Batch {batch} is being cancelled")
        while self._parts.open():
            self.until_collected()
        return Ending(
            RunStatus.STOPPED,
            "the batches are cancelled, and what they answered is kept; without --cancel-batches "
            "the rest is asked",
        )

    def until_collected(self) -> Ending | None:
        """Send what is to be sent, and wait until answers are there."""
        while parts := self._parts.open():
            ended = False
            try:
                for part in parts:
                    if ended and part.state == "prepared":
                        continue  # first the articles whose answers are there
                    state = self._looked_at(part)
                    if state is not None and state.status in ENDED:
                        if self._postponed(part, state):
                            continue
                        ended, self._queue_full = True, False
                        if ending := self._collect(part, state):
                            return ending
                self._silent_since = None
            except ProviderError as error:
                self._bear(error)
            if ended:
                break
            self._wait()
        return None

    def _looked_at(self, part: Part) -> BatchState | None:
        """How a part's batch is, which is made where there is none; None where it has to wait."""
        if part.state == "prepared":
            if self._options.cancel or self._queue_full or not self._affordable(part):
                return None
            with usable(self._folder):
                path = requests_file(self._folder, part.number)
                file = self._background.run(self._batches.upload(path))
            part = part._replace(state="uploaded", file=file)
            self._parts.update(part)
            part = self._create(part, new=True)
        elif part.state == "uploaded":
            part = self._create(part, new=False)
        assert part.batch is not None  # noqa: S101 - it was created
        state = self._background.run(self._batches.get(part.batch))
        told = part._replace(status=state.status, completed=state.completed, failed=state.failed)
        if told != part:
            self._parts.update(told)
            self._progress.note(
                f"Batch {state.id} is {state.status}: {state.completed:,} of {part.requests:,} "
                "answered"
            )
        return state

    def _create(self, part: Part, *, new: bool) -> Part:
        assert part.file is not None  # noqa: S101 - it was uploaded
        made = self._batches.create(part.file, self._metadata(part), new=new)
        state = self._background.run(made)
        part = part._replace(state="created", batch=state.id, status=state.status)
        self._parts.update(part)
        self._progress.note(
            f"Part {part.number}: batch {state.id} with {part.requests:,} requests, which the "
            "provider answers within 24 hours"
        )
        return part

    def _postponed(self, part: Part, state: BatchState) -> bool:
        """Whether a refused part is sent again when another one has ended, and left room."""
        if not state.queue_full or self._options.cancel:
            return False
        others = [p for p in self._parts.open() if p.number != part.number]
        if all(other.state == "prepared" for other in others):
            return False
        self._parts.update(part._replace(state="prepared", file=None, batch=None, status=_NO_ROOM))
        self._queue_full = True
        self._progress.note(
            f"Part {part.number} waits until another batch has ended: {state.complaint}"
        )
        return True

    def _unrecorded(self, part: Part) -> str | None:
        """The batch that was made of a part just before its maker ended."""
        if part.file is None:
            return None
        found = self._background.run(self._batches.find(part.file, self._metadata(part)))
        return found.id if found else None

    def _metadata(self, part: Part) -> dict[str, str]:
        """What a batch is recognised by."""
        run = self._ledger.fact("run_id")
        if run is None:
            run = uuid.uuid4().hex
            self._ledger.set_fact("run_id", run)
        return {"run": run, "part": str(part.number)}

    def _collect(self, part: Part, state: BatchState) -> Ending | None:
        """Keep a batch's answers.

        What it has none for is asked in the ordinary way, unless the whole batch was refused or
        cancelled, or its answers are gone: then it stays to be asked.
        """
        paths, tried = [], state.status in ("completed", "expired")
        for name, file in (("output", state.output_file), ("errors", state.error_file)):
            if file is not None:
                path = self._folder / f"part-{part.number:04}.{name}.jsonl"
                with usable(self._folder):
                    if self._downloaded(file, path):
                        paths.append(path)
                    else:
                        tried = False
        part = part._replace(status=state.status, completed=state.completed, failed=state.failed)
        kept = self._end(part, paths, ask_rest=tried)
        told = f"Batch {state.id} is {state.status}: {kept:,} of {part.requests:,} answers kept"
        if state.status == "failed":
            return Ending(
                RunStatus.STOPPED,
                f"the provider refused batch {state.id} (part {part.number}): "
                f"{state.complaint or 'it gave no reason'}. Mend that and run the same command "
                "again; --part-requests makes parts smaller",
            )
        if state.status == "cancelled" and not self._options.cancel:
            return Ending(RunStatus.STOPPED, f"{told}; it was cancelled at the provider")
        self._progress.note(told)
        return None

    def _downloaded(self, file: str, path: Path) -> bool:
        """Whether a file of answers is there; who cancels does without one that is gone."""
        try:
            self._background.run(self._batches.download(file, path))
        except ProviderError as error:
            if error.kind is FailureKind.NOT_FOUND and self._options.cancel:
                return False
            raise
        return True

    def _end(self, part: Part, paths: list[Path] | None = None, *, ask_rest: bool = False) -> int:
        """A part is done with: keep its answers, and take its files away."""
        paths = paths or []
        with usable(self._folder):
            kept = self._parts.collect(part, self._answers(paths), ask_rest=ask_rest)
            for path in (*paths, requests_file(self._folder, part.number)):
                path.unlink(missing_ok=True)
        self._progress.update(self._pace.snapshot())
        return kept

    def _answers(self, paths: list[Path]) -> Iterator[Collected]:
        for path in paths:
            for reply in read_replies(path):
                try:
                    answer = self._llm.read(reply.status, reply.body)
                except ProviderError:
                    continue  # so it has no answer, and is asked again
                kept = Kept(answer.text, answer.finish, answer.usage)
                cost = batch_price(self._llm, answer.usage)
                tokens = answer.usage.input_tokens + answer.usage.output_tokens
                self._pace.spend(tokens, cost)
                yield Collected(reply.work, reply.key, kept, cost)

    # --- limits

    def _affordable(self, part: Part) -> bool:
        """Whether a part may be sent now; False where others hold what is left.

        Raises:
            BudgetError: if it never may.
        """
        if self._limits.max_tokens is None and self._limits.max_cost is None:
            return True  # without reading the whole ledger at each look
        held = [p for p in self._parts.open() if p.state != "prepared" and p != part]
        most = sum((p.most for p in held), part.most)
        counts = self._ledger.counts()
        if (limit := self._limits.max_tokens) is not None:
            tokens = most.input_tokens + most.output_tokens
            spent = counts.usage.input_tokens + counts.usage.output_tokens
            if tokens + spent > limit:
                return self._held(part, held, f"{tokens:,} tokens", f"{spent:,} of {limit:,}")
        if (dollars := self._limits.max_cost) is not None:
            cost = batch_price(self._llm, most)
            if cost is None:
                raise BudgetError(
                    f"the price of {self._llm.name} is not known, so --max-cost cannot be kept: "
                    "leave it out"
                )
            used = counts.cost_usd or 0.0
            if cost + used > dollars:
                told = f"{cost:.4f} USD at half price", f"{used:.4f} of {dollars:.4f}"
                return self._held(part, held, *told)
        return True

    def _held(self, part: Part, others: list[Part], most: str, used: str) -> bool:
        if others:
            return False
        # Their questions are free again: the next command may make smaller parts of them.
        forget_unsent(self._parts, self._folder)
        raise BudgetError(
            f"the next batch of {part.requests:,} requests may take {most}, if every answer is as "
            f"long as it may be, and {used} are used: raise --max-cost or --max-tokens, or make "
            "batches smaller with --part-requests"
        )

    # --- waiting

    def _wait(self) -> None:
        end = time.monotonic() + self._options.poll
        while (left := end - time.monotonic()) > 0:
            self._progress.update(self._pace.snapshot())
            time.sleep(min(_TICK, left))

    def _bear(self, error: ProviderError) -> None:
        """Go on after a failure that may pass, for half an hour.

        Raises:
            ProviderError: where it does not pass.
        """
        now = time.monotonic()
        if self._silent_since is None:
            self._silent_since = now
            self._progress.note(f"{error}\nThe run looks again in {self._options.poll:g} s.")
        if not decide(error.kind).retry or now - self._silent_since > MAX_OUTAGE:
            raise error

    def left(self) -> str:
        """What goes on when the run is interrupted, and how to end that."""
        at_work = [part.batch for part in self._parts.open() if part.batch is not None]
        if not at_work:
            return "interrupted"
        return (
            f"interrupted; the provider goes on with {', '.join(at_work[:5])}"
            + (", ..." if len(at_work) > 5 else "")
            + "; --cancel-batches with the same command ends that"
        )
