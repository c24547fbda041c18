"""Answers are read as far as they can be, and what is left out is named."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.schemas.draft import Draft
from extractor.validation import parse_answer
from tests.test_pipeline import draft as good

FIELDS = (*Draft.model_fields, "name", "kind", "sentences", "statements")

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


def test_all_unknown_keys_of_an_item_are_dropped_at_once() -> None:
    odd = ACTOR | {f"key {number}": number for number in range(30)}
    draft, issues = parse_answer(answer(odd), Draft)
    assert draft is not None
    assert len(draft.actors) == 1
    assert len(issues) == 30
    assert {issue.rule for issue in issues} == {"extra_forbidden"}


def test_more_issues_than_are_listed_are_counted() -> None:
    odd = ACTOR | {f"key {number}": number for number in range(73)}
    draft, issues = parse_answer(answer(odd), Draft)
    assert draft is not None
    assert len(issues) == 51
    assert (issues[-1].rule, issues[-1].value) == ("more", "23")


def test_each_fault_of_an_item_is_named_once() -> None:
    wrong = ACTOR | {"kind": "wizards", "aliases": ["x"] * 9, "mood": "bad"}
    draft, issues = parse_answer(answer(wrong, ACTOR), Draft)
    assert draft is not None
    assert len(draft.actors) == 1
    named = sorted((issue.path, issue.rule) for issue in issues)
    assert named == [
        ("actors.0.aliases", "too_long"),
        ("actors.0.kind", "enum"),
        ("actors.0.mood", "extra_forbidden"),
    ]


class Choice(Draft):
    """A schema with a union, whose errors are not located as the data is."""

    choice: int | list[int]


def test_an_error_that_has_no_place_in_the_data_gives_nothing() -> None:
    draft, issues = parse_answer('{"actors": [], "incidents": [], "choice": ["a"]}', Choice)
    assert draft is None
    assert {issue.path for issue in issues} == {"choice.int", "choice.list[int].0"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*FIELDS, "x", ""]), inner, max_size=6)
    ),
    max_leaves=12,
)


def is_answered(text: str) -> None:
    draft, issues = parse_answer(text, Draft)
    assert draft is not None or issues
    for issue in issues:
        assert issue.path
        assert issue.rule
        assert issue.message
        assert len(issue.value) <= 80
        assert str(issue).startswith(issue.path)
    if draft is not None:
        # What is kept needs no more mending, and without issues it is all that was given.
        again, more = parse_answer(draft.model_dump_json(), Draft)
        assert (again, more) == (draft, [])
    if draft is not None and not issues:
        assert draft.model_dump(mode="json") == json.loads(text)


@given(st.text() | JSON.map(json.dumps))
def test_no_text_raises(text: str) -> None:
    is_answered(text)


@given(st.dictionaries(st.sampled_from([*Draft.model_fields]), JSON))
def test_no_answer_raises(data: Any) -> None:
    is_answered(json.dumps(data))


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key in data if isinstance(data, dict) else range(len(data) if type(data) is list else 0):
        yield from places(data[key], (*path, key))


@given(st.data(), st.integers(1, 4))
def test_a_good_answer_with_anything_in_it_is_answered(data: st.DataObject, times: int) -> None:
    spoilt = {"answer": json.loads(json.dumps(good()))}
    for _ in range(times):
        *path, last = data.draw(st.sampled_from([*places(spoilt)][1:]))
        part: Any = spoilt
        for key in path:
            part = part[key]
        part[last] = data.draw(JSON)
    is_answered(json.dumps(spoilt["answer"]))


def test_a_good_answer_is_kept_whole() -> None:
    is_answered(json.dumps(good()))
    assert parse_answer(json.dumps(good()), Draft)[1] == []
