"""The ledger of a run: which articles there are, and what became of each.

Every outcome is one transaction. The ledger is in WAL mode with `synchronous=FULL`: a transaction
that has ended is on the disk, whatever happens to the process or the machine afterwards.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from extractor.errors import StoreError
from extractor.schemas import Usage
from extractor.store.rows import EXAMPLES, Changes, Counts, Input, Record, Task
from extractor.store.schema import STEPS, VERSION

NAME = "ledger.sqlite"
"""Name of the ledger's file in the folder of a run."""

_CHUNK = 200
"""Rows read at once; texts are long, and a run may have millions."""


class Ledger:
    """An open ledger. Used by one thread at a time.

    Raises:
        StoreError: from every method, if the file cannot be read or written.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._renamed: dict[str, int] = {}
        with self._guarded():
            if read_only and not path.is_file():
                raise StoreError(f"{path}: there is no such ledger; name the folder of a run")
            # A reader of a WAL file needs to write its index, so this is no `mode=ro`.
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA busy_timeout = 5000")
            if read_only:
                self._db.execute("PRAGMA query_only = 1")
            else:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
            self._upgrade(read_only=read_only)

    def close(self) -> None:
        """Close the file. May be called twice."""
        with self._guarded():
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- facts

    def fact(self, name: str) -> str | None:
        """A fact about the run, such as its settings; None where it was not set."""
        with self._guarded():
            row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Remember a fact."""
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    # --- input

    def forget_input(self) -> None:
        """Take all articles out. Answers stay, and are used again where their key returns."""
        with self.transaction():
            self._db.execute("DELETE FROM articles")
            self._db.execute("DELETE FROM unreadable")
            self._db.execute("UPDATE work SET first = NULL WHERE first IS NOT NULL")
        self._renamed.clear()

    def add_input(self, items: Iterable[Input | str]) -> None:
        """Append articles, and the messages about what could not be read.

        The same article twice is one; articles with one key share their answer.

        Raises:
            StoreError: if two articles have one identifier of their own, but differ.
        """
        with self.transaction():
            for item in items:
                if isinstance(item, str):
                    self._db.execute("INSERT INTO unreadable (message) VALUES (?)", (item,))
                elif article_id := self._free_id("articles", item):
                    self._add_article(article_id, item)

    def _add_article(self, article_id: str, item: Input) -> None:
        (position,) = self._row("SELECT coalesce(max(position), 0) + 1 FROM articles")
        (work,) = self._row(
            "INSERT INTO work (key, first) VALUES (?, ?) ON CONFLICT (key) DO UPDATE"
            " SET first = coalesce(first, excluded.first) RETURNING id",
            item.key,
            position,
        )
        self._db.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?)",
            (position, article_id, item.digest, item.place, work, item.article),
        )

    def input_changes(self, items: Iterable[Input | str]) -> Changes:
        """How the input differs from the one that the ledger has."""
        self._renamed.clear()
        with self.transaction():
            self._db.execute("DROP TABLE IF EXISTS temp.incoming")
            self._db.execute(
                "CREATE TEMP TABLE incoming (id TEXT PRIMARY KEY, digest TEXT, place TEXT)"
            )
            for item in items:
                if not isinstance(item, str) and (article_id := self._free_id("incoming", item)):
                    self._db.execute(
                        "INSERT INTO incoming VALUES (?, ?, ?)",
                        (article_id, item.digest, item.place),
                    )
            new = "SELECT n.place, n.id FROM incoming n LEFT JOIN articles a ON a.id = n.id WHERE "
            return Changes(
                added=self._some(new + "a.id IS NULL"),
                removed=self._some(
                    "SELECT a.place, a.id FROM articles a LEFT JOIN incoming n ON n.id = a.id"
                    " WHERE n.id IS NULL"
                ),
                changed=self._some(new + "a.digest <> n.digest"),
            )

    def _some(self, select: str) -> list[str]:
        rows = self._db.execute(f"{select} LIMIT {EXAMPLES + 1}")
        return [f"{place} ({article_id})" for place, article_id in rows]

    def _free_id(self, table: str, item: Input) -> str | None:
        """An identifier that no article of `table` has; None where the article is there already."""
        find = f"SELECT digest, place FROM {table} WHERE id = ?"  # noqa: S608 - no value
        other = self._db.execute(find, (item.id,)).fetchone()
        if other is None:
            return item.id
        digest, place = other
        if item.named and digest == item.digest:
            return None
        if item.named:
            raise StoreError(
                f"{item.place} and {place} both have the id {item.id!r} and are not equal: "
                "give each article an id of its own"
            )
        number = self._renamed.get(item.id, 1) + 1
        while self._db.execute(find, (f"{item.id}-{number}",)).fetchone():
            number += 1
        self._renamed[item.id] = number
        return f"{item.id}-{number}"

    # --- work

    def retry_failed(self) -> int:
        """Make what failed or was refused pending again; how much that is."""
        with self.transaction():
            return self._db.execute(
                "UPDATE work SET state = 'pending' WHERE state = 'failed' AND first IS NOT NULL"
            ).rowcount

    def pending(self, *, unasked: bool = False) -> Iterator[Task]:
        """What is to be done, in the order of the input. May be read on while results come in.

        Args:
            unasked: Leave out what has a question that waits for its answer, or that is to be
                asked outside of the provider's batches.
        """
        last = 0
        while True:
            with self._guarded():
                rows = self._db.execute(
                    "SELECT w.first, w.id, a.id, a.article,"
                    " (SELECT count(*) FROM articles c WHERE c.work = w.id) FROM work w"
                    " JOIN articles a ON a.position = w.first"
                    " WHERE w.state = 'pending' AND w.first > ? AND (? OR NOT EXISTS"
                    " (SELECT 1 FROM questions q WHERE q.work = w.id AND q.state <> 'answered'))"
                    " ORDER BY w.first LIMIT ?",
                    (last, not unasked, _CHUNK),
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            for _, work, article_id, article, copies in rows:
                yield Task(work, _whole(article_id, article), copies)

    def record(self, records: Iterable[Record]) -> None:
        """Write down what became of tasks, all at once; usage adds to that of older tries."""
        with self.transaction():
            for r in records:
                self._db.execute(
                    "UPDATE work SET state = ?, status = ?, tries = tries + 1,"
                    " attempts = attempts + ?, input_tokens = input_tokens + ?,"
                    " cached_tokens = cached_tokens + ?, output_tokens = output_tokens + ?,"
                    " requests = requests + ?, cost_usd = cost_usd + ?, error_kind = ?, error = ?,"
                    " updated = ? WHERE id = ?",
                    (
                        *(r.state, r.status, r.attempts, r.usage.input_tokens),
                        *(r.usage.cached_tokens, r.usage.output_tokens, r.usage.requests),
                        *(r.cost_usd, r.error_kind, r.error, r.updated, r.work),
                    ),
                )
                if r.outcome is not None:
                    self._db.execute(
                        "INSERT OR REPLACE INTO outcomes VALUES (?, ?)", (r.work, r.outcome)
                    )
                    self._db.execute("DELETE FROM questions WHERE work = ?", (r.work,))

    # --- reading

    def results(self) -> Iterator[tuple[str, str]]:
        """The article and its outcome, each as JSON, for every article that has one, in order."""
        last = 0
        while True:
            with self._guarded():
                rows = self._db.execute(
                    "SELECT a.position, a.id, a.article, o.outcome FROM articles a"
                    " JOIN work w ON w.id = a.work JOIN outcomes o ON o.work = w.id"
                    " WHERE w.state <> 'pending' AND a.position > ? ORDER BY a.position LIMIT ?",
                    (last, _CHUNK),
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            for _, article_id, article, outcome in rows:
                yield _whole(article_id, article), outcome

    def result(self, position: int) -> tuple[str, str] | None:
        """The article at a position and its outcome, each as JSON; None where there is none."""
        with self._guarded():
            row = self._db.execute(
                "SELECT a.id, a.article, o.outcome FROM articles a"
                " JOIN work w ON w.id = a.work JOIN outcomes o ON o.work = w.id"
                " WHERE w.state <> 'pending' AND a.position = ?",
                (position,),
            ).fetchone()
        return row and (_whole(row[0], row[1]), row[2])

    def unreadable(self) -> list[str]:
        """What was said about each place of the input that could not be read."""
        with self._guarded():
            rows = self._db.execute("SELECT message FROM unreadable ORDER BY position")
            return [message for (message,) in rows]

    def counts(self) -> Counts:
        """How far the run is and what it took."""
        with self._guarded():
            articles, distinct = self._row("SELECT count(*), count(DISTINCT work) FROM articles")
            states = self._db.execute(
                "SELECT w.state, w.status, w.error_kind, count(*) FROM articles a"
                " JOIN work w ON w.id = a.work GROUP BY 1, 2, 3"
            ).fetchall()
            (unreadable,) = self._row("SELECT count(*) FROM unreadable")
            *usage, cost, unknown = self._row(
                "SELECT coalesce(sum(input_tokens), 0), coalesce(sum(cached_tokens), 0),"
                " coalesce(sum(output_tokens), 0), coalesce(sum(requests), 0),"
                " coalesce(sum(cost_usd), 0.0), coalesce(sum(cost_usd IS NULL), 0)"
                " FROM work WHERE first IS NOT NULL"
            )
        by_status: Counter[str] = Counter()
        errors: Counter[str] = Counter()
        for state, status, kind, count in states:
            if state != "pending":
                by_status[status] += count
                errors.update({kind: count} if kind else {})
        return Counts(
            articles=articles,
            pending=articles - by_status.total(),
            by_status=dict(sorted(by_status.items())),
            errors=dict(errors.most_common()),
            unreadable=unreadable,
            duplicates=articles - distinct,
            usage=Usage(**dict(zip(Usage.model_fields, usage, strict=True))),
            cost_usd=None if unknown else cost,
        )

    # --- within

    def _upgrade(self, *, read_only: bool) -> None:
        (version,) = self._row("PRAGMA user_version")
        if version > VERSION or (read_only and version < VERSION):
            raise StoreError(
                f"{self.path} has version {version}, this program knows {VERSION}: use "
                + ("a newer one" if version > VERSION else "`extractor batch` on it first")
            )
        for number, (_, statements) in enumerate(STEPS[version:], version + 1):
            self._db.executescript(f"BEGIN; {statements} PRAGMA user_version = {number}; COMMIT")

    def _row(self, statement: str, *values: object) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._db.execute(statement, values).fetchone()
        return row

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is written within; on the disk when it ends."""
        with self._guarded():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The open file, to read from; what goes wrong is a `StoreError`."""
        with self._guarded():
            yield self._db

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"cannot use {self.path}: {error}; {_advice(str(error))}. Nothing that was stored "
                "is lost: run the same command again to go on"
            ) from error


def _whole(article_id: str, article: str) -> str:
    """An article's JSON with its identifier, which the ledger may have given it."""
    return f'{{"id":{json.dumps(article_id)},{article[1:]}'


def _advice(problem: str) -> str:
    if "full" in problem:
        return "free space on its disk"
    if "not a database" in problem:
        return "the file is no ledger; choose another folder"
    return "check the folder's permissions and its disk"
