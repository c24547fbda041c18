"""Runs made of outcomes that are at hand, for tests that need the folder of one."""

from collections.abc import Iterable
from pathlib import Path

from extractor.batch.engine import record_of
from extractor.fingerprint import fingerprint
from extractor.pipeline.outcome import Outcome
from extractor.store.ledger import NAME, Ledger
from extractor.store.rows import Input


def stored(folder: Path, outcomes: Iterable[Outcome], pending: Iterable[str] = ()) -> Path:
    """The folder of a run that has the outcomes, but for the articles that are pending."""
    folder.mkdir(parents=True, exist_ok=True)
    by_id = {outcome.article.id: outcome for outcome in outcomes}
    with Ledger(folder / NAME) as ledger:
        ledger.add_input(
            Input(
                id=name,
                named=True,
                digest=fingerprint(name),
                key=fingerprint(name),
                place=name,
                article=outcome.article.model_dump_json(exclude={"id"}),
            )
            for name, outcome in by_id.items()
        )
        tasks = [*ledger.pending()]
        pairs = zip(tasks, by_id.values(), strict=True)
        ledger.record(
            record_of(task, one, one.provenance.usage, None)
            for task, one in pairs
            if one.article.id not in pending
        )
    return folder
