"""Who says what a sentence tells, by its words."""

import pytest

from extractor.pipeline.composing.findings import Findings, Told, new_actor
from extractor.pipeline.composing.speaking import with_speakers
from extractor.schemas.codes import ActorKind, Stance
from tests.answers import told

KINDS = {
    "Reuters": ActorKind.MEDIA,
    "mayor": ActorKind.PERSON,
    "Front": ActorKind.ARMED_GROUP,
    "army": ActorKind.STATE_FORCE,
}


def read(
    *sentences: str, source: str, responsible: tuple[str, ...] = (), english: bool = True
) -> Told:
    """The statement of the last sentence, which is taken to be by `source`."""
    numbered = dict(enumerate(sentences, 1))
    statement = told(len(sentences), Stance.CLAIM, source, *responsible)
    actors = {name: new_actor(name, kind) for name, kind in KINDS.items()}
    found = with_speakers(Findings(told=[statement], actors=actors), numbered, english=english)
    return found.told[0]


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("A police officer told Reuters that the Front did it.", "police officer"),
        ("On Friday a police officer told Reuters that it was over.", "police officer"),
        ("The mayor later told Reuters that it was over.", "mayor"),
        ("The mayor has told Reuters that it was over.", "mayor"),
        ("He told Reuters that it was over.", "Reuters"),
        ("The mayor went to the scene and told Reuters that it was over.", "Reuters"),
        ("The man from the village told Reuters that it was over.", "man from the village"),
        ("Reuters said that the mayor was told.", "Reuters"),
    ],
)
def test_who_told_it_is_the_source(sentence: str, source: str) -> None:
    assert read(sentence, source="Reuters").speaker.source == source


def test_whom_it_was_told_is_not_to_blame() -> None:
    read_ = read(
        "The mayor told the army that the Front did it.",
        source="mayor",
        responsible=("army", "Front"),
    )
    assert read_.answer.responsible == ["Front"]


def test_who_spoke_before_may_be_blamed() -> None:
    read_ = read(
        "The army said the road was closed.",
        "The Front blamed the army for the bombing.",
        source="Front",
        responsible=("army",),
    )
    assert (read_.speaker.source, read_.answer.responsible) == ("Front", ["army"])


def test_who_believes_it_is_its_source() -> None:
    read_ = read(
        "The army believes the Front did it.", source="Reuters", responsible=("army", "Front")
    )
    assert (read_.speaker.source, read_.answer.responsible) == ("army", ["Front"])


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The Front crossed the river.", "article"),
        ("The government held the Front responsible for it.", "Front"),
        ("Officials attributed it to the Front.", "Front"),
        ("The Front crossed: nobody was there.", "article"),
        ('The Front: "Nobody was there."', "Front"),
    ],
)
def test_nobody_speaks_without_a_word_for_speaking(sentence: str, source: str) -> None:
    assert read(sentence, source="Front").speaker.source == source
    assert read(sentence, source="Front", english=False).speaker.source == "Front"


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("A clerk who is alleged to have helped was freed.", "article"),
        ("Three were taken away for questioning.", "article"),
        ("Two men shot a clerk in Tell Orlavik.", "article"),
        ("TWO MEN SHOT A CLERK, THEY TELL.", "Front"),
        ("Diplomats questioned it.", "Front"),
    ],
)
def test_what_is_said_of_somebody_is_said_by_nobody(sentence: str, source: str) -> None:
    assert read("The Front denied it.", sentence, source="Front").speaker.source == source
