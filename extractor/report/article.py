"""The article view: the text with its evidence marked, and beside it what was extracted."""

from collections.abc import Iterable
from dataclasses import dataclass

from extractor.articles import Article
from extractor.pipeline.outcome import Outcome
from extractor.report.highlight import Kind, Segment, figure_id, marks, segments
from extractor.report.page import environment
from extractor.report.words import Names, bounds, spoken
from extractor.schemas import (
    ArticleMeta,
    Attribution,
    Evidence,
    Extraction,
    Incident,
    IncidentDate,
    ParticipantRole,
    Provenance,
)


@dataclass(frozen=True)
class ArticleView:
    """What the template `article.html` shows, and the words that it asks for."""

    about: Article | ArticleMeta
    extraction: Extraction | None
    provenance: Provenance | None
    segments: list[Segment]
    """The marked text; empty where only the extraction is at hand."""
    outcome: Outcome | None = None

    @classmethod
    def of_outcome(cls, outcome: Outcome) -> "ArticleView":
        """The view of what became of an article."""
        found = outcome.extraction
        parts = segments(outcome.article.text, marks(found) if found else ())
        return cls(outcome.article, found, outcome.provenance, parts, outcome)

    @classmethod
    def of_extraction(cls, extraction: Extraction) -> "ArticleView":
        """The view of an extraction without its article's text."""
        return cls(extraction.article, extraction, extraction.provenance, [])

    @property
    def heading(self) -> str:
        """The headline, or the id of an article that has none."""
        return self.about.title or self.about.id

    @property
    def names(self) -> Names:
        """Looks up the names of actors."""
        return Names(self._found)

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of evidence that are marked."""
        return [kind for kind in Kind if any(kind in part.kinds for part in self.segments)]

    @property
    def labels(self) -> dict[str, str]:
        """What each record is called when the pointer rests on its words."""
        found = self._found
        labels = {i.id: f"{i.id} {spoken(i.type)}" for i in found.incidents}
        labels |= {
            a.id: f"{a.id} {a.stance} by {self.names.speaker(a)}" for a in found.attributions
        }
        labels |= {a.id: f"{a.id} {a.name}" for a in found.actors}
        for incident in found.incidents:
            for number, casualty in enumerate(incident.casualties, start=1):
                label = f"{incident.id} {spoken(casualty.kind)} {bounds(casualty)}"
                labels[figure_id(incident, number)] = label
        return labels

    @staticmethod
    def roles(incident: Incident) -> Iterable[tuple[ParticipantRole, tuple[str, ...]]]:
        """The roles that somebody has in an incident, and who."""
        for role in ParticipantRole:
            if actors := incident.actors_in_role(role):
                yield role, actors

    @staticmethod
    def place(incident: Incident) -> str:
        """Where it happened, from the smallest place to the country."""
        where = incident.location
        if where is None:
            return ""
        parts = (where.name, where.city, where.region, where.country)
        return ", ".join(dict.fromkeys(part for part in parts if part))

    @staticmethod
    def day(when: IncidentDate) -> str:
        """When it happened, as days."""
        if when.start is None or when.end is None:
            return "not resolved to a day"
        if when.start == when.end:
            return when.start.isoformat()
        return f"{when.start} to {when.end} ({when.precision})"

    def conflicts(self, attribution: Attribution) -> list[Attribution]:
        """The statements that cannot be true together with this one."""
        others = self.names.attributions_of(attribution.incident)
        return [other for other in others if other.id in attribution.conflicts_with]

    figure_id = staticmethod(figure_id)

    @staticmethod
    def quotes(evidence: Iterable[Evidence]) -> list[str]:
        """The words that a record rests on."""
        return [item.quote for item in evidence]

    @property
    def _found(self) -> Extraction:
        if self.extraction is None:
            raise ValueError(f"there is no result of article {self.about.id}")
        return self.extraction


def article_html(view: ArticleView) -> str:
    """The article view alone, to stand in a page."""
    return environment().get_template("article.html").render(view=view)
