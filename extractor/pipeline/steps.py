"""The draft in small steps: closed questions about one sentence, number or name each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from textwrap import shorten
from typing import TypeVar

from extractor.grounding.numbers import mentions
from extractor.llm.base import Message
from extractor.pipeline.ask import AnswerError, Asker, Tally
from extractor.pipeline.assemble import assemble
from extractor.pipeline.compose import compose
from extractor.pipeline.findings import Act, Counted, Findings, Told, bodies, names, same_names
from extractor.pipeline.values import Source
from extractor.prompting import defuse
from extractor.schemas.codes import IncidentType, Stance
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED, Draft
from extractor.schemas.steps import (
    NONE,
    ActAnswer,
    ActorAnswer,
    DeedAnswer,
    FigureAnswer,
    FrameAnswer,
    SpeakerAnswer,
    StanceAnswer,
    StatementAnswer,
    StepAnswer,
    ThingAnswer,
    VoiceAnswer,
)
from extractor.validation import Issue, issue

_BEGINNING = 100
"""Characters of a sentence that tell whether it is meant as an instruction."""

_T = TypeVar("_T", bound=StepAnswer)


async def draft_in_steps(
    asker: Asker, source: Source, tally: Tally
) -> tuple[Draft, tuple[Issue, ...]]:
    """The draft of an article, composed of the answers to small questions, and what is wrong.

    Raises:
        AnswerError: if no question about an act could be answered, or the model refuses.
        ProviderError: if the endpoint gave no answer.
        BudgetError: if the budget does not allow the next call.
    """
    tally.windows = 1
    steps = _Steps(asker, source, tally)
    findings = await steps.findings()
    draft, found = compose(findings, source)
    return draft, (*steps.issues, *found, *assemble(draft, source).issues)


@dataclass
class _Steps:
    asker: Asker
    source: Source
    tally: Tally
    issues: list[Issue] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.speakers: dict[int, SpeakerAnswer | None] = {}
        self.voices: dict[int, bool] = {}
        text = self.source.text
        self.shown = {
            s.number: defuse(" ".join(text[s.start : s.end].split())) for s in self.source.sentences
        }
        # A heading only repeats what the article tells below it.
        self.numbers = [n for n, shown in self.shown.items() if not shown.startswith("#")]

    async def findings(self) -> Findings:
        types = await self.types()
        if not types:
            return Findings()
        acts = [await self.act(number, kind, types) for number, kind in types.items()]
        found = Findings(
            acts=[act for act in acts if act is not None],
            told=await self.told(),
            counted=await self.counted(),
        )
        for act in found.acts:
            for thing in act.frame.things:
                if thing not in found.things:
                    asked = await self.ask("thing", ThingAnswer, thing, self.shown[act.number])
                    if asked:
                        found.things[thing] = asked
        await self.describe(same_names(names(found)), found)
        await self.describe(bodies(found), found)
        return found

    async def types(self) -> dict[int, IncidentType]:
        """The sentences that report an act, with its type."""
        found: dict[int, IncidentType] = {}
        answered = 0
        for number in self.numbers:
            answer = await self.ask("act", ActAnswer, self.shown[number])
            answered += answer is not None
            if answer is not None and answer.act != NONE and await self.is_news(number):
                found[number] = IncidentType(answer.act)
        if not answered:
            raise AnswerError("invalid_answer", f"no question could be answered: {self.issues[0]}")
        return found

    async def is_news(self, number: int) -> bool:
        """Whether the sentence reports something, and is not meant to steer who reads the page."""
        if number not in self.voices:
            sentence = self.shown[number]
            # Told whole, an event in it outweighs the order to report it.
            answer = await self.ask(
                "voice", VoiceAnswer, shorten(sentence, _BEGINNING, placeholder="")
            )
            self.voices[number] = answer is None or answer.voice == "news"
            if not self.voices[number]:
                rule = "speaks to the reader and is not taken for news"
                self.issues.append(issue(f"sentence({number})", "instruction", sentence, rule))
        return self.voices[number]

    async def act(
        self, number: int, kind: IncidentType, types: dict[int, IncidentType]
    ) -> Act | None:
        passage = [self.shown[number]]
        if number + 1 in self.shown and number + 1 not in types:
            passage.append(self.shown[number + 1])
        frame = await self.ask("frame", FrameAnswer, f"act: {kind}", " ".join(passage))
        if frame is None:
            return None
        doers = await self.confirmed(frame.by, kind, self.shown[number])
        speaker = await self.speaker(number)
        return Act(number, kind, frame.model_copy(update={"by": doers}), speaker)

    async def confirmed(self, parties: Iterable[str], deed: str, *passage: str) -> list[str]:
        """Those of `parties` that did it by a second reading, which only removes."""
        found = []
        for party in parties:
            answer = await self.ask("deed", DeedAnswer, f"{party} did it ({deed}).", *passage)
            if answer is not None and answer.did == "yes":
                found.append(party)
        return found

    async def speaker(self, number: int) -> SpeakerAnswer | None:
        """Who says what the sentence tells; asked once for each sentence."""
        if number not in self.speakers:
            self.speakers[number] = await self.ask(
                "speaker", SpeakerAnswer, *self.with_before(number), required="source"
            )
        return self.speakers[number]

    def with_before(self, number: int) -> list[str]:
        """The sentence after the one before it, which tells who "he" is."""
        return [self.shown[n] for n in (number - 1, number) if n in self.shown]

    async def told(self) -> list[Told]:
        found = []
        for number in self.numbers:
            stance = await self.ask("stance", StanceAnswer, self.shown[number])
            if stance is None or stance.stance == NONE or not await self.is_news(number):
                continue
            speaker = await self.speaker(number)
            answer = await self.ask("statement", StatementAnswer, *self.with_before(number))
            if answer is not None and speaker is not None:
                told = Told(number, Stance(stance.stance), answer, speaker)
                found.append(await self.checked(told))
        return found

    async def checked(self, told: Told) -> Told:
        """`told` without the parties that its passage does not hold responsible."""
        if not told.stance.affirms:
            return told
        parties = await self.confirmed(
            told.answer.responsible, "it", *self.with_before(told.number)
        )
        answer = told.answer.model_copy(update={"responsible": parties})
        return Told(told.number, told.stance, answer, told.speaker)

    async def counted(self) -> list[Counted]:
        found = []
        for number in self.numbers:
            for figure, marked in marked_numbers(self.shown[number]):
                answer = await self.ask("figure", FigureAnswer, marked)
                if answer is None or answer.counts == NONE:
                    continue
                if await self.is_news(number):
                    found.append(Counted(number, figure, answer, await self.speaker(number)))
        return found

    async def describe(self, wanted: Iterable[str], found: Findings) -> None:
        for name in wanted:
            sentence = next(
                (s for s in self.shown.values() if name.casefold() in s.casefold()), None
            )
            if sentence is None or name in found.actors:
                continue
            answer = await self.ask("actor", ActorAnswer, name, sentence)
            if answer is not None:
                found.actors[name] = answer

    async def ask(
        self, step: str, schema: type[_T], *lines: str, required: str | None = None
    ) -> _T | None:
        """The answer to `step` about `lines`, without what does not stand in them.

        None, with an issue, where there is no usable answer, or none in the field `required`.
        """
        shown = "\n".join(lines)
        path = f"{step}({' / '.join(lines)[:60]})"

        def check(answer: _T) -> Sequence[Issue]:
            return [
                issue(f"{path}.{name}", "not_in_text", value, "is not in the sentences: copy words")
                for name, value in answer.copied()
                if not _stands_in(value, shown)
            ]

        question = self.asker.prompt.steps[step]
        try:
            answer, found = await self.asker.ask(
                schema, question, Message("user", shown), check, self.tally
            )
        except AnswerError as error:
            if error.kind == "refused":
                raise
            self.issues.append(issue(path, error.kind, shown, str(error)))
            return None
        self.issues += found
        lost = {value for _, value in answer.copied() if not _stands_in(value, shown)}
        if not lost:
            return answer
        if required is not None and getattr(answer, required) in lost:
            return None
        return answer.without(lost)  # type: ignore[return-value]


def marked_numbers(sentence: str) -> Iterator[tuple[str, str]]:
    """Each number of a sentence, and the words from the number before it to the one after it.

    A small model binds a verb to the wrong one of two numbers when it sees both.
    """
    spans = sorted(mentions(sentence))
    for position, (start, end) in enumerate(spans):
        left = spans[position - 1][1] if position else 0
        right = spans[position + 1][0] if position + 1 < len(spans) else len(sentence)
        figure = sentence[start:end]
        yield figure, f"{sentence[left:start]}[{figure}]{sentence[end:right]}".strip()


def _stands_in(value: str, shown: str) -> bool:
    return value in (ARTICLE, UNATTRIBUTED) or value.casefold() in shown.casefold()
