"""The review of a run: who may decide, what is kept, and what comes out of it."""

import http.client
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from extractor.batch.run import read_outcomes as read_run_outcomes
from extractor.cli.batch import REVIEWED
from extractor.errors import ConfigError, ConflictError, ReviewError, StoreError
from extractor.evaluation.data import read_gold
from extractor.evaluation.evaluate import evaluate
from extractor.fingerprint import text_sha256
from extractor.pipeline.outcome import Outcome, Status
from extractor.report.inputs import read_outcomes
from extractor.review import pages
from extractor.review import server as review_server
from extractor.review.decisions import Decision, DecisionKind
from extractor.review.run import ReviewedRun, write_reviewed
from extractor.review.server import ReviewServer, serving
from extractor.review.site import MAX_BODY, Request, Response, Site
from extractor.store.ledger import NAME, Ledger
from tests.pages import HOSTILE, PWNED, SCRIPTS
from tests.runs import stored
from tests.test_cli import run
from tests.test_report import make_outcome

PORT, TOKEN = 8123, "a-token"
HOST, ORIGIN = f"127.0.0.1:{PORT}", f"http://127.0.0.1:{PORT}"
COOKIE = f"extractor-review-{PORT}={TOKEN}"
ARSON = Decision(kind=DecisionKind.CORRECT, path="incidents.i1.type", new="arson")
DONE = Decision(kind=DecisionKind.DONE)
FIRST = Decision(kind=DecisionKind.REJECT, path="incidents.i1.casualties.0")


def own_id(outcome: Outcome, name: str) -> Outcome:
    """The outcome under another id, with a result that says so too."""
    article = outcome.article.model_copy(update={"id": name})
    found = outcome.extraction
    if found is not None:
        sha256 = text_sha256(article.text)
        about = found.article.model_copy(update={"id": name, "sha256": sha256})
        found = found.model_copy(update={"article": about})
    return outcome.model_copy(update={"article": article, "extraction": found})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    outcomes = [own_id(make_outcome(), "bomb"), make_outcome("lost", Status.FAILED), *SCRIPTS]
    return stored(tmp_path / "run", outcomes, pending=["chinese"])


@pytest.fixture
def ann(folder: Path) -> Iterator[ReviewedRun]:
    with ReviewedRun(folder, "ann") as reviewed:
        yield reviewed


# --- what is kept


def test_a_decision_is_kept_beside_the_result_of_the_model(folder: Path, ann: ReviewedRun) -> None:
    seen = ann.page(1)
    assert seen is not None
    after = ann.decide(seen, ARSON)
    assert (after.version, after.reviewed.extraction.incidents[0].type) == (1, "arson")
    with ReviewedRun(folder, "ben") as other:
        assert other.page(1) == after
    (row,) = after.rows
    assert (row.article, row.version, row.reviewer, row.kind) == ("bomb", 1, "ann", "correct")
    assert (row.path, row.old, row.new) == (ARSON.path, '"bombing"', '"arson"')
    assert row.made.endswith("+00:00")
    outcome = next(read_run_outcomes(folder))
    assert outcome.extraction is not None
    assert outcome.extraction.incidents[0].type == "bombing", "the model's own result stays"


def test_undo_is_a_row_of_its_own(ann: ReviewedRun) -> None:
    seen = ann.page(1)
    assert seen is not None
    after = ann.decide(ann.decide(seen, ARSON), Decision(kind=DecisionKind.UNDO))
    assert after.version == 2
    assert after.reviewed == seen.reviewed
    assert after.last is None
    with pytest.raises(ReviewError, match="nothing to undo"):
        ann.decide(after, Decision(kind=DecisionKind.UNDO))
    assert ann.page(1) == after, "what is refused is not written"


def test_the_log_only_grows(folder: Path, ann: ReviewedRun) -> None:
    seen = ann.page(1)
    assert seen is not None
    ann.decide(seen, ARSON)
    db = sqlite3.connect(folder / NAME)
    for change in ("DELETE FROM decisions", "UPDATE decisions SET reviewer = 'ben'"):
        with pytest.raises(sqlite3.IntegrityError, match="only added"):
            db.execute(change)
    db.close()


def test_who_comes_second_does_not_overwrite(folder: Path, ann: ReviewedRun) -> None:
    seen = ann.page(1)
    assert seen is not None
    with ReviewedRun(folder, "ben") as ben:
        ben.decide(seen, DONE)
        with pytest.raises(ConflictError, match="article bomb"):
            ann.decide(seen, ARSON)
        row = ben.page(1).rows[0]  # type: ignore[union-attr]
        with pytest.raises(ConflictError, match="has 1 decisions, 0 were known"):
            ann._decisions.add(row)
    assert ann.page(1).version == 1  # type: ignore[union-attr]


def test_decisions_about_an_earlier_result_do_not_count(folder: Path, ann: ReviewedRun) -> None:
    seen = ann.page(1)
    assert seen is not None
    ann.decide(ann.decide(seen, ARSON), DONE)
    with Ledger(folder / NAME) as ledger, ledger.transaction() as db:
        db.execute(
            "UPDATE outcomes SET outcome = json_set(outcome, '$.extraction.actors[0].kind',"
            " 'person') WHERE work = 1"
        )
    now = ann.page(1)
    assert now is not None
    assert (now.version, now.stale, now.rows, now.reviewed.done) == (2, 2, (), False)
    assert "2 decisions about an earlier result" in pages.article_page(now, (None, None), "ann")
    assert ann.decide(now, DONE).version == 3


def test_what_can_no_longer_be_applied_names_its_article(ann: ReviewedRun) -> None:
    seen = ann.page(1)
    assert seen is not None
    row = ann.decide(seen, ARSON).rows[0]
    ann._decisions.add(row._replace(version=2, path="incidents.i7"))
    with pytest.raises(ReviewError, match="decision about article bomb cannot be applied"):
        ann.page(1)


def test_an_article_without_a_result_can_be_filled_in(ann: ReviewedRun) -> None:
    seen = ann.page(2)
    assert seen is not None
    assert seen.article.id == "lost"
    assert seen.reviewed.extraction.incidents == ()
    new = {"start": 0, "quote": seen.article.text[:6], "type": "bombing", "status": "carried_out"}
    added = Decision(kind=DecisionKind.ADD, path="incidents", new=new | {"summary": "It blew."})
    assert ann.decide(seen, added).reviewed.extraction.incidents[0].summary == "It blew."


def test_a_pending_or_missing_article_has_no_page(ann: ReviewedRun) -> None:
    assert [ann.neighbours(n) for n in (1, 3, 5)] == [(None, 2), (2, 4), (4, None)]
    assert ann.page(6) is None
    assert ann.page(99) is None


def test_only_the_folder_of_a_run_is_reviewed(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="name the folder of a run"):
        ReviewedRun(tmp_path)
    assert not (tmp_path / NAME).exists()


def test_the_reviewer_is_the_user_or_has_to_be_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "cleo")
    with ReviewedRun(folder) as reviewed:
        assert reviewed.reviewer == "cleo"

    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    with pytest.raises(ConfigError, match="--reviewer"):
        ReviewedRun(folder)


def test_a_ledger_from_before_reviews_is_brought_up_to_date(folder: Path) -> None:
    db = sqlite3.connect(folder / NAME)
    for table in ("questions", "parts", "decisions"):
        db.execute(f"DROP TABLE {table}")
    db.execute("PRAGMA user_version = 1")
    db.close()
    with ReviewedRun(folder, "ann") as reviewed:
        assert len(reviewed.articles()) == 6


# --- what comes out


def test_the_corrected_result_is_gold(folder: Path, ann: ReviewedRun) -> None:
    seen = ann.page(1)
    emoji = ann.page(3)
    assert seen is not None
    assert emoji is not None
    ann.decide(ann.decide(seen, ARSON), DONE)
    ann.decide(emoji, ARSON)  # but not done
    result = run("export", str(folder), "--reviewed")
    assert result.exit_code == 0, result.stderr
    names = ["articles.jsonl", "labels.jsonl", "decisions.jsonl"]
    assert result.stdout.splitlines() == [str(folder / REVIEWED / name) for name in names]
    (gold,) = read_gold(folder / REVIEWED)
    assert gold.labels == ann.page(1).reviewed.extraction  # type: ignore[union-attr]
    perfect = evaluate([gold.labels], [gold], samples=10)
    model = evaluate([seen.outcome], [gold], samples=10)
    assert perfect.overall.f1 == 1
    assert model.fields["incident.type"].f1 == 0
    log = [
        json.loads(line) for line in (folder / REVIEWED / names[2]).read_text("utf-8").splitlines()
    ]
    assert [(one["kind"], one["new"]) for one in log] == [("correct", "arson"), ("done", None)]


def test_a_run_is_scored_by_what_people_made_of_it(folder: Path, ann: ReviewedRun) -> None:
    seen = ann.page(1)
    assert seen is not None
    ann.decide(ann.decide(seen, ARSON), DONE)
    for how in (["--format", "jsonl"], ["--reviewed"]):
        assert run("export", str(folder), *how).exit_code == 0
    result = run("evaluate", f"{folder}/tables", f"{folder}/reviewed", "--json", "-")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["fields"]["incident.type"]["f1"] == 0


@pytest.mark.parametrize("arguments", [[], ["--format", "csv", "--reviewed"]])
def test_an_export_is_of_one_sort(folder: Path, arguments: list[str]) -> None:
    result = run("export", str(folder), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "either --format for tables, or --reviewed" in result.stderr


def test_an_export_without_anything_done_says_so(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no article is marked as done"):
        write_reviewed(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_export_that_cannot_be_written_says_so(
    folder: Path, ann: ReviewedRun, tmp_path: Path
) -> None:
    seen = ann.page(1)
    assert seen is not None
    ann.decide(seen, DONE)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="mend --out"):
        write_reviewed(folder, tmp_path / "file")


def test_a_report_of_a_run_is_made_of_its_ledger(folder: Path) -> None:
    found = [*read_outcomes(folder)]
    assert [one.article.id for one in found] == ["bomb", "lost", "emoji", "arabic", "hebrew"]
    result = run("report", str(folder))
    assert result.exit_code == 0
    assert "<h1>5 articles, 4 incidents</h1>" in result.stdout


# --- who may ask


@pytest.fixture
def site(ann: ReviewedRun) -> Site:
    return Site(ann, PORT, TOKEN)


def get(site: Site, target: str = "/", **headers: str) -> Response:
    return site.respond(Request("GET", target, {"host": HOST, "cookie": COOKIE} | headers))


def post(site: Site, body: object, target: str = "/articles/1", **headers: str) -> tuple[int, str]:
    given = {"host": HOST, "cookie": COOKIE, "origin": ORIGIN, "content-type": "application/json"}
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    response = site.respond(Request("POST", target, given | headers, sent))
    return response.status, response.body.decode()


def as_sent(ann: ReviewedRun, decision: Decision, **changes: Any) -> dict[str, Any]:
    page = ann.page(1)
    assert page is not None
    seen = {"article": page.article.id, "base": page.base, "version": page.version}
    return seen | {"decision": decision.model_dump(mode="json")} | changes


def test_the_printed_address_gives_a_cookie_once(site: Site) -> None:
    assert site.address == f"{ORIGIN}/?token={TOKEN}"
    admitted = site.respond(Request("GET", f"/?token={TOKEN}", {"host": HOST}))
    assert admitted.status is HTTPStatus.SEE_OTHER
    assert admitted.headers["Location"] == "/"
    assert admitted.headers["Set-Cookie"] == f"{COOKIE}; HttpOnly; SameSite=Strict; Path=/"
    assert get(site).status is HTTPStatus.OK


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": f"127.0.0.1:{PORT + 1}"},
        {"host": ""},
        {"cookie": ""},
        {"cookie": f"extractor-review-{PORT}=wrong"},
        {"cookie": f"extractor-review-{PORT + 1}={TOKEN}"},
        {"cookie": "a=b;;;=;\x00\udce9é"},
        {"cookie": "a(b=c"},
    ],
)
def test_nobody_else_sees_anything(site: Site, headers: dict[str, str]) -> None:
    for target in ("/", "/articles/1", "/assets/review.js"):
        response = get(site, target, **headers)
        assert response.status is HTTPStatus.FORBIDDEN
        assert b"bomb" not in response.body
    assert post(site, {}, **headers)[0] == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("token", ["wrong", "%C3%A9", "%ED%A0%80"])
def test_a_wrong_token_is_refused(site: Site, token: str) -> None:
    assert get(site, f"/?token={token}").status is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, HTTPStatus.FORBIDDEN),
        ({"origin": "null"}, HTTPStatus.FORBIDDEN),
        ({"origin": f"http://localhost:{PORT}"}, HTTPStatus.FORBIDDEN),
        ({"content_type": "text/plain"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_only_a_page_of_the_review_decides(
    site: Site, ann: ReviewedRun, headers: dict[str, str], status: HTTPStatus
) -> None:
    assert post(site, as_sent(ann, ARSON), **headers)[0] == status
    assert ann.page(1).version == 0  # type: ignore[union-attr]


def test_the_page_gets_its_scripts_and_styles(site: Site) -> None:
    for target in re.findall(r'(?:src|href)="(/assets/[^"]+)"', get(site).body.decode()):
        response = get(site, target)
        assert response.status is HTTPStatus.OK
        sort = "javascript" if target.endswith(".js") else "css"
        assert response.headers["Content-Type"] == f"text/{sort}; charset=utf-8"
        assert len(response.body) > 500


def test_every_answer_forbids_foreign_script(site: Site) -> None:
    for response in (
        get(site),
        get(site, "/articles/1"),
        get(site, "/nothing"),
        get(site, host=""),
    ):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert b"<script>" not in response.body
        assert not re.search(rb"\son\w+=|style=", response.body)


@pytest.mark.parametrize(
    "target",
    [
        "/articles/6",
        "/articles/0",
        "/articles/x",
        "/articles/²",
        "/articles/1/..",
        "/assets/../run.py",
        "/" + "9" * 40,
    ],
)
def test_what_is_not_there_is_not_found(site: Site, target: str) -> None:
    assert get(site, target).status is HTTPStatus.NOT_FOUND
    assert post(site, {}, target)[0] == HTTPStatus.NOT_FOUND


# --- deciding


def test_a_decision_gives_the_article_as_it_is_then(site: Site, ann: ReviewedRun) -> None:
    status, body = post(site, as_sent(ann, ARSON))
    assert status == HTTPStatus.OK
    markup = json.loads(body)["html"]
    assert 'data-version="1"' in markup
    assert "ann corrected incidents.i1.type from “bombing” to “arson”" in markup
    assert 'class="item is-correct"' in markup
    assert "<b>1 of 23</b> values decided" in re.sub(r"of \d+", "of 23", markup)


def test_a_decision_that_breaks_a_rule_says_which(site: Site, ann: ReviewedRun) -> None:
    bad = ARSON.model_copy(update={"new": "mischief"})
    status, body = post(site, as_sent(ann, bad))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Input should be" in body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[" * 50_000,
        b"[]",
        b'{"article":"\\ud800"}',
        b'{"article":"bomb","base":"x","version":0,"decision":{}}',
    ],
)
def test_what_is_no_decision_is_refused(site: Site, body: bytes) -> None:
    assert post(site, body)[0] == HTTPStatus.BAD_REQUEST


def test_the_second_of_two_sees_both(site: Site, ann: ReviewedRun, folder: Path) -> None:
    sent = as_sent(ann, ARSON)
    with ReviewedRun(folder, "ben") as ben:
        seen = ben.page(1)
        assert seen is not None
        ben.decide(seen, Decision(kind=DecisionKind.NOTE, path="incidents.i1", new="Look here"))
    status, body = post(site, sent)
    assert status == HTTPStatus.CONFLICT
    answer = json.loads(body)
    assert answer["theirs"] == ["ben noted on incidents.i1: “Look here”"]
    assert answer["yours"] == "you corrected incidents.i1.type to “arson”"
    assert 'data-version="1"' in answer["html"]
    assert ann.page(1).version == 1  # type: ignore[union-attr]
    assert post(site, as_sent(ann, ARSON))[0] == HTTPStatus.OK


@pytest.mark.parametrize(
    ("theirs", "mine", "again"),
    [
        (ARSON, ARSON, True),
        (FIRST, ARSON, True),
        (FIRST, DONE, True),
        (FIRST, Decision(kind=DecisionKind.ACCEPT, path="incidents.i1.casualties.1"), False),
        (FIRST, Decision(kind=DecisionKind.REJECT, path="incidents.i1.casualties.0"), False),
        (
            Decision(kind=DecisionKind.REJECT, path="incidents.i1.objects.0"),
            Decision(kind=DecisionKind.ACCEPT, path="incidents.i1.objects.0"),
            False,
        ),
        (Decision(kind=DecisionKind.REJECT, path="incidents.i1"), ARSON, False),
        (ARSON, Decision(kind=DecisionKind.UNDO), False),
        (ARSON, Decision(kind=DecisionKind.ACCEPT, path="a.b.c"), True),
    ],
)
def test_what_meant_something_else_by_now_is_not_to_be_saved_again(
    site: Site, ann: ReviewedRun, theirs: Decision, mine: Decision, again: bool
) -> None:
    sent = as_sent(ann, mine)
    assert post(site, as_sent(ann, theirs))[0] == HTTPStatus.OK
    status, body = post(site, sent)
    assert status == HTTPStatus.CONFLICT
    assert json.loads(body)["again"] is again


def test_a_new_result_of_the_model_is_a_conflict(site: Site, ann: ReviewedRun) -> None:
    status, body = post(site, as_sent(ann, ARSON, base="sha256:other"))
    assert status == HTTPStatus.CONFLICT
    answer = json.loads(body)
    assert answer["theirs"] == ["the article has another result now"]
    assert answer["again"] is False, "its paths may lead to other values"


def test_who_decides_at_the_same_moment_is_told_too(
    site: Site, ann: ReviewedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise ConflictError("too late")

    monkeypatch.setattr(ann, "decide", late)
    assert post(site, as_sent(ann, ARSON))[0] == HTTPStatus.CONFLICT


def test_a_ledger_that_fails_is_told(
    site: Site, ann: ReviewedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(ann, "decide", full)
    status, body = post(site, as_sent(ann, ARSON))
    assert (status, body) == (HTTPStatus.INTERNAL_SERVER_ERROR, "the disk is full")


# --- the pages


def test_the_list_tells_how_far_the_review_is(site: Site, ann: ReviewedRun) -> None:
    seen = ann.page(1)
    assert seen is not None
    ann.decide(seen, DONE)
    shown = get(site).body.decode()
    assert "<h1>1 of 6 articles done</h1>" in shown
    assert shown.count("<b>done</b>") == 1
    assert 'href="/articles/1"' in shown
    assert 'href="/articles/6"' not in shown, "it is pending"


def test_all_log_lines_are_sentences(ann: ReviewedRun) -> None:
    page = ann.page(1)
    assert page is not None
    new = {"start": 0, "quote": page.article.text[:6], "kind": "other"}
    for decision in (
        Decision(kind=DecisionKind.ACCEPT, path="incidents.i1"),
        Decision(kind=DecisionKind.REJECT, path="incidents.i1.date"),
        Decision(kind=DecisionKind.ADD, path="actors", new=new),
        Decision(kind=DecisionKind.UNDO),
        Decision(kind=DecisionKind.NOTE, path="incidents.i1", new="x" * 300),
    ):
        page = ann.decide(page, decision)
    lines = [pages.told(row) for row in page.rows]
    assert lines[:2] == ["ann accepted incidents.i1", "ann rejected incidents.i1.date"]
    assert lines[2].startswith("ann added to actors: “{")
    assert lines[3] == "ann took back the last decision"
    assert lines[4].endswith("x…”")
    assert page.last == page.rows[4]


def test_nothing_hostile_becomes_markup(tmp_path: Path) -> None:
    outcome = own_id(HOSTILE, HOSTILE.article.id)
    folder = stored(tmp_path / PWNED.replace("/", "_"), [outcome])
    with ReviewedRun(folder, f"ann {PWNED}") as ann:
        site = Site(ann, PORT, TOKEN)
        page = ann.page(1)
        assert page is not None
        ann.decide(page, Decision(kind=DecisionKind.NOTE, path="incidents.i1", new=PWNED))
        for target in ("/", "/articles/1"):
            shown = get(site, target).body.decode()
            assert "<script>" not in shown
            assert "<img" not in shown
            assert 'href="javascript' not in shown
            assert shown.count("&lt;script&gt;") >= 2


# --- the socket


@pytest.mark.network
def test_the_server_is_on_loopback_and_answers(folder: Path) -> None:
    with serving(folder, reviewer="ann") as server:
        worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        worker.start()
        try:
            _talk_to(server)
        finally:
            server.shutdown()
            worker.join()


def _talk_to(server: ReviewServer) -> None:
    host, port = server.server_address[:2]
    assert host == "127.0.0.1"
    address = urlsplit(server.site.address)
    assert address.port == port
    client = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    client.request("GET", f"/?{address.query}")
    admitted = client.getresponse()
    admitted.read()
    assert admitted.status == HTTPStatus.SEE_OTHER
    cookie = str(admitted.headers["Set-Cookie"]).partition(";")[0]
    client.request("GET", "/", headers={"Cookie": cookie})
    shown = client.getresponse()
    assert b"articles done" in shown.read()
    client.request("POST", "/articles/1", body=b"{}", headers={"Cookie": cookie})
    refused = client.getresponse()
    refused.read()
    assert refused.status == HTTPStatus.FORBIDDEN, "it has no origin"
    for length in (f"{MAX_BODY + 1}", f"{0:09}{MAX_BODY + 1}", "-1", "²"):
        client.request("POST", "/", body=b"", headers={"Content-Length": length.encode()})
        answer = client.getresponse()
        answer.read()
        assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    client.close()


@pytest.mark.network
def test_a_port_in_use_is_told(folder: Path) -> None:
    with (
        serving(folder) as server,
        pytest.raises(ConfigError, match="choose another"),
        serving(folder, port=int(server.server_address[1])),
    ):
        pass


def test_a_browser_that_goes_away_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    server = ReviewServer.__new__(ReviewServer)
    for error, told in ((BrokenPipeError(), False), (ValueError("odd"), True)):
        try:
            raise error
        except (BrokenPipeError, ValueError):
            server.handle_error(None, ("127.0.0.1", 1))
        assert ("odd" in capsys.readouterr().err) is told


@pytest.mark.network
@pytest.mark.parametrize("quiet", [True, False])
def test_the_command_prints_the_address(
    folder: Path, quiet: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: ReviewServer) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(review_server.ReviewServer, "serve_forever", stop)
    result = run("review", str(folder), "--reviewer", "ann", *(["--quiet"] if quiet else []))
    assert result.exit_code == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{40,}\n", result.stdout)
    assert ("Ctrl-C ends it" in result.stderr) is not quiet


def test_the_command_says_what_is_no_run(tmp_path: Path) -> None:
    result = run("review", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "name the folder of a run" in result.stderr
