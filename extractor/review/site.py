"""The pages of a review and their rules, apart from sockets: a request in, a response out.

Whoever may talk to the port is not yet who may decide: a request has to name this host, carry the
cookie that the printed address gave, and, to change something, come from a page of this origin.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from extractor.errors import ConflictError, ExtractorError, ReviewError
from extractor.evaluation.data import first_error
from extractor.review import pages
from extractor.review.decisions import Decision
from extractor.review.run import Page, ReviewedRun

MAX_BODY = 64 * 1024
"""Bytes that a request may have."""

_ASSETS = {
    "/assets/style.css": "text/css; charset=utf-8",
    "/assets/review.css": "text/css; charset=utf-8",
    "/assets/article.js": "text/javascript; charset=utf-8",
    "/assets/review.js": "text/javascript; charset=utf-8",
}
_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Request:
    """What a browser asks.

    Attributes:
        method: `GET` or `POST`.
        target: Path and query.
        headers: By name in lower case.
        body: What is sent along.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What it is answered."""

    status: HTTPStatus
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class _Sent(BaseModel):
    """A decision as the page sends it, with what the page had seen."""

    model_config = ConfigDict(extra="forbid")

    article: str
    base: str
    version: int
    decision: Decision


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class Site:
    """The pages of one run.

    Args:
        run: The run.
        port: Port on loopback that the pages are reached at.
        token: What the printed address has, and afterwards the cookie.
    """

    def __init__(self, run: ReviewedRun, port: int, token: str) -> None:
        self._run, self._token = run, token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        # Cookies do not tell ports apart, and two runs may be reviewed at the same time.
        self._cookie = f"extractor-review-{port}"
        self.address = f"http://127.0.0.1:{port}/?token={token}"

    def respond(self, request: Request) -> Response:
        """Answer a request; whatever is wrong with it is an answer too."""
        try:
            response = self._respond(request)
        except _RefusedError as refused:
            response = _text(refused.status, str(refused))
        except ReviewError as error:
            response = _text(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        except ExtractorError as error:
            response = _text(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        return Response(response.status, response.body, {**_HEADERS, **response.headers})

    def _respond(self, request: Request) -> Response:
        if request.headers.get("host") not in self._hosts:
            raise _RefusedError(HTTPStatus.FORBIDDEN, "this is no address of the review")
        address = urlsplit(request.target)
        given = parse_qs(address.query).get("token", [""])[0]
        if request.method == "GET" and address.path == "/" and given:
            return self._admit(given)
        self._check_cookie(request)
        if request.method == "POST":
            self._check_origin(request)
            return self._decide(address.path, request)
        return self._show(address.path)

    def _admit(self, given: str) -> Response:
        self._check_token(given)
        cookie = f"{self._cookie}={self._token}; HttpOnly; SameSite=Strict; Path=/"
        return Response(HTTPStatus.SEE_OTHER, headers={"Location": "/", "Set-Cookie": cookie})

    def _check_cookie(self, request: Request) -> None:
        try:
            cookie = SimpleCookie(request.headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            cookie = None
        self._check_token(cookie.value if cookie else "")

    def _check_token(self, given: str) -> None:
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode()):
            raise _RefusedError(
                HTTPStatus.FORBIDDEN, "open the whole address that `extractor review` printed"
            )

    @staticmethod
    def _check_origin(request: Request) -> None:
        if request.headers.get("origin") != f"http://{request.headers['host']}":
            raise _RefusedError(HTTPStatus.FORBIDDEN, "only a page of the review may decide")
        if request.headers.get("content-type") != _JSON:
            raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send {_JSON}")

    def _show(self, path: str) -> Response:
        if path == "/":
            return _html(pages.list_page(self._run.articles(), self._run.reviewer))
        if path in _ASSETS:
            body = pages.asset(path.rpartition("/")[2]).encode()
            return Response(HTTPStatus.OK, body, {"Content-Type": _ASSETS[path]})
        page = self._page(path.removeprefix("/articles/"))
        ways = self._run.neighbours(page.position)
        return _html(pages.article_page(page, ways, self._run.reviewer))

    def _page(self, number: str) -> Page:
        page = None
        if number.isascii() and number.isdecimal() and len(number) < 12:
            page = self._run.page(int(number))
        if page is None:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "there is no such page")
        return page

    def _decide(self, path: str, request: Request) -> Response:
        page = self._page(path.removeprefix("/articles/"))
        sent = _sent(request.body)
        if (sent.article, sent.base, sent.version) != (page.article.id, page.base, page.version):
            return self._conflict(page, sent)
        try:
            after = self._run.decide(page, sent.decision)
        except ConflictError:
            return self._conflict(self._page(str(page.position)), sent)
        return _json(HTTPStatus.OK, {"html": pages.fragment(after, self._run.reviewer)})

    def _conflict(self, page: Page, sent: _Sent) -> Response:
        """The page as it is now, what others decided, what was sent, and whether it still fits."""
        missed = [pages.told(row) for row in page.rows if row.version > sent.version]
        other = ["the article has another result now"] if sent.base != page.base else []
        again = not other and page.still_means(sent.decision, sent.version)
        return _json(
            HTTPStatus.CONFLICT,
            {
                "html": pages.fragment(page, self._run.reviewer),
                "theirs": other or missed,
                "yours": pages.told_of(sent.decision),
                "again": again,
            },
        )


def _sent(body: bytes) -> _Sent:
    try:
        data = json.loads(body)
        # Half a surrogate pair is JSON, but no text that could be stored.
        json.dumps(data, ensure_ascii=False).encode()
        return _Sent.model_validate(data)
    except ValidationError as error:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, first_error(error)) from None
    except (ValueError, RecursionError):
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "this is no decision") from None


def _html(page: str) -> Response:
    return Response(HTTPStatus.OK, page.encode(), {"Content-Type": _HTML})


def _json(status: HTTPStatus, data: Mapping[str, Any]) -> Response:
    return Response(status, json.dumps(data).encode(), {"Content-Type": _JSON})


def _text(status: HTTPStatus, message: str) -> Response:
    body = message.encode("utf-8", "replace")
    return Response(status, body, {"Content-Type": "text/plain; charset=utf-8"})
