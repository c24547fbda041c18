"""A run: a folder with a manifest and a ledger, begun, gone on with, and read."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import filelock

from extractor.articles import Article, Located
from extractor.batch.at_provider import ProviderBatch
from extractor.batch.cluster import Cluster, ClusterEngine, Job
from extractor.batch.engine import Ending, Engine, whole_outcome
from extractor.batch.inputs import read_inputs
from extractor.batch.limits import Limits
from extractor.batch.manifest import (
    Manifest,
    RunStatus,
    Session,
    batch_parts,
    counted,
    git_commit,
    packages,
    read_manifest,
    write_manifest,
)
from extractor.batch.ordinary import Ordinary
from extractor.batch.progress import NoRunProgress, Pace, RunProgress
from extractor.batch.provider import Rounds, batch_endpoint, check_open
from extractor.errors import ConfigError, StoreError
from extractor.fingerprint import canonical_json, fingerprint, text_sha256
from extractor.llm.base import LLM
from extractor.llm.limits import RETRY, Limited
from extractor.llm.models import ModelSettings, resolve_model
from extractor.llm.retry import RetryPolicy
from extractor.pipeline.ask import Budget
from extractor.pipeline.extractor import Extractor
from extractor.pipeline.outcome import Outcome
from extractor.store import ledger as store
from extractor.store.ledger import Ledger
from extractor.store.rows import EXAMPLES, Changes, Input

Stage = Callable[[Pace], Ending | None]
"""Works on what is pending; tells how the run ended, or None where there is more to do."""

_LOCK = "lock"
_ROWS = 1000
"""Articles taken into the ledger in one transaction."""


def run_batch(
    inputs: Sequence[str],
    out: str | Path,
    *,
    settings: ModelSettings | None = None,
    prompt: str | None = None,
    max_attempts: int | None = None,
    limits: Limits | None = None,
    columns: Mapping[str, str] | None = None,
    published: date | None = None,
    retry_failed: bool = False,
    new_run: bool = False,
    provider_batch: ProviderBatch | None = None,
    cluster: Cluster | None = None,
    progress: RunProgress | None = None,
    llm: LLM | None = None,
) -> Manifest:
    """Extract every article of the input, each exactly once, into the folder of a run.

    Called again with the same input and settings, it goes on where it ended: what has an outcome
    is not asked again.

    Args:
        inputs: Folders, patterns and files, as `read_inputs` takes them.
        out: The folder of the run; made where it does not exist.
        settings: The model and how it is reached.
        prompt: Name and version of the prompt; by default the newest for the model.
        max_attempts: Answers asked for a question before its valid part is kept.
        limits: What the run may take.
        columns: The input's names for the fields of an article, where they differ.
        published: Day of publication of articles that do not tell it themselves.
        retry_failed: Work again on what failed or was refused.
        new_run: Accept another input or other settings; answers that still fit are kept.
        provider_batch: Ask by the provider's batches, at half the price.
        cluster: The Ray cluster whose workers extract; None for this process. There, articles
            at the same time are counted for each worker, rate and budget for all together.
        progress: Told how the run goes on.
        llm: A client to use instead of one made from the settings; without retries of its own.

    Returns:
        The manifest as it stands at the end, which says how the run ended.

    Raises:
        ConfigError: if a setting is wrong, or the run has another input or other settings.
        StoreError: if the folder cannot be used, or two articles have one id.
        ClusterError: if the cluster cannot be reached or does not go on.
    """
    settings, limits = settings or ModelSettings(), limits or Limits()
    progress = progress or NoRunProgress()
    # The limits own the retries: each of them has to keep to the rate too.
    llm = llm or resolve_model(replace(settings, retry=RetryPolicy(attempts=1)))
    endpoint = batch_endpoint(llm) if provider_batch else None
    limited = Limited(
        llm,
        concurrency=limits.concurrency,
        rpm=limits.rpm,
        tpm=limits.tpm,
        retry=RETRY,
        note=progress.note,
    )
    with _locked(Path(out)) as folder, Ledger(folder / store.NAME) as ledger:
        budget = Budget(limits.max_cost, limits.max_tokens)
        with Extractor(llm=limited, prompt=prompt, max_attempts=max_attempts, budget=budget) as e:
            setup = {**e.setup, "mode": settings.mode or "json_schema"}
            run = _Run(folder, ledger, setup)
            check_open(ledger, provider_batch, new_run=new_run, on_cluster=cluster is not None)
            engine: Callable[..., Engine] = Engine
            if cluster is not None:
                job = Job.of(settings, e, limits.concurrency, limits.max_cost)
                rates = limits.rpm, limits.tpm
                engine = partial(
                    ClusterEngine, cluster=cluster, job=job, budget=budget, rates=rates
                )
            run.take_in(inputs, columns, published, new_run=new_run, progress=progress)
            if retry_failed:
                ledger.retry_failed()
            ordinary = Ordinary(ledger, e, limited, budget, limits, progress, engine)
            stages: list[Stage] = [ordinary.run]
            if provider_batch and endpoint:
                rounds = Rounds(
                    *(folder, ledger, e, endpoint, provider_batch),
                    limits=limits,
                    progress=progress,
                )
                stages.insert(0, rounds.run)
            return run.work(stages, limits, settings.base_url)


@dataclass
class _Run:
    """An open run."""

    folder: Path
    ledger: Ledger
    setup: dict[str, Any]

    def take_in(
        self,
        inputs: Sequence[str],
        columns: Mapping[str, str] | None,
        published: date | None,
        *,
        new_run: bool,
        progress: RunProgress,
    ) -> None:
        """Take the input into the ledger, or see that it is the one that is there."""
        articles = self._articles(read_inputs(inputs, columns=columns, published=published))
        known = self.ledger.fact("setup")
        if known is not None and self.ledger.fact("input_complete") and not new_run:
            self._compare(json.loads(known), articles)
            return
        self.ledger.set_fact("input_complete", "")
        self.ledger.forget_input()
        progress.note("Reading the input")
        for rows in _parted(articles):
            self.ledger.add_input(rows)
        for name, value in (
            ("setup", canonical_json(self.setup)),
            ("inputs", canonical_json(list(inputs))),
            ("created", _now()),
            ("sessions", "[]"),
            ("input_complete", "yes"),
        ):
            self.ledger.set_fact(name, value)

    def _articles(self, located: Iterable[Located]) -> Iterator[Input | str]:
        setup = fingerprint(self.setup)
        for one in located:
            item = one.item
            if not isinstance(item, Article):
                yield str(item)
                continue
            # Everything of the article but its name: a corrected title is a change of the input.
            article = item.model_dump_json(exclude={"id"})
            asked = [setup, item.text, str(item.published), item.language]
            yield Input(
                id=item.id,
                named=one.named,
                digest=text_sha256(article),
                key=fingerprint(asked),
                place=one.where,
                article=article,
            )

    def _compare(self, known: dict[str, Any], articles: Iterable[Input | str]) -> None:
        lines = [
            f"  {name}: was {_shown(known.get(name))}, is {_shown(self.setup.get(name))}"
            for name in sorted({*known, *self.setup})
            if known.get(name) != self.setup.get(name)
        ]
        if not lines:
            lines = _told(self.ledger.input_changes(articles))
        if lines:
            raise ConfigError(
                f"{self.folder} was made with another input or other settings:\n"
                + "\n".join(lines)
                + "\nchoose another --out, or give --new-run to go on with these; answers that "
                "still fit are kept"
            )

    def work(self, stages: Iterable[Stage], limits: Limits, endpoint: str | None) -> Manifest:
        """Work on what is pending, stage by stage, and write down how that ended."""
        before = self.ledger.counts()
        session = Session(
            started=_now(),
            done_before=before.articles - before.pending,
            limits=_as_json(limits),
            endpoint=endpoint,
        )
        self._write(Ending(RunStatus.RUNNING), session)
        pace = Pace(
            done=before.articles - before.pending,
            failed=sum(before.errors.values()),
            total=before.articles,
            tokens=before.usage.input_tokens + before.usage.output_tokens,
            cost_usd=before.cost_usd,
        )
        ending: Ending | None = None
        for stage in stages:
            ending = ending or stage(pace)
        ending = ending or Ending(RunStatus.COMPLETE)
        return self._write(ending, session.model_copy(update={"ended": _now()}))

    def _write(self, ending: Ending, session: Session) -> Manifest:
        """Put the session where it belongs, and the manifest in its file."""
        sessions = [Session(**s) for s in json.loads(self.ledger.fact("sessions") or "[]")]
        if sessions and sessions[-1].started == session.started:
            sessions.pop()
        sessions.append(session)
        self.ledger.set_fact("sessions", canonical_json([s.model_dump() for s in sessions]))
        manifest = Manifest(
            status=ending.status,
            reason=ending.reason,
            created=self.ledger.fact("created") or "",
            inputs=json.loads(self.ledger.fact("inputs") or "[]"),
            settings=self.setup,
            packages=packages(),
            git=git_commit(),
            sessions=sessions,
            batches=batch_parts(self.ledger),
            **counted(self.ledger.counts()),
        )
        write_manifest(self.folder, manifest)
        return manifest


def read_run(folder: str | Path) -> Manifest:
    """The manifest of a run with the counts of its ledger as they are now.

    Raises:
        StoreError: if the folder holds no run.
    """
    path = Path(folder)
    manifest = read_manifest(path)
    with Ledger(path / store.NAME, read_only=True) as ledger:
        update = {**counted(ledger.counts()), "batches": batch_parts(ledger)}
        manifest = manifest.model_copy(update=update)
    if manifest.status is RunStatus.RUNNING and not is_running(path):
        reason = "the process ended without a word"
        manifest = manifest.model_copy(update={"status": RunStatus.INTERRUPTED, "reason": reason})
    return manifest


def is_running(folder: Path) -> bool:
    """Whether a process works on the run."""
    lock = filelock.FileLock(folder / _LOCK)
    try:
        with lock.acquire(timeout=0):
            return False
    except filelock.Timeout:
        return True
    except OSError:
        return False  # who cannot write there cannot know better


def read_outcomes(folder: str | Path) -> Iterator[Outcome]:
    """The outcome of each article of a run that has one, in the order of the input.

    Raises:
        StoreError: if the folder holds no run.
    """
    yield from (stored_outcome(*stored) for stored in stored_outcomes(folder))


def stored_outcomes(folder: str | Path) -> Iterator[tuple[str, str]]:
    """The same as text, to be read elsewhere: the article, and the outcome without it.

    Raises:
        StoreError: if the folder holds no run.
    """
    with Ledger(Path(folder) / store.NAME, read_only=True) as ledger:
        yield from ledger.results()


def stored_outcome(article: str, stored: str) -> Outcome:
    """The outcome of an article, from both as a ledger keeps them."""
    return _own(whole_outcome(article, stored))


def _own(outcome: Outcome) -> Outcome:
    """The outcome with its extraction about the article itself, and not one of the same text."""
    extraction, article = outcome.extraction, outcome.article
    if extraction is None:
        return outcome
    own = article.model_dump(include={"id", "title", "source", "url"})
    meta = extraction.article.model_copy(update=own)
    extraction = extraction.model_copy(update={"article": meta})
    return outcome.model_copy(update={"extraction": extraction})


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strangers = sorted(p.name for p in folder.iterdir() if not (folder / store.NAME).exists())
        if strangers and strangers != [_LOCK]:
            raise ConfigError(
                f"{folder} is no run but holds {strangers[0]}: choose a new folder as --out"
            )
        lock = filelock.FileLock(folder / _LOCK)
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise StoreError(
            f"another process works on {folder}: wait for it, or stop it, and run this again"
        ) from None
    except OSError as error:
        raise StoreError(
            f"cannot use {folder}: {error.strerror or error}; mend it or choose another --out"
        ) from error
    try:
        yield folder
    finally:
        with suppress(OSError):
            lock.release()


def _parted(items: Iterable[Input | str]) -> Iterator[list[Input | str]]:
    part: list[Input | str] = []
    for item in items:
        part.append(item)
        if len(part) == _ROWS:
            yield part
            part = []
    yield part


def _told(changes: Changes) -> list[str]:
    lines = []
    for what, places in changes._asdict().items():
        lines += [f"  {what}: {place}" for place in places[:EXAMPLES]]
        if len(places) > EXAMPLES:
            lines.append(f"  {what}: and more")
    return lines


def _shown(value: object) -> str:
    return canonical_json(value) if value is not None else "not set"


def _as_json(limits: Limits) -> dict[str, Any]:
    return {name: value for name, value in asdict(limits).items() if value is not None}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
