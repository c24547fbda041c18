"""The draft in small steps: closed questions about one sentence, number or name each."""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from textwrap import shorten
from typing import TypeVar

from extractor.grounding.numbers import mentions
from extractor.llm.base import Message
from extractor.pipeline.ask import AnswerError, Asker, Tally, each
from extractor.pipeline.assemble import assemble
from extractor.pipeline.composing.answering import stance_told
from extractor.pipeline.composing.doing import is_done
from extractor.pipeline.composing.draft import compose, incidents_of
from extractor.pipeline.composing.findings import Act, Counted, Findings, Told, bodies, names
from extractor.pipeline.composing.grouping import alike_in_type
from extractor.pipeline.composing.methods import exact_type
from extractor.pipeline.composing.referents import same_names
from extractor.pipeline.values import Source
from extractor.prompting import defuse
from extractor.schemas.codes import CasualtyKind, IncidentType, Stance
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED, Draft
from extractor.schemas.steps import (
    NONE,
    ActAnswer,
    ActorAnswer,
    CheckAnswer,
    CountAnswer,
    DeedAnswer,
    FateAnswer,
    FigureAnswer,
    FrameAnswer,
    NamedAnswer,
    PartiesAnswer,
    SpeakerAnswer,
    StanceAnswer,
    StatementAnswer,
    StepAnswer,
    ThingAnswer,
    ToldActAnswer,
    VoiceAnswer,
)
from extractor.validation import Issue, issue

_BEGINNING = 100
"""Characters of a sentence that tell whether it is meant as an instruction."""

_DATELINE = re.compile(
    r"(?:\([A-Z][\w ]+\)|[A-Z][A-Z .'/-]+(?:,[^-–—]{1,40})?(?: ?\([^)]{1,40}\))?) ?[-–—]+ (?=\S)"
)
"""Where and when a report was written, which is not where and when it happened."""
_DATA = re.compile(r"[{}\\]|</|=>|::")
_AROUND = 3500
"""Characters of the article that are read for who did it."""
_NOTE = 200
"""Characters of a sentence that tell which act is asked about."""
_LONGEST_PASSAGE = 3
"""Sentences about one act that are read together."""

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
        self.shown = {number: defuse(line) for number, line in self.source.lines.items()}
        if self.shown:
            first = min(self.shown)
            self.shown[first] = _DATELINE.sub("", self.shown[first])
        # A heading only repeats what the article tells below it.
        self.numbers = [n for n, shown in self.shown.items() if not shown.startswith("#")]

    async def findings(self) -> Findings:
        types = await self.types()
        if not types:
            return Findings()
        told = await self.told()
        passages = self.passages(types, {one.number for one in told})
        acts = await each(passages, lambda passage: self.act(passage, types))
        found = Findings(told=told, counted=await self.counted())
        found.acts = [act for act in acts if act is not None]
        if "parties" in self.asker.prompt.steps:
            await self.parties(found)
        await self.things(found)
        await self.describe(same_names(names(found)), found)
        await self.describe(bodies(found), found)
        if "fate" in self.asker.prompt.steps:  # steps@1 does not ask
            await self.fates(found)
        found.news = {number for number, news in self.voices.items() if news}
        return found

    async def parties(self, found: Findings) -> None:
        """Who did what incidents tell of, and whom they hit, by the article as a whole."""

        async def read(group: Sequence[Act]) -> None:
            act = group[0]
            note = f"act: {act.kind}: {shorten(self.shown[act.number], _NOTE, placeholder='')}"
            answer = await self.ask("parties", PartiesAnswer, self.around(act.number), note)
            if answer is None:
                return

            async def did_it(name: str) -> bool:
                news = await self.news_naming(name)
                others = [n for n in news if n != act.number][:2]
                passage = [self.shown[n] for n in sorted({act.number, *others})]
                return bool(news) and await self.did_it(name, act.kind, *passage)

            async def is_in_news(name: str) -> bool:
                return bool(await self.news_naming(name))

            found.parties[act.number] = PartiesAnswer(
                by=await _those(answer.by, did_it), hit=await _those(answer.hit, is_in_news)
            )

        await each(incidents_of(found, self.source)[0], read)

    async def news_naming(self, name: str) -> list[int]:
        """The first sentences that name a party and are news, not meant to steer who reads them."""
        return [n for n in self.naming(name)[:3] if await self.is_news(n)]

    def around(self, number: int) -> str:
        """As much of the article around a sentence as a question may show, with its beginning."""
        numbers = [n for n in self.shown if self.is_context(n) and self.voices.get(n, True)]
        near = sorted(numbers, key=lambda n: (n > min(numbers) + 1, abs(n - number)))
        kept, length = [], 0
        for one in near:
            length += len(self.shown[one])
            if length > _AROUND:
                break
            kept.append(one)
        return " ".join(self.shown[n] for n in sorted(kept))

    async def things(self, found: Findings) -> None:
        """What the things are that acts hit, each by the first act that has an answer."""

        async def read(name: str) -> None:
            for act in found.acts:
                if name in act.frame.things:
                    answer = await self.ask("thing", ThingAnswer, name, self.passage(act))
                    if answer is not None:
                        found.things[name] = answer
                        return

        await each(dict.fromkeys(n for act in found.acts for n in act.frame.things), read)

    async def types(self) -> dict[int, IncidentType]:
        """The sentences that report an act, with its type."""
        found: dict[int, IncidentType] = {}
        answered = 0
        first = self.asker.prompt.steps["act"].schema is ActAnswer  # in steps@1
        schema: type[ActAnswer | ToldActAnswer] = ActAnswer if first else ToldActAnswer

        async def read(number: int) -> None:
            nonlocal answered
            answer = await self.ask("act", schema, self.shown[number])
            answered += answer is not None
            if answer is not None and answer.kind and await self.is_news(number):
                found[number] = answer.kind

        await each(self.numbers, read)
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

    def passages(self, types: Mapping[int, IncidentType], said: Set[int]) -> list[tuple[int, ...]]:
        """The sentences that report acts: one without a time goes on with one like it before.

        One of those in `said` tells what somebody says of an act: of its own where it gives a
        time, or where no act like it has been reported.
        """
        found: list[tuple[int, ...]] = []
        for number, kind in types.items():
            dated = self.tells_time(number)
            if number in said and not dated:
                known = any(alike_in_type(types[n], kind) for passage in found for n in passage)
                found += [] if known else [(number,)]
            elif not dated and found and self.goes_on(found[-1], number, types):
                found[-1] += (number,)
            else:
                found.append((number,))
        return found

    @staticmethod
    def goes_on(passage: tuple[int, ...], number: int, types: Mapping[int, IncidentType]) -> bool:
        """Whether the sentence `number` may tell more of the act of the passage before it."""
        alike = alike_in_type(types[passage[0]], types[number])
        return alike and number == passage[-1] + 1 and len(passage) < _LONGEST_PASSAGE

    async def act(self, numbers: tuple[int, ...], types: Mapping[int, IncidentType]) -> Act | None:
        kinds = [types[number] for number in numbers]
        kind = exact_type(kinds)
        passage = [self.shown[number] for number in numbers]
        after = numbers[-1] + 1
        # A time of its own is that of something else, such as when it was said.
        told_of = self.is_context(after) and after not in types and not self.tells_time(after)
        if told_of and len(numbers) < _LONGEST_PASSAGE:
            passage.append(self.shown[after])
        if not await self.is_act(kind, " ".join(passage[: len(numbers)])):
            return None
        frame = await self.ask("frame", FrameAnswer, f"act: {kind}", " ".join(passage))
        if frame is None:
            return None
        doers = await self.confirmed(frame.by, kind, " ".join(passage[: len(numbers)]))
        speaker = await self.speaker(numbers[0])
        return Act(numbers, kind, frame.model_copy(update={"by": doers}), speaker)

    async def is_act(self, kind: IncidentType, passage: str) -> bool:
        """Whether a passage tells of such an act by a second reading, which only removes."""
        if "check" not in self.asker.prompt.steps:
            return True
        note = self.asker.prompt.steps["check"].notes[kind]
        answer = await self.ask("check", CheckAnswer, note, passage)
        if answer is None or answer.fits == "yes" or is_done(passage, kind):
            return True
        self.issues.append(issue(f"check({passage[:60]})", "no_act", kind, "is not told of"))
        return False

    def tells_time(self, number: int) -> bool:
        """Whether a sentence gives a time of its own."""
        return self.source.tells_time(self.shown[number])

    async def fates(self, found: Findings) -> None:
        """What became of those whom acts hit, and of persons whom an answer takes for doers.

        A small model takes who was killed for who killed, when a sentence begins with him.
        """
        wanted: dict[tuple[int, str], str] = {}
        for act in found.acts:
            persons = [name for name in act.frame.by if found.is_person(name)]
            for name in (*act.frame.against, *act.frame.harmed, *persons):
                wanted[act.number, name] = self.passage(act)
            if act.number in found.parties:
                for name in found.parties[act.number].hit:
                    wanted[act.number, name] = self.around_name(name, act)
        for told in found.told:
            for name in filter(found.is_person, told.answer.responsible):
                wanted.setdefault((told.number, name), self.shown[told.number])

        async def fate(key: tuple[int, str]) -> None:
            found.fates[key] = await self.fate(key[1], wanted[key])

        await each(wanted, fate)

    async def confirmed(self, parties: Iterable[str], deed: str, *passage: str) -> list[str]:
        """Those of `parties` that did it by a second reading, which only removes."""
        return await _those(parties, lambda party: self.did_it(party, deed, *passage))

    async def did_it(self, party: str, deed: str, *passage: str) -> bool:
        """Whether a passage says that a party did it."""
        answer = await self.ask("deed", DeedAnswer, f"{party} did it ({deed}).", *passage)
        return answer is not None and answer.did == "yes"

    async def fate(self, name: str, passage: str) -> CasualtyKind | None:
        """What an act did to a party."""
        answer = await self.ask("fate", FateAnswer, name, passage)
        return None if answer is None or answer.fate == NONE else CasualtyKind(answer.fate)

    def around_name(self, name: str, act: Act) -> str:
        """The sentences of an act, and the first one that holds the name."""
        named = self.naming(name)
        numbers = act.numbers if {*named} & {*act.numbers} else (*act.numbers, *named[:1])
        return " ".join(self.shown[n] for n in sorted(numbers))

    def naming(self, name: str) -> list[int]:
        """The sentences that hold a name."""
        return [n for n, s in self.shown.items() if name.casefold() in s.casefold()]

    def passage(self, act: Act) -> str:
        """The sentences that report an act."""
        return " ".join(self.shown[number] for number in act.numbers)

    async def speaker(self, number: int) -> SpeakerAnswer | None:
        """Who says what the sentence tells; asked once for each sentence."""
        if number not in self.speakers:
            self.speakers[number] = await self.ask(
                "speaker", SpeakerAnswer, *self.with_before(number), required="source"
            )
        return self.speakers[number]

    def with_before(self, number: int) -> list[str]:
        """The sentence after the one before it, which tells who "he" is."""
        before = [self.shown[number - 1]] if self.is_context(number - 1) else []
        return [*before, self.shown[number]]

    def is_context(self, number: int) -> bool:
        """Whether a sentence may be read beside another: it is there, and no data or code.

        What looks like an answer is copied by a small model, whatever it was asked.
        """
        return number in self.shown and not _DATA.search(self.shown[number])

    async def told(self) -> list[Told]:
        async def read(number: int) -> Told | None:
            answer = await self.ask("stance", StanceAnswer, self.shown[number])
            heard = None if answer is None or answer.stance == NONE else Stance(answer.stance)
            stance = heard or stance_told(self.shown[number])
            if stance is None or not await self.is_news(number):
                return None
            speaker = await self.speaker(number)
            statement = await self.ask("statement", StatementAnswer, *self.with_before(number))
            if statement is None or speaker is None:
                return None
            return await self.checked(Told(number, stance, statement, speaker))

        return [told for told in await each(self.numbers, read) if told is not None]

    async def checked(self, told: Told) -> Told:
        """`told` without the parties that its passage does not hold responsible."""
        if not told.stance.affirms:
            return told
        passage = self.with_before(told.number)
        parties = await self.confirmed(told.answer.responsible, "it", *passage)
        answer = told.answer.model_copy(update={"responsible": parties})
        return Told(told.number, told.stance, answer, told.speaker)

    async def counted(self) -> list[Counted]:
        steps = self.asker.prompt.steps
        counts_first = steps["figure"].schema is FigureAnswer  # in steps@1
        schema: type[FigureAnswer | CountAnswer] = FigureAnswer if counts_first else CountAnswer

        async def read(number: int, figure: str, marked: str) -> Counted | None:
            answer = await self.ask("figure", schema, marked)
            if answer is None or answer.counts == NONE or not await self.is_news(number):
                return None
            return Counted(number, figure, answer, await self.speaker(number))

        figures = [(n, *found) for n in self.numbers for found in marked_numbers(self.shown[n])]
        counted = await each(figures, lambda one: read(*one))
        return [one for one in counted if one is not None]

    async def describe(self, wanted: Iterable[str], found: Findings) -> None:
        actors = self.asker.prompt.steps["actor"].schema is ActorAnswer  # before steps@3
        schema: type[ActorAnswer | NamedAnswer] = ActorAnswer if actors else NamedAnswer

        async def read(name: str) -> None:
            sentence = next((self.shown[n] for n in self.naming(name)), None)
            if sentence is None or name in found.actors or name in found.no_actors:
                return
            answer = await self.ask("actor", schema, name, sentence)
            if answer is None:
                return
            if described := answer.actor:
                found.actors[name] = described
            else:
                found.no_actors.add(name)

        await each(dict.fromkeys(wanted), read)

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


async def _those(names: Iterable[str], keep: Callable[[str], Awaitable[bool]]) -> list[str]:
    """The names that `keep` says yes to."""
    names = list(names)
    kept = await each(names, keep)
    return [name for name, keeps in zip(names, kept, strict=True) if keeps]


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
    # The engine's tokens may part "U.S." in two.
    bare = _bare(value)
    return value in (ARTICLE, UNATTRIBUTED) or (bool(bare) and bare in _bare(shown))


def _bare(text: str) -> str:
    return "".join(text.split()).casefold()
