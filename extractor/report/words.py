"""Values of an extraction in words, for the reports that people read."""

from collections.abc import Iterable

from extractor.schemas import Attribution, Casualty, Extraction, Sourcing

ARTICLE_VOICE = "the article"
UNNAMED = "unnamed source"


class Names:
    """Looks up what the ids of an extraction stand for."""

    def __init__(self, extraction: Extraction) -> None:
        self._extraction = extraction
        self._names = {actor.id: actor.name for actor in extraction.actors}

    def of(self, actors: Iterable[str]) -> list[str]:
        """Names of the actors with these ids."""
        return [self._names[actor] for actor in actors]

    def source_of(self, casualty: Casualty) -> str:
        """Who gives a figure."""
        return ARTICLE_VOICE if casualty.source is None else self._names[casualty.source]

    def speaker(self, attribution: Attribution) -> str:
        """Who makes a statement."""
        if attribution.source is not None:
            return self._names[attribution.source]
        return ARTICLE_VOICE if attribution.sourcing is Sourcing.ARTICLE else UNNAMED

    def attributions_of(self, incident: str) -> list[Attribution]:
        """What is said about an incident."""
        return [item for item in self._extraction.attributions if item.incident == incident]


def spoken(value: str) -> str:
    """An enum's value as words."""
    return value.replace("_", " ")


def bounds(casualty: Casualty) -> str:
    """The numbers that a figure's wording allows: `3`, `3-5`, `3+`, `0-5` or `?`."""
    low, high = casualty.low, casualty.high
    if low is None and high is None:
        return "?"
    if high is None:
        return f"{low}+"
    if low == high:
        return f"{high}"
    return f"{low or 0}-{high}"
