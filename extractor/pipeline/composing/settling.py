"""All answers about one article with one name for each actor, and without names of none.

Pure functions. Names are asked about one by one, so two of one actor are described apart.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from extractor.pipeline.composing.findings import Findings, names
from extractor.pipeline.composing.kinds import kind_told
from extractor.pipeline.composing.referents import (
    explained,
    is_description,
    is_no_actor,
    is_proper,
    same_actor,
    without_title,
)
from extractor.pipeline.composing.weapons import is_weapon
from extractor.schemas.codes import ActorKind, CasualtyKind
from extractor.schemas.draft import ARTICLE
from extractor.schemas.steps import ActorAnswer, FrameAnswer

_ABBREVIATION = re.compile(r"\s*[(\[][^)\]]*[)\]]$")
"""After a name, as in "Reed Front (RF)"."""


def settled(found: Findings, text: str) -> Findings:
    """`found` with the name of each actor in place of its other names, and parties only.

    What a thing says is the article's own statement.
    """
    none = {
        name
        for name in names(found)
        if found.is_thing(name) or is_weapon(name) or is_no_actor(name, found.kind(name), text)
    }
    by = _Names(_one_name_each(found, text), none)
    voiced = found.with_voices(by.voice)
    return replace(
        voiced,
        acts=[replace(a, frame=by.frame(a.frame)) for a in voiced.acts],
        told=[t.saying(responsible=by.kept(t.answer.responsible)) for t in voiced.told],
        fates=by.fates(found),
        actors=by.actors(found),
        aliases=by.aliases(found),
        no_actors=none,
        parties={
            number: one.model_copy(update={"by": by.kept(one.by), "hit": by.kept(one.hit)})
            for number, one in found.parties.items()
        },
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """The name of the actor that each name stands for, and the names that stand for none."""

    of: dict[str, str]
    none: set[str]

    def kept(self, listed: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(self.of.get(n, n) for n in listed if n not in self.none))

    def voice(self, _: int, source: str) -> str:
        return ARTICLE if source in self.none else self.of.get(source, source)

    def frame(self, one: FrameAnswer) -> FrameAnswer:
        parties = {
            "by": self.kept(one.by),
            "against": self.kept(one.against),
            "harmed": self.kept(one.harmed),
        }
        return one.model_copy(update=parties)

    def fates(self, found: Findings) -> dict[tuple[int, str], CasualtyKind | None]:
        """What became of each actor by any of its names."""
        fates: dict[tuple[int, str], CasualtyKind | None] = {}
        for (number, name), fate in found.fates.items():
            key = (number, self.of.get(name, name))
            fates[key] = fates.get(key) or fate
        return fates

    def actors(self, found: Findings) -> dict[str, ActorAnswer]:
        """The first description of each actor, which is that of its fullest name."""
        actors: dict[str, ActorAnswer] = {}
        for name, answer in found.actors.items():
            if name not in self.none:
                body = self.of[answer.of] if answer.of else None
                kind = kind_told(self.of[name]) or kind_told(name) or answer.kind
                actors.setdefault(
                    self.of[name], answer.model_copy(update={"of": body, "kind": kind})
                )
        return actors

    def aliases(self, found: Findings) -> dict[str, list[str]]:
        """The other proper names of each actor: no offices, and nothing that goes on after one."""
        aliases: dict[str, list[str]] = {}
        for other, name in self.of.items():
            office = found.is_person(other) and not _share_a_word(other, name)
            if is_proper(other) and not office and name.casefold() not in other.casefold():
                aliases.setdefault(name, []).append(other)
        return aliases


def _share_a_word(a: str, b: str) -> bool:
    return bool({*a.casefold().split()} & {*b.casefold().split()})


def _one_name_each(found: Findings, text: str) -> dict[str, str]:
    """The name that stands for the actor of each name."""
    used = dict.fromkeys([*found.actors, *names(found), *(body for _, body in found.members)])
    groups: list[list[str]] = []
    brackets, kinds = explained(text), {name: found.kind(name) for name in used}
    apart = _apart(found)
    for name in sorted(used, key=lambda name: (name not in found.actors, -len(name))):
        for group in groups:
            if any(frozenset((name, n)) in apart for n in group):
                continue
            if any(same_actor(name, n, (kinds[name], kinds[n]), brackets) for n in group):
                group.append(name)
                break
        else:
            groups.append([name])
    return {name: _name_of(group, found) for group in groups for name in group}


def _apart(found: Findings) -> set[frozenset[str]]:
    """Pairs of names that one answer sets against each other: two sides, or a member and a body."""
    sides = [
        (doer, hit)
        for act in found.acts
        for doer in act.frame.by
        for hit in (*act.frame.against, *act.frame.harmed)
    ]
    return {frozenset(pair) for pair in (*sides, *found.members)}


def _name_of(group: Sequence[str], found: Findings) -> str:
    """The fullest proper name in a group, without title, or else the fullest description."""
    bare = [_bare(name, found) for name in group if name in found.actors] or [*group]
    proper = [name for name in bare if is_proper(name)]
    full = [n for n in proper if not any(is_description(n, other) for other in proper)]
    return max(full or bare, key=len)


def _bare(name: str, found: Findings) -> str:
    """`name` as its description has it, if that is its end, and without title or abbreviation."""
    answer = found.actors[name]
    named = answer.name if name.casefold().endswith(answer.name.casefold()) else name
    named = _ABBREVIATION.sub("", named)
    return without_title(named, answer.role) if answer.kind is ActorKind.PERSON else named
