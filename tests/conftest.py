"""Fixtures for all tests: no network but loopback where a test asks for it, no real keys."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The same examples in every run: a test fails because of a change and not by chance. New ones
# are sought on purpose, by `make explore`.
settings.load_profile("ci")
settings.register_profile(
    "explore", settings.get_profile("ci"), derandomize=False, max_examples=2000, database=None
)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record", action="store_true", help="record the cassettes again with the embedded model"
    )
    parser.addoption(
        "--missing", action="store_true", help="with --record: only what is not recorded yet"
    )


@pytest.fixture(autouse=True)
def _closed_world(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """No model settings of the developer's own, and no sockets without a marker."""
    for name in ("EXTRACTOR_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    markers = {marker.name for marker in request.node.iter_markers()}
    if markers & {"slow", "embedded"} or request.config.getoption("--record"):
        enable_socket()
    elif "network" in markers:
        enable_socket()
        socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A real browser, without a window."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, "there is no browser to test with: run `make browser`"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path)
        yield started
        started.close()
