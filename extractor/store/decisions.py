"""What people decided about the articles of a run: rows of its ledger that are only added."""

from collections.abc import Iterator

from extractor.errors import ConflictError
from extractor.store.ledger import Ledger
from extractor.store.rows import DecisionRow, Listed


class Decisions:
    """The decisions in a ledger.

    Raises:
        StoreError: from every method, if the ledger cannot be read or written.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def of(self, article: str) -> list[DecisionRow]:
        """All decisions about an article, in the order in which they were made."""
        with self._ledger.reading() as db:
            rows = db.execute(
                "SELECT * FROM decisions WHERE article = ? ORDER BY version", (article,)
            )
            return [DecisionRow(*row) for row in rows]

    def add(self, row: DecisionRow) -> None:
        """Write down a decision; it is on the disk when this returns.

        Raises:
            ConflictError: if another decision about the article has its version already.
        """
        with self._ledger.transaction() as db:
            (last,) = db.execute(
                "SELECT coalesce(max(version), 0) FROM decisions WHERE article = ?", (row.article,)
            ).fetchone()
            if last != row.version - 1:
                raise ConflictError(
                    f"article {row.article} has {last} decisions, {row.version - 1} were known"
                )
            db.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def neighbours(self, position: int) -> tuple[int | None, int | None]:
        """Positions of the articles with an outcome before and after one."""
        with self._ledger.reading() as db:
            before, after = db.execute(
                "SELECT max(a.position) FILTER (WHERE a.position < ?1),"
                " min(a.position) FILTER (WHERE a.position > ?1)"
                " FROM articles a JOIN work w ON w.id = a.work WHERE w.state <> 'pending'",
                (position,),
            ).fetchone()
        return before, after

    def articles(self) -> Iterator[Listed]:
        """The articles of the run, in order."""
        with self._ledger.reading() as db:
            rows = db.execute(
                "SELECT a.position, a.id, json_extract(a.article, '$.title'),"
                " CASE w.state WHEN 'pending' THEN NULL ELSE w.status END"
                " FROM articles a JOIN work w ON w.id = a.work ORDER BY a.position"
            ).fetchall()
        yield from (Listed(*row) for row in rows)
