"""A budget of money is kept: what a call may cost at most is set aside before it is made."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from extractor import Article, Extractor, Outcome, Status
from extractor.llm.base import Answer, Finish, Question
from extractor.llm.scripted import Scripted
from extractor.pipeline.outcome import Failure
from extractor.schemas import Usage
from tests.test_pipeline import ARTICLE, draft
from tests.test_report import make_outcome


def answer(_: Question) -> Answer:
    usage = Usage(input_tokens=100, cached_tokens=0, output_tokens=100, requests=1)
    return Answer(json.dumps(draft()), Finish.STOP, usage)


def run(
    count: int, max_cost: float | None, price: Callable[[Usage], float | None], **options: Any
) -> tuple[list[Outcome], Scripted]:
    llm = Scripted(answer, price=price)
    articles = [ARTICLE.model_copy(update={"id": f"n{number}"}) for number in range(count)]
    with Extractor(llm=llm, max_cost=max_cost) as extractor:
        return [*extractor.extract_many(articles, **options)], llm


def kinds(outcomes: list[Outcome]) -> list[str]:
    return [outcome.error.kind if outcome.error else outcome.status for outcome in outcomes]


def flat(usage: Usage) -> float:
    """A dollar a request."""
    return float(usage.requests)


def test_a_run_ends_before_the_call_that_could_exceed_it() -> None:
    outcomes, llm = run(5, 2.0, flat, concurrency=1)
    assert kinds(outcomes) == ["ok", "ok", "budget", "not_asked", "not_asked"]
    assert len(llm.questions) == 2
    assert [outcome.provenance.cost_usd for outcome in outcomes] == [1.0, 1.0, 0.0, 0.0, 0.0]
    error = outcomes[2].error
    assert error is not None
    assert error.stops_run
    assert "--max-cost" in error.message


@pytest.mark.parametrize("concurrency", [2, 8])
def test_calls_in_flight_count(concurrency: int) -> None:
    outcomes, llm = run(9, 3.0, flat, concurrency=concurrency)
    assert len(outcomes) == 9
    assert sum(outcome.provenance.cost_usd or 0 for outcome in outcomes) <= 3.0
    # A call waits for what those in flight hold, so all that the budget allows are made.
    assert len(llm.questions) == 3


def test_what_was_set_aside_and_not_spent_is_free_again() -> None:
    # A call may cost up to what its longest answer would; these cost far less.
    outcomes, _ = run(20, 1.0, lambda usage: usage.output_tokens / 10_000, concurrency=1)
    assert kinds(outcomes) == ["ok"] * 20


def test_nothing_may_be_spent() -> None:
    outcomes, llm = run(2, 0.0, flat, concurrency=1)
    assert kinds(outcomes) == ["budget", "not_asked"]
    assert llm.questions == []


def test_a_free_model_is_not_stopped() -> None:
    outcomes, _ = run(3, 0.0, lambda _: 0.0)
    assert kinds(outcomes) == ["ok"] * 3


def test_a_budget_needs_a_known_price() -> None:
    outcomes, llm = run(2, 1.0, lambda _: None, concurrency=1)
    assert kinds(outcomes) == ["budget", "not_asked"]
    assert outcomes[0].error is not None
    assert "price of scripted is not known" in outcomes[0].error.message
    assert llm.questions == []
    outcomes, _ = run(2, None, lambda _: None)
    assert kinds(outcomes) == ["ok", "ok"]
    assert outcomes[0].provenance.cost_usd is None


# --- the outcome that is always exactly one


@pytest.mark.parametrize("status", list(Status))
def test_an_outcome_has_a_result_or_an_error(status: Status) -> None:
    good, bad = make_outcome(), make_outcome(status=Status.FAILED)
    assert good.extraction is not None
    fields = {**dict(good), "status": status}
    error = Failure(kind="server", message="It failed.")
    for extraction in (good.extraction, None):
        for failure in (error, None):
            record = {**fields, "extraction": extraction, "error": failure}
            fits = (extraction is not None) == status.has_extraction == (failure is None)
            if fits:
                assert Outcome.model_validate(record).status is status
            else:
                with pytest.raises(ValidationError, match="must agree"):
                    Outcome.model_validate(record)
    assert not bad.status.has_extraction


def test_an_article_of_white_space_is_a_failure_without_a_question() -> None:
    llm = Scripted([])
    with Extractor(llm=llm) as extractor:
        outcome = extractor.extract(Article(text=" \n\t"))
    assert kinds([outcome]) == ["empty_article"]
    assert llm.questions == []


def test_what_is_not_read_on_is_not_asked() -> None:
    def endless() -> Any:
        number = 0
        while True:
            number += 1
            yield ARTICLE.model_copy(update={"id": f"n{number}"})

    llm = Scripted(answer)
    with Extractor(llm=llm) as extractor:
        outcomes = extractor.extract_many(endless(), concurrency=2)
        assert [next(outcomes).status for _ in range(3)] == [Status.OK] * 3
        outcomes.close()
    assert len(llm.questions) <= 6
    assert llm.closed
