"""Builds small labelled articles for the tests of the evaluation."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extractor.articles import Article
from extractor.evaluation.data import LabelledArticle
from extractor.fingerprint import text_sha256
from extractor.schemas import Extraction

SENTENCES = (
    "A bomb destroyed a ferry office in Orlavik on 4 May 2023, killing three dock workers.",
    "The Tide Front claimed the blast.",
    "Governor Ilse Marn blamed the Marsh Guard.",
    "Two days later gunmen with rifles attacked a chapel in Hesk.",
    "Police said at least five pilgrims died there.",
    "A witness doubted the count.",
)
TEXT = " ".join(SENTENCES)
ARTICLE = Article(id="orlavik", text=TEXT, source="Orlavik Courier", language="en")


def quoted(sentence: int, text: str = TEXT) -> list[dict[str, Any]]:
    quote = SENTENCES[sentence]
    start = text.index(quote)
    return [{"quote": quote, "start": start, "end": start + len(quote)}]


def actor(number: int, name: str, kind: str = "armed_group", **more: Any) -> dict[str, Any]:
    return {
        "id": f"a{number}",
        "name": name,
        "aliases": [],
        "kind": kind,
        "role": None,
        "affiliation": None,
        "country": None,
        "evidence": quoted(0),
        **more,
    }


def incident(number: int, kind: str = "bombing", sentence: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": f"i{number}",
        "summary": "Something happened.",
        "type": kind,
        "status": "carried_out",
        "date": None,
        "location": None,
        "participants": [],
        "objects": [],
        "weapons": [],
        "casualties": [],
        "evidence": quoted(sentence),
        **more,
    }


def on(start: str, end: str | None = None) -> dict[str, Any]:
    precision = "day" if end is None else "range"
    return {"start": start, "end": end or start, "precision": precision, "text": None}


def place(name: str | None, country: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "city": None, "region": None, "country": country, **more}


def part(number: int, role: str) -> dict[str, Any]:
    return {"actor": f"a{number}", "role": role}


def thing(name: str, effect: str = "destroyed") -> dict[str, Any]:
    return {"name": name, "kind": "building", "effect": effect}


def figure(
    low: int | None, high: int | None, kind: str = "killed", sentence: int = 0, **more: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "low": low,
        "high": high,
        "text": None,
        "who": None,
        "source": None,
        "evidence": quoted(sentence),
        **more,
    }


def said(number: int, source: int | None, stance: str = "claim", **more: Any) -> dict[str, Any]:
    return {
        "id": f"t{number}",
        "incident": "i1",
        "aspect": "responsibility",
        "sourcing": "article" if source is None else "actor",
        "source": None if source is None else f"a{source}",
        "responsible": [],
        "stance": stance,
        "certainty": "certain",
        "statement": "It is so.",
        "medium": None,
        "conflicts_with": [],
        "evidence": quoted(1),
        **more,
    }


def extraction(
    actors: Sequence[dict[str, Any]] = (),
    incidents: Sequence[dict[str, Any]] = (),
    attributions: Sequence[dict[str, Any]] = (),
    article: Article = ARTICLE,
) -> Extraction:
    return Extraction.model_validate(
        {
            "schema_version": "1.0",
            "article": {
                **article.model_dump(exclude={"text"}),
                "sha256": text_sha256(article.text),
            },
            "actors": actors,
            "incidents": incidents,
            "attributions": attributions,
        }
    )


def labelled(
    actors: Sequence[dict[str, Any]] = (),
    incidents: Sequence[dict[str, Any]] = (),
    attributions: Sequence[dict[str, Any]] = (),
    article: Article = ARTICLE,
) -> LabelledArticle:
    return LabelledArticle(article, extraction(actors, incidents, attributions, article))


def full() -> LabelledArticle:
    """Two incidents with every field that is scored: 45 facts."""
    return labelled(
        actors=[
            actor(1, "Tide Front", aliases=["Front"]),
            actor(2, "Marsh Guard"),
            actor(3, "Ilse Marn", "person", affiliation="a6"),
            actor(4, "dock workers", "population"),
            actor(5, "Police", "state_force"),
            actor(6, "Harbour Council", "government"),
        ],
        incidents=[
            incident(
                1,
                date=on("2023-05-04"),
                location=place("Orlavik", "SE"),
                participants=[
                    part(1, "perpetrator"),
                    part(2, "perpetrator"),
                    part(4, "victim"),
                ],
                objects=[thing("ferry office")],
                weapons=["bomb"],
                casualties=[figure(3, 3)],
            ),
            incident(
                2,
                "armed_assault",
                3,
                date=on("2023-05-06"),
                location=place("Hesk", "SE"),
                objects=[thing("chapel", "unknown")],
                weapons=["rifles"],
                casualties=[figure(5, None, sentence=4, source="a5")],
            ),
        ],
        attributions=[
            said(1, 1, responsible=["a1"], conflicts_with=["t2"]),
            said(2, 3, "accusation", responsible=["a2"], conflicts_with=["t1"]),
            said(3, None, "doubt", incident="i2", aspect="casualties", certainty="doubtful"),
        ],
    )


def write_gold(folder: Path, gold: Sequence[LabelledArticle]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    articles = [
        {**one.article.model_dump(mode="json"), "sha256": text_sha256(one.article.text)}
        for one in gold
    ]
    write_lines(folder / "articles.jsonl", articles)
    labels = [one.labels.model_dump(mode="json", exclude={"provenance"}) for one in gold]
    write_lines(folder / "labels.jsonl", labels)
    return folder


def write_lines(path: Path, records: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path
