from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from extractor.grounding.sentences import split_sentences
from extractor.llm.base import estimated_tokens
from extractor.pipeline.windows import merged, windows
from extractor.schemas.draft import Draft
from tests.test_pipeline import draft


@given(st.lists(st.text("abc é中.", min_size=1, max_size=60), max_size=30), st.integers(20, 200))
def test_windows_keep_every_sentence_in_order(lines: list[str], tokens: int) -> None:
    text = "\n".join(lines)
    sentences = split_sentences(text, "en")
    runs = windows(text, sentences, tokens)
    assert [sentence for run in runs for sentence in run] == sentences
    for run in runs:
        size = sum(estimated_tokens(text[s.start : s.end]) + 4 for s in run)
        assert size <= tokens or len(run) == 1


def made(**changes: Any) -> Draft:
    return Draft.model_validate(draft(**changes))


def test_an_incident_found_again_is_one() -> None:
    again = made(sentences=[3], weapons=["leaflet"], city="Tamsin")
    joined = merged([made(), again])
    (incident,) = joined.incidents
    assert incident.sentences == [1, 3]
    assert incident.weapons == ["leaflet"]
    assert incident.city == "Tamsin"


def test_incidents_that_differ_stay_apart() -> None:
    for other in ({"type": "bombing"}, {"where": "Port Lassen"}, {"when": "on Friday"}):
        assert len(merged([made(), made(**other)]).incidents) == 2


def test_one_window_is_its_own_draft() -> None:
    only = made()
    assert merged([only]) is only


def test_a_paragraph_that_is_too_long_is_broken_between_sentences() -> None:
    text = "Before it.\n" + "Shots fell in the town. " * 40 + "\nAfter it."
    sentences = split_sentences(text, "en")
    runs = windows(text, sentences, 60)
    assert [sentence for run in runs for sentence in run] == sentences
    assert len(runs) > 5
    sizes = [sum(estimated_tokens(text[s.start : s.end]) + 4 for s in run) for run in runs]
    assert max(sizes) <= 60
