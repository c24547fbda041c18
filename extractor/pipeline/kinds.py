"""The kind of an actor that its name tells, as the codebook has it."""

from extractor.pipeline.referents import is_known_group
from extractor.schemas.codes import ActorKind

# fmt: off
_HEADS = {
    ActorKind.STATE_FORCE: {
        "police", "army", "military", "troops", "soldiers", "navy", "marines", "gendarmes",
        "gendarmerie", "policemen", "coalition", "soldier", "brigade", "battalion",
        "coastguard", "paratroopers",
    },
    ActorKind.GOVERNMENT: {
        "government", "ministry", "court", "council", "parliament", "cabinet", "regime",
        "authorities", "presidency", "embassy",
    },
    ActorKind.ARMED_GROUP: {
        "gunmen", "gunman", "militants", "insurgents", "rebels", "guerrillas", "jihadists",
        "terrorists", "militia", "militiamen", "attackers", "assailants", "extremists",
        "separatists", "guerrilla",
    },
    ActorKind.CRIMINAL_GROUP: {
        "bandits", "smugglers", "pirates", "robbers", "traffickers", "gang", "gangs", "cartel",
        "poachers", "gangsters",
    },
    ActorKind.POPULATION: {
        "people", "civilians", "residents", "villagers", "children", "women", "workers",
        "passengers", "worshippers", "mourners", "demonstrators", "protesters", "farmers",
        "students", "journalists", "witnesses", "relatives", "families", "miners", "drivers",
        "peasants", "pupils", "teachers", "traders", "clerks", "refugees", "bystanders",
        "inhabitants", "neighbours", "neighbors", "suspects", "prisoners", "hostages", "migrants",
    },
    ActorKind.MEDIA: {"newspaper", "radio", "television", "channel", "station"},
    ActorKind.COMPANY: {"company", "firm"},
    ActorKind.CIVIL_SOCIETY: {
        "hospital", "university", "institute", "union", "church", "charity", "ngo", "clinic",
    },
    ActorKind.PERSON: {
        "man", "woman", "spokesman", "spokeswoman", "minister", "president", "commander",
        "colonel", "general", "governor", "mayor", "judge", "director", "bomber", "driver",
        "bodyguard", "journalist", "priest", "teacher", "officer", "official", "lawyer",
    },
}
# fmt: on
_KINDS = {head: kind for kind, heads in _HEADS.items() for head in heads}
_COMPLEMENTS = {"of", "in", "at", "from", "for", "on", "near", "with", "who", "that", "to"}
_OTHERWISE = {"rebel", "former", "rival", "opposition", "separatist", "insurgent", "militant"}
"""What makes an army or a government another thing."""


def kind_told(name: str) -> ActorKind | None:
    """The kind that the head of a name tells, or that a known armed group has."""
    if is_known_group(name):
        return ActorKind.ARMED_GROUP
    words = name.casefold().split()
    end = next((i for i, word in enumerate(words) if i and word in _COMPLEMENTS), len(words))
    head = words[end - 1] if words else ""
    return None if _OTHERWISE & {*words} else _KINDS.get(head)
