"""A review as a person does it in the browser: by keyboard, by selection, by two at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from extractor.evaluation.data import read_gold
from extractor.evaluation.evaluate import evaluate
from extractor.review.run import write_reviewed
from extractor.review.server import ReviewServer, serving
from tests.pages import HOSTILE, PWNED, SCRIPTS
from tests.runs import stored
from tests.test_report import make_outcome
from tests.test_review_site import own_id

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return stored(tmp_path / "run", [own_id(make_outcome(), "bomb"), *SCRIPTS])


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens the review of a run; no request may leave it, and nothing may complain."""
    with ExitStack() as stack:
        requests: list[str] = []
        complaints: list[str] = []
        origins: list[str] = []

        def open_review(folder: Path, name: str = "ann", width: int = 1400) -> Page:
            server = stack.enter_context(serving(folder, reviewer=name))
            stack.enter_context(_running(server))
            context = browser.new_context(viewport={"width": width, "height": 900})
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(5000)
            page.on("request", lambda request: requests.append(request.url))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.append(message.text))
            origins.append(server.site.address.partition("?")[0])
            page.goto(server.site.address)
            return page

        yield open_review
        assert requests
        assert all(url.startswith((*origins, "data:")) for url in requests), requests
        # Chromium itself notes each refused request; nothing else may be there.
        assert all("the server responded with a status of 4" in line for line in complaints), (
            complaints
        )


class _running:  # noqa: N801 - a context
    def __init__(self, server: ReviewServer) -> None:
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()


def first(page: Page) -> Page:
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.locator(".item").first).to_be_visible()
    page.wait_for_load_state()
    return page


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.dataset.path ?? ''"))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def saved(page: Page, words: str) -> None:
    expect(page.locator("#told")).to_have_text(words)


def select(page: Page, words: str) -> None:
    """Select words of the article, as dragging over them does."""
    page.locator(".text").evaluate(
        """(text, words) => {
            const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
            const at = text.textContent.indexOf(words);
            const range = document.createRange();
            let seen = 0;
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const end = seen + node.length;
                if (at >= seen && at < end) range.setStart(node, at - seen);
                if (at + words.length > seen && at + words.length <= end) {
                    range.setEnd(node, at + words.length - seen);
                }
                seen = end;
            }
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }""",
        words,
    )


def item(page: Page, path: str) -> str:
    return page.locator(f'[data-path="{path}"].item .value').inner_text()


# --- one article from opening to gold


def test_an_article_is_reviewed_by_keyboard_and_becomes_gold(folder: Path, opened: Open) -> None:
    page = opened(folder)
    assert "token" not in page.url
    first(page)
    press(page, "j")
    assert focused(page) == "incidents.i1"
    press(page, "a")
    saved(page, "Saved: accept incidents.i1")
    assert focused(page) == "incidents.i1.type", "the next value"
    press(page, "c")
    page.keyboard.type("ar")  # a select is chosen by its letters
    page.get_by_role("form", name="Correct Type").get_by_label("Type").select_option("arson")
    page.get_by_role("form", name="Correct Type").get_by_role("button", name="Save").press("Enter")
    saved(page, "Saved: correct incidents.i1.type")
    assert focused(page) == "incidents.i1.type"
    assert item(page, "incidents.i1.type") == "arson"
    press(page, "n")
    page.keyboard.type("Set on fire, see the second sentence")
    press(page, "Enter")
    saved(page, "Saved: note incidents.i1.type")
    assert page.locator(".words").inner_text() == "Set on fire, see the second sentence"
    press(page, "j", "j", "r")
    saved(page, "Saved: reject incidents.i1.date")
    assert item(page, "incidents.i1.date") == "none"
    press(page, "u")
    saved(page, "Saved: undo")
    assert item(page, "incidents.i1.date") != "none"
    press(page, "d")
    saved(page, "Saved: done")
    expect(page.locator(".bar")).to_contain_text("article done")
    press(page, "]")
    expect(page.locator("h1")).to_have_text("emoji")
    page.wait_for_load_state()
    press(page, "[")
    expect(page.locator("h1")).not_to_have_text("emoji")

    write_reviewed(folder, folder / "reviewed")
    (gold,) = read_gold(folder / "reviewed")
    assert gold.labels.incidents[0].type == "arson"
    before = evaluate([own_id(make_outcome(), "bomb")], [gold], samples=10)
    assert before.fields["incident.type"].f1 == 0
    assert before.fields["incident.date"].f1 == 1
    assert evaluate([gold.labels], [gold], samples=10).overall.f1 == 1


def test_missed_records_are_added_by_selecting_text(folder: Path, opened: Open) -> None:
    page = first(opened(folder))
    page.goto(page.url.replace("articles/1", "articles/2"))
    words = "👩‍🚒. Police 👮🏽‍♀️ counted"
    select(page, words)
    press(page, "i")
    form = page.get_by_role("form", name="Add incident")
    assert form.get_by_label("Words of the article").input_value() == words
    form.get_by_label("Type").select_option("riot")
    form.get_by_label("What happened").fill("People rioted.")
    form.get_by_role("button", name="Add").click()
    saved(page, "Saved: add incidents")
    assert focused(page) == "incidents.i2"
    assert "".join(page.locator('.s[data-r~="i2"]').all_inner_texts()) == words

    select(page, "counted 3 dead")
    press(page, "t")
    form = page.get_by_role("form", name="Add attribution")
    form.locator("[name=incident]").select_option("i2")
    form.get_by_label("Who says so").select_option("a3")
    form.get_by_role("checkbox", name="Tide Front (a1)").check()
    form.get_by_label("What is stated").fill("It was the front.")
    form.get_by_role("button", name="Add").click()
    saved(page, "Saved: add attributions")
    assert focused(page) == "attributions.t3"
    assert item(page, "incidents.i2.participants.a1") == "perpetrator"
    assert item(page, "attributions.t3.responsible") == "Tide Front"


def test_missed_figures_and_objects_are_added_by_key(folder: Path, opened: Open) -> None:
    page = first(opened(folder))
    select(page, "killing at least four traders")
    press(page, "f")
    form = page.get_by_role("form", name="Add figure")
    form.locator("[name=incident]").select_option("i1")
    form.get_by_label("Lowest number").fill("4")
    form.get_by_label("The figure as written").fill("at least four")
    press(page, "Enter")
    saved(page, "Saved: add casualties")
    assert focused(page) == "incidents.i1.casualties.2"
    assert item(page, "incidents.i1.casualties.2") == "4+ “at least four”, by the article"
    select(page, "fish market")
    press(page, "o")
    page.get_by_role("form", name="Add object").locator("[name=incident]").select_option("i1")
    page.get_by_role("form", name="Add object").get_by_role("button", name="Add").click()
    saved(page, "Saved: add objects")
    assert focused(page) == "incidents.i1.objects.1"


def test_weapons_are_words_each_on_a_line(folder: Path, opened: Open) -> None:
    page = first(opened(folder))
    page.locator('[data-path="incidents.i1.weapons"].item').focus()
    press(page, "c")
    box = page.get_by_label("Weapons as written")
    assert box.input_value() == "bomb"
    box.fill("bomb\n\n  nails ")
    press(page, "Tab", "Enter")
    saved(page, "Saved: correct incidents.i1.weapons")
    assert item(page, "incidents.i1.weapons") == "bomb; nails"
    press(page, "r")
    saved(page, "Saved: reject incidents.i1.weapons")
    assert item(page, "incidents.i1.weapons") == "none"


def test_words_can_be_typed_instead_of_selected(folder: Path, opened: Open) -> None:
    page = first(opened(folder))
    press(page, "w")
    form = page.get_by_role("form", name="Add actor")
    for typed, answer in (
        ("no such words", "Not saved: the article does not have these words."),
        ("e", "Not saved: these words stand there more than once; select them, or write more."),
    ):
        form.get_by_label("Words of the article").fill(typed)
        press(page, "Enter")
        saved(page, answer)
    form.get_by_label("Words of the article").fill("fish market")
    press(page, "Enter")
    saved(page, "Saved: add actors")
    press(page, "d")
    expect(page.locator("#told")).to_contain_text("nothing refers to a5 (fish market)")
    press(page, "r")
    saved(page, "Saved: reject actors.a5")


def test_a_decision_that_breaks_a_rule_leaves_its_form_open(folder: Path, opened: Open) -> None:
    page = first(opened(folder))
    press(page, "j", "c")
    form = page.get_by_role("form", name="Correct Incident")
    form.get_by_label("In other words").fill("word " * 26)
    press(page, "Enter")
    expect(page.locator("#told")).to_contain_text("26 words, at most 25")
    expect(form).to_be_visible()
    press(page, "Escape")
    expect(form).to_be_hidden()
    assert focused(page) == "incidents.i1"


def test_the_place_is_kept_when_a_form_is_closed(folder: Path, opened: Open) -> None:
    page = first(opened(folder))
    press(page, "j", "j", "j", "f", "Escape")
    assert focused(page) == "incidents.i1.status"
    page.get_by_role("button", name="object").click()
    press(page, "Escape", "j")
    assert focused(page) == "incidents.i1.date"
    press(page, "d")
    saved(page, "Saved: done")
    assert focused(page) == "incidents.i1.date"


def test_keys_can_be_turned_off(folder: Path, opened: Open) -> None:
    page = first(opened(folder))
    page.get_by_label("Single keys work").uncheck()
    page.locator(".item").first.focus()
    press(page, "a", "j")
    assert focused(page) == "incidents.i1"
    assert page.locator("#told").inner_text() == ""


def test_words_and_values_light_each_other(folder: Path, opened: Open) -> None:
    page = first(opened(folder))
    page.locator('.item[data-path="attributions.t2"]').focus()
    assert "denied it" in "".join(page.locator(".s.lit").all_inner_texts())
    page.locator('.s[data-r~="t1"]').first.press("Enter")
    assert page.evaluate("document.activeElement.closest('.item') !== null")


# --- two people


def test_two_reviewers_do_not_overwrite_each_other(folder: Path, opened: Open) -> None:
    ann, ben = first(opened(folder, "ann")), first(opened(folder, "ben"))
    press(ben, "j", "j", "c")
    ben.get_by_role("form", name="Correct Type").get_by_label("Type").select_option("shelling")
    ben.get_by_role("form", name="Correct Type").get_by_role("button", name="Save").click()
    saved(ben, "Saved: correct incidents.i1.type")

    press(ann, "j", "j", "c")
    ann.get_by_role("form", name="Correct Type").get_by_label("Type").select_option("arson")
    ann.get_by_role("form", name="Correct Type").get_by_role("button", name="Save").click()
    conflict = ann.locator("#conflict")
    expect(conflict).to_be_visible()
    expect(conflict).to_contain_text("ben corrected incidents.i1.type from “bombing” to “shelling”")
    expect(conflict).to_contain_text("you corrected incidents.i1.type to “arson”")
    assert item(ann, "incidents.i1.type") == "shelling"
    assert not Axe().run(ann).response["violations"]
    ann.get_by_role("button", name="Save mine as well").click()
    saved(ann, "Saved: correct incidents.i1.type")
    assert item(ann, "incidents.i1.type") == "arson"
    expect(ann.locator(".log")).to_contain_text("from “shelling” to “arson”")

    press(ben, "a")
    expect(ben.locator("#conflict")).to_be_visible()
    ben.get_by_role("button", name="Leave it").click()
    expect(ben.locator("#conflict")).to_be_hidden()
    assert item(ben, "incidents.i1.type") == "arson"
    ann.reload()
    assert ann.locator(".log li").count() == 2


def test_what_moved_meanwhile_is_decided_anew(folder: Path, opened: Open) -> None:
    ann, ben = first(opened(folder, "ann")), first(opened(folder, "ben"))
    ben.locator('[data-path="incidents.i1.casualties.0"].item').focus()
    press(ben, "r")
    saved(ben, "Saved: reject incidents.i1.casualties.0")
    ann.locator('[data-path="incidents.i1.casualties.1"].item').focus()
    press(ann, "a")
    expect(ann.locator("#conflict")).to_contain_text("Look again, and decide anew.")
    expect(ann.get_by_role("button", name="Save mine as well")).to_be_hidden()
    assert not Axe().run(ann).response["violations"]
    ann.get_by_role("button", name="Leave it").click()
    expect(ann.locator("#conflict")).to_be_hidden()

    press(ben, "a")
    press(ann, "u")
    expect(ann.locator("#conflict")).to_contain_text("ben accepted")
    expect(ann.get_by_role("button", name="Save mine as well")).to_be_hidden()


def test_a_server_that_is_gone_is_told(folder: Path, opened: Open) -> None:
    page = first(opened(folder))
    press(page, "j")
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('gone')); }")
    press(page, "a")
    expect(page.locator("#told")).to_contain_text("Is `extractor review` still running?")


# --- hostile input, and how it looks


def test_nothing_hostile_runs(tmp_path: Path, opened: Open) -> None:
    folder = stored(tmp_path / PWNED.replace("/", "_"), [own_id(HOSTILE, HOSTILE.article.id)])
    page = first(opened(folder, f"ann {PWNED}"))
    press(page, "j", "n")
    page.keyboard.type(PWNED)
    press(page, "Enter")
    saved(page, "Saved: note incidents.i1")
    for one in page.locator(".item").all()[:6]:
        one.hover()
    assert page.locator(".words").inner_text() == PWNED
    assert page.evaluate("window.pwned") is None
    assert page.locator("main script, main img").count() == 0


def test_markup_that_slipped_in_could_do_nothing(folder: Path, browser: Browser) -> None:
    with serving(folder, reviewer="ann") as server, _running(server):
        page = browser.new_page()
        asked: list[str] = []
        page.on("requestfinished", lambda request: asked.append(request.url))
        page.goto(server.site.address)
        page.evaluate(
            """() => {
                const markup = "<img src=https://example.invalid/x onerror='window.pwned=1'>";
                document.body.insertAdjacentHTML("beforeend", markup);
                const script = document.createElement("script");
                script.textContent = "window.pwned=1";
                document.body.append(script);
            }"""
        )
        page.wait_for_timeout(200)
        assert page.evaluate("window.pwned") is None
        assert not [url for url in asked if "example.invalid" in url]
        assert not page.evaluate("document.cookie"), "no script sees the cookie"
        page.close()


@pytest.mark.parametrize("width", [1400, 360])
def test_axe_finds_nothing(folder: Path, opened: Open, width: int) -> None:
    page = opened(folder, width=width)
    assert not Axe().run(page).response["violations"]
    first(page)
    assert not Axe().run(page).response["violations"]
    for key in ("i", "t", "w", "p", "f", "o"):
        press(page, key)
        assert not Axe().run(page).response["violations"], key
        page.locator("form:visible").get_by_role("button", name="Cancel").click()
    page.locator(".item").nth(3).focus()
    press(page, "c")
    assert not Axe().run(page).response["violations"]
    page.goto(page.url.replace("articles/1", "articles/3"))
    assert page.locator(".text").evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert not Axe().run(page).response["violations"]
