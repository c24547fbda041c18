"""Where incidents happened."""

import pytest

from extractor.grounding.align import Aligner
from extractor.pipeline.composing.findings import Act
from extractor.pipeline.composing.placing import country_of, place_of, placed
from extractor.pipeline.values import Source
from extractor.schemas.codes import IncidentStatus, IncidentType
from extractor.schemas.draft import DraftIncident
from tests.answers import frame


def acts(*places: str | None, country: str | None = None) -> list[Act]:
    """Acts of one incident, each with the place that its passage tells."""
    return [
        Act((number,), IncidentType.ATTACK, frame(where=place, country=country), None)
        for number, place in enumerate(places, 1)
    ]


def article(text: str) -> Source:
    return Source(text, [], Aligner(text), None, "en")


def country(text: str, place: str, told: str | None = None) -> str | None:
    return country_of(acts(place, country=told), article(text))


@pytest.mark.parametrize(
    ("places", "place"),
    [
        (("Mali", "Olm"), "Olm"),
        (("the town", "Olm"), "Olm"),
        (("Mali", "the market"), "Mali"),
        (("northern Mali", "Olm, Mali"), "Olm, Mali"),
        ((None, "Olm", "Kesra"), "Olm"),
        ((None,), None),
    ],
)
def test_the_place_is_as_exact_as_it_is_told(places: tuple[str | None], place: str | None) -> None:
    assert place_of(acts(*places)) == place


@pytest.mark.parametrize(
    ("text", "place", "told", "code"),
    [
        ("A bomb went off in Olm, Mali. Norway condemned it.", "Olm", "Norway", "ML"),
        ("A bomb went off in Olm. Mali and Norway condemned it.", "Olm", "Norway", "Norway"),
        ("A bomb went off in Olm. Norway condemned it.", "Olm", None, "NO"),
        ("In Olm and Helmand bombs fell, Mali and Norway said.", "Olm and Helmand", None, "AF"),
        ("In Olm bombs fell, Mali and Norway said.", "Olm", None, None),
    ],
)
def test_the_country_of_a_place(text: str, place: str, told: str | None, code: str | None) -> None:
    assert country(text, place, told) == code


@pytest.mark.parametrize(
    ("where", "places"),
    [
        ("Olm", ["Olm"]),
        ("the town of Olm", ["Olm"]),
        ("Malian village of the Olm", ["Olm"]),
        ("Olm, Mali", ["Olm"]),
        ("Olm, Kesra", ["Olm, Kesra"]),
        ("Olm and Port Kesra", ["Olm", "Port Kesra"]),
        ("the provinces of Olm and Kesra", ["Olm", "Kesra"]),
        (None, [None]),
    ],
)
def test_each_place_is_named(where: str | None, places: list[str | None]) -> None:
    incident = DraftIncident(
        sentences=[1],
        summary="It happened.",
        type=IncidentType.ATTACK,
        status=IncidentStatus.CARRIED_OUT,
        when=None,
        where=where,
        city=None,
        region=None,
        country=None,
        perpetrators=[],
        targets=[],
        victims=[],
        others=[],
        objects=[],
        weapons=[],
        figures=[],
        statements=[],
    )
    assert [one.where for one in placed([incident], article(""))] == places
