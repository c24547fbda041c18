import asyncio
import json
from datetime import date
from typing import Any

import pytest

from extractor import Article, ConfigError, Extractor, FailureKind, Outcome, ProviderError, Status
from extractor.llm.base import Answer, Finish
from extractor.llm.scripted import Scripted
from extractor.schemas import Aspect, Certainty, Sourcing, Stance, Usage

TEXT = (
    "Gunmen of the Red Hills Front shot dead at least four soldiers near Tamsin on Tuesday, "
    "police said.\nThe group denied it.\n"
    "A rival militia, the River Guard, claimed the attack in a leaflet."
)
ARTICLE = Article(id="tamsin", text=TEXT, published=date(2025, 3, 6), language="en")


def actor(name: str, kind: str, **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"aliases": [], "role": None, "member_of": None, "country": None}
    return {"name": name, "kind": kind, **empty, **more}


def said(sentence: int, source: str, stance: str, *responsible: str) -> dict[str, Any]:
    return {
        "sentence": sentence,
        "source": source,
        "aspect": "responsibility",
        "stance": stance,
        "certainty": "certain",
        "responsible": list(responsible),
        "statement": "They did it.",
        "medium": None,
    }


def draft(**changes: Any) -> dict[str, Any]:
    incident = {
        "sentences": [1],
        "summary": "Gunmen killed soldiers near Tamsin.",
        "type": "armed_assault",
        "status": "carried_out",
        "when": "on Tuesday",
        "where": "near Tamsin",
        "city": None,
        "region": None,
        "country": None,
        "perpetrators": ["Red Hills Front"],
        "targets": [],
        "victims": ["soldiers"],
        "others": [],
        "objects": [],
        "weapons": [],
        "figures": [
            {
                "sentence": 1,
                "kind": "killed",
                "number": "at least four",
                "who": "soldiers",
                "source": "police",
            }
        ],
        "statements": [
            said(1, "police", "accusation", "Red Hills Front"),
            said(2, "Red Hills Front", "denial", "Red Hills Front"),
            said(3, "River Guard", "claim", "River Guard"),
        ],
    }
    return {
        "actors": [
            actor("Red Hills Front", "armed_group"),
            actor("soldiers", "state_force"),
            actor("police", "state_force"),
            actor("River Guard", "armed_group"),
        ],
        "incidents": [{**incident, **changes}],
    }


def run(*answers: Any, **settings: Any) -> tuple[Outcome, Scripted]:
    script = [a if isinstance(a, (Answer, Exception)) else json.dumps(a) for a in answers]
    llm = Scripted(script)
    with Extractor(llm=llm, **settings) as extractor:
        return extractor.extract(ARTICLE), llm


def test_a_good_answer_becomes_a_grounded_extraction() -> None:
    outcome, llm = run(draft())
    assert outcome.status is Status.OK, outcome.warnings
    assert outcome.extraction is not None
    assert len(llm.questions) == 1
    extraction = outcome.extraction
    extraction.check_quotes(TEXT)
    names = {a.id: a.name for a in extraction.actors}
    assert [*names.values()] == ["Red Hills Front", "soldiers", "police", "River Guard"]
    incident = extraction.incidents[0]
    assert incident.date is not None
    assert incident.date.start == date(2025, 3, 4)
    assert incident.location is not None
    assert incident.location.name == "Tamsin"
    figure = incident.casualties[0]
    assert (figure.low, figure.high, figure.text) == (4, None, "at least four")
    assert figure.source is not None
    assert names[figure.source] == "police"
    assert {(names[p.actor], p.role.value) for p in incident.participants} == {
        ("Red Hills Front", "perpetrator"),
        ("River Guard", "perpetrator"),
        ("soldiers", "victim"),
    }


def test_contradicting_statements_point_at_each_other() -> None:
    outcome, _ = run(draft())
    assert outcome.extraction is not None
    accused, denied, claimed = outcome.extraction.attributions
    assert denied.id in accused.conflicts_with
    assert claimed.id in accused.conflicts_with
    assert accused.id in denied.conflicts_with
    assert claimed.id not in denied.conflicts_with


def test_a_perpetrator_that_nobody_names_is_asserted_by_the_article() -> None:
    outcome, _ = run(draft(statements=[]))
    assert outcome.extraction is not None
    (voice,) = outcome.extraction.attributions
    assert (voice.sourcing, voice.stance, voice.certainty, voice.aspect) == (
        Sourcing.ARTICLE,
        Stance.ASSERTION,
        Certainty.CERTAIN,
        Aspect.RESPONSIBILITY,
    )


def test_only_the_own_side_can_claim() -> None:
    outcome, _ = run(draft(statements=[said(1, "police", "claim", "Red Hills Front")]))
    assert outcome.extraction is not None
    assert outcome.extraction.attributions[0].stance is Stance.ACCUSATION


def test_an_empty_answer_is_a_result() -> None:
    outcome, _ = run({"actors": [], "incidents": []})
    assert outcome.status is Status.OK
    assert outcome.extraction is not None
    assert outcome.extraction.incidents == ()


def test_a_wrong_answer_is_asked_again_with_its_errors() -> None:
    outcome, llm = run(draft(weapons=["moon laser"]), draft(), max_attempts=3)
    assert outcome.status is Status.REPAIRED
    assert outcome.provenance.attempts == 2
    first, second = llm.questions
    assert [*second.messages[: len(first.messages)]] == [*first.messages]
    assert "moon laser" in second.messages[-2].content
    assert "incidents.0.weapons.0: does not stand in the article" in second.messages[-1].content


def test_what_stays_wrong_is_dropped_with_a_warning() -> None:
    wrong = draft(weapons=["moon laser"])
    outcome, llm = run(wrong, wrong, max_attempts=2)
    assert len(llm.questions) == 2
    assert outcome.status is Status.PARTIAL
    assert [(w.path, w.rule, w.value) for w in outcome.warnings] == [
        ("incidents.0.weapons.0", "not_in_text", "moon laser")
    ]
    assert outcome.extraction is not None
    assert outcome.extraction.incidents[0].weapons == ()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"sentences": [77]}, "no_such_sentence"),
        ({"when": "on 31 February 2021"}, "not_in_text"),
        ({"where": "Atlantis"}, "not_in_text"),
        ({"country": "Freedonia"}, "unknown_country"),
        ({"victims": ["nobody at all"]}, "unknown_actor"),
        ({"summary": "so " * 40}, "too_many_words"),
        ({"type": "wizardry"}, "enum"),
    ],
)
def test_each_broken_rule_is_named(changes: dict[str, Any], rule: str) -> None:
    outcome, llm = run(draft(**changes), draft(), max_attempts=2)
    assert outcome.status is Status.REPAIRED
    assert len(llm.questions) == 2
    _, llm = run(draft(**changes), draft(**changes), max_attempts=2)
    assert len(llm.questions) == 2
    outcome, _ = run(draft(**changes), max_attempts=1)
    if outcome.error is None:
        assert rule in {warning.rule for warning in outcome.warnings}
    else:
        assert outcome.error.kind == "invalid_answer"


def test_incidents_that_cannot_be_grounded_are_a_failure_not_an_empty_result() -> None:
    outcome, _ = run(draft(sentences=[77]), max_attempts=1)
    assert outcome.status is Status.FAILED
    assert outcome.error is not None
    assert outcome.error.kind == "invalid_answer"


def test_answers_that_are_not_json_fail() -> None:
    outcome, llm = run(*[Answer("Je ne sais pas.", Finish.STOP, usage(3))] * 2, max_attempts=2)
    assert outcome.status is Status.FAILED
    assert outcome.error is not None
    assert "not JSON" in outcome.error.message
    assert len(llm.questions) == 2


def usage(tokens: int) -> Usage:
    return Usage(input_tokens=tokens, cached_tokens=0, output_tokens=tokens, requests=1)


def test_a_refusal_is_not_asked_again() -> None:
    outcome, llm = run(Answer("I will not.", Finish.REFUSED, usage(1)))
    assert outcome.status is Status.REFUSED
    assert outcome.error is not None
    assert outcome.error.message == "I will not."
    assert len(llm.questions) == 1


def test_a_cut_off_answer_is_asked_once_more_with_more_room() -> None:
    cut = Answer('{"act', Finish.LENGTH, usage(10))
    outcome, llm = run(cut, draft())
    assert outcome.status is Status.REPAIRED
    assert llm.questions[1].max_tokens == 2 * llm.questions[0].max_tokens
    outcome, llm = run(cut, cut)
    assert outcome.error is not None
    assert outcome.error.kind == "cut_off"
    assert outcome.provenance.usage.output_tokens == 20
    assert len(llm.questions) == 2


def test_a_fatal_error_stops_a_run_and_every_article_has_an_outcome() -> None:
    error = ProviderError("mend OPENAI_API_KEY", kind=FailureKind.AUTHENTICATION, status=401)
    articles = [ARTICLE.model_copy(update={"id": f"n{number}"}) for number in range(5)]
    llm = Scripted([error] * 5)
    with Extractor(llm=llm) as extractor:
        outcomes = [*extractor.extract_many(articles, concurrency=1)]
    assert sorted(outcome.article.id for outcome in outcomes) == [f"n{n}" for n in range(5)]
    assert {outcome.status for outcome in outcomes} == {Status.FAILED}
    assert len(llm.questions) == 1
    assert [o.error.kind for o in outcomes if o.error] == ["authentication"] + ["not_asked"] * 4


def test_plain_calls_work_inside_a_running_loop() -> None:
    async def main() -> tuple[Outcome, Outcome, list[Outcome]]:
        with Extractor(llm=Scripted(lambda _: json.dumps(draft()))) as extractor:
            plain = extractor.extract(ARTICLE)
            awaited = await extractor.aextract(ARTICLE)
            many = [o async for o in extractor.aextract_many([ARTICLE] * 3, concurrency=2)]
            return plain, awaited, many

    plain, awaited, many = asyncio.run(main())
    assert plain.extraction is not None
    assert {o.status for o in (plain, awaited, *many)} == {Status.OK}
    assert len(many) == 3


@pytest.mark.parametrize(
    "settings", [{"max_attempts": -1}, {"timeout": 0.0}, {"max_cost": -1.0}, {"prompt": "no@1"}]
)
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Extractor(llm=Scripted([]), **settings)


def test_a_long_article_is_worked_in_windows_and_merged() -> None:
    filler = "\n".join(f"Paragraph {n} tells of the weather in the hills." for n in range(400))
    article = Article(text=f"{TEXT}\n{filler}", published=date(2025, 3, 6))

    def answer(question: Any) -> str:
        shown = question.messages[-1].content
        return json.dumps(draft() if "[1]" in shown else {"actors": [], "incidents": []})

    llm = Scripted(answer, context_window=10_000)
    with Extractor(llm=llm) as extractor:
        outcome = extractor.extract(article)
    assert outcome.status is Status.OK
    assert outcome.provenance.windows == len(llm.questions) > 1
    assert outcome.extraction is not None
    assert len(outcome.extraction.incidents) == 1
    shown = "\n".join(question.messages[-1].content for question in llm.questions)
    assert all(f"Paragraph {n} " in shown for n in range(400))


def test_a_body_of_a_body_is_kept_whatever_the_order() -> None:
    chained = draft(perpetrators=[], figures=[], statements=[])
    chained["actors"] = [
        actor("River Guard", "armed_group"),
        actor("police", "state_force", member_of="River Guard"),
        actor("soldiers", "state_force", member_of="police"),
    ]
    found = run(chained)[0].extraction
    assert found is not None
    affiliations = {one.name: one.affiliation for one in found.actors}
    ids = {one.name: one.id for one in found.actors}
    assert affiliations == {
        "soldiers": ids["police"],
        "police": ids["River Guard"],
        "River Guard": None,
    }
