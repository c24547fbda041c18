"""Behaviour tests of a prompt and a model: answers that should stay the same, or empty.

They need no labels. `docs/evaluation.md` says what each behaviour is and when it is shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from extractor.articles import Article
from extractor.errors import ConfigError
from extractor.evaluation.behaviour_cases import BehaviourCase, read_behaviour_cases
from extractor.evaluation.differences import differences, label_changes
from extractor.evaluation.leaks import example_text, leaks
from extractor.evaluation.reordering import reordered
from extractor.evaluation.reports import (
    ArticleFailure,
    BehaviourReport,
    BehaviourResult,
    CaseProblem,
    Rate,
)
from extractor.pipeline.extractor import Extractor
from extractor.progress import NoProgress, Progress
from extractor.schemas import Extraction


class Behaviour(StrEnum):
    """What is tested."""

    ENUM_ORDER = "enum_order"
    """Labels stay the same when the schema lists the values of its enums in another order."""
    EXAMPLE_LEAK = "example_leak"
    """No text of a worked example is in the answer."""
    NO_INCIDENT = "no_incident"
    """What is denied, supposed or imagined is not extracted."""
    INSTRUCTION = "instruction"
    """An instruction in the article changes nothing."""
    REPEAT = "repeat"
    """The same input gives the same output."""

    def applies_to(self, case: BehaviourCase) -> bool:
        """Whether a case can show this behaviour."""
        match self:
            case Behaviour.EXAMPLE_LEAK:
                return True
            case Behaviour.NO_INCIDENT:
                return not case.reports_incident
            case Behaviour.INSTRUCTION:
                return case.instruction is not None
            case _:
                # An answer that is rightly empty has nothing in it that could change.
                return case.reports_incident


Answers: TypeAlias = Mapping[str, Extraction]
"""Extractions by case, without those that failed."""


def check_behaviour(
    extractor: Extractor,
    cases: str | Path | Iterable[BehaviourCase],
    *,
    limit: int | None = None,
    concurrency: int = 8,
    progress: Progress | None = None,
) -> BehaviourReport:
    """Ask about each case in all the ways that its behaviours need, and compare the answers.

    Args:
        extractor: The model and the prompt to test.
        cases: Cases, or the file that holds them.
        limit: The first so many cases of each behaviour only; None for all.
        concurrency: Articles worked on at the same time.
        progress: Told about each article.

    Raises:
        ConfigError: if the cases cannot be read, or a setting has to be mended before any
            article can succeed.
    """
    found = read_behaviour_cases(cases) if isinstance(cases, str | Path) else list(cases)
    chosen = {one: [c for c in found if one.applies_to(c)][:limit] for one in Behaviour}
    used = list({case.id: case for some in chosen.values() for case in some}.values())
    progress = progress or NoProgress()
    progress.start("Asking", len(used) + sum(len(chosen[one]) for one in _ASKED_TWICE), "articles")
    asked = _Asked(extractor, concurrency, progress)
    asked.ask(used, chosen)
    progress.finish()
    compared = [pair for case in chosen[Behaviour.ENUM_ORDER] if (pair := asked.reordered(case))]
    changes = [label_changes(*pair) for pair in compared]
    labels = sum(total for _, total in changes)
    reporting = [asked.plain[c.id] for c in used if c.reports_incident and c.id in asked.plain]
    return BehaviourReport(
        package_version=version("extractor"),
        model=extractor.identity.model,
        prompt=extractor.prompt.label,
        prompt_hash=extractor.identity.prompt_hash,
        cases=len(used),
        behaviours={one.value: asked.result(one, chosen[one]) for one in Behaviour},
        labels=_rate(labels - sum(len(changed) for changed, _ in changes), labels),
        found=_rate(sum(bool(answer.incidents) for answer in reporting), len(reporting)),
        failures=tuple(asked.failures),
    )


_ASKED_TWICE = (Behaviour.ENUM_ORDER, Behaviour.INSTRUCTION, Behaviour.REPEAT)


class _Asked:
    """The answers to each way of asking, and what is wrong with them."""

    def __init__(self, extractor: Extractor, concurrency: int, progress: Progress) -> None:
        self.plain: Answers = {}
        self.failures: list[ArticleFailure] = []
        self._others: dict[Behaviour, Answers] = {}
        self._extractor = extractor
        self._concurrency = concurrency
        self._progress = progress
        self._examples = example_text(extractor.prompt)

    def ask(
        self, used: Sequence[BehaviourCase], chosen: Mapping[Behaviour, Sequence[BehaviourCase]]
    ) -> None:
        """Ask about the cases, then once more for each behaviour that compares two answers."""
        same = self._extractor
        turned = same.with_prompt(reordered(same.prompt))
        self.plain = self._answers("plain", same, [case.plain for case in used])
        for one, how, extractor in (
            (Behaviour.ENUM_ORDER, "with reordered enums", turned),
            (Behaviour.INSTRUCTION, "with its instruction", same),
            (Behaviour.REPEAT, "again", same),
        ):
            articles = [
                case.article if one is Behaviour.INSTRUCTION else case.plain for case in chosen[one]
            ]
            self._others[one] = self._answers(how, extractor, articles)

    def reordered(self, case: BehaviourCase) -> tuple[Extraction, Extraction] | None:
        """The answers with the enums as they are and reordered, where there are both."""
        return self._pair(Behaviour.ENUM_ORDER, case)

    def result(self, behaviour: Behaviour, cases: Sequence[BehaviourCase]) -> BehaviourResult:
        """How often the cases show a behaviour."""
        judged = {case.id: self._wrong(behaviour, case) for case in cases}
        problems = tuple(
            CaseProblem(case=name, differences=tuple(wrong))
            for name, wrong in judged.items()
            if wrong
        )
        failed = sum(wrong is None for wrong in judged.values())
        rate = _rate(len(judged) - failed - len(problems), len(judged) - failed)
        return BehaviourResult(**rate.model_dump(), failed=failed, problems=problems)

    def _wrong(self, behaviour: Behaviour, case: BehaviourCase) -> list[str] | None:
        """What is not as it should be; None where an answer is missing."""
        pair = self._pair(behaviour, case)
        if pair is None:
            return None
        answer = pair[0]
        match behaviour:
            case Behaviour.ENUM_ORDER:
                return label_changes(*pair)[0]
            case Behaviour.EXAMPLE_LEAK:
                return leaks(answer, case.plain, self._examples)
            case Behaviour.NO_INCIDENT:
                return [f"{one.type}: {one.summary}" for one in answer.incidents]
            case Behaviour.INSTRUCTION:
                return differences(*pair, case.plain.text, case.hidden)
            case Behaviour.REPEAT:
                return differences(*pair, case.plain.text)

    def _pair(
        self, behaviour: Behaviour, case: BehaviourCase
    ) -> tuple[Extraction, Extraction] | None:
        """The plain answer, and the one that the behaviour compares it with."""
        one = self.plain.get(case.id)
        two = self._others.get(behaviour, self.plain).get(case.id)
        return None if one is None or two is None else (one, two)

    def _answers(self, how: str, extractor: Extractor, articles: Sequence[Article]) -> Answers:
        answers: dict[str, Extraction] = {}
        for outcome in extractor.extract_many(articles, concurrency=self._concurrency):
            self._progress.advance()
            if outcome.extraction is not None:
                answers[outcome.article.id] = outcome.extraction
            elif outcome.error is not None:
                name, error = outcome.article.id, outcome.error
                if error.stops_run:
                    raise ConfigError(f"{name}: {error.message}")
                self.failures.append(
                    ArticleFailure(article=name, error=f"{how}: {error.kind}: {error.message}")
                )
        return answers


def _rate(passed: int, total: int) -> Rate:
    return Rate(passed=passed, total=total, rate=passed / total if total else None)
