"""Bytes to text, and web pages to the article in them."""

import codecs
import logging
import re

import trafilatura
from trafilatura.settings import Document

from extractor.errors import ArticleError

_CONVERT = "convert it to UTF-8, for example with iconv"
_AS_TEXT = "save the article as plain text instead"

# Possessive, as an opening full of comments would else take exponential time.
_HTML_OPENING = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")
_XML_CHARSET = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)
_META_CHARSET = re.compile(rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_HTML_TAG = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)

_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# What pages say and what browsers read them as, as the WHATWG's encoding standard has it.
_WEB_LABELS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso-8859-8-i": "iso8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "utf-16": "utf-8",
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
_WEB_CODECS = re.compile(
    r"utf-(?:8|16|16-[bl]e)|ascii|iso8859-\d+|cp\d+|koi8-[ru]|mac-(?:roman|cyrillic)"
    r"|gb2312|gbk|gb18030|big5|big5hkscs|shift_jis|euc_jp|euc_kr|iso2022_jp|tis-620"
)

# The parsers tell their troubles to a log that nobody set up: keep it off standard error,
# and leave it to those who did set one up.
for _name in ("trafilatura", "htmldate", "courlan"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def looks_like_html(data: bytes) -> bool:
    """Whether the bytes begin as an HTML page does."""
    opening = data[:2000].decode(_declared_by_bom(data) or "utf-8", errors="ignore")
    return _HTML_OPENING.match(opening.removeprefix("\ufeff")) is not None


def page_fields(data: bytes, where: str) -> dict[str, object]:
    """Find the article in a page: `text`, `title`, `published`, `source` and `url`.

    Raises:
        ArticleError: which names `where`, when the page is broken or has no article.
    """
    if not data.strip():
        raise ArticleError(f"{where}: is empty; give it a text or leave it out")
    # The parser refuses text that still declares an encoding.
    html = _XML_DECLARATION.sub("", _decode_html(data, where))
    # Nor does it take a mere fragment for a page.
    if not _HTML_TAG.search(html):
        html = f"<html>{html}</html>"
    try:
        page = trafilatura.bare_extraction(
            html,
            with_metadata=True,
            include_comments=False,
            # Only a declared date: one guessed from a footer would misplace every incident.
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except Exception as error:  # noqa: BLE001 - whatever a hostile page does to the parser
        raise ArticleError(f"{where}: the HTML cannot be parsed ({error}); {_AS_TEXT}") from None
    # The parser's own result is a Document; its type allows a dict, for other output formats.
    found = page.as_dict() if isinstance(page, Document) else {}
    text = (found.get("text") or "").strip()
    if not text:
        raise ArticleError(f"{where}: no article text was found in the HTML; {_AS_TEXT}")
    return {
        "text": text,
        "title": found["title"],
        "published": found["date"],
        "source": found["sitename"] or found["hostname"],
        "url": found["url"],
    }


def decode(data: bytes, where: str) -> str:
    """Decode UTF-8 text, without its byte order mark.

    Raises:
        ArticleError: which names `where`, when the bytes are not UTF-8 or no text at all.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ArticleError(f"{where}: is UTF-16, not UTF-8; {_CONVERT}")
    if b"\0" in data:
        raise ArticleError(
            f"{where}: contains NUL bytes, so it is binary, not text; convert it to text first"
        )
    return _decode_as("utf-8", data, where).removeprefix("\ufeff")


def _decode_as(encoding: str, data: bytes, where: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        byte = data[error.start]
        raise ArticleError(
            f"{where}: is not {encoding.upper()}: byte 0x{byte:02x} at byte offset {error.start} "
            f"cannot be decoded; {_CONVERT}"
        ) from None


def _declared_by_bom(data: bytes) -> str | None:
    for bom, encoding in _BOMS.items():
        if data.startswith(bom):
            return encoding
    return None


def _decode_html(data: bytes, where: str) -> str:
    encoding = _declared_by_bom(data)
    if encoding is None:
        head = _COMMENT.sub(b"", data[:8192])
        declared = _XML_CHARSET.match(head) or _META_CHARSET.search(head)
        encoding = _codec(declared[1].decode("ascii"), where) if declared else "utf-8"
    html = _decode_as(encoding, data, where).removeprefix("\ufeff")
    if "\0" in html:
        raise ArticleError(f"{where}: contains NUL bytes, so it is binary, not HTML; {_AS_TEXT}")
    return html


def _codec(label: str, where: str) -> str:
    """Python's name of the encoding that browsers read a page with that says `label`."""
    try:
        name = codecs.lookup(_WEB_LABELS.get(label.lower(), label)).name
    except LookupError:
        name = ""
    # Only names of encodings in use: Python also has codecs such as `idna` and `hex`.
    if not _WEB_CODECS.fullmatch(name):
        raise ArticleError(f"{where}: declares the unknown charset {label!r}; {_CONVERT}")
    return _WEB_LABELS.get(name, name)
