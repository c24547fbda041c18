"""How long 1,000 articles take to be scored, with intervals from 1,000 bootstrap samples.

Run `python benchmarks/scoring.py` from the repository. Articles and labels are made up from a
seed; the predictions are the labels with a part of them lost or changed.
"""

import random
import time
from collections.abc import Sequence

from extractor import Article, Extraction, LabelledArticle, compare, evaluate
from extractor.fingerprint import text_sha256

_NAMES = """
Orlavik Brigade|Tide Front|Harbour Council|Red Hills Front|Marsh Guard|Ilse Marn|Tomas Brek|
Ferry Union|Saltmarsh Police|Northern Command|dock workers|pilgrims|River Ministry|Dune Militia
"""
_PLACES = ("Orlavik", "Tamsin", "Port Brell", "Hesk", "Lower Marn", "Quay Nine")
_TYPES = ("bombing", "armed_clash", "air_strike", "kidnapping", "arrest", "protest")
_STANCES = ("assertion", "claim", "accusation", "suspicion")


def labelled(number: int, rng: random.Random) -> LabelledArticle:
    """An article of a dozen sentences with two or three incidents."""
    names = rng.sample([name.strip() for name in _NAMES.split("|")], 8)
    sentences = [
        f"{rng.choice(names)} met {rng.choice(names)} near {rng.choice(_PLACES)} on day {n} of it."
        for n in range(12)
    ]
    text = " ".join(sentences)
    starts = [text.index(f"on day {n} of it.") for n in range(12)]
    evidence = [
        [{"quote": f"on day {n} of it.", "start": at, "end": at + len(f"on day {n} of it.")}]
        for n, at in enumerate(starts)
    ]
    article = Article(id=f"article-{number}", text=text, language="en")
    incidents = range(rng.randint(2, 3))
    record = {
        "schema_version": "1.0",
        "article": {**article.model_dump(exclude={"text"}), "sha256": text_sha256(text)},
        "actors": [_actor(n, name, evidence[n], rng) for n, name in enumerate(names)],
        "incidents": [_incident(n, evidence[3 * n + 1], rng) for n in incidents],
        "attributions": [_attribution(n, evidence[3 * n + 2], rng) for n in incidents],
    }
    return LabelledArticle(article, Extraction.model_validate(record))


def _actor(
    number: int, name: str, evidence: list[dict[str, object]], rng: random.Random
) -> dict[str, object]:
    return {
        "id": f"a{number + 1}",
        "name": name,
        "aliases": [name.split(maxsplit=1)[0]],
        "kind": rng.choice(("armed_group", "person", "state_force")),
        "role": None,
        "affiliation": None if number % 3 else f"a{number + 2}",
        "country": None,
        "evidence": evidence,
    }


def _incident(
    number: int, evidence: list[dict[str, object]], rng: random.Random
) -> dict[str, object]:
    day = f"2024-03-{rng.randint(1, 28):02}"
    dead = rng.randint(1, 40)
    return {
        "id": f"i{number + 1}",
        "summary": "Something happened.",
        "type": rng.choice(_TYPES),
        "status": "carried_out",
        "date": {"start": day, "end": day, "precision": "day", "text": None},
        "location": {
            "name": rng.choice(_PLACES),
            "city": None,
            "region": None,
            "country": rng.choice(("FR", "SE")),
        },
        "participants": [
            {"actor": f"a{number + 1}", "role": "perpetrator"},
            {"actor": f"a{number + 4}", "role": "victim"},
        ],
        "objects": [{"name": "harbour gate", "kind": "other", "effect": "damaged"}],
        "weapons": [rng.choice(("rifle", "car bomb", "drone"))],
        "casualties": [
            {
                "kind": "killed",
                "low": dead,
                "high": dead,
                "text": f"{dead}",
                "who": None,
                "source": f"a{number + 2}",
                "evidence": evidence,
            }
        ],
        "evidence": evidence,
    }


def _attribution(
    number: int, evidence: list[dict[str, object]], rng: random.Random
) -> dict[str, object]:
    return {
        "id": f"t{number + 1}",
        "incident": f"i{number + 1}",
        "aspect": "responsibility",
        "sourcing": "actor",
        "source": f"a{number + 6}",
        "responsible": [f"a{number + 1}"],
        "stance": rng.choice(_STANCES),
        "certainty": rng.choice(("certain", "likely")),
        "statement": "They did it.",
        "medium": None,
        "conflicts_with": [],
        "evidence": evidence,
    }


def changed(gold: LabelledArticle, rng: random.Random) -> Extraction:
    """The labels with a third of the incidents lost and types, weapons and stances changed."""
    labels = gold.labels
    incidents = [
        incident.model_copy(update={"type": rng.choice(labels.incidents).type, "weapons": ()})
        for incident in labels.incidents
        if rng.random() < 0.66
    ]
    kept = {incident.id for incident in incidents}
    attributions = [
        attribution.model_copy(update={"stance": rng.choice(labels.attributions).stance})
        for attribution in labels.attributions
        if attribution.incident in kept
    ]
    return labels.model_copy(
        update={"incidents": tuple(incidents), "attributions": tuple(attributions)}
    )


def data(articles: int, seed: int = 7) -> tuple[list[LabelledArticle], list[Extraction]]:
    """Labelled articles and predictions for them."""
    rng = random.Random(seed)
    gold = [labelled(number, rng) for number in range(articles)]
    return gold, [changed(one, rng) for one in gold]


def seconds(gold: Sequence[LabelledArticle], predicted: Sequence[Extraction]) -> list[float]:
    """Time of scoring once and of comparing two runs."""
    start = time.perf_counter()
    evaluate(predicted, gold, by=["type"], errors=True)
    middle = time.perf_counter()
    compare(predicted, [one.labels for one in gold], gold)
    return [middle - start, time.perf_counter() - middle]


def main() -> None:
    gold, predicted = data(1000)
    once, twice = seconds(gold, predicted)
    print(f"1,000 articles: scored in {once:.1f} s, two runs compared in {twice:.1f} s")


if __name__ == "__main__":
    main()
