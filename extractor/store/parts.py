"""The parts of a run that a provider answers in batches: their state, questions and answers."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from extractor.schemas import Usage
from extractor.store.ledger import Ledger


class Part(NamedTuple):
    """A file of requests, and the batch that is made of it.

    Attributes:
        number: Its number in the run, from 1.
        state: `prepared` (the file is written), `uploaded`, `created` (the batch is there),
            `collected`.
        requests: How many requests it has.
        most_input: Tokens that they may read at most, by an estimate.
        most_output: Tokens that their answers may have at most.
        file: The provider's identifier of the file.
        batch: The provider's identifier of the batch.
        status: What the provider says of the batch.
        completed: Requests that were answered.
        failed: Requests that were not.
    """

    number: int
    state: str
    requests: int
    most_input: int = 0
    most_output: int = 0
    file: str | None = None
    batch: str | None = None
    status: str | None = None
    completed: int = 0
    failed: int = 0

    @property
    def most(self) -> Usage:
        """What it may take at most."""
        return Usage(
            input_tokens=self.most_input,
            cached_tokens=0,
            output_tokens=self.most_output,
            requests=self.requests,
        )


class Asked(NamedTuple):
    """A question of a part.

    Attributes:
        work: What it is asked for.
        key: Which of its questions it is.
        round: How many rounds the work has taken with it.
    """

    work: int
    key: str
    round: int


class Kept(NamedTuple):
    """An answer: its words, why it ended, and what it took."""

    text: str
    finish: str
    usage: Usage


class Collected(NamedTuple):
    """An answer of a part, with its price in US dollars, or None where not known."""

    work: int
    key: str
    answer: Kept
    cost_usd: float | None


class Parts:
    """The parts in a ledger.

    Raises:
        StoreError: from every method, if the ledger cannot be read or written.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> list[Part]:
        """Every part, in order."""
        with self._ledger.reading() as db:
            columns = ", ".join(Part._fields)
            rows = db.execute(f"SELECT {columns} FROM parts ORDER BY number")  # noqa: S608
            return [Part(*row) for row in rows]

    def open(self) -> list[Part]:
        """The parts that are not collected, in order."""
        return [part for part in self.all() if part.state != "collected"]

    def add(self, part: Part, questions: Iterable[Asked]) -> None:
        """A new part, whose file is written."""
        with self._ledger.transaction() as db:
            marks = ", ".join("?" * len(part))
            columns = ", ".join(Part._fields)
            db.execute(f"INSERT INTO parts ({columns}) VALUES ({marks})", part)  # noqa: S608
            db.executemany(
                "INSERT INTO questions (work, key, part, round, state)"
                " VALUES (?, ?, ?, ?, 'waiting')",
                ((asked.work, asked.key, part.number, asked.round) for asked in questions),
            )

    def update(self, part: Part) -> None:
        """Remember what has become of a part."""
        with self._ledger.transaction() as db:
            db.execute(
                "UPDATE parts SET state = ?, file = ?, batch = ?, status = ?, completed = ?,"
                " failed = ? WHERE number = ?",
                (
                    *(part.state, part.file, part.batch, part.status, part.completed),
                    *(part.failed, part.number),
                ),
            )

    def collect(self, part: Part, answers: Iterable[Collected], *, ask_rest: bool) -> int:
        """Keep the answers of a part, which is collected with that; how many were expected.

        Args:
            part: The part.
            answers: Its answers; those to questions that do not wait are passed over.
            ask_rest: Whether what has no answer is to be asked outside of batches; otherwise it
                is forgotten, as if it had never been asked.
        """
        kept = 0
        with self._ledger.transaction() as db:
            for work, key, answer, cost in answers:
                usage = answer.usage
                tokens = (usage.input_tokens, usage.cached_tokens, usage.output_tokens)
                taken = db.execute(
                    "UPDATE questions SET state = 'answered', answer = ?, finish = ?,"
                    " input_tokens = ?, cached_tokens = ?, output_tokens = ?"
                    " WHERE work = ? AND key = ? AND part = ? AND state = 'waiting'",
                    (answer.text, answer.finish, *tokens, work, key, part.number),
                ).rowcount
                kept += taken
                if taken:
                    db.execute(
                        "UPDATE work SET input_tokens = input_tokens + ?,"
                        " cached_tokens = cached_tokens + ?, output_tokens = output_tokens + ?,"
                        " requests = requests + 1, cost_usd = cost_usd + ? WHERE id = ?",
                        (*tokens, cost, work),
                    )
            rest = "UPDATE questions SET state = 'direct'" if ask_rest else "DELETE FROM questions"
            db.execute(f"{rest} WHERE part = ? AND state = 'waiting'", (part.number,))
            db.execute(
                "UPDATE parts SET state = 'collected', status = ?, completed = ?, failed = ?"
                " WHERE number = ?",
                (part.status, part.completed, part.failed, part.number),
            )
        return kept

    def direct(self, asked: Asked) -> None:
        """Have a question, and with it its work, asked outside of batches."""
        with self._ledger.transaction() as db:
            db.execute(
                "INSERT INTO questions (work, key, round, state) VALUES (?, ?, ?, 'direct')", asked
            )

    def answers(self, article: str) -> tuple[Mapping[str, Kept], int]:
        """The collected answers about an article, by key, and how many rounds they took."""
        with self._ledger.reading() as db:
            rows = db.execute(
                "SELECT q.key, q.answer, q.finish, q.input_tokens, q.cached_tokens,"
                " q.output_tokens, q.round FROM questions q JOIN articles a ON a.work = q.work"
                " WHERE a.id = ? AND q.state = 'answered'",
                (article,),
            ).fetchall()
        answers = {
            key: Kept(
                text,
                finish,
                Usage(
                    input_tokens=tokens[0],
                    cached_tokens=tokens[1],
                    output_tokens=tokens[2],
                    requests=1,
                ),
            )
            for key, text, finish, *tokens, _ in rows
        }
        return answers, max((row[-1] for row in rows), default=0)

    def any_questions(self) -> bool:
        """Whether any article that has no outcome has answers already, or waits for some."""
        with self._ledger.reading() as db:
            found = db.execute(
                "SELECT 1 FROM questions q JOIN work w ON w.id = q.work"
                " WHERE w.state = 'pending' AND w.first IS NOT NULL LIMIT 1"
            ).fetchone()
        return found is not None
