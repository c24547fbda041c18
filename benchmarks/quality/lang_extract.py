"""LangExtract with one worked example, its extractions read as incidents, actors and statements."""

import json
import re
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
from rapidfuzz import fuzz, process

from benchmarks.quality.reading import Reader, actor, label, listed, nearest, parts, voice, words
from benchmarks.quality.results import Meter, PeerResult, told
from extractor import Article, Extraction
from extractor.fingerprint import fingerprint
from extractor.grounding.numbers import mentions
from extractor.pipeline.windows import merged
from extractor.schemas import (
    ActorKind,
    Aspect,
    CasualtyKind,
    Certainty,
    IncidentStatus,
    IncidentType,
    ObjectEffect,
    ObjectKind,
    Stance,
)
from extractor.schemas.draft import (
    Draft,
    DraftFigure,
    DraftIncident,
    DraftObject,
    DraftStatement,
)

_SYSTEM = "You are a helpful assistant that responds in JSON format."
"""What LangExtract's own provider for this interface says."""
_SAME_GROUP = 60
"""Likeness, of 100, from which two names of a group mean the same incident."""
_CASUALTIES = {
    kind: re.compile(said, re.IGNORECASE)
    for kind, said in {
        CasualtyKind.KILLED: r"kill|dead|die|death|slain|bodies|murder|execut",
        CasualtyKind.WOUNDED: r"wound|injur|hurt",
        CasualtyKind.ABDUCTED: r"abduct|kidnap|hostage|seized",
        CasualtyKind.MISSING: r"missing",
        CasualtyKind.ARRESTED: r"arrest|detain|captur|custody",
    }.items()
}
_HARMED = CasualtyKind.KILLED_OR_WOUNDED

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


def read_langextract(answer: Mapping[str, Any], article: Article) -> Extraction | None:
    """What LangExtract's extractions say, in this project's terms.

    Returns:
        None where there is no answer.
    """
    if answer["extractions"] is None:
        return None
    return _Spans(answer["extractions"], Reader(article)).extraction()


def figures(text: str, sentence: int) -> Iterator[DraftFigure]:
    """The figures in words such as "four officers killed and nine wounded"."""
    overall = _casualty_kind(text)
    spans = sorted(mentions(text))
    if not spans and overall:  # "several wounded"
        spans = [(0, len(text))]
    ends = [start for start, _ in spans[1:]] + [len(text)]
    for (start, end), until in zip(spans, ends, strict=bool(spans)):
        yield DraftFigure.model_construct(
            sentence=sentence,
            kind=_casualty_kind(text[start:until]) or overall or _HARMED,
            number=text[start:end],
            who=None,
            source=None,
        )


def _casualty_kind(text: str) -> CasualtyKind | None:
    return next((kind for kind, said in _CASUALTIES.items() if said.search(text)), None)


class _Spans:
    """Reads the extractions of one article."""

    def __init__(self, spans: Sequence[Mapping[str, Any]], reader: Reader) -> None:
        self._reader = reader
        self._spans = spans

    def extraction(self) -> Extraction:
        """The whole of it."""
        found = [(span, self._incident(span)) for span in self._of("incident")]
        for span in self._of("attribution"):
            if found:
                self._incident_of(span, found).statements.append(self._statement(span))
        actors = [self._actor(span) for span in self._of("actor")]
        # An incident that was found in two chunks is one, as in this project's own windows.
        drafts = [Draft.model_construct(incidents=[one], actors=[]) for _, one in found]
        draft = merged([Draft.model_construct(incidents=[], actors=actors), *drafts])
        return self._reader.extraction(draft, self._reader.assemble(draft))

    def _of(self, name: str) -> Iterator[Mapping[str, Any]]:
        seen: list[tuple[str, Mapping[str, Any]]] = []
        for span in self._spans:
            key = (span["text"], span["attributes"])
            if span["class"] == name and words(span["text"]) and key not in seen:
                seen.append(key)
                yield span

    def _sentences(self, span: Mapping[str, Any]) -> list[int]:
        if span["start"] is not None and span["end"] is not None:
            return self._reader.within(span["start"], span["end"]) or [1]
        return self._reader.sentences([span["text"]], span["text"])

    def _actor(self, span: Mapping[str, Any]) -> Any:
        told_of = span["attributes"]
        return actor(
            span["text"],
            kind=told_of.get("kind"),
            aliases=told_of.get("aliases"),
            member_of=words(told_of.get("member_of")),
        )

    def _incident(self, span: Mapping[str, Any]) -> DraftIncident:
        told_of = span["attributes"]
        sentences = self._sentences(span)
        return DraftIncident.model_construct(
            sentences=sentences,
            summary=span["text"],
            type=label(IncidentType, told_of.get("type"), IncidentType.ATTACK),
            status=label(IncidentStatus, told_of.get("status"), IncidentStatus.CARRIED_OUT),
            when=words(told_of.get("date")),
            where=words(told_of.get("place")),
            city=None,
            region=None,
            country=words(told_of.get("country")),
            perpetrators=listed(told_of.get("perpetrators")),
            targets=listed(told_of.get("targets")),
            victims=listed(told_of.get("victims")),
            others=[],
            objects=[
                DraftObject.model_construct(
                    name=name, kind=ObjectKind.OTHER, effect=ObjectEffect.UNKNOWN
                )
                for name in listed(told_of.get("objects"))
            ],
            weapons=listed(told_of.get("weapons")),
            figures=[
                figure
                for text in listed(told_of.get("casualties"))
                for figure in figures(text, sentences[0])
            ],
            statements=[],
        )

    def _statement(self, span: Mapping[str, Any]) -> DraftStatement:
        told_of = span["attributes"]
        return DraftStatement.model_construct(
            sentence=self._sentences(span)[0],
            source=voice(told_of.get("source")),
            aspect=label(Aspect, told_of.get("aspect"), Aspect.RESPONSIBILITY),
            stance=label(Stance, told_of.get("stance"), Stance.ASSERTION),
            certainty=label(Certainty, told_of.get("certainty"), Certainty.CERTAIN),
            responsible=listed(told_of.get("responsible")),
            statement=span["text"],
            medium=None,
        )

    def _incident_of(
        self,
        span: Mapping[str, Any],
        found: Sequence[tuple[Mapping[str, Any], DraftIncident]],
    ) -> DraftIncident:
        """The incident of the same group, or else the last before it."""
        group = words(span["attributes"].get("incident_group")) or ""
        groups = [words(other["attributes"].get("incident_group")) or "" for other, _ in found]
        close = process.extractOne(
            group, groups, scorer=fuzz.token_set_ratio, score_cutoff=_SAME_GROUP
        )
        if group and close:
            return found[close[2]][1]
        starts = [min(incident.sentences) for _, incident in found]
        return found[nearest(self._sentences(span)[0], starts)][1]
