"""How sure a sentence is, by its words: a small model hears doubt where there is none.

Pure functions.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from extractor.pipeline.composing.clauses import blames
from extractor.pipeline.composing.findings import Findings, Told
from extractor.pipeline.composing.referents import names_somebody
from extractor.schemas.codes import Certainty, Stance

_POSSIBLE = re.compile(
    r"\b(?:(?:(?-i:may)|might|could)(?: also| well| as well)? (?:have been|be|belong)"
    r"|(?<!not )(?<!as )possibl[ey]|perhaps)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:(?-i:may)|might|could|would|appear\w*|seem\w*|possibl[ey]|probabl[ey]|likely|perhaps|maybe"
    r"|apparent\w*|believ\w*|think\w*|thought|suspect\w*|suspicion|assum\w*|presum\w*|alleg\w*"
    r"|report(?:edly|s)|said to|rumou?r\w*|suggest\w*|indicat\w*|whether|if|speculat\w*|fear\w*"
    r"|preliminary|unconfirmed|point\w*)\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"^\W*(?:we|I) (?:will|shall|must)\b(?!.*\b(?:forget|say|prove|show|note|repeat)\b)",
    re.IGNORECASE,
)


def without_promises(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """No statement is what somebody says that he will do himself, about others."""
    kept = [
        one
        for one in found.told
        if not _PROMISE.search(sentences[one.number])
        or one.speaker.source in one.answer.responsible
    ]
    return replace(found, told=kept)


def as_hedged(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """What somebody says is as sure as his words for it: a suspicion has a word of doubt."""

    def told(one: Told) -> Told:
        sentence, speaker = sentences[one.number], one.speaker.source
        if not (one.stance.affirms and names_somebody(speaker)):
            return one
        blamed = one.stance is Stance.ACCUSATION and blames(sentence)
        if [speaker] != one.answer.responsible and not blamed and _POSSIBLE.search(sentence):
            return replace(one.saying(certainty=Certainty.POSSIBLE), stance=Stance.SUSPICION)
        if _HEDGE.search(sentence):
            return one
        sure = one.saying(certainty=Certainty.CERTAIN)
        if one.stance is not Stance.SUSPICION:
            return sure
        return replace(sure, stance=Stance.CLAIM if one.answer.responsible else Stance.ASSERTION)

    return found.with_told(told)
