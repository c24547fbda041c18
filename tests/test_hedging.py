"""How sure a sentence is, by its words."""

import pytest

from extractor.pipeline.composing.findings import Findings
from extractor.pipeline.composing.hedging import as_hedged, without_promises
from extractor.schemas.codes import Aspect, Certainty, Stance
from tests.answers import told

CLAIM, SUSPICION, ASSERTION = Stance.CLAIM, Stance.SUSPICION, Stance.ASSERTION
CERTAIN, LIKELY, POSSIBLE = Certainty.CERTAIN, Certainty.LIKELY, Certainty.POSSIBLE


@pytest.mark.parametrize(
    ("sentence", "stance", "read"),
    [
        ("The mayor said the Front did it.", SUSPICION, (CLAIM, CERTAIN)),
        ("The mayor said the Front did it.", CLAIM, (CLAIM, CERTAIN)),
        ("The mayor said the Front was probably behind it.", SUSPICION, (SUSPICION, LIKELY)),
        ("The mayor said it may have been the Front.", CLAIM, (SUSPICION, POSSIBLE)),
        ("The mayor said the Front could be behind it.", SUSPICION, (SUSPICION, POSSIBLE)),
        (
            "The mayor accused the Front, and said that more could be done.",
            Stance.ACCUSATION,
            (Stance.ACCUSATION, LIKELY),
        ),
        ("The mayor said that on 12 May the Front did it.", SUSPICION, (CLAIM, CERTAIN)),
        ("The mayor said the Front did it.", Stance.DENIAL, (Stance.DENIAL, LIKELY)),
    ],
)
def test_a_suspicion_has_a_word_of_doubt(
    sentence: str, stance: Stance, read: tuple[Stance, Certainty]
) -> None:
    found = Findings(told=[told(1, stance, "mayor", "Front", certainty=LIKELY)])
    (one,) = as_hedged(found, {1: sentence}).told
    assert (one.stance, one.answer.certainty) == read


def test_what_holds_nobody_responsible_is_stated() -> None:
    found = Findings(told=[told(1, SUSPICION, "mayor", about=Aspect.METHOD, certainty=LIKELY)])
    (one,) = as_hedged(found, {1: "The mayor said he had heard a missile."}).told
    assert (one.stance, one.answer.certainty) == (ASSERTION, CERTAIN)


def test_who_claims_it_himself_and_the_article_are_left_alone() -> None:
    said = [told(1, CLAIM, "Front", "Front"), told(1, SUSPICION, "article", "Front")]
    read = as_hedged(Findings(told=said), {1: "It may have been the wrong house, the Front said."})
    assert [one.stance for one in read.told] == [CLAIM, SUSPICION]


def test_a_promise_is_no_statement_about_others() -> None:
    lines = {
        1: "We will fight the Front to the end.",
        2: '"We must not forget that the Front did it," she said.',
    }
    said = [told(n, Stance.ACCUSATION, "minister", "Front") for n in lines]
    threat = told(1, CLAIM, "Front", "Front")
    kept = without_promises(Findings(told=[*said, threat]), lines).told
    assert [*kept] == [said[1], threat]
