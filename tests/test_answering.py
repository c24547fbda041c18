"""What is denied and claimed for a side, by a sentence and what was said before it."""

import pytest

from extractor.pipeline.composing.answering import (
    of_own_body,
    stance_told,
    with_blamed,
    with_denials,
    with_rejections,
)
from extractor.pipeline.composing.findings import Findings, Told, new_actor
from extractor.schemas.codes import ActorKind, Aspect, Stance
from tests.answers import told

KINDS = {
    "Tide Front": ActorKind.ARMED_GROUP,
    "army": ActorKind.STATE_FORCE,
    "Relief Line": ActorKind.CIVIL_SOCIETY,
    "Ana Ruhl": ActorKind.PERSON,
    "Jon Marsh": ActorKind.PERSON,
}
CLAIM, ACCUSATION, DENIAL = Stance.CLAIM, Stance.ACCUSATION, Stance.DENIAL


def findings(*said: Told, of: dict[str, str] | None = None) -> Findings:
    actors = {name: new_actor(name, kind) for name, kind in KINDS.items()}
    for name, body in (of or {}).items():
        actors[name] = actors[name].model_copy(update={"of": body})
    return Findings(told=said, actors=actors, aliases={"Tide Front": ["TF"]})


BLAMED = told(1, ACCUSATION, "Jon Marsh", "Tide Front")


@pytest.mark.parametrize(
    ("sentence", "answer", "responsible"),
    [
        ("Ana Ruhl denied it.", told(2, DENIAL, "Ana Ruhl", "Ana Ruhl"), ["Tide Front"]),
        ("Ana Ruhl denied it.", told(2, DENIAL, "Ana Ruhl"), ["Tide Front"]),
        (
            "The port's chief clerk, Ana Ruhl, called it a boast.",
            told(2, DENIAL, "Ana Ruhl", "chief clerk"),
            ["Tide Front"],
        ),
        ("Ana Ruhl denied it.", told(2, DENIAL, "Ana Ruhl", "Relief Line"), ["Relief Line"]),
        ("The army denied it.", told(2, DENIAL, "army", "army"), ["army"]),
        ("Ana Ruhl denied it.", told(9, DENIAL, "Ana Ruhl", "Ana Ruhl"), ["Ana Ruhl"]),
        ("Ana Ruhl came.", told(2, ACCUSATION, "Ana Ruhl", "Ana Ruhl"), ["Ana Ruhl"]),
        (
            "Ana Ruhl denied it.",
            told(2, DENIAL, "Ana Ruhl", "Ana Ruhl", about=Aspect.CASUALTIES),
            ["Ana Ruhl"],
        ),
    ],
)
def test_who_denies_it_without_naming_another_answers_what_was_said(
    sentence: str, answer: Told, responsible: list[str]
) -> None:
    lines = {1: "Jon Marsh blamed the Tide Front.", answer.number: sentence}
    read = with_rejections(findings(BLAMED, answer), lines).told[1]
    assert read.answer.responsible == responsible


def test_who_was_accused_by_name_denies_it_of_himself() -> None:
    lines = {1: "Jon Marsh accused the Tide Front and Ana Ruhl.", 2: "Ana Ruhl denied it."}
    answer = told(2, DENIAL, "Ana Ruhl", "Ana Ruhl")
    assert with_rejections(findings(BLAMED, answer), lines).told[1] == answer


def test_whose_side_doubts_it_doubts_what_was_said() -> None:
    lines = {1: "Jon Marsh blamed the Tide Front.", 2: "Ana Ruhl of the army doubted it."}
    doubt = told(2, Stance.DOUBT, "Ana Ruhl", "army")
    read = with_rejections(findings(BLAMED, doubt, of={"Ana Ruhl": "army"}), lines).told[1]
    assert read.answer.responsible == ["Tide Front"]


def test_nobody_answers_where_nobody_who_does_such_acts_was_held_responsible() -> None:
    blamed = told(1, ACCUSATION, "Jon Marsh", "Relief Line")
    answer = told(2, DENIAL, "Ana Ruhl", "Ana Ruhl")
    lines = {1: "Jon Marsh blamed the Relief Line.", 2: "Ana Ruhl denied it."}
    assert with_rejections(findings(blamed, answer), lines).told[1] == answer


@pytest.mark.parametrize(
    ("sentence", "stance"),
    [
        ("The Tide Front called the accusation absurd.", DENIAL),
        ("The Tide Front dismissed the army's claims as pure propaganda.", DENIAL),
        ("The Tide Front called the accusation serious.", ACCUSATION),
    ],
)
def test_who_calls_an_accusation_false_denies_it(sentence: str, stance: Stance) -> None:
    said = told(1, ACCUSATION, "Tide Front", "Tide Front")
    assert with_denials(findings(said), {1: sentence}).told[0].stance is stance


@pytest.mark.parametrize(
    ("sentence", "said", "responsible"),
    [
        ('"We took the port," Ana Ruhl said.', told(1, CLAIM, "Ana Ruhl"), ["Tide Front"]),
        ("Ana Ruhl said so.", told(1, CLAIM, "Ana Ruhl", "Ana Ruhl"), ["Tide Front"]),
        ("The TF's chief said so.", told(1, CLAIM, "TF's chief", "TF's chief"), ["Tide Front"]),
        ("Ana Ruhl said so.", told(1, CLAIM, "Ana Ruhl"), []),
        ("Ana Ruhl said so.", told(1, ACCUSATION, "Ana Ruhl", "Ana Ruhl"), ["Ana Ruhl"]),
        ("Jon Marsh said so.", told(1, CLAIM, "Jon Marsh", "Jon Marsh"), ["Jon Marsh"]),
        ("Ana Ruhl said so.", told(1, CLAIM, "Ana Ruhl", "army"), ["army"]),
        ("It is said.", told(1, CLAIM, "article", "army"), ["army"]),
    ],
)
def test_what_a_spokesman_claims_is_claimed_for_his_side(
    sentence: str, said: Told, responsible: list[str]
) -> None:
    found = findings(said, of={"Ana Ruhl": "TF", "Jon Marsh": "Relief Line"})
    assert of_own_body(found, {1: sentence}).told[0].answer.responsible == responsible


@pytest.mark.parametrize(
    ("sentence", "stance"),
    [
        ("The army said that it was not involved.", DENIAL),
        ("A lawyer said that they had no part in it.", DENIAL),
        ("The army rejected the allegations.", DENIAL),
        ("The army called the claim a lie, the mayor said.", DENIAL),
        ("The parents accused the army.", ACCUSATION),
        ("We hold the army responsible, she said.", ACCUSATION),
        ("The army said that it was over.", None),
        ("No part of it is left.", None),
        ("The army said no part of the town was safe.", None),
        ("A man accused of the attack was shot, the army said.", None),
        ("Police said the accused was held.", None),
        ("The army has not denied involvement.", None),
    ],
)
def test_the_stance_that_a_sentence_is_worded_in(sentence: str, stance: Stance | None) -> None:
    assert stance_told(sentence) is stance


@pytest.mark.parametrize(
    ("sentence", "held", "responsible"),
    [
        ("Ana Ruhl accuses the Tide Front; the army was there.", ["army"], ["Tide Front"]),
        ("Ana Ruhl accused its commander, Jon Marsh, of it.", ["army"], ["Jon Marsh"]),
        ("Ana Ruhl told of the dead, whom she blamed on the TF.", [], ["Tide Front"]),
        ("Ana Ruhl blamed the attack on the army and the Tide Front.", ["Tide Front"],
         ["army", "Tide Front"]),
        ("Ana Ruhl blamed nobody.", ["army"], ["army"]),
        ("Ana Ruhl accused army chief Jon Marsh of it.", ["Jon Marsh"], ["Jon Marsh"]),
        ("Ana Ruhl declined to blame the army.", ["Tide Front"], ["Tide Front"]),
    ],
)  # fmt: skip
def test_who_is_accused_is_responsible(
    sentence: str, held: list[str], responsible: list[str]
) -> None:
    found = findings(told(1, ACCUSATION, "Ana Ruhl", *held))
    assert with_blamed(found, {1: sentence}).told[0].answer.responsible == responsible


def test_who_denies_accuses_nobody() -> None:
    denial = told(1, DENIAL, "Ana Ruhl", "army")
    lines = {1: "Ana Ruhl denied that she had accused the Tide Front."}
    assert with_blamed(findings(denial), lines).told == [denial]
