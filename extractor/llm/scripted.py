"""A model whose answers are written beforehand: for tests, examples and dry runs."""

from collections.abc import Callable, Iterable

from extractor.errors import ConfigError
from extractor.llm.base import LLM, Answer, Finish, Question
from extractor.schemas import Usage

Script = str | Answer | Exception


class Scripted(LLM):
    """Plays back answers in order, or asks a function for each.

    Attributes:
        name: Name kept in provenance.
        context_window: Tokens that prompt and answer may have together.
        questions: Every question asked so far.
        closed: Whether `aclose` was called.
    """

    def __init__(
        self,
        script: Iterable[Script] | Callable[[Question], Script],
        *,
        name: str = "scripted",
        context_window: int = 16384,
        price: Callable[[Usage], float | None] | None = None,
    ) -> None:
        self.name = name
        self.context_window = context_window
        self.questions: list[Question] = []
        self.closed = False
        self._answer = script if callable(script) else _Playback(script)
        self._price = price

    async def ask(self, question: Question) -> Answer:
        """The next answer; a text counts as one request without tokens.

        Raises:
            ConfigError: when the script has run out.
            Exception: whatever exception the script has in this place.
        """
        self.questions.append(question)
        answer = self._answer(question)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Answer):
            return answer
        usage = Usage(input_tokens=0, cached_tokens=0, output_tokens=0, requests=1)
        return Answer(text=answer, finish=Finish.STOP, usage=usage)

    async def aclose(self) -> None:
        """Only remember that it was called."""
        self.closed = True

    def price(self, usage: Usage) -> float | None:
        """What the `price` function says; 0 without one."""
        return self._price(usage) if self._price else 0.0


class _Playback:
    def __init__(self, script: Iterable[Script]) -> None:
        self._answers = list(script)
        self._played = 0

    def __call__(self, question: Question) -> Script:
        if self._played == len(self._answers):
            raise ConfigError(
                f"the script has {len(self._answers)} answers, but another question was asked: "
                f"{question.messages[-1].content[:80]!r}"
            )
        self._played += 1
        return self._answers[self._played - 1]
