"""The embedded engine: llama.cpp in this process, behind its own OpenAI-compatible server."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from extractor.errors import ConfigError, FailureKind, FetchError, ProviderError
from extractor.fingerprint import fingerprint
from extractor.llm.base import Message

_SILENT = -1
"""Engine log level that prints nothing: its log goes straight to the process's stderr."""
_KEPT_PREFIXES = 16
"""Saved prefixes, more than a prompt has steps; each takes tens of megabytes of disk."""
_TIMEOUT = httpx2.Timeout(1800.0, connect=10.0)
"""Reading a long prompt on a slow processor takes minutes."""


class LocalEngine:
    """A model file, loaded and served on loopback for as long as this object is open.

    It answers one request at a time. Use it as a context manager, or call `close`.

    Args:
        path: The model file, such as `ensure_model` gives.
        name: What the engine calls the model in its answers.
        context_window: Tokens that prompt and answer may have together.
        threads: Threads to compute with; by default as many as this process may use.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        prefixes: Folder to keep read prompts in, for this engine and later ones; by default one
            that goes with the engine.

    Attributes:
        name: The model's name.
        context_window: Tokens that prompt and answer may have together.
        prefixes: Folder of what this engine and others like it have read; see `PrefixCache`.
        server_url: Address of the server, such as `http://127.0.0.1:41234`.
        base_url: Address of its OpenAI-compatible interface.

    Raises:
        ConfigError: if the engine is not installed or cannot start with these settings.
        FetchError: if there is no model file at `path`.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        context_window: int = 8192,
        threads: int | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        prefixes: Path | None = None,
    ) -> None:
        self.name = name
        self.context_window = context_window
        self._server: Any = None
        engine = _import_engine()
        if not path.is_file():
            raise FetchError(f"There is no model file at {path}. Fetch the model {name} first.")
        self._slots = tempfile.TemporaryDirectory(prefix="extractor-", ignore_cleanup_errors=True)
        self.prefixes = Path(self._slots.name)
        if prefixes is not None:
            # What another build or another model has read is of no use to this one.
            build = f"{path.stem}-{path.stat().st_size}-{version('xllamacpp')}"
            self.prefixes = _folder(prefixes / build, self.prefixes)
        params = engine.CommonParams()
        params.model.path = str(path)
        params.model_alias = {name}  # else answers carry the path of the file
        params.hostnames = [host]
        params.port = port
        params.n_ctx = context_window
        params.n_parallel = 1
        # An interrupt waits for a batch. The engine computes in ones of this size anyway.
        params.n_batch = params.n_ubatch
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads or _cores()
        # The saved slots are the one cache, so that equal requests start from equal states.
        params.cache_ram_mib = 0
        params.cache_idle_slots = False
        params.endpoint_slots = True
        params.slot_save_path = str(self.prefixes) + os.sep
        params.verbosity = _SILENT
        # Pages in a browser have no business here.
        params.ui = False
        params.cors_origins = f"http://{host}"
        try:
            self._server = engine.Server(params)
        except RuntimeError as error:
            self._slots.cleanup()
            raise ConfigError(
                f"The embedded engine could not start with {path} on {host}:{port} and a context "
                f"window of {context_window} tokens ({error}) Check that the file is a complete "
                "GGUF model, that the port is free and that the memory suffices."
            ) from error
        except BaseException:
            self._slots.cleanup()
            raise
        self.server_url: str = self._server.listening_address
        self.base_url = f"{self.server_url}/v1"

    def close(self) -> None:
        """Stop the server and give its memory back. May be called twice."""
        self._server = None  # the engine stops when its last reference goes
        self._slots.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class PrefixCache:
    """Puts the engine into the same state before every request.

    An engine that reuses whatever it read last computes in other batches each time, and so
    may answer the same request differently even at temperature 0. Here the unchanging
    beginning of a prompt is read once, saved, and restored before each request: equal
    requests get equal answers, and the beginning is not read again.

    The engine has one slot: let nothing else ask it between `restore` and the answer to the
    request that follows, such as by holding one lock over both.

    Several processes may share a folder: files are moved into place complete, and one that is
    gone or not readable is made again.

    Args:
        client: Makes the HTTP requests; stays the caller's to close.
        server_url: The engine's `LocalEngine.server_url`.
        model: The engine's name of the model.
        folder: The engine's `LocalEngine.prefixes`.
    """

    def __init__(
        self, client: httpx2.AsyncClient, server_url: str, model: str, folder: Path
    ) -> None:
        self._client = client
        self._model = model
        self._url = server_url.rstrip("/")
        self._folder = folder

    async def restore(self, static: Sequence[Message]) -> None:
        """Put the engine into the state of having read `static` and nothing else.

        Raises:
            ProviderError: if the engine does not answer or refuses.
        """
        if not static:
            await self._slot("erase")
            return
        messages = [{"role": message.role, "content": message.content} for message in static]
        file = self._folder / f"{fingerprint(messages).rpartition(':')[2]}.bin"
        if not file.exists() or not await self._restored(file):
            await self._save(messages, file)
            # Also right after saving, so that the first request starts like all later ones.
            await self._slot("restore", file.name)

    async def _restored(self, file: Path) -> bool:
        try:
            await self._slot("restore", file.name)
        except ProviderError as error:
            if error.kind is not FailureKind.BAD_REQUEST:
                raise
            return False
        with suppress(OSError):
            os.utime(file)  # the last used are kept
        return True

    async def _save(self, messages: list[dict[str, str]], file: Path) -> None:
        await self._slot("erase")
        # One token, for the engine reads a prompt only in order to answer it.
        request = {
            "model": self._model,
            "messages": messages,
            "max_tokens": 1,
            "temperature": 0,
        }
        await self._post("/v1/chat/completions", request)
        part = file.with_name(f"{file.stem}-{os.getpid()}.part")
        await self._slot("save", part.name)
        part.replace(file)
        by_use = sorted(self._folder.glob("*.bin"), key=lambda kept: kept.stat().st_mtime)
        for old in by_use[:-_KEPT_PREFIXES]:
            old.unlink(missing_ok=True)

    async def _slot(self, action: str, file: str | None = None) -> None:
        await self._post(f"/slots/0?action={action}", {"filename": file} if file else {})

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        try:
            response = await self._client.post(self._url + path, json=body, timeout=_TIMEOUT)
        except httpx2.TimeoutException as error:
            raise ProviderError(
                f"The embedded engine did not answer in time ({path}). The machine may be too "
                "busy or the prompt too long.",
                kind=FailureKind.TIMEOUT,
            ) from error
        except httpx2.RequestError as error:
            raise ProviderError(
                f"The embedded engine does not answer ({error}). It may have been closed.",
                kind=FailureKind.CONNECTION,
            ) from error
        if response.is_error:
            kind = FailureKind.SERVER if response.is_server_error else FailureKind.BAD_REQUEST
            raise ProviderError(
                f"The embedded engine refused {path}: {response.text[:300]}. A prompt longer than "
                "the context window is refused.",
                kind=kind,
                status=response.status_code,
            )


def _import_engine() -> Any:
    try:
        import xllamacpp  # noqa: PLC0415  # an optional dependency, and heavy
    except ImportError as error:
        raise ConfigError(
            f"The embedded engine is not installed ({error}). Install it with "
            "`pip install 'extractor[local]'`, or name a model of another endpoint."
        ) from error
    return xllamacpp


def _folder(wanted: Path, instead: Path) -> Path:
    """`wanted`, made where it is missing; `instead` where that cannot be."""
    try:
        wanted.mkdir(parents=True, exist_ok=True)
    except OSError:
        return instead
    return wanted if os.access(wanted, os.W_OK) else instead


def _cores() -> int:
    """Processor cores that this process may use, which in a container are fewer."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
