"""Who says what a sentence tells, by its words, set against what a small model answered.

Pure functions. Asked who speaks in "Front fighters crossed the river", a small model answers the
Front; asked the same of "A clerk told Reuters that", it answers Reuters. The words for speaking are
few.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from extractor.grounding.places import demonym_country
from extractor.pipeline.composing.clauses import subjects
from extractor.pipeline.composing.findings import Findings, Told, new_actor
from extractor.pipeline.composing.kinds import kind_told
from extractor.pipeline.composing.methods import tells_method
from extractor.pipeline.composing.referents import (
    is_proper,
    names_somebody,
    one_referent,
    same_actor,
    without_title,
)
from extractor.pipeline.values import without_article
from extractor.schemas.codes import ActorKind, Aspect
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED
from extractor.schemas.steps import ActorAnswer, SpeakerAnswer

# fmt: off
_SPEAKING = (
    "said", "says?", "saying", "tells?", "told", "stat(?:e[ds]|ing|ements?)", "according", "calls?",
    "called", "adds?", "added", "asks?", "asked", "notes?", "noted", "posts?", "posted", "spoke",
    "spoken", "writes?", "wrote", "written", "vows?", "vowed", "finds?", "found", "knows?", "think",
    "thinks", "thought", "urged?", "urges", "held", "holds?", "puts?",
    # and whatever begins with
    *(f"{stem}\\w*" for stem in (
        "accus", "acknowledg", "admit", "alleg", "announc", "argu", "believ", "blam", "claim",
        "conclu", "condemn", "confirm", "declar", "demand", "den[iy]", "describ", "dismiss",
        "doubt", "estimat", "explain", "identif", "insist", "interview", "messag", "question",
        "quot", "reject", "report", "spokes", "suggest", "suspect", "testif", "threaten", "tweet",
        "warn", "assert", "attribut", "cit", "reveal",
    )),
)
# fmt: on
_SAID = re.compile(rf"[\"“”«»„]|:\s|\b(?:{'|'.join(_SPEAKING)})\b", re.IGNORECASE)
_BLAMED = re.compile(r"\b(?:blam|accus|held .* responsible)", re.IGNORECASE)
_BELIEVES = r"believes?|believed|thinks?|thought|suspects?|suspected"
_SAYS = rf"said|says?|reported|{_BELIEVES}"
_HAVING = r"(?:(?:has|have|had|also|later) )?"
_HEARSAY = re.compile(
    r"\b(?:reportedly|allegedly|apparently|(?:is|are|was|were) said to|rumou?red)\b", re.IGNORECASE
)
_PERSONS = ("he", "she", "it")
_PROPER = re.compile(r"[A-Z][\w'’-]+(?: (?:(?:al|el|de|van|bin|of|the)[ -])?[A-Z][\w'’-]*){1,4}")
_KIN = re.compile(r"(?:his|her|its|their|the \w+'s) \w+(?: \w+)?$", re.IGNORECASE)
_LONGEST = 8
"""Words of a description of who told something."""


def with_speakers(found: Findings, sentences: Mapping[int, str], *, english: bool) -> Findings:
    """`found` with the speakers that the words of the sentences tell.

    Args:
        found: Answers with one name for each actor.
        sentences: The article's, by number.
        english: Whether it is in English, of which the words for speaking are known.
    """
    if not english:
        return found
    return _without_silent(_with_believers(_with_tellers(found, sentences), sentences), sentences)


def _with_tellers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who says it in a reporting clause is the source, and not whom it was told, nor is he to blame.

    Where several do, the answer stands that names one of them.
    """
    tellers = _Tellers(found, sentences)
    by = {number: tellers.of(number) for number in sorted(sentences)}

    def voice(number: int, speaker: SpeakerAnswer) -> SpeakerAnswer:
        named = by.get(number, [])
        if not named and _HEARSAY.search(sentences[number]):
            return speaker.model_copy(update={"source": UNATTRIBUTED})
        if not named or any(one_referent(name, speaker.source) for name in named):
            return speaker
        if tellers.is_named_person(speaker.source) and not is_proper(named[0]):
            return speaker  # of whom that is the office
        return speaker.model_copy(update={"source": named[0]})

    def told(one: Told) -> Told:
        sentence, parties = sentences[one.number], one.answer.responsible
        return one.saying(responsible=[n for n in parties if not _is_told(n, sentence)])

    heard = found.with_voices(voice).with_told(told)
    used = {speaker.source for speaker in heard.speakers}
    new = {name: answer for name, answer in tellers.new.items() if name in used}
    return replace(heard, actors={**found.actors, **new})


class _Tellers:
    """The actors that the subjects of reporting clauses stand for.

    Attributes:
        new: Actors that no answer describes.
    """

    def __init__(self, found: Findings, sentences: Mapping[int, str]) -> None:
        self.new: dict[str, ActorAnswer] = {}
        self._found = found
        self._sentences = sentences
        self._text = " ".join(sentences.values())
        self._known = {form.casefold(): name for name in found.actors for form in found.forms(name)}
        self._last: dict[bool, str] = {}
        """Who spoke last: the person, and the body."""

    def of(self, number: int) -> list[str]:
        """Who is told to speak in a sentence; asked of each in turn, as "he" is who spoke last."""
        told = [self._one(phrases) for phrases in subjects(self._sentences[number])]
        named = [name for name in dict.fromkeys(told) if name]
        for name in named:
            self._last[self._is_person(name)] = name
        return named

    def _one(self, phrases: Sequence[str]) -> str | None:
        """The actor of a subject, a person before the body that he speaks for."""
        known = [name for phrase in phrases if (name := self._actor(phrase))]
        persons = [name for name in known if self._is_person(name)]
        named = [name for name in persons if self.is_named_person(name)] or persons
        new = None if named else self._new(phrases)
        return next(iter(named), None) or new or next(iter(known), None)

    def is_named_person(self, name: str) -> bool:
        """Whether it is the name of a person, and no description."""
        return self._is_person(name) and is_proper(name)

    def _is_person(self, name: str) -> bool:
        return self._kind(name) is ActorKind.PERSON

    def _kind(self, name: str) -> ActorKind | None:
        return self.new[name].kind if name in self.new else self._found.kind(name)

    def _actor(self, phrase: str) -> str | None:
        """The actor that a phrase names."""
        if (word := phrase.casefold()) in _PERSONS:
            return self._last.get(word != "it")
        if phrase.startswith(("the ", "The ")) and (holder := self._holder(phrase[4:])):
            return holder
        name = without_article(phrase.rpartition(" the ")[2])
        for said in (name, without_title(name)):
            if actor := self._known.get(said.casefold()):
                return actor
        words = name.split()
        for start in range(1, len(words)):
            actor = self._known.get(" ".join(words[start:]).casefold())
            if actor and self._is_of(" ".join(words[:start]), actor):
                return actor
        surnamed = [known for known in self._known.values() if self._is_named(known, name)]
        return surnamed[0] if surnamed else None

    def _is_named(self, actor: str, surname: str) -> bool:
        return self._is_person(actor) and actor.rsplit(maxsplit=1)[-1] == surname

    def _holder(self, office: str) -> str | None:
        """The one person with a name whose office, or the title before whose name, it is."""
        if not office.islower():
            return None
        found = {
            name
            for name in self._known.values()
            if self.is_named_person(name) and self._holds(name, office)
        }
        return found.pop() if len(found) == 1 else None

    def _holds(self, name: str, office: str) -> bool:
        answer = self._found.actors.get(name)
        if answer and answer.role and answer.role.casefold().split()[-1:] == office.split()[-1:]:
            return True
        return (
            re.search(rf"\b{re.escape(office)} {re.escape(name)}", self._text, re.IGNORECASE)
            is not None
        )

    def _is_of(self, words: str, actor: str) -> bool:
        """Whether words before a name are the office of a person, or the country of a body."""
        if self._is_person(actor):
            return kind_told(words) is ActorKind.PERSON
        return words.endswith(("'s", "’s")) or demonym_country(words) is not None

    def _new(self, phrases: Sequence[str]) -> str | None:
        """A name with what is said of it, or the description of somebody."""
        for phrase in phrases:
            name = without_title(without_article(phrase))
            if not _PROPER.fullmatch(name) or self._known.get(name.casefold()):
                continue
            others = [other for other in phrases if other != phrase]
            titled = name != without_article(phrase)
            kind = ActorKind.PERSON if titled else next(filter(None, map(_said_of, others)), None)
            if kind:
                return self._added(name, kind)
        for phrase in phrases:
            name = without_article(phrase)
            kind = kind_told(name[:1].lower() + name[1:])
            if kind and " and " not in name and len(name.split()) <= _LONGEST:
                return self._added(name, kind)
        return None

    def _added(self, name: str, kind: ActorKind) -> str:
        for other in self._known.values():
            if same_actor(name, other, (kind, self._kind(other)), {}):
                return other
        self.new.setdefault(name, new_actor(name, kind))
        self._known[name.casefold()] = name
        return name


def _said_of(phrase: str) -> ActorKind | None:
    """The kind of actor that an apposition tells of."""
    return ActorKind.PERSON if _KIN.match(phrase) else kind_told(without_article(phrase))


def _is_told(name: str, sentence: str) -> bool:
    return re.search(rf"\btold (?:the )?{re.escape(name)}\b", sentence, re.IGNORECASE) is not None


def _with_believers(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who says or believes it at the beginning of a sentence is its source, and not to blame."""

    def told(one: Told) -> Told:
        sentence, parties = sentences[one.number], one.answer.responsible
        believers = [
            n
            for n in parties
            if _believes(n, sentence, _BELIEVES if n == one.speaker.source else _SAYS)
        ]
        if not believers or _BLAMED.search(sentence):
            return one
        left = [name for name in parties if name not in believers]
        about = one.answer.about if left or not tells_method(sentence) else Aspect.METHOD
        return one.saying(responsible=left, about=about).by(believers[0])

    return found.with_told(told)


def _believes(name: str, sentence: str, verbs: str) -> bool:
    says = rf"^(?:(?:A|An|The) )?{re.escape(name)} {_HAVING}(?:{verbs})\b"
    return re.search(says, sentence, re.IGNORECASE) is not None


def _without_silent(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """The article speaks where neither a sentence nor the one before has a word for speaking.

    Who is named in a sentence speaks in that one.
    """

    def voice(number: int, speaker: SpeakerAnswer) -> SpeakerAnswer:
        name, sentence = speaker.source, sentences[number]
        here = any(form in sentence for form in found.forms(name))
        said = sentence if here else f"{sentences.get(number - 1, '')} {sentence}"
        if names_somebody(name) and not _SAID.search(said):
            return speaker.model_copy(update={"source": ARTICLE})
        return speaker

    return found.with_voices(voice)
