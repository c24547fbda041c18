"""Bounds of a casualty figure, computed from its words and not asked of the model."""

import re
import unicodedata
from typing import NamedTuple

from text_to_num import alpha2digit


class Bounds(NamedTuple):
    """The smallest and the largest number that a wording allows; null where it sets none."""

    low: int | None
    high: int | None


MAX_FIGURE = 10_000_000
"""Larger figures are taken for an error: no single incident has harmed more people."""

MAX_LENGTH = 200
"""A longer text is a passage, not a figure."""

UNNUMBERED = Bounds(None, None)

# Ordered: where two languages read a wording equally well, the first is taken.
_LANGUAGES = ("en", "fr", "es", "de", "pt", "it", "nl")


def _fold(text: str) -> str:
    """Lower case without accents, marks and tatweel; every script keeps its letters."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn" and c != "ـ")


def _pattern(words: str) -> re.Pattern[str]:
    """One pattern for a `|` list of words.

    Chinese writes no spaces, so its words match anywhere; all others only as whole words.
    """
    parts = [_fold(word.strip()) for word in words.replace("\n", " ").split("|")]
    spaced = "|".join(re.escape(p) for p in parts if not re.search(r"[㐀-鿿]", p))
    joined = "|".join(re.escape(p) for p in parts if re.search(r"[㐀-鿿]", p))
    alternatives = rf"(?<!\w)(?:{spaced})(?!\w)" + (f"|{joined}" if joined else "")
    return re.compile(alternatives)


# The negated forms come first: they contain the words of the plain ones.
_AT_LEAST = _pattern(
    """at least|no fewer than|not fewer than|no less than|not less than|a minimum of|minimum of
    |or more|upwards of|at the least|and counting|if not more
    |au moins|pas moins de|au minimum|ou plus|minimum|al menos|por lo menos|como minimo|cuando menos
    |no menos de|o mas|mindestens|wenigstens|zumindest|nicht weniger als|oder mehr|pelo menos
    |ao menos|no minimo|almeno|non meno di|minstens|ten minste|op zijn minst|en az
    |على الأقل|ما لا يقل عن|لا يقل عن|دست کم|حداقل|не менее|по меньшей мере|по крайней мере
    |как минимум|至少|最少|不少于|不下|以上|起码"""
)
_AT_MOST = _pattern(
    """up to|as many as|at most|no more than|not more than|a maximum of|maximum of|or fewer|or less
    |jusqu'a|jusqu’a|au plus|au maximum|pas plus de|hasta|como maximo|a lo sumo|no mas de
    |bis zu|hochstens|maximal|nicht mehr als|ate|no maximo|fino a|al massimo|tot|hoogstens
    |maximaal|en fazla|ما يصل إلى|يصل إلى|حتى|لا يزيد عن|ما لا يزيد عن|على الأكثر|до|не более
    |максимум|最多|多达|高达|至多|不超过"""
)
_MORE_THAN = _pattern(
    """more than|over|above|in excess of|exceeding|greater than|beyond|plus de|plus d'|plus d’
    |mas de|mehr als|uber|mais de|acima de|piu di|oltre|meer dan|ruim|أكثر من|ما يزيد عن
    |ما يزيد على|يزيد عن|فوق|بیش از|более|больше|свыше|超过|逾|多于|超過"""
)
_FEWER_THAN = _pattern(
    """fewer than|less than|under|below|moins de|moins d'|menos de|weniger als|unter|menos que
    |meno di|minder dan|أقل من|менее|меньше|不到|少于|不足"""
)
_EITHER = _pattern("between|from|entre|de|desde|zwischen|von|tra|tussen|بين|من|от|从|介于")

# Longest first. The numbers of the codebook; "tens" and its kin are read as "dozens" where a
# language has no other word for them.
_HUNDREDS = "hundreds|centaines|cientos|centenares|hunderte|hunderten|centenas|centinaia|honderden"
_THOUSANDS = "thousands|milliers|miles|millares|tausende|tausenden|milhares|migliaia|duizenden"
_VAGUE = (
    (_pattern("hundreds of thousands|centaines de milliers|cientos de miles|مئات الآلاف"), 200_000),
    (_pattern("tens of thousands|dizaines de milliers|decenas de miles|عشرات الآلاف"), 20_000),
    (_pattern(f"{_THOUSANDS}|several thousand|a few thousand|الآلاف|آلاف|тысячи|数千|几千"), 2000),
    (_pattern(f"{_HUNDREDS}|several hundred|a few hundred|المئات|مئات|сотни|数百|几百"), 200),
    (_pattern("scores"), 40),
    (
        _pattern(
            """dozens|several dozen|a few dozen|dizaines|douzaines|decenas|docenas|dutzende
            |dutzenden|dezenas|duzias|decine|dozzine|tientallen|العشرات|عشرات|ده ها
            |десятки|数十|几十"""
        ),
        24,
    ),
    (_pattern("tens"), 20),
)

_UNKNOWN = _pattern(
    """no word|no information|no official|no immediate|no reports|no figures|no details|no toll
    |unknown"""
)
_ZERO = _pattern(
    """no|none|no one|nobody|zero|nil|aucun|aucune|personne|pas de|ninguno|ninguna|ningun|nadie|kein
    |keine|keinen|keiner|niemand|nenhum|nenhuma|ninguem|nessun|nessuno|nessuna|geen|sin|sans
    |لا|لم|دون|لا أحد|никто|нет|без|无|没有|未有|零"""
)
_COUNTED = {
    r"half a dozen": "6",
    r"half[ -]dozen": "6",
    r"(?:a|one|une|una|um|uma|ein) (?:dozen|douzaine|docena|duzia|dutzend|dozzina)": "12",
    r"(?<=a )hundred(?= (?:and|\d))": "100",
    r"both": "2",
    r"a pair of|a pair": "2",
    r"a score(?: of)?": "20",
    r"(?:une )?dizaine|(?:una )?decena|(?:una )?decina": "10",
    r"(?:une )?quinzaine": "15",
    r"(?:une )?vingtaine|(?:una )?veintena|(?:una )?ventina": "20",
    r"(?:une )?trentaine|(?:una )?treintena|(?:una )?trentina": "30",
    r"(?:une )?quarantaine": "40",
    r"(?:une )?cinquantaine": "50",
    r"(?:une )?soixantaine": "60",
    r"(?:une )?centaine|(?:un )?centenar|(?:un )?centinaio": "100",
}
_DOZEN = re.compile(r"(\d+) (?:dozen|douzaines|docenas|dutzend|duzias|dozzine)\b")
_SCORE = re.compile(r"(\d+) score\b")
_FILLER = _pattern("a total of|un total de|um total de|in total|total|insgesamt|a further")
_ONE_PERSON = re.compile(
    r"(?:an?|une?|una?|ein|eine|another) (?:\w+ )?(?:man|woman|boy|girl|child|person|soldier"
    r"|officer|policeman|policewoman|civilian|fighter|journalist|guard|baby|teenager|militant"
    r"|homme|femme|enfant|soldat|policier|hombre|mujer|nino|nina|soldado|policia|mann|frau|kind"
    r"|polizist)"
)

_ADDITIVE = {
    _fold(word): value
    for value, words in {
        1: "واحد|один|одного",
        2: "اثنان|اثنين|اثنا|اثني|два|двух|две",
        3: "ثلاثة|ثلاث|три|трех",
        4: "أربعة|أربع|четыре|четырех",
        5: "خمسة|خمس|пять|пяти",
        6: "ستة|ست|шесть|шести",
        7: "سبعة|سبع|семь|семи",
        8: "ثمانية|ثماني|ثمان|восемь|восьми",
        9: "تسعة|تسع|девять|девяти",
        10: "عشرة|عشر|десять|десяти",
        11: "أحد عشر|одиннадцать|одиннадцати",
        12: "двенадцать|двенадцати",
        13: "тринадцать|тринадцати",
        14: "четырнадцать|четырнадцати",
        15: "пятнадцать|пятнадцати",
        16: "шестнадцать|шестнадцати",
        17: "семнадцать|семнадцати",
        18: "восемнадцать|восемнадцати",
        19: "девятнадцать|девятнадцати",
        20: "عشرون|عشرين|двадцать|двадцати",
        30: "ثلاثون|ثلاثين|тридцать|тридцати",
        40: "أربعون|أربعين|сорок|сорока",
        50: "خمسون|خمسين|пятьдесят|пятидесяти",
        60: "ستون|ستين|шестьдесят|шестидесяти",
        70: "سبعون|سبعين|семьдесят|семидесяти",
        80: "ثمانون|ثمانين|восемьдесят|восьмидесяти",
        90: "تسعون|تسعين|девяносто|девяноста",
        100: "مئة|مائة|сто|ста",
        200: "مئتان|مئتين|مائتان|مائتين|двести|двухсот",
        300: "ثلاثمئة|ثلاثمائة|триста|трехсот",
        1000: "ألف|тысяча|тысячу|тысяч",
        2000: "ألفان|ألفين",
    }.items()
    for word in words.split("|")
}
_CHINESE_DIGITS = {
    char: number
    for number, chars in enumerate(["零〇", "一", "二两兩", *"三四五六七八九"])
    for char in chars
}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "萬": 10_000}
_CHINESE_NUMBER = re.compile(
    r"(?:\d+(?:\.\d+)?|[零〇一二两兩三四五六七八九])?"
    r"[零〇一二两兩三四五六七八九十百千万萬]+"
)
_MORE_SUFFIX = re.compile(r"(?<=\d)(?:[多余餘]| odd\b)")

_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:[,.'’٬،\u0020](?=\d{3}(?!\d))\d{3})+(?![\d])")
# A factor in digits comes from a word ("20 тысяч"), so it stands apart: "391000" is one number.
_MAGNITUDE = re.compile(
    r"(\d+(?:\.\d+)?)(?: ?(?:(million)|thousand|k\b|mille\b|mil\b)| (?:(1000000)|1000)\b)"
)
_NOT_PEOPLE = re.compile(r"\d ?(?:%|percent|per cent)|\d[.,]\d|\d-(?:year|month|day)")
_NUMBER = re.compile(r"\d+")
_JOIN = re.compile(
    r" ?(?:-|to|and|or|a|y|o|u|et|ou|e|bis|und|oder|al|tot|en|of|إلى|و|أو|до|и|или"
    r"|至|到|或) ?"
)


def bounds(text: str | None) -> Bounds | None:
    """Read the bounds of a casualty figure after codebook 1.0.

    Approximators ("about 10", "nearly 10") are left out of account: the bounds are those of the
    number. Numbers of different people ("two women and three children") are not added up.

    Args:
        text: The figure as written; null means that a named person alone implies it.

    Returns:
        The bounds, with null where the wording sets none; null for a figure that cannot be, such
        as a reversed range or more than ten million people.
    """
    if text is None:
        return Bounds(1, 1)
    words = _in_digits(text) if len(text) <= MAX_LENGTH else ""
    found = list(_NUMBER.finditer(words))
    # Long digit strings are refused by length: converting them is slow, and Python limits it.
    if any(len(m.group().lstrip("0")) > 8 or int(m.group()) > MAX_FIGURE for m in found):
        return None
    if _NOT_PEOPLE.search(words) or len(found) > 2:
        return UNNUMBERED
    if len(found) == 2:
        return _two(words, found[0], found[1])
    return _one(words, int(found[0].group())) if found else _without_number(words)


def _without_number(words: str) -> Bounds:
    for pattern, low in _VAGUE:
        if pattern.search(words):
            capped = _AT_MOST.search(words) or _FEWER_THAN.search(words)
            return UNNUMBERED if capped else Bounds(low, None)
    if _UNKNOWN.search(words):
        return UNNUMBERED
    if _ZERO.search(words):
        return Bounds(0, 0)
    return Bounds(1, 1) if _ONE_PERSON.fullmatch(words) or words in ("a", "an") else UNNUMBERED


def _one(words: str, number: int) -> Bounds | None:
    if _AT_LEAST.search(words) or re.search(r"\d ?\+", words):
        return Bounds(number, None)
    if _AT_MOST.search(words):
        return Bounds(None, number)
    if _MORE_SUFFIX.search(words) or _MORE_THAN.search(words):
        return Bounds(number + 1, None)
    if _FEWER_THAN.search(words):
        return Bounds(None, number - 1) if number else None
    return Bounds(number, number)


def _two(words: str, first: re.Match[str], second: re.Match[str]) -> Bounds | None:
    low, high = int(first.group()), int(second.group())
    between = words[first.end() : second.start()]
    if re.fullmatch(r" (?:out )?of (?:the )?", between):
        return _one(words[: first.end()], low)
    if _AT_LEAST.search(words[: first.start()]) and _AT_MOST.search(between):
        return Bounds(low, high) if low <= high else None
    parts = re.fullmatch(r" ?(?:and|y|et|und|e|en|و|и) ?", between)
    if not _JOIN.fullmatch(between) or (parts and not _EITHER.search(words[: first.start()])):
        return UNNUMBERED
    if low > high:
        return None
    lower, upper = _one(words, low), _one(words, high)
    if lower is None or upper is None:
        return None
    # "at least 10 to 12" holds for either number, so the weaker of the two bounds stands.
    return Bounds(lower.low, upper.high)


def _in_digits(text: str) -> str:
    """The folded text with every number that it writes turned into ASCII digits."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(_ascii_digit(c) for c in plain)
    plain = re.sub(r"[‐‑‒–—―−~～]", "-", " ".join(plain.split())).strip(" .,;:!?\"'“”«»()[]")
    plain = _GROUPED.sub(lambda m: re.sub(r"\D", "", m.group()), plain)
    for pattern, digits in _COUNTED.items():
        plain = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", digits, plain)
    plain = re.sub(r"\ba (?=\d)", "", _FILLER.sub(" ", plain))
    folded = _fold(plain)
    # Vague words and "none" are left alone: the number readers take them for numbers.
    if not any(p.search(folded) for p, _ in _VAGUE) and not _ZERO.fullmatch(folded):
        plain = _CHINESE_NUMBER.sub(_chinese, re.sub("一些|十几", " ", _words_to_digits(plain)))
    plain = _additive(_fold(re.sub(r"\ba (?=\d)", "", plain)))
    plain = _MAGNITUDE.sub(_magnify, plain)
    plain = _DOZEN.sub(lambda m: str(_int(m.group(1)) * 12), plain)
    plain = _SCORE.sub(lambda m: str(_int(m.group(1)) * 20), plain)
    return " ".join(plain.split())


def _ascii_digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)


def _int(digits: str) -> int:
    return int(digits[:12])


def _words_to_digits(text: str) -> str:
    """Turn number words into digits, in the language that leaves the fewest letters over.

    A lone "one" is a number only in English or where no other number stands in the text:
    elsewhere it is mostly an article ("un total de 10").
    """
    if text.isascii() and not any(c.isalpha() for c in text):
        return text
    has_digits = any(c.isdigit() for c in text)
    readings = [
        alpha2digit(text, language, threshold=0 if language == "en" or not has_digits else 3)
        for language in _LANGUAGES
    ]
    best: str = min(readings, key=lambda reading: sum(c.isalpha() for c in reading))
    return best


def _chinese(match: re.Match[str]) -> str:
    """The value of a Chinese numeral, in which a unit multiplies the digit before it."""
    written = match.group()
    if head := re.match(r"\d+(?:\.\d+)?", written):
        value = float(head.group()[:12])
        for char in written[head.end() :]:
            # Capped above the largest figure: a run of units would overflow.
            value = min(value * _CHINESE_UNITS.get(char, 1), 1e9)
        return str(round(value))
    total = section = digit = 0
    for char in written:
        unit = _CHINESE_UNITS.get(char)
        if unit is None:
            digit = _CHINESE_DIGITS[char]
        elif unit == 10_000:
            total, section, digit = total + (section + digit or 1) * unit, 0, 0
        else:
            section, digit = section + (digit or 1) * unit, 0
    return str(total + section + digit)


def _additive(text: str) -> str:
    """Turn runs of Arabic and Russian number words into digits."""
    out: list[str] = []
    value: int | None = None
    for word in text.split(" "):
        bare = word[1:] if word.startswith("و") and word[1:] in _ADDITIVE else word
        number = _ADDITIVE.get(bare)
        if number is None:
            out += [word] if value is None else [str(value), word]
            value = None
        elif value is not None and value < 1000 and number in (100, 1000) and value < number:
            value *= number
        else:
            value = number + (value or 0)
    return " ".join(out if value is None else [*out, str(value)])


def _magnify(match: re.Match[str]) -> str:
    factor = 1_000_000 if match.group(2) or match.group(3) else 1000
    return str(round(float(match.group(1)[:12]) * factor))
