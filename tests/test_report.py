"""Reports are read by people: each value is where they look for it and nothing can do harm."""

import csv
import io
from datetime import date

import pytest

from extractor.articles import Article
from extractor.pipeline.outcome import Failure, Issue, Outcome, Status
from extractor.report.csv import COLUMNS, csv_rows, csv_text, guard
from extractor.report.plain import plain
from extractor.report.table import table_text
from extractor.report.words import bounds
from extractor.schemas import (
    Actor,
    ActorKind,
    ArticleMeta,
    Aspect,
    Attribution,
    Casualty,
    CasualtyKind,
    Certainty,
    DatePrecision,
    Evidence,
    Extraction,
    Incident,
    IncidentDate,
    IncidentStatus,
    IncidentType,
    Location,
    ObjectEffect,
    ObjectKind,
    Participant,
    ParticipantRole,
    PhysicalObject,
    Provenance,
    Sourcing,
    Stance,
    Usage,
)

TEXT = (
    "A bomb [bold]exploded[/bold] at the fish market of Orlavik on Friday, killing at least four "
    "traders. Governor Ilse Marn blamed the Tide Front. The Tide Front denied it in a leaflet. "
    "Hospital staff counted between six and eight dead."
)
PROVENANCE = Provenance(
    model="test/model",
    prompt="incidents@1",
    prompt_hash="sha256:aa",
    schema_hash="sha256:bb",
    parameters={"temperature": 0},
    attempts=2,
    windows=1,
    usage=Usage(input_tokens=1200, cached_tokens=100, output_tokens=300, requests=3),
    cost_usd=0.0125,
    duration_s=3.25,
    package_version="0.0.0",
)


def quote(words: str) -> tuple[Evidence]:
    start = TEXT.index(words)
    return (Evidence(quote=words, start=start, end=start + len(words)),)


def actor(number: int, name: str, kind: ActorKind) -> Actor:
    return Actor(
        id=f"a{number}",
        name=name,
        aliases=(),
        kind=kind,
        role=None,
        affiliation=None,
        country=None,
        evidence=quote(name),
    )


def statement(number: int, source: str, stance: Stance, other: int, words: str) -> Attribution:
    return Attribution(
        id=f"t{number}",
        incident="i1",
        aspect=Aspect.RESPONSIBILITY,
        sourcing=Sourcing.ACTOR,
        source=source,
        responsible=("a2",),
        stance=stance,
        certainty=Certainty.CERTAIN,
        statement=f"It is told that {stance} number {number} holds.",
        medium="a leaflet" if stance is Stance.DENIAL else None,
        conflicts_with=(f"t{other}",),
        evidence=quote(words),
    )


ACTORS = (
    actor(1, "Ilse Marn", ActorKind.GOVERNMENT),
    actor(2, "Tide Front", ActorKind.ARMED_GROUP),
    actor(3, "traders", ActorKind.POPULATION),
    actor(4, "Hospital staff", ActorKind.CIVIL_SOCIETY),
)
INCIDENT = Incident(
    id="i1",
    summary="A bomb exploded at a fish market.",
    type=IncidentType.BOMBING,
    status=IncidentStatus.CARRIED_OUT,
    date=IncidentDate(
        start=date(2023, 5, 5), end=date(2023, 5, 5), precision=DatePrecision.DAY, text="Friday"
    ),
    location=Location(name="fish market", city="Orlavik", region=None, country=None),
    participants=(
        Participant(actor="a3", role=ParticipantRole.VICTIM),
        Participant(actor="a2", role=ParticipantRole.PERPETRATOR),
    ),
    objects=(
        PhysicalObject(name="fish market", kind=ObjectKind.BUSINESS, effect=ObjectEffect.DAMAGED),
    ),
    weapons=("bomb",),
    casualties=(
        Casualty(
            kind=CasualtyKind.KILLED,
            low=4,
            high=None,
            text="at least four",
            who="traders",
            source=None,
            evidence=quote("killing at least four traders"),
        ),
        Casualty(
            kind=CasualtyKind.KILLED,
            low=6,
            high=8,
            text="between six and eight",
            who=None,
            source="a4",
            evidence=quote("Hospital staff counted between six and eight dead."),
        ),
    ),
    evidence=quote("A bomb [bold]exploded[/bold] at the fish market of Orlavik on Friday"),
)
ATTRIBUTIONS = (
    statement(1, "a1", Stance.ACCUSATION, 2, "Governor Ilse Marn blamed the Tide Front."),
    statement(2, "a2", Stance.DENIAL, 1, "The Tide Front denied it in a leaflet."),
)


def make_outcome(
    article_id: str = "orlavik-1",
    status: Status = Status.OK,
    incidents: tuple[Incident, ...] = (INCIDENT,),
    *,
    title: str | None = "Blast at a market",
    warnings: tuple[Issue, ...] = (),
    error: Failure | None = None,
) -> Outcome:
    """An outcome around the one article of these tests."""
    article = Article(
        id=article_id,
        text=TEXT,
        title=title,
        published=date(2023, 5, 6),
        source="Orlavik Courier",
    )
    if not status.has_extraction:
        error = error or Failure(kind="server", message="The endpoint answered 503.")
        return Outcome(
            status=status,
            article=article,
            extraction=None,
            warnings=warnings,
            error=error,
            provenance=PROVENANCE,
        )
    meta = ArticleMeta(
        **article.model_dump(exclude={"text"}),
        sha256="0" * 64,
    )
    extraction = Extraction.model_validate(
        {
            "schema_version": "1.0",
            "article": meta,
            "actors": ACTORS if incidents else (),
            "incidents": incidents,
            "attributions": ATTRIBUTIONS if incidents else (),
        },
        context={"text": TEXT},
    )
    return Outcome(
        status=status,
        article=article,
        extraction=extraction,
        warnings=warnings,
        error=None,
        provenance=PROVENANCE,
    )


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_table_shows_what_happened() -> None:
    shown = squeezed(table_text(make_outcome()))
    for expected in (
        "orlavik-1 ─",
        "Blast at a market",
        "published 2023-05-06 by Orlavik Courier · ok",
        "i1 BOMBING · carried out",
        "A bomb exploded at a fish market.",
        "perpetrators Tide Front",
        "victims traders",
        "where fish market, Orlavik",
        "when “Friday” = 2023-05-05",
        "objects fish market (damaged business)",
        "weapons bomb",
    ):
        assert expected in shown


def test_table_shows_each_figure_with_its_source() -> None:
    shown = squeezed(table_text(make_outcome()))
    assert "how many killed 4+ “at least four” traders by the article" in shown
    assert "killed 6-8 “between six and eight” by Hospital staff" in shown


def test_table_shows_who_says_so_with_the_sentence_and_the_conflict() -> None:
    shown = squeezed(table_text(make_outcome()))
    says = shown.index("who says so")
    accused = shown.index(
        "t1 Ilse Marn · accusation · certain · responsibility of Tide Front "
        "It is told that accusation number 1 holds. "
        "“Governor Ilse Marn blamed the Tide Front.” "
        "! conflicts with t2, denial by Tide Front"
    )
    denied = shown.index("t2 Tide Front · denial · certain")
    assert says < accused < denied
    assert "in a leaflet “The" not in shown
    assert "· in a leaflet" in shown


def test_table_keeps_brackets_of_the_article() -> None:
    assert "“A bomb [bold]exploded[/bold] at the fish market" in squeezed(
        table_text(make_outcome(), width=120)
    )


@pytest.mark.parametrize("width", [10, 40, 60, 80, 500])
def test_table_keeps_to_the_width(width: int) -> None:
    lines = table_text(make_outcome(), width=width).splitlines()
    assert max(map(len, lines)) <= max(40, min(width, 120))


def test_table_without_incidents_says_so() -> None:
    assert "No incident reported." in table_text(make_outcome(incidents=()))


@pytest.mark.parametrize("status", [Status.FAILED, Status.REFUSED])
def test_table_of_a_failure_shows_the_error(status: Status) -> None:
    shown = table_text(make_outcome(status=status))
    assert f"· {status}" in shown
    assert "error: The endpoint answered 503." in shown
    assert "No incident" not in shown


def test_table_lists_warnings() -> None:
    warning = Issue(
        path="incidents.0.weapons.1", rule="not_in_text", value="rocket", message="not in the text"
    )
    shown = table_text(make_outcome(status=Status.PARTIAL, warnings=(warning,)))
    assert "warnings\n  - incidents.0.weapons.1: not in the text [rocket]" in shown


def test_table_is_plain_unless_colour_is_wanted() -> None:
    assert "\x1b" not in table_text(make_outcome())
    assert "\x1b[" in table_text(make_outcome(), colour=True)


def test_escapes_of_an_article_do_not_reach_the_terminal() -> None:
    outcome = make_outcome(
        article_id="x\x1b[2Jy", title="\x1b]0;owned\x07News \x9b31mtoday\r\n\x08"
    )
    shown = table_text(outcome)
    assert "\nNews today\n" in shown
    assert shown.startswith("xy ")
    assert not set(shown) & {"\x1b", "\x07", "\x08", "\x9b", "\r"}


def test_date_that_is_not_resolved_is_told_so() -> None:
    when = IncidentDate(start=None, end=None, precision=DatePrecision.WEEK, text="lately")
    incident = INCIDENT.model_copy(update={"date": when})
    assert "“lately” = not resolved to a day" in table_text(make_outcome(incidents=(incident,)))


def test_date_over_several_days_shows_both_ends() -> None:
    when = IncidentDate(
        start=date(2023, 5, 1), end=date(2023, 5, 7), precision=DatePrecision.WEEK, text=None
    )
    incident = INCIDENT.model_copy(update={"date": when, "location": None})
    shown = table_text(make_outcome(incidents=(incident,)))
    assert "2023-05-01 to 2023-05-07 (week)" in shown
    assert "where" not in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\n lines\tand more", "two lines and more"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://a.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\u202eb\u2066c", "abc"),
        ("nul\x00 bell\x07 c1\x85 end", "nul bell c1 end"),
        ("مقتل ثلاثة، 三人死亡 👩‍🚒", "مقتل ثلاثة، 三人死亡 👩‍🚒"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("", ""),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(3, 3, "3"), (3, 5, "3-5"), (3, None, "3+"), (None, 5, "0-5"), (0, 0, "0"), (None, None, "?")],
)
def test_bounds(low: int | None, high: int | None, expected: str) -> None:
    casualty = INCIDENT.casualties[0].model_copy(update={"low": low, "high": high})
    assert bounds(casualty) == expected


def cells(outcome: Outcome) -> dict[str, str]:
    [row] = csv_rows(outcome)
    return dict(zip(COLUMNS, row, strict=True))


def test_csv_row_of_an_incident() -> None:
    row = cells(make_outcome())
    assert row["article_id"] == "orlavik-1"
    assert row["status"] == "ok"
    assert row["incident_id"] == "i1"
    assert row["type"] == "bombing"
    assert row["incident_status"] == "carried_out"
    assert (row["date_start"], row["date_end"], row["date_text"]) == (
        "2023-05-05",
        "2023-05-05",
        "Friday",
    )
    assert (row["location"], row["city"], row["country"]) == ("fish market", "Orlavik", "")
    assert (row["perpetrators"], row["victims"], row["targets"]) == ("Tide Front", "traders", "")
    assert row["casualties"] == "killed 4+ by the article; killed 6-8 by Hospital staff"
    assert row["attributions"] == (
        "Ilse Marn: accusation certain (responsibility of Tide Front); "
        "Tide Front: denial certain (responsibility of Tide Front)"
    )
    assert row["evidence"].startswith("A bomb [bold]exploded[/bold]")
    assert row["error"] == ""


def test_csv_keeps_a_row_for_an_article_without_incidents() -> None:
    row = cells(make_outcome(incidents=()))
    assert (row["article_id"], row["status"], row["incident_id"]) == ("orlavik-1", "ok", "")


def test_csv_keeps_a_row_for_a_failure() -> None:
    row = cells(make_outcome(status=Status.FAILED))
    assert (row["status"], row["error"]) == ("failed", "server: The endpoint answered 503.")


def test_csv_is_read_back_as_written() -> None:
    rows = csv_rows(make_outcome(title='Comma, "quote" and\nline'))
    [back] = csv.reader(io.StringIO(csv_text(rows)))
    assert back == rows[0]
    assert back[COLUMNS.index("title")] == 'Comma, "quote" and line'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r\n+", "\x00@", "\x1b[0m-"])
def test_cells_are_never_formulas(start: str) -> None:
    assert guard(f"{start}cmd") == f"'{start[-1]}cmd"


def test_title_that_is_a_formula_is_guarded_in_the_row() -> None:
    row = cells(make_outcome(title='=HYPERLINK("http://a.example")'))
    assert row["title"] == '\'=HYPERLINK("http://a.example")'


BARE = Incident(
    id="i1",
    summary="Somebody was hurt.",
    type=IncidentType.ATTACK,
    status=IncidentStatus.ATTEMPTED,
    date=None,
    location=None,
    participants=(),
    objects=(),
    weapons=(),
    casualties=(),
    evidence=quote("The Tide Front denied it in a leaflet."),
)


def bare(*attributions: Attribution) -> Outcome:
    """An outcome of which little is known."""
    full = make_outcome(title=None)
    assert full.extraction is not None
    article = full.article.model_copy(update={"published": None, "source": None})
    extraction = full.extraction.model_copy(
        update={"incidents": (BARE,), "attributions": attributions}
    )
    return full.model_copy(update={"article": article, "extraction": extraction})


def test_table_of_what_is_not_known_has_no_empty_labels() -> None:
    lines = [" ".join(line.split()) for line in table_text(bare()).splitlines()]
    assert [line for line in lines if line][1:] == [
        "published on an unknown day · ok",
        "i1 ATTACK · attempted",
        "Somebody was hurt.",
        "as written “The Tide Front denied it in a leaflet.”",
        "who says so: nothing found",
    ]


def test_csv_of_what_is_not_known_has_empty_cells() -> None:
    row = cells(bare())
    filled = {name: cell for name, cell in row.items() if cell and name not in ("model", "prompt")}
    assert filled == {
        "article_id": "orlavik-1",
        "status": "ok",
        "incident_id": "i1",
        "type": "attack",
        "incident_status": "attempted",
        "summary": "Somebody was hurt.",
        "evidence": "The Tide Front denied it in a leaflet.",
        "warnings": "0",
    }


@pytest.mark.parametrize(
    ("sourcing", "speaker"),
    [(Sourcing.ARTICLE, "the article"), (Sourcing.UNATTRIBUTED, "unnamed source")],
)
def test_statements_without_an_actor_have_a_speaker(sourcing: Sourcing, speaker: str) -> None:
    told = ATTRIBUTIONS[0].model_copy(
        update={
            "source": None,
            "sourcing": sourcing,
            "aspect": Aspect.OCCURRENCE,
            "responsible": (),
            "conflicts_with": (),
        }
    )
    outcome = bare(told)
    shown = squeezed(table_text(outcome))
    assert f"t1 {speaker} · accusation · certain · occurrence It is told" in shown
    assert cells(outcome)["attributions"] == f"{speaker}: accusation certain (occurrence)"


def test_casualties_of_nobody_in_particular_are_shown() -> None:
    implied = INCIDENT.casualties[0].model_copy(update={"text": None, "low": None, "who": None})
    incident = INCIDENT.model_copy(
        update={"casualties": (implied,), "objects": (), "weapons": ("bomb",)}
    )
    shown = squeezed(table_text(make_outcome(incidents=(incident,))))
    assert "how many killed ? by the article" in shown
    assert "objects" not in shown
    assert "weapons bomb" in shown


def test_either_or_parties_are_joined_by_or() -> None:
    both = ATTRIBUTIONS[0].model_copy(update={"responsible": ("a2", "a1"), "conflicts_with": ()})
    outcome = bare(both)
    assert "responsibility of Tide Front or Ilse Marn" in squeezed(table_text(outcome))
    assert "(responsibility of Tide Front or Ilse Marn)" in cells(outcome)["attributions"]


def test_each_incident_has_a_row_and_only_its_own_statements() -> None:
    second = BARE.model_copy(update={"id": "i2"})
    outcome = make_outcome(incidents=(INCIDENT, second))
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in csv_rows(outcome)]
    assert [row["incident_id"] for row in rows] == ["i1", "i2"]
    assert rows[0]["attributions"]
    assert rows[1]["attributions"] == ""
    assert squeezed(table_text(outcome)).count("who says so: nothing found") == 1
