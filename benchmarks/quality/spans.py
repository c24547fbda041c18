"""What LangExtract's extractions say, read as incidents, actors and statements."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz, process

from benchmarks.quality.reading import Reader, actor, label, listed, nearest, voice, words
from extractor import Article, Extraction
from extractor.grounding.numbers import mentions
from extractor.pipeline.windows import merged
from extractor.schemas import (
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
    DraftActor,
    DraftFigure,
    DraftIncident,
    DraftObject,
    DraftStatement,
)

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

    def _actor(self, span: Mapping[str, Any]) -> DraftActor:
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
