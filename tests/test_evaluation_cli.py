"""The commands `evaluate` and `compare`: what they print, write and exit with."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from extractor.articles import Article
from extractor.cli import evaluate as command
from extractor.cli.scores import comparison_text, evaluation_text, muc4_text
from extractor.errors import ConfigError
from extractor.evaluation.compare import compare
from extractor.evaluation.evaluate import evaluate
from extractor.evaluation.muc4 import evaluate_muc4
from extractor.evaluation.muc4_data import Muc4Document
from extractor.evaluation.reports import ComparisonReport, EvaluationReport, Muc4Report
from extractor.evaluation.run import run_articles
from extractor.llm.scripted import Scripted
from extractor.pipeline.extractor import Extractor, Identity
from extractor.pipeline.outcome import Failure, Issue, Outcome, Status
from extractor.schemas import Extraction
from tests.labelled import extraction, full, labelled, write_gold, write_lines
from tests.test_cli import run
from tests.test_report import PROVENANCE

QUIET = labelled(article=Article(id="quiet", text="Nothing happened.", language="en"))
RECORD: dict[str, Any] = {
    "id": "hesk",
    "text": "Gunmen shot a judge in Hesk.",
    "published": "1990-02-03",
    "templates": [
        {
            "incident_type": [{"values": ["ATTACK"]}],
            "human_target_descriptions": [{"values": ["A JUDGE"], "referent": None}],
        }
    ],
}


@pytest.fixture
def gold(tmp_path: Path) -> str:
    return str(write_gold(tmp_path / "gold", [full(), QUIET]))


@pytest.fixture
def half(tmp_path: Path) -> str:
    """Predictions that lack the second incident and its attribution."""
    labels = full().labels
    part = labels.model_copy(
        update={"incidents": labels.incidents[:1], "attributions": labels.attributions[:2]}
    )
    records = [part.model_dump(mode="json"), QUIET.labels.model_dump(mode="json")]
    return str(write_lines(tmp_path / "half.jsonl", records))


@pytest.fixture
def records(tmp_path: Path) -> str:
    return str(write_lines(tmp_path / "muc.jsonl", [RECORD]))


class FakeExtractor:
    """Answers with gold labels, and fails where a test wants it to."""

    identity = Identity(PROVENANCE.model, PROVENANCE.prompt_hash, PROVENANCE.schema_hash)
    failing: dict[str, Failure]
    settings: dict[str, Any]
    asked: list[str]
    interrupted_at: str | None = None

    def __init__(self, **settings: Any) -> None:
        type(self).settings = settings

    def extract_many(self, articles: Iterable[Article], *, concurrency: int) -> Iterator[Outcome]:
        for article in reversed(list(articles)):
            if article.id == self.interrupted_at:
                raise KeyboardInterrupt
            type(self).asked.append(article.id)
            yield outcome(article, self.failing.get(article.id))

    def __enter__(self) -> "FakeExtractor":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def outcome(article: Article, error: Failure | None = None) -> Outcome:
    known: dict[str, Extraction] = {"orlavik": full().labels, "quiet": QUIET.labels}
    found = known.get(article.id) or extraction(article=article)
    return Outcome(
        status=Status.FAILED if error else Status.OK,
        article=article,
        extraction=None if error else found.model_copy(update={"provenance": PROVENANCE}),
        warnings=(),
        error=error,
        provenance=PROVENANCE,
    )


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeExtractor]:
    class Fake(FakeExtractor):
        failing: dict[str, Failure] = {}  # noqa: RUF012 - a class for each test
        asked: list[str] = []  # noqa: RUF012

    monkeypatch.setattr(command, "Extractor", Fake)
    return Fake


def lines(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_evaluate_prints_the_scores(gold: str, half: str) -> None:
    result = run("evaluate", half, gold, "--samples", "0", "--by", "type", "--by", "source")
    assert result.exit_code == 0
    shown = lines(result)
    for expected in (
        "2 articles, 0 failed",
        "F1 95% interval precision recall right wrong missed",
        "overall 0.846 - 1.000 0.733 33 0 12",
        "mean of articles 0.846 1.000 0.733",
        "incidents 0.727 - 1.000 0.571 12 0 9",
        "attributions 0.842 - 1.000 0.727 8 0 3",
        "incident.weapons 0.667 - 1.000 0.500 1 0 1",
        "F1 1.000 (-), precision 1.000, recall 1.000",
        "1 rightly yes, 1 rightly no, 0 wrongly yes, 0 wrongly no",
        "10 of 10 quotes verbatim (100.0%); values dropped as ungrounded: not recorded",
        "incident type 1 of 1 agree armed_assault → (missed) 1",
        "always empty 0.000 - - 0.000 0.000",
        "by type",
        "bombing 1 1.000 - 1.000 1.000 20 0 0",
        "(unknown) 1 - - - - 0 0 0",
    ):
        assert expected in shown, expected
    assert "\x1b" not in result.stdout
    assert "mismatches" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_errors_are_listed_with_the_sentence(gold: str, half: str) -> None:
    shown = lines(run("evaluate", half, gold, "--errors"))
    at = shown.index("2 mismatches")
    assert shown[at + 1 : at + 6] == [
        "orlavik",
        "i2 incident",
        "gold armed_assault: Something happened.",
        "predicted -",
        "in “Two days later gunmen with rifles attacked a chapel in Hesk.”",
    ]


def test_the_report_is_written_as_json(gold: str, half: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    result = run("evaluate", half, gold, "--json", str(path), "--seed", "3")
    report = EvaluationReport.model_validate_json(path.read_text("utf-8"))
    assert (report.overall.tp, report.overall.fn, report.settings.seed) == (33, 12, 3)
    assert "overall" in result.stdout
    assert not list(tmp_path.glob(".*"))
    alone = run("evaluate", half, gold, "--json", "-", "--seed", "3").stdout
    assert EvaluationReport.model_validate_json(alone) == report
    assert run("evaluate", half, gold, "--json", "/dev/null").exit_code == 0


def test_json_into_a_missing_folder_is_wrong_use(gold: str, tmp_path: Path) -> None:
    result = run("evaluate", gold, gold, "--json", str(tmp_path / "no" / "report.json"))
    assert result.exit_code == 2
    assert "mend --json" in result.stderr


@pytest.mark.parametrize(("threshold", "code"), [("0.84", 0), ("0.85", 3), ("0", 0)])
def test_a_missed_threshold_is_exit_code_3(gold: str, half: str, threshold: str, code: int) -> None:
    result = run("evaluate", half, gold, "--fail-under", threshold)
    assert result.exit_code == code
    assert "overall" in result.stdout


def test_an_undefined_score_misses_any_threshold(tmp_path: Path) -> None:
    quiet = str(write_gold(tmp_path, [QUIET]))
    result = run("evaluate", quiet, quiet, "--fail-under", "0")
    assert result.exit_code == 3
    assert "overall - - - - 0 0 0" in lines(result)


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate"],
        ["evaluate", "GOLD"],
        ["evaluate", "GOLD", "GOLD", "--run", "--out", "x"],
        ["evaluate", "--run", "GOLD"],
        ["evaluate", "GOLD", "GOLD", "--out", "x"],
        ["evaluate", "GOLD", "GOLD", "--limit", "1"],
        ["evaluate", "GOLD", "GOLD", "--by", "colour"],
        ["evaluate", "GOLD", "GOLD", "--format", "xml"],
        ["evaluate", "GOLD", "GOLD", "--fail-under", "40"],
        ["evaluate", "missing.jsonl", "GOLD"],
        ["evaluate", "GOLD", "missing"],
        ["evaluate", "MUC", "MUC", "--format", "muc4", "--by", "type"],
        ["compare", "GOLD", "GOLD"],
    ],
)
def test_wrong_use_is_exit_code_2(gold: str, records: str, arguments: list[str]) -> None:
    result = run(*({"GOLD": gold, "MUC": records}.get(one, one) for one in arguments))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


def test_missing_predictions_have_to_be_allowed(gold: str, tmp_path: Path) -> None:
    only = str(write_lines(tmp_path / "one.jsonl", [full().labels.model_dump(mode="json")]))
    result = run("evaluate", only, gold)
    assert result.exit_code == 2
    assert "1 of 2 labelled articles have no prediction (quiet)" in result.stderr
    shown = lines(run("evaluate", only, gold, "--allow-missing"))
    assert shown[0] == "1 article, 0 failed, 1 left out for want of a prediction"


def test_a_page_has_the_mismatches_that_the_text_was_not_asked_for(
    gold: str, half: str, tmp_path: Path
) -> None:
    page = tmp_path / "scores.html"
    result = run("evaluate", half, gold, "--samples", "20", "--html", str(page))
    assert 'class="mismatch"' in page.read_text("utf-8")
    assert "mismatch" not in result.stdout
    told = run("evaluate", half, gold, "--samples", "20", "--html", str(page), "--json", "-")
    assert json.loads(told.stdout)["mismatches"] is None
    listed = run("evaluate", half, gold, "--samples", "20", "--html", str(page), "--errors")
    assert "mismatch" in listed.stdout
    assert not list(tmp_path.glob(".*"))


def test_compare_writes_a_page(gold: str, half: str, tmp_path: Path) -> None:
    page = tmp_path / "comparison.html"
    command = ("compare", half, half, gold, "--samples", "20", "--html")
    run(*command, str(page))
    assert "B is not shown to be worse than A" in page.read_text("utf-8")
    assert run(*command, "-").stdout == page.read_text("utf-8")
    both = run(*command, "-", "--json", "-")
    assert both.exit_code == 2
    assert "cannot both be -" in both.stderr


def test_a_page_that_cannot_be_written_names_its_option(
    gold: str, half: str, tmp_path: Path
) -> None:
    result = run("evaluate", half, gold, "--html", str(tmp_path / "none" / "x.html"))
    assert result.exit_code == 2
    assert "mend --html" in result.stderr


def test_compare_prints_each_difference(gold: str, half: str, tmp_path: Path) -> None:
    path = tmp_path / "comparison.json"
    result = run("compare", gold, half, gold, "--samples", "200", "--json", str(path))
    assert result.exit_code == 0
    shown = lines(result)
    assert shown[0] == "2 articles in both, 0 left out"
    assert any(line.startswith("overall f1 1.000 0.846 -0.154 -0.154 to") for line in shown)
    assert any(line.startswith("incident.weapons f1 1.000 0.667 -0.333") for line in shown)
    report = ComparisonReport.model_validate_json(path.read_text("utf-8"))
    assert report.figures["overall f1"].b == pytest.approx(66 / 78)


def test_a_worse_run_is_exit_code_3(gold: str, half: str) -> None:
    worse = run("compare", gold, half, gold, "--fail-if-worse", "--samples", "0")
    assert worse.exit_code == 3
    assert worse.stdout.endswith("\nB is worse than A\n")
    assert run("compare", gold, half, gold, "--samples", "0").exit_code == 0
    better = run("compare", half, gold, gold, "--fail-if-worse", "--samples", "0")
    assert better.exit_code == 0
    assert better.stdout.endswith("\nB is not shown to be worse than A\n")


def test_muc4_is_scored_and_compared(records: str, tmp_path: Path) -> None:
    result = run("evaluate", records, records, "--format", "muc4", "--errors", "--fail-under", "1")
    assert result.exit_code == 0
    shown = lines(result)
    assert "overall 1.000 - 1.000 1.000 2 0 0" in shown
    assert "human targets 1.000 - 1.000 1.000 1 0 0" in shown
    assert "0 mismatches" in shown
    nothing = extraction(article=Article(id="hesk", text=RECORD["text"]))
    empty = str(write_lines(tmp_path / "empty.jsonl", [nothing.model_dump(mode="json")]))
    missed = run("evaluate", empty, records, "--format", "muc4", "--fail-under", "0.1", "--errors")
    assert missed.exit_code == 3
    assert "2 mismatches" in lines(missed)
    worse = run("compare", records, empty, records, "--format", "muc4", "--fail-if-worse")
    assert worse.exit_code == 3
    alone = run("evaluate", empty, records, "--format", "muc4", "--json", "-").stdout
    assert Muc4Report.model_validate_json(alone).overall.f1 == 0.0


def test_a_run_extracts_keeps_and_scores(
    fake: type[FakeExtractor], gold: str, tmp_path: Path
) -> None:
    out = tmp_path / "runs" / "first"
    options = ["--model", "openai/some", "--prompt", "incidents@1", "--max-cost", "2"]
    result = run("evaluate", "--run", gold, "--out", str(out), *options, "--samples", "0")
    assert result.exit_code == 0
    assert fake.settings["model"] == "openai/some"
    assert fake.settings["prompt"] == "incidents@1"
    assert fake.settings["max_cost"] == 2
    shown = lines(result)
    assert shown[:2] == ["2 articles, 0 failed", "test/model with incidents@1"]
    assert "overall 1.000 - 1.000 1.000 45 0 0" in shown
    assert fake.asked == ["quiet", "orlavik"]

    again = run("evaluate", "--run", gold, "--out", str(out), "--samples", "0")
    assert "2 of 2 articles are done already" in again.stderr
    assert fake.asked == ["quiet", "orlavik"]
    assert again.stdout == result.stdout
    assert run("evaluate", str(out), gold, "--samples", "0").stdout == result.stdout


def test_a_run_may_be_limited(fake: type[FakeExtractor], gold: str, tmp_path: Path) -> None:
    result = run("evaluate", "--run", gold, "--limit", "1", "--out", str(tmp_path), "-q")
    assert fake.asked == ["orlavik"]
    assert lines(result)[0] == "1 article, 0 failed"
    assert result.stderr == ""


def test_a_run_over_muc4_texts(fake: type[FakeExtractor], records: str, tmp_path: Path) -> None:
    arguments = ["evaluate", "--run", records, "--format", "muc4", "--limit", "1"]
    result = run(*arguments, "--out", str(tmp_path))
    assert result.exit_code == 0
    assert fake.asked == ["hesk"]
    assert "overall 0.000 - - 0.000 0 0 2" in lines(result)


def test_an_extractor_names_what_its_outcomes_depend_on(tmp_path: Path) -> None:
    answers = Scripted(['{"actors": [], "incidents": []}'], name="some/model")
    with Extractor(llm=answers) as extractor:
        [found] = run_articles(extractor, [QUIET.article], tmp_path)
        # The answer is written only once: a second question would find the script at its end.
        [again] = run_articles(extractor, [QUIET.article], tmp_path)
    origin = found.provenance
    assert extractor.identity == (origin.model, origin.prompt_hash, origin.schema_hash)
    assert extractor.identity.model == "some/model"
    assert again == found
    assert len(answers.questions) == 1


def test_failed_articles_are_exit_code_1_and_asked_again(
    fake: type[FakeExtractor], gold: str, tmp_path: Path
) -> None:
    fake.failing["orlavik"] = Failure(kind="timeout", message="No answer.")
    arguments = ["evaluate", "--run", gold, "--out", str(tmp_path), "--samples", "0"]
    result = run(*arguments)
    assert result.exit_code == 1
    assert "error: orlavik: No answer." in result.stderr
    shown = lines(result)
    assert shown[0] == "2 articles, 1 failed"
    assert "failed, counted as empty: orlavik: timeout: No answer." in shown
    assert run(*arguments, "--fail-under", "0.5").exit_code == 3

    fake.failing.clear()
    fake.asked.clear()
    assert run(*arguments, "--fail-under", "0.5").exit_code == 0
    assert fake.asked == ["orlavik"]
    assert len((tmp_path / "outcomes.jsonl").read_text().splitlines()) == 4


def test_a_setting_to_mend_is_exit_code_2_without_scores(
    fake: type[FakeExtractor], gold: str, tmp_path: Path
) -> None:
    fake.failing["quiet"] = Failure(kind="quota", message="Mend the plan.", stops_run=True)
    fake.failing["orlavik"] = Failure(kind="not_asked", message="not asked", stops_run=True)
    result = run("evaluate", "--run", gold, "--out", str(tmp_path))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "error: quiet: Mend the plan." in result.stderr
    assert "orlavik" not in result.stderr
    # What was not asked left no outcome worth keeping.
    assert len((tmp_path / "outcomes.jsonl").read_text().splitlines()) == 1


def test_an_interrupted_run_is_taken_up_again(
    fake: type[FakeExtractor], gold: str, tmp_path: Path
) -> None:
    fake.interrupted_at = "orlavik"
    result = run("evaluate", "--run", gold, "--out", str(tmp_path))
    assert result.exit_code == 130
    fake.interrupted_at = None
    fake.asked.clear()
    assert run("evaluate", "--run", gold, "--out", str(tmp_path)).exit_code == 0
    assert fake.asked == ["orlavik"]


def articles() -> Sequence[Article]:
    return [full().article, QUIET.article]


def test_other_models_prompts_schemas_and_texts_are_asked_again(
    fake: type[FakeExtractor], tmp_path: Path
) -> None:
    run_articles(fake(), articles(), tmp_path)
    for place in range(3):
        other = fake()
        other.identity = Identity(*("x" if n == place else v for n, v in enumerate(fake.identity)))
        fake.asked.clear()
        run_articles(other, articles(), tmp_path)
        assert fake.asked == ["quiet", "orlavik"]
    fake.asked.clear()
    changed = Article(id="quiet", text="Nothing happened!")
    found = run_articles(fake(), [full().article, changed], tmp_path)
    assert fake.asked == ["quiet"]
    assert [one.article.id for one in found] == ["orlavik", "quiet"]


@pytest.mark.parametrize(
    ("torn", "asked"), [(lambda line: line[:50], ["orlavik"]), (lambda line: line.rstrip(), [])]
)
def test_a_line_that_a_crash_cut_off_is_dropped(
    fake: type[FakeExtractor], tmp_path: Path, torn: Any, asked: list[str]
) -> None:
    run_articles(fake(), articles(), tmp_path)
    path = tmp_path / "outcomes.jsonl"
    first, second = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(first + torn(second), "utf-8")
    fake.asked.clear()
    found = run_articles(fake(), articles(), tmp_path)
    assert fake.asked == asked
    assert [one.status for one in found] == [Status.OK, Status.OK]
    assert [json.loads(line)["status"] for line in path.read_text("utf-8").splitlines()]
    path.write_text("")
    assert len(run_articles(fake(), articles(), tmp_path)) == 2


def test_a_folder_with_something_else_is_an_error(
    fake: type[FakeExtractor], tmp_path: Path
) -> None:
    write_lines(tmp_path / "outcomes.jsonl", [{"status": "ok"}])
    with pytest.raises(ConfigError, match=r"outcomes\.jsonl, line 1: is no outcome: article"):
        run_articles(fake(), articles(), tmp_path)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigError, match=r"cannot write .*; mend --out"):
        run_articles(fake(), articles(), file)


def test_warnings_and_failures_are_shown_in_the_reports() -> None:
    warning = Issue(path="p", rule="not_in_text", value="v", message="m")
    partial = outcome(full().article).model_copy(
        update={"status": Status.PARTIAL, "warnings": (warning,)}
    )
    shown = evaluation_text(evaluate([partial], [full()], samples=0))
    assert "1 value dropped as ungrounded (7.1%)" in shown
    failed = outcome(full().article, Failure(kind="timeout", message="\x1b[2JNo answer."))
    compared = comparison_text(compare([partial], [failed], [full()], samples=0))
    assert "1 article of B failed and counted as empty" in compared
    empty = evaluation_text(evaluate([failed], [full()], samples=0))
    assert "0 of 0 quotes verbatim (undefined)" in empty
    assert "\x1b" not in empty
    document = Muc4Document(full().article, ())
    assert "timeout: No answer." in muc4_text(evaluate_muc4([failed], [document], samples=0))
