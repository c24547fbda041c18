"""Who did what sentences report, by their words.

Pure functions, set against what a small model answered: it takes the subject of a sentence for its
doer when he was killed, and takes doers away whom a sentence names.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from extractor.grounding.places import demonym_country
from extractor.pipeline.composing.doing import doer, doers_kind
from extractor.pipeline.composing.findings import Act, Findings, Told, new_actor
from extractor.pipeline.composing.methods import of_this_act
from extractor.pipeline.composing.referents import FIGHTERS, fight_each_other, one_referent
from extractor.schemas.codes import ActorKind, IncidentType

_MEMBERS = re.compile(
    r"^(?:soldiers|troops|fighters|members|gunmen|officers|militants|rebels|men) (?:of|from) "
    r"(?:the )?",
    re.IGNORECASE,
)
"""Before the name of the body that does what they do."""
_FIGHTERS = re.compile(r"(?<=[A-Z]) (?:fighters|militants|gunmen|rebels|soldiers|troops|members)$")
"""After its initials."""
SUSPECTED = r"(?:suspected|alleged|presumed) "
"""Before those who may have done it."""
_SUSPECT = re.compile(f"^{SUSPECTED}", re.IGNORECASE)
_STRIKING = (
    IncidentType.AIR_STRIKE,
    IncidentType.SHELLING,
    IncidentType.BOMBING,
    IncidentType.RAID,
)
_STRIKES = re.compile(
    r"(?P<who>\b(?:[A-Z][\w-]{1,40}|(?:[A-Z]\.)+|coalition))"
    r" (?:(?:air|drone|artillery|missile|rocket|precision|military) ?)*"
    r"(?:airstrikes?|strikes?|shelling|bombardments?)\b"
)


def with_subjects(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Who is the subject of the verb for an act did it, and did not suffer it.

    Whom else an answer takes for its doers stays where they fight each other, or in a clash.
    """
    actors, fates = dict(found.actors), dict(found.fates)

    def known(phrase: str) -> str | None:
        whole = _FIGHTERS.sub("", _MEMBERS.sub("", _SUSPECT.sub("", phrase))).casefold()
        if whole == "officers":
            return next((n for n in actors if "police" in n.casefold().split()), None)
        return next((n for n in actors if whole in map(str.casefold, found.forms(n))), None)

    def act(one: Act) -> Act:
        texts = (of_this_act(sentences[number]) for number in one.numbers)
        name = next(filter(None, (doer(text, one.kind, known) for text in texts)), None)
        if name is None:
            return one
        described, kind = actors.get(name), doers_kind(name)
        if described is None or (described.kind is ActorKind.PERSON and kind in FIGHTERS):
            # "Two men" are no person, whatever an answer says.
            actors[name] = new_actor(name, kind or ActorKind.OTHER)
        fates[one.number, name] = None
        own = actors[name].kind
        clash = one.kind is IncidentType.ARMED_CLASH  # which has two sides
        others = [n for n in one.frame.by if n != name]
        rivals = [n for n in others if clash or fight_each_other(own, found.kind(n))]
        left = {
            field: [n for n in getattr(one.frame, field) if n != name]
            for field in ("against", "harmed")
        }
        return one.framed(by=[name, *rivals], **left)

    acts = [act(one) for one in found.acts]
    doers = {number: one.frame.by for one in acts for number in one.numbers}

    def told(one: Told) -> Told:
        """With "gunmen on a motorcycle" for the "gunmen" of the same sentence."""
        full = (_in_full(name, doers.get(one.number, ())) for name in one.answer.responsible)
        return one.saying(responsible=list(dict.fromkeys(full)))

    return replace(found, acts=acts, actors=actors, fates=fates).with_told(told)


def _in_full(name: str, doers: Iterable[str]) -> str:
    """The first of `doers` that begins with a name and goes on, or the name."""
    start = f"{name.casefold()} "
    return next((full for full in doers if full.casefold().startswith(start)), name)


def with_forces(found: Findings, sentences: Mapping[int, str]) -> Findings:
    """Whose strike it was, as in "a U.S. strike", where no answer tells who did it."""
    actors = dict(found.actors)

    def force(name: str) -> str | None:
        """The force that is known by a name, or the adjective of a state, which stands for one."""
        known = (n for n in actors if any(one_referent(name, form) for form in found.forms(n)))
        known_as = next(known, name)
        if known_as not in actors and (country := demonym_country(name)):
            actors[known_as] = new_actor(known_as, ActorKind.STATE_FORCE, country)
        actor = actors.get(known_as)
        return known_as if actor and actor.kind is ActorKind.STATE_FORCE else None

    def act(one: Act) -> Act:
        if one.frame.by or one.kind not in _STRIKING:
            return one
        text = " ".join(of_this_act(sentences[number]) for number in one.numbers)
        forces = (force(match["who"]) for match in _STRIKES.finditer(text))
        first = next((name for name in forces if name), None)
        if first is None:
            return one
        return one.framed(by=[first])

    acts = [act(one) for one in found.acts]
    return replace(found, acts=acts, actors=actors)
