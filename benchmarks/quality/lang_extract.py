"""LangExtract with one worked example."""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import langextract
import openai
from langextract.core.base_model import BaseLanguageModel
from langextract.core.types import ScoredOutput
from langextract.data import ExampleData
from langextract.data import Extraction as Span
from langextract.providers.schemas.openai import OpenAISchema
from pydantic_core import from_json

from benchmarks.quality.reading import parts
from benchmarks.quality.results import Meter, PeerResult, told
from benchmarks.quality.spans import read_langextract
from extractor import Article
from extractor.fingerprint import fingerprint
from extractor.schemas import (
    ActorKind,
    Aspect,
    Certainty,
    IncidentStatus,
    IncidentType,
    Stance,
)

_SYSTEM = "You are a helpful assistant that responds in JSON format."
"""What LangExtract's own provider for this interface says."""
PROMPT = f"""\
Extract the incidents of political violence that the news article reports, the actors in them, and
the attributions: who says what about each incident. Use the exact words of the text for
extractions, in order of appearance. Do not paraphrase, and extract nothing twice. An article that
reports no such incident has no extractions.

incident: an attack, clash, raid, arrest, kidnapping, protest or other act of violence or unrest
that happened, was tried, was foiled or was threatened at a place and time.
  incident_group: a short name that the incident and its attributions share
  type: {", ".join(IncidentType)}
  status: {", ".join(IncidentStatus)}
  date, place, country: as written
  perpetrators, targets (aimed at), victims (killed or hurt): names of actors
  weapons, objects (things hit), casualties: as written
actor: a person, group or institution that takes part in an incident or says something about it.
  kind: {", ".join(ActorKind)}
  aliases: its other names in the text
  member_of: the actor that it belongs to or speaks for
attribution: a statement that a source makes about an incident, or the article itself.
  incident_group: as at the incident
  source: who says it, or "article"
  aspect: {", ".join(Aspect)}
  stance: {", ".join(Stance)}
  certainty: {", ".join(Certainty)}
  responsible: names of the actors held responsible
"""

_TEXT = (
    "PORT ALEM, Drania - Gunmen opened fire on a police bus near the fishing harbour on Sunday, "
    "killing four officers and wounding nine. The bus burned out. "
    "The Coastal Liberation Army, known as the CLA, claimed the ambush in an online statement. "
    "The interior ministry's spokeswoman, Rana Odeh, blamed the attack on smugglers instead."
)
_GROUP = "police bus ambush"


def _actor(name: str, kind: str, alias: str = "", member_of: str = "") -> Span:
    return Span(
        extraction_class="actor",
        extraction_text=name,
        attributes={
            "kind": kind,
            "aliases": [alias] if alias else [],
            "member_of": member_of,
        },
    )


def _attribution(text: str, source: str, stance: str, responsible: str) -> Span:
    return Span(
        extraction_class="attribution",
        extraction_text=text,
        attributes={
            "incident_group": _GROUP,
            "source": source,
            "aspect": "responsibility",
            "stance": stance,
            "certainty": "certain",
            "responsible": [responsible],
        },
    )


# Every attribute is given, for the schema that is made of it asks for every one: what is not told
# is empty. Without that the model fills in what the example has.
EXAMPLE = ExampleData(
    text=_TEXT,
    extractions=[
        _actor("Gunmen", "armed_group", member_of="Coastal Liberation Army"),
        Span(
            extraction_class="incident",
            extraction_text="opened fire on a police bus near the fishing harbour on Sunday",
            attributes={
                "incident_group": _GROUP,
                "type": "armed_assault",
                "status": "carried_out",
                "date": "Sunday",
                "place": "Port Alem",
                "country": "Drania",
                "perpetrators": ["Gunmen", "Coastal Liberation Army", "smugglers"],
                "targets": [],
                "victims": ["officers"],
                "weapons": [],
                "objects": ["police bus"],
                "casualties": ["four officers killed", "nine wounded"],
            },
        ),
        _actor("officers", "state_force"),
        _actor("Coastal Liberation Army", "armed_group", alias="CLA"),
        _attribution(
            "claimed the ambush", "Coastal Liberation Army", "claim", "Coastal Liberation Army"
        ),
        _actor("interior ministry", "government"),
        _actor("Rana Odeh", "person", member_of="interior ministry"),
        _attribution("blamed the attack", "Rana Odeh", "accusation", "smugglers"),
        _actor("smugglers", "criminal_group"),
    ],
)


class _Served(BaseLanguageModel):
    """A model behind an OpenAI-compatible server, asked as LangExtract's own provider asks.

    That one tells neither usage nor that an answer was cut off, and has no time limit.
    """

    def __init__(self, client: openai.OpenAI, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self._client = client
        self._settings = dict(settings)
        schema = OpenAISchema.from_examples([EXAMPLE])
        self.apply_schema(schema)
        self._format = schema.response_format
        self.begin(0)

    def begin(self, seconds: float) -> None:
        """Start to count for another article, which may take so many seconds."""
        self.meter = Meter(seconds)
        self.completions: list[str] = []
        self.mended: list[str] = []

    def infer(self, batch_prompts: Sequence[str], **_: Any) -> Iterator[Sequence[ScoredOutput]]:
        """One answer for each chunk, in order; chunks after the time limit are empty."""
        for prompt in batch_prompts:
            yield [ScoredOutput(score=1.0, output=self._answer(prompt))]

    def _answer(self, prompt: str) -> str:
        number = len(self.completions) + 1
        completion = self._ask(prompt) if self.meter.seconds_left > 0 else ""
        self.completions.append(completion)
        if self.meter.seconds_left <= 0:
            self.mended.append(f"chunk {number} was not answered in time")
        try:
            json.loads(completion)
        except ValueError:
            if self.meter.seconds_left > 0:
                self.mended.append(f"chunk {number} was cut off or is no JSON")
            return _what_is_whole(completion)
        return completion

    def _ask(self, prompt: str) -> str:
        """The answer, as far as it comes in time."""
        request: dict[str, Any] = {
            "messages": [
                {"role": "system", "content": _SYSTEM},
                {"role": "user", "content": prompt},
            ],
            "response_format": self._format,
            "stream": True,
            "stream_options": {"include_usage": True},
            "timeout": self.meter.seconds_left,
            **self._settings,
        }
        pieces: list[str] = []
        usage: Any = None
        try:
            with self._client.chat.completions.create(**request) as stream:
                for event in stream:
                    usage = event.usage or usage
                    pieces += [c.delta.content for c in event.choices if c.delta.content]
                    if self.meter.seconds_left <= 0:
                        break
        except openai.APITimeoutError:
            pass
        # The engine sends a token at a time, and the usage last.
        self.meter.note(usage, written=len(pieces))
        return "".join(pieces)


def _what_is_whole(completion: str) -> str:
    """The extractions before the place where an answer was cut off, as JSON."""
    try:
        data = from_json(completion, allow_partial=True)
    except ValueError:
        data = None
    found = parts(data.get("extractions")) if isinstance(data, dict) else []
    return json.dumps({"extractions": [item for item in found if item]})


class LangExtract:
    """Asks an OpenAI-compatible server by way of LangExtract, with its defaults for the rest.

    Args:
        base_url: Address of the server up to `/v1`.
        model: Its name of the model.
        max_tokens: Limit of the answer to one chunk of an article.
        seconds: Time that an article may take.
    """

    name = "langextract"

    def __init__(self, base_url: str, model: str, *, max_tokens: int, seconds: float) -> None:
        client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)
        settings = {
            "model": model,
            "max_tokens": max_tokens,
            "temperature": 0.0,
            "seed": 20260101,
        }
        self._model = _Served(client, settings)
        self._seconds = seconds
        example = [span_record(span) for span in EXAMPLE.extractions or []]
        used = version("langextract")
        self.identity = fingerprint([used, PROMPT, _TEXT, example, settings, seconds])

    def extract(self, article: Article) -> PeerResult:
        """Ask about one article, chunk by chunk, and read what came."""
        model = self._model
        model.begin(self._seconds)
        error, extraction, spans = None, None, None
        try:
            document = langextract.extract(
                article.text,
                prompt_description=PROMPT,
                examples=[EXAMPLE],
                model=model,
                use_schema_constraints=False,  # the model has them already
                additional_context=_about(article),
                show_progress=False,
            )
            assert not isinstance(document, list)
            spans = [span_record(span) for span in document.extractions or []]
            extraction = read_langextract({"extractions": spans}, article)
            error = "; ".join(model.mended) or None
        except Exception as caught:  # noqa: BLE001  # whatever it is, it is this article's failure
            error = told(caught)
        if not any(model.completions):
            extraction = None
        return model.meter.result(
            article,
            self.identity,
            valid=error is None,
            error=error,
            answer={"completions": model.completions, "extractions": spans},
            extraction=extraction,
        )


def _about(article: Article) -> str | None:
    """What the reader of an article sees beside its text."""
    known = {"Title": article.title, "Published": article.published}
    return "\n".join(f"{name}: {value}" for name, value in known.items() if value) or None


def span_record(span: Span) -> dict[str, Any]:
    """One extraction of LangExtract's as data."""
    place = span.char_interval
    return {
        "class": span.extraction_class,
        "text": span.extraction_text,
        "start": place.start_pos if place else None,
        "end": place.end_pos if place else None,
        "attributes": span.attributes or {},
    }
