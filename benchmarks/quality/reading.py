"""What a peer's answer says, put into this project's own draft and assembled like one.

So a peer gets for nothing what this project does after the model has answered: quotes are
looked up, names are resolved, times become days and words figures, and what the codebook
implies is added. A part that cannot be used is left out and the rest is kept.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from rapidfuzz import fuzz, process

from extractor import Article, Extraction
from extractor.fingerprint import text_sha256
from extractor.grounding.align import Aligner
from extractor.grounding.figures import bounds
from extractor.grounding.numbers import mentions
from extractor.grounding.places import country_code
from extractor.grounding.sentences import split_sentences
from extractor.pipeline.assemble import Assembly, assemble
from extractor.pipeline.values import Source, without_article
from extractor.schemas import Actor, ActorKind, ArticleMeta
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED, Draft, DraftActor

_E = TypeVar("_E", bound=StrEnum)

_NOTHING = frozenset(
    {"", "-", "null", "none", "n/a", "unknown", "unspecified", "not specified", "not stated"}
)
_LIKE = 75
"""Likeness, of 100, from which a label counts as one of the closed set."""
_SYNONYMS = {
    "airstrike": "air_strike",
    "drone_strike": "air_strike",
    "abduction": "kidnapping",
    "ambush": "armed_assault",
    "shooting": "armed_assault",
    "clash": "armed_clash",
    "battle": "armed_clash",
    "explosion": "bombing",
    "rocket_attack": "shelling",
    "murder": "assassination",
    "looting": "sabotage",
    "robbery": "sabotage",
    "demonstration": "protest",
    "confirmed": "certain",
    "alleged": "likely",
    "military": "state_force",
    "police": "state_force",
    "militant_group": "armed_group",
    "organization": "other",
}
"""Labels of other people that have one meaning here."""
_VOICES = {
    "article": ARTICLE,
    "the article": ARTICLE,
    "author": ARTICLE,
    "narrator": ARTICLE,
    "report": ARTICLE,
    "reportedly": UNATTRIBUTED,
    "unattributed": UNATTRIBUTED,
    "reports": UNATTRIBUTED,
}


def words(value: object) -> str | None:
    """A string that says something, else None."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or value.strip().casefold() in _NOTHING:
        return None
    return value.strip()


def listed(value: object) -> list[str]:
    """The strings of a list, or of a string that lists some, each once."""
    found = re.split(r"[;,]", value) if isinstance(value, str) else value
    if not isinstance(found, list):
        return []
    return list(dict.fromkeys(said for part in found if (said := words(part))))


def parts(value: object) -> list[dict[str, Any]]:
    """The objects of a list, whatever else stands in it."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def label(kind: type[_E], value: object, default: _E) -> _E:
    """The member that a label means: the same, a synonym, or one much like it."""
    key = re.sub(r"[\s-]+", "_", (words(value) or "").casefold())
    key = _SYNONYMS.get(key, key)
    members = [member.value for member in kind]
    close = process.extractOne(key, members, scorer=fuzz.ratio, score_cutoff=_LIKE)
    return kind(close[0]) if close else default


def voice(source: object) -> str:
    """A source by name, or `article` or `unattributed`."""
    name = words(source)
    return ARTICLE if name is None else _VOICES.get(name.casefold(), name)


class Reader:
    """Turns what was said about one article into an extraction."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.source = Source(
            text=article.text,
            sentences=split_sentences(article.text, article.language),
            aligner=Aligner(article.text),
            published=article.published,
            language=article.language,
        )

    def sentences(self, quotes: Iterable[str], like: str = "") -> list[int]:
        """Numbers of the sentences with these quotes; without any, of the one most like `like`."""
        found: dict[int, None] = {}
        for quote in quotes:
            if span := self.source.aligner.find(quote):
                found.update(dict.fromkeys(self.within(span.start, span.end)))
        return list(found) or [self._most_like(like)]

    def within(self, start: int, end: int) -> list[int]:
        """Numbers of the sentences that share characters with a stretch of the text."""
        return [s.number for s in self.source.sentences if s.start < end and start < s.end]

    def number(self, low: object, high: object, sentence: int) -> str | None:
        """The words of the article for a figure given by its bounds, in that sentence first."""
        sentences = sorted(self.source.sentences, key=lambda s: s.number != sentence)
        for text in (self.article.text[s.start : s.end] for s in sentences):
            for start, end in mentions(text):
                if bounds(text[start:end]) == (low, high):
                    return text[start:end]
        return None

    def _most_like(self, like: str) -> int:
        texts = [self.article.text[s.start : s.end] for s in self.source.sentences]
        close = process.extractOne(like, texts, scorer=fuzz.token_set_ratio)
        return close[2] + 1

    def assemble(self, draft: Draft) -> Assembly:
        """Build what can be built of `draft`."""
        return assemble(draft, self.source)

    def extraction(self, draft: Draft, assembly: Assembly) -> Extraction:
        """The extraction, with the actors of `draft` to which nothing refers as well."""
        article = self.article
        meta = ArticleMeta(**article.model_dump(exclude={"text"}), sha256=text_sha256(article.text))
        return Extraction.model_validate(
            {
                "schema_version": "1.0",
                "article": meta,
                "actors": (*assembly.actors, *self._others(draft.actors, assembly.actors)),
                "incidents": assembly.incidents,
                "attributions": assembly.attributions,
            },
            context={"text": article.text},
        )

    def _others(self, drafts: Sequence[DraftActor], known: Sequence[Actor]) -> Iterator[Actor]:
        seen = {name.casefold() for actor in known for name in (actor.name, *actor.aliases)}
        number = len(known)
        for draft in drafts:
            name = without_article(draft.name)
            span = self.source.aligner.find(name)
            if span is None or name.casefold() in seen or draft.name.casefold() in seen:
                continue
            seen.update((name.casefold(), draft.name.casefold()))
            number += 1
            yield Actor(
                id=f"a{number}",
                name=self.article.text[span.start : span.end],
                aliases=(),
                kind=draft.kind,
                role=None,
                affiliation=None,
                country=country_code(draft.country),
                evidence=(self.source.aligner.evidence(span.start, span.end),),
            )


def nearest(sentence: int, starts: Sequence[int]) -> int:
    """Position of the incident that a statement is about if it does not tell: the last before it.

    Args:
        sentence: Number of the sentence with the statement.
        starts: Number of the first sentence of each incident.
    """
    before = [start for start in starts if start <= sentence]
    return starts.index(max(before) if before else min(starts))


def actor(
    name: str,
    *,
    kind: object = None,
    aliases: object = None,
    role: object = None,
    member_of: str | None = None,
    country: object = None,
) -> DraftActor:
    """A drafted actor, without the bounds that hold while it is written."""
    return DraftActor.model_construct(
        name=name,
        aliases=listed(aliases),
        kind=label(ActorKind, kind, ActorKind.OTHER),
        role=words(role),
        member_of=member_of,
        country=words(country),
    )
