"""Articles: the value, and the readers that make it out of files."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

MAX_CHARACTERS = 1_000_000
"""Characters that an article may have unless a reader is told otherwise."""


class Article(BaseModel):
    """One news article: its text and what is known about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1, description="The article's text; offsets refer to it.")
    id: str = Field(default="article", min_length=1, description="Identifier, unique in a run.")
    title: str | None = Field(default=None, description="Headline, or null.")
    published: date | None = Field(default=None, description="Day of publication, or null.")
    source: str | None = Field(default=None, description="Publisher or outlet, or null.")
    url: str | None = Field(default=None, description="Address, or null.")
    language: str | None = Field(default=None, description="BCP 47 language tag, or null.")
