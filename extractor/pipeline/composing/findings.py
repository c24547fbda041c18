"""All answers about one article."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from extractor.pipeline.composing.referents import (
    FIGHTERS,
    fight_each_other,
    names_somebody,
    one_referent,
    same_names,
    same_referent,
)
from extractor.schemas.codes import ActorKind, CasualtyKind, IncidentType, Stance
from extractor.schemas.steps import (
    ActorAnswer,
    CountAnswer,
    FigureAnswer,
    FrameAnswer,
    PartiesAnswer,
    SpeakerAnswer,
    StatementAnswer,
    ThingAnswer,
)


@dataclass(frozen=True, slots=True)
class Act:
    """An act that a passage reports.

    Attributes:
        numbers: The sentences of the passage.
        kind: What is done.
        frame: The details.
        speaker: Who says what the first of the sentences tells.
    """

    numbers: tuple[int, ...]
    kind: IncidentType
    frame: FrameAnswer
    speaker: SpeakerAnswer | None

    @property
    def number(self) -> int:
        """The first sentence."""
        return self.numbers[0]

    def framed(self, **update: object) -> "Act":
        """The same act with other values of its details."""
        return replace(self, frame=self.frame.model_copy(update=update))


@dataclass(frozen=True, slots=True)
class Told:
    """A statement of a sentence on who did it and how."""

    number: int
    stance: Stance
    answer: StatementAnswer
    speaker: SpeakerAnswer

    def saying(self, **update: object) -> "Told":
        """The same statement with other values of its answer."""
        return replace(self, answer=self.answer.model_copy(update=update))

    def by(self, source: str) -> "Told":
        """The same statement from another source."""
        return replace(self, speaker=self.speaker.model_copy(update={"source": source}))


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of a sentence that counts people harmed."""

    number: int
    text: str
    answer: FigureAnswer | CountAnswer
    speaker: SpeakerAnswer | None


@dataclass
class Findings:
    """All answers about one article."""

    acts: Sequence[Act] = ()
    told: Sequence[Told] = ()
    counted: Sequence[Counted] = ()
    fates: dict[tuple[int, str], CasualtyKind | None] = field(default_factory=dict)
    """What was done to a party, by the first sentence of the act and its name."""
    things: dict[str, ThingAnswer] = field(default_factory=dict)
    actors: dict[str, ActorAnswer] = field(default_factory=dict)
    no_actors: set[str] = field(default_factory=set)
    """Names that stand for things."""
    news: set[int] = field(default_factory=set)
    """Sentences that were found to report something, and not to steer who reads them."""
    aliases: dict[str, list[str]] = field(default_factory=dict)
    """Other names of the actors described."""
    parties: dict[int, PartiesAnswer] = field(default_factory=dict)
    """Who did it and whom it hit by the whole article, by the first sentence of an incident."""

    @property
    def reported(self) -> set[int]:
        """Sentences that report an act."""
        return {number for act in self.acts for number in act.numbers}

    @property
    def read(self) -> set[int]:
        """Sentences that report an act, state something or are news."""
        return self.news | self.reported | {one.number for one in self.told}

    @property
    def speakers(self) -> list[SpeakerAnswer]:
        """Who says what of all that is told."""
        of_acts, of_counts = [a.speaker for a in self.acts], [c.speaker for c in self.counted]
        return [s for s in (*of_acts, *of_counts, *(t.speaker for t in self.told)) if s]

    @property
    def members(self) -> list[tuple[str, str]]:
        """The actors that are described as belonging to a body, each with its name."""
        return [(name, answer.of) for name, answer in self.actors.items() if answer.of]

    def with_told(self, change: Callable[[Told], Told]) -> "Findings":
        """The same findings with each statement changed."""
        return replace(self, told=[change(one) for one in self.told])

    def with_voices(self, voice: Callable[[int, str], str]) -> "Findings":
        """The same findings with another source for what each sentence tells."""

        def told(number: int, speaker: SpeakerAnswer) -> SpeakerAnswer:
            return speaker.model_copy(update={"source": voice(number, speaker.source)})

        return replace(
            self,
            acts=[replace(a, speaker=a.speaker and told(a.number, a.speaker)) for a in self.acts],
            told=[replace(t, speaker=told(t.number, t.speaker)) for t in self.told],
            counted=[
                replace(c, speaker=c.speaker and told(c.number, c.speaker)) for c in self.counted
            ],
        )

    def is_person(self, name: str) -> bool:
        """Whether `name` is described as that of one human being."""
        return self.is_kind(name, ActorKind.PERSON)

    def is_kind(self, name: str, kind: ActorKind) -> bool:
        """Whether `name` is described as that of an actor of some kind."""
        return self.kind(name) is kind

    def fights(self, name: str) -> bool:
        """Whether `name` is described as that of an actor who does acts as a rule."""
        return self.kind(name) in FIGHTERS

    def kind(self, name: str) -> ActorKind | None:
        """The kind of the actor that `name` stands for, if it has been described."""
        answer = self.described(name)
        return None if answer is None else answer.kind

    def described(self, name: str) -> ActorAnswer | None:
        """What is known of the actor that `name` stands for: its fullest name was asked about."""
        if name in self.actors:
            return self.actors[name]
        longer = (answer for full, answer in self.actors.items() if same_referent(name, full))
        return next(longer, None)

    def opposed(self, a: str, b: str) -> bool:
        """Whether one is a force of a state and the other a group that fights."""
        return fight_each_other(self.kind(a), self.kind(b))

    def hit(self, act: Act) -> list[str]:
        """Whom an act hit by the whole article, if that was asked about it."""
        whole = self.parties.get(act.number)
        return whole.hit if whole else []

    def forms(self, name: str) -> list[str]:
        """The name of an actor and its other names."""
        return [name, *self.aliases.get(name, [])]

    def is_thing(self, name: str) -> bool:
        """Whether `name` stands for no actor."""
        return any(same_referent(name, thing) for thing in self.no_actors)

    def hurt(self, number: int, name: str) -> bool:
        """Whether the act or statement that begins with a sentence tells of harm to a party."""
        return self.fates.get((number, name)) not in (None, CasualtyKind.ARRESTED)

    def counted_harmed(self, number: int, name: str) -> bool:
        """Whether a sentence tells how many of the people called `name` were harmed."""
        counted = (one.answer.who for one in self.counted if one.number == number)
        return any(one_referent(who, name) for who in counted if who)


def new_actor(name: str, kind: ActorKind, country: str | None = None) -> ActorAnswer:
    """The description of an actor that no answer describes."""
    return ActorAnswer.model_construct(kind=kind, name=name, role=None, of=None, country=country)


def names(found: Findings) -> list[str]:
    """Every name that needs an actor, in order of use."""
    listed: list[str] = []
    for act in found.acts:
        frame = act.frame
        listed += [*frame.by, *frame.against, *frame.harmed]
    for parties in found.parties.values():
        listed += [*parties.by, *parties.hit]
    for told in found.told:
        listed += told.answer.responsible
    listed += [speaker.source for speaker in found.speakers]
    return [n for n in dict.fromkeys(listed) if names_somebody(n)]


def bodies(found: Findings) -> list[str]:
    """The bodies that described actors belong to, not described themselves yet."""
    named = same_names(body for _, body in found.members)
    return [name for name in named if name not in found.actors]
