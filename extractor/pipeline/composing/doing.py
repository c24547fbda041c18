"""Who does something by the words of an English sentence: "Soldiers looted a clinic".

Pure functions of one sentence. A second look by a small model takes away every other doer whom a
sentence names as the subject of its verb. The verbs are few, and those of an arrest or a march tell
of no other act.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import chain

from extractor.pipeline.composing.grouping import GATHERINGS
from extractor.pipeline.composing.kinds import kind_within
from extractor.pipeline.composing.referents import FIGHTERS, head_of
from extractor.pipeline.values import without_article
from extractor.schemas.codes import ActorKind, IncidentType

_ARREST = r"arrested|detained|apprehended|rounded up"
_MARCH = (
    r"marched|gathered|rallied|demonstrated|protested|walked|paraded|blocked|took to the streets"
)
# What no participle after a noun is: "soldiers fired" is a whole clause.
_ACTIVE = (
    r"fired|opened fire|threw|stormed|took|overran|fought|clashed|broke into|bl[eo]wn? up"
    r"|overthrew|retook|beat|set (?:fire|off|ablaze|alight)|carried out|launched|mounted|conducted"
    r"|burst into|held up|raped|swooped"
)
_HARM = (
    r"attacked|ambushed|assaulted|killed|shot|shelled|bombed|bombarded|struck|hit|raided|seized"
    r"|captured|recaptured|looted|ransacked|burned|burnt|torched|kidnapped|abducted|hurled|planted"
    r"|detonated|surrounded|searched|hijacked|boarded|stabbed|hacked|executed|beheaded|murdered"
    r"|assassinated|massacred|destroyed|demolished|wounded|injured|intercepted|dropped|occupied"
    r"|dynamited|rammed|poisoned"
)
_OBJECT = (
    r"(?! (?:in|by|on|at|during|when|while|after|before|near|outside|inside|and|or|dead|last|from"
    r"|since|over|with|as|to|while|there|here)\b|[^\w ]|$)"
)
"""After a verb with an object; without one, "soldiers killed" are those who died."""
_VERBS = {
    IncidentType.ARREST: rf"(?:{_ARREST}|took){_OBJECT}",
    IncidentType.PROTEST: _MARCH,
    IncidentType.RIOT: rf"{_MARCH}|{_ACTIVE}|(?:{_HARM}){_OBJECT}",
}
_OTHERWISE = rf"{_ACTIVE}|(?:{_HARM}){_OBJECT}"


_DOERS = {
    **dict.fromkeys(("men", "youths", "fighters", "assassins"), ActorKind.ARMED_GROUP),
    **dict.fromkeys(("officers", "forces", "guards", "agents"), ActorKind.STATE_FORCE),
}
_PRONOUNS = {"he", "she", "they", "we"}
_BY_MANY = (*GATHERINGS, IncidentType.ARSON, IncidentType.SABOTAGE, IncidentType.STRIKE_STOPPAGE)
_BEGINS = re.compile(
    r"[\"“”:;!?()]| [-–—]+ |\b(?:that(?! (?:day|night|week|month|year)\b)|but|while|because"
    r"|although|whether|when|after|before|as|who|which|whom|where|said|says|reported|confirmed|announced"
    r"|added|claimed|told \w+)\b",
    re.IGNORECASE,
)
"""Before the subject of a clause."""
_TIME = (
    r"(?:(?:early|late|earlier|later) )?(?:on )?(?:last )?"
    r"(?:\w+day|yesterday|today|tonight|overnight)(?: (?:morning|afternoon|evening|night))?"
)
_CLOCK = (
    r"(?:at |shortly after |around )+(?:about )?(?:\d[\d.:]*(?: ?[ap]\.?m\.?)?|noon|midnight|dawn)"
)
_LEAD = re.compile(rf"^(?:{_TIME},?|in \w+,|and|the same day,?|{_CLOCK},?) ", re.IGNORECASE)
_ADVERBS = re.compile(
    rf" (?:{_TIME}|(?:early|late|earlier|later) (?:last|this|in|on)? ?[\w ]{{0,20}}|had|have|has"
    r"|also|then|again|later|\w+ly|(?:in|at|near|from|outside) [\w' -]+)$",
    re.IGNORECASE,
)
"""Between the subject and its verb."""
_COUNTED = re.compile(
    r"^(?:at least |about |some |an estimated |hundreds of |dozens of |[\d,]+ )+", re.IGNORECASE
)
_PREPOSITION = re.compile(r"(?:of|in|on|at|by|for|from|with|to|against|near)\b", re.IGNORECASE)
_OWN = re.compile(
    r"(?:its|his|her|their|our|my) |.*\b(?:is|are|was|were|been|being)\b", re.IGNORECASE
)
"""Before those of somebody who is named elsewhere, and in what happened to somebody."""
_LONGEST = 250
"""Characters of a clause before its verb."""
_WORDS = 5
"""Of a description."""


def doer(sentence: str, kind: IncidentType, known: Callable[[str], str | None]) -> str | None:
    """Who is the subject of the first verb for an act of such a kind that has one.

    Args:
        sentence: A sentence that reports the act.
        kind: The act.
        known: The name of the actor that is known by a phrase.

    Returns:
        The name of a known actor, or a description of others who do such acts.
    """
    for match in _verb(kind).finditer(sentence):
        near = sentence[max(0, match.start() - _LONGEST) : match.start()]
        forms = _subject(_BEGINS.split(near)[-1])
        if any(map(_OWN.match, forms)):
            continue
        named = filter(None, map(known, forms))
        described = (form for form in reversed(forms) if _may_do(form, kind))
        if name := next(chain(named, described), None):
            return name
    return None


def is_done(sentence: str, kind: IncidentType) -> bool:
    """Whether a sentence has a verb for an act of such a kind with a subject that may do it."""
    return doer(sentence, kind, _pronoun) is not None


def _pronoun(phrase: str) -> str | None:
    return phrase if phrase.casefold() in _PRONOUNS else None


def doers_kind(description: str) -> ActorKind | None:
    """The kind of those who do something; men who stab are no bystanders."""
    return _DOERS.get(head_of(description).casefold()) or kind_within(description)


def _may_do(description: str, kind: IncidentType) -> bool:
    by_many = kind in _BY_MANY and doers_kind(description) is not None
    return len(description.split()) <= _WORDS and (by_many or doers_kind(description) in FIGHTERS)


@cache
def _verb(kind: IncidentType) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_VERBS.get(kind, _OTHERWISE)})\b", re.IGNORECASE)


def _subject(clause: str) -> list[str]:
    """The forms of the noun phrase that ends a clause before its verb, the fullest one first.

    Of "A team of the police, Unit Nine," it is the name after the comma before what it names.
    """
    forms = []
    for part in reversed(clause.strip().rstrip(",").split(",")):
        phrase = part.strip()
        while (bare := _LEAD.sub("", phrase)) != phrase:
            phrase = bare
        shorter = [phrase]
        while (bare := _ADVERBS.sub("", shorter[-1])) != shorter[-1]:
            shorter.append(bare)
        for form in shorter:
            named = without_article(form)
            forms += [named, _COUNTED.sub("", named)]
    return [form for form in dict.fromkeys(forms) if form and not _PREPOSITION.match(form)]
