import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.grounding.places import (
    capital_country,
    countries_in,
    country_code,
    demonym_country,
    division_country,
    is_country,
)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("IQ", "IQ"),
        ("iq", "IQ"),
        ("IRQ", "IQ"),
        ("Iraq", "IQ"),
        ("  iraq ", "IQ"),
        ("Russia", "RU"),
        ("Russian Federation", "RU"),
        ("Syria", "SY"),
        ("Syrian Arab Republic", "SY"),
        ("Iran", "IR"),
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("South Korea", "KR"),
        ("North Korea", "KP"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("United Kingdom", "GB"),
        ("U.S.", "US"),
        ("US", "US"),
        ("the United States", "US"),
        ("USA", "US"),
        ("Ivory Coast", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("DR Congo", "CD"),
        ("Democratic Republic of Congo", "CD"),
        ("the Democratic Republic of the Congo", "CD"),
        ("Republic of Congo", "CG"),
        ("Congo-Brazzaville", "CG"),
        ("Palestine", "PS"),
        ("Gaza", "PS"),
        ("Gaza Strip", "PS"),
        ("Kosovo", "XK"),
        ("XK", "XK"),
        ("Taiwan", "TW"),
        ("Vietnam", "VN"),
        ("Bolivia", "BO"),
        ("Tanzania", "TZ"),
        ("the Philippines", "PH"),
        ("Yemeni", "YE"),
        ("Afghan", "AF"),
    ],
)
def test_a_known_name_or_code_gives_its_code(name: str, code: str) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize(
    "name", [None, "", "  ", "Atlantis", "Iraqq", "XX", "Baghdad", "Congo", "Korea", "x" * 1000]
)
def test_what_is_not_known_for_sure_gives_nothing(name: str | None) -> None:
    assert country_code(name) is None


@given(st.text())
def test_any_text_is_answered(name: str) -> None:
    code = country_code(name)
    assert code is None or (len(code) == 2 and code.isupper())


@pytest.mark.parametrize(
    ("place", "country"),
    [
        ("Mali", True),
        ("northern Mali", True),
        ("the southeast of Mali", False),
        ("South Africa", True),
        ("Bamako", False),
        ("", False),
    ],
)
def test_a_part_of_a_country_by_the_compass_is_no_place_in_it(place: str, country: bool) -> None:
    assert is_country(place) is country


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Helmand", "AF"),
        ("Helmand province", "AF"),
        ("Anbar", "IQ"),
        ("Al-Anbar", "IQ"),
        ("Borno State", "NG"),
        ("Norte de Santander", "CO"),
        ("Central", None),  # of several countries
        ("Amazonas", None),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_the_country_of_a_province(name: str, code: str | None) -> None:
    assert division_country(name) == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a port of Yemen's coast and the Kenyans’ guards", {"YE"}),
        ("the Sudanese army and Philippine police", {"SD", "PH"}),
        ("in the east of the Democratic Republic of the Congo", {"CD"}),
        ("the Congolese army", set()),
        ("a Dominican judge and a French priest", {"DO", "FR"}),
        ("South Sudan's Jonglei State", {"SS"}),
        ("nobody, us and a thai dish", set()),
    ],
)
def test_the_countries_that_a_text_names(text: str, codes: set[str]) -> None:
    assert countries_in(text) == codes


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Palestinian", "PS"),
        ("Haitian", "HT"),
        ("kyrgyz", "KG"),
        ("Congolese", None),
        ("Haiti", None),
        ("U.S.", "US"),
    ],
)
def test_the_country_of_a_demonym(name: str, code: str | None) -> None:
    assert demonym_country(name) == code


@pytest.mark.parametrize(
    ("name", "code"),
    [("Port-au-Prince", "HT"), ("N’Djamena", "TD"), ("Victoria", None), ("Olm", None), ("", None)],
)
def test_the_country_of_a_capital(name: str, code: str | None) -> None:
    assert capital_country(name) == code
