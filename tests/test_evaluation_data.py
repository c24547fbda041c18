"""Reading gold data and predictions: what is wrong is named with file and line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractor import ConfigError, evaluate, read_gold
from extractor.articles import Article
from extractor.evaluation.data import Prediction, matched, read_predictions
from extractor.pipeline.outcome import Failure, Outcome, Status
from tests.labelled import ARTICLE, extraction, full, incident, labelled, write_gold, write_lines
from tests.test_report import PROVENANCE


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    quiet = labelled(article=Article(id="quiet", text="Nothing happened."))
    return write_gold(tmp_path / "gold", [full(), quiet])


def outcome(status: Status = Status.OK, article: Article = ARTICLE) -> Outcome:
    failed = Failure(kind="timeout", message="No answer in 60 s.")
    return Outcome(
        status=status,
        article=article,
        extraction=full().labels if status.has_extraction else None,
        warnings=(),
        error=None if status.has_extraction else failed,
        provenance=PROVENANCE,
    )


def test_gold_is_read_in_the_order_of_the_articles(gold: Path) -> None:
    labels = (gold / "labels.jsonl").read_text().splitlines()
    (gold / "labels.jsonl").write_text("\n\n".join(reversed(labels)))
    found = read_gold(str(gold))
    assert [one.article.id for one in found] == ["orlavik", "quiet"]
    assert found[0] == full()


def edited(path: Path, line: int, edit: Callable[[dict[str, Any]], object]) -> None:
    records = [json.loads(text) for text in path.read_text().splitlines()]
    edit(records[line])
    write_lines(path, records)


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        ("articles", lambda r: r.update(id="orlavik"), "id orlavik is used twice"),
        ("articles", lambda r: r.pop("text"), "is no article: text: Field required"),
        ("articles", lambda r: r.update(sha256="0" * 64), "another text than its sha256 says"),
        ("labels", lambda r: r.pop("actors"), "is no extraction: actors: Field required"),
        ("labels", lambda r: r["article"].update(id="lost"), "there is no article lost"),
        ("labels", lambda r: r["article"].update(sha256="0" * 64), "are of another text"),
        ("labels", lambda r: r["article"].update(id="orlavik"), "are of another text"),
    ],
)
def test_what_is_wrong_with_gold_is_named(
    gold: Path, file: str, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    edited(gold / f"{file}.jsonl", 1, edit)
    with pytest.raises(ConfigError, match=rf"{file}\.jsonl, line 2: .*{message}"):
        read_gold(gold)


def test_gold_quotes_must_be_verbatim(gold: Path) -> None:
    def shift(record: dict[str, Any]) -> None:
        evidence = record["incidents"][1]["evidence"][0]
        evidence.update(start=evidence["start"] + 1, end=evidence["end"] + 1)

    edited(gold / "labels.jsonl", 0, shift)
    with pytest.raises(ConfigError, match=r"labels\.jsonl, line 1: evidence of incidents\.i2 is"):
        read_gold(gold)


def test_articles_without_labels_and_labels_twice(gold: Path) -> None:
    path = gold / "labels.jsonl"
    lines = path.read_text().splitlines()
    path.write_text(lines[0] + "\n")
    with pytest.raises(ConfigError, match=r"articles\.jsonl, line 2: article quiet has no labels"):
        read_gold(gold)
    path.write_text("\n".join([*lines, lines[0]]))
    with pytest.raises(ConfigError, match=r"labels\.jsonl, line 3: article orlavik is labelled tw"):
        read_gold(gold)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{\n", "line 1: is not JSON"),
        (b"[]\n", "line 1: is no object"),
        (b"\xff\n", "is not UTF-8 at byte 0"),
        (None, "cannot be read: No such file"),
    ],
)
def test_files_that_cannot_be_read(gold: Path, content: bytes | None, message: str) -> None:
    path = gold / "articles.jsonl"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"articles\.jsonl\W+{message}"):
        read_gold(gold)


def test_empty_gold_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there are no labelled articles"):
        evaluate([], write_gold(tmp_path, []))


def test_predictions_may_be_outcomes_or_extractions(tmp_path: Path) -> None:
    other = Article(id="other", text="x")
    records = [
        outcome().model_dump(mode="json"),
        extraction(article=other).model_dump(mode="json"),
    ]
    first, second = read_predictions(write_lines(tmp_path / "p.jsonl", records))
    assert (first.id, first.warnings, first.failure) == ("orlavik", (), None)
    assert first.extraction == full().labels
    assert first.where.endswith("p.jsonl, line 1")
    assert (second.id, second.warnings) == ("other", None)


def test_the_last_line_of_an_article_counts(tmp_path: Path) -> None:
    records = [outcome(Status.FAILED), outcome(), outcome(Status.REFUSED), outcome()]
    path = write_lines(tmp_path / "p.jsonl", [one.model_dump(mode="json") for one in records])
    [found] = read_predictions(path)
    assert found.failure is None
    assert found.where.endswith("line 4")


def test_a_folder_holds_outcomes_or_else_labels(gold: Path) -> None:
    assert [one.id for one in read_predictions(gold)] == ["orlavik", "quiet"]
    write_lines(gold / "outcomes.jsonl", [outcome().model_dump(mode="json")])
    assert [one.id for one in read_predictions(str(gold))] == ["orlavik"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"status": "ok"}, "is no outcome: article: Field required"),
        ({"article": {}}, "is no extraction: schema_version: Field required"),
    ],
)
def test_what_is_wrong_with_predictions_is_named(
    tmp_path: Path, record: dict[str, Any], message: str
) -> None:
    path = write_lines(tmp_path / "p.jsonl", [record])
    with pytest.raises(ConfigError, match=rf"p\.jsonl, line 1: {message}"):
        read_predictions(path)


def test_a_broken_rule_over_the_whole_record_has_no_place(tmp_path: Path) -> None:
    record = full().labels.model_dump(mode="json")
    record["attributions"][0]["incident"] = "i9"
    path = write_lines(tmp_path / "p.jsonl", [record])
    with pytest.raises(ConfigError, match="is no extraction: Value error, attribution t1 is about"):
        read_predictions(path)


def test_a_failure_counts_as_empty_and_is_reported() -> None:
    report = evaluate([outcome(Status.FAILED)], [full()], samples=0)
    assert (report.overall.tp, report.overall.fp, report.overall.f1) == (0, 0, 0.0)
    [failure] = report.failures
    assert (failure.article, failure.error) == ("orlavik", "timeout: No answer in 60 s.")
    assert report.models == ()


def test_models_and_prompts_are_named() -> None:
    found = outcome().model_copy(
        update={"extraction": full().labels.model_copy(update={"provenance": PROVENANCE})}
    )
    assert evaluate([found], [full()], samples=0).models == ("test/model with incidents@1",)


def test_missing_predictions_are_an_error_unless_allowed() -> None:
    gold = [full(), *(labelled(article=Article(id=f"n{n}", text="x")) for n in range(7))]
    with pytest.raises(ConfigError, match=r"7 of 8 .* \(n0, n1, n2, n3, n4, …\); extract them"):
        evaluate([full().labels], gold)
    with pytest.raises(ConfigError, match=r"1 of 2 labelled .* \(n0\); extract"):
        evaluate([full().labels], gold[:2])
    report = evaluate([full().labels], gold, allow_missing=True)
    assert (report.articles, len(report.missing)) == (1, 7)
    with pytest.raises(ConfigError, match="no labelled article has a prediction"):
        evaluate([], gold, allow_missing=True)


def test_predictions_of_other_articles_do_not_matter() -> None:
    other = extraction(incidents=[incident(1)], article=Article(id="other", text=ARTICLE.text))
    assert evaluate([full().labels, other], [full()], samples=0).overall.f1 == 1.0


def test_predictions_of_another_text_are_an_error() -> None:
    changed = Article(id="orlavik", text=ARTICLE.text + " ")
    with pytest.raises(ConfigError, match="article orlavik was extracted from another text"):
        evaluate([extraction(article=changed)], [full()])
    with pytest.raises(ConfigError, match=r"predictions: article orlavik .* \(sha256 differs\)"):
        evaluate([outcome(Status.FAILED, changed)], [full()])


def test_pairs_keep_where_a_prediction_comes_from(gold: Path) -> None:
    pairs, missing = matched(gold, gold)
    assert missing == ()
    assert [pair.prediction.where.rpartition("/")[2] for pair in pairs] == [
        "labels.jsonl, line 1",
        "labels.jsonl, line 2",
    ]
    assert isinstance(pairs[0].prediction, Prediction)
