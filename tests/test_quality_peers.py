"""The peers of the quality benchmark: how they are asked, and how their answers are read."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from langextract import prompt_validation
from langextract.resolver import WordAligner

from benchmarks.quality.lang_extract import EXAMPLE, LangExtract, span_record
from benchmarks.quality.plain import PlainCall, read_plain
from benchmarks.quality.reading import label, listed, voice, words
from benchmarks.quality.spans import figures, read_langextract
from extractor import Article, Extraction, evaluate, read_gold
from extractor.schemas import ActorKind, CasualtyKind, Certainty, IncidentType, Sourcing
from tests.fault_server import Behaviour, FaultServer, completion, hang, status
from tests.labelled import ARTICLE, SENTENCES, TEXT, extraction, full

GOLD = full()


def plain(data: object, article: Article = ARTICLE) -> Extraction:
    text = data if isinstance(data, str) else json.dumps(data)
    found = read_plain({"completion": text}, article)
    assert found is not None
    return found


def as_data(made: Extraction) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(made.model_dump_json())
    return data


def test_a_right_plain_answer_loses_nothing() -> None:
    report = evaluate([plain(as_data(GOLD.labels))], [GOLD], samples=0)
    missed = {name: score.fn for name, score in report.fields.items() if score.fn}
    # The council stands nowhere in the text.
    assert missed == {"actor": 1, "actor.kind": 1, "actor.affiliation": 1}
    assert report.overall.precision == 1


def test_right_plain_answers_to_the_labelled_examples_lose_nothing() -> None:
    examples = read_gold("examples/labelled")
    read = [plain(as_data(one.labels), one.article) for one in examples]
    report = evaluate(read, examples, samples=0)
    assert (report.overall.fp, report.overall.fn) == (0, 0)


def test_bounds_that_only_the_answer_gives_are_kept() -> None:
    data = as_data(GOLD.labels)
    data["incidents"][0]["casualties"][0] |= {"text": "dock workers", "low": 3, "high": 3}
    figure = plain(data).incidents[0].casualties[0]
    assert (figure.text, figure.low, figure.high) == ("dock workers", 3, 3)
    data["incidents"][0]["casualties"][0] |= {"low": 9, "high": 3}
    figure = plain(data).incidents[0].casualties[0]
    assert (figure.low, figure.high) == (None, None)


def test_wrong_offsets_and_changed_quotes_are_looked_up() -> None:
    data = as_data(GOLD.labels)
    for incident in data["incidents"]:
        incident["evidence"] = [{"quote": incident["evidence"][0]["quote"][:30], "start": 0}]
    first, second = plain(data).incidents
    assert first.evidence[0].quote == SENTENCES[0]
    assert second.evidence[0].quote == SENTENCES[3]


def test_a_quote_that_is_not_there_becomes_the_sentence_most_like_the_summary() -> None:
    data = as_data(GOLD.labels)
    data["incidents"] = [data["incidents"][1]]
    data["incidents"][0] |= {"evidence": [], "summary": "Gunmen attacked a chapel."}
    assert plain(data).incidents[0].evidence[0].quote == SENTENCES[3]


@pytest.mark.parametrize(
    "broken",
    [
        {"participants": [{"actor": "a77", "role": "victim"}, {"actor": "a1"}, None]},
        {"participants": [{"actor": "a1", "role": "perpetrator"}] * 2},
        {"participants": "the Front"},
        {"date": {"start": "2023-05-09", "end": "2023-05-04", "precision": "day"}},
        {"date": "in May", "location": "Orlavik", "weapons": None},
        {"casualties": [{"kind": "killed", "low": 9, "high": 2, "text": None}, 3]},
        {"summary": " ".join(["word"] * 40)},
        {"type": "explosion", "status": "done"},
        {"id": "x"},
    ],
)
def test_one_bad_part_costs_only_itself(broken: dict[str, Any]) -> None:
    data = as_data(GOLD.labels)
    data["incidents"][0] |= broken
    found = plain(data)
    assert [incident.evidence[0].quote for incident in found.incidents] == [
        SENTENCES[0],
        SENTENCES[3],
    ]
    assert {"Tide Front", "Marsh Guard", "Ilse Marn"} <= {actor.name for actor in found.actors}
    assert len(found.attributions) >= 2


def test_what_was_written_before_the_cut_is_kept() -> None:
    whole = json.dumps(as_data(GOLD.labels))
    before = whole[: whole.index('"armed_assault"')]
    found = plain(before)
    assert [incident.type for incident in found.incidents] == [
        IncidentType.BOMBING,
        IncidentType.ATTACK,
    ]
    # Nobody says it any more, so the article's own voice does, as in this project's own results.
    assert [one.sourcing for one in found.attributions] == [Sourcing.ARTICLE]


def test_a_statement_about_no_incident_goes_to_the_last_before_it() -> None:
    data = as_data(GOLD.labels)
    for statement in data["attributions"]:
        statement["incident"] = "i9"
    about = {one.evidence[0].quote: one.incident for one in plain(data).attributions}
    assert about[SENTENCES[1]] == "i1"


def test_days_that_only_the_answer_gives_are_kept() -> None:
    data = as_data(GOLD.labels)
    first, second = plain(data).incidents
    assert first.date is not None
    assert str(first.date.start) == "2023-05-04"
    assert second.date is not None
    assert second.date.text is None
    data["incidents"][1]["date"]["start"] = "someday"
    assert plain(data).incidents[1].date is None


@pytest.mark.parametrize("text", ["", "I cannot.", "[1, 2]", "3"])
def test_no_object_is_no_answer(text: str) -> None:
    assert read_plain({"completion": text}, ARTICLE) is None


def test_an_empty_object_reports_nothing() -> None:
    assert plain("{}").incidents == ()


# --- LangExtract


def span(name: str, text: str, **attributes: Any) -> dict[str, Any]:
    start = TEXT.find(text)
    return {
        "class": name,
        "text": text,
        "start": start if start >= 0 else None,
        "end": start + len(text) if start >= 0 else None,
        "attributes": attributes,
    }


BLAST = span(
    "incident",
    "A bomb destroyed a ferry office in Orlavik",
    incident_group="ferry office bombing",
    type="bombing",
    status="carried_out",
    date="4 May 2023",
    place="Orlavik",
    country="SE",
    perpetrators=["Tide Front", "Marsh Guard"],
    victims=["dock workers"],
    weapons=["bomb"],
    objects=["ferry office"],
    casualties=["three dock workers killed"],
)
CHAPEL = span(
    "incident",
    "gunmen with rifles attacked a chapel in Hesk",
    incident_group="chapel attack",
    type="armed assault",
    place="Hesk",
    country="SE",
    weapons="rifles",
    objects=["chapel"],
    casualties=["at least five pilgrims died"],
)
CLAIM = span(
    "attribution",
    "claimed the blast",
    incident_group="ferry bombing",
    source="The Tide Front",
    aspect="responsibility",
    stance="claim",
    certainty="certain",
    responsible=["Tide Front"],
)
BLAME = span(
    "attribution",
    "blamed the Marsh Guard",
    source="Ilse Marn",
    aspect="responsibility",
    stance="accusation",
    certainty="certain",
    responsible=["Marsh Guard"],
)
ACTORS = [
    span("actor", "Tide Front", kind="armed group", aliases=["Front"]),
    span("actor", "Marsh Guard", kind="armed_group"),
    span("actor", "Ilse Marn", kind="person", member_of="Harbour Council"),
    span("actor", "dock workers", kind="population"),
    span("actor", "Police", kind="police"),
]


def lang(*spans: dict[str, Any]) -> Extraction:
    found = read_langextract({"extractions": list(spans)}, ARTICLE)
    assert found is not None
    return found


def test_langextract_is_read_as_favourably_as_can_be() -> None:
    report = evaluate([lang(BLAST, CHAPEL, CLAIM, BLAME, *ACTORS)], [GOLD], samples=0)
    assert report.overall.precision == 1
    missed = {name: score.fn for name, score in report.fields.items() if score.fn}
    # The council stands nowhere in the text, the other date is relative to it, and the third
    # statement was not given.
    assert missed == {
        "actor": 1,
        "actor.kind": 1,
        "actor.affiliation": 1,
        "incident.date": 1,
        "attribution": 1,
        "attribution.stance": 1,
        "attribution.certainty": 1,
    }


def test_a_statement_goes_to_its_group_or_to_the_last_incident_before_it() -> None:
    ungrouped = {**CLAIM, "attributes": {**CLAIM["attributes"], "incident_group": ""}}
    far = {**CLAIM, "attributes": {**CLAIM["attributes"], "incident_group": "attack on chapel"}}
    assert lang(BLAST, CHAPEL, ungrouped).attributions[0].incident == "i1"
    sources = {one.source: one.incident for one in lang(BLAST, CHAPEL, far).attributions}
    assert "i2" in sources.values()


def test_repeated_extractions_are_one() -> None:
    once = lang(BLAST, CLAIM, *ACTORS)
    again = lang(BLAST, CLAIM, *ACTORS, BLAST, CLAIM, *ACTORS, BLAST, CLAIM)
    assert again == once


def test_an_incident_told_in_two_chunks_is_one() -> None:
    again = span("incident", "claimed the blast", **{**BLAST["attributes"], "victims": ["Police"]})
    found = lang(BLAST, again)
    assert len(found.incidents) == 1
    assert [e.quote for e in found.incidents[0].evidence] == [*SENTENCES[:2]]


def test_an_extraction_that_was_not_aligned_is_looked_for() -> None:
    unaligned = {**CHAPEL, "text": "Gunmen with rifles attack a chapel", "start": None, "end": None}
    assert lang(unaligned).incidents[0].evidence[0].quote == SENTENCES[3]


def test_statements_without_an_incident_are_left_out() -> None:
    found = lang(CLAIM, *ACTORS)
    assert found.attributions == ()
    assert [actor.name for actor in found.actors] == [one["text"] for one in ACTORS]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("four officers killed", [("killed", "four")]),
        ("17 dead and 40 injured", [("killed", "17"), ("wounded", "40")]),
        ("injured: at least 12", [("wounded", "at least 12")]),
        ("dozens abducted", [("abducted", "dozens")]),
        ("3 arrested", [("arrested", "3")]),
        ("12 casualties", [("killed_or_wounded", "12")]),
        ("several wounded", [("wounded", "several wounded")]),
        ("The Governor", []),
    ],
)
def test_figures_in_words(text: str, expected: list[tuple[str, str]]) -> None:
    found = list(figures(text, 1))
    assert [(one.kind, one.number) for one in found] == [
        (CasualtyKind(kind), number) for kind, number in expected
    ]


def test_no_answer_of_langextract_is_none() -> None:
    assert read_langextract({"extractions": None}, ARTICLE) is None


def test_the_worked_example_is_aligned_and_reads_as_it_means() -> None:
    aligner = WordAligner()  # type: ignore[no-untyped-call]
    report = prompt_validation.validate_prompt_alignment(
        [EXAMPLE], aligner=aligner, policy=prompt_validation.AlignmentPolicy()
    )
    assert report.issues == []
    article = Article(id="example", text=EXAMPLE.text)
    spans = [span_record(one) for one in EXAMPLE.extractions or []]
    found = read_langextract({"extractions": spans}, article)
    assert found is not None
    assert [str(one.type) for one in found.incidents] == ["armed_assault"]
    assert [(c.kind, c.low, c.high) for c in found.incidents[0].casualties] == [
        ("killed", 4, 4),
        ("wounded", 9, 9),
    ]
    names = {actor.id: actor.name for actor in found.actors}
    assert {(one.source and names[one.source], str(one.stance)) for one in found.attributions} == {
        ("Coastal Liberation Army", "claim"),
        ("Rana Odeh", "accusation"),
        (None, "assertion"),
    }
    asked = {key for one in EXAMPLE.extractions or [] for key in one.attributes or {}}
    for one in EXAMPLE.extractions or []:
        same = [o for o in EXAMPLE.extractions or [] if o.extraction_class == one.extraction_class]
        assert all((o.attributes or {}).keys() == (one.attributes or {}).keys() for o in same)
    assert "medium" not in asked


# --- values


def test_labels_are_read_with_leniency() -> None:
    assert label(IncidentType, "Air Strike", IncidentType.ATTACK) is IncidentType.AIR_STRIKE
    assert label(IncidentType, "airstrike", IncidentType.ATTACK) is IncidentType.AIR_STRIKE
    assert label(IncidentType, "shooting", IncidentType.ATTACK) is IncidentType.ARMED_ASSAULT
    assert label(IncidentType, "policy", IncidentType.ATTACK) is IncidentType.ATTACK
    assert label(ActorKind, None, ActorKind.OTHER) is ActorKind.OTHER
    assert label(Certainty, "doubtfull", Certainty.CERTAIN) is Certainty.DOUBTFUL


def test_empty_words_say_nothing() -> None:
    nothing: list[object] = [" ", "None", "unknown", None, True, []]
    assert [words(value) for value in nothing] == [None] * 6
    assert words(12) == "12"
    assert listed("rifles, knives; rifles") == ["rifles", "knives"]
    assert listed(["a", None, {}, "a"]) == ["a"]
    assert listed({"a": 1}) == []
    assert [voice(name) for name in (None, "The article", "reportedly", "Police")] == [
        "article",
        "article",
        "unattributed",
        "Police",
    ]


# --- over loopback


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as made:
        yield made


def streamed(content: str, usage: tuple[int, int, int] | None = (100, 20, 80)) -> Behaviour:
    """An answer as events, cut in two pieces."""
    middle = len(content) // 2
    events: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
        for piece in (content[:middle], content[middle:])
    ]
    if usage:
        told: dict[str, Any] = json.loads(completion("", usage=usage).body)["usage"]
        events.append({"choices": [], "usage": told})
    shape = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "test"}
    lines = [f"data: {json.dumps({**shape, **event})}\n\n" for event in events]
    body = "".join([*lines, "data: [DONE]\n\n"]).encode()
    return Behaviour(200, {"Content-Type": "text/event-stream"}, body)


def written(*spans: dict[str, Any]) -> str:
    items = [
        {one["class"]: one["text"], f"{one['class']}_attributes": one["attributes"]}
        for one in spans
    ]
    return json.dumps({"extractions": items})


def lang_peer(server: FaultServer, seconds: float = 30) -> LangExtract:
    return LangExtract(server.base_url, "test", max_tokens=99, seconds=seconds)


@pytest.mark.network
def test_langextract_asks_and_counts(server: FaultServer) -> None:
    server.default = streamed(written(BLAST, CLAIM, *ACTORS))
    result = lang_peer(server).extract(ARTICLE)
    assert (result.error, result.valid) == (None, True)
    assert (result.input_tokens, result.cached_tokens, result.output_tokens) == (100, 80, 20)
    assert result.requests == len(server.requests) == 1
    assert result.extraction is not None
    assert [str(one.stance) for one in result.extraction.attributions] == ["assertion", "claim"]
    assert read_langextract(result.answer, ARTICLE) == result.extraction
    asked = server.requests[0].json
    assert (asked["temperature"], asked["max_tokens"], asked["model"]) == (0, 99, "test")
    assert asked["response_format"]["type"] == "json_schema"
    assert SENTENCES[5] in asked["messages"][-1]["content"]


@pytest.mark.network
def test_a_chunk_that_was_cut_off_keeps_what_is_whole(server: FaultServer) -> None:
    server.default = streamed(written(BLAST, CLAIM)[:-40])
    result = lang_peer(server).extract(ARTICLE)
    assert result.error == "chunk 1 was cut off or is no JSON"
    assert not result.valid
    assert result.extraction is not None
    assert len(result.extraction.incidents) == 1


@pytest.mark.network
def test_each_chunk_of_a_long_article_is_asked(server: FaultServer) -> None:
    server.enqueue(streamed(written(BLAST)), streamed("{"))
    text = f"{TEXT} {'The market was quiet on the next day. ' * 25}"
    result = lang_peer(server).extract(ARTICLE.model_copy(update={"text": text}))
    assert result.requests == 2
    assert result.output_tokens == 40
    assert result.error == "chunk 2 was cut off or is no JSON"
    assert result.extraction is not None
    assert len(result.extraction.incidents) == 1


@pytest.mark.network
def test_time_that_is_over_is_a_row(server: FaultServer) -> None:
    server.default = hang()
    result = lang_peer(server, seconds=0.2).extract(ARTICLE)
    assert result.error == "chunk 1 was not answered in time"
    assert result.extraction is None
    assert result.requests == 1


@pytest.mark.network
def test_what_was_written_in_time_counts(server: FaultServer) -> None:
    whole = streamed(written(BLAST, CHAPEL), usage=None)
    behaviour = Behaviour(200, whole.headers, whole.body, declared_length=10**6)
    server.default = behaviour
    result = lang_peer(server, seconds=1).extract(ARTICLE)
    assert result.output_tokens == 2
    assert result.extraction is None or len(result.extraction.incidents) == 2


@pytest.mark.network
def test_a_failure_is_a_row(server: FaultServer) -> None:
    server.default = status(500, "down")
    result = lang_peer(server).extract(ARTICLE)
    assert result.extraction is None
    assert result.error is not None
    assert result.error.startswith("InternalServerError")


@pytest.mark.network
def test_the_plain_call_asks_once(server: FaultServer) -> None:
    server.default = completion(GOLD.labels.model_dump_json(), usage=(50, 40, 30))
    peer = PlainCall(server.base_url, "test", max_tokens=99)
    result = peer.extract(ARTICLE)
    assert (result.error, result.valid, result.requests) == (None, True, 1)
    assert (result.input_tokens, result.cached_tokens, result.output_tokens) == (50, 30, 40)
    assert result.extraction == plain(as_data(GOLD.labels))
    assert server.requests[0].json["response_format"]["type"] == "json_schema"


@pytest.mark.network
def test_an_invalid_plain_answer_is_read_all_the_same(server: FaultServer) -> None:
    data = as_data(GOLD.labels)
    data["incidents"][0]["participants"][0]["actor"] = "a77"
    server.default = completion(json.dumps(data))
    result = PlainCall(server.base_url, "test", max_tokens=99).extract(ARTICLE)
    assert not result.valid
    assert result.error is not None
    assert result.extraction is not None
    assert len(result.extraction.incidents) == 2
    assert len(server.requests) == 1


@pytest.mark.network
def test_a_cut_off_plain_answer_is_kept(server: FaultServer) -> None:
    server.default = completion(GOLD.labels.model_dump_json()[:1500], finish_reason="length")
    result = PlainCall(server.base_url, "test", max_tokens=99).extract(ARTICLE)
    assert not result.valid
    assert result.extraction is not None
    assert result.extraction.actors
    assert result.output_tokens == 5


@pytest.mark.network
def test_a_plain_call_that_fails_is_a_row(server: FaultServer) -> None:
    server.default = status(500, "down")
    result = PlainCall(server.base_url, "test", max_tokens=99).extract(ARTICLE)
    assert result.extraction is None
    assert not result.valid


def test_nothing_is_made_up_for_an_article_without_incident() -> None:
    assert plain(as_data(extraction())) == extraction()
