"""Sentences and quotes are found at the right offsets, in every script and quickly."""

import runpy
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from extractor.grounding import sentences
from extractor.grounding.align import MAX_FUZZY, Aligner, Alignment, Span
from extractor.grounding.sentences import MAX_SENTENCE, is_border, split_sentences

ODD = (
    "abcXYZ 019.,!?'\"-…\n\r\t\u00a0\u2003\u2028“”’«»–—\u00ad\u200b\u200d\ufeff"
    "éßıİſﬁﬀ½ªŉ\u0301\u0307\u0316дЖΩςقالوَتّـ的。，「」人サｶﾞ한한ไทย्हि"
    "😀👩👨👧🏽🇮🇶☀\ufe0f㎞ﷺ\x00\x1c"
)
odd_text = st.text(st.sampled_from(ODD), max_size=80)
any_text = st.one_of(odd_text, st.text(max_size=80))

SOME_WORDS = (
    "militia convoy village governor bridge shelling witness hospital ministry checkpoint "
    "الجيش المسلحين القرية المتحدث полиция губернатор взрыв αστυνομία 武装人员 袭击了 村庄 "
    "l'armée société Diyarbakır İstanbul 😀 👩‍👩‍👧 मंत्री ذَهَبَ e\u0301clat oﬃcer"
)
WORDS = SOME_WORDS.split()
passages = st.lists(st.sampled_from(WORDS), min_size=3, max_size=12)


def is_sound(text: str, span: Span) -> bool:
    found = text[span.start : span.end]
    return 0 <= span.start < span.end <= len(text) and found == found.strip()


def cut(text: str, language: str | None = "en") -> list[str]:
    return [text[s.start : s.end] for s in split_sentences(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Gen. Oru spoke. Two died.", ["Gen. Oru spoke.", "Two died."]),
        *((tag, " One.  Two!\n", ["One.", "Two!"]) for tag in ("en-GB", "EN_us", None, "", "qq-x")),
        ("ar", "هل وصلوا؟ نعم وصلوا.", ["هل وصلوا؟", "نعم وصلوا."]),
        ("zh", "村庄遭袭。三人死亡。", ["村庄遭袭。", "三人死亡。"]),
        ("en", "Shots 😀 fell. Then 👩‍👩‍👧 ran.", ["Shots 😀 fell.", "Then 👩‍👩‍👧 ran."]),
        *(("en", blank, []) for blank in ("", " \n\t\n")),
        ("en", "Shots \ud800 fell. Then calm.", ["Shots \ud800 fell.", "Then calm."]),
    ],
)
def test_sentences(language: str | None, text: str, expected: list[str]) -> None:
    assert cut(text, language) == expected


def test_every_line_is_a_paragraph() -> None:
    text = "Headline without stop\nFirst one. Second one.\r\n\r\n  Last line\u2029More"
    found = split_sentences(text, "en")
    assert [(s.number, s.paragraph, text[s.start : s.end]) for s in found] == [
        (1, 1, "Headline without stop"),
        (2, 2, "First one."),
        (3, 2, "Second one."),
        (4, 3, "Last line"),
        (5, 4, "More"),
    ]


def test_long_sentences_are_cut_between_words() -> None:
    text = "convoy " * 300
    pieces = cut(text)
    assert " ".join(pieces) == text.strip()
    assert all(MAX_SENTENCE - 10 < len(piece) <= MAX_SENTENCE for piece in pieces[:-1])


def test_long_chinese_sentences_are_cut_after_punctuation() -> None:
    pieces = cut("武装人员袭击了村庄，" * 100, "zh")
    assert len(pieces) == 2
    assert pieces[0].endswith("，")


@pytest.mark.parametrize("text", ["x" * 1300, "e\u0301" * 700, "\u0301" * 700, "👩\u200d" * 700])
def test_what_has_no_gap_is_cut_anyway(text: str) -> None:
    pieces = cut(text)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= MAX_SENTENCE


def test_a_cut_falls_on_the_space_that_stands_at_the_limit() -> None:
    assert cut("x" * MAX_SENTENCE + " yz") == ["x" * MAX_SENTENCE, "yz"]


def test_a_segmenter_that_cuts_anywhere_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_everywhere(_: str, text: str) -> list[dict[str, Any]]:
        return [{"start_index": position} for position in range(len(text) + 1)]

    monkeypatch.setattr(sentences, "_segment", cut_everywhere)
    assert cut("ab  c ") == ["a", "b", "c"]
    assert cut("x y " * 2_500) == ["x", "y"] * 2_500


def test_a_cut_leaves_accents_with_their_letters() -> None:
    assert not any(piece.startswith("\u0301") for piece in cut("e\u0301" * 299 + "xe\u0301" * 99))


def test_a_long_line_is_segmented_in_parts_without_a_trace() -> None:
    text = "The convoy of Gov. Tal left. " * 400
    assert set(cut(text)) == {"The convoy of Gov. Tal left."}
    assert len(cut(text)) == 400


@given(any_text, st.sampled_from(["en", "zh", "ar", "tr", None]), st.sampled_from([1, 40]))
def test_sentences_cover_the_text_in_order(text: str, language: str | None, times: int) -> None:
    text *= times
    sentences = split_sentences(text, language)
    covered = 0
    for number, sentence in enumerate(sentences, 1):
        assert sentence.number == number
        assert not text[covered : sentence.start].strip()
        assert 0 < sentence.end - sentence.start <= MAX_SENTENCE
        found = text[sentence.start : sentence.end]
        assert found == found.strip()
        assert len(found.splitlines()) == 1
        covered = sentence.end
    assert not text[covered:].strip()
    paragraphs = [sentence.paragraph for sentence in sentences]
    assert paragraphs == sorted(paragraphs)


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        ("The army’s “raid” failed.", 'army\'s "raid" failed', "army’s “raid” failed"),
        ("Clashes near\n  the   river.", "near the river", "near\n  the   river"),
        ("Le chef dit « non »\u00a0!", 'dit "non', None),
        ("Rebels – not troops – fled", "Rebels - not troops — fled", "Rebels – not troops – fled"),
        ("THE JUNTA FELL", "the Junta fell", "THE JUNTA FELL"),
        ("the in\u00adsur\u00adgents fled", "insurgents", "in\u00adsur\u00adgents"),
        ("the \u200bmilitia\u200b fled", "the militia fled", "the \u200bmilitia\u200b fled"),
        ("the oﬃcer ﬂed", "officer fled", "oﬃcer ﬂed"),
        ("the officer fled", "the oﬃcer ﬂed", "the officer fled"),
        ("They waited…", "they waited...", "They waited…"),
        ("the Straße burned", "STRASSE BURNED", "Straße burned"),
        ("cafe\u0301 bombing", "café bombing", "cafe\u0301 bombing"),
        ("café bombing", "cafe\u0301 bombing", "café bombing"),
        ("İSTANBUL'da patlama", "istanbul'da", "İSTANBUL'da"),
        ("DİYARBAKIR saldırısı", "Diyarbakır", "DİYARBAKIR"),
        ("the Istanbul police", "İstanbul", "Istanbul"),
        ("２０人が死亡、警察", "20人が死亡", "２０人が死亡"),
        ("ｶﾞｻﾞ地区", "ガザ", "ｶﾞｻﾞ"),
        ("he said: 「撤退せよ」と", '"撤退せよ"', "「撤退せよ」"),
        ("🎆 family 👩‍👩‍👧 left ☀\ufe0f now", "Left ☀ now", "left ☀\ufe0f now"),
        ("\u1112\u1161\u11ab국 군대", "한국", "\u1112\u1161\u11ab국"),
        ("👍🏽 fine", "👍", "👍🏽"),
        ("\ufe0f ARMY came", "army", "ARMY"),
    ],
)
def test_normalized(text: str, quote: str, found: str | None) -> None:
    span = Aligner(text).find(quote)
    assert (span and text[span.start : span.end]) == found
    if span:
        assert span.alignment is Alignment.NORMALIZED


@pytest.mark.parametrize(
    ("text", "quote", "start"),
    [
        ("a 😀 militia", "militia", 4),
        ("  militia  ", " militia\n", 2),
        ("وقال الجيش إن", "جيش", 7),  # the article is no word of its own
        ("وقال الجيش إن", "الجيش", 5),
        ("武装人员袭击了村庄", "袭击", 4),
        ("Iran and Iraq's army", "Iraq", 9),
        ("pro-army group", "army", 4),
        ("12.10.2024", "2024", 6),
        ("superarmy army", "army", 10),
        ("1,200 and 200", "200", 10),
        ("xab ab ab", "ab ab", 4),
        ("en👩‍👩‍👧 👩", "👩", 8),
    ],
)
def test_exact(text: str, quote: str, start: int) -> None:
    quoted = quote.strip()
    assert Aligner(text).find(quote) == Span(start, start + len(quoted), Alignment.EXACT)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        *((text, "army") for text in ("superarmy", "armyman", "in\u00adarmy")),
        ("полицейский", "полиц"),
        ("Θεσσαλονίκη", "Θεσσ"),
        ("éclat", "clat"),
        ("e\u0301clat", "clat"),
        ("cafe\u0301", "cafe"),
        ("M16s", "M16"),
        ("1,200", "200"),
        ("1.200 people", "1"),
        *(("3000", "300"), ("ﬁx", "i"), ("½", "2")),
        *(("text", blank) for blank in ("", " \n\t", "\u200b", "\u00ad \u200d")),
        *(("", "text"), ("text", "texts and more than the text has")),
    ],
)
def test_not_found(text: str, quote: str) -> None:
    assert Aligner(text).find(quote) is None
    assert Aligner(text).find_all(quote) == []


@pytest.mark.parametrize("quote", ["army", "ARMY", "perAr", "ma"])
def test_parts_of_words_on_request(quote: str) -> None:
    text = "a superarmyman"
    span = Aligner(text).find(quote, whole_words=False)
    assert span and text[span.start : span.end] == quote.lower()  # noqa: PT018


def test_repeated_passages() -> None:
    text = "Rebels fled. rebels fled. Army won. Rebels  fled. Superrebels fled. Rebels fled."
    aligner = Aligner(text)
    starts = [0, 13, 36, 68]
    spans = aligner.find_all("Rebels fled")
    assert [span.start for span in spans] == starts
    assert [span.alignment.value[0] for span in spans] == ["e", "n", "n", "e"]
    assert aligner.find("Rebels fled", near=20) == spans[0]
    assert aligner.find("Rebels fled", near=60) == spans[3]
    assert aligner.find("Rebels fled", near=34) == spans[0]  # as near, and first
    assert aligner.find("Rebels fled", within=(1, 70)) == spans[1]
    assert aligner.find("Rebels fled", within=(1, 70), near=50) == spans[2]
    assert aligner.find("Rebels fled", within=(14, 46)) is None
    assert aligner.find("Rebels fled", within=(50, 20)) is None
    assert aligner.find("Rebels fled", within=(-5, 999)) == spans[0]


def test_matches_of_find_all_do_not_overlap() -> None:
    assert [s.start for s in Aligner("go go go go GO GO").find_all("go go")] == [0, 6, 12]


FUZZY_TEXT = (
    "On Monday gunmen stormed the grain depot at Velsk and set three trucks ablaze, police said.\n"
    "No group has claimed the raid, in which 200 sacks were taken. The mayor blamed deserters."
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("gunmen stormed a grain depot in Velsk", "gunmen stormed the grain depot at Velsk"),
        ("No group claimed the raid", "No group has claimed the raid"),
        ("set thre truks ablaze police said", "set three trucks ablaze, police said"),
        ("The mayor blames deserters", "The mayor blamed deserters"),
        ("in which 200 sacks were takken", "in which 200 sacks were taken"),
        ("in which 300 sacks were taken", None),
        ("The minister praised the troops", None),
        ("Mayor blame", None),  # too short to be matched by likeness
    ],
)
def test_fuzzy(quote: str, found: str | None) -> None:
    span = Aligner(FUZZY_TEXT).find(quote)
    assert (span and FUZZY_TEXT[span.start : span.end]) == found
    assert span is None or span.alignment is Alignment.FUZZY


def test_fuzzy_in_other_scripts() -> None:
    arabic = "وقال المتحدث باسم الجيش إن المسلحين هاجموا القرية فجر الأحد ثم انسحبوا."
    span = Aligner(arabic).find("قال المتحدث بأسم الجيش ان المسلحين هاجموا القرية")
    assert span is not None
    assert span.alignment is Alignment.FUZZY
    assert arabic[span.start : span.end].endswith("هاجموا القرية")
    chinese = "警方表示,周一凌晨武装人员袭击了北部山区的一个村庄并烧毁房屋。"
    span = Aligner(chinese).find("周一凌晨武装人员袭击北部山区的一个村庄")
    assert span is not None
    assert chinese[span.start : span.end] == "周一凌晨武装人员袭击了北部山区的一个村庄"


def test_numbers_are_compared_by_value() -> None:
    text = "Some 1,200 fighters crossed the river. وقتل ١٢٠ شخصا في هجوم مسلح"
    aligner = Aligner(text)
    assert aligner.find("Some 1200 fighters crosed the river") is not None
    assert aligner.find("Some 1300 fighters crosed the river") is None
    assert aligner.find("وقتل 120 شخصا في هجوم مسلح") is not None


def test_fuzzy_takes_the_right_one_of_many() -> None:
    text = "The militia burned the northern bridge.\n" * 300
    aligner = Aligner(text)
    quote = "The militia burnt the northern bridge"
    for line in (0, 37, 150, 299):
        span = aligner.find(quote, near=line * 40 + 3)
        assert span == Span(line * 40, line * 40 + 38, Alignment.FUZZY)
        assert aligner.find(quote, within=(line * 40, line * 40 + 40)) == span
    assert aligner.find(quote) == Span(0, 38, Alignment.FUZZY)
    assert aligner.find(quote, within=(45, 79)) is None


def test_fuzzy_long_quotes_have_a_limit() -> None:
    text = " ".join(f"word{number:04}" for number in range(600))
    aligner = Aligner(text)
    quote = text[: MAX_FUZZY - 10].replace("word0050", "wrod0050")
    span = aligner.find(quote.rsplit(" ", 1)[0])
    assert span is not None
    assert (span.start, span.alignment) == (0, Alignment.FUZZY)
    assert abs(span.end - len(quote)) < 12
    assert aligner.find(text.replace("word0050", "wrod0050")) is None


def test_evidence() -> None:
    evidence = Aligner("a 😀 militia").evidence(2, 11)
    assert (evidence.quote, evidence.start, evidence.end) == ("😀 militia", 2, 11)


@pytest.mark.parametrize(("start", "end"), [(0, 99), (3, 3), (5, 2), (-3, 2)])
def test_evidence_outside_the_text(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=r"evidence|quote|start"):
        Aligner("a short text").evidence(start, end)


@given(any_text, any_text, st.booleans())
@example("´ a", "´", True)
@example("a ¨b", "¨b", True)
@example("\u0301a", "\u0301a", True)
def test_spans_are_sound(text: str, quote: str, whole_words: bool) -> None:
    aligner = Aligner(text)
    for span in filter(None, [aligner.find(quote, whole_words=whole_words)]):
        assert is_sound(text, span)
    spans = aligner.find_all(quote)
    assert all(is_sound(text, span) for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


@given(any_text, st.data())
def test_every_stretch_between_borders_is_found_where_it_is(text: str, data: st.DataObject) -> None:
    borders = [at for at in range(len(text) + 1) if is_border(text, at)]
    start, end = sorted(data.draw(st.tuples(*[st.sampled_from(borders)] * 2)))
    quote = text[start:end].strip()
    assume(quote)
    start += len(text[start:end]) - len(text[start:end].lstrip())
    expected = Span(start, start + len(quote), Alignment.EXACT)
    aligner = Aligner(text)
    assert aligner.find(quote, near=start) == expected
    assert aligner.find(quote, within=(expected.start, expected.end)) == expected
    first = aligner.find(quote)
    assert first is not None
    assert text[first.start : first.end] == quote
    assert first.start <= start


def restyle(words: list[str]) -> str:
    """Case where it is harmless, quotes, and white space changed."""
    quote = " \u00a0".join(words).replace("'", "’")
    return quote.replace("militia", "MILITIA").replace("ﬃ", "ffi").replace("e\u0301", "é")


@given(passages, passages, passages, st.sampled_from([" ", "\n", " \n\t"]))
def test_restyled_passages_are_found(
    before: list[str], words: list[str], after: list[str], gap: str
) -> None:
    head = gap.join([*before, "@"])
    passage = gap.join(words)
    text = f"{head} {passage} @ {gap.join(after)}"
    start = len(head) + 1
    expected = (start, start + len(passage))
    aligner = Aligner(text)
    span = aligner.find(restyle(words), near=start)
    assert span is not None
    assert (span.start, span.end) == expected
    assert aligner.find(restyle(words), within=expected) == span
    assert span in aligner.find_all(restyle(words))


@given(st.data(), st.permutations([w for w in WORDS if w.isalpha() and max(w) < "\u0e00"]))
def test_misspelt_passages_are_found(data: st.DataObject, words: list[str]) -> None:
    middle = words[3:11]
    passage = " ".join(middle)
    assume(len(passage) >= 30)
    spoilt = data.draw(st.integers(0, len(passage) - 1).filter(lambda at: passage[at] != " "))
    quote = passage[:spoilt] + "z" + passage[spoilt + 1 :]
    text = " ".join([*words[:3], "|", passage, "|", *words[11:]])
    span = Aligner(text).find(quote)
    assert span is not None
    assert text[span.start : span.end] == passage
    assert span.alignment is Alignment.FUZZY


PLANTED = {
    "en": "Gunmen fired on the convoy, police said",
    "ar": "قال المتحدث باسم الجيش إن المسلحين هاجموا القرية",
    "zh": "武装人员袭击了北部山区的一个村庄",
    "emoji": "😀 👩‍👩‍👧 fled 🇮🇶 in fear",
    "ru": "Взрыв прогремел у здания полиции",
}
FILLERS = (
    "Nothing else was told.",
    "ولم يذكر شيء آخر.",
    "没有其他消息。",
    "☀\ufe0f …",
    "Ничего больше.",
)


@given(
    st.sampled_from([*PLANTED.values()]),
    st.lists(st.lists(st.sampled_from(FILLERS), max_size=3), min_size=2, max_size=6),
    st.sampled_from([" ", "\n", " \u00a0\n"]),
)
def test_each_of_several_equal_passages_is_found_in_its_place(
    passage: str, fillers: list[list[str]], gap: str
) -> None:
    text = ""
    starts = []
    for filler in fillers:
        text += gap.join([*filler, ""])
        starts.append(len(text))
        text += passage + gap
    aligner = Aligner(text)
    assert [span.start for span in aligner.find_all(passage)] == starts
    for start in starts:
        expected = Span(start, start + len(passage), Alignment.EXACT)
        assert aligner.find(passage, near=start) == expected
        assert aligner.find(passage, within=(start, start + len(passage))) == expected
        loose = aligner.find("  ".join(passage.split(" ")), near=start)
        assert loose is not None
        assert (loose.start, loose.end) == (expected.start, expected.end)


@given(st.text("武装人员袭击了北部山区的一个村庄造成三死亡", min_size=4, max_size=30), st.data())
def test_chinese_needs_no_spaces(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 1, len(text)))
    assert Aligner(text).find(text[start:end], near=start) == Span(start, end, Alignment.EXACT)


def load_benchmark() -> dict[str, Any]:
    return runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "grounding.py"))


def test_200_quotes_in_a_long_article_take_half_a_second() -> None:
    benchmark = load_benchmark()
    text = benchmark["article"](100_000)
    quotes = benchmark["quotes"](text, "mixed", 200)
    assert len(text) == 100_000
    assert all(Aligner(text).find(quote) for quote in quotes[:9])
    # Time of this process alone, so that a busy machine fails nobody.
    assert min(benchmark["seconds"](text, quotes, process_time) for _ in range(3)) < 0.5


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("a" * 100_000, "a" * 1_000),
        ("a" * 100_000, "a" * 500 + "b" + "a" * 500),
        ("ab " * 33_000, "ab " * 500 + "c"),
        ("\u0301\u0316" * 50_000, "nothing of the kind"),
        ("武装人员袭击了村庄，造成三人死亡。" * 6_000, "武装人员袭击了村庄，造成三人受伤"),
    ],
    ids=["letter", "letter-fuzzy", "word", "accents", "chinese"],
)
def test_monotonous_texts_cost_no_more(text: str, quote: str) -> None:
    seconds = load_benchmark()["seconds"]
    assert min(seconds(text, [quote], process_time) for _ in range(2)) < 1.0


def test_long_lines_are_cut_quickly() -> None:
    assert len(split_sentences("武装人员袭击了村庄，造成三人死亡。" * 6_000, "zh")) == 6_000
