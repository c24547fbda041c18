import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.schemas.draft import Draft
from extractor.validation import parse_answer

ACTOR: dict[str, Any] = {
    "name": "Red Hills Front",
    "aliases": [],
    "kind": "armed_group",
    "role": None,
    "member_of": None,
    "country": None,
}


def answer(*actors: Any, incidents: Any = ()) -> str:
    return json.dumps({"actors": list(actors), "incidents": list(incidents)})


def test_a_good_answer_has_no_issue() -> None:
    draft, issues = parse_answer(answer(ACTOR), Draft)
    assert draft is not None
    assert [actor.name for actor in draft.actors] == ["Red Hills Front"]
    assert issues == []


@pytest.mark.parametrize("text", ["", "not json", "{", '{"actors": [}', "[" * 100_000])
def test_what_is_not_json_gives_nothing_but_an_issue(text: str) -> None:
    draft, issues = parse_answer(text, Draft)
    assert draft is None
    assert [issue.rule for issue in issues] == ["not_json"]
    assert len(issues[0].value) <= 80


def test_wrong_items_are_dropped_and_named_and_the_rest_is_kept() -> None:
    wrong = ACTOR | {"kind": "wizards"}
    draft, issues = parse_answer(answer(wrong, ACTOR, wrong, "nobody"), Draft)
    assert draft is not None
    assert len(draft.actors) == 1
    assert [issue.path for issue in issues] == ["actors.0.kind", "actors.2.kind", "actors.3"]


def test_lists_that_are_too_long_keep_their_first_items() -> None:
    many = [ACTOR | {"name": f"Group {number}"} for number in range(20)]
    draft, issues = parse_answer(answer(*many), Draft)
    assert draft is not None
    assert [actor.name for actor in draft.actors] == [f"Group {number}" for number in range(12)]
    assert [issue.rule for issue in issues] == ["too_long"]


def test_unknown_keys_are_dropped_alone() -> None:
    draft, issues = parse_answer(answer(ACTOR | {"mood": "bad"}), Draft)
    assert draft is not None
    assert len(draft.actors) == 1
    assert [issue.rule for issue in issues] == ["extra_forbidden"]


@pytest.mark.parametrize("text", ["{}", "[]", "7", "null", '{"actors": 3, "incidents": []}'])
def test_an_answer_of_the_wrong_shape_gives_nothing(text: str) -> None:
    draft, issues = parse_answer(text, Draft)
    assert draft is None
    assert issues


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["actors", "incidents", "name", "kind", "x"]), inner)
    ),
    max_leaves=12,
)


@given(actors=JSON, incidents=JSON)
def test_no_answer_raises(actors: Any, incidents: Any) -> None:
    draft, issues = parse_answer(json.dumps({"actors": actors, "incidents": incidents}), Draft)
    assert draft is not None or issues
