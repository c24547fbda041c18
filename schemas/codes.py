"""The closed sets of values of codebook 1.0 (`docs/codebook.md`)."""

from enum import StrEnum


class IncidentType(StrEnum):
    """What happened, by method and not by motive."""

    ARMED_CLASH = "armed_clash"
    ARMED_ASSAULT = "armed_assault"
    ASSASSINATION = "assassination"
    BOMBING = "bombing"
    SUICIDE_BOMBING = "suicide_bombing"
    AIR_STRIKE = "air_strike"
    SHELLING = "shelling"
    KIDNAPPING = "kidnapping"
    HIJACKING = "hijacking"
    ARSON = "arson"
    SABOTAGE = "sabotage"
    RAID = "raid"
    ARREST = "arrest"
    EXECUTION = "execution"
    SEXUAL_VIOLENCE = "sexual_violence"
    SEIZURE = "seizure"
    PROTEST = "protest"
    RIOT = "riot"
    THREAT = "threat"
    STRIKE_STOPPAGE = "strike_stoppage"
    ATTACK = "attack"
    OTHER = "other"


class IncidentStatus(StrEnum):
    """How far the incident got."""

    CARRIED_OUT = "carried_out"
    ATTEMPTED = "attempted"
    FOILED = "foiled"
    THREATENED = "threatened"


class DatePrecision(StrEnum):
    """How exactly the article gives the time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"


class ParticipantRole(StrEnum):
    """What an actor was to an incident."""

    PERPETRATOR = "perpetrator"
    TARGET = "target"
    VICTIM = "victim"
    RESPONDER = "responder"
    SUPPORTER = "supporter"
    DEMONSTRATOR = "demonstrator"


class ObjectKind(StrEnum):
    """What sort of physical thing was hit."""

    BUILDING = "building"
    VEHICLE = "vehicle"
    INFRASTRUCTURE = "infrastructure"
    MILITARY_POSITION = "military_position"
    RESIDENCE = "residence"
    BUSINESS = "business"
    RELIGIOUS_SITE = "religious_site"
    OTHER = "other"


class ObjectEffect(StrEnum):
    """What became of a physical thing."""

    DESTROYED = "destroyed"
    DAMAGED = "damaged"
    SEIZED = "seized"
    NONE = "none"
    UNKNOWN = "unknown"


class CasualtyKind(StrEnum):
    """What happened to the people a figure counts."""

    KILLED = "killed"
    WOUNDED = "wounded"
    KILLED_OR_WOUNDED = "killed_or_wounded"
    ABDUCTED = "abducted"
    MISSING = "missing"
    ARRESTED = "arrested"


class ActorKind(StrEnum):
    """What sort of actor it is."""

    PERSON = "person"
    STATE_FORCE = "state_force"
    GOVERNMENT = "government"
    ARMED_GROUP = "armed_group"
    CRIMINAL_GROUP = "criminal_group"
    POLITICAL_GROUP = "political_group"
    INTERNATIONAL_BODY = "international_body"
    CIVIL_SOCIETY = "civil_society"
    MEDIA = "media"
    COMPANY = "company"
    POPULATION = "population"
    OTHER = "other"


class Aspect(StrEnum):
    """What a statement is about."""

    RESPONSIBILITY = "responsibility"
    CASUALTIES = "casualties"
    METHOD = "method"
    IDENTITY = "identity"
    MOTIVE = "motive"
    OCCURRENCE = "occurrence"


class Sourcing(StrEnum):
    """In whose name a statement stands in the article."""

    ACTOR = "actor"
    ARTICLE = "article"
    UNATTRIBUTED = "unattributed"


class Stance(StrEnum):
    """What a source does with a statement."""

    CLAIM = "claim"
    ACCUSATION = "accusation"
    ASSERTION = "assertion"
    SUSPICION = "suspicion"
    DENIAL = "denial"
    DOUBT = "doubt"

    @property
    def affirms(self) -> bool:
        """Whether the statement holds somebody responsible: all but a denial or a doubt."""
        return self not in (Stance.DENIAL, Stance.DOUBT)


class Certainty(StrEnum):
    """How sure the source is, by its own wording."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"
    DOUBTFUL = "doubtful"
