"""Reading the cases of the behaviour tests."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from extractor.articles import Article
from extractor.errors import ConfigError
from extractor.evaluation.data import first_error, records


class BehaviourCase(Article):
    """An article that a behaviour is tested on, with what is known of it."""

    instruction: str | None = Field(
        default=None,
        min_length=1,
        description="The part of the text that speaks to the model instead of reporting, verbatim.",
    )
    reports_incident: bool = Field(
        default=True,
        description="False where the article only denies, supposes or imagines its incidents.",
    )

    @model_validator(mode="after")
    def _one_instruction(self) -> Self:
        if self.instruction is None:
            return self
        if (count := self.text.count(self.instruction)) != 1:
            raise ValueError(f"instruction stands {count} times in the text, it has to stand once")
        if not self.plain.text.strip():
            raise ValueError("there is no text beside the instruction")
        return self

    @property
    def hidden(self) -> range:
        """The offsets of the instruction in the text; empty without one."""
        start = self.text.index(self.instruction or "")
        return range(start, start + len(self.instruction or ""))

    @property
    def article(self) -> Article:
        """The article as it stands, with its instruction."""
        return Article(**{name: getattr(self, name) for name in Article.model_fields})

    @property
    def plain(self) -> Article:
        """The article without its instruction."""
        text = self.text[: self.hidden.start] + self.text[self.hidden.stop :]
        # Not validated: what is left is checked to be a text when the case is made.
        return self.article.model_copy(update={"text": text})


def read_behaviour_cases(path: str | Path) -> list[BehaviourCase]:
    """Read a JSONL file with one case a line: an article with `instruction`, `reports_incident`.

    Raises:
        ConfigError: naming the file and line of what is wrong.
    """
    cases: dict[str, BehaviourCase] = {}
    for where, record in records(Path(path)):
        try:
            case = BehaviourCase.model_validate(record)
        except ValidationError as error:
            raise ConfigError(f"{where}: is no case: {first_error(error)}") from None
        if case.id in cases:
            raise ConfigError(f"{where}: id {case.id} is used twice")
        cases[case.id] = case
    if not cases:
        raise ConfigError(f"{path}: has no cases")
    return list(cases.values())
