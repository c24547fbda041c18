"""Answers to small questions, as tests of what is composed of them need them."""

from typing import Any

from extractor.pipeline.composing.findings import Told
from extractor.schemas.codes import Aspect, Certainty, IncidentStatus, Stance
from extractor.schemas.steps import FrameAnswer, SpeakerAnswer, StatementAnswer


def frame(**values: Any) -> FrameAnswer:
    """The details of an act of which nothing is told but `values`."""
    parts: dict[str, Any] = {
        "what": "It happened.",
        "by": [],
        "against": [],
        "harmed": [],
        "things": [],
        "weapons": [],
        "when": None,
        "where": None,
        "country": None,
        "status": IncidentStatus.CARRIED_OUT,
    }
    return FrameAnswer(**(parts | values))


def told(number: int, stance: Stance, source: str, *responsible: str, **values: Any) -> Told:
    """A statement of a sentence that holds parties responsible."""
    parts: dict[str, Any] = {
        "responsible": [*responsible],
        "about": Aspect.RESPONSIBILITY,
        "certainty": Certainty.CERTAIN,
        "says": "It was so.",
    }
    answer = StatementAnswer(**(parts | values))
    return Told(number, stance, answer, SpeakerAnswer(source=source, medium=None))
