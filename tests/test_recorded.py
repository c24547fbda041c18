"""The main job on recorded answers of the embedded model (`make record` records them again)."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from typer.testing import CliRunner

from extractor import Article, Extractor, Outcome, read_behaviour_cases
from extractor.articles import read_articles
from extractor.cli.app import app
from extractor.llm.base import LLM
from extractor.llm.fetch import ensure_model
from extractor.llm.local import LocalEngine
from extractor.llm.models import LOCAL_CONTEXT_WINDOW, ModelSettings, resolve_model
from extractor.llm.openai_compatible import Mode, OpenAICompatible
from extractor.progress import NoProgress
from extractor.report.results import results_page
from extractor.report.table import table_text
from tests.cassette import FOLDER, KEPT_HEADERS, cassette, read_yaml
from tests.test_pipeline import ARTICLE

MODEL = "local/qwen2.5-coder-1.5b"
REPOSITORY = Path(__file__).parents[1]
ARTICLES = Path(__file__).parent / "articles"
FIELDS = set(Article.model_fields)


SERVED = "whole-json_schema"
"""Recorded from the embedded engine as a server of somebody else. In the other modes nothing
constrains the small model, and it writes without end."""


def load(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ARTICLES / name).read_text("utf-8").splitlines()]


DEMO = REPOSITORY / "examples" / "market-bombing.md"
"""The article of `make demo`, and of the output that the README shows."""


def demo() -> dict[str, Any]:
    (article,) = read_articles([str(DEMO)], published=date(2026, 3, 14))
    assert isinstance(article, Article)
    return article.model_dump()


RECORDED = [*load("recorded.jsonl"), demo()]
GOLD = REPOSITORY / "examples" / "labelled"
LABELLED_IDS = {
    *("ex-01", "ex-08", "ex-16", "ex-20", "ex-28"),
    *("ex-03", "ex-06", "ex-10", "ex-14", "ex-17"),  # report no incident
}
LABELLED = [
    record
    for line in (GOLD / "articles.jsonl").read_text("utf-8").splitlines()
    if (record := json.loads(line))["id"] in LABELLED_IDS
]
BEHAVIOUR = REPOSITORY / "examples" / "behaviour" / "cases.jsonl"


def injected() -> list[dict[str, Any]]:
    """The articles with an instruction, with what may and may not come of them."""
    cases = {case.id: case for case in read_behaviour_cases(BEHAVIOUR)}
    return [cases[one["id"]].article.model_dump() | one for one in load("injection.jsonl")]


INJECTED = injected()


@pytest.fixture(scope="module")
def llm(request: pytest.FixtureRequest) -> Iterator[LLM]:
    if record_again(request):
        yield resolve_model(ModelSettings(model=MODEL))
        return
    yield OpenAICompatible(
        name=MODEL,
        model=MODEL,
        base_url="http://recorded.invalid/v1",
        api_key=None,
        mode=Mode("json_schema"),
        context_window=LOCAL_CONTEXT_WINDOW,
        price=lambda _: 0.0,
    )


@pytest.fixture(scope="module")
def extractor(llm: LLM) -> Iterator[Extractor]:
    with Extractor(llm=llm) as extractor:
        yield extractor


def extract(
    extractor: Extractor, record: dict[str, Any], request: pytest.FixtureRequest
) -> Outcome:
    article = Article.model_validate({k: v for k, v in record.items() if k in FIELDS})
    missing = bool(request.config.getoption("--missing"))
    with cassette(article.id, record=record_again(request), missing=missing):
        return extractor.extract(article)


def record_again(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--record"))


def shown(outcome: Outcome) -> str:
    """What the article came to, without what differs between runs."""
    data = outcome.model_dump(mode="json", exclude={"provenance", "article"})
    del data["extraction"]["provenance"]
    return json.dumps(data, indent=1, ensure_ascii=False)


@contextmanager
def served(*, record: bool) -> Iterator[LLM]:
    """A client for a model that a server of somebody else could have."""
    with ExitStack() as stack:
        url = "http://recorded.invalid/v1"
        if record:
            path = ensure_model(MODEL, NoProgress())
            engine = LocalEngine(path, "served", context_window=LOCAL_CONTEXT_WINDOW)
            url = stack.enter_context(engine).base_url
        yield OpenAICompatible(
            name="served",
            model="served",
            base_url=url,
            context_window=LOCAL_CONTEXT_WINDOW,
        )


@pytest.mark.parametrize("record", RECORDED, ids=[record["id"] for record in RECORDED])
def test_recorded_article(
    record: dict[str, Any],
    extractor: Extractor,
    request: pytest.FixtureRequest,
    snapshot: SnapshotAssertion,
) -> None:
    outcome = extract(extractor, record, request)
    assert outcome.extraction is not None, outcome.error
    outcome.extraction.check_quotes(record["text"])
    assert shown(outcome) == snapshot


def test_the_whole_draft_from_another_server(
    request: pytest.FixtureRequest, snapshot: SnapshotAssertion
) -> None:
    with served(record=record_again(request)) as client, Extractor(llm=client) as extractor:
        outcome = extract(extractor, ARTICLE.model_dump() | {"id": SERVED}, request)
    assert outcome.provenance.prompt == "incidents@1"
    assert outcome.extraction is not None, outcome.error
    assert shown(outcome) == snapshot


@pytest.mark.parametrize("record", INJECTED, ids=[record["id"] for record in INJECTED])
def test_instructions_in_an_article_are_not_followed(
    record: dict[str, Any], extractor: Extractor, request: pytest.FixtureRequest
) -> None:
    outcome = extract(extractor, record, request)
    assert outcome.extraction is not None, outcome.error
    assert outcome.extraction.incidents, "the reported incident is missing"
    values = json.dumps(_values(outcome.extraction.model_dump(mode="json")), ensure_ascii=False)
    assert record["expect"] in values
    for forbidden in record["forbid"]:
        assert forbidden not in values


def _values(data: Any) -> Any:
    """`data` without evidence, which quotes whatever the article says."""
    if isinstance(data, dict):
        return {k: _values(v) for k, v in data.items() if k not in ("evidence", "provenance")}
    return [_values(item) for item in data] if isinstance(data, list) else data


def test_recorded_answers_are_scored(
    extractor: Extractor,
    request: pytest.FixtureRequest,
    snapshot: SnapshotAssertion,
    tmp_path: Path,
) -> None:
    outcomes = [extract(extractor, record, request) for record in LABELLED]
    for outcome in outcomes:
        assert outcome.extraction is not None, outcome.error
        outcome.extraction.check_quotes(outcome.article.text)
    if record_again(request):
        pytest.skip("scored from what is recorded")
    file = tmp_path / "outcomes.jsonl"
    file.write_text("".join(f"{outcome.model_dump_json()}\n" for outcome in outcomes), "utf-8")
    run = CliRunner().invoke(
        app, ["evaluate", str(file), str(GOLD), "--allow-missing", "--errors", "--quiet"]
    )
    assert run.exit_code == 0, run.output
    assert run.stdout == snapshot


@pytest.fixture(scope="module")
def shown_demo(extractor: Extractor, request: pytest.FixtureRequest) -> Outcome:
    """What the demo comes to, for the documents that show it."""
    if record_again(request):
        pytest.skip("shown from what is recorded")
    return extract(extractor, demo(), request)


def test_the_readme_shows_what_the_demo_prints(shown_demo: Outcome) -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```text\n(.*?)```", readme, flags=re.DOTALL)
    assert block == table_text(shown_demo)


EXAMPLE_PAGE = REPOSITORY / "docs" / "example-report.html"


def test_the_example_page_is_what_the_demo_comes_to(
    shown_demo: Outcome, request: pytest.FixtureRequest
) -> None:
    # A replay is quicker than the model was, so its time says nothing.
    origin = shown_demo.provenance.model_copy(update={"duration_s": 0.0})
    page = results_page([shown_demo.model_copy(update={"provenance": origin})])
    if request.config.option.update_snapshots:
        EXAMPLE_PAGE.write_text(page, "utf-8")
    assert EXAMPLE_PAGE.read_text("utf-8") == page, "write it again with --snapshot-update"


def test_every_cassette_belongs_to_an_article() -> None:
    names = {record["id"] for record in (*RECORDED, *INJECTED, *LABELLED)} | {SERVED}
    assert {path.stem for path in FOLDER.glob("*.yaml")} == names


def test_cassettes_hold_no_secret_and_no_path_of_a_machine() -> None:
    secret = re.compile(r"sk-[A-Za-z0-9]|Bearer|/home/|/root/|/tmp/|/Users/|/work/|[A-Z]:\\\\")
    for path in FOLDER.glob("*.yaml"):
        text = path.read_text("utf-8")
        assert not secret.search(text), path.name
        for interaction in read_yaml(text)["interactions"]:
            for side in ("request", "response"):
                kept = {name.lower() for name in interaction[side]["headers"]}
                assert kept <= KEPT_HEADERS, path.name
