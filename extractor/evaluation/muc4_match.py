"""When a predicted fill of a MUC-4 slot is the gold one, and which templates belong together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from extractor.evaluation.muc4_data import (
    MAIN_SLOTS,
    OTHER_SLOTS,
    SLOTS,
    STRING_SLOTS,
    Days,
    Fill,
    Place,
    Template,
    Value,
)
from extractor.evaluation.numerics import best_pairs
from extractor.evaluation.scores import Cell
from extractor.evaluation.strings import tokens

_PREPOSITIONS = frozenset(
    {"of", "in", "at", "on", "from", "for", "with", "by", "to", "near", "against", "de", "del"}
)
_OTHER_WEIGHT = 0.01
"""What other slots add to a pair of templates: enough to break a tie, never to make one."""
_REQUIRED_WEIGHT = 0.001
"""What a required fill or template is preferred by over an optional one."""

SlotPairs = dict[str, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Paired:
    """A gold template, a predicted one, or one of each that belong together."""

    predicted: Template | None
    gold: Template | None
    matches: SlotPairs
    """For each slot the predicted and gold fills that match."""

    @property
    def counted(self) -> bool:
        """Whether it is rewarded or punished: an optional gold template is neither."""
        return self.gold is None or not self.gold.optional


def paired(predicted: Sequence[Template], gold: Sequence[Template]) -> list[Paired]:
    """Pair templates one to one so that as many main fills as possible match."""
    # Sorted, so that not the order decides about a tie but the content.
    predicted, gold = sorted(predicted, key=_content), sorted(gold, key=_content)
    matches = [[_matches(one, two) for two in gold] for one in predicted]
    weights = [
        [_weight(matches[row][column], two) for column, two in enumerate(gold)]
        for row in range(len(predicted))
    ]
    found = best_pairs(weights)
    used = {row for row, _ in found}, {column for _, column in found}
    return [
        *(Paired(predicted[row], gold[column], matches[row][column]) for row, column in found),
        *(Paired(one, None, {}) for row, one in enumerate(predicted) if row not in used[0]),
        *(Paired(None, two, {}) for column, two in enumerate(gold) if column not in used[1]),
    ]


def slot_counts(pairs: Sequence[Paired]) -> dict[str, Cell]:
    """True positives, false positives and false negatives of each slot."""
    counts = {slot: [0, 0, 0] for slot in SLOTS}
    for pair in pairs:
        if not pair.counted:
            continue
        for slot, cell in counts.items():
            ours = pair.predicted.of(slot) if pair.predicted else ()
            theirs = pair.gold.of(slot) if pair.gold else ()
            matches = pair.matches.get(slot, [])
            right = sum(not theirs[column].optional for _, column in matches)
            cell[0] += right
            cell[1] += len(ours) - len(matches)
            cell[2] += sum(not fill.optional for fill in theirs) - right
    return {slot: (cell[0], cell[1], cell[2]) for slot, cell in counts.items()}


def fills_match(slot: str, predicted: Fill, gold: Fill) -> bool:
    """Whether any form of the predicted fill is any alternative of the gold one."""
    if not any(_same(slot, one, two) for one in predicted.values for two in gold.values):
        return False
    if gold.referent is None or predicted.referent is None:
        return gold.referent is predicted.referent
    return any(same_string(one, two) for one in predicted.referent for two in gold.referent)


@lru_cache(maxsize=65_536)
def same_string(one: str, two: str) -> bool:
    """Whether two strings name the same thing.

    They do if they have the same words, or the same head and most words in common, or the
    same head and one has all words of the other. Case, punctuation, a leading article and
    the plural do not count.
    """
    first, second = _stems(one), _stems(two)
    if first == second:
        return bool(first) or one == two
    if not first or not second or _head(first) != _head(second):
        return False
    common = (Counter(first) & Counter(second)).total()
    most = 2 * common > (len(first) + len(second)) / 2
    return most or common == min(len(first), len(second))


def _stems(text: str) -> tuple[str, ...]:
    return tuple(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in tokens(text)
    )


def _head(words: Sequence[str]) -> str:
    """The last word before the first preposition."""
    for number, word in enumerate(words):
        if word in _PREPOSITIONS and number:
            return words[number - 1]
    return words[-1]


def _content(template: Template) -> str:
    fills = sorted((slot, sorted(map(repr, found))) for slot, found in template.fills.items())
    return repr((template.optional, fills))


def _matches(predicted: Template, gold: Template) -> SlotPairs:
    return {slot: _fill_pairs(slot, predicted.of(slot), gold.of(slot)) for slot in SLOTS}


def _fill_pairs(
    slot: str, predicted: Sequence[Fill], gold: Sequence[Fill]
) -> list[tuple[int, int]]:
    return best_pairs(
        [
            [
                (1 + _REQUIRED_WEIGHT * (not two.optional)) * fills_match(slot, one, two)
                for two in gold
            ]
            for one in predicted
        ]
    )


def _weight(matches: SlotPairs, gold: Template) -> float:
    main = sum(len(matches[slot]) for slot in MAIN_SLOTS)
    if not main:
        return 0.0
    others = sum(len(matches[slot]) for slot in OTHER_SLOTS)
    return main + _OTHER_WEIGHT * others + _REQUIRED_WEIGHT * (not gold.optional)


def _same(slot: str, one: Value, two: Value) -> bool:
    if isinstance(one, Days) and isinstance(two, Days):
        return _same_days(one, two)
    if isinstance(one, Place) and isinstance(two, Place):
        return _same_place(one, two)
    if isinstance(one, str) and isinstance(two, str) and slot in STRING_SLOTS:
        return same_string(one, two)
    return one == two


def _same_days(one: Days, two: Days) -> bool:
    if one == two:
        return True
    if (one.start is None and one.end is None) or (two.start is None and two.end is None):
        return False
    starts_before_end = one.start is None or two.end is None or one.start <= two.end
    ends_after_start = one.end is None or two.start is None or one.end >= two.start
    return starts_before_end and ends_after_start


def _same_place(predicted: Place, gold: Place) -> bool:
    if predicted.country and gold.country and predicted.country != gold.country:
        return False
    if gold.names and predicted.names:
        return any(same_string(one, two) for one in predicted.names for two in gold.names)
    return not gold.names and predicted.country == gold.country
