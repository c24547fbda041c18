"""How an attack was done, by the words for it, where a small model answers only that it was one."""

import re
from collections.abc import Iterable

from extractor.schemas.codes import IncidentType

# Ordered: the more exact ones first.
_METHODS = {
    IncidentType.SUICIDE_BOMBING: r"suicide (?:attack|bomb)",
    IncidentType.AIR_STRIKE: r"air ?strike|air raid|warplane|\bdrones?\b|barrel bomb",
    IncidentType.SHELLING: r"shell(?:ed|ing|s)\b|mortar|artillery|rocket",
    IncidentType.BOMBING: r"bomb(?:ed|ing|s|)\b|bombings|car bomb|explo(?:sion|d|sive)|\bblasts?\b",
    IncidentType.ARMED_ASSAULT: r"gunm[ae]n|ambush|opened fire|shooting|shot",
}

_ANOTHER = re.compile(r"\b(?:hour|day|week|month|year)s? (?:after|before|since)\b")
"""What follows is told of another act: "a week after the bombing"."""


def method_told(sentences: Iterable[str]) -> IncidentType | None:
    """How an attack was done by the words of the sentences that report it."""
    text = " ".join(_ANOTHER.split(sentence)[0] for sentence in sentences)
    told = (kind for kind, words in _METHODS.items() if re.search(words, text, re.IGNORECASE))
    return next(told, None)
