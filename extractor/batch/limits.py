"""What a run may take."""

from dataclasses import dataclass, field

from extractor.batch.engine import MaxFailures
from extractor.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a run may take. They may differ each time that it is gone on with.

    Attributes:
        concurrency: Articles worked on at the same time.
        rpm: Requests a minute, evenly spread; None for no limit.
        tpm: Tokens a minute, read and written; None for no limit.
        max_cost: US dollars that the whole run may take.
        max_tokens: Tokens, read and written, that the whole run may take.
        max_failures: Failures of one session that stop it.
    """

    concurrency: int = 8
    rpm: float | None = None
    tpm: float | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    max_failures: MaxFailures = field(default_factory=MaxFailures)

    def __post_init__(self) -> None:
        for name in ("concurrency", "rpm", "tpm"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise ConfigError(f"{name} is {value}: it must be above 0")
        for name in ("max_cost", "max_tokens"):
            if (value := getattr(self, name)) is not None and value < 0:
                raise ConfigError(f"{name} is {value}: it must not be negative")
