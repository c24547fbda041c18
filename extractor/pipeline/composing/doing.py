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

_OBJECT = (
    r"(?! (?:in|by|on|at|during|when|while|after|before|near|outside|inside|under|and|or|dead|last"
    r"|from|since|over|with|as|to|there|here|because|this|early|late|later|earlier|yesterday|hard"
    r"|is|are|was|were|had|have|has|\w+day|\w+ly|(?:a|several|two|three) \w+ (?:ago|after))\b"
    r"|[^\w ]|$)"
)
"""After a verb with an object; without one, "soldiers killed" are those who died."""
_ATTACK = (
    r"(?=(?: \w+){1,4} (?:attacks?|assaults?|raids?|(?:air ?)?strikes?|offensives?|operations?"
    r"|ambush(?:es)?|bombings?|shelling)\b)"
)
"""What is launched and carried out; investigations are, too."""
_TOOK = (
    r"took(?! (?:part|place|cover|over|casualties|effect|to|shelter|off|up|responsibility|credit))"
)
_ARREST = r"arrested|detained|apprehended|rounded up"
_MARCH = (
    r"marched|gathered(?! (?:evidence|information)\b)|rallied|demonstrated|protested|walked|paraded"
    r"|blocked|took to the streets"
)
_LAUNCHED = rf"(?:carried out|launched|mounted|conducted){_ATTACK}"
_BOMBED = r"blew (?:up|him|her)|set off|threw|hurled"
_BURNED = r"set (?:fire|ablaze|alight)|threw|hurled"
# What no participle after a noun is: "soldiers fired" is a whole clause.
_ACTIVE = (
    r"fired|opened fire|threw|stormed|overran|fought|clashed|broke into|blew up|overthrew|retook"
    r"|beat|set (?:fire|ablaze|alight)|burst into|held up|raped|swooped"
)
_HARM = (
    r"attacked|ambushed|assaulted|killed|shot|shelled|bombed|bombarded|struck|hit|raided|seized"
    r"|captured|recaptured|looted|ransacked|burned|burnt|torched|kidnapped|abducted|hurled"
    r"|surrounded|searched|hijacked|boarded|stabbed|hacked|executed|beheaded|murdered"
    r"|assassinated|massacred|destroyed|demolished|wounded|injured|occupied|rammed|poisoned"
)
_OTHERWISE = rf"{_ACTIVE}|{_LAUNCHED}|(?:{_HARM}|{_TOOK}){_OBJECT}"
_BOMBING = rf"{_BOMBED}|{_LAUNCHED}|(?:bombed|planted|detonated|attacked){_OBJECT}"
# Who answers an act is the subject of verbs as well: "police searched the area after the blast".
_VERBS = {
    IncidentType.ARREST: rf"(?:{_ARREST}|{_TOOK}(?! control)){_OBJECT}",
    IncidentType.PROTEST: _MARCH,
    IncidentType.RIOT: rf"{_MARCH}|{_OTHERWISE}",
    IncidentType.BOMBING: _BOMBING,
    IncidentType.SUICIDE_BOMBING: _BOMBING,
    IncidentType.ARSON: rf"{_BURNED}|(?:burned|burnt|torched|attacked){_OBJECT}",
    IncidentType.SABOTAGE: rf"broke into|(?:looted|ransacked|destroyed|demolished){_OBJECT}",
    IncidentType.KIDNAPPING: rf"(?:kidnapped|abducted|seized|captured|{_TOOK}){_OBJECT}",
    IncidentType.HIJACKING: rf"(?:hijacked|boarded|seized|captured|attacked|{_TOOK}){_OBJECT}",
}


_DOERS = {
    **dict.fromkeys(("men", "youths", "fighters", "assassins"), ActorKind.ARMED_GROUP),
    **dict.fromkeys(("officers", "forces", "guards", "agents"), ActorKind.STATE_FORCE),
}
_PRONOUNS = {"he", "she", "they", "we"}
_BY_MANY = (*GATHERINGS, IncidentType.ARSON, IncidentType.SABOTAGE, IncidentType.STRIKE_STOPPAGE)
_BEGINS = re.compile(
    r"[\"“”:;!?()]| [-–—]+ |\b(?:that(?! (?:day|night|week|month|year)\b)|but|while|because"
    r"|although|though|whether|when|after|before|since|until|once|as|who|which|whom|where"
    r"|said|says|reported|confirmed|announced|added|claimed|told \w+)\b",
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
_LEAD = re.compile(
    rf"^(?:{_TIME},?|in \w+,|and|the same day,?|{_CLOCK},?|meanwhile,?|elsewhere,?"
    r"|(?:\w+ ){1,3}(?:later|earlier|ago),?) ",
    re.IGNORECASE,
)
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
    r"(?:its|his|her|their|our|my|no|neither|none|nobody|if|unless) "
    r"|.*\b(?:is|are|was|were|been|being|by|between)\b",
    re.IGNORECASE,
)
"""Before those who are named elsewhere or did nothing, and in what another one did."""
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
