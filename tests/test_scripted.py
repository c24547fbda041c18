"""The model that reads its answers off a script."""

import pytest
from pydantic import BaseModel

from extractor.errors import ConfigError, FailureKind, ProviderError
from extractor.llm.base import LLM, Answer, Finish, Message, Question
from extractor.llm.scripted import Scripted
from extractor.schemas import Usage


class Shape(BaseModel):
    a: int


def question(text: str = "What?") -> Question:
    return Question(messages=[Message("user", text)], static=0, schema=Shape, max_tokens=9)


async def test_plays_in_order_and_records_questions() -> None:
    usage = Usage(input_tokens=1, cached_tokens=0, output_tokens=2, requests=3)
    answer = Answer("cut", Finish.LENGTH, usage)
    broken = ProviderError("down", kind=FailureKind.SERVER)
    model: LLM = Scripted(["one", answer, broken])
    first = await model.ask(question("a"))
    assert (first.text, first.finish, first.usage.requests) == ("one", Finish.STOP, 1)
    assert await model.ask(question("b")) is answer
    with pytest.raises(ProviderError) as caught:
        await model.ask(question("c"))
    assert caught.value is broken
    assert isinstance(model, Scripted)
    assert [q.messages[0].content for q in model.questions] == ["a", "b", "c"]


async def test_running_out_is_an_error() -> None:
    model = Scripted(["one"])
    await model.ask(question())
    with pytest.raises(ConfigError, match="1 answers, but another question was asked: 'More"):
        await model.ask(question("More of it"))


async def test_function_sees_the_question() -> None:
    model = Scripted(lambda q: q.messages[-1].content.upper())
    assert (await model.ask(question("abc"))).text == "ABC"
    assert (await model.ask(question("def"))).text == "DEF"


async def test_price_and_close() -> None:
    usage = Usage.zero()
    model = Scripted([], name="m", context_window=100, price=lambda _: 0.5)
    assert (model.name, model.context_window, model.price(usage)) == ("m", 100, 0.5)
    assert Scripted([]).price(usage) == 0.0
    await model.aclose()
    await model.aclose()
    assert model.closed
