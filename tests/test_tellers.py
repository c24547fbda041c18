"""Which actors the subjects of reporting clauses stand for."""

import pytest

from extractor.pipeline.composing.findings import Findings, new_actor
from extractor.pipeline.composing.tellers import Tellers
from extractor.schemas.codes import ActorKind

ACTORS = {
    "Ana Ruhl": ActorKind.PERSON,
    "Jon Marsh": ActorKind.PERSON,
    "clerk": ActorKind.PERSON,
    "Tide Front": ActorKind.ARMED_GROUP,
    "Border Service": ActorKind.STATE_FORCE,
}


def read(
    *sentences: str,
    roles: dict[str, str] | None = None,
    kinds: dict[str, ActorKind] | None = None,
) -> Tellers:
    actors = {name: new_actor(name, kind) for name, kind in (ACTORS | (kinds or {})).items()}
    for name, role in (roles or {}).items():
        actors[name] = actors[name].model_copy(update={"role": role})
    found = Findings(actors=actors, aliases={"Tide Front": ["TF"]}, no_actors={"Orlavik"})
    return Tellers(found, dict(enumerate(sentences, 1)))


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Ana Ruhl said that it was over.", ["Ana Ruhl"]),
        ("Judge Ana Ruhl said that it was over.", ["Ana Ruhl"]),
        ("Ruhl said that it was over.", ["Ana Ruhl"]),
        ("The clerk, Ana Ruhl, said that it was over.", ["Ana Ruhl"]),
        ("A driver for the Tide Front, Ana Ruhl, said so.", ["Ana Ruhl"]),
        ("The TF, a militia, denied it.", ["Tide Front"]),
        ("Mali's Border Service said so.", ["Border Service"]),
        ("The Malian Border Service said so.", ["Border Service"]),
        ("Two hours later the Tide Front, which was founded here, claimed it.", ["Tide Front"]),
        ("Men who fight the Tide Front said so.", []),
        ("Ana Ruhl said that Jon Marsh denied it.", ["Ana Ruhl", "Jon Marsh"]),
        ("The road was closed, she said.", []),
    ],
)
def test_who_is_known(sentence: str, told: list[str]) -> None:
    read_ = read(sentence)
    assert (read_.of[1], read_.new) == (told, {})


def test_an_office_stands_for_the_person_who_holds_it() -> None:
    assert read("The mayor said so.", roles={"Jon Marsh": "deputy mayor"}).of[1] == ["Jon Marsh"]
    told = read("Colonel Jon Marsh came.", "Asked about it, the colonel denied it.")
    assert told.of == {1: [], 2: ["Jon Marsh"]}
    two = read("Colonel Jon Marsh and Colonel Ana Ruhl came.", "The colonel said so.")
    assert two.of[2] == ["colonel"]


def test_he_and_it_spoke_before() -> None:
    told = read(
        "The Front came.", "Ana Ruhl said so.", "The TF said no.", "She said it.", "It denied it."
    )
    assert (told.of[4], told.of[5]) == (["Ana Ruhl"], ["Tide Front"])
    far = read("Ana Ruhl said so.", "A.", "B.", "C.", "She said it.")
    assert far.of[5] == []


@pytest.mark.parametrize(
    ("sentence", "name", "kind"),
    [
        ("It was over, said his daughter, Mia Tarn.", "Mia Tarn", ActorKind.PERSON),
        ("It was over, said Dr. Mia Tarn.", "Mia Tarn", ActorKind.PERSON),
        ("Dr. Mia Tarn of Olm College said so.", "Mia Tarn", ActorKind.PERSON),
        ("A spokesman for the Border Service, Mia Tarn, said so.", "Mia Tarn", ActorKind.PERSON),
        ("The Grain Line, a company, said so.", "Grain Line", ActorKind.COMPANY),
        ("Residents of the port blamed the Front.", "Residents of the port", ActorKind.POPULATION),
        ("A driver told the Herald that it was over.", "driver", ActorKind.PERSON),
        (
            "Several people living in Olm, none of whom had a name, said so.",
            "people living in Olm",
            ActorKind.POPULATION,
        ),
        ("The parents' committee accused him.", "parents' committee", ActorKind.CIVIL_SOCIETY),
    ],
)
def test_who_is_new(sentence: str, name: str, kind: ActorKind) -> None:
    told = read(sentence)
    assert told.of[1] == [name]
    assert {name: answer.kind for name, answer in told.new.items()} == {name: kind}


def test_a_new_one_is_known_from_then_on() -> None:
    told = read(
        "It was over, said Dr. Mia Tarn.", "Tarn said so.", "It was over, said Mr. Mia Tarn."
    )
    assert told.of == {n: ["Mia Tarn"] for n in (1, 2, 3)}


def test_a_government_is_called_by_the_name_of_its_seat() -> None:
    told = read("Orlavik denied it.", "Hesk denied it.", "Gunmen in Orlavik denied it.")
    assert told.of == {1: ["Orlavik"], 2: [], 3: ["Gunmen in Orlavik"]}
    assert told.new["Orlavik"].kind is ActorKind.GOVERNMENT


def test_who_differs_by_a_title_only_is_known() -> None:
    assert read("Officials of the Tide Front said so.", "Gunmen of it, said Mr. Jon Marsh.").of[
        2
    ] == ["Jon Marsh"]


def test_a_name_with_an_office_is_that_of_a_person() -> None:
    told = read("It was over, said the mayor, Grain Line.", kinds={"Grain Line": ActorKind.COMPANY})
    assert told.of[1] == ["Grain Line"]
    assert told.new["Grain Line"].kind is ActorKind.PERSON


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Rockets hit it on Monday, and the Border Service said so.", ["Border Service"]),
        ("In a statement the Border Service said so.", ["Border Service"]),
        ("Later that day the Border Service said so.", ["Border Service"]),
        ("Suspected gunmen shot dead two clerks.", []),
        ("Police arrested a man suspected of theft.", []),
        ("Jon Marsh, declared a foe of the state, believed to be abroad, came back.", []),
        ("A spokesman, who has no name, told Harbour Watch that it was over.", ["spokesman"]),
        ("The governor, a former judge, blamed Harbour Watch, which denied it.", ["governor"]),
        ("According to the Border Service, Jon Marsh, a clerk, was shot.", ["Border Service"]),
        ("A resident of Olm, Borno State, said so.", ["resident of Olm"]),
        ("On Monday, suspected gunmen, police said, came.", ["police"]),
        ("The Border Service in Olm said so.", ["Border Service"]),
        ("Deputy judge Ana Ruhl said so.", ["Ana Ruhl"]),
    ],
)
def test_who_is_no_speaker(sentence: str, told: list[str]) -> None:
    assert read(sentence).of[1] == told


def test_he_is_not_somebody_who_spoke_before_an_unknown_one() -> None:
    told = read("Ana Ruhl said so.", "Xu of the ministry said no.", "She said it.")
    assert told.of[3] == []
    two = read("Ana Ruhl said that Jon Marsh denied it.", "She said so.")
    assert two.of[2] == ["Ana Ruhl"]


def test_another_who_holds_such_an_office_is_nobody_known() -> None:
    told = read("President Jon Marsh came.", "The vice president said so.")
    assert told.of == {1: [], 2: ["vice president"]}
    assert read("Judge Jon Marsh came.", "A judge said so.").of[2] == ["judge"]


def test_a_new_name_may_turn_out_to_be_a_person() -> None:
    told = read("Hope House, a charity, said so.", "It was over, said the mayor, Hope House.")
    assert told.new["Hope House"].kind is ActorKind.PERSON


def test_there_are_not_more_speakers_than_an_article_may_have() -> None:
    towns = [f"{chr(65 + n % 26)}{'x' * (n // 26 + 1)}" for n in range(220)]
    assert len(read(*(f"A driver of {town} said so." for town in towns)).new) == 200


def test_a_quotation_goes_on() -> None:
    assert read("Ana Ruhl said:", "They came at night.").of == {1: ["Ana Ruhl"], 2: ["Ana Ruhl"]}


@pytest.mark.parametrize(
    ("sentence", "body"),
    [
        ("The TF's spokesman, Eva Ohm, said so.", "Tide Front"),
        ("The Tide Front's military chief, a self-styled general named Eva Ohm, said so.",
         "Tide Front"),
        ("Eva Ohm, a spokeswoman for the Tide Front, said so.", "Tide Front"),
        ("The court's spokesman, Eva Ohm, said so.", None),
        ("Jon Marsh's spokesman, Eva Ohm, said so.", None),
    ],
)  # fmt: skip
def test_a_new_person_belongs_to_the_body_whose_office_he_has(
    sentence: str, body: str | None
) -> None:
    read_ = read(sentence)
    assert read_.of[1] == ["Eva Ohm"]
    assert read_.new["Eva Ohm"].of == body


def test_an_office_that_is_described_gives_way_to_the_name_beside_it() -> None:
    office = {"TF's spokesman": ActorKind.PERSON}
    assert read("The TF's spokesman, Eva Ohm, said so.", kinds=office).of[1] == ["Eva Ohm"]
    assert read("The TF's spokesman said so.", kinds=office).of[1] == ["TF's spokesman"]
