"""The command of the quality benchmark: runs go on where they ended, tables ask no model."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality import __main__ as command
from benchmarks.quality import systems
from benchmarks.quality.results import Meter, PeerResult, append_result, read_results, results_path
from benchmarks.quality.systems import Ours
from extractor import Article, Extraction, Extractor
from extractor.errors import ConfigError
from extractor.fingerprint import text_sha256
from extractor.llm.scripted import Scripted
from tests.labelled import ARTICLE, extraction, full, labelled, write_gold, write_lines

ROOT = Path(__file__).parents[1]
QUIET = Article(id="quiet", text="Nothing happened.")
GOLD = full()
LESS = extraction(
    [one.model_dump() | {"affiliation": None} for one in GOLD.labels.actors[:2]],
    [GOLD.labels.incidents[0].model_dump() | {"participants": [], "casualties": []}],
)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write_gold(tmp_path / "gold", [GOLD, labelled(article=QUIET)])


def result(
    article: Article, made: Extraction | None, seconds: float = 10, **more: Any
) -> PeerResult:
    return PeerResult.model_validate(
        {
            "id": article.id,
            "sha256": text_sha256(article.text),
            "identity": "sha256:1",
            "seconds": seconds,
            "input_tokens": 1000,
            "cached_tokens": 400,
            "output_tokens": 200,
            "requests": 1,
            "valid": made is not None,
            "error": None if made else "it broke",
            "answer": {"completion": ""},
            "extraction": made,
            **more,
        }
    )


def stored(folder: Path, name: str, *results: PeerResult) -> None:
    folder.mkdir(exist_ok=True)
    for one in results:
        append_result(results_path(folder, name), one)


class Counting:
    """A system that notes what it is asked about."""

    def __init__(self, name: str, asked: list[tuple[str, str]], identity: str) -> None:
        self.name, self.identity, self._asked = name, identity, asked

    def extract(self, article: Article) -> PeerResult:
        self._asked.append((self.name, article.id))
        made = None if article.id == "quiet" else GOLD.labels
        return result(article, made, identity=self.identity)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    @contextmanager
    def opened(name: str, *, max_tokens: int, seconds: float) -> Iterator[Counting]:
        yield Counting(name, found, f"sha256:{max_tokens}")

    monkeypatch.setattr(command, "opened", opened)
    return found


def test_a_run_goes_on_where_it_ended(
    gold: Path, tmp_path: Path, asked: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "runs"
    common = [str(gold), "--out", str(out), "--systems"]
    assert command.main(["run", *common, "plain", "--limit", "1"]) == 0
    assert asked == [("plain", "orlavik")]
    assert command.main(["run", *common, "plain,steps@1"]) == 0
    assert asked[1:] == [("plain", "quiet"), ("steps@1", "orlavik"), ("steps@1", "quiet")]
    assert command.main(["run", *common, "plain,steps@1"]) == 0
    assert len(asked) == 4, "a failure is a result as well"
    assert command.main(["run", *common, "plain", "--max-tokens", "9", "--limit", "1"]) == 0
    assert asked[4:] == [("plain", "orlavik")], "asked in another way, it is asked again"
    said = capsys.readouterr()
    assert said.out == ""
    assert "plain: quiet: it broke, 10.0 s" in said.err


def test_another_text_is_asked_again(
    gold: Path, tmp_path: Path, asked: list[tuple[str, str]]
) -> None:
    out = tmp_path / "runs"
    common = ["run", str(gold), "--out", str(out), "--systems", "plain"]
    command.main(common)
    changed = QUIET.model_copy(update={"text": "Nothing at all happened."})
    write_gold(gold, [GOLD, labelled(article=changed)])
    command.main(common)
    assert asked[2:] == [("plain", "quiet")]


def test_tables_of_what_is_stored(
    gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "runs"
    empty = extraction(article=QUIET)
    stored(out, "plain", result(ARTICLE, LESS), result(QUIET, None, 30))
    stored(out, "steps@1", result(ARTICLE, GOLD.labels, 5), result(QUIET, empty, 6))
    code = command.main(["table", str(gold), "--out", str(out), "--systems", "plain,steps@1"])
    assert code == 0
    # LESS has 12 of the 45 facts and nothing else: 24 / (12 + 45).
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 of 2 articles: those with a result of every system."
    assert lines[2].startswith(
        "| system | F1 all facts | F1 relevance | F1 attributions | tokens read |"
    )
    assert lines[4].startswith("| plain | 0.421 (0.421 to 0.421) | 1.000 ")
    assert lines[4].endswith(" | 1000 | 600 | 200 | 20 | 1 | 1 |")
    assert lines[5].startswith("| steps@1 | 1.000 (1.000 to 1.000) | 1.000 ")
    assert lines[5].endswith(" | 1000 | 600 | 200 | 6 | 0 | 2 |")
    assert lines[9].startswith("| steps@1 less plain | all facts | +0.579 | +0.579 to +0.579 | ")
    assert lines[10].startswith("| steps@1 less plain | relevance | +0.000 | ")
    assert lines[11].startswith("| steps@1 less plain | attributions | +1.000 | ")
    assert len(lines) == 12


def test_tables_are_put_into_a_page(gold: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "out", tmp_path / "page.md"
    stored(out, "plain", result(ARTICLE, LESS), result(QUIET, None))
    into = ["table", str(gold), "--out", str(out), "--systems", "plain", "--into", str(page)]
    page.write_text("# A page\n", "utf-8")
    assert command.main(into) == 2
    assert page.read_text("utf-8") == "# A page\n"
    page.write_text(
        f"# A page\n<!-- table of {gold} -->\nstale\n<!-- end of table -->\nend\n", "utf-8"
    )
    assert command.main(into) == 0
    once = page.read_text("utf-8")
    assert "| plain |" in once
    assert "stale" not in once
    assert once.endswith("<!-- end of table -->\nend\n")
    assert command.main(into) == 0
    assert page.read_text("utf-8") == once


@pytest.mark.parametrize(
    ("data", "systems"),
    [("examples", "steps@1,steps@2,steps@3"), ("heldout", "langextract,steps@3")],
)
def test_the_tables_are_those_of_the_stored_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, systems: str
) -> None:
    monkeypatch.chdir(ROOT)
    page = tmp_path / "evaluation.md"
    page.write_text((ROOT / "docs" / "evaluation.md").read_text("utf-8"), "utf-8")
    articles = "examples/labelled" if data == "examples" else "examples/heldout"
    stored_in = ["--out", f"benchmarks/quality/{data}", "--systems", systems]
    assert command.main(["table", articles, *stored_in, "--into", str(page)]) == 0
    assert page.read_text("utf-8") == (ROOT / "docs" / "evaluation.md").read_text("utf-8"), (
        "docs/evaluation.md is stale: run the command that stands above the table"
    )


def test_only_articles_with_a_result_of_every_system_count(
    gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "runs"
    stored(out, "plain", result(ARTICLE, GOLD.labels))
    stored(out, "steps@1", result(ARTICLE, GOLD.labels), result(QUIET, None))
    common = ["table", str(gold), "--out", str(out), "--systems"]
    assert command.main([*common, "plain,steps@1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1 of 2 articles")
    assert lines[4].startswith("| plain | 1.000 | 1.000 | 1.000 | 1000 ")
    assert lines[9] == "| steps@1 less plain | all facts | +0.000 | - | - |"
    assert command.main([*common, "plain,langextract"]) == 2
    said = capsys.readouterr().err
    assert "no article has a result of every system (plain 1, langextract 0)" in said


def test_the_last_way_of_asking_counts(
    gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "runs"
    old = result(ARTICLE, GOLD.labels, identity="sha256:0")
    stored(out, "plain", old, result(QUIET, None), result(ARTICLE, None))
    command.main(["table", str(gold), "--out", str(out), "--systems", "plain"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[4].startswith("| plain | 0.000 ")
    assert len(lines) == 5, "without another system there is nothing to compare"


def test_tables_of_templates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "runs"
    fill = {"values": ["BOMBING"], "optional": False}
    target = {"values": ["FERRY OFFICE"], "optional": False}
    record = {
        "id": ARTICLE.id,
        "text": ARTICLE.text,
        "templates": [{"incident_type": [fill], "physical_targets": [target]}],
    }
    path = write_lines(tmp_path / "muc4.jsonl", [record])
    one = extraction([], [LESS.incidents[0].model_dump() | {"weapons": []}])
    stored(out, "langextract", result(ARTICLE, None))
    stored(out, "steps@1", result(ARTICLE, one))
    common = ["--format", "muc4", "--out", str(out), "--systems", "langextract,steps@1"]
    assert command.main(["table", str(path), *common]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| system | F1 type and roles | F1 relevance | F1 confidence | ")
    assert lines[4].startswith("| langextract | 0.000 | 0.000 | - | ")
    assert lines[5].startswith("| steps@1 | 1.000 | 1.000 | - | ")
    assert lines[9] == "| steps@1 less langextract | type and roles | +1.000 | - | - |"
    assert lines[11] == "| steps@1 less langextract | confidence | - | - | - |"


def test_stored_answers_are_read_again(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    answer = {"completion": json.dumps({"incidents": []})}
    elsewhere = result(Article(id="elsewhere", text="x"), None)
    stored(out, "plain", result(ARTICLE, None, answer=answer), elsewhere)
    assert command.main(["read", str(gold), "--out", str(out), "--systems", "plain"]) == 0
    first, second = read_results(results_path(out, "plain"))
    assert first.extraction == extraction()
    assert second == elsewhere
    assert command.main(["read", str(gold), "--out", str(out), "--systems", "steps@1"]) == 2


def test_a_line_that_is_no_result_is_named(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "plain.jsonl", [{"id": "a"}])
    with pytest.raises(ConfigError, match=r"plain\.jsonl, line 1: is no result: sha256"):
        read_results(path)


def test_our_own_results_are_told_in_the_same_terms() -> None:
    def answer(_: object) -> str:
        return json.dumps({"incidents": [], "actors": []})

    with Extractor(prompt="incidents@1", llm=Scripted(answer)) as made:
        ours = Ours(made, "incidents@1")
        found = ours.extract(QUIET)
    assert found.key == (ours.identity, "quiet", text_sha256(QUIET.text))
    assert (found.valid, found.error) == (True, None)
    assert found.extraction is not None
    assert found.extraction.incidents == ()
    with Extractor(prompt="incidents@1", llm=Scripted(lambda _: "no")) as made:
        failed = Ours(made, "incidents@1").extract(QUIET)
    assert (failed.valid, failed.extraction) == (False, None)
    assert failed.error


def test_a_meter_takes_what_a_server_tells() -> None:
    meter = Meter(60)
    meter.note(None, written=7)
    assert (meter.requests, meter.input_tokens, meter.output_tokens) == (1, 0, 7)
    assert 59 < meter.seconds_left <= 60


def test_peers_are_opened_on_an_engine_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []

    class Engine:
        base_url = "http://127.0.0.1:9/v1"

        def __init__(self, path: Path, name: str, *, context_window: int) -> None:
            assert context_window == systems.CONTEXT_WINDOW

        def __enter__(self) -> "Engine":
            return self

        def __exit__(self, *_: object) -> None:
            closed.append("engine")

    monkeypatch.setattr(systems, "ensure_model", lambda *_: Path("model"))
    monkeypatch.setattr(systems, "LocalEngine", Engine)
    for name in ("plain", "langextract"):
        with systems.opened(name, max_tokens=9, seconds=9) as peer:
            assert peer.name == name
    assert len(closed) == 2


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "benchmarks.quality.lang_extract", None)
    with (
        pytest.raises(ConfigError, match=r"extractor\[peers\]"),
        systems.opened("langextract", max_tokens=9, seconds=9),
    ):
        raise AssertionError
