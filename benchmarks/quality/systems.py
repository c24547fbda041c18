"""The systems that are compared: this project's prompts, and its peers on the same model."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks.quality.plain import PlainCall, read_plain
from benchmarks.quality.results import PeerResult, System
from benchmarks.quality.spans import read_langextract
from extractor import Article, Extraction, Extractor, Status
from extractor.errors import ConfigError
from extractor.fingerprint import fingerprint, text_sha256
from extractor.llm.catalogue import DEFAULT_MODEL
from extractor.llm.fetch import ensure_model
from extractor.llm.local import LocalEngine
from extractor.progress import NoProgress

CONTEXT_WINDOW = 12288
"""Tokens for prompt and answer together, as this project's own clients take."""

LANGEXTRACT = "langextract"
READERS: Mapping[str, Callable[[Mapping[str, Any], Article], Extraction | None]] = {
    PlainCall.name: read_plain,
    LANGEXTRACT: read_langextract,
}
"""The peers, and what reads their stored answers."""


class Ours:
    """This project with one version of a prompt.

    Args:
        extractor: Extracts; stays the caller's to close.
        prompt: Name and version of its prompt.
    """

    def __init__(self, extractor: Extractor, prompt: str) -> None:
        self._extractor = extractor
        self.name = prompt
        self.identity = fingerprint([*extractor.identity])

    def extract(self, article: Article) -> PeerResult:
        """Extract one article."""
        outcome = self._extractor.extract(article)
        origin, usage = outcome.provenance, outcome.provenance.usage
        return PeerResult(
            id=article.id,
            sha256=text_sha256(article.text),
            identity=self.identity,
            seconds=origin.duration_s,
            input_tokens=usage.input_tokens,
            cached_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens,
            requests=usage.requests,
            valid=outcome.status in (Status.OK, Status.REPAIRED),
            error=outcome.error.message if outcome.error else None,
            answer={"warnings": [warning.model_dump(mode="json") for warning in outcome.warnings]},
            extraction=outcome.extraction,
        )


@contextmanager
def opened(name: str, *, max_tokens: int, seconds: float) -> Iterator[System]:
    """A system with the embedded model loaded for it alone.

    Args:
        name: `plain`, `langextract`, or a prompt such as `steps@1`.
        max_tokens: Limit of each answer that a peer gets.
        seconds: Time that LangExtract may take for an article.

    Raises:
        ExtractorError: if there is no such prompt, or no model.
    """
    if name not in READERS:
        with Extractor(model=DEFAULT_MODEL, prompt=name) as extractor:
            yield Ours(extractor, name)
        return
    peer = _langextract() if name == LANGEXTRACT else None
    path = ensure_model(DEFAULT_MODEL, NoProgress())
    with LocalEngine(path, DEFAULT_MODEL, context_window=CONTEXT_WINDOW) as engine:
        if peer is None:
            yield PlainCall(engine.base_url, DEFAULT_MODEL, max_tokens=max_tokens)
        else:
            yield peer(engine.base_url, DEFAULT_MODEL, max_tokens=max_tokens, seconds=seconds)


def _langextract() -> Callable[..., System]:
    try:
        from benchmarks.quality.lang_extract import LangExtract  # noqa: PLC0415  # optional
    except ImportError as error:
        raise ConfigError(
            f"LangExtract is not installed ({error}). Install it with "
            "`pip install 'extractor[peers]'`, or leave langextract out of --systems."
        ) from error
    return LangExtract
