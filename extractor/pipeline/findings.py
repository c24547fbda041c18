"""All answers about one article, and which of the names in them stand for one referent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from extractor.schemas.codes import ActorKind, CasualtyKind, IncidentType, Stance
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED
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

# fmt: off
_PRONOUNS = frozenset({
    "he", "she", "it", "they", "we", "i", "you", "who",
    "il", "elle", "ils", "elles", "on", "nous", "él", "ella", "ellos", "ellas", "er", "sie", "es",
    "هو", "هي", "هم",
    "group", "the group", "movement", "the movement", "grupo", "groupe", "gruppe",
})
# Before a complement: what follows them is another one than the whole.
_LINKS = frozenset({
    "of", "the", "and", "for", "in", "at", "from", "against", "with",
    "de", "del", "la", "du", "des", "y", "et", "e", "da", "do", "der", "von", "und",
})
# fmt: on


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


@dataclass(frozen=True, slots=True)
class Told:
    """A statement of a sentence on who did it and how."""

    number: int
    stance: Stance
    answer: StatementAnswer
    speaker: SpeakerAnswer


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
    parties: dict[int, PartiesAnswer] = field(default_factory=dict)
    """Who did it and whom it hit by the whole article, by the first sentence of an incident."""

    def is_person(self, name: str) -> bool:
        """Whether `name` is described as that of one human being."""
        return self.is_kind(name, ActorKind.PERSON)

    def is_kind(self, name: str, kind: ActorKind) -> bool:
        """Whether `name` is described as that of an actor of some kind."""
        answer = self.described(name)
        return answer is not None and answer.kind is kind

    def described(self, name: str) -> ActorAnswer | None:
        """What is known of the actor that `name` stands for: its fullest name was asked about."""
        if name in self.actors:
            return self.actors[name]
        longer = (answer for full, answer in self.actors.items() if same_referent(name, full))
        return next(longer, None)

    def is_thing(self, name: str) -> bool:
        """Whether `name` stands for no actor."""
        return any(same_referent(name, thing) for thing in self.no_actors)

    def hurt(self, number: int, name: str) -> bool:
        """Whether the act or statement that begins with a sentence tells of harm to a party."""
        return self.fates.get((number, name)) not in (None, CasualtyKind.ARRESTED)

    def counted_harmed(self, number: int, name: str) -> bool:
        """Whether a sentence tells how many of the people called `name` were harmed."""
        return any(
            counted.number == number and counted.answer.who == name for counted in self.counted
        )


def actors_only(found: Findings) -> Findings:
    """`found` without the things among its parties; what a thing says is the article's."""

    def kept(listed: Iterable[str]) -> list[str]:
        return [name for name in listed if not found.is_thing(name)]

    def voice(speaker: SpeakerAnswer) -> SpeakerAnswer:
        thing = found.is_thing(speaker.source)
        return speaker.model_copy(update={"source": ARTICLE}) if thing else speaker

    def frame(one: FrameAnswer) -> FrameAnswer:
        lists = {"by": kept(one.by), "against": kept(one.against), "harmed": kept(one.harmed)}
        return one.model_copy(update=lists)

    def statement(one: StatementAnswer) -> StatementAnswer:
        return one.model_copy(update={"responsible": kept(one.responsible)})

    if not found.no_actors:
        return found
    return replace(
        found,
        acts=[
            replace(a, frame=frame(a.frame), speaker=a.speaker and voice(a.speaker))
            for a in found.acts
        ],
        told=[replace(t, answer=statement(t.answer), speaker=voice(t.speaker)) for t in found.told],
        counted=[replace(c, speaker=c.speaker and voice(c.speaker)) for c in found.counted],
        parties={
            number: one.model_copy(update={"by": kept(one.by), "hit": kept(one.hit)})
            for number, one in found.parties.items()
        },
    )


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
    speakers = [a.speaker for a in found.acts] + [c.speaker for c in found.counted]
    listed += [s.source for s in (*speakers, *(t.speaker for t in found.told)) if s]
    return [n for n in dict.fromkeys(listed) if names_somebody(n)]


def bodies(found: Findings) -> list[str]:
    """The bodies that described actors belong to, not described themselves yet."""
    named = [answer.of for answer in found.actors.values() if answer.of]
    return [n for n in same_names(named) if n not in found.actors]


def names_somebody(name: str) -> bool:
    """Whether `name` is one, and no pronoun or keyword."""
    return name not in (ARTICLE, UNATTRIBUTED) and name.casefold() not in _PRONOUNS


def is_proper(name: str) -> bool:
    """Whether `name` has a capital; in a script without them there is none that is not."""
    return name != name.casefold() or name == name.upper()


def same_names(listed: Iterable[str]) -> list[str]:
    """The fullest of each set of names that stand for one referent."""
    kept: list[str] = []
    for name in sorted(dict.fromkeys(listed), key=len, reverse=True):
        if not any(same_referent(name, longer) for longer in kept):
            kept.append(name)
    return kept


def one_referent(a: str, b: str) -> bool:
    """Whether two names stand for one referent, whichever of them is the fuller one."""
    return same_referent(*sorted((a, b), key=len))


def same_referent(shorter: str, longer: str) -> bool:
    """Whether the shorter name stands for what the longer one names, in one article.

    It does when it is the longer one's ending ("Zongou", "army") and no complement ("commander of
    the army"), or its initials.
    """
    short, full = shorter.casefold().split(), longer.casefold().split()
    before = full[: -len(short)]
    if short == full[-len(short) :] and not (before and before[-1] in _LINKS):
        return True
    if len(short) == 1 and len(full) > 1 and shorter.isupper():
        initials = "".join(word[0] for word in full)
        capitals = "".join(word[0].casefold() for word in longer.split() if word[0].isupper())
        return short[0] in (initials, capitals)
    return False
