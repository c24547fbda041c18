"""How long 200 quotes take to be found in an article of 100,000 characters.

Run `python benchmarks/grounding.py`. The text and the quotes are made up from a seed. Times
include working out the index, which a new `Aligner` does for every run.
"""

import random
import statistics
import time
from collections.abc import Callable

from extractor.grounding.align import Aligner

_STEMS = """
militia convoy village governor bridge shelling witness hospital ministry checkpoint border
patrol insurgent mayor market police brigade spokesman claim attack funeral river station
province army rebel ceasefire junta refugee detonation teacher mosque school warehouse prison
commander ambush rocket drone
"""
_LINKS = "near the of after before from in while and under beside against"


def article(length: int = 100_000, seed: int = 7) -> str:
    """Sentences of random words, in lines."""
    rng = random.Random(seed)
    links, stems = _LINKS.split(), _STEMS.split()
    lines: list[str] = []
    size = 0
    while size < length:
        words: list[str] = []
        for _ in range(rng.randint(5, 11)):
            words += [rng.choice(links), rng.choice(stems) + rng.choice(("", "s", "'s"))]
        lines.append(f"{' '.join(words).capitalize()} on day {rng.randint(1, 400)}.")
        size += len(lines[-1]) + 1
    return "\n".join(lines)[:length]


def quotes(text: str, kind: str, count: int, seed: int = 11) -> list[str]:
    """Passages of the text, changed the way models change them.

    Args:
        text: The text.
        kind: `exact`, `normalized` (case, apostrophes, white space), `fuzzy` (letters
            changed, a word left out), `absent` (not in the text) or `mixed`.
        count: How many.
        seed: Seed of the choice.
    """
    rng = random.Random(seed)
    changes: dict[str, Callable[[str], str]] = {
        "exact": str,
        "normalized": _restyle,
        "fuzzy": _misspell,
        "absent": _scramble,
    }
    mixture = ("exact", "normalized", "fuzzy")
    found = []
    for number in range(count):
        words = text[(at := rng.randrange(len(text) - 400)) : at + 250].split()[1:]
        passage = " ".join(words[: rng.randint(8, 25)])
        change = changes[mixture[number % 3] if kind == "mixed" else kind]
        found.append(change(passage))
    return found


def _restyle(passage: str) -> str:
    return passage.upper().replace("'", "’").replace(" ", "  ", 2)


def _misspell(passage: str) -> str:
    words = passage.split()
    del words[len(words) // 2]
    words[1] = words[1][:-1] + "x" if words[1].isalpha() else words[1]
    return " ".join(words)


def _scramble(passage: str) -> str:
    return passage[::-1]


def seconds(text: str, wanted: list[str], clock: Callable[[], float] = time.perf_counter) -> float:
    """Time of finding all quotes with a new aligner, by `clock`."""
    start = clock()
    aligner = Aligner(text)
    for quote in wanted:
        aligner.find(quote)
    return clock() - start


def main() -> None:
    text = article()
    print(f"200 quotes in {len(text):,} characters, seconds, 7 runs")
    for kind in ("exact", "normalized", "fuzzy", "absent", "mixed"):
        wanted = quotes(text, kind, 200)
        times = [seconds(text, wanted) for _ in range(7)]
        hits = sum(Aligner(text).find(quote) is not None for quote in wanted[:20])
        print(
            f"{kind:<11} min {min(times):.3f}  median {statistics.median(times):.3f}"
            f"  found {hits} of the first 20"
        )


if __name__ == "__main__":
    main()
