"""One plain instructor call with the full public schema, as its documentation teaches."""

import time
from typing import Any

import instructor
import openai
from pydantic import BaseModel, ConfigDict

from extractor import Article, Extraction

INSTRUCTION = (
    "Extract the incidents of political violence that this news article reports, the actors in "
    "them, and the attributions: who says what about each incident."
)


class PlainResult(BaseModel):
    """What became of one article."""

    model_config = ConfigDict(frozen=True)

    id: str
    seconds: float
    input_tokens: int
    output_tokens: int
    error: str | None
    extraction: Extraction | None


class PlainCall:
    """Asks an OpenAI-compatible server for a whole `Extraction` at once.

    Args:
        base_url: Address of the server up to `/v1`.
        model: Its name of the model.
        max_tokens: Limit of an answer's length.
    """

    def __init__(self, base_url: str, model: str, max_tokens: int) -> None:
        client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=1800)
        self._client = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)
        self._client.on("completion:response", self._note)
        self._model = model
        self._max_tokens = max_tokens
        self._usage: Any = None

    def _note(self, response: Any) -> None:
        self._usage = response.usage

    def extract(self, article: Article) -> PlainResult:
        """Ask about one article."""
        self._usage = None
        started = time.monotonic()
        extraction, error = None, None
        try:
            extraction = self._client.chat.completions.create(
                model=self._model,
                response_model=Extraction,
                messages=[
                    {"role": "system", "content": INSTRUCTION},
                    {"role": "user", "content": f"{article.title or ''}\n\n{article.text}"},
                ],
                max_tokens=self._max_tokens,
                temperature=0.0,
                seed=20260101,
                max_retries=0,
            )
        except Exception as caught:  # noqa: BLE001  # whatever it is, it is this article's failure
            error = f"{type(caught).__name__}: {str(caught)[:200]}"
        usage = self._usage
        return PlainResult(
            id=article.id,
            seconds=round(time.monotonic() - started, 2),
            input_tokens=usage.prompt_tokens if usage else 0,
            output_tokens=usage.completion_tokens if usage else 0,
            error=error,
            extraction=extraction,
        )
