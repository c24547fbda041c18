"""Outcomes in several scripts, and a hostile one, for the tests of pages."""

from typing import Any

from extractor.articles import Article
from extractor.pipeline.outcome import Issue, Outcome, Status
from tests.labelled import actor, extraction, figure, incident, on, part, place, said
from tests.test_report import PROVENANCE

PWNED = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"


def at(text: str, *quotes: str) -> list[dict[str, Any]]:
    """The first places of some words."""
    starts = [text.index(words) for words in quotes]
    return [
        {"quote": words, "start": start, "end": start + len(words)}
        for words, start in zip(quotes, starts, strict=True)
    ]


def bombing(
    article: Article,
    sentences: tuple[str, str],
    names: tuple[str, str, str],
    warnings: tuple[Issue, ...] = (),
) -> Outcome:
    """A bombing in the first sentence, and in both, overlapping it, what somebody says of it.

    Args:
        article: The article, which begins with the sentences.
        sentences: What is reported, and who gives a figure.
        names: Who did it, who suffered it and who gives the figure.
        warnings: What was dropped.
    """
    text = article.text
    first, second = (at(text, sentence) for sentence in sentences)
    both = text[text.index(sentences[0]) + 3 : text.index(sentences[1]) + len(sentences[1])]
    found = extraction(
        actors=[
            actor(number, name, evidence=second if number == 3 else first)
            for number, name in enumerate(names, start=1)
        ],
        incidents=[
            incident(
                1,
                summary=f"A bomb of {names[0]} exploded."[:120],
                date=on("2026-03-04"),
                location=place("Orlavik", "SE"),
                participants=[part(1, "perpetrator"), part(2, "victim")],
                weapons=["bomb"],
                casualties=[figure(3, 3, source="a3", text=sentences[1][:4], evidence=second)],
                evidence=first,
            )
        ],
        attributions=[
            said(
                1,
                3,
                "accusation",
                responsible=["a1"],
                conflicts_with=["t2"],
                evidence=at(text, both),
            ),
            said(2, 1, "denial", conflicts_with=["t1"], evidence=second),
        ],
        article=article,
    )
    return Outcome(
        status=Status.PARTIAL if warnings else Status.OK,
        article=article,
        extraction=found,
        warnings=warnings,
        error=None,
        provenance=PROVENANCE,
    )


def written(
    name: str, language: str, sentences: tuple[str, str], names: tuple[str, str, str]
) -> Outcome:
    """A bombing in an article of two sentences, which begins to say the first once more."""
    text = " ".join(sentences) + "\n\n" + sentences[0][:5]
    return bombing(Article(id=name, title=name, text=text, language=language), sentences, names)


EMOJI = written(
    "emoji",
    "en",
    (
        "🕯️🕯️ A bomb of the Tide Front went off among dock workers 👩‍🚒.",
        "Police 👮🏽‍♀️ counted 3 dead.",
    ),
    ("Tide Front", "dock workers", "Police 👮🏽‍♀️"),
)
ARABIC = written(
    "arabic",
    "ar",
    ("انفجرت قنبلة لجبهة المد بين عمال الميناء في أورلافيك.", "وقالت الشرطة إن ثلاثة قتلوا."),
    ("جبهة المد", "عمال الميناء", "الشرطة"),
)
HEBREW = written(
    "hebrew",
    "he",
    ("פצצה של חזית הגאות התפוצצה בין עובדי הנמל באורלביק.", "המשטרה אמרה כי שלושה נהרגו."),
    ("חזית הגאות", "עובדי הנמל", "המשטרה"),
)
CHINESE = written(
    "chinese",
    "zh",
    ("潮汐阵线的炸弹在奥拉维克的码头工人中爆炸。", "警方说有三人死亡。"),
    ("潮汐阵线", "码头工人", "警方"),
)
HOSTILE = bombing(
    Article(
        id=f'"><a href="javascript:window.pwned=1" id="{PWNED}',
        title=f"</title></script>{PWNED}<!--",
        text=f"--> A bomb </script>{PWNED} went off. "
        "Police {{7*7}} &amp; \u2028 counted \x00 it. <!-- <script> ]]> \u202e",
        source=f"</style>{PWNED}",
        url="javascript:window.pwned=1",
        language='en"onmouseover="window.pwned=1',
    ),
    (f"A bomb </script>{PWNED} went off.", "Police {{7*7}} &amp; \u2028 counted \x00 it."),
    (f"Front {PWNED}", "__proto__", "' onfocus='window.pwned=1' autofocus='"),
    (Issue(path=PWNED, rule=PWNED, value=PWNED, message=PWNED),),
)
SCRIPTS = (EMOJI, ARABIC, HEBREW, CHINESE)
