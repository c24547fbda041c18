"""What is told beside the scores: grounding, confusion of labels, distance of figures."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TypeVar

from extractor.evaluation.alignment import Alignment
from extractor.evaluation.confidence import confidences
from extractor.evaluation.data import Matched
from extractor.evaluation.numerics import best_pairs
from extractor.evaluation.reports import CasualtyFigures, Confusion, Grounding
from extractor.evaluation.strings import similarity
from extractor.schemas import Attribution, Casualty, Incident

_R = TypeVar("_R", Incident, Attribution)

MISSED, SPURIOUS = "(missed)", "(not gold)"
_DROPPED = frozenset({"not_in_text", "no_evidence", "no_such_sentence"})
"""Rules of the warnings that tell of a value without ground in the article."""


@dataclass
class Tables:
    """Pairs of gold and predicted value, as they are found article by article."""

    types: Counter[tuple[str, str]] = field(default_factory=Counter)
    stances: Counter[tuple[str, str]] = field(default_factory=Counter)
    certainties: Counter[tuple[str, str]] = field(default_factory=Counter)
    confidences: Counter[tuple[str, str]] = field(default_factory=Counter)
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, pair: Matched, alignment: Alignment) -> None:
        """Count the pairs of one article."""
        gold, predicted = pair.gold.labels, pair.extraction
        for one, two in _side_by_side(gold.incidents, predicted.incidents, alignment.incidents):
            self.types[one.type if one else SPURIOUS, two.type if two else MISSED] += 1
        statements = _side_by_side(
            gold.attributions, predicted.attributions, alignment.attributions
        )
        for said, told in statements:
            self.stances[said.stance if said else SPURIOUS, told.stance if told else MISSED] += 1
            self.certainties[
                said.certainty if said else SPURIOUS, told.certainty if told else MISSED
            ] += 1
            if said and told:
                self.sources[_voice(said), self._heard(said, told, alignment)] += 1
        self._add_confidences(pair, alignment)

    def confusion(self) -> dict[str, Confusion]:
        """The tables of labels by name."""
        return {
            "incident_type": confusion(self.types),
            "stance": confusion(self.stances),
            "certainty": confusion(self.certainties),
            "muc4_confidence": confusion(self.confidences),
        }

    @staticmethod
    def _heard(said: Attribution, told: Attribution, alignment: Alignment) -> str:
        voice = _voice(told)
        if told.source is not None and alignment.actors.get(told.source) != said.source:
            return f"other {voice}"
        return voice

    def _add_confidences(self, pair: Matched, alignment: Alignment) -> None:
        gold = confidences(pair.gold.labels)
        told = {
            (
                alignment.incidents.get(incident, f"predicted {incident}"),
                alignment.actors.get(party, f"predicted {party}"),
            ): value
            for (incident, party), value in confidences(pair.extraction).items()
        }
        for key in gold.keys() | told.keys():
            self.confidences[gold.get(key, SPURIOUS), told.get(key, MISSED)] += 1


def confusion(pairs: Counter[tuple[str, str]]) -> Confusion:
    """The table of some pairs; those without counterpart are listed and not compared."""
    rows: dict[str, dict[str, int]] = {}
    for (gold, predicted), count in sorted(pairs.items()):
        rows.setdefault(str(gold), {})[str(predicted)] = count
    both = {key: n for key, n in pairs.items() if key[0] != SPURIOUS and key[1] != MISSED}
    total, agreeing = sum(both.values()), sum(n for (a, b), n in both.items() if a == b)
    return Confusion(
        rows=rows,
        agreeing=agreeing,
        total=total,
        agreement=agreeing / total if total else None,
    )


def grounding(pairs: Iterable[Matched]) -> Grounding:
    """How many quotes are verbatim, and how many values were dropped for want of one."""
    quotes = verbatim = dropped = 0
    recorded = True
    for pair in pairs:
        text, prediction = pair.gold.article.text, pair.prediction
        for _, evidence in pair.extraction.all_evidence():
            quotes += 1
            verbatim += text[evidence.start : evidence.end] == evidence.quote
        if prediction.warnings is None:
            recorded = False
        else:
            dropped += sum(warning.rule in _DROPPED for warning in prediction.warnings)
    values = quotes + dropped
    return Grounding(
        quotes=quotes,
        verbatim=verbatim,
        rate=verbatim / quotes if quotes else None,
        dropped=dropped if recorded else None,
        dropped_rate=dropped / values if recorded and values else None,
    )


@dataclass
class Figures:
    """Casualty figures of paired incidents, as they are compared article by article."""

    gold: int = 0
    predicted: int = 0
    compared: int = 0
    exact: int = 0
    overlapping: int = 0
    same_source: int = 0
    errors: list[float] = field(default_factory=list)

    def add(self, pair: Matched, alignment: Alignment) -> None:
        """Compare the figures of one article."""
        gold = {incident.id: incident for incident in pair.gold.labels.incidents}
        for incident in pair.extraction.incidents:
            if other := gold.get(alignment.incidents.get(incident.id, "")):
                self._add(incident, other, alignment)

    def report(self) -> CasualtyFigures:
        """The sums."""
        return CasualtyFigures(
            gold=self.gold,
            predicted=self.predicted,
            compared=self.compared,
            exact=self.exact,
            overlapping=self.overlapping,
            same_source=self.same_source,
            numbered=len(self.errors),
            mean_absolute_error=sum(self.errors) / len(self.errors) if self.errors else None,
        )

    def _add(self, predicted: Incident, gold: Incident, alignment: Alignment) -> None:
        ours, theirs = predicted.casualties, gold.casualties
        self.gold += len(theirs)
        self.predicted += len(ours)
        for row, column in best_pairs([[_nearness(a, b) for b in theirs] for a in ours]):
            one, two = ours[row], theirs[column]
            source = one.source and alignment.actors.get(one.source, "")
            self.compared += 1
            self.exact += _bounds(one) == _bounds(two)
            self.overlapping += _overlap(one, two)
            self.same_source += source == two.source
            numbers = _number(one), _number(two)
            if numbers[0] is not None and numbers[1] is not None:
                self.errors.append(abs(numbers[0] - numbers[1]))


def _side_by_side(
    gold: Sequence[_R], predicted: Sequence[_R], pairs: Mapping[str, str]
) -> Iterator[tuple[_R | None, _R | None]]:
    """Gold records with their counterparts, then predicted ones that have none."""
    by_gold = {pairs[record.id]: record for record in predicted if record.id in pairs}
    yield from ((record, by_gold.get(record.id)) for record in gold)
    yield from ((None, record) for record in predicted if record.id not in pairs)


def _voice(attribution: Attribution) -> str:
    return str(attribution.sourcing)


def _bounds(casualty: Casualty) -> tuple[int | None, int | None]:
    return casualty.low, casualty.high


def _number(casualty: Casualty) -> float | None:
    """The middle of a figure, or its one bound."""
    bounds = [bound for bound in _bounds(casualty) if bound is not None]
    return sum(bounds) / len(bounds) if bounds else None


def _overlap(one: Casualty, two: Casualty) -> bool:
    if _number(one) is None or _number(two) is None:
        return _bounds(one) == _bounds(two)
    low = max(one.low or 0, two.low or 0)
    high = min(inf if c.high is None else c.high for c in (one, two))
    return low <= high


def _nearness(one: Casualty, two: Casualty) -> float:
    """How likely two figures count the same people; 0 for figures of another kind."""
    if one.kind is not two.kind:
        return 0.0
    score = 1.0 + 2.0 * (_bounds(one) == _bounds(two)) + _overlap(one, two)
    if one.who and two.who:
        score += 0.5 * similarity(one.who, two.who)
    numbers = _number(one), _number(two)
    if numbers[0] is not None and numbers[1] is not None:
        score += 0.2 / (1 + abs(numbers[0] - numbers[1]))
    return score
