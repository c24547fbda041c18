"""A run from end to end on the embedded model: articles in, a ledger and tables that join out."""

import json
import sqlite3
from pathlib import Path

import pytest

from extractor import RunStatus, Status, TableFormat, read_outcomes, run_batch, write_tables
from extractor.llm.catalogue import DEFAULT_MODEL

EXAMPLES = Path(__file__).parents[1] / "examples" / "labelled" / "articles.jsonl"


@pytest.mark.slow
@pytest.mark.embedded
def test_a_run_on_the_embedded_model(tmp_path: Path) -> None:
    records = [json.loads(line) for line in EXAMPLES.read_text("utf-8").splitlines()]
    shortest = sorted(records, key=lambda record: len(record["text"]))[:3]
    news = tmp_path / "news.jsonl"
    news.write_text("".join(json.dumps(record) + "\n" for record in shortest), "utf-8")
    manifest = run_batch([str(news)], tmp_path / "run")
    assert manifest.status is RunStatus.COMPLETE
    assert manifest.settings["model"] == DEFAULT_MODEL
    assert manifest.counts["pending"] == manifest.failed == 0
    assert manifest.cost_usd == 0
    outcomes = list(read_outcomes(tmp_path / "run"))
    assert [o.article.id for o in outcomes] == [record["id"] for record in shortest]
    for outcome in outcomes:
        assert outcome.status in (Status.OK, Status.REPAIRED, Status.PARTIAL)
        assert outcome.extraction is not None
        outcome.extraction.check_quotes(outcome.article.text)
    assert sum(o.provenance.usage.output_tokens for o in outcomes) == manifest.usage.output_tokens
    assert any(o.extraction and o.extraction.incidents for o in outcomes)
    write_tables(outcomes, tmp_path / "tables", TableFormat.SQLITE)
    (database,) = (tmp_path / "tables").glob("*.sqlite*")
    joined = "SELECT count(*) FROM incidents i JOIN articles a USING (article_id)"
    connection = sqlite3.connect(database)
    ((count,),) = connection.execute(joined)
    connection.close()
    assert count == sum(len(o.extraction.incidents) for o in outcomes if o.extraction)
    # Taken up again, it has nothing to do.
    again = run_batch([str(news)], tmp_path / "run")
    assert again.usage == manifest.usage
