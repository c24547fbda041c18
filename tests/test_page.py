"""Pages: what is marked, what is told, and that nothing of an article can become markup."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import zlib
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import extractor
from extractor.articles import Article
from extractor.errors import ConfigError
from extractor.evaluation.compare import compare
from extractor.evaluation.evaluate import evaluate
from extractor.evaluation.muc4 import evaluate_muc4
from extractor.evaluation.muc4_data import read_muc4
from extractor.pipeline.outcome import Failure, Issue, Outcome, Status
from extractor.report.article import ArticleView, article_html
from extractor.report.evaluation import comparison_page, evaluation_page
from extractor.report.highlight import Kind, Mark, marks, segments
from extractor.report.inputs import read_outcomes
from extractor.report.page import environment, json_block
from extractor.report.results import extraction_page, results_page
from extractor.report.run import run_data
from extractor.schemas import Evidence, IncidentType
from extractor.schemas.notebook import Shown
from tests.labelled import actor, extraction, full, incident, labelled, place, write_lines
from tests.pages import EMOJI, HOSTILE, PWNED, SCRIPTS, at, bombing
from tests.test_cli import run
from tests.test_evaluation_cli import RECORD
from tests.test_report import PROVENANCE, make_outcome

FAILED = make_outcome("lost", Status.FAILED)
QUIET = make_outcome("quiet", incidents=())
DROPPED = Issue(path="incidents.0.weapon", rule="not_in_text", value="tank", message="is not there")


class Parsed(HTMLParser):
    """The elements of a page, and the text in each kind of them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data

    def ids(self) -> list[str]:
        return [str(found["id"]) for _, found in self.elements if "id" in found]


def words(page: str) -> str:
    """What a reader sees, on one line."""
    visible = re.sub(r"<(style|script)[^>]*>.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(visible.split())


def article(outcome: Outcome) -> str:
    return article_html(ArticleView.of_outcome(outcome))


def data_of(page: str) -> Any:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match
    return json.loads(match[1])


# --- marks


@given(st.data())
def test_segments_are_the_text_and_know_what_rests_on_each_character(data: st.DataObject) -> None:
    text = data.draw(st.text(min_size=1, max_size=30))
    start, length = st.integers(0, len(text) - 1), st.integers(1, 9)
    record = st.sampled_from(["i1", "t1", "a1"])
    spans = data.draw(st.lists(st.tuples(start, length, record), max_size=6))
    kinds = {"i1": Kind.INCIDENT, "t1": Kind.ATTRIBUTION, "a1": Kind.ACTOR}
    found = []
    for first, count, name in spans:
        end = min(len(text), first + count)
        evidence = Evidence(quote=text[first:end], start=first, end=end)
        found.append(Mark(name, kinds[name], evidence))
    parts = segments(text, found)
    assert "".join(part.text for part in parts) == text
    assert all(part.text for part in parts)
    position = 0
    for part in parts:
        for place_in_text in range(position, position + len(part.text)):
            covering = {
                mark.record
                for mark in found
                if mark.evidence.start <= place_in_text < mark.evidence.end
            }
            assert set(part.records) == covering
        position += len(part.text)
    met = [name for part in parts for name in part.first]
    assert sorted(met) == sorted({mark.record for mark in found})


def test_a_text_without_evidence_is_one_segment() -> None:
    (part,) = segments("Nothing.", [])
    assert (part.text, part.records, part.first) == ("Nothing.", (), ())


@pytest.mark.parametrize("outcome", SCRIPTS, ids=lambda outcome: outcome.article.id)
def test_marks_are_at_the_right_characters_in_every_script(outcome: Outcome) -> None:
    assert outcome.extraction is not None
    parts = segments(outcome.article.text, marks(outcome.extraction))
    for attribution in outcome.extraction.attributions:
        marked = "".join(part.text for part in parts if attribution.id in part.records)
        assert marked == attribution.evidence[0].quote
    overlapping = [part for part in parts if {"i1", "t1"} <= set(part.records)]
    assert overlapping
    assert overlapping[0].kinds[:2] == (Kind.INCIDENT, Kind.ATTRIBUTION)


def test_of_an_actor_only_the_name_is_marked() -> None:
    assert EMOJI.extraction is not None
    marked = {mark.record: mark.evidence.quote for mark in marks(EMOJI.extraction)}
    assert marked["a1"] == "Tide Front"
    assert marked["a3"] == "Police 👮🏽‍♀️"


@pytest.mark.parametrize(
    ("name", "aliases", "marked"),
    [
        ("Swamp Guard", [], "The US army hit a bus of the marsh guard."),
        ("Marsh Guard", ["Guard"], "marsh guard"),
        ("Us", [], "US"),
        ("bu", [], "The US army hit a bus of the marsh guard."),
    ],
)
def test_a_name_is_found_as_a_word(name: str, aliases: list[str], marked: str) -> None:
    text = "The US army hit a bus of the marsh guard."
    found = extraction(
        [actor(1, name, aliases=aliases, evidence=at(text, text))],
        article=Article(id="x", text=text),
    )
    assert [mark.evidence.quote for mark in marks(found)] == [marked]


# --- the article view


def test_the_article_view_tells_everything() -> None:
    shown = words(article(make_outcome(status=Status.PARTIAL, warnings=(DROPPED,))))
    for expected in (
        "Orlavik Courier · 2023-05-06 partial",
        "Blast at a market",
        "Bombing carried out i1 A bomb exploded at a fish market.",
        "When 2023-05-05 Friday",
        "Where fish market, Orlavik",
        "Perpetrator Tide Front Victim traders",
        "Object fish market business, damaged",
        "Weapon bomb",
        "killed 4+ at least four traders the article",
        "killed 6-8 between six and eight Hospital staff",
        "Ilse Marn t1",
        "responsibility of Tide Front accusation certain",
        "In conflict with t2 , denial by Tide Front",
        "denial certain a leaflet",
        "Dropped or changed",
        "incidents.0.weapon is not there value tank , rule not_in_text",
        "Model test/model Prompt incidents@1 Tokens 1,200 in, 300 out Cost $0.0125",
    ):
        assert expected in shown, expected


def test_every_link_inside_a_page_leads_somewhere_and_ids_are_unique() -> None:
    for outcome in (*SCRIPTS, HOSTILE, make_outcome(), FAILED, QUIET):
        page = Parsed(results_page([outcome]))
        ids = page.ids()
        assert len(set(ids)) == len(ids)
        links = [str(attrs["href"]) for tag, attrs in page.elements if tag == "a"]
        targets = [link[1:] for link in links if link.startswith("#")]
        assert set(targets) <= set(ids)
        assert targets or outcome in (FAILED, QUIET)


def test_an_article_without_result_shows_why_and_its_text() -> None:
    shown = words(article(FAILED))
    assert "No result server The endpoint answered 503." in shown
    assert "Nothing in this text is evidence." in shown
    assert "Hospital staff counted" in shown


def test_an_article_without_incident_says_so() -> None:
    assert "No incident reported" in words(article(QUIET))


@pytest.mark.parametrize(
    ("cost", "expected"), [(None, "Cost not known"), (0.0, "Cost none"), (0.5, "Cost $0.5000")]
)
def test_cost_is_told(cost: float | None, expected: str) -> None:
    origin = PROVENANCE.model_copy(update={"cost_usd": cost, "duration_s": 0.0})
    shown = words(article(make_outcome().model_copy(update={"provenance": origin})))
    assert expected in shown
    assert "Time not measured" in shown


def test_sparse_incidents_are_shown_as_sparse() -> None:
    about = Article(
        id="x", text="A bomb destroyed a ferry office. It was late.", url="https://a.b/"
    )
    evidence = [{"quote": "A bomb", "start": 0, "end": 6}]
    when = {"start": None, "end": None, "precision": "day", "text": "lately"}
    long = {"start": "2026-03-01", "end": "2026-03-07", "precision": "week", "text": None}
    found = extraction(
        incidents=[
            incident(1, evidence=evidence, date=when),
            incident(2, evidence=evidence, date=long, location=place(None, "SE")),
            incident(3, evidence=evidence),
        ],
        article=about,
    )
    outcome = Outcome(
        status=Status.OK,
        article=about,
        extraction=found,
        warnings=(),
        error=None,
        provenance=PROVENANCE,
    )
    shown = words(article(outcome))
    assert "When not resolved to a day lately Where no place given" in shown
    assert "When 2026-03-01 to 2026-03-07 (week) Where SE" in shown
    assert "When no time given" in shown
    assert shown.count("Nobody is quoted on it") == 3
    assert 'href="https://a.b/"' in article(outcome)


def test_an_extraction_alone_is_shown_with_its_quotes() -> None:
    found = make_outcome().extraction
    assert found is not None
    shown = words(extraction_page(found))
    assert "killed 6-8" in shown
    assert shown.count("Hospital staff counted between six and eight dead.") == 1
    assert "Tokens" not in shown
    with pytest.raises(ValueError, match="no result of article lost"):
        _ = ArticleView.of_outcome(FAILED).names


# --- nothing becomes markup


def shape(page: Parsed) -> list[tuple[str, list[str]]]:
    """The elements and attributes, but for those of marks, of which a text may have any number."""
    return [(tag, sorted(attrs)) for tag, attrs in page.elements if tag not in ("a", "span")]


def test_a_hostile_article_adds_no_element_and_no_attribute() -> None:
    harmless = "harmless words"
    text = "A bomb went off. Police saw it."
    tame = bombing(
        Article(id=harmless, title=harmless, text=text, source="x", url="y"),
        ("A bomb went off.", "Police saw it."),
        ("Front", "crowd", "Police"),
        HOSTILE.warnings,
    )
    for make in (lambda outcome: results_page([outcome]), article):
        hostile, expected = Parsed(make(HOSTILE)), Parsed(make(tame))
        assert shape(hostile) == shape(expected)
        assert not [a for _, attrs in hostile.elements for a in attrs if a.startswith("on")]
        links = [attrs["href"] for tag, attrs in hostile.elements if tag == "a"]
        assert all(str(link).startswith("#") for link in links)
    assert PWNED not in results_page([HOSTILE])


def test_hostile_words_are_shown_as_they_are() -> None:
    shown = "".join(Parsed(article(HOSTILE)).texts["span"])
    assert "{{7*7}}" in shown
    assert PWNED in shown


def test_json_cannot_end_its_element() -> None:
    data = {"</script><!--": "&\u2028\u2029>"}
    block = json_block(data)
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block) == data


def test_data_of_a_hostile_run_stays_data() -> None:
    page = results_page([HOSTILE, QUIET])
    assert PWNED not in page
    assert data_of(page)["articles"][0]["title"].startswith("</title></script><script>")


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://a.b/c", "https://a.b/c"),
        ("HTTP://a.b", "HTTP://a.b"),
        ("javascript:alert(1)", None),
        (" https://a.b", None),
        ("data:text/html,x", None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_are_links(address: str | None, link: str | None) -> None:
    assert environment().filters["link"](address) == link


@pytest.mark.parametrize(
    ("tag", "expected"), [("en", "en"), ("zh-Hant-TW", "zh-Hant-TW"), ('e"x', ""), (None, "")]
)
def test_only_language_tags_are_languages(tag: str | None, expected: str) -> None:
    assert environment().filters["language"](tag) == expected


def pages() -> list[str]:
    gold = [full(), labelled(article=Article(id="quiet", text="Nothing happened."))]
    labels = [one.labels for one in gold]
    return [
        results_page([make_outcome()]),
        results_page([make_outcome("a"), FAILED]),
        results_page([]),
        evaluation_page(evaluate(labels, gold, errors=True, samples=10)),
        comparison_page(compare(labels, labels, gold, samples=10)),
    ]


@pytest.mark.parametrize("number", range(5))
def test_the_policy_names_each_script_and_style_and_nothing_else(number: int) -> None:
    page = pages()[number]
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    policy = policy.replace("&#39;", "'")
    for tag in ("script", "style"):
        sources = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        hashes = {
            f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
            for source in sources
        }
        (named,) = re.findall(rf"{tag}-src ([^;]*)", policy)
        extra = set(named.split()) - hashes
        assert hashes <= set(named.split())
        # Observable Plot adds one style of its own to each chart.
        assert len(extra) <= (tag == "style" and "vendor" in page)
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; ")
    outside = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r"<[^>]+ (?:src|on\w+|style)=", outside)


# --- the run view


def test_rows_of_a_run() -> None:
    data = run_data([make_outcome("a"), FAILED, QUIET, EMOJI])
    assert [row["article"] for row in data["rows"]] == [0, 1, 2, 3]
    first, lost, quiet, emoji = data["rows"]
    assert (first["type"], first["start"], first["place"]) == ("bombing", "2023-05-05", "Orlavik")
    assert first["perpetrators"] == ["Tide Front"]
    assert first["certainty"] == "certain"
    assert first["conflicts"] == 2
    # The denial names the Tide Front too, and accuses nobody.
    assert first["against"] == [("Tide Front", "traders", 1)]
    assert lost["incident"] == quiet["incident"] == ""
    assert emoji["country"] == "SE"
    assert data["countries"] == {"SE": "Sweden"}
    assert [one["outcome"] for one in data["articles"]] == ["ok", "failed", "ok", "ok"]


def test_a_code_that_is_no_country_stands_for_itself() -> None:
    assert EMOJI.extraction is not None
    (found,) = EMOJI.extraction.incidents
    assert found.location is not None
    where = found.location.model_copy(update={"country": "XX"})
    moved = EMOJI.extraction.model_copy(
        update={"incidents": (found.model_copy(update={"location": where}),)}
    )
    outcome = EMOJI.model_copy(update={"extraction": moved})
    assert run_data([outcome, QUIET])["countries"] == {"XX": "XX"}


def test_a_run_counts_outcomes_and_packs_articles() -> None:
    page = results_page([make_outcome("a"), FAILED, QUIET])
    shown = words(page)
    assert "3 articles, 1 incident " in shown
    assert "2 ok 1 failed" in shown
    packed = re.findall(r'id="packed-\d+">([^<]*)<', page)
    assert [zlib.decompress(base64.b64decode(each)).decode() for each in packed] == [
        article(outcome) for outcome in (make_outcome("a"), FAILED, QUIET)
    ]


def test_a_hundred_articles_take_less_than_two_megabytes() -> None:
    text = " ".join(f"Sentence {number} of a longer story is told here." for number in range(60))
    outcomes = [
        bombing(
            Article(id=f"article-{number}", text=f"{first} {second} {text}"),
            (first, second),
            ("Front", "crowd", "Police"),
        )
        for number in range(100)
        for first, second in [(f"A bomb went off at mile {number}.", "Police counted 3 dead.")]
    ]
    assert len(results_page(outcomes).encode()) < 2_000_000


# --- the evaluation view


def half() -> Any:
    labels = full().labels
    return labels.model_copy(
        update={"incidents": labels.incidents[:1], "attributions": labels.attributions[:2]}
    )


def test_the_evaluation_view_has_figures_confusion_and_mismatches() -> None:
    report = evaluate([half()], [full()], by=["type", "language"], errors=True, samples=50)
    page = evaluation_page(report)
    plots = data_of(page)["plots"]
    assert set(plots) == {"plot-records", "plot-fields", "plot-type", "plot-language"}
    assert plots["plot-records"]["figures"][0]["value"] == report.overall.f1
    shown = words(page)
    assert f"F1 of all facts {report.overall.f1:.3f}" in shown
    assert "Results against labels" in shown
    assert report.mismatches
    assert page.count('class="mismatch"') == len(report.mismatches)
    assert "missed attribution orlavik t3" in shown
    assert "Then gunmen" not in shown
    assert "1 of 1 that are on both sides agree" in shown


def test_the_evaluation_view_without_mismatches() -> None:
    gold = [full()]
    unasked = evaluation_page(evaluate([full().labels], gold, samples=0))
    assert "They were not listed" in words(unasked)
    agreed = evaluation_page(evaluate([full().labels], gold, errors=True, samples=0))
    assert "both sides agree on every fact" in words(agreed)


def test_the_evaluation_view_of_muc4_and_failures(tmp_path: Path) -> None:
    lost = make_outcome("hesk", Status.FAILED)
    lost = lost.model_copy(update={"article": Article(id="hesk", text=RECORD["text"])})
    path = write_lines(tmp_path / "muc.jsonl", [RECORD])
    page = evaluation_page(evaluate_muc4([lost], read_muc4(path), errors=True, samples=0))
    shown = words(page)
    assert "By slot" in shown
    assert "1 article failed and counted as empty hesk server: The endpoint" in shown
    assert "missed" in shown


def test_what_differs_is_told_by_kind() -> None:
    labels = full().labels
    first = labels.incidents[0].model_copy(
        update={"type": IncidentType.ARSON, "weapons": ("bomb", "mine")}
    )
    told = labels.model_copy(update={"incidents": (first, labels.incidents[1])})
    page = evaluation_page(evaluate([told], [full()], errors=True, samples=0))
    shown = words(page)
    assert "differs incident.type orlavik i1 Gold bombing Predicted arson A bomb destroyed" in shown
    assert "not gold incident.weapons orlavik i1 Gold – Predicted mine" in shown


def test_the_comparison_view() -> None:
    gold = [full()]
    page = comparison_page(compare([full().labels], [half()], gold, samples=50))
    assert "B is worse than A" in words(page) or "not shown" in words(page)
    plot = data_of(page)["plots"]["plot-differences"]
    assert plot["low"] == -plot["high"]
    assert plot["figures"][0]["value"] < 0


# --- inputs and commands


def test_outcomes_are_read_back_and_the_last_of_an_article_counts(tmp_path: Path) -> None:
    lines = [make_outcome("a", title="old"), make_outcome("b"), make_outcome("a")]
    path = write_lines(tmp_path / "outcomes.jsonl", [one.model_dump(mode="json") for one in lines])
    assert list(read_outcomes(path)) == [make_outcome("a"), make_outcome("b")]
    assert list(read_outcomes(tmp_path)) == list(read_outcomes(path))


def broken_quote() -> dict[str, Any]:
    record = make_outcome().model_dump(mode="json")
    record["article"]["text"] = record["article"]["text"].upper()
    return record


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "has no outcomes"),
        ([full().labels.model_dump(mode="json")], "line 1: is no outcome, which has a status"),
        ([{"status": "ok"}], "line 1: is no outcome: article"),
        ([broken_quote()], "line 1: evidence of"),
    ],
)
def test_what_is_no_outcome_is_named(records: list[Any], message: str, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "results.jsonl", records)
    with pytest.raises(ConfigError, match=message) as raised:
        list(read_outcomes(path))
    assert "results.jsonl" in str(raised.value)


def test_report_writes_a_page_for_a_run_or_for_each_article(tmp_path: Path) -> None:
    outcomes = [make_outcome("a"), QUIET]
    path = write_lines(tmp_path / "r.jsonl", [one.model_dump(mode="json") for one in outcomes])
    result = run("report", str(path), "--out", str(tmp_path / "page.html"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "page.html").read_text("utf-8") == results_page(outcomes)
    assert run("report", str(path)).stdout == results_page(outcomes)
    run("report", str(path), "--out", f"{tmp_path}/each/")
    assert (tmp_path / "each" / "a.html").read_text("utf-8") == results_page(outcomes[:1])


def test_report_says_what_it_cannot_read(tmp_path: Path) -> None:
    result = run("report", str(tmp_path / "missing.jsonl"))
    assert result.exit_code == 2
    assert "missing.jsonl: cannot be read" in result.stderr


def test_report_does_not_write_over_its_results(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "r.jsonl", [make_outcome().model_dump(mode="json")])
    assert run("report", str(path), "--out", str(path)).exit_code == 2
    assert path.read_text("utf-8").startswith("{")


def test_a_notebook_shows_a_framed_page() -> None:
    outcome = make_outcome()
    assert outcome.extraction is not None
    for shown, page in (
        (outcome, results_page([outcome])),
        (outcome.extraction, extraction_page(outcome.extraction)),
    ):
        (frame, attributes), *rest = Parsed(shown._repr_html_() or "").elements
        assert frame == "iframe"
        assert not rest
        assert attributes["srcdoc"] == page
        assert attributes["sandbox"] == "allow-scripts allow-popups"


def test_a_record_that_was_not_told_how_shows_no_page() -> None:
    assert Shown()._repr_html_() is None


# --- vendored scripts


VENDOR = Path(extractor.__file__).parent / "report" / "assets" / "vendor"


def test_the_bundle_is_what_its_hash_says_and_has_its_licences() -> None:
    bundle = (VENDOR / "bundle.js").read_bytes()
    recorded, name = (VENDOR / "bundle.js.sha256").read_text("utf-8").split()
    assert (hashlib.sha256(bundle).hexdigest(), name) == (recorded, "bundle.js")
    licences = (VENDOR / "LICENSES.txt").read_text("utf-8")
    pinned = json.loads((VENDOR / "package.json").read_text("utf-8"))["dependencies"]
    for package, version in pinned.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), package
        assert package == "esbuild" or f"{package} {version} (" in licences
    assert bundle.decode().startswith(f"/*\n{licences}*/")
    assert b"</script" not in bundle


@pytest.mark.slow
def test_the_bundle_can_be_made_again(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm")
    folder = tmp_path / "vendor"
    shutil.copytree(VENDOR, folder, ignore=shutil.ignore_patterns("node_modules", "bundle.js"))
    for command in (["ci", "--ignore-scripts"], ["run", "build"]):
        subprocess.run([npm, *command], cwd=folder, check=True, capture_output=True, timeout=300)
    assert (folder / "bundle.js").read_bytes() == (VENDOR / "bundle.js").read_bytes()


def test_dates_and_failures_of_other_kinds_do_not_break_a_page() -> None:
    stopped = make_outcome(
        "x", Status.REFUSED, error=Failure(kind="refused", message="<b>No.</b>", stops_run=False)
    )
    assert "&lt;b&gt;No.&lt;/b&gt;" in results_page([stopped])
    dated = make_outcome().model_copy(
        update={"article": make_outcome().article.model_copy(update={"published": date(1, 1, 1)})}
    )
    assert "0001-01-01" in results_page([dated])
