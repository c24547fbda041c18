"""Reading back what was extracted, to be shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from extractor.batch import run as batch
from extractor.errors import ConfigError
from extractor.evaluation.data import first_error, predictions_path, records
from extractor.pipeline.outcome import Outcome
from extractor.store.ledger import NAME as LEDGER


def read_outcomes(path: str | Path) -> Iterator[Outcome]:
    """The outcomes that a run left, one an article.

    Of several for one article the last counts: a run that is taken up again appends.

    Args:
        path: A JSONL file of outcomes, a folder with `outcomes.jsonl`, or that of a batch run.

    Raises:
        ConfigError: naming the file and line of what cannot be read.
        StoreError: if the ledger of a run cannot be read.
    """
    if (Path(path) / LEDGER).is_file():
        yield from batch.read_outcomes(path)
        return
    read = (_outcome(record, where) for where, record in records(predictions_path(path)))
    found = {outcome.article.id: outcome for outcome in read}
    if not found:
        raise ConfigError(f"{path}: has no outcomes; give what extract --format jsonl wrote")
    yield from found.values()


def _outcome(record: dict[str, Any], where: str) -> Outcome:
    if "status" not in record:
        raise ConfigError(
            f"{where}: is no outcome, which has a status and the article's text; "
            "give what extract --format jsonl wrote"
        )
    try:
        outcome = Outcome.model_validate(record)
        if outcome.extraction is not None:
            outcome.extraction.check_quotes(outcome.article.text)
    except ValidationError as error:
        raise ConfigError(f"{where}: is no outcome: {first_error(error)}") from None
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
    return outcome
