"""What a run reads: folders, patterns, JSONL, CSV and Parquet, with columns of other names."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from extractor import Article, ArticleError, ConfigError
from extractor.batch import inputs
from extractor.batch.inputs import read_inputs


def articles(*paths: Path | str, columns: Mapping[str, str] | None = None) -> list[Article]:
    found = []
    for located in read_inputs([str(path) for path in paths], columns=columns):
        assert isinstance(located.item, Article), located.item
        found.append(located.item)
    return found


def problems(*paths: Path) -> list[str]:
    found = [located.item for located in read_inputs([str(path) for path in paths])]
    return [str(item) for item in found if isinstance(item, ArticleError)]


def test_a_folder_and_a_pattern(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "deep/c.md", "deep/d.rst"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"Text of {name}.", "utf-8")
    assert [a.id for a in articles(tmp_path)] == ["a", "b", "c"]
    assert [a.id for a in articles(tmp_path / "*.txt")] == ["a", "b"]
    assert [a.id for a in articles(f"{tmp_path}/**/*.md")] == ["c"]


def test_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text(
        "\ufeffid,text,published,source,more\n"
        '7,"Two lines,\nand a comma.",2026-03-01,Wire,x\n'
        ",Only a text.,,,\n",
        "utf-8",
    )
    first, second = articles(path)
    assert first == Article(
        id="7", text="Two lines,\nand a comma.", published=date(2026, 3, 1), source="Wire"
    )
    assert second == Article(id="news:2", text="Only a text.")


def test_a_tsv_file_with_other_names(tmp_path: Path) -> None:
    path = tmp_path / "news.tsv"
    path.write_text("key\tbody\ttext\nk1\tThe body.\tNot this.\n", "utf-8")
    assert articles(path, columns={"id": "key", "text": "body"}) == [
        Article(id="k1", text="The body.")
    ]


def test_json_lines_with_other_names(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps({"body": "The body.", "text": 5, "title": "T"}) + "\n", "utf-8")
    assert articles(path, columns={"text": "body"}) == [
        Article(id="news:1", text="The body.", title="T")
    ]
    path.write_text(json.dumps({"text": "The body."}) + "\n", "utf-8")
    (located,) = read_inputs([str(path)], columns={"text": "body"})
    assert 'the record has no "body"' in str(located.item)


def test_a_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "news.parquet"
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int64()),
            "body": ["One.", "Two."],
            "published": [datetime(2026, 3, 1, 12, 30), None],  # noqa: DTZ001
            "url": ["https://example.org/1", None],
            "embedding": [[0.1], [0.2]],
        }
    )
    parquet.write_table(table, path)
    assert articles(path, columns={"text": "body"}) == [
        Article(id="1", text="One.", published=date(2026, 3, 1), url="https://example.org/1"),
        Article(id="2", text="Two."),
    ]


def test_places_are_named_in_messages(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text('id,text,published\na,"One\nline.",soon\nb,,\n', "utf-8")
    first, second = problems(path)
    assert f"{path}, line 2" in first
    assert "is no date" in first
    assert f"{path}, line 4" in second


def test_days_that_are_not_told_are_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text("text,published\nOne.,2026-03-01\nTwo.,\n", "utf-8")
    found = read_inputs([str(path)], published=date(2026, 4, 4))
    days = [located.item.published for located in found if isinstance(located.item, Article)]
    assert days == [date(2026, 3, 1), date(2026, 4, 4)]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "a.csv",
            b"id,body\n1,x\n",
            "has no column 'text' for text; it has id, body: use --column",
        ),
        ("a.csv", b"text\n\xff\xfe\n", "has to be a table in UTF-8"),
        ("a.csv", b"text\nx,y,z\n", "line 2 has more cells than the header"),
        ("a.parquet", b"no parquet", "is no Parquet file"),
    ],
)
def test_a_table_that_cannot_be_read(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        articles(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_wrong_uses(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file or folder"):
        articles(tmp_path / "missing.csv")
    with pytest.raises(ConfigError, match="there is no such file or folder"):
        articles(tmp_path / "*.nothing")
    with pytest.raises(ConfigError, match="reads its input again"):
        articles("-")
    with pytest.raises(ConfigError, match="--column body=…: an article has no such field"):
        articles(tmp_path, columns={"body": "text"})


def test_a_file_is_read_as_it_is_worked_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_ROWS", 2)
    path = tmp_path / "news.parquet"
    parquet.write_table(pa.table({"text": [f"Text {n}." for n in range(5)]}), path)
    found = articles(path)
    assert [a.id for a in found] == [f"news:{n}" for n in range(1, 6)]
