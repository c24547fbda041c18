"""The kind of an actor that its name tells, as the codebook has it."""

from extractor.pipeline.composing.referents import head_of, is_known_group
from extractor.schemas.codes import ActorKind

# fmt: off
_HEADS = {
    ActorKind.STATE_FORCE: {
        "police", "army", "military", "troops", "soldiers", "navy", "marines", "gendarmes",
        "gendarmerie", "policemen", "coalition", "coastguard", "paratroopers", "commandos",
        "officers", "forces", "constables", "rangers", "carabinieri", "troopers", "conscripts",
        "coastguards", "garrison", "battalion", "infantry",
    },
    ActorKind.GOVERNMENT: {
        "government", "ministry", "parliament", "cabinet", "regime", "authorities", "presidency",
        "embassy",
        "junta", "administration", "council", "municipality", "court", "tribunal", "senate",
        "legislature", "monarchy",
    },
    ActorKind.ARMED_GROUP: {
        "gunmen", "militants", "insurgents", "rebels", "guerrillas", "jihadists",
        "terrorists", "militia", "militiamen", "attackers", "assailants", "extremists",
        "separatists",
        "fighters", "mercenaries", "paramilitaries", "vigilantes", "assassins", "raiders",
        "bombers", "snipers", "warlords",
    },
    ActorKind.CRIMINAL_GROUP: {
        "bandits", "smugglers", "pirates", "robbers", "traffickers", "gang", "gangs", "cartel",
        "poachers", "gangsters",
        "kidnappers", "thieves", "looters", "rustlers", "hijackers", "burglars", "extortionists",
        "hitmen", "mafia", "syndicate",
    },
    ActorKind.POPULATION: {
        "people", "civilians", "residents", "villagers", "children", "women", "workers",
        "passengers", "worshippers", "mourners", "demonstrators", "protesters", "farmers",
        "students", "journalists", "witnesses", "relatives", "families", "miners", "drivers",
        "peasants", "pupils", "teachers", "traders", "clerks", "refugees", "bystanders",
        "inhabitants", "sailors", "fishermen", "crowd", "crowds", "mob", "neighbours",
        "neighbors", "suspects", "prisoners", "hostages", "migrants",
        "herders", "tribesmen", "pilgrims", "shoppers", "commuters", "patients", "detainees",
        "inmates", "supporters", "marchers", "rioters", "strikers", "employees", "nurses",
        "doctors", "locals", "survivors", "shopkeepers", "merchants", "nomads", "hunters",
        "schoolchildren", "schoolgirls", "guests", "tourists", "engineers", "crew", "crews",
        "youths", "boys", "girls", "pensioners", "parents", "colleagues", "onlookers", "voters",
        "fans", "shepherds", "fishers",
    },
    ActorKind.MEDIA: {"newspaper", "radio", "television", "broadcaster", "magazine"},
    ActorKind.COMPANY: {"company", "firm", "airline", "shipowner", "contractor"},
    ActorKind.CIVIL_SOCIETY: {
        "hospital", "university", "institute", "charity", "ngo", "clinic", "foundation",
        "committee", "observatory", "association",
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
        "mother", "father", "brother", "sister", "son", "daughter", "wife", "husband", "widow",
        "uncle", "aunt", "cousin", "nephew", "niece", "pastor", "preacher", "candidate", "deputy",
        "legislator", "premier", "emir", "sheikh", "king", "prince", "diplomat", "envoy",
        "negotiator", "pilot", "sailor", "skipper", "courier", "clerk", "student", "pupil",
        "engineer", "vendor", "trader", "merchant", "guard", "constable", "sniper", "assassin",
        "attacker", "assailant", "suspect", "hostage", "blogger", "singer", "employee", "worker",
        "headmaster", "headmistress", "paramedic", "surgeon", "medic", "coroner", "detective",
        "trooper", "conscript", "deserter", "defector", "bandit", "smuggler", "pirate", "robber",
        "kidnapper", "villager", "fisherman", "shepherd", "herder", "miner", "mourner", "protester",
        "demonstrator", "passer-by", "pedestrian", "motorist", "cyclist", "pensioner", "teenager",
        "boy", "girl", "child", "baby", "barber", "baker", "butcher", "tailor", "carpenter",
        "commissioner", "governor-general", "vice-president", "economist",
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
