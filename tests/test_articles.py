"""Reading articles out of files, folders and standard input."""

import io
import json
import logging
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import trafilatura
from hypothesis import given
from hypothesis import strategies as st

from extractor import articles
from extractor.articles import MAX_CHARACTERS, Article, read_articles
from extractor.errors import ArticleError

NEWS = "Two gunmen opened fire on a police post in Vellamo on Tuesday, killing one officer."
MORE = "The governor blamed the Northern Front, whose spokesman denied any part in the attack."
CYRILLIC = "В среду двое вооружённых людей напали на пост в Велламо, сообщил губернатор области."

Write = Callable[[str, str | bytes], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_file


def one(path: str, *, limit: int = MAX_CHARACTERS, published: date | None = None) -> Article:
    (item,) = read_articles([path], max_characters=limit, published=published)
    assert isinstance(item, Article), item
    return item


def error(path: str, *, limit: int = MAX_CHARACTERS) -> str:
    (item,) = read_articles([path], max_characters=limit)
    assert isinstance(item, ArticleError), item
    assert str(item).startswith(path)
    return str(item)


def piped(
    data: bytes, *, limit: int = MAX_CHARACTERS, published: date | None = None
) -> list[Article | ArticleError]:
    stdin = io.BytesIO(data)
    return list(read_articles(["-"], stdin=stdin, max_characters=limit, published=published))


def ids(items: list[Article | ArticleError]) -> list[str]:
    return [item.id if isinstance(item, Article) else "error" for item in items]


def page(body: str = "", head: str = "") -> str:
    paragraphs = body or f"<p>{NEWS}</p><p>{MORE}</p>"
    return f"<!DOCTYPE html><html><head>{head}</head><body>{paragraphs}</body></html>"


class TestText:
    @pytest.mark.parametrize("name", ["raid.txt", "raid.TXT", "raid.log", "raid"])
    def test_is_kept_and_named_after_its_file(self, write: Write, name: str) -> None:
        assert one(write(name, f"  {NEWS}\n")) == Article(text=f"  {NEWS}\n", id="raid")

    def test_loses_byte_order_mark_and_foreign_line_ends(self, write: Write) -> None:
        assert one(write("a.txt", b"\xef\xbb\xbfOne\r\ntwo\rthree\n")).text == "One\ntwo\nthree\n"

    @pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
    @pytest.mark.parametrize("suffix", ["txt", "md", "json", "jsonl", "html"])
    def test_empty(self, write: Write, content: bytes, suffix: str) -> None:
        message = error(write(f"a.{suffix}", content))
        assert "is empty" in message or "no article text" in message

    def test_binary(self, write: Write) -> None:
        assert "NUL bytes, so it is binary" in error(write("a.txt", b"PK\x03\x04\0\0"))

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16(self, write: Write, encoding: str) -> None:
        message = error(write("a.txt", ("\ufeff" + NEWS).encode(encoding)))
        assert "is UTF-16" in message
        assert "convert it to UTF-8" in message

    def test_undecodable_byte_is_located(self, write: Write) -> None:
        message = error(write("a.txt", "The café".encode("latin-1")))
        assert "byte 0xe9 at byte offset 7" in message
        assert "convert it to UTF-8" in message

    def test_limit_is_in_characters_after_normalising(self, write: Write) -> None:
        path = write("a.txt", "\ufeff" + "😀" * 8 + "a\r\n")
        assert len(one(path, limit=10).text) == 10
        assert "has 10 characters, the limit is 9" in error(path, limit=9)

    def test_a_huge_file_is_not_read_whole(self, write: Write) -> None:
        message = error(write("a.txt", "x" * 1000), limit=10)
        assert "longer than 43 bytes; the limit is 10 characters" in message


class TestUnknownSuffix:
    @pytest.mark.parametrize("name", ["raid", "raid.php", "raid.xhtml"])
    def test_page(self, write: Write, name: str) -> None:
        assert one(write(name, page(f"<p>{NEWS}</p>"))).text == NEWS

    def test_records(self, write: Write) -> None:
        lines = [json.dumps({"text": text}) for text in (NEWS, MORE)]
        items = list(read_articles([write("day.jsonlines", "\n".join(lines))]))
        assert ids(items) == ["day:1", "day:2"]
        assert one(write("raid.geojson", json.dumps({"text": NEWS}, indent=1))).text == NEWS

    def test_text_that_mentions_tags(self, write: Write) -> None:
        text = f"The page began with <html>. {NEWS}"
        assert one(write("raid.log", text)).text == text

    def test_text_of_a_text_file_is_left_alone(self, write: Write) -> None:
        text = page(f"<p>{NEWS}</p>")
        assert one(write("raid.txt", text)).text == text

    def test_too_long(self, write: Write) -> None:
        assert "the limit is 10 characters" in error(write("raid.log", NEWS), limit=10)


class TestMarkdown:
    @pytest.mark.parametrize(
        ("first", "title"),
        [
            ("# A raid", "A raid"),
            ("\n\n#\tA raid  \n", "A raid"),
            ("# A raid ##", "A raid"),
            ("# The C# attack in C#", "The C# attack in C#"),
            ("## Not the title", None),
            ("#hashtag", None),
            ("# \nraid", None),
            ("A raid", None),
        ],
    )
    def test_title_is_the_leading_heading(
        self, write: Write, first: str, title: str | None
    ) -> None:
        text = f"{first}\n\n{NEWS} **Bold**\n# Later\n"
        assert one(write("a.md", text)) == Article(text=text, id="a", title=title)


class TestHtml:
    def test_article_and_what_the_page_says_of_it(self, write: Write) -> None:
        head = (
            '<title>A raid | The Post</title><meta property="og:title" content="A raid">'
            '<meta property="og:site_name" content="The Post">'
            '<link rel="canonical" href="https://post.example/2024/raid">'
            '<meta property="article:published_time" content="2024-03-02T10:00:00Z">'
        )
        body = (
            '<nav><a href="/">Home</a></nav>'
            f"<article><p>{NEWS}</p><p>{MORE}</p></article><footer>© 2019</footer>"
        )
        assert one(write("raid.html", page(body, head)), published=date(2020, 1, 1)) == Article(
            id="raid",
            text=f"{NEWS}\n{MORE}",
            title="A raid",
            published=date(2024, 3, 2),
            source="The Post",
            url="https://post.example/2024/raid",
        )

    def test_no_date_is_guessed(self, write: Write) -> None:
        body = f"<p>{NEWS}</p><p>{MORE} It recalled the raid of 4 May 2011.</p><p>© 2019</p>"
        assert one(write("a.htm", page(body))).published is None

    @pytest.mark.parametrize(
        "content",
        [
            f"<p>{NEWS}</p>",
            f"<div><p>{NEWS}</p></div>",
            f"<!doctype html><title>T</title><p>{NEWS}",
            f"<head><title>T</title></head><body><p>{NEWS}</p></body>",
            f"<?xml version='1.0' encoding='utf-8'?><html><body><p>{NEWS}</p></body></html>",
        ],
    )
    def test_incomplete_pages(self, write: Write, content: str) -> None:
        assert one(write("a.html", content)).text == NEWS

    @pytest.mark.parametrize(
        ("encoding", "declaration"),
        [
            ("utf-8", ""),
            ("cp1251", '<meta charset="windows-1251">'),
            ("koi8-r", '<META http-equiv=Content-Type content="text/html; charset=KOI8-R">'),
            ("iso8859-5", "<meta charset=iso-8859-5>"),
            ("utf-8", "<!-- <meta charset=koi8-r> -->"),
            ("utf-8", "<meta charset=utf-16>"),
            ("utf-8-sig", "<meta charset=koi8-r>"),
            ("utf-16", ""),
            ("gb18030", "<meta charset=gb2312>"),
        ],
    )
    def test_declared_charset(self, write: Write, encoding: str, declaration: str) -> None:
        html = page(f"<p>{CYRILLIC}</p>", declaration)
        assert one(write("a.html", html.encode(encoding))).text == CYRILLIC

    def test_charset_of_the_xml_declaration(self, write: Write) -> None:
        html = f'<?xml version="1.0" encoding="windows-1251"?>\n{page(f"<p>{CYRILLIC}</p>")}'
        assert one(write("a.html", html.encode("cp1251"))).text == CYRILLIC

    def test_latin_1_is_what_browsers_take_it_for(self, write: Write) -> None:
        html = page(f"<p>“{NEWS}” – police</p>", "<meta charset=iso-8859-1>")
        assert one(write("a.html", html.encode("cp1252"))).text == f"“{NEWS}” – police"

    @pytest.mark.parametrize("label", ["klingon", "hex", "idna", "unicode_escape", "utf-7"])
    def test_unknown_charset(self, write: Write, label: str) -> None:
        message = error(write("a.html", page(head=f"<meta charset={label}>")))
        assert f"unknown charset '{label}'" in message

    def test_wrongly_declared_charset(self, write: Write) -> None:
        html = page(f"<p>{CYRILLIC}</p>", "<meta charset=utf-8>").encode("cp1251")
        assert "is not UTF-8: byte 0xc2 at byte offset" in error(write("a.html", html))

    def test_binary(self, write: Write) -> None:
        assert "NUL bytes" in error(write("a.html", b"<html>\0</html>"))

    @pytest.mark.parametrize("content", ["<html><body></body></html>", "<html>", "<nav></nav>"])
    def test_no_article(self, write: Write, content: str) -> None:
        message = error(write("a.html", content))
        assert "no article text was found in the HTML; save the article as plain" in message

    def test_parser_that_breaks_down(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise RecursionError("too deep")

        monkeypatch.setattr(trafilatura, "bare_extraction", fail)
        assert "cannot be parsed (too deep)" in error(write("a.html", page()))

    def test_too_long(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        path = write("a.html", page())
        assert "the limit is 100" in error(path, limit=100)
        monkeypatch.setattr(articles, "MAX_HTML_BYTES", 50)
        assert "longer than 50 bytes; save the article as plain text" in error(path)

    def test_is_quiet(self, write: Write, capfd: pytest.CaptureFixture[str]) -> None:
        # Without the handlers that pytest installs, an unheard warning goes to standard error.
        root = logging.getLogger()
        handlers, root.handlers = root.handlers, []
        try:
            error(write("a.html", "<html><body></body></html>"))
        finally:
            root.handlers = handlers
        assert capfd.readouterr() == ("", "")


RECORD = {
    "id": "v-1",
    "title": "A raid",
    "text": NEWS,
    "published": "2024-03-02",
    "source": "The Post",
    "url": "https://post.example/raid",
    "language": "en",
}
ARTICLE = Article(**{**RECORD, "published": date(2024, 3, 2)})


class TestJson:
    def test_one_record(self, write: Write) -> None:
        path = write("a.json", "\ufeff" + json.dumps(RECORD | {"sha256": "0", "n": [1]}, indent=1))
        assert one(path) == ARTICLE

    def test_text_is_enough(self, write: Write) -> None:
        assert one(write("raid.json", '{"text": "a\\r\\nb"}')) == Article(text="a\nb", id="raid")

    def test_list_of_records_goes_on_after_errors(self, write: Write) -> None:
        path = write("a.json", json.dumps([RECORD, 7, {"text": MORE}]))
        first, second, third = read_articles([path])
        assert first == ARTICLE
        assert str(second) == f'{path}, record 2: a record must be an object with a "text", ' + (
            "not a number"
        )
        assert third == Article(text=MORE, id="a:3")

    def test_empty_fields_count_as_missing(self, write: Write) -> None:
        record = dict.fromkeys(RECORD, "") | {"text": NEWS, "url": None}
        assert one(write("a.json", json.dumps(record))) == Article(text=NEWS, id="a")

    @pytest.mark.parametrize(
        "day", ["2024-03-02", "20240302", "2024-03-02T23:30:00Z", " 2024-03-02 08:00:00+09:00 "]
    )
    def test_dates(self, write: Write, day: str) -> None:
        path = write("a.json", json.dumps({"text": NEWS, "published": day}))
        assert one(path).published == date(2024, 3, 2)

    def test_number_as_id(self, write: Write) -> None:
        assert one(write("a.json", '{"text": "x", "id": 17}')).id == "17"

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ('{"text": "a",\n "id": }', "invalid JSON at line 2, column 8"),
            ('{"text": "a"}\n{"text": "b"}', "name it .jsonl if each line is a record"),
            ("[]", "the list has no records"),
            ('"text"', 'must be an object with a "text", not a string'),
            ("null", "not null"),
            ("{}", 'the record has no "text"; it has no fields'),
            ('{"body": "a", "\\ud800": 1}', 'no "text"; it has "body", "\\ud800"'),
            ('{"text": null}', 'has no "text"'),
            ('{"text": " "}', "is empty"),
            ('{"text": 1.5}', '"text" must be a string, not a number'),
            ('{"text": ["a"]}', '"text" must be a string, not a list'),
            ('{"text": "a", "title": {}}', '"title" must be a string, not an object'),
            ('{"text": "a", "id": true}', '"id" must be a string, not a boolean'),
            ('{"text": "a", "title": NaN}', '"title" must be a string, not a number'),
            ('{"text": "a", "published": 2024}', '"published" must be a string'),
            (
                '{"text": "a", "published": "02.03.2024"}',
                '"published" is no date: "02.03.2024"; write it as YYYY-MM-DD',
            ),
            ('{"text": "a", "published": "' + "x" * 99 + '"}', "xxx\\u2026"),
            ('{"text": "ab\\ud83d"}', "half a surrogate pair '\\ud83d' at character 2"),
            ('{"text": "a", "url": "\\udc00"}', '"url" contains half a surrogate pair'),
            ('{"text": "a\\u0000"}', '"text" contains a NUL character at character 1'),
            ("[" * 200_000, "nested too deeply"),
            ('{"text": ' + "1" * 5000 + "}", "too long a number"),
        ],
    )
    def test_errors(self, write: Write, content: str, expected: str) -> None:
        assert expected in error(write("a.json", content))

    def test_whole_surrogate_pair(self, write: Write) -> None:
        assert one(write("a.json", '{"text": "\\ud83d\\ude00"}')).text == "😀"

    def test_too_large(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(articles, "MAX_JSON_BYTES", 20)
        assert "name it .jsonl" in error(write("a.json", json.dumps(RECORD)))


class TestJsonLines:
    @pytest.mark.parametrize("suffix", ["jsonl", "ndjson"])
    def test_each_line_stands_alone(self, write: Write, suffix: str) -> None:
        lines = [
            b"\xef\xbb\xbf" + json.dumps(RECORD).encode(),
            b"",
            b'{"text": }',
            b'{"text": "caf\xe9"}',
            b'{"text": "\0"}',
            b"[1]",
            b'{"text": "b"}\r',
        ]
        path = write(f"day.{suffix}", b"\n".join(lines))
        first, *errors, last = read_articles([path])
        assert first == ARTICLE
        assert last == Article(text="b", id="day:7")
        assert [str(item).removeprefix(path) for item in errors] == [
            ", line 3: invalid JSON at column 10: Expecting value; mend it there",
            ", line 4: is not UTF-8: byte 0xe9 at byte offset 13 cannot be decoded; "
            "convert it to UTF-8, for example with iconv",
            ", line 5: contains NUL bytes, so it is binary, not text; convert it to text first",
            ', line 6: a record must be an object with a "text", not a list',
        ]

    def test_errors_hold_no_input(self, write: Write) -> None:
        (item,) = read_articles([write("a.jsonl", '{"text": }')])
        assert isinstance(item, ArticleError)
        assert item.__context__ is None
        assert item.__traceback__ is None

    @pytest.mark.parametrize("last", ["\n", ""])
    def test_overlong_line_is_passed_over(self, write: Write, last: str) -> None:
        long = json.dumps({"text": "x" * 200_000})
        path = write("a.jsonl", f'{{"text": "a"}}\n{long}\n{{"text": "b"}}\n{long}{last}')
        items = list(read_articles([path], max_characters=10))
        assert ids(items) == ["a:1", "error", "a:3", "error"]
        assert "a.jsonl, line 2: is longer than 65,656 bytes; the limit is 10" in str(items[1])

    def test_fully_escaped_text_of_the_longest_length_fits(self, write: Write) -> None:
        path = write("a.jsonl", json.dumps({"text": "😀" * 50_000}))
        assert len(one(path, limit=50_000).text) == 50_000

    def test_lines_are_read_as_they_are_asked_for(self) -> None:
        stdin = io.BytesIO(b'{"text": "a"}\n' * 1000)
        reader = read_articles(["-"], stdin=stdin)
        assert isinstance(next(reader), Article)
        assert stdin.tell() == len(b'{"text": "a"}\n')


class TestFolder:
    def test_all_articles_sorted_subfolders_included(self, write: Write, tmp_path: Path) -> None:
        for name in ["b.txt", "a.md", "sub/c.JSON", "sub/deep/d.jsonl", "e.htm"]:
            text = json.dumps({"text": NEWS}) if "sub" in name else NEWS
            write(f"in/{name}", text)
        for name in ["notes.pdf", "README", ".hidden.txt", "._b.txt", ".git/x.txt"]:
            write(f"in/{name}", b"\0")
        items = list(read_articles([str(tmp_path / "in")]))
        assert ids(items) == ["a", "b", "e", "c", "d:1"]

    def test_without_articles(self, tmp_path: Path) -> None:
        assert "has no articles; expected files ending in .txt, .md" in error(str(tmp_path))

    def test_unreadable_subfolder_is_told(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("in/locked/a.txt", NEWS)
        scan = os.scandir

        def deny(path: str) -> object:
            if path.endswith("locked"):
                raise PermissionError(13, "Permission denied", path)
            return scan(path)

        monkeypatch.setattr(os, "scandir", deny)
        message = error(str(tmp_path / "in"))
        assert "locked: cannot be read: Permission denied; check its permissions" in message


class TestPaths:
    def test_missing(self, tmp_path: Path) -> None:
        message = error(str(tmp_path / "none.txt"))
        assert message.endswith("none.txt: there is no such file or folder; check the path")

    def test_impossible_name(self) -> None:
        assert "cannot be opened: embedded null byte" in error("a\0.txt")

    def test_file_taken_for_a_folder(self, write: Write) -> None:
        assert "cannot be opened: Not a directory" in error(write("a.txt", "x") + "/b.txt")

    @pytest.mark.skipif(sys.platform != "linux", reason="needs file names that are any bytes")
    def test_undecodable_name(self, tmp_path: Path) -> None:
        path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
        Path(path).write_text(NEWS)
        assert one(path).id == "caf\ufffd"

    def test_errors_leave_the_others_alone(self, write: Write) -> None:
        paths = [write("a.txt", NEWS), write("b.txt", b"\xff"), "none.txt", write("c.txt", MORE)]
        assert ids(list(read_articles(paths))) == ["a", "error", "error", "c"]

    def test_ids_are_made_unique(self, write: Write) -> None:
        names = ["1/a.txt", "2/a.txt", "a-2.txt", "3/a.txt", "3/a-2.txt", "4/a.txt"]
        items = list(read_articles([write(name, NEWS) for name in names]))
        assert ids(items) == ["a", "a-2", "a-2-2", "a-3", "a-2-3", "a-4"]

    def test_ids_that_look_like_made_up_ones_are_kept(self, write: Write) -> None:
        names = ["a-2.txt", "1/a.txt", "2/a.txt", "3/a.txt"]
        items = list(read_articles([write(name, NEWS) for name in names]))
        assert ids(items) == ["a-2", "a", "a-3", "a-4"]

    def test_published_fills_in_only_where_it_is_missing(self, write: Write) -> None:
        path = write("a.jsonl", json.dumps(RECORD) + '\n{"text": "b"}')
        days = [
            item.published
            for item in read_articles([path], published=date(2020, 1, 1))
            if isinstance(item, Article)
        ]
        assert days == [date(2024, 3, 2), date(2020, 1, 1)]


class Broken(io.BytesIO):
    """A stream on a disk that fails."""

    def readline(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


class TestStdin:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (NEWS.encode(), ["stdin"]),
            (f"\n \n{NEWS}\n{MORE}\n".encode(), ["stdin"]),
            (b"[VELLAMO] Two gunmen", ["stdin"]),
            (b'{"text": "a"}', ["stdin:1"]),
            (b'\n{"text": "a"}\n\n{"id": "b", "text": "b"}\n{"tex', ["stdin:2", "b", "error"]),
            (b'{"text": }\n{"text": "b"}', ["error", "stdin:2"]),
            (json.dumps(RECORD, indent=2).encode(), ["v-1"]),
            (b"\xef\xbb\xbf{\n}", ["error"]),
            (b'[{"text": "a"}, {"text": "b"}]', ["stdin:1", "stdin:2"]),
            (b'[\n{"text": "a"}]', ["stdin:1"]),
            (b"", ["error"]),
            (b" \n\n", ["error"]),
            (b"\xff", ["error"]),
        ],
    )
    def test_kind_is_told_by_the_beginning(self, data: bytes, expected: list[str]) -> None:
        assert ids(piped(data)) == expected

    def test_text_is_kept_whole(self) -> None:
        text = f"\n \n{NEWS}\n{MORE}\n"
        assert piped(text.encode()) == [Article(text=text, id="stdin")]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize(
        "before", ["", "\n", "<!-- a --> <!-- b -->", "<?xml version='1.0'?>\n"]
    )
    def test_html(self, encoding: str, before: str) -> None:
        (item,) = piped((before + page()).encode(encoding))
        assert item == Article(text=f"{NEWS}\n{MORE}", id="stdin")

    def test_many_comments_take_no_exponential_time(self) -> None:
        assert ids(piped(b"<!---->" * 250)) == ["stdin"]

    @pytest.mark.parametrize("data", [b"\n" * 70_000 + b"x", b'{"text": "' + b"x" * 70_000])
    def test_overlong_beginning(self, data: bytes) -> None:
        (item,) = piped(data, limit=10)
        assert "standard input" in str(item)
        assert "the limit is 10" in str(item)

    def test_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(articles, "MAX_HTML_BYTES", 20)
        (item,) = piped(b"word " * 100, limit=10)
        assert "standard input: is longer than 43 bytes; the limit is 10 characters" in str(item)

    def test_is_the_process_s_own_by_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NEWS.encode())))
        assert list(read_articles(["-"])) == [Article(text=NEWS, id="stdin")]

    def test_failing_stream(self, write: Write) -> None:
        failed, read = read_articles(["-", write("a.txt", NEWS)], stdin=Broken())
        assert str(failed) == ("standard input: cannot be read: Input/output error; try again")
        assert isinstance(read, Article)


BEGINNINGS = [b"", b"{", b'{"text": "', b"<html>", b"<!doctype html><p>", b"\xef\xbb\xbf",
              b"\xff\xfe", b"<html><meta charset=", b"[", b"# "]  # fmt: skip


@given(
    beginning=st.sampled_from(BEGINNINGS),
    rest=st.binary(max_size=300) | st.text(max_size=200).map(str.encode),
    name=st.sampled_from(["-", "a.txt", "a.md", "a.html", "a.json", "a.jsonl", "a"]),
)
def test_any_bytes_give_articles_or_errors(
    tmp_path_factory: pytest.TempPathFactory, beginning: bytes, rest: bytes, name: str
) -> None:
    data = beginning + rest
    path = name
    if name != "-":
        file = tmp_path_factory.getbasetemp() / name
        file.write_bytes(data)
        path = str(file)
    items = list(read_articles([path], stdin=io.BytesIO(data), max_characters=200))
    assert items
    assert all(isinstance(item, Article | ArticleError) for item in items)
    names = [item.id for item in items if isinstance(item, Article)]
    assert len(names) == len(set(names))
    for item in items:
        if isinstance(item, Article):
            assert 0 < len(item.text) <= 200
            assert "\r" not in item.text
            assert item.model_dump_json()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_records_survive_a_round_trip(texts: list[str]) -> None:
    lines = [json.dumps({"id": str(i), "text": text}) for i, text in enumerate(texts)]
    items = piped("\n".join(lines).encode())
    if not texts:
        assert ids(items) == ["error"]
        return
    assert len(items) == len(texts)
    for text, item in zip(texts, items, strict=True):
        plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        if plain.strip():
            assert isinstance(item, Article)
            assert item.text == plain
        else:
            assert isinstance(item, ArticleError)
