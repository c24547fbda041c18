"""The kind of an actor that its name tells."""

import pytest

from extractor.pipeline.composing.kinds import kind_told


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Chadian army", "state_force"),
        ("police of Tessa province", "state_force"),
        ("US-led coalition", "state_force"),
        ("interior ministry", "government"),
        ("two gunmen", "armed_group"),
        ("ISIL", "armed_group"),
        ("charcoal smugglers", "criminal_group"),
        ("60 civilians", "population"),
        ("spokesman of the army", "person"),
        ("state broadcaster", "media"),
        ("national airline", "company"),
        ("relief foundation", "civil_society"),
        ("rebel army", None),
        ("Reed Front", None),
        ("Free Syrian Army", None),
        ("POLICE", "state_force"),
        ("Ocean Institute in Olm", "civil_society"),
        ("CHADIAN ARMY", None),
        ("Gunmen", "armed_group"),
        ("gunman", "person"),
        ("of", None),
    ],
)
def test_the_head_of_a_name_tells_its_kind(name: str, kind: str | None) -> None:
    assert kind_told(name) == kind
