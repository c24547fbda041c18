"""Articles a second of a run, beside a bare client, a plain instructor loop and LangExtract."""

import asyncio
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest.mock import patch

import instructor
import langextract
import openai
from langextract.data import Document, ExampleData
from langextract.data import Extraction as Span
from langextract.providers.openai import OpenAILanguageModel

from extractor import Article, Limits, ModelSettings, RunStatus, run_batch
from extractor.batch import engine
from extractor.grounding.sentences import split_sentences
from extractor.pipeline import ask, extractor, whole
from extractor.prompting import WHOLE, Prompt, load_prompt
from extractor.store.ledger import Ledger
from tests.stub_server import article, stub

SENTENCES = 30
"""Sentences of filler in an article, which make it about 3,000 characters long."""


PARTS: Sequence[tuple[str, tuple[Any, str]]] = (
    ("render", (extractor, "split_sentences")),
    ("render", (Prompt, "article_message")),
    ("validate", (ask, "parse_answer")),
    ("validate", (extractor.Extractor, "_outcome")),
    ("ground", (whole, "assemble")),
    ("ground", (extractor, "assemble")),
    ("store", (engine, "record_of")),
    ("store", (Ledger, "record")),
)
"""What our own code does for an article, and where."""


class Round(NamedTuple):
    """One way of asking, once over all articles.

    Attributes:
        rate: Articles a second.
        cpu_ms: Milliseconds of processor time an article.
    """

    rate: float
    cpu_ms: float


def throughput(latency: float, concurrency: int, articles: int, rounds: int) -> list[str]:
    """The table of one setting; every way is measured in turn, `rounds` times."""
    records = [article(n, sentences=SENTENCES) for n in range(articles)]
    ways = ("bare client", "instructor", "LangExtract", "extractor batch")
    found: dict[str, list[Round]] = {way: [] for way in ways}
    parts: dict[str, float] = defaultdict(float)
    requests = bodies(records)
    with stub(latency=latency) as server, TemporaryDirectory() as folder:
        for number in range(rounds):
            bare = timed(lambda: asyncio.run(bare_loop(server.base_url, requests, concurrency)))
            found["bare client"].append(per_article(bare, articles))
            plain = timed(lambda: asyncio.run(plain_loop(server.base_url, requests, concurrency)))
            found["instructor"].append(per_article(plain, articles))
            spans = timed(lambda: spans_loop(server.base_url, records, concurrency))
            found["LangExtract"].append(per_article(spans, articles))
            out = Path(folder, str(number))
            write(out.with_suffix(".jsonl"), records)
            with measured(parts):
                ours = timed(lambda: ours_over(out, server.base_url, concurrency))  # noqa: B023
            found["extractor batch"].append(per_article(ours, articles))
        asked = server.stats().requests
    assert asked == len(ways) * rounds * articles, "some way asked more often than once an article"
    lines = [
        f"{articles} articles, {latency} s, concurrency {concurrency}, median of {rounds} rounds",
        "",
        "| | articles a second | of the bare client | processor ms an article |",
        "|---|---|---|---|",
    ]
    base = statistics.median(r.rate for r in found["bare client"])
    for name, several in found.items():
        rate = statistics.median(r.rate for r in several)
        cpu = statistics.median(r.cpu_ms for r in several)
        lines.append(f"| {name} | {rate:.1f} | {rate / base:.0%} | {cpu:.2f} |")
    lines += ["", "| own code | processor ms an article |", "|---|---|"]
    for name, seconds in parts.items():
        lines.append(f"| {name} | {1000 * seconds / articles / rounds:.2f} |")
    return lines


def bodies(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The requests that a run makes of these articles, made beforehand."""
    prompt = load_prompt("incidents")
    step = prompt.steps[WHOLE]
    form = {
        "type": "json_schema",
        "json_schema": {"name": "Draft", "schema": step.schema.model_json_schema()},
    }
    made = []
    for record in records:
        known = Article.model_validate(record)
        sentences = split_sentences(known.text, known.language)
        shown = prompt.article_message(known.text, sentences, known.published)
        messages = [{"role": m.role, "content": m.content} for m in (*step.static, shown)]
        made.append(
            {
                "model": "stub",
                "messages": messages,
                "max_tokens": prompt.settings.max_output_tokens,
                **prompt.settings.parameters,
                "response_format": form,
            }
        )
    return made


def client(base_url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=600)


async def bare_loop(base_url: str, requests: Sequence[dict[str, Any]], concurrency: int) -> None:
    async with client(base_url) as asked:

        async def one(body: dict[str, Any]) -> None:
            answer = await asked.chat.completions.create(**body)
            assert json.loads(answer.choices[0].message.content or "")

        await all_of(one, requests, concurrency)


async def plain_loop(base_url: str, requests: Sequence[dict[str, Any]], concurrency: int) -> None:
    schema = load_prompt("incidents").steps[WHOLE].schema
    async with client(base_url) as asked:
        wrapped = instructor.from_openai(asked, mode=instructor.Mode.JSON_SCHEMA)

        async def one(body: dict[str, Any]) -> None:
            given = {k: v for k, v in body.items() if k != "response_format"}
            await wrapped.chat.completions.create(response_model=schema, **given)

        await all_of(one, requests, concurrency)


def spans_loop(base_url: str, records: Sequence[Mapping[str, Any]], concurrency: int) -> None:
    """LangExtract with a provider of its own, one request an article."""
    example = ExampleData("Gunmen fired.", [Span("incident", "fired", attributes={"type": "x"})])
    documents = [Document(text=r["text"], document_id=r["id"]) for r in records]
    model = OpenAILanguageModel("stub", "none", base_url=base_url, max_workers=concurrency)
    found = langextract.extract(
        documents,
        prompt_description="Extract incidents.",
        examples=[example],
        model=model,
        use_schema_constraints=False,
        max_char_buffer=100_000,
        batch_length=concurrency,
        max_workers=concurrency,
        show_progress=False,
    )
    assert all(document.extractions for document in found)


async def all_of(
    one: Callable[[dict[str, Any]], Awaitable[None]],
    requests: Sequence[dict[str, Any]],
    concurrency: int,
) -> None:
    rest = iter(requests)

    async def worker() -> None:
        for body in rest:
            await one(body)

    await asyncio.gather(*(worker() for _ in range(concurrency)))


def ours_over(out: Path, base_url: str, concurrency: int) -> None:
    manifest = run_batch(
        [str(out.with_suffix(".jsonl"))],
        out,
        settings=ModelSettings(model="stub", base_url=base_url),
        limits=Limits(concurrency=concurrency),
    )
    assert manifest.status is RunStatus.COMPLETE
    assert manifest.failed == 0


def write(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock and by the processor."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def per_article(took: tuple[float, float], articles: int) -> Round:
    return Round(articles / took[0], 1000 * took[1] / articles)


@contextmanager
def measured(parts: dict[str, float]) -> Iterator[None]:
    """Adds the processor time of each part of our own code to `parts`."""

    def watch(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def watched(*arguments: Any, **options: Any) -> Any:
            started = time.thread_time()
            try:
                return work(*arguments, **options)
            finally:
                parts[name] += time.thread_time() - started

        return watched

    with ExitStack() as stack:
        for name, (owner, attribute) in PARTS:
            work = getattr(owner, attribute)
            stack.enter_context(patch.object(owner, attribute, watch(name, work)))
        yield
