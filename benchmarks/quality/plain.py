"""One plain instructor call with the full public schema, as its documentation teaches."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

import instructor
import openai
from pydantic import ValidationError
from pydantic_core import from_json

from benchmarks.quality.reading import Reader, actor, label, listed, nearest, parts, voice, words
from benchmarks.quality.results import Meter, PeerResult, told
from extractor import Article, Extraction
from extractor.fingerprint import fingerprint
from extractor.schemas import (
    Aspect,
    Casualty,
    CasualtyKind,
    Certainty,
    Incident,
    IncidentDate,
    IncidentStatus,
    IncidentType,
    ObjectEffect,
    ObjectKind,
    ParticipantRole,
    Stance,
)
from extractor.schemas.draft import (
    UNATTRIBUTED,
    Draft,
    DraftFigure,
    DraftIncident,
    DraftObject,
    DraftOther,
    DraftStatement,
)

INSTRUCTION = (
    "Extract the incidents of political violence that this news article reports, the actors in "
    "them, and the attributions: who says what about each incident."
)
_SECONDS = 3600.0
"""Time that an answer may take: it is bounded by its tokens."""
_OTHER_ROLES: tuple[Literal["responder", "supporter", "demonstrator"], ...] = (
    "responder",
    "supporter",
    "demonstrator",
)


class PlainCall:
    """Asks an OpenAI-compatible server for a whole `Extraction` at once, and once only.

    Args:
        base_url: Address of the server up to `/v1`.
        model: Its name of the model.
        max_tokens: Limit of an answer's length.
    """

    name = "plain"

    def __init__(self, base_url: str, model: str, *, max_tokens: int) -> None:
        client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=_SECONDS)
        self._client = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)
        self._client.on("completion:response", self._note)
        self._settings: dict[str, Any] = {
            "model": model,
            "max_tokens": max_tokens,
            "temperature": 0.0,
            "seed": 20260101,
        }
        self.identity = fingerprint([INSTRUCTION, Extraction.model_json_schema(), self._settings])
        self._meter = Meter(_SECONDS)
        self._completion = ""

    def _note(self, response: Any) -> None:
        self._meter.note(response.usage)
        self._completion = response.choices[0].message.content or ""

    def extract(self, article: Article) -> PeerResult:
        """Ask about one article, and keep what can be kept of the answer."""
        self._meter = Meter(_SECONDS)
        self._completion = ""
        error, extraction = None, None
        try:
            self._client.chat.completions.create(
                response_model=Extraction,
                messages=[
                    {"role": "system", "content": INSTRUCTION},
                    {"role": "user", "content": f"{article.title or ''}\n\n{article.text}"},
                ],
                max_retries=0,
                **self._settings,
            )
        except Exception as caught:  # noqa: BLE001  # whatever it is, it is this article's failure
            error = told(caught)
        answer = {"completion": self._completion}
        valid = error is None
        try:
            extraction = read_plain(answer, article)
        except Exception as caught:  # noqa: BLE001  # the answer is kept and can be read again
            error = told(caught)
        return self._meter.result(
            article,
            self.identity,
            valid=valid,
            error=error,
            answer=answer,
            extraction=extraction,
        )


def read_plain(answer: Mapping[str, Any], article: Article) -> Extraction | None:
    """What a completion says, however much of it breaks the rules of the schema.

    Returns:
        None where it is no beginning of a JSON object.
    """
    try:
        data = from_json(answer["completion"], allow_partial=True)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    return _Plain(data, Reader(article)).extraction()


class _Plain:
    """Reads one answer."""

    def __init__(self, data: Mapping[str, Any], reader: Reader) -> None:
        self._reader = reader
        self._actors = parts(data.get("actors"))
        self._names = {
            str(item.get("id")): name
            for item in reversed(self._actors)
            if (name := words(item.get("name")))
        }
        incidents = [(item, self._sentences(item)) for item in parts(data.get("incidents"))]
        # In the order in which they are assembled.
        self._incidents = sorted(incidents, key=lambda pair: min(pair[1]))
        self._statements: list[list[DraftStatement]] = [[] for _ in incidents]
        for item in parts(data.get("attributions")):
            self._add_statement(item)

    def extraction(self) -> Extraction:
        """The whole of it."""
        draft = Draft.model_construct(
            actors=[
                actor(
                    name,
                    kind=item.get("kind"),
                    aliases=item.get("aliases"),
                    role=item.get("role"),
                    member_of=self._name(item.get("affiliation")),
                    country=item.get("country"),
                )
                for item in self._actors
                if (name := words(item.get("name")))
            ],
            incidents=[self._incident(number) for number in range(len(self._incidents))],
        )
        assembly = self._reader.assemble(draft)
        extraction = self._reader.extraction(draft, assembly)
        incidents = [
            _with_own_figures(_with_own_date(incident, item), item)
            for incident, (item, _) in zip(extraction.incidents, self._incidents, strict=True)
        ]
        return extraction.model_copy(update={"incidents": tuple(incidents)})

    def _name(self, reference: object) -> str | None:
        """The name of an actor given by id, or what stands in the place of the id."""
        return self._names.get(str(reference)) or words(reference)

    def _sentences(self, item: Mapping[str, Any]) -> list[int]:
        quotes = [q for part in parts(item.get("evidence")) if (q := words(part.get("quote")))]
        like = words(item.get("summary")) or words(item.get("statement")) or " ".join(quotes)
        return self._reader.sentences(quotes, like)

    def _incident(self, number: int) -> DraftIncident:
        item, sentences = self._incidents[number]
        when, where = item.get("date"), item.get("location")
        when = when if isinstance(when, dict) else {}
        where = where if isinstance(where, dict) else {}
        return DraftIncident.model_construct(
            sentences=sentences,
            summary=words(item.get("summary")) or "incident",
            type=label(IncidentType, item.get("type"), IncidentType.ATTACK),
            status=label(IncidentStatus, item.get("status"), IncidentStatus.CARRIED_OUT),
            when=words(when.get("text")) or words(when.get("start")),
            where=words(where.get("name")),
            city=words(where.get("city")),
            region=words(where.get("region")),
            country=words(where.get("country")),
            perpetrators=self._in_role(item, ParticipantRole.PERPETRATOR),
            targets=self._in_role(item, ParticipantRole.TARGET),
            victims=self._in_role(item, ParticipantRole.VICTIM),
            others=[
                DraftOther.model_construct(name=name, role=role)
                for role in _OTHER_ROLES
                for name in self._in_role(item, ParticipantRole(role))
            ],
            objects=[
                DraftObject.model_construct(
                    name=name,
                    kind=label(ObjectKind, thing.get("kind"), ObjectKind.OTHER),
                    effect=label(ObjectEffect, thing.get("effect"), ObjectEffect.UNKNOWN),
                )
                for thing in parts(item.get("objects"))
                if (name := words(thing.get("name")))
            ],
            weapons=listed(item.get("weapons")),
            figures=[self._figure(part, sentences) for part in parts(item.get("casualties"))],
            statements=self._statements[number],
        )

    def _in_role(self, item: Mapping[str, Any], role: ParticipantRole) -> list[str]:
        return [
            name
            for part in parts(item.get("participants"))
            if part.get("role") == role.value and (name := self._name(part.get("actor")))
        ]

    def _figure(self, part: Mapping[str, Any], around: Sequence[int]) -> DraftFigure:
        quoted = [q for e in parts(part.get("evidence")) if (q := words(e.get("quote")))]
        sentence = self._reader.sentences(quoted)[0] if quoted else around[0]
        return DraftFigure.model_construct(
            sentence=sentence,
            kind=label(CasualtyKind, part.get("kind"), CasualtyKind.KILLED_OR_WOUNDED),
            number=words(part.get("text"))
            or self._reader.number(part.get("low"), part.get("high"), sentence),
            who=words(part.get("who")),
            source=self._name(part.get("source")),
        )

    def _add_statement(self, item: Mapping[str, Any]) -> None:
        """Put a statement to the incident that it names, or else to the last before it."""
        if not self._incidents:
            return
        sentence = self._sentences(item)[0]
        ids = [incident.get("id") for incident, _ in self._incidents]
        starts = [min(sentences) for _, sentences in self._incidents]
        about = item.get("incident")
        number = ids.index(about) if about in ids else nearest(sentence, starts)
        statement = DraftStatement.model_construct(
            sentence=sentence,
            source=self._source(item),
            aspect=label(Aspect, item.get("aspect"), Aspect.RESPONSIBILITY),
            stance=label(Stance, item.get("stance"), Stance.ASSERTION),
            certainty=label(Certainty, item.get("certainty"), Certainty.CERTAIN),
            responsible=[n for one in listed(item.get("responsible")) if (n := self._name(one))],
            statement=words(item.get("statement")) or "stated",
            medium=words(item.get("medium")),
        )
        self._statements[number].append(statement)

    def _source(self, item: Mapping[str, Any]) -> str:
        """Who says it: the source that is given, else what its sourcing says."""
        name = self._name(item.get("source"))
        if name is None and item.get("sourcing") == UNATTRIBUTED:
            return UNATTRIBUTED
        return voice(name)


def _with_own_date(incident: Incident, item: Mapping[str, Any]) -> Incident:
    """The incident with the days that the answer gives, where its words gave none."""
    given = item.get("date")
    if not isinstance(given, dict) or (incident.date and incident.date.start):
        return incident
    try:
        start = date.fromisoformat(str(given.get("start")))
        end = date.fromisoformat(str(given.get("end") or given.get("start")))
        precision = "day" if start == end else "range"
        text = incident.date.text if incident.date else None
        made = IncidentDate.model_validate(
            {"start": start, "end": end, "precision": precision, "text": text}
        )
    except (ValueError, ValidationError):
        return incident
    return incident.model_copy(update={"date": made})


def _with_own_figures(incident: Incident, item: Mapping[str, Any]) -> Incident:
    """The incident with the bounds that the answer gives, where the words of a figure set none."""
    given = {
        (part.get("kind"), (words(part.get("text")) or "").casefold()): part
        for part in parts(item.get("casualties"))
        if isinstance(part.get("kind"), str)
    }
    return incident.model_copy(
        update={
            "casualties": tuple(
                _bounded(figure, given.get((figure.kind.value, (figure.text or "").casefold()), {}))
                for figure in incident.casualties
            )
        }
    )


def _bounded(figure: Casualty, part: Mapping[str, Any]) -> Casualty:
    if (figure.low, figure.high) != (None, None):
        return figure
    own = {"low": part.get("low"), "high": part.get("high")}
    try:
        return Casualty.model_validate({**figure.model_dump(), **own})
    except ValidationError:
        return figure
