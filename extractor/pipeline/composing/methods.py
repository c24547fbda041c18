"""How an attack was done, by the words for it, where a small model answers only that it was one."""

import re
from collections.abc import Iterable, Sequence

from extractor.schemas.codes import IncidentType

# Ordered: the more exact ones first.
_ATTACKS = {
    IncidentType.SUICIDE_BOMBING: r"\bsuicide (?:attack|bomb)",
    IncidentType.AIR_STRIKE: r"\bair ?strike|\bair raid|\bwarplane|\bdrones?\b|\bbarrel bomb"
    r"|\bstrikes? (?:hit|killed|on|against)\b",
    IncidentType.SHELLING: r"\bshell(?:ed|ing|s)\b|\bmortar|\bartillery|\b(?:rocket|missile)s?\b",
    IncidentType.BOMBING: r"\bbomb(?:ed|ing|ings|s)?\b|\bexplo(?:sion|d|sive)|\bblasts?\b",
    IncidentType.ARMED_ASSAULT: r"\bgunm[ae]n\b|\bambush|\bopened fire\b|\bshooting\b|\bshot\b"
    r"|\bgrenades?\b|\bstabb|\bkni(?:fe|ves)\b|\bmachetes?\b|\bhacked\b|\bbeaten (?:to death|up)\b",
}
# What else a small model calls a bombing: said of the bomb itself, for a bomb may kill gunners.
_BOMBINGS = {
    IncidentType.SUICIDE_BOMBING: r"\bsuicide (?:attack|bomb)",
    IncidentType.AIR_STRIKE: r"\bair ?(?:strike|raid)s?\b|\bdrones? (?:hit|struck|packed|attack)"
    r"|\b(?:aircraft|warplanes?|jets?|helicopters?|planes?) (?:also |later |then )?"
    r"(?:bomb|hit|struck|attack)",
    IncidentType.SHELLING: r"\bmortar (?:attack|bomb|fire|shell)|\brocket (?:attack|fire)"
    r"|\bshelled\b",
    IncidentType.ARSON: r"\b(?:petrol|fire|gasoline)[ -]?bombs?\b|\bMolotov",
}
_ASSAULTS = {
    IncidentType.ARMED_CLASH: r"\b(?:fired|shot|shooting|firing) at each other\b|\bgun ?battles?\b"
    r"|\bfire ?fights?\b|\bexchang\w+ (?:of )?(?:gun)?fire\b|\bclash(?:ed|es)?\b",
}
_RAIDED = r"\b(?:raided|searched)\b|\bin a raid\b"
# Where something is taken: what is carried off is looted, and what a force looks through is raided.
_SEIZURES = {
    IncidentType.SABOTAGE: r"\b(?:looted|ransacked|plundered|pillaged)\b",
    IncidentType.RAID: _RAIDED,
    IncidentType.KIDNAPPING: r"\b(?:kidnapped|abducted)\b",
    IncidentType.ARSON: r"\b(?:burned|burnt|torched|set (?:fire|ablaze|alight))\b",
}
_ARRESTS = {IncidentType.RAID: _RAIDED}
_WORDS = {
    IncidentType.ATTACK: _ATTACKS,
    IncidentType.BOMBING: _BOMBINGS,
    IncidentType.ARMED_ASSAULT: _ASSAULTS,
    IncidentType.SEIZURE: _SEIZURES,
    IncidentType.ARREST: _ARRESTS,
}
_HEARD = re.compile(
    r"\b(?:heard|hearing|saw|seen)\b[^,.;]{0,30}?"
    r"\b(?:planes?|aircraft|jets?|helicopters?|drones?|missiles?|rockets?|shells?|explosions?|blasts?|shots?|gunfire|shooting)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:Early|Late|Earlier|Later|On|In|At|Over|Overnight|Last|Meanwhile|Shortly|[A-Z]{3,})\b"
    r"[^,]{0,30}, "
)
"""A time or place before what happened."""
_ANOTHER = re.compile(r"\b(?:hour|day|week|month|year)s? (?:after|before|since)\b")


def of_this_act(sentence: str) -> str:
    """A sentence without what it tells of another act: "a week after the bombing"."""
    return _ANOTHER.split(sentence)[0]


def exact_type(kinds: Sequence[IncidentType]) -> IncidentType:
    """The first type that is more than an attack, of what sentences about one incident report."""
    return next((kind for kind in kinds if kind is not IncidentType.ATTACK), kinds[0])


def method_told(kind: IncidentType, sentences: Iterable[str]) -> IncidentType:
    """How an attack or bombing was done by the sentences that report it; `kind` where none tells.

    Of a bombing only the beginnings of sentences count, which tell of it.
    """
    words = _WORDS.get(kind, {})
    parts = [of_this_act(sentence) for sentence in sentences]
    if kind is IncidentType.BOMBING:
        parts = [_LEAD.sub("", part).partition(",")[0] for part in parts]
    text = " ".join(parts)
    told = (other for other, told_by in words.items() if re.search(told_by, text, re.IGNORECASE))
    return next(told, kind)


def tells_method(sentence: str) -> bool:
    """Whether a sentence has a word for how an attack was done, or for what was heard of it."""
    told = method_told(IncidentType.ATTACK, [sentence]) is not IncidentType.ATTACK
    return told or _HEARD.search(sentence) is not None
