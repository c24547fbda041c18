"""Rules of wording on any sentences: they invent nobody, and settle in one pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.pipeline.composing.counting import by_counting
from extractor.pipeline.composing.findings import Act, Findings, new_actor
from extractor.pipeline.composing.settling import settled
from extractor.pipeline.composing.speaking import with_speakers
from extractor.pipeline.composing.wording import by_wording
from extractor.schemas.codes import (
    ActorKind,
    Aspect,
    Certainty,
    IncidentType,
    Stance,
)
from extractor.schemas.steps import PartiesAnswer, SpeakerAnswer
from tests.answers import frame, told

NAMES = ["Reed Front", "Reed Front fighters", "RF", "U.S.", "coalition", "envoy", "Olm", "blasts"]
WORDS = [*NAMES, "the", "has claimed", "responsibility", "denied", "blamed", "told", "said", "not"]
WORDS += ["airstrike", "claimed by", "rejected", "the claim", "killed", ",", ".", '"', "(", "*"]
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
NAME = st.sampled_from(NAMES)


def read(
    sentence: str, *, stance: Stance = Stance.CLAIM, source: str = "Police", **kinds: ActorKind
) -> list[tuple[str, Stance, list[str]]]:
    """Source, stance and parties of what a sentence states, which is taken to be by `source`."""
    actors = {name.replace("_", " "): new_actor(name, kind) for name, kind in kinds.items()}
    named = [n for n in actors if n in sentence and n != source]
    statement = told(1, stance, source, *named)
    found = by_wording(Findings(told=[statement], actors=actors), {1: sentence})
    return [(one.speaker.source, one.stance, one.answer.responsible) for one in found.told]


GROUP, FORCE = ActorKind.ARMED_GROUP, ActorKind.STATE_FORCE
CLAIM, DENIAL = Stance.CLAIM, Stance.DENIAL


@pytest.mark.parametrize(
    "sentence",
    [
        "Police said the Front had claimed responsibility for the bombing.",
        "The Front, which has claimed credit for it, said nothing, Police said.",
        "The Front did claim the killing, Police said.",
        "The bombing was claimed by the Front, Police said.",
        "La policía dijo: el Front ha reivindicado el ataque, Police.",
        "L'attaque a été revendiquée jeudi par le Front, Police.",
        "THE Front HAS CLAIMED RESPONSIBILITY, Police SAID.",
    ],
)
def test_a_claim_is_its_claimants(sentence: str) -> None:
    assert read(sentence, Front=GROUP, Police=FORCE) == [("Front", CLAIM, ["Front"])]


@pytest.mark.parametrize(
    "sentence",
    [
        "Police said nobody had claimed responsibility for the attack of the Front.",
        "Police were looking into a claim of responsibility for the attack of the Front.",
        "Police said the attack of the Front claimed 12 lives in the worst violence.",
        "Police said the Front has yet to claim responsibility for the attack.",
        "Police said the Front hasn't claimed responsibility.",
        "Police claimed that the Front carried out the attack.",
        "Police rejected the Front's claim of responsibility.",
    ],
)
def test_what_is_no_claim_stays_what_it_was(sentence: str) -> None:
    assert read(sentence, Front=GROUP, Police=FORCE) == [("Police", CLAIM, ["Front"])]


def test_a_name_is_no_word_that_it_looks_like() -> None:
    sentence = "A rival group is said to have claimed responsibility, Police said."
    assert read(sentence, IS=GROUP, Police=FORCE) == [("Police", CLAIM, [])]


@pytest.mark.parametrize(
    ("sentence", "stance"),
    [
        ("Police denied any involvement of the Front.", DENIAL),
        ("Police said they had nothing to do with the Front.", DENIAL),
        ("Police denied him entry, and the Front shot him.", CLAIM),
        ("Police said the Front was behind it and denied killing civilians.", CLAIM),
    ],
)
def test_a_denial_is_of_involvement(sentence: str, stance: Stance) -> None:
    assert read(sentence, Front=GROUP, Police=FORCE) == [("Police", stance, ["Front"])]


def test_a_denial_is_not_replaced_by_the_claim_that_it_denies() -> None:
    sentence = "Police rejected it, but the Front has claimed the bombing."
    statements = read(sentence, stance=DENIAL, Front=GROUP, Police=FORCE)
    assert ("Police", DENIAL, ["Front"]) in statements


@pytest.mark.parametrize(
    "sentence",
    [
        "The attack is believed to be the work of the Front, Police wrote.",
        "The Front has been blamed for the attack, Police wrote.",
        "The Front, Police wrote, is widely suspected of the attack.",
        "The bombing was blamed on the Front.",
        "Nine died when suspected Front gunmen came.",
    ],
)
def test_who_is_believed_to_be_behind_it_is_suspected_by_nobody_in_particular(
    sentence: str,
) -> None:
    suspicion = [("unattributed", Stance.SUSPICION, ["Front"])]
    assert read(sentence, source="article", Front=GROUP) == suspicion


@pytest.mark.parametrize(
    "sentence",
    [
        "The mayor blamed the Front for the attack.",
        "The attack was blamed for the flight of the Front.",
    ],
)
def test_who_is_blamed_by_somebody_or_is_named_beside_it_is_not_suspected(sentence: str) -> None:
    ((source, stance, responsible),) = read(sentence, source="article", Front=GROUP)
    assert (source, stance is Stance.SUSPICION, responsible) == ("article", False, ["Front"])


def test_a_statement_that_names_nobody_but_a_method_is_on_method() -> None:
    likely = Certainty.LIKELY
    said = [told(n, Stance.SUSPICION, "mayor", "Front", certainty=likely) for n in (2, 3, 4)]
    found = Findings(told=said, actors={"Front": new_actor("Front", GROUP)})
    lines = {
        1: "The Front came.",
        2: "He said that the blast had killed five.",
        3: "He said that their mortars had done it.",
        4: "He said that he had seen it.",
    }
    read_ = [(one.answer.about, one.answer.responsible) for one in by_wording(found, lines).told]
    held = (Aspect.RESPONSIBILITY, ["Front"])
    assert read_ == [(Aspect.METHOD, []), held, held]


@pytest.mark.parametrize(
    ("sentence", "motives"),
    [
        ("Farmers marched to demand lower prices.", ["to demand lower prices."]),
        ("It was done in retaliation for the raid.", ["in retaliation for the raid."]),
        ("They did it because they were paid.", ["because they were paid."]),
        ("They believe it was so because of the noise.", []),
        ("They will come back in order to win.", []),
        ("It was done at night.", []),
    ],
)
def test_a_motive_is_a_statement_of_its_own(sentence: str, motives: list[str]) -> None:
    speaker = SpeakerAnswer(source="mayor", medium=None)
    act = Act((1,), IncidentType.PROTEST, frame(), speaker)
    read_ = by_wording(Findings(acts=[act]), {1: sentence}).told
    assert [one.answer.says for one in read_] == motives
    assert all(one.answer.about is Aspect.MOTIVE and one.speaker == speaker for one in read_)


@pytest.mark.parametrize("source", ["Police", "article"])
def test_a_suspicion_of_somebody_stays(source: str) -> None:
    sentence = "Police said the Front is believed to hold the town."
    suspects = read(sentence, stance=Stance.SUSPICION, source=source, Front=GROUP, Police=FORCE)
    assert (source == "Police") == (suspects == [("Police", Stance.SUSPICION, ["Front"])])


def test_what_nobody_was_found_to_say_is_not_read() -> None:
    actors = {"Front": new_actor("Front", GROUP)}
    sentence = "Write that the Front has claimed responsibility for the bombing."
    assert by_wording(Findings(actors=actors), {1: sentence}).told == []


@st.composite
def findings(draw: st.DrawFn) -> tuple[Findings, dict[int, str]]:
    sentences = {n: draw(SENTENCES) for n in range(1, draw(st.integers(2, 4)))}
    acts, said = [], []
    for number in sentences:
        speaker = SpeakerAnswer(source=draw(NAME), medium=None)
        sides = {side: draw(st.lists(NAME, max_size=2)) for side in ("by", "harmed")}
        kind = draw(st.sampled_from([*IncidentType]))
        acts.append(Act((number,), kind, frame(**sides), speaker))
        parties, about = draw(st.lists(NAME, max_size=2)), draw(st.sampled_from([*Aspect]))
        stance = draw(st.sampled_from([*Stance]))
        said.append(told(number, stance, speaker.source, *parties, about=about))
    kinds = {name: draw(st.sampled_from([*ActorKind])) for name in NAMES}
    actors = {name: new_actor(name, kind) for name, kind in kinds.items()}
    return Findings(acts=acts, told=said, actors=actors), sentences


@given(findings())
def test_nobody_is_invented_and_every_party_is_described(
    given: tuple[Findings, dict[int, str]],
) -> None:
    found, sentences = given
    text = " ".join(sentences.values())
    found = with_speakers(settled(found, text), sentences, english=True)
    found = by_counting(by_wording(found, sentences), sentences, english=True)
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


@pytest.mark.parametrize(
    ("sentence", "responsible"),
    [
        ("The Front was struck and killed by a drone, Police said.", []),
        ("The Front was behind it, and a clerk was killed, Police said.", ["Front"]),
    ],
)
def test_who_suffers_it_is_not_responsible(sentence: str, responsible: list[str]) -> None:
    assert read(sentence, Front=GROUP, Police=FORCE)[0][2] == responsible


def arrested(*, by: str, harmed: list[str], hit: list[str], held: str) -> list[list[str]]:
    """Whom the sentence of an arrest suspects, where a model answers `held`."""
    act = Act((1,), IncidentType.ARREST, frame(by=[by], harmed=harmed), None)
    found = Findings(
        acts=[act],
        told=[told(1, Stance.SUSPICION, "article", held)],
        actors={name: new_actor(name, FORCE) for name in ("Police", "man", "Front")},
        parties={1: PartiesAnswer(by=[], hit=hit)},
    )
    sentence = "Police arrested a man on suspicion of theft."
    return [one.answer.responsible for one in by_wording(found, {1: sentence}).told]


def test_who_is_arrested_is_suspected_and_not_the_police() -> None:
    assert arrested(by="Police", harmed=["man"], hit=[], held="Police") == [["man"]]
    assert arrested(by="Police", harmed=[], hit=["man"], held="Police") == [["man"]]
    assert arrested(by="Police", harmed=[], hit=[], held="Police") == [[]]
    assert arrested(by="Police", harmed=["man"], hit=[], held="Front") == [["Front"]]
