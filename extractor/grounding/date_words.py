"""Words for dates in the common languages of news, as data for `dates`.

Each table maps a language's words to the English ones that the rules of `dates` read. Accents and
Arabic marks are left out on both sides. What is not here is left to dateparser.
"""

import re
import unicodedata
from functools import cache

MONTH_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
MONTHS = (
    {name: number for number, name in enumerate(MONTH_NAMES, start=1)}
    | {name[:3]: number for number, name in enumerate(MONTH_NAMES, start=1)}
    | {"sept": 9, "febr": 2}
)

WEEKDAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS = (
    {name: number for number, name in enumerate(WEEKDAY_NAMES)}
    | {name[:3]: number for number, name in enumerate(WEEKDAY_NAMES)}
    | {"tues": 1, "thur": 3, "thurs": 3}
)

NUMBERS = {
    word: number
    for number, words in enumerate(
        ("a|an|one", "two|a couple of", "three", "four", "five", "six", "seven", "eight", "nine"),
        start=1,
    )
    for word in words.split("|")
} | {"ten": 10, "eleven": 11, "twelve": 12, "twenty-four": 24, "forty-eight": 48}

# In the order January to December, Monday to Sunday; variants divided by a slash.
_CALENDARS = {
    "fr": (
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre"
        " noviembre diciembre",
        "lunes martes miercoles jueves viernes sabado domingo",
    ),
    "pt": (
        "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
        "segunda-feira/segunda terca-feira quarta-feira quinta-feira sexta-feira sabado domingo",
    ),
    "it": (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre"
        " dicembre",
        "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    ),
    "de": (
        "januar/janner februar marz april mai juni juli august september oktober november dezember",
        "montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag",
    ),
    "ru": (
        "января/январе/январь февраля/феврале/февраль марта/марте/март апреля/апреле/апрель"
        " мая/мае/май июня/июне/июнь июля/июле/июль августа/августе/август"
        " сентября/сентябре/сентябрь октября/октябре/октябрь ноября/ноябре/ноябрь"
        " декабря/декабре/декабрь",
        "понедельник вторник среду/среда четверг пятницу/пятница субботу/суббота воскресенье",
    ),
    "ar": (
        "يناير فبراير مارس ابريل/نيسان مايو/ايار يونيو/حزيران يوليو/تموز اغسطس/اب سبتمبر/ايلول"
        " اكتوبر نوفمبر ديسمبر",
        "الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد",
    ),
}

_PHRASES = {
    "fr": {
        "la semaine derniere|la semaine passee": "last week",
        "cette semaine": "this week",
        "le mois dernier": "last month",
        "ce mois-ci": "this month",
        "l'an dernier|l'annee derniere": "last year",
        "le week-end dernier": "last weekend",
        "ce week-end": "this weekend",
        "avant-hier": "day before yesterday",
        "hier": "yesterday",
        "aujourd'hui|ce matin|ce soir": "today",
        "apres-demain": "day after tomorrow",
        "demain": "tomorrow",
        "dernier|passe": "last",
        "1er": "1",
        "entre": "between",
        "et": "and",
        "au": "to",
    },
    "es": {
        "la semana pasada": "last week",
        "esta semana": "this week",
        "el mes pasado": "last month",
        "este mes": "this month",
        "el ano pasado": "last year",
        "este fin de semana": "this weekend",
        "el fin de semana pasado": "last weekend",
        "anteayer": "day before yesterday",
        "ayer|anoche": "yesterday",
        "hoy|esta manana|esta noche": "today",
        "pasado manana": "day after tomorrow",
        "por la manana|de la manana|en la manana": "",
        "manana": "tomorrow",
        "pasado": "last",
        "de|del": "of",
        "entre": "between",
        "y": "and",
        "al": "to",
    },
    "pt": {
        "a semana passada|na semana passada": "last week",
        "no mes passado": "last month",
        "no ano passado": "last year",
        "anteontem": "day before yesterday",
        "ontem": "yesterday",
        "hoje": "today",
        "depois de amanha": "day after tomorrow",
        "amanha": "tomorrow",
        "passada|passado": "last",
        "de": "of",
        "e": "and",
    },
    "it": {
        "la settimana scorsa|la scorsa settimana": "last week",
        "il mese scorso|lo scorso mese": "last month",
        "l'anno scorso|lo scorso anno": "last year",
        "l'altro ieri": "day before yesterday",
        "ieri": "yesterday",
        "oggi|stamattina|stasera": "today",
        "dopodomani": "day after tomorrow",
        "domani": "tomorrow",
        "scorso|scorsa": "last",
    },
    "de": {
        "letzte woche|letzter woche|vergangene woche|vergangener woche": "last week",
        "diese woche|dieser woche": "this week",
        "letzten monat|vergangenen monat": "last month",
        "letztes jahr|letzten jahr|vergangenes jahr|vergangenen jahr": "last year",
        "am vergangenen wochenende|letztes wochenende": "last weekend",
        "am wochenende": "weekend",
        "ubermorgen": "day after tomorrow",
        "vorgestern": "day before yesterday",
        "gestern": "yesterday",
        "heute": "today",
        "am morgen|am fruhen morgen|in der nacht zum": "",
        "morgen": "tomorrow",
        "letzten|vergangenen": "last",
        "zwischen": "between",
        "und": "and",
        "bis": "to",
    },
    "ru": {
        "на прошлои неделе": "last week",
        "на этои неделе": "this week",
        "в прошлом месяце": "last month",
        "в прошлом году": "last year",
        "в выходные": "weekend",
        "позавчера": "day before yesterday",
        "вчера": "yesterday",
        "сегодня": "today",
        "послезавтра": "day after tomorrow",
        "завтра": "tomorrow",
        "прошлыи|прошлую|прошлое": "last",
        "года|году": "",
    },
    "ar": {
        "الاسبوع الماضي": "last week",
        "هذا الاسبوع": "this week",
        "الشهر الماضي": "last month",
        "العام الماضي|السنة الماضية": "last year",
        "اول امس|اول من امس": "day before yesterday",
        "امس|البارحة": "yesterday",
        "اليوم": "today",
        "بعد غد": "day after tomorrow",
        "غدا": "tomorrow",
        "الماضي": "last",
        "كانون الثاني": "january",
        "شباط": "february",
        "اذار": "march",
        "تشرين الاول": "october",
        "تشرين الثاني": "november",
        "كانون الاول": "december",
        "عام|سنة": "",
    },
}

_CHINESE_COUNTS = (*enumerate("一二三四五六七八九十", start=1), (2, "两"))

# Chinese writes no spaces: these are replaced wherever they stand, in this order.
_CHINESE = (
    (r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]?", r" \1-\2-\3 "),
    (r"(\d{4}) ?年 ?(\d{1,2}) ?月", r" \1-\2 "),
    (r"(\d{4}) ?年", r" \1 "),
    (r"(?<!\d)(1[0-2]|[1-9]) ?月 ?(\d{1,2}) ?[日号]?", r" \2 month\1 "),
    (r"(?<!\d)(1[0-2]|[1-9]) ?月", r" month\1 "),
    ("上个?(?:周|星期|礼拜)末", " last weekend "),
    ("(?:本|这个?)?(?:周|星期|礼拜)末", " weekend "),
    *(
        (f"(?:周|星期|礼拜)[{chars}]", f" {day} ")
        for chars, day in zip(
            ("一", "二", "三", "四", "五", "六", "日天"), WEEKDAY_NAMES, strict=True
        )
    ),
    *((rf"{char}(?=个?(?:天|周|星期|月|年)前)", str(number)) for number, char in _CHINESE_COUNTS),
    (r"(\d+) ?天前", r" \1 days ago "),
    (r"(\d+) ?个?(?:周|星期)前", r" \1 weeks ago "),
    (r"(\d+) ?个?月前", r" \1 months ago "),
    (r"(\d+) ?年前", r" \1 years ago "),
    ("上个?(?:周|星期|礼拜)", " last week "),
    ("[本这](?:周|星期|礼拜)", " this week "),
    ("上个?月", " last month "),
    ("本月|这个月", " this month "),
    ("去年", " last year "),
    ("今年", " this year "),
    ("后天", " day after tomorrow "),
    ("前天", " day before yesterday "),
    ("昨[天日晚夜]", " yesterday "),
    ("今[天日早晚晨]", " today "),
    ("明[天日]", " tomorrow "),
)


def plain(text: str) -> str:
    """Lower case without accents, with ASCII digits, straight quotes and single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    chars = (c for c in decomposed if unicodedata.category(c) != "Mn")
    digits = (str(d) if (d := unicodedata.decimal(c, None)) is not None else c for c in chars)
    straight = re.sub("[‐‑‒–—−]", "-", "".join(digits).replace("’", "'"))
    return " ".join(straight.split())


@cache
def _vocabulary(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """The words of a language as one pattern, longest first, and what each means."""
    months, days = _CALENDARS[language]
    words = {w: MONTH_NAMES[n] for n, ws in enumerate(months.split()) for w in ws.split("/")}
    words |= {w: WEEKDAY_NAMES[n] for n, ws in enumerate(days.split()) for w in ws.split("/")}
    words |= {w: to for ws, to in _PHRASES[language].items() for w in ws.split("|")}
    longest_first = sorted(words, key=len, reverse=True)
    # The hamza of Arabic letters and the breve of Cyrillic ones are marks too.
    folded = {plain(word): words[word] for word in longest_first}
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, folded))})(?!\w)"), folded


@cache
def _months() -> frozenset[str]:
    """The names of the months in every language of this module."""
    spelled = " ".join(months for months, _ in _CALENDARS.values()).replace("/", " ").split()
    return frozenset((*MONTHS, *map(plain, spelled)))


def is_month(word: str) -> bool:
    """Whether `word` names a month in a common language of news.

    English months begin with a capital: "12 may have died" names none.
    """
    bare = word.strip(".,;:()")
    english = plain(bare) in MONTHS
    return plain(bare) in _months() and (not english or bare[:1].isupper())


def in_english(text: str, language: str | None) -> str:
    """Put the known date words of a plain text into English, leaving all others."""
    for pattern, replacement in _CHINESE if re.search("[㐀-鿿]", text) else ():
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"month(\d+)", lambda m: MONTH_NAMES[int(m.group(1)) - 1], text)
    if language in _CALENDARS:
        known, words = _vocabulary(language)
        text = known.sub(lambda m: words[m.group()], text)
    # German "Morgen" after a day is its morning.
    return re.sub(r"(?<=day) tomorrow\b", "", " ".join(text.split()))
