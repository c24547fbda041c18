"""The limits that all calls of a run share: rates, slots, retries and outages."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from extractor import FailureKind, ProviderError
from extractor.llm import limits as module
from extractor.llm.base import Answer, Finish, Message, Question
from extractor.llm.limits import Limited
from extractor.llm.pace import Gate, Slots
from extractor.llm.retry import RetryPolicy
from extractor.llm.scripted import Script, Scripted
from extractor.schemas import Usage
from extractor.schemas.draft import Draft

USED = Usage(input_tokens=7, cached_tokens=0, output_tokens=3, requests=1)
QUICK = RetryPolicy(attempts=3, max_elapsed=1e9, base=0.001, cap=0.002)


@pytest.fixture(autouse=True)
def _quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_PROBE", 0.01)
    monkeypatch.setattr(module, "_LAST_PROBE", 0.02)


def question(text: str = "What?") -> Question:
    return Question([Message("user", text)], static=0, schema=Draft, max_tokens=97)


def answer(_: object = None) -> Script:
    return Answer("{}", Finish.STOP, USED)


def failure(kind: FailureKind, **more: Any) -> ProviderError:
    return ProviderError(f"It is {kind}.", kind=kind, usage=USED, **more)


def limited(
    script: list[Script] | Callable[[Question], Script], **settings: Any
) -> tuple[Limited, list[str]]:
    notes: list[str] = []
    options = {"concurrency": 8, "retry": QUICK, "note": notes.append, **settings}
    return Limited(Scripted(script), **options), notes


async def all_of(llm: Limited, count: int) -> list[Answer | BaseException]:
    asked = (llm.ask(question(f"{n}")) for n in range(count))
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_it_is_the_model_for_its_user() -> None:
    inner = Scripted([answer()], name="inner", price=lambda usage: float(usage.requests))
    llm = Limited(inner, concurrency=1)
    assert (llm.name, llm.context_window, llm.price(USED)) == ("inner", 16384, 1.0)
    assert await llm.ask(question()) == answer()
    await llm.aclose()
    assert inner.closed


async def test_a_transient_failure_is_retried_and_counted() -> None:
    llm, _ = limited([failure(FailureKind.SERVER), failure(FailureKind.TIMEOUT), answer()])
    assert (await llm.ask(question())).usage == USED + USED + USED


async def test_a_refused_request_is_not_retried() -> None:
    llm, notes = limited([failure(FailureKind.BAD_REQUEST)])
    with pytest.raises(ProviderError) as caught:
        await llm.ask(question())
    assert caught.value.kind is FailureKind.BAD_REQUEST
    assert caught.value.usage == USED
    assert notes == []


async def test_one_call_that_always_fails_is_its_own_failure() -> None:
    def script(asked: Question) -> Script:
        poison = asked.messages[0].content == "3"
        return failure(FailureKind.SERVER) if poison else answer()

    llm, notes = limited(script)
    results = await all_of(llm, 8)
    failed = [r for r in results if isinstance(r, ProviderError)]
    assert [error.kind for error in failed] == [FailureKind.SERVER]
    assert failed[0].usage.requests == QUICK.attempts
    assert notes == []


async def test_a_call_that_causes_outages_is_its_own_failure() -> None:
    def script(asked: Question) -> Script:
        poison = asked.messages[0].content == "3"
        return failure(FailureKind.CONNECTION) if poison else answer()

    llm, _ = limited(script)
    await llm.ask(question("first"))
    feed = asyncio.create_task(llm.ask(question("3")))
    while not feed.done():
        await all_of(llm, 2)
        await asyncio.sleep(0.005)
    assert isinstance(feed.exception(), ProviderError)


async def test_a_call_that_alone_breaks_its_connection_is_its_own_failure() -> None:
    class There(Scripted):
        async def reachable(self) -> bool:
            return True

    poison = [failure(FailureKind.CONNECTION)] * 50
    llm = Limited(There([answer(), *poison]), concurrency=1, retry=QUICK)
    await llm.ask(question("first"))
    with pytest.raises(ProviderError) as caught:
        await llm.ask(question("poison"))
    assert caught.value.kind is FailureKind.CONNECTION
    assert not caught.value.kind.stops_run
    assert caught.value.usage.requests < 20
    assert await llm.reachable()


async def test_everybody_waits_while_the_endpoint_is_down() -> None:
    state = {"down": False, "asked": 0}

    def script(_: Question) -> Script:
        state["asked"] += 1
        return failure(FailureKind.CONNECTION) if state["down"] else answer()

    llm, notes = limited(script)
    await llm.ask(question())
    state["down"] = True
    waiting = asyncio.create_task(all_of(llm, 8))
    await asyncio.sleep(0.1)
    before = state["asked"]
    await asyncio.sleep(0.2)
    # One at a time, every 0.02 s, and not eight of them.
    assert 1 <= state["asked"] - before <= 15
    state["down"] = False
    results = await waiting
    assert all(isinstance(r, Answer) for r in results)
    assert len(notes) == 2
    assert notes[0].startswith("It is connection. Gave up after 3 requests.\nThe run waits")
    assert "answers again" in notes[1]


async def test_failures_in_a_row_are_an_outage() -> None:
    state = {"down": True}

    def script(_: Question) -> Script:
        return failure(FailureKind.SERVER) if state["down"] else answer()

    llm, notes = limited(script)
    waiting = asyncio.create_task(all_of(llm, 6))
    while not notes:  # noqa: ASYNC110 - it is told, and not waited for
        await asyncio.sleep(0.005)
    state["down"] = False
    results = await waiting
    # Those that failed before it was clear that nobody is answered have failed.
    assert sum(isinstance(r, ProviderError) for r in results) == 2
    assert sum(isinstance(r, Answer) for r in results) == 4


async def test_an_outage_has_an_end() -> None:
    def script(asked: Question) -> Script:
        first = asked.messages[0].content == "first"
        return answer() if first else failure(FailureKind.CONNECTION)

    llm, _ = limited(script, max_outage=0.05)
    await llm.ask(question("first"))
    results = await all_of(llm, 4)
    for result in results:
        assert isinstance(result, ProviderError)
        assert result.kind is FailureKind.OUTAGE
        assert result.kind.stops_run
        assert "has not answered for" in str(result)


async def test_a_refusal_ends_an_outage() -> None:
    script = iter(
        [answer(), *[failure(FailureKind.CONNECTION)] * 3, failure(FailureKind.BAD_REQUEST)]
    )
    llm, notes = limited(lambda _: next(script))
    await llm.ask(question())
    with pytest.raises(ProviderError, match="bad_request"):
        await llm.ask(question())
    assert "answers again" in notes[-1]


async def test_an_endpoint_that_never_answered_is_not_waited_for() -> None:
    llm, notes = limited(lambda _: failure(FailureKind.CONNECTION))
    with pytest.raises(ProviderError) as caught:
        await llm.ask(question())
    assert caught.value.kind is FailureKind.OUTAGE
    assert caught.value.usage.requests == 3
    assert notes == []


async def test_a_429_pauses_everybody() -> None:
    started = time.monotonic()
    script = iter([failure(FailureKind.RATE_LIMIT, retry_after=0.2)])
    times: list[float] = []

    def reply(_: Question) -> Script:
        times.append(time.monotonic() - started)
        return next(script, answer())

    llm, _ = limited(reply, concurrency=1)
    results = await all_of(llm, 4)
    assert all(isinstance(r, Answer) for r in results)
    assert times[0] < 0.1
    assert min(times[1:]) >= 0.2


async def test_a_wait_that_is_too_long_stops_the_run() -> None:
    llm, _ = limited([failure(FailureKind.RATE_LIMIT, retry_after=21600.0)])
    with pytest.raises(ProviderError, match="It asked to wait 21600 s") as caught:
        await llm.ask(question())
    assert caught.value.kind is FailureKind.OUTAGE


async def test_requests_are_spread_evenly() -> None:
    gate = Gate(rpm=60 * 50)
    started = time.monotonic()
    times: list[float] = []
    for _ in range(10):
        await gate.enter(0)
        times.append(time.monotonic() - started)
    gaps = [b - a for a, b in pairwise(times)]
    assert min(gaps) >= 0.0199
    assert max(times) < 2


async def test_tokens_are_counted_by_what_they_may_be_until_they_are_known() -> None:
    gate = Gate(tpm=60_000)  # a token a millisecond
    started = time.monotonic()
    await gate.enter(100_000)
    gate.correct(100_000, 50)
    await gate.enter(1)
    assert 0.05 <= time.monotonic() - started < 2


async def test_the_limiter_of_tokens_is_told_what_an_answer_took() -> None:
    # An answer may take 100 tokens and takes 10: at 1,000 a second that is 0.1 s and 0.01 s.
    llm, _ = limited(answer, concurrency=1, tpm=60_000)
    started = time.monotonic()
    await all_of(llm, 10)
    assert 0.09 <= time.monotonic() - started < 0.8


async def test_slots_are_halved_once_for_all_that_was_in_flight() -> None:
    slots = Slots(8)
    entered = [await slots.enter() for _ in range(8)]
    for when in entered:
        slots.narrow(when)
    assert slots.width == 4
    for _ in range(8):
        slots.leave()
    again = [await slots.enter() for _ in range(4)]
    slots.narrow(again[0])
    assert slots.width == 2
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(slots.enter(), 0.01)
    for _ in range(30):
        slots.widen()
    assert 7 < slots.width <= 8
    assert await asyncio.wait_for(slots.enter(), 1) > 0


async def test_a_slot_is_not_lost_with_who_waited_for_it() -> None:
    slots = Slots(1)
    await slots.enter()
    first, second = asyncio.create_task(slots.enter()), asyncio.create_task(slots.enter())
    await asyncio.sleep(0)
    slots.leave()
    first.cancel()
    assert await asyncio.wait_for(second, 1) > 0
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_width_of_one_is_the_least() -> None:
    slots = Slots(2)
    for _ in range(5):
        slots.narrow(await slots.enter())
        slots.leave()
    assert slots.width == 1
