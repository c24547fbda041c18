"""From the name of a model to a client that answers: the one place where they are made."""

import asyncio
import os
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

import httpx2
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from extractor.errors import ConfigError
from extractor.llm.address import is_openai
from extractor.llm.base import LLM, Answer, Question
from extractor.llm.catalogue import DEFAULT_MODEL, find_model, prefix_folder
from extractor.llm.fetch import ensure_model
from extractor.llm.local import LocalEngine, PrefixCache
from extractor.llm.openai_compatible import Mode, OpenAICompatible
from extractor.llm.retry import RetryPolicy
from extractor.progress import LogProgress, Progress
from extractor.schemas import Usage

_T = TypeVar("_T")
FETCHING = "extractor-fetch"
"""Name of the thread that fetches a model."""

LOCAL_CONTEXT_WINDOW = 12288
"""Tokens; the key-value cache of the embedded model takes 28 KB a token."""


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """How to reach a model. What is None is taken from the environment or the default.

    Attributes:
        model: `local/...` for the embedded engine, `openai/...`, or any name with a `base_url`,
            to which it is sent as it is.
        base_url: Address of an OpenAI-compatible server, such as `http://127.0.0.1:8000/v1`.
            It wins over the embedded engine; the environment's `OPENAI_BASE_URL` does not.
        api_key_env: Name of the environment variable that holds the key.
        mode: How the schema reaches the model: `json_schema`, `tools` or `json`.
        timeout: Seconds that one request may take.
        context_window: Tokens that prompt and answer may have together.
        retry: How transport failures are retried.
    """

    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    mode: str | None = None
    timeout: float | None = None
    context_window: int | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)


def resolve_model(
    settings: ModelSettings,
    *,
    progress: Progress | None = None,
    environment: Mapping[str, str] | None = None,
) -> LLM:
    """The client for the model that `settings` and the environment name.

    Raises:
        ConfigError: if a name, mode or key is missing or wrong.
    """
    environment = os.environ if environment is None else environment
    name = settings.model or environment.get("EXTRACTOR_MODEL")
    try:
        mode = Mode(settings.mode or "json_schema")
    except ValueError:
        known = ", ".join(Mode)
        raise ConfigError(f"mode {settings.mode!r} is not known: use --mode {known}") from None
    # An address that was asked for wins over the embedded engine: it may serve the same model.
    if settings.base_url is None and (name is None or name.startswith("local/")):
        name = name or DEFAULT_MODEL
        find_model(name)
        return LocalModel(name, settings, progress or LogProgress())
    if name is None:
        raise ConfigError(
            "--base-url needs the name of a model on that server: set --model or EXTRACTOR_MODEL"
        )
    return _endpoint(name, settings, mode, environment)


def _endpoint(
    name: str, settings: ModelSettings, mode: Mode, environment: Mapping[str, str]
) -> OpenAICompatible:
    """The client for the model `name` behind an address."""
    base_url = settings.base_url or environment.get("OPENAI_BASE_URL") or None
    provider, _, rest = name.partition("/")
    if base_url is None and not (provider == "openai" and rest):
        raise ConfigError(
            f"model {name!r} needs the address of its server: set --base-url or OPENAI_BASE_URL, "
            f"or name the model openai/NAME or {DEFAULT_MODEL}"
        )
    key_setting = settings.api_key_env or "OPENAI_API_KEY"
    key = environment.get(key_setting)
    if not key and (base_url is None or settings.api_key_env):
        raise ConfigError(_missing_key(key_setting, name))
    # A server of one's own has names of its own, of which some begin with `openai/` too.
    own_names = settings.base_url is not None and not is_openai(settings.base_url)
    model = rest if provider == "openai" and rest and not own_names else name
    return OpenAICompatible(
        name=name,
        model=model,
        base_url=base_url,
        api_key=key,
        api_key_setting=key_setting,
        mode=mode,
        context_window=settings.context_window or 16384,
        timeout=settings.timeout or 600.0,
        retry=settings.retry,
        price=lambda usage: _price(model, usage) if is_openai(base_url) else None,
    )


def _missing_key(setting: str, model: str) -> str:
    # Whoever gives the key itself instead of a variable's name must not find it in a log.
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,63}", setting):
        return (
            "--api-key-env takes the name of an environment variable that holds the API key, "
            "and what it was given is none that is set"
        )
    return f"{setting} is not set: put the API key of {model!r} in it"


def _price(model: str, usage: Usage) -> float | None:
    """US dollars by the public price list that `genai-prices` carries; None if not listed."""
    tokens = PricedUsage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cached_tokens,
        output_tokens=usage.output_tokens,
    )
    try:
        return float(calc_price(tokens, model, provider_id="openai").total_price)
    except LookupError:
        return None


class LocalModel(LLM):
    """The embedded model: fetched and started at the first question, then answered in turn.

    Before each request the engine's cache is put in the same state, so that the same question
    has the same answer whatever was asked before it.
    """

    def __init__(self, name: str, settings: ModelSettings, progress: Progress) -> None:
        self.name = name
        self.context_window = settings.context_window or LOCAL_CONTEXT_WINDOW
        self._settings = settings
        self._progress = progress
        self._lock = asyncio.Lock()
        self._engine: LocalEngine | None = None
        self._client: OpenAICompatible | None = None
        self._prefixes: PrefixCache | None = None
        self._http: httpx2.AsyncClient | None = None

    async def ask(self, question: Question) -> Answer:
        """Answer one question; others wait, because the engine works on one at a time."""
        async with self._lock:
            client, prefixes = await self._started()
            await prefixes.restore(question.messages[: question.static])
            return await client.ask(question)

    async def _started(self) -> tuple[OpenAICompatible, PrefixCache]:
        if self._client is None or self._prefixes is None:
            path = await _in_background(lambda: ensure_model(self.name, self._progress))
            self._engine = await asyncio.to_thread(
                LocalEngine,
                path,
                self.name,
                context_window=self.context_window,
                prefixes=prefix_folder(),
            )
            timeout = self._settings.timeout or 600.0
            self._http = httpx2.AsyncClient(timeout=timeout, trust_env=False)
            self._prefixes = PrefixCache(
                self._http, self._engine.server_url, self.name, self._engine.prefixes
            )
            self._client = OpenAICompatible(
                name=self.name,
                model=self.name,
                base_url=self._engine.base_url,
                api_key=None,
                mode=Mode(self._settings.mode or "json_schema"),
                context_window=self.context_window,
                timeout=timeout,
                retry=self._settings.retry,
                price=self.price,
            )
        return self._client, self._prefixes

    async def aclose(self) -> None:
        """Stop the engine and free its memory."""
        client, http, engine = self._client, self._http, self._engine
        self._client = self._prefixes = self._http = self._engine = None
        if client is not None:
            await client.aclose()
        if http is not None:
            await http.aclose()
        if engine is not None:
            await asyncio.to_thread(engine.close)

    def price(self, usage: Usage) -> float | None:
        """Nothing: it runs on this machine."""
        return 0.0


async def _in_background(work: Callable[[], _T]) -> _T:
    """`work()` on a thread that the end of the process does not wait for, as a pool's would."""
    future: Future[_T] = Future()

    def run() -> None:
        future.set_running_or_notify_cancel()
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            future.set_exception(error)

    threading.Thread(target=run, name=FETCHING, daemon=True).start()
    return await asyncio.wrap_future(future)
