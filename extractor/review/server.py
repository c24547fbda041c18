"""The review on loopback: the standard library's server, which hands each request to the site."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from extractor.errors import ConfigError
from extractor.review.run import ReviewedRun
from extractor.review.site import MAX_BODY, Request, Site

LOOPBACK = "127.0.0.1"


class ReviewServer(ThreadingHTTPServer):
    """Serves the pages of a site; `serve_forever` until `shutdown`."""

    daemon_threads = True
    block_on_close = False
    site: Site

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away in the middle is no error; anything else is told as ever."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    protocol_version = "HTTP/1.1"
    server_version = "extractor"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if (
            not (length.isascii() and length.isdecimal())
            or len(length) > 9
            or int(length) > MAX_BODY
        ):
            self.close_connection = True
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = self.server.site.respond(Request(self.command, self.path, headers, body))
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing: the first request has the token in it."""


@contextmanager
def serving(
    folder: str | Path, *, reviewer: str | None = None, port: int = 0
) -> Iterator[ReviewServer]:
    """A server for the review of a run, on loopback only.

    Args:
        folder: Folder of the run.
        reviewer: Name of the person who decides; None takes that of the user.
        port: Port; 0 takes a free one.

    Raises:
        ConfigError: if the port cannot be had.
        StoreError: if the folder holds no run.
    """
    with ReviewedRun(folder, reviewer) as run:
        try:
            server = ReviewServer((LOOPBACK, port), _Handler)
        except OSError as error:
            raise ConfigError(f"--port {port}: {error.strerror}; choose another") from error
        with server:
            bound: tuple[str, int] = server.socket.getsockname()
            server.site = Site(run, bound[1], secrets.token_urlsafe(32))
            yield server
