"""Outcomes for a person to read: what happened, and under it who says so, in whose words.

Everything is put together as `Text`, never as markup, so that brackets in an article stay
brackets.
"""

import io
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from extractor.pipeline.outcome import Outcome, Status
from extractor.report.plain import plain
from extractor.report.words import Names, bounds, spoken
from extractor.schemas import (
    Attribution,
    Casualty,
    Evidence,
    Extraction,
    Incident,
    IncidentDate,
    Location,
    ParticipantRole,
    PhysicalObject,
)

_STATUS_STYLE = {
    Status.OK: "green",
    Status.REPAIRED: "green",
    Status.PARTIAL: "yellow",
    Status.FAILED: "bold red",
    Status.REFUSED: "bold red",
}
_LABEL_WIDTH = 13
_WIDTH_MIN, _WIDTH_MAX = 40, 120
# The roles that every incident asks for come first and the rarer ones after them.
_ROLES = {role: f"{role}s" for role in ParticipantRole}
Line = tuple[str, Text]


def table_text(outcome: Outcome, *, width: int = 100, colour: bool = False) -> str:
    """The report on one outcome, as lines of at most `width` columns (40 to 120).

    Args:
        outcome: What became of an article.
        width: Columns there are.
        colour: Whether to add the escape sequences of a terminal.
    """
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=max(_WIDTH_MIN, min(width, _WIDTH_MAX)),
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )
    console.print(render(outcome))
    lines = buffer.getvalue().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n\n"


def render(outcome: Outcome) -> RenderableType:
    """The report on one outcome, for a rich console."""
    parts: list[RenderableType] = [*_header(outcome)]
    if outcome.error is not None:
        error = Text("error: ", "bold red").append(plain(outcome.error.message), "default")
        parts.append(Padding(error, (1, 0, 0, 2)))
    if outcome.extraction is not None:
        parts += _incidents(outcome.extraction)
    if outcome.warnings:
        parts.append(Padding(_warnings(outcome), (1, 0, 0, 2)))
    return Group(*parts)


def _header(outcome: Outcome) -> Iterator[RenderableType]:
    article = outcome.article
    yield Rule(Text(plain(article.id), "bold"), align="left", style="dim")
    if article.title:
        yield Text(plain(article.title), "bold")
    about = Text("published ")
    about.append(article.published.isoformat() if article.published else "on an unknown day")
    if article.source:
        about.append(f" by {plain(article.source)}")
    about.append(" · ").append(outcome.status, _STATUS_STYLE[outcome.status])
    yield about


def _incidents(extraction: Extraction) -> Iterator[RenderableType]:
    if not extraction.incidents:
        yield Padding(Text("No incident reported."), (1, 0, 0, 2))
    names = Names(extraction)
    for incident in extraction.incidents:
        yield Padding(_incident(incident, names), (1, 0, 0, 2))


def _incident(incident: Incident, names: Names) -> RenderableType:
    heading = Text(f"{incident.id}  ", "bold").append(spoken(incident.type).upper(), "bold cyan")
    heading.append(f" · {spoken(incident.status)}")
    facts = [
        *_who(incident, names),
        *_where(incident.location),
        *_when(incident.date),
        *_what_with(incident),
        *_how_many(incident.casualties, names),
        *(("as written", _quote(item)) for item in incident.evidence),
    ]
    parts: list[RenderableType] = [heading, Text(plain(incident.summary)), _grid(facts)]
    attributions = names.attributions_of(incident.id)
    if attributions:
        parts.append(Text("who says so", "bold"))
        parts += [Padding(_attribution(a, attributions, names), (0, 0, 0, 2)) for a in attributions]
    else:
        parts.append(Text("who says so: nothing found", "dim"))
    return Group(*parts)


def _grid(facts: Sequence[Line]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=_LABEL_WIDTH, no_wrap=True)
    grid.add_column(overflow="fold")
    last = ""
    for label, value in facts:
        # A label stands once, before the first of its values.
        grid.add_row(Text("" if label == last else label, "dim"), value)
        last = label
    return grid


def _who(incident: Incident, names: Names) -> Iterator[Line]:
    for role, label in _ROLES.items():
        if actors := incident.actors_in_role(role):
            yield label, _listed(names.of(actors))


def _where(location: Location | None) -> Iterator[Line]:
    if location is None:
        return
    parts = [location.name, location.city, location.region, location.country]
    yield "where", _listed(dict.fromkeys(part for part in parts if part), ", ")


def _when(when: IncidentDate | None) -> Iterator[Line]:
    if when is None:
        return
    value = _written(when.text)
    if when.start is None or when.end is None:
        value.append("not resolved to a day")
    elif when.start == when.end:
        value.append(when.start.isoformat())
    else:
        value.append(f"{when.start} to {when.end} ({when.precision})")
    yield "when", value


def _what_with(incident: Incident) -> Iterator[Line]:
    if incident.objects:
        yield "objects", _listed(map(_object, incident.objects))
    if incident.weapons:
        yield "weapons", _listed(incident.weapons)


def _object(item: PhysicalObject) -> str:
    return f"{item.name} ({spoken(item.effect)} {spoken(item.kind)})"


def _how_many(casualties: Iterable[Casualty], names: Names) -> Iterator[Line]:
    for casualty in casualties:
        value = Text(f"{spoken(casualty.kind)} ").append(bounds(casualty), "bold").append(" ")
        value.append(_written(casualty.text, ""))
        if casualty.who:
            value.append(f"{plain(casualty.who)} ")
        value.append(f"by {plain(names.source_of(casualty))}")
        yield "how many", value


def _attribution(
    attribution: Attribution, others: Sequence[Attribution], names: Names
) -> RenderableType:
    line = Text(f"{attribution.id}  ", "dim").append(plain(names.speaker(attribution)), "bold")
    line.append(f" · {attribution.stance}", "cyan").append(f" · {attribution.certainty}", "cyan")
    line.append(f" · {attribution.aspect}")
    if held := names.of(attribution.responsible):
        line.append(" of ").append(_listed(held, " or "))
    if attribution.medium:
        line.append(f" · in {plain(attribution.medium)}")
    body: list[RenderableType] = [Text(plain(attribution.statement))]
    body += [_quote(evidence) for evidence in attribution.evidence]
    for other in others:
        if other.id in attribution.conflicts_with:
            said_by = f"{other.stance} by {plain(names.speaker(other))}"
            body.append(Text(f"! conflicts with {other.id}, {said_by}", "yellow"))
    return Group(line, Padding(Group(*body), (0, 0, 0, 4)))


def _warnings(outcome: Outcome) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    for warning in outcome.warnings:
        grid.add_row("-", Text(plain(f"{warning.path}: {warning.message} [{warning.value}]")))
    return Group(Text("warnings", "yellow"), grid)


def _listed(values: Iterable[str], separator: str = "; ") -> Text:
    return Text(separator.join(plain(value) for value in values))


def _quote(evidence: Evidence) -> Text:
    return Text(f"“{plain(evidence.quote)}”", "italic")


def _written(text: str | None, link: str = "= ") -> Text:
    return Text(f"“{plain(text)}” {link}") if text else Text()
