"""Which actors the subjects of reporting clauses stand for.

A pure reading of the sentences of one article in their order: "he" is the person who spoke before.
"""

import re
from collections.abc import Mapping, Sequence

from extractor.grounding.places import demonym_country, division_country
from extractor.pipeline.composing.clauses import continued, owner_of, subjects
from extractor.pipeline.composing.findings import Findings, new_actor
from extractor.pipeline.composing.kinds import kind_told, kind_within
from extractor.pipeline.composing.referents import (
    is_area,
    is_proper,
    same_actor,
    without_title,
)
from extractor.pipeline.values import without_article
from extractor.schemas.codes import ActorKind
from extractor.schemas.steps import ActorAnswer

_PERSON = {"he": True, "she": True, "it": False}
_REACH = 3
"""Sentences from somebody who speaks to "he said"."""
_FULL_NAME = re.compile(
    r"(?!(?:On|In|At|By|From|With)\b)[A-Z][\w'’-]+"
    r"(?: (?:(?:al|el|de|van|bin|of|the)[ -])?[A-Z][\w'’-]*){1,4}"
)
_OFFICE_OF = re.compile(r"\w+ (?:of|for) (?:the )?(.+)$", re.IGNORECASE)
_SOME = re.compile(r"^(?:several|some|many|most|few|a number of|other|various) ", re.IGNORECASE)
_CALLED = re.compile(r"^.*\b(?:named|called|known as) ", re.IGNORECASE)
_KIN = re.compile(r"(?:his|her|its|their) \w+(?: \w+)?$", re.IGNORECASE)
_INDEFINITE = re.compile(r"an? ", re.IGNORECASE)
_PLACED = re.compile(r" (?:in|at|near|from) .*$")
_IN_PLACE = re.compile(r"\b(?:in|at|near|from|of) [A-Z][\w ]*$")
"""Before the name of a province: "a resident of Olm"."""
_DESCRIBED = re.compile(
    r"(?!(?:on|in|at|with|there|no|neither) )"
    r"(?:(?!(?:the|an?|his|her|its|their|and)\b)[\w'’-]+ ){0,3}?"
    r"[\w'’-]+(?: (?:of|for|from|in|at|near|whose?) .{1,60})?$",
    re.IGNORECASE,
)
"""A noun with few words before it, and what follows it."""
_MOST = 200
"""New actors; no article quotes more, and each is compared with all others."""


class Tellers:
    """Who is told to speak in each sentence.

    Attributes:
        of: The actors, by the number of the sentence.
        new: Those that no answer describes, and persons whom one takes for something else.
    """

    def __init__(self, found: Findings, sentences: Mapping[int, str]) -> None:
        self.of: dict[int, list[str]] = {}
        self.new: dict[str, ActorAnswer] = {}
        self._found = found
        self._known = {form.casefold(): name for name in found.actors for form in found.forms(name)}
        self._text = " ".join(sentences.values())
        self._offices: dict[str, set[str]] = {}
        self._surnames: dict[str, str] = {}
        for name in filter(self.is_named_person, found.actors):
            self._has_name(name)
        self._last: dict[bool, tuple[int, str]] = {}  # whether a person: when it spoke last
        for number in sorted(sentences):
            told = [self._teller(phrases, number) for phrases in subjects(sentences[number])]
            self.of[number] = [name for name in dict.fromkeys(told) if name]
            if not all(told):
                self._last.clear()  # "he" may be somebody who is not known here
            for name in reversed(self.of[number]):
                self._last[self._is_person(name)] = (number, name)
        for number, teller in continued(sentences).items():
            self.of[number] = self.of[number] or self.of[teller]

    def is_named_person(self, name: str) -> bool:
        """Whether it is the name of a person, and no description."""
        described = name.rsplit(maxsplit=1)[-1][:1].islower()  # "the Front's spokesman"
        return self._is_person(name) and is_proper(name) and not described

    def _is_person(self, name: str) -> bool:
        return self._kind(name) is ActorKind.PERSON

    def _kind(self, name: str) -> ActorKind | None:
        return self.new[name].kind if name in self.new else self._found.kind(name)

    def _has_name(self, name: str) -> None:
        """Note the surname and the office of a person."""
        if not _FULL_NAME.fullmatch(name) and not name.isalpha():
            return  # "spokesman for the Tide Front"
        self._surnames.setdefault(name.rsplit(maxsplit=1)[-1], name)
        described = self._found.actors.get(name)
        titles = re.findall(rf"(\w+) {re.escape(name)}\b", self._text)
        for title in (*titles, (described and described.role) or ""):
            for word in title.casefold().split()[-1:]:
                self._offices.setdefault(word, set()).add(name)

    def _teller(self, phrases: Sequence[str], number: int) -> str | None:
        """The actor of a subject, by name before office."""
        known = [name for phrase in phrases if (name := self._actor(phrase, number))]
        if not known:
            return self._named(phrases) or self._described(phrases) or self._capital(phrases)
        if self._is_person(known[0]):
            named = next(filter(self.is_named_person, known), None)
            return named or self._named(phrases) or known[0]
        if _FULL_NAME.fullmatch(known[0]) and ActorKind.PERSON in map(_told_by, phrases):
            return self._added(known[0], ActorKind.PERSON)
        return known[0]

    def _actor(self, phrase: str, number: int) -> str | None:
        """The actor that a phrase names."""
        if (person := _PERSON.get(phrase.casefold())) is not None:
            said, name = self._last.get(person, (number, None))
            return name if number - said <= _REACH else None
        name = without_article(phrase)
        holders = self._offices.get(name, set()) if phrase.casefold().startswith("the ") else ()
        if len(holders) == 1:
            return next(iter(holders))
        for form in (name, without_title(name), _PLACED.sub("", name)):
            if actor := self._known.get(form.casefold()):
                return actor
        words = name.split()
        for start in range(1, len(words)):
            actor = self._known.get(" ".join(words[start:]).casefold())
            if actor and self._is_of(" ".join(words[:start]), actor):
                return actor
        return self._surnames.get(name)

    def _is_of(self, words: str, actor: str) -> bool:
        """Whether words before a name are the office of a person, or the country of a body."""
        if self._is_person(actor):
            return kind_told(words.casefold()) is ActorKind.PERSON
        return words.endswith(("'s", "’s")) or demonym_country(words) is not None

    def _named(self, phrases: Sequence[str]) -> str | None:
        """A full name with a title, or with an apposition that tells what it is the name of."""
        for phrase, before in zip(phrases, ("", *phrases), strict=False):
            bare = _CALLED.sub("", without_article(phrase))
            name = without_title(bare)
            if not _FULL_NAME.fullmatch(name) or _IN_PLACE.search(before) or is_area(name):
                continue
            told = [_told_by(other) for other in phrases if other != phrase]
            kind = ActorKind.PERSON if name != bare else next(filter(None, told), None)
            if kind is ActorKind.PERSON:
                name = name.partition(" of ")[0]
            if kind and division_country(name) is None:
                return self._added(name, kind, self._body(phrases))
        return None

    def _body(self, phrases: Sequence[str]) -> str | None:
        """The body whose office an apposition tells: "the Front's spokesman"."""
        for phrase in phrases:
            office = _OFFICE_OF.search(phrase)
            for body in filter(None, (owner_of(phrase), office and office[1])):
                name = self._known.get(without_article(body).casefold())
                if name and not self._is_person(name):
                    return name
        return None

    def _described(self, phrases: Sequence[str]) -> str | None:
        """Somebody without a name."""
        for phrase in phrases:
            name = _SOME.sub("", without_article(phrase))
            kind = kind_within(name)
            if kind and _DESCRIBED.match(name) and not self._found.is_thing(name):
                return self._added(name, kind)
        return None

    def _capital(self, phrases: Sequence[str]) -> str | None:
        """A government by the name of its seat: "Moscow denied it"."""
        name = phrases[0] if len(phrases) == 1 else ""
        seat = name.isalpha() and name[:1].isupper() and self._found.is_thing(name)
        return self._added(name, ActorKind.GOVERNMENT) if seat else None

    def _added(self, name: str, kind: ActorKind, body: str | None = None) -> str | None:
        for other in self._known.values():
            if same_actor(name, other, (kind, self._kind(other)), {}):
                if kind is ActorKind.PERSON and not self._is_person(other):
                    known = self.new.get(other) or self._found.actors[other]
                    self.new[other] = known.model_copy(update={"kind": kind})
                return other
        if len(self.new) >= _MOST:
            return None
        self.new[name] = new_actor(name, kind).model_copy(update={"of": body})
        self._known[name.casefold()] = name
        if self.is_named_person(name):
            self._has_name(name)
        return name


def _told_by(apposition: str) -> ActorKind | None:
    """The kind of actor that an apposition tells of."""
    kin = _KIN.match(apposition)
    kind = ActorKind.PERSON if kin else kind_told(without_article(apposition))
    # "Police, Ana Ruhl" and "On Monday, gunmen" are none, but "the Grain Line, a company" is.
    return kind if kind is ActorKind.PERSON or _INDEFINITE.match(apposition) else None
