"""One self-contained page: no request leaves it, and nothing but our own script runs on it.

Everything that comes from an article or a model passes through Jinja's autoescape. Script and
style are embedded, and the page's content security policy names them by their hashes, so that
markup that slipped through all the same could do nothing.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from extractor.report.plain import plain
from extractor.report.words import bounds, spoken

CHARTS = ("vendor/bundle.js",)
"""Scripts that a page with charts or a table needs before its own."""

_PLOT_STYLE = "vendor/plot.css"
"""What Observable Plot puts into each of its charts; only its hash is needed."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def render(
    template: str, *, title: str, scripts: Sequence[str], data: object = None, **values: Any
) -> str:
    """A whole page.

    Args:
        template: Name of the template, one that extends `page.html`.
        title: What the window and the tab are called.
        scripts: Names of our scripts in `assets/`, in the order in which they run.
        data: What the scripts read, put into the page as JSON.
        values: What else the template needs.
    """
    sources = [_asset(name) for name in scripts]
    return (
        environment()
        .get_template(template)
        .render(
            title=plain(title),
            policy=_policy(sources, charts=CHARTS[0] in scripts),
            style=Markup(_asset("style.css")),  # noqa: S704 - a file of this package
            scripts=[Markup(source) for source in sources],  # noqa: S704 - the same
            data=Markup(json_block(data)),  # noqa: S704 - escaped there
            **values,
        )
    )


@cache
def environment() -> Environment:
    """The templates of this package, with the words that all of them use."""
    made = Environment(
        loader=PackageLoader("extractor.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "plain": plain,
        "spoken": spoken,
        "bounds": bounds,
        "language": _language,
        "link": _link,
        "label": lambda record, labels: labels[record],
    }
    return made


def json_block(data: object) -> str:
    """`data` as JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _policy(scripts: Iterable[str], *, charts: bool) -> str:
    styles = [_asset("style.css"), *([_asset(_PLOT_STYLE)] if charts else [])]
    return (
        "default-src 'none'; "
        f"script-src {' '.join(map(_hash, scripts))}; "
        f"style-src {' '.join(map(_hash, styles))}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _asset(name: str) -> str:
    return files("extractor.report").joinpath("assets", name).read_text("utf-8")


def _language(tag: str | None) -> str:
    """A `lang` attribute's value; empty, that is unknown, for what is no language tag."""
    return tag if tag and _LANGUAGE.fullmatch(tag) else ""


def _link(address: str | None) -> str | None:
    """An address to follow; None for what is no web address, such as a script."""
    return address if address and address.lower().startswith(("http://", "https://")) else None
