"""A run under review: each article with the decisions about it, and the file of what came out."""

import getpass
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Self

from extractor.articles import Article
from extractor.batch.run import stored_outcome
from extractor.errors import ConfigError, ConflictError, ReviewError, StoreError
from extractor.evaluation.data import ARTICLES, LABELS, empty_extraction
from extractor.fingerprint import canonical_json, fingerprint, text_sha256
from extractor.pipeline.outcome import Outcome
from extractor.review.apply import Reviewed, review
from extractor.review.decisions import Decision, DecisionKind, standing
from extractor.review.values import same_thing, value_or_none
from extractor.schemas import ArticleMeta, Extraction
from extractor.store.decisions import Decisions
from extractor.store.ledger import NAME, Ledger
from extractor.store.rows import DecisionRow, Listed

DECISIONS = "decisions.jsonl"
"""Beside the labels of a reviewed run: every decision, undone ones included."""


@dataclass(frozen=True)
class Page:
    """An article under review.

    Attributes:
        position: Its number in the run, from 1.
        outcome: What the model made of it.
        base: Hash of the result that is decided on.
        version: How many decisions about it there are.
        rows: Those of them that are about this result.
        reviewed: The result with the decisions applied.
    """

    position: int
    outcome: Outcome
    base: str
    version: int
    rows: tuple[DecisionRow, ...]
    reviewed: Reviewed

    @property
    def article(self) -> Article:
        """The article itself."""
        return self.outcome.article

    @property
    def stale(self) -> int:
        """How many decisions were about an earlier result, and so do not count."""
        return self.version - len(self.rows)

    @property
    def last(self) -> DecisionRow | None:
        """The decision that an undo would take back."""
        left = standing(self.rows)
        return left[-1] if left else None

    def still_means(self, decision: Decision, seen: int) -> bool:
        """Whether a decision would be about what it was about when there were `seen` of them.

        An undo would take back what others did since, and a figure may have moved.
        """
        if decision.kind is DecisionKind.UNDO:
            return False
        earlier = [_decision(row) for row in self.rows if row.version <= seen]
        before = review(base_of(self.outcome), self.article.text, earlier).extraction
        after = self.reviewed.extraction
        return same_thing(
            before.model_dump(mode="json"), after.model_dump(mode="json"), decision.path
        )


class ReviewedRun:
    """The ledger of a run, open for decisions. May be used by several threads.

    Args:
        folder: Folder of the run.
        reviewer: Name of the person who decides; None takes that of the user.

    Raises:
        StoreError: from every method, if the ledger cannot be read or written.
    """

    def __init__(self, folder: str | Path, reviewer: str | None = None) -> None:
        path = Path(folder) / NAME
        if not path.is_file():
            raise StoreError(f"{folder}: there is no {NAME}; name the folder of a run")
        self.reviewer = reviewer or _user()
        self._ledger = Ledger(path)
        self._decisions = Decisions(self._ledger)
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ledger.close()

    def articles(self) -> list[tuple[Listed, list[DecisionRow]]]:
        """Every article with the decisions about it."""
        with self._lock:
            return [(one, self._decisions.of(one.id)) for one in self._decisions.articles()]

    def page(self, position: int) -> Page | None:
        """The article at a position; None where there is none with an outcome.

        Raises:
            ReviewError: if a stored decision cannot be applied.
        """
        with self._lock:
            return self._page(position)

    def neighbours(self, position: int) -> tuple[int | None, int | None]:
        """Positions of the articles before and after one that have a page too."""
        with self._lock:
            return self._decisions.neighbours(position)

    def decide(self, seen: Page, decision: Decision) -> Page:
        """Write down a decision about the article as it was seen.

        Raises:
            ReviewError: if the decision breaks a rule; nothing was written then.
            ConflictError: if somebody else decided meanwhile; nothing was written then.
        """
        with self._lock:
            now = self._page(seen.position)
            if now is None or (now.article.id, now.base, now.version) != (
                seen.article.id,
                seen.base,
                seen.version,
            ):
                raise ConflictError(f"somebody else decided about article {seen.article.id}")
            decisions = [*map(_decision, now.rows), decision]
            after = review(base_of(now.outcome), now.article.text, decisions)
            found = now.reviewed.extraction.model_dump(mode="json")
            row = DecisionRow(
                article=now.article.id,
                version=now.version + 1,
                base=now.base,
                reviewer=self.reviewer,
                made=datetime.now(UTC).isoformat(timespec="milliseconds"),
                kind=decision.kind,
                path=decision.path,
                old=canonical_json(value_or_none(found, decision.path)),
                new=canonical_json(decision.new),
            )
            self._decisions.add(row)
            rows = (*now.rows, row)
            return Page(now.position, now.outcome, now.base, row.version, rows, after)

    def _page(self, position: int) -> Page | None:
        stored = self._ledger.result(position)
        if stored is None:
            return None
        outcome = stored_outcome(*stored)
        found = base_of(outcome)
        base = fingerprint(found.model_dump(mode="json"))
        rows = self._decisions.of(outcome.article.id)
        own = tuple(row for row in rows if row.base == base)
        try:
            reviewed = review(found, outcome.article.text, map(_decision, own))
        except ReviewError as error:
            where = f"a stored decision about article {outcome.article.id}"
            raise ReviewError(f"{where} cannot be applied: {error}") from None
        return Page(position, outcome, base, len(rows), own, reviewed)

    def done(self) -> Iterator[Page]:
        """The articles that a person has looked at as a whole, in order."""
        for listed, rows in self.articles():
            if is_done(rows) and (page := self.page(listed.position)) and page.reviewed.done:
                yield page


def base_of(outcome: Outcome) -> Extraction:
    """What is decided on: the model's result, or an empty one where it has none."""
    if outcome.extraction is not None:
        return outcome.extraction
    about = outcome.article.model_dump(exclude={"text"})
    return empty_extraction(ArticleMeta(**about, sha256=text_sha256(outcome.article.text)))


def is_done(rows: list[DecisionRow]) -> bool:
    """Whether the decisions about the latest result say that the article is done."""
    latest = [row for row in rows if row.base == rows[-1].base]
    return any(row.kind == DecisionKind.DONE for row in standing(latest))


def write_reviewed(run: str | Path, out: str | Path) -> list[Path]:
    """Write the articles of a run that are done, with their corrected results.

    The folder is gold data: `extractor evaluate` scores other results against it.

    Args:
        run: Folder of the run.
        out: Folder for the files; what it has of an earlier time is replaced.

    Returns:
        The files.

    Raises:
        ConfigError: if no article is done.
        StoreError: if the run cannot be read or the files cannot be written.
        ReviewError: if a stored decision cannot be applied.
    """
    lines: dict[str, list[str]] = {ARTICLES: [], LABELS: [], DECISIONS: []}
    with ReviewedRun(run) as reviewed:
        for page in reviewed.done():
            about = page.article.model_dump(mode="json")
            about["sha256"] = text_sha256(page.article.text)
            lines[ARTICLES].append(json.dumps(about, ensure_ascii=False))
            lines[LABELS].append(page.reviewed.extraction.model_dump_json())
            lines[DECISIONS] += [json.dumps(_as_json(row)) for row in page.rows]
    if not lines[LABELS]:
        raise ConfigError(f"{run}: no article is marked as done; use `extractor review` first")
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, written in lines.items():
            part = folder / f".{name}.part"
            part.write_text("".join(f"{line}\n" for line in written), "utf-8")
            part.replace(folder / name)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror}; mend --out") from error
    return [folder / name for name in lines]


def _as_json(row: DecisionRow) -> dict[str, object]:
    return row._asdict() | {"old": json.loads(row.old), "new": json.loads(row.new)}


def _decision(row: DecisionRow) -> Decision:
    return Decision(kind=DecisionKind(row.kind), path=row.path, new=json.loads(row.new))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise ConfigError("it is not known who reviews: give --reviewer NAME") from None
