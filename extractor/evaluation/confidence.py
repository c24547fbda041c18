"""How sure an article ties a perpetrator to an incident, in the terms of MUC-4.

The crosswalk of the codebook, section 3, carried on to the cases that its table leaves open.
"""

from collections.abc import Iterator
from enum import StrEnum

from extractor.schemas import (
    ActorKind,
    Aspect,
    Attribution,
    Certainty,
    Extraction,
    Sourcing,
    Stance,
)


class Confidence(StrEnum):
    """Values of MUC-4, the strongest first."""

    CLAIMED = "CLAIMED OR ADMITTED"
    FACT = "REPORTED AS FACT"
    BY_AUTHORITIES = "SUSPECTED OR ACCUSED BY AUTHORITIES"
    ACCUSED = "SUSPECTED OR ACCUSED"
    POSSIBLE = "POSSIBLE"


_ORDER = list(Confidence)
_AUTHORITIES = frozenset({ActorKind.STATE_FORCE, ActorKind.GOVERNMENT})
_WEAK = frozenset({Certainty.POSSIBLE, Certainty.DOUBTFUL})


def confidences(extraction: Extraction) -> dict[tuple[str, str], Confidence]:
    """For each incident and party held responsible for it the strongest confidence."""
    strongest: dict[tuple[str, str], Confidence] = {}
    voices = _Voices(extraction)
    for attribution in extraction.attributions:
        for party, confidence in voices.of(attribution):
            key = attribution.incident, party
            strongest[key] = min(strongest.get(key, confidence), confidence, key=_ORDER.index)
    return strongest


class _Voices:
    def __init__(self, extraction: Extraction) -> None:
        self._actors = {actor.id: actor for actor in extraction.actors}

    def of(self, attribution: Attribution) -> Iterator[tuple[str, Confidence]]:
        """Each party that a statement holds responsible, and how sure."""
        if attribution.aspect is not Aspect.RESPONSIBILITY or not attribution.stance.affirms:
            return
        for party in attribution.responsible:
            yield party, self._confidence(attribution, party)

    def _confidence(self, attribution: Attribution, party: str) -> Confidence:
        if attribution.certainty in _WEAK:
            return Confidence.POSSIBLE
        if attribution.source is None:
            is_fact = attribution.sourcing is Sourcing.ARTICLE and (
                attribution.stance is Stance.ASSERTION
            )
            return Confidence.FACT if is_fact else Confidence.ACCUSED
        if attribution.stance is Stance.CLAIM or party in self._side(attribution.source):
            return Confidence.CLAIMED
        if any(self._actors[a].kind in _AUTHORITIES for a in self._side(attribution.source)):
            return Confidence.BY_AUTHORITIES
        return Confidence.ACCUSED

    def _side(self, source: str) -> list[str]:
        """The source and the body it belongs to or speaks for."""
        body = self._actors[source].affiliation
        return [source] if body is None else [source, body]
