"""From a draft to an extraction: ground every value, resolve every name, keep the codebook.

One pass builds what can be built and names what cannot: with issues the model is asked again,
and what is still wrong at the end is left out, with the same issues as warnings.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from extractor.grounding.dates import impossible, resolve
from extractor.grounding.figures import bounds
from extractor.grounding.places import countries_in
from extractor.pipeline.consistency import (
    Statement,
    conflicts,
    disputed,
    normalised,
    once,
    unmixed,
    with_article_voice,
    with_disputed_figures,
)
from extractor.pipeline.values import Source, Values, without_article
from extractor.schemas import (
    Actor,
    ActorKind,
    Attribution,
    Casualty,
    Incident,
    IncidentDate,
    Location,
    Participant,
    ParticipantRole,
    PhysicalObject,
    Sourcing,
)
from extractor.schemas.draft import (
    ARTICLE,
    UNATTRIBUTED,
    Draft,
    DraftActor,
    DraftFigure,
    DraftIncident,
    DraftStatement,
    SharedFigure,
)
from extractor.validation import Issue, issue

_DIRECTION = re.compile(
    r"^(?:(?:just |about |\d+\s*(?:km|kilomet\w+|miles?) )?"
    r"(?:near|outside|around|(?:north|south)?(?:north|south|east|west)(?:ern)? of|in|at)\s+)"
    r"(?:the\s+)?(?=\S)",
    re.IGNORECASE,
)
_SAME_NAME = 90

_STATE = (ActorKind.STATE_FORCE, ActorKind.GOVERNMENT)


@dataclass
class _KnownActor:
    """An actor whose name has been found in the article."""

    name: str
    start: int
    kind: ActorKind
    aliases: list[str] = field(default_factory=list)
    role: str | None = None
    member_of: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class Assembly:
    """What could be built of a draft, and an issue for each value that could not."""

    actors: tuple[Actor, ...]
    incidents: tuple[Incident, ...]
    attributions: tuple[Attribution, ...]
    issues: tuple[Issue, ...]


def assemble(draft: Draft, source: Source) -> Assembly:
    """Build the parts of an extraction from `draft`."""
    # A draft that was found good when it was checked is the one that is kept.
    if source.assembled.get("draft") is not draft:
        source.assembled.update(draft=draft, assembly=_Assembler(source).run(draft))
    assembly: Assembly = source.assembled["assembly"]
    return assembly


class _Assembler(Values):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.actors: list[_KnownActor] = []
        self.by_name: dict[str, _KnownActor] = {}

    def run(self, draft: Draft) -> Assembly:
        for number, actor in enumerate(draft.actors):
            self.add_actor(actor, f"actors.{number}")
        built: list[tuple[Incident, list[Statement]]] = []
        order = sorted(range(len(draft.incidents)), key=lambda n: min(draft.incidents[n].sentences))
        for number in order:
            path = f"incidents.{number}"
            if made := self.incident(draft.incidents[number], path, f"i{len(built) + 1}"):
                built.append(made)
        return self.numbered(built)

    # Actors

    def add_actor(self, draft: DraftActor, path: str) -> None:
        found = self.mention(draft.name)
        if found is None:
            self.not_in_text(f"{path}.name", draft.name)
            return
        name = self.source.text[found.start : found.end]
        known = self.by_name.get(name.casefold())
        if known is None:
            known = _KnownActor(name, found.start, draft.kind)
            self.actors.append(known)
        known.role = known.role or self.written(draft.role, f"{path}.role")
        known.member_of = known.member_of or draft.member_of
        known.country = known.country or self.country(draft.country, f"{path}.country")
        if known.country is None and draft.kind is not ActorKind.PERSON:
            known.country = _only(countries_in(name))
        for key in (name, draft.name):
            self.by_name.setdefault(key.casefold(), known)
        for position, alias in enumerate(draft.aliases):
            written = self.written(alias, f"{path}.aliases.{position}")
            if written and written.casefold() not in self.by_name:
                known.aliases.append(written)
                self.by_name[written.casefold()] = known

    def actor(self, name: str, path: str) -> _KnownActor | None:
        """The actor called `name`: listed, nearly so called, or at least named in the article."""
        for key in (name, without_article(name)):
            if known := self.by_name.get(key.casefold()):
                return known
        close = process.extractOne(
            name.casefold(), [*self.by_name], scorer=fuzz.ratio, score_cutoff=_SAME_NAME
        )
        if close:
            return self.by_name[close[0]]
        self.issues.append(
            issue(path, "unknown_actor", name, "is not listed in actors under this name")
        )
        found = self.mention(name)
        if found is None:
            return None
        known = _KnownActor(self.source.text[found.start : found.end], found.start, ActorKind.OTHER)
        self.actors.append(known)
        self.by_name[name.casefold()] = known
        return known

    def body(self, known: _KnownActor) -> _KnownActor | None:
        """The actor that `known` belongs to or speaks for."""
        found = self.by_name.get(known.member_of.casefold()) if known.member_of else None
        return found if found is not known else None

    def own_side(self, speaker: _KnownActor) -> set[str]:
        """Who `speaker` speaks of as "we": itself, its body, and the forces of its own state."""
        body = self.body(speaker) or speaker
        side = {speaker.name, body.name}
        if body.kind in _STATE and (country := body.country or speaker.country):
            side |= {a.name for a in self.actors if a.kind in _STATE and a.country == country}
        return side

    def claimed_side(self, speaker: _KnownActor) -> set[str]:
        """The same for what is worded as a claim: officials claim what forces of a state did.

        A small model seldom knows whose spokesman somebody is. Forces of a state that is known to
        be another one are left out.
        """
        body = self.body(speaker) or speaker
        if body.kind not in (*_STATE, ActorKind.PERSON, ActorKind.OTHER):
            return set()
        country = body.country or speaker.country
        return {
            a.name
            for a in self.actors
            if a.kind is ActorKind.STATE_FORCE and (not country or a.country in (None, country))
        }

    # Incidents

    def incident(
        self, draft: DraftIncident, path: str, incident_id: str
    ) -> tuple[Incident, list[Statement]] | None:
        evidence = self.evidence(draft.sentences, f"{path}.sentences")
        summary = self.short(draft.summary, f"{path}.summary")
        if not evidence or not summary:
            self.issues.append(
                issue(path, "no_evidence", draft.summary, "has no sentence that reports it")
            )
            return None
        statements = [
            made
            for number, statement in enumerate(draft.statements)
            if (made := self.statement(statement, f"{path}.statements.{number}", incident_id))
        ]
        roles = self.roles(draft, path, statements)
        incident = Incident(
            id=incident_id,
            summary=summary,
            type=draft.type,
            status=draft.status,
            date=self.date(draft.when, f"{path}.when"),
            location=self.location(draft, path),
            participants=tuple(Participant(actor=name, role=role) for name, role in roles.items()),
            objects=tuple(self.objects(draft, path)),
            weapons=tuple(self.all_written(draft.weapons, f"{path}.weapons")),
            casualties=tuple(self.casualties(draft.figures, path)),
            evidence=evidence,
        )
        told = disputed(once(unmixed(statements)), incident.casualties)
        told = with_disputed_figures(incident, told)
        return incident, with_article_voice(incident, told)

    def roles(
        self, draft: DraftIncident, path: str, statements: Sequence[Statement]
    ) -> dict[str, ParticipantRole]:
        """One role an actor: who is held responsible is a perpetrator, whatever else is said."""
        roles = dict.fromkeys(
            (name for s in statements if s.stance.affirms for name in s.responsible),
            ParticipantRole.PERPETRATOR,
        )
        named = [
            *((ParticipantRole.PERPETRATOR, n, "perpetrators") for n in draft.perpetrators),
            *((ParticipantRole.VICTIM, n, "victims") for n in draft.victims),
            *((ParticipantRole.TARGET, n, "targets") for n in draft.targets),
            *((ParticipantRole(o.role), o.name, "others") for o in draft.others),
        ]
        for role, name, field_name in named:
            if known := self.actor(name, f"{path}.{field_name}"):
                roles.setdefault(known.name, role)
        return roles

    def date(self, when: str | None, path: str) -> IncidentDate | None:
        written = self.written(when, path)
        if written is None:
            return None
        if impossible(written):
            self.issues.append(issue(path, "impossible_date", written, "is no day of the calendar"))
            return None
        return resolve(written, self.source.published, self.source.language)

    def location(self, draft: DraftIncident, path: str) -> Location | None:
        where = draft.where and _DIRECTION.sub("", draft.where)
        name = self.written(where, f"{path}.where")
        country = self.country(draft.country, f"{path}.country")
        if not any((name, draft.city, draft.region, country)):
            return None
        return Location(name=name, city=draft.city, region=draft.region, country=country)

    def objects(self, draft: DraftIncident, path: str) -> Iterator[PhysicalObject]:
        for number, item in enumerate(draft.objects):
            if name := self.written(item.name, f"{path}.objects.{number}.name"):
                yield PhysicalObject(name=name, kind=item.kind, effect=item.effect)

    def casualties(self, figures: Sequence[DraftFigure], path: str) -> Iterator[Casualty]:
        seen: set[tuple[object, ...]] = set()
        for number, figure in enumerate(figures):
            made = self.casualty(figure, f"{path}.figures.{number}")
            key = made and (made.kind, made.low, made.high, made.who, made.source)
            if made and key and key not in seen:
                seen.add(key)
                yield made

    def casualty(self, figure: DraftFigure, path: str) -> Casualty | None:
        sentence = self.by_number.get(figure.sentence)
        span = (sentence.start, sentence.end) if sentence else None
        text, evidence = None, self.evidence([figure.sentence], f"{path}.sentence")
        if figure.number is not None:
            found = self.source.aligner.find(figure.number, within=span) if span else None
            found = found or self.source.aligner.find(figure.number)
            if found is None:
                self.not_in_text(f"{path}.number", figure.number)
                return None
            text = self.source.text[found.start : found.end]
            evidence = (self.sentence_at(found.start),)
        who = self.written(figure.who, f"{path}.who")
        person = self.by_name.get((who or "").casefold())
        named = text is None and person is not None and person.kind is ActorKind.PERSON
        limits = (1, 1) if named else bounds(text) if text else (None, None)
        if limits is not None and isinstance(figure, SharedFigure):
            limits = (None, None)
        if limits is None:
            self.issues.append(
                issue(f"{path}.number", "impossible_number", text, "is no possible number")
            )
            return None
        if not evidence or (text is None and who is None):
            return None
        giver = None
        if figure.source not in (None, ARTICLE, UNATTRIBUTED):
            giver = self.actor(figure.source, f"{path}.source")
        return Casualty(
            kind=figure.kind,
            low=limits[0],
            high=limits[1],
            text=text,
            who=who,
            source=giver.name if giver else None,
            evidence=evidence,
        )

    # Statements

    def statement(self, draft: DraftStatement, path: str, incident_id: str) -> Statement | None:
        evidence = self.evidence([draft.sentence], f"{path}.sentence")
        words = self.short(draft.statement, f"{path}.statement")
        speaker: _KnownActor | None = None
        sourcing = Sourcing.ACTOR
        if draft.source in (ARTICLE, UNATTRIBUTED):
            sourcing = Sourcing(draft.source)
        else:
            speaker = self.actor(draft.source, f"{path}.source")
        if not evidence or not words or (sourcing is Sourcing.ACTOR and speaker is None):
            return None
        responsible: list[str] = []
        for number, name in enumerate(draft.responsible):
            if known := self.actor(name, f"{path}.responsible.{number}"):
                responsible.append(known.name)
        return normalised(
            Statement(
                incident=incident_id,
                aspect=draft.aspect,
                sourcing=sourcing,
                source=speaker.name if speaker else None,
                responsible=tuple(dict.fromkeys(responsible)),
                stance=draft.stance,
                certainty=draft.certainty,
                statement=words,
                medium=self.written(draft.medium, f"{path}.medium"),
                evidence=evidence,
            ),
            own_side=self.own_side(speaker) if speaker else set(),
            claimed=self.claimed_side(speaker) if speaker else set(),
        )

    # Ids

    def numbered(self, built: Sequence[tuple[Incident, list[Statement]]]) -> Assembly:
        """Give ids in order of first mention; leave out actors that nothing refers to."""
        statements = [statement for _, made in built for statement in made]
        statements.sort(key=lambda statement: statement.evidence[0].start)
        used = self.referenced([incident for incident, _ in built], statements)
        kept = sorted((a for a in self.actors if a.name in used), key=lambda a: a.start)
        ids = {known.name: f"a{number}" for number, known in enumerate(kept, 1)}
        opposed = conflicts(statements)
        return Assembly(
            actors=tuple(self.public_actor(known, ids) for known in kept),
            incidents=tuple(_with_ids(incident, ids) for incident, _ in built),
            attributions=tuple(
                statement.public(
                    f"t{number}", ids, tuple(f"t{other + 1}" for other in opposed[number - 1])
                )
                for number, statement in enumerate(statements, 1)
            ),
            issues=tuple(self.issues),
        )

    def referenced(
        self, incidents: Sequence[Incident], statements: Sequence[Statement]
    ) -> set[str]:
        used = {p.actor for incident in incidents for p in incident.participants}
        used |= {c.source for incident in incidents for c in incident.casualties if c.source}
        for statement in statements:
            used.update(statement.responsible)
            if statement.source:
                used.add(statement.source)
        # A body that only its member names is kept, or the affiliation would point nowhere.
        for known in self.actors:
            body = self.body(known) if known.name in used else None
            while body and body.name not in used:
                used.add(body.name)
                body = self.body(body)
        return used

    def public_actor(self, known: _KnownActor, ids: dict[str, str]) -> Actor:
        body = self.body(known)
        affiliation = ids[body.name] if body else None
        return Actor(
            id=ids[known.name],
            name=known.name,
            aliases=tuple(known.aliases),
            kind=known.kind,
            role=known.role,
            affiliation=affiliation,
            country=known.country,
            evidence=(self.sentence_at(known.start),),
        )


def _only(countries: set[str]) -> str | None:
    return next(iter(countries)) if len(countries) == 1 else None


def _with_ids(incident: Incident, ids: dict[str, str]) -> Incident:
    return incident.model_copy(
        update={
            "participants": tuple(
                Participant(actor=ids[p.actor], role=p.role) for p in incident.participants
            ),
            "casualties": tuple(
                c.model_copy(update={"source": ids[c.source] if c.source else None})
                for c in incident.casualties
            ),
        }
    )
