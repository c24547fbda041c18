"""What the codebook implies about statements, done by rule instead of asking the model."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations

from extractor.pipeline.composing.referents import one_referent
from extractor.schemas import (
    Aspect,
    Attribution,
    Casualty,
    CasualtyKind,
    Certainty,
    Evidence,
    Incident,
    IncidentStatus,
    ParticipantRole,
    Sourcing,
    Stance,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """An attribution before ids are given: actors stand by name."""

    incident: str
    aspect: Aspect
    sourcing: Sourcing
    source: str | None
    responsible: tuple[str, ...]
    stance: Stance
    certainty: Certainty
    statement: str
    medium: str | None
    evidence: tuple[Evidence, ...]
    counts: Casualty | None = None
    """The disputed figure that it gives."""

    def public(
        self, own_id: str, ids: Mapping[str, str], conflicts_with: tuple[str, ...]
    ) -> Attribution:
        """The attribution with ids in place of names."""
        return Attribution(
            id=own_id,
            incident=self.incident,
            aspect=self.aspect,
            sourcing=self.sourcing,
            source=ids[self.source] if self.source else None,
            responsible=tuple(ids[name] for name in self.responsible),
            stance=self.stance,
            certainty=self.certainty,
            statement=self.statement,
            medium=self.medium,
            conflicts_with=conflicts_with,
            evidence=self.evidence,
        )


def normalised(
    statement: Statement, own_side: Set[str], claimed: Set[str] = frozenset()
) -> Statement:
    """`statement` with stance and parties as the codebook defines them.

    Only the source's own side can claim, and a source that says its own side did it claims; who
    claims or denies without naming anybody speaks of that side; the article's own voice asserts;
    what nobody in particular says is a suspicion; only responsibility names responsible parties.

    Args:
        statement: The statement as drafted.
        own_side: Names of its source and of the body that the source belongs to.
        claimed: Names of others that its source speaks for if it is worded as a claim.
    """
    if statement.aspect is not Aspect.RESPONSIBILITY:
        takes_or_blames = statement.stance in (Stance.CLAIM, Stance.ACCUSATION)
        stance = Stance.ASSERTION if takes_or_blames else statement.stance
        return _voiced(replace(statement, responsible=(), stance=stance))
    about_oneself = statement.stance in (Stance.CLAIM, Stance.DENIAL)
    if about_oneself and statement.sourcing is Sourcing.ACTOR and not statement.responsible:
        # "It was us", "we did not do it": a spokesman speaks of his body, not of himself.
        body = tuple(sorted(own_side - {statement.source}))
        return replace(statement, responsible=body or tuple(sorted(own_side)))
    if statement.stance is Stance.CLAIM and statement.sourcing is Sourcing.ACTOR:
        if not (own_side | claimed) & {*statement.responsible}:
            return replace(statement, stance=Stance.ACCUSATION)
        return statement
    if _of_itself(statement, own_side):
        return replace(statement, stance=Stance.CLAIM)
    return _voiced(statement)


def _of_itself(statement: Statement, own_side: Set[str]) -> bool:
    """Whether a source says that it, or its own side alone, did it.

    Who blames a body of which he is thought to be a member is more likely none.
    """
    named = {*statement.responsible}
    if statement.sourcing is not Sourcing.ACTOR or not named:
        return False
    if statement.stance is Stance.ACCUSATION:
        return named == {statement.source}
    return statement.stance is Stance.ASSERTION and named <= own_side


def _voiced(statement: Statement) -> Statement:
    if statement.sourcing is Sourcing.ARTICLE and statement.stance in (
        Stance.CLAIM,
        Stance.ACCUSATION,
    ):
        return replace(statement, stance=Stance.ASSERTION)
    if statement.sourcing is Sourcing.UNATTRIBUTED and statement.stance.affirms:
        weakened = {Certainty.CERTAIN: Certainty.LIKELY}
        certainty = weakened.get(statement.certainty, statement.certainty)
        return replace(statement, stance=Stance.SUSPICION, certainty=certainty)
    return statement


def unmixed(statements: Sequence[Statement]) -> list[Statement]:
    """`statements` in which no source claims what it blames somebody else for."""
    blamed = {
        (statement.source, name)
        for statement in statements
        if statement.stance is Stance.ACCUSATION
        for name in statement.responsible
    }
    return [
        replace(statement, stance=Stance.ACCUSATION)
        if statement.stance is Stance.CLAIM
        and any((statement.source, name) in blamed for name in statement.responsible)
        else statement
        for statement in statements
    ]


def once(statements: Sequence[Statement]) -> list[Statement]:
    """`statements` with what one source states twice as one, on the evidence of both."""
    kept: dict[tuple[object, ...], Statement] = {}
    for statement in statements:
        parties = (statement.source, statement.sourcing, frozenset(statement.responsible))
        key = (*parties, statement.aspect, statement.stance)
        if earlier := kept.get(key):
            more = (e for e in statement.evidence if e not in earlier.evidence)
            kept[key] = replace(earlier, evidence=(*earlier.evidence, *more))
        else:
            kept[key] = statement
    return list(kept.values())


def disputed(statements: Sequence[Statement], figures: Sequence[Casualty]) -> list[Statement]:
    """`statements` without those about casualties that nobody disputes: figures say as much.

    A figure is disputed where somebody denies or doubts one, or where two sources count
    differently.
    """
    about = [statement for statement in statements if statement.aspect is Aspect.CASUALTIES]
    contested = any(not statement.stance.affirms for statement in about) or any(
        a.source != b.source and (a.low, a.high) != (b.low, b.high)
        for a, b in combinations(figures, 2)
        if a.kind is b.kind or CasualtyKind.KILLED_OR_WOUNDED in (a.kind, b.kind)
    )
    return [s for s in statements if contested or s.aspect is not Aspect.CASUALTIES]


def with_disputed_figures(incident: Incident, statements: Sequence[Statement]) -> list[Statement]:
    """`statements`, and what each source of figures that cannot all be right says.

    Here the actors of `incident` still stand by name. A source that has said something about
    casualties is taken to have given its figure.
    """
    pairs = combinations(incident.casualties, 2)
    contested = {f.source: f for pair in pairs if _differ(*pair) for f in pair}
    told = [
        replace(s, counts=contested.pop(s.source))
        if s.aspect is Aspect.CASUALTIES and s.source in contested
        else s
        for s in statements
    ]
    made = [
        Statement(
            incident=incident.id,
            aspect=Aspect.CASUALTIES,
            sourcing=Sourcing.ACTOR,
            source=source,
            responsible=(),
            stance=Stance.ASSERTION,
            certainty=Certainty.CERTAIN,
            statement=f"{figure.text} {figure.who or 'people'} {figure.kind.replace('_', ' ')}",
            medium=None,
            evidence=figure.evidence,
            counts=figure,
        )
        for source, figure in contested.items()
    ]
    return [*told, *made]


def _differ(a: Casualty, b: Casualty) -> bool:
    """Whether two sources count the same people, so that one of them must be wrong."""
    if None in (a.source, b.source) or a.source == b.source or a.kind is not b.kind:
        return False
    everybody = all(who is None or who.casefold() == "people" for who in (a.who, b.who))
    if not everybody and not (a.who and b.who and one_referent(a.who, b.who)):
        return False
    return _below(a, b) or _below(b, a)


def _below(a: Casualty, b: Casualty) -> bool:
    return a.high is not None and b.low is not None and a.high < b.low


def with_article_voice(incident: Incident, statements: Sequence[Statement]) -> list[Statement]:
    """`statements`, and the article's own assertion for perpetrators that nobody else names.

    Here the participants of `incident` still stand by name.
    """
    held = {name for s in statements if s.stance.affirms for name in s.responsible}
    named = incident.actors_in_role(ParticipantRole.PERPETRATOR)
    unheld = tuple(name for name in named if name not in held)
    if not unheld or incident.status is not IncidentStatus.CARRIED_OUT:
        return list(statements)
    voice = Statement(
        incident=incident.id,
        aspect=Aspect.RESPONSIBILITY,
        sourcing=Sourcing.ARTICLE,
        source=None,
        responsible=unheld,
        stance=Stance.ASSERTION,
        certainty=Certainty.CERTAIN,
        statement=incident.summary,
        medium=None,
        evidence=incident.evidence,
    )
    return [*statements, voice]


def conflicts(statements: Sequence[Statement]) -> list[list[int]]:
    """For each statement the positions of those that cannot be true together with it."""
    opposed: list[list[int]] = [[] for _ in statements]
    for first, second in combinations(range(len(statements)), 2):
        if _contradict(statements[first], statements[second]):
            opposed[first].append(second)
            opposed[second].append(first)
    return opposed


def _contradict(a: Statement, b: Statement) -> bool:
    if (a.incident, a.aspect) != (b.incident, b.aspect):
        return False
    same_source = a.sourcing is b.sourcing and a.source == b.source
    if same_source:
        return False
    if a.counts and b.counts:
        return _differ(a.counts, b.counts)
    shared = {*a.responsible} & {*b.responsible}
    if a.stance.affirms != b.stance.affirms:
        denied = a if not a.stance.affirms else b
        return denied.stance is Stance.DENIAL and (
            a.aspect is not Aspect.RESPONSIBILITY or bool(shared)
        )
    # Two parties can both be named; they exclude each other where both claim or blame alone.
    return bool(
        a.stance.affirms
        and a.aspect is Aspect.RESPONSIBILITY
        and a.responsible
        and b.responsible
        and not shared
    )
