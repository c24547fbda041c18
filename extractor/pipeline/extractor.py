"""`Extractor`: an article in, exactly one outcome out, from synchronous or asynchronous code."""

import asyncio
import copy
import queue
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from concurrent.futures import Future
from dataclasses import replace
from importlib.metadata import version
from types import TracebackType
from typing import Any, NamedTuple, Self

from extractor.articles import Article
from extractor.errors import BudgetError, ConfigError, ExtractorError, ProviderError
from extractor.fingerprint import text_sha256
from extractor.grounding.align import Aligner
from extractor.grounding.sentences import split_sentences
from extractor.llm.base import LLM
from extractor.llm.models import ModelSettings, resolve_model
from extractor.pipeline.ask import AnswerError, Asker, Budget, Tally
from extractor.pipeline.assemble import Assembly, assemble
from extractor.pipeline.background import Background
from extractor.pipeline.outcome import Failure, Outcome, Status
from extractor.pipeline.steps import draft_in_steps
from extractor.pipeline.values import Source
from extractor.pipeline.whole import whole_draft
from extractor.progress import Progress
from extractor.prompting import WHOLE, Prompt, default_prompt, load_prompt
from extractor.schemas import ArticleMeta, Extraction, Provenance
from extractor.validation import Issue

_VERSION = version("extractor")


class Identity(NamedTuple):
    """The model and the prompt of an extractor, as they stand in the provenance of outcomes."""

    model: str
    prompt_hash: str
    schema_hash: str


class Extractor:
    """Extracts incidents, actors and attributions from news articles with a language model.

    Args:
        model: `local/...`, `openai/...`, or any name with `base_url`; by default
            `EXTRACTOR_MODEL`, else the embedded model.
        prompt: Name and version of the prompt, such as `incidents@1`; by default the newest
            `steps` for an embedded model and the newest `incidents` for any other.
        base_url: Address of an OpenAI-compatible server; by default `OPENAI_BASE_URL`.
        api_key_env: Name of the variable that holds the key; by default `OPENAI_API_KEY`.
        mode: How the schema reaches the model: `json_schema` (default), `tools` or `json`.
        max_attempts: Answers asked for an article before its valid part is kept.
        max_cost: US dollars that all calls of this extractor may take together.
        timeout: Seconds that one request may take.
        context_window: Tokens that prompt and answer may have together.
        progress: Told about downloads.
        budget: A budget to go on with, instead of `max_cost`.
        llm: A client to use instead of one made from the settings above.

    Raises:
        ConfigError: if a setting is wrong.
        PromptError: if the prompt's files are malformed.
    """

    def __init__(
        self,
        *,
        model: str | None = None,
        prompt: str | None = None,
        base_url: str | None = None,
        api_key_env: str | None = None,
        mode: str | None = None,
        max_attempts: int | None = None,
        max_cost: float | None = None,
        timeout: float | None = None,
        context_window: int | None = None,
        progress: Progress | None = None,
        budget: Budget | None = None,
        llm: LLM | None = None,
    ) -> None:
        for setting, value in (
            ("max_attempts", max_attempts),
            ("timeout", timeout),
            ("context_window", context_window),
        ):
            if value is not None and value <= 0:
                raise ConfigError(f"{setting} is {value}: it must be above 0")
        if max_cost is not None and max_cost < 0:
            raise ConfigError(f"max_cost is {max_cost}: it must not be negative")
        settings = ModelSettings(
            model=model,
            base_url=base_url,
            api_key_env=api_key_env,
            mode=mode,
            timeout=timeout,
            context_window=context_window,
        )
        self._llm = llm or resolve_model(settings, progress=progress)
        self._prompt = load_prompt(prompt or default_prompt(self._llm.name))
        self._asker = Asker(
            llm=self._llm,
            prompt=self._prompt,
            max_attempts=max_attempts or self._prompt.settings.max_attempts,
            budget=budget or Budget(max_cost),
        )
        self._background = Background()

    @property
    def identity(self) -> Identity:
        """What, beside the article, an outcome depends on."""
        return Identity(self._llm.name, self._prompt.hash, self._prompt.schema_hash)

    @property
    def prompt(self) -> Prompt:
        """The prompt that it asks with."""
        return self._prompt

    def with_prompt(self, prompt: Prompt) -> "Extractor":
        """An extractor that asks with another prompt; model and budget are shared.

        To close either closes both.
        """
        other = copy.copy(self)
        other._prompt = prompt
        other._asker = replace(self._asker, prompt=prompt)
        return other

    def with_llm(self, llm: LLM) -> "Extractor":
        """An extractor that asks `llm`, which keeps to a budget of its own; the rest is shared."""
        other = copy.copy(self)
        other._llm = llm
        other._asker = replace(self._asker, llm=llm, budget=Budget())
        return other

    @property
    def setup(self) -> dict[str, Any]:
        """All settings, beside the article, that an outcome depends on; may be written as JSON."""
        return {
            **self.identity._asdict(),
            "prompt": self._prompt.label,
            "parameters": self._parameters(),
            "max_attempts": self._asker.max_attempts,
            "context_window": self._llm.context_window,
        }

    def extract(self, article: Article) -> Outcome:
        """Extract one article; works in a script, a running event loop and a notebook."""
        return self._background.run(self._extract(article))

    async def aextract(self, article: Article) -> Outcome:
        """Extract one article from asynchronous code."""
        return await asyncio.wrap_future(self._background.submit(self._extract(article)))

    def extract_many(
        self, articles: Iterable[Article], *, concurrency: int = 8
    ) -> Generator[Outcome]:
        """Extract many articles, at most `concurrency` at once; outcomes as they come.

        The input is read as it is worked on. When a setting has to be mended before any article
        can succeed (a wrong key, say), the remaining articles fail without being asked.
        """
        if concurrency < 1:
            raise ConfigError(f"concurrency is {concurrency}: it must be above 0")
        done: queue.Queue[Future[Outcome]] = queue.Queue()
        pending = iter(articles)
        in_flight: set[Future[Outcome]] = set()
        stop: Failure | None = None
        try:
            while True:
                while stop is None and len(in_flight) < concurrency:
                    article = next(pending, None)
                    if article is None:
                        break
                    future = self._background.submit(self._extract(article))
                    in_flight.add(future)
                    future.add_done_callback(done.put)
                if not in_flight:
                    break
                future = done.get()
                in_flight.discard(future)
                outcome = future.result()
                if outcome.error is not None and outcome.error.stops_run:
                    stop = outcome.error
                yield outcome
            if stop is not None:
                for article in pending:
                    yield self._not_asked(article, stop)
        finally:
            for future in in_flight:
                future.cancel()

    async def aextract_many(
        self, articles: Iterable[Article], *, concurrency: int = 8
    ) -> AsyncIterator[Outcome]:
        """`extract_many` for asynchronous code."""
        outcomes = self.extract_many(articles, concurrency=concurrency)
        try:
            while (outcome := await asyncio.to_thread(next, outcomes, None)) is not None:
                yield outcome
        finally:
            outcomes.close()

    def work(
        self,
        take: Callable[[], Article | None],
        done: Callable[[Outcome], None],
        llm_for: Callable[[Article], LLM] | None = None,
    ) -> Future[None]:
        """Extract one article after another in the background, until `take()` gives none.

        All are called on the extractor's thread and must not block. Cancel the future to abandon
        the article that is worked on.

        Args:
            take: The next article.
            done: Told the outcome of each.
            llm_for: The model to ask about an article, as for `with_llm`.
        """

        async def worker() -> None:
            while (article := take()) is not None:
                extractor = self.with_llm(llm_for(article)) if llm_for else self
                done(await extractor._extract(article))

        return self._background.submit(worker())

    def close(self) -> None:
        """Stop the model and the background thread. May be called twice."""
        self._background.close(self._llm.aclose)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def _extract(self, article: Article) -> Outcome:
        started = time.monotonic()
        tally = Tally()
        try:
            draft, warnings = await self._draft(article, tally)
            return self._outcome(article, draft, warnings, tally, started)
        except AnswerError as error:
            status = Status.REFUSED if error.kind == "refused" else Status.FAILED
            failure = Failure(kind=error.kind, message=str(error))
        except ProviderError as error:
            status = Status.FAILED
            failure = Failure(kind=error.kind, message=str(error), stops_run=error.kind.stops_run)
        except BudgetError as error:
            status = Status.FAILED
            failure = Failure(kind="budget", message=str(error), stops_run=True)
        except ExtractorError as error:
            status = Status.FAILED
            failure = Failure(kind="setup", message=str(error), stops_run=True)
        return Outcome(
            status=status,
            article=article,
            extraction=None,
            warnings=(),
            error=failure,
            provenance=self._provenance(tally, started),
        )

    async def _draft(self, article: Article, tally: Tally) -> tuple[Assembly, tuple[Issue, ...]]:
        sentences = split_sentences(article.text, article.language)
        if not sentences:
            raise AnswerError("empty_article", "the article has no text")
        source = Source(
            text=article.text,
            sentences=sentences,
            aligner=Aligner(article.text),
            published=article.published,
            language=article.language,
        )
        write = whole_draft if WHOLE in self._prompt.steps else draft_in_steps
        draft, warnings = await write(self._asker, source, tally)
        assembly = assemble(draft, source)
        if draft.incidents and not assembly.incidents:
            raise AnswerError(
                "invalid_answer", f"no incident of the answer could be grounded: {warnings[0]}"
            )
        return assembly, warnings

    def _outcome(
        self,
        article: Article,
        assembly: Assembly,
        warnings: tuple[Issue, ...],
        tally: Tally,
        started: float,
    ) -> Outcome:
        provenance = self._provenance(tally, started)
        extraction = Extraction.model_validate(
            {
                "schema_version": "1.0",
                "article": _meta(article),
                "actors": assembly.actors,
                "incidents": assembly.incidents,
                "attributions": assembly.attributions,
                "provenance": provenance,
            },
            context={"text": article.text},
        )
        repaired = Status.REPAIRED if tally.attempts > tally.questions else Status.OK
        return Outcome(
            status=Status.PARTIAL if warnings else repaired,
            article=article,
            extraction=extraction,
            warnings=warnings,
            error=None,
            provenance=provenance,
        )

    def _not_asked(self, article: Article, cause: Failure) -> Outcome:
        return Outcome(
            status=Status.FAILED,
            article=article,
            extraction=None,
            warnings=(),
            error=Failure(
                kind="not_asked",
                message=f"not asked, because another article failed: {cause.message}",
                stops_run=True,
            ),
            provenance=self._provenance(Tally(), time.monotonic()),
        )

    def _provenance(self, tally: Tally, started: float) -> Provenance:
        return Provenance(
            model=self._llm.name,
            prompt=self._prompt.label,
            prompt_hash=self._prompt.hash,
            schema_hash=self._prompt.schema_hash,
            parameters=self._parameters(),
            attempts=tally.attempts,
            windows=tally.windows,
            usage=tally.usage,
            cost_usd=self._llm.price(tally.usage),
            duration_s=round(time.monotonic() - started, 3),
            package_version=_VERSION,
        )

    def _parameters(self) -> dict[str, Any]:
        settings = self._prompt.settings
        return {**settings.parameters, "max_tokens": settings.max_output_tokens}


def _meta(article: Article) -> ArticleMeta:
    return ArticleMeta(
        id=article.id,
        title=article.title,
        published=article.published,
        source=article.source,
        url=article.url,
        language=article.language,
        sha256=text_sha256(article.text),
    )
