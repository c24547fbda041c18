"""Rules of wording on any sentences: they invent nobody, and settle in one pass."""

from hypothesis import given
from hypothesis import strategies as st

from extractor.pipeline.counting import by_counting
from extractor.pipeline.findings import Act, Findings, Told, new_actor
from extractor.pipeline.settling import settled
from extractor.pipeline.speaking import with_speakers
from extractor.pipeline.wording import by_wording
from extractor.schemas.codes import (
    ActorKind,
    Aspect,
    Certainty,
    IncidentStatus,
    IncidentType,
    Stance,
)
from extractor.schemas.steps import FrameAnswer, SpeakerAnswer, StatementAnswer

NAMES = ["Reed Front", "Reed Front fighters", "RF", "U.S.", "coalition", "envoy", "Olm", "blasts"]
WORDS = [*NAMES, "the", "has claimed", "responsibility", "denied", "blamed", "told", "said", "not"]
WORDS += ["airstrike", "claimed by", "rejected", "the claim", "killed", ",", ".", '"', "(", "*"]
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
NAME = st.sampled_from(NAMES)


@st.composite
def findings(draw: st.DrawFn) -> tuple[Findings, dict[int, str]]:
    sentences = {n: draw(SENTENCES) for n in range(1, draw(st.integers(2, 4)))}
    acts, told = [], []
    for number in sentences:
        speaker = SpeakerAnswer(source=draw(NAME), medium=None)
        frame = FrameAnswer(
            what="It happened.",
            by=draw(st.lists(NAME, max_size=2)),
            against=[],
            harmed=draw(st.lists(NAME, max_size=2)),
            things=[],
            weapons=[],
            when=None,
            where=None,
            country=None,
            status=IncidentStatus.CARRIED_OUT,
        )
        acts.append(Act((number,), draw(st.sampled_from([*IncidentType])), frame, speaker))
        answer = StatementAnswer(
            responsible=draw(st.lists(NAME, max_size=2)),
            about=draw(st.sampled_from([*Aspect])),
            certainty=Certainty.CERTAIN,
            says="It was so.",
        )
        told.append(Told(number, draw(st.sampled_from([*Stance])), answer, speaker))
    kinds = {name: draw(st.sampled_from([*ActorKind])) for name in NAMES}
    actors = {name: new_actor(name, kind) for name, kind in kinds.items()}
    return Findings(acts=acts, told=told, actors=actors), sentences


@given(findings())
def test_nobody_is_invented_and_every_party_is_described(
    given: tuple[Findings, dict[int, str]],
) -> None:
    found, sentences = given
    text = " ".join(sentences.values())
    for rule in (with_speakers, by_wording, by_counting):
        found = rule(settled(found, text), sentences)
    parties = {name for told in found.told for name in told.answer.responsible}
    parties |= {name for act in found.acts for name in act.frame.by}
    assert parties <= {*found.actors}
    assert all(name in NAMES or name in text for name in found.actors)
    voices = {speaker.source for speaker in found.speakers}
    assert voices <= {*found.actors, "article"}


@given(findings())
def test_a_settled_name_stays(given: tuple[Findings, dict[int, str]]) -> None:
    found, sentences = given
    text = " ".join(sentences.values())
    once = settled(found, text)
    assert {*settled(once, text).actors} <= {*once.actors}
