"""The kind of an actor that its name tells, as the codebook has it."""

from extractor.pipeline.composing.referents import head_of, is_known_group
from extractor.schemas.codes import ActorKind

# fmt: off
_HEADS = {
    ActorKind.STATE_FORCE: {
        "police", "army", "military", "troops", "soldiers", "navy", "marines", "gendarmes",
        "gendarmerie", "policemen", "coalition", "coastguard", "paratroopers", "commandos",
    },
    ActorKind.GOVERNMENT: {
        "government", "ministry", "parliament", "cabinet", "regime", "authorities", "presidency",
        "embassy",
    },
    ActorKind.ARMED_GROUP: {
        "gunmen", "militants", "insurgents", "rebels", "guerrillas", "jihadists",
        "terrorists", "militia", "militiamen", "attackers", "assailants", "extremists",
        "separatists",
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
        "inhabitants", "sailors", "fishermen", "crowd", "crowds", "mob", "neighbours",
        "neighbors", "suspects", "prisoners", "hostages", "migrants",
    },
    ActorKind.MEDIA: {"newspaper", "radio", "television"},
    ActorKind.COMPANY: {"company", "firm"},
    ActorKind.CIVIL_SOCIETY: {
        "hospital", "university", "institute", "charity", "ngo", "clinic",
    },
    ActorKind.PERSON: {
        "man", "woman", "spokesman", "spokeswoman", "minister", "president", "commander",
        "colonel", "general", "governor", "mayor", "judge", "director", "bomber", "driver",
        "bodyguard", "journalist", "priest", "gunman", "guerrilla", "soldier", "policeman",
        "teacher", "officer", "official", "lawyer", "magistrate", "prosecutor", "leader", "chief",
        "secretary", "chairman", "resident", "witness", "survivor", "nurse", "doctor", "farmer",
        "researcher", "analyst", "spokesperson", "ambassador", "captain", "inspector", "prefect",
        "sheriff", "imam", "bishop", "chairwoman", "coordinator", "adviser", "aide", "expert",
        "professor", "sociologist", "historian", "activist", "administrator", "superintendent",
        "secretary-general", "councillor", "senator", "lawmaker", "lieutenant", "sergeant", "major",
        "brigadier", "owner", "manager", "shopkeeper", "neighbour", "neighbor", "pathologist",
    },
}
# fmt: on
_KINDS = {head: kind for kind, heads in _HEADS.items() for head in heads}
_OTHERWISE = {"rebel", "former", "rival", "opposition", "separatist", "insurgent", "militant"}
"""What makes an army or a government another thing."""
_IN_NAMES = {"army", "coalition"}
"""Heads of proper names of groups, too."""
_OFFICES = {
    "institute", "university", "hospital", "ministry", "police", "navy", "gendarmerie",
    "parliament", "embassy", "television", "radio",
}  # fmt: skip
"""Heads that tell as much in proper names."""


def kind_told(name: str) -> ActorKind | None:
    """The kind that the head of a description tells, or that a known armed group has.

    A head with a capital is part of a name, of which it tells less: there are armies of rebels.
    """
    if is_known_group(name):
        return ActorKind.ARMED_GROUP
    head, words = head_of(name), name.split()
    tells = head.islower() or len(words) == 1 or head.casefold() in _OFFICES
    tells = tells or (name.isupper() and head.casefold() not in _IN_NAMES)
    if not tells or _OTHERWISE & {word.casefold() for word in words}:
        return None
    return _KINDS.get(head.casefold())


def kind_within(name: str) -> ActorKind | None:
    """The same of a name that begins a sentence, as it would be within one."""
    return kind_told(name if name.isupper() else name[:1].lower() + name[1:])
