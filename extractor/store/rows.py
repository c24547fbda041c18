"""What goes into the ledger and what comes out of it."""

from typing import NamedTuple

from extractor.schemas import Usage

EXAMPLES = 5
"""Differences of each sort that are shown; one more is found, to tell whether there are more."""


class Input(NamedTuple):
    """An article of the input, as the ledger keeps it.

    Attributes:
        id: Its identifier.
        named: Whether the identifier is the article's own; one made from a file's name is made
            unique by `-2`, `-3`, ...
        digest: Hash of all that an answer to it depends on but the settings.
        key: Hash of all that an answer to it depends on.
        place: Where it stands in the input, for messages.
        article: The article as JSON, without its identifier.
    """

    id: str
    named: bool
    digest: str
    key: str
    place: str
    article: str


class Task(NamedTuple):
    """An article to be worked on.

    Attributes:
        work: What its answer is recorded under.
        article: The article as JSON.
        copies: How many articles of the input it answers for.
    """

    work: int
    article: str
    copies: int


class Record(NamedTuple):
    """What became of one task.

    Attributes:
        work: The task's `work`.
        state: `done`, `failed`, or `pending` where it is to be worked on again.
        status: The outcome's status.
        attempts: Answers asked for.
        usage: Tokens and requests that it took.
        cost_usd: US dollars; None where not known.
        error_kind: Why there is no result, as a kind; None where there is one.
        error: The same as a message.
        outcome: The outcome as JSON, without its article; None keeps what is there.
        updated: When, in ISO format.
    """

    work: int
    state: str
    status: str
    attempts: int
    usage: Usage
    cost_usd: float | None
    error_kind: str | None
    error: str | None
    outcome: str | None
    updated: str


class Changes(NamedTuple):
    """Differences of two inputs, as places with ids, at most `EXAMPLES` + 1 of each."""

    added: list[str]
    removed: list[str]
    changed: list[str]


class Counts(NamedTuple):
    """How far a run is, counted in articles, and what it took.

    Attributes:
        articles: Articles of the input.
        pending: Articles not worked on yet.
        by_status: Articles by the status of their outcome.
        errors: Failed and refused articles by the kind of the failure.
        unreadable: Places of the input that could not be read as an article.
        duplicates: Articles whose question is that of another article.
        usage: Tokens and requests of all tries.
        cost_usd: US dollars of all tries; None where a price is not known.
    """

    articles: int
    pending: int
    by_status: dict[str, int]
    errors: dict[str, int]
    unreadable: int
    duplicates: int
    usage: Usage
    cost_usd: float | None


class DecisionRow(NamedTuple):
    """A person's decision about an article, as the ledger keeps it.

    Attributes:
        article: Id of the article.
        version: 1 for the first decision on the article, and so on without gaps.
        base: Hash of the model's result that was decided on.
        reviewer: Who decided.
        made: When, in ISO format.
        kind: What sort of decision.
        path: The value that it is about.
        old: The value before, as JSON.
        new: The value after, as JSON.
    """

    article: str
    version: int
    base: str
    reviewer: str
    made: str
    kind: str
    path: str
    old: str
    new: str


class Listed(NamedTuple):
    """An article of a run as a list shows it.

    Attributes:
        position: Its number in the input, from 1.
        id: Its identifier.
        title: Its headline, or None.
        status: The status of its outcome, or None where it has none yet.
    """

    position: int
    id: str
    title: str | None
    status: str | None
