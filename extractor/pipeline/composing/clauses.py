"""Who is told to speak by the reporting clauses of an English sentence: "..., said the mayor".

Pure functions of one sentence. The subject of a clause is told by its phrases, in the order of the
sentence: of "The judge, a widow, said" they are "The judge" and "a widow".
"""

import re
from collections.abc import Iterator, Mapping

# fmt: off
_VERBS = (  # with a subject before them
    "said", "says", "told", "stated", "announced", "announces", "declares", "confirmed", "confirms",
    "declared(?! an?\\b)",  # a terrorist group
    "denied", "denies", "deny", "reported", "reports", "claimed", "claims", "added",
    "insisted", "insists", "argued", "argues", "acknowledged", "admitted", "admits", "alleged",
    "alleges", "rejected", "rejects", "dismissed", "dismisses", "doubted", "doubts", "warned",
    "warns", "wrote", "explained", "suspects?", "suspected", "believes?", "believed", "testified",
    "suggested", "conceded", "stressed", "asserted", "tweeted", "reiterated", "emphasi[sz]ed",
    "disclosed", "recounted", "put(?= (?:the|its|their) (?:dead|toll|number|losses)\\b)",
    "(?:noted|maintain(?:ed|s)|concluded|indicated|revealed|estimate[ds]|recalled)(?= that\\b)",
    "accus(?:ed?|es)", "blame[ds]?",
)
_INVERTED = (  # or after them
    "said", "says", "added", "explained", "warned", "announced", "declared", "confirmed",
    "reported",
)
# fmt: on
_PASSIVE = "".join(rf"(?<!\b{be} )" for be in ("is", "are", "was", "were", "be", "been", "being"))
# "Accused of murder", "believed to be armed" and "confirmed dead" tell of nobody who speaks.
_PARTICIPLE = r"(?! (?:of|for|on|by|to (?:be|have)|missing|dead)\b)"
_SPEAKS = re.compile(rf"{_PASSIVE}\b({'|'.join(_VERBS)})\b{_PARTICIPLE}", re.IGNORECASE)
_QUOTING = re.compile(r"\b(?:quoting|citing)\b", re.IGNORECASE)
_BY = re.compile(r"\b(?:according to|in the words of)\b", re.IGNORECASE)
_MARKS = str.maketrans(dict.fromkeys("“”«»„", '"'))
_CLOSING = re.compile(r'^[^"]*[,.!?]"')
_BREAK = re.compile(
    r'[";:!?]|\b(?:that(?! (?:day|night|week|month|year)\b)|but|while|because|although|whether'
    r"|when|after)\b",
    re.IGNORECASE,
)
_BEFORE_VERB = re.compile(r"\s+(?:has|have|had|also|later|then|again|itself|\w+ly)$", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:and|or|nor|so|yet|as|if|though|since|until|whom|even|only|yesterday|(?:this|last) \w+) ",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"^(?:on|in|at|by|earlier|later|meanwhile|(?:\w+ )+(?:later|earlier|ago))\b"
    r".*(?=\b(?:the|an?) )",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"(?:who|which|whose|where)\b", re.IGNORECASE)
_BLAMES = re.compile(r"\b(?:blam|accus)", re.IGNORECASE)
_OWNER = re.compile(r"(?:the )?(.+?)['’]s? (?=[a-z])", re.IGNORECASE)
_LONGEST = 300
"""Characters of a subject."""
_LONGEST_SPEECH = 4
"""Sentences after a line such as "The minister said:"."""
_LONGEST_QUOTATION = 8
"""Sentences of one quotation."""
_PLACED = re.compile(
    r"\s(?:on|in|at|by|from|to|via|who|reached|contacted|interviewed|speaking|he|she|it|they|would)"
    r"\s.*$"
)


def blames(text: str) -> bool:
    """Whether a text has a word for blaming."""
    return _BLAMES.search(text) is not None


def owner_of(phrase: str) -> str | None:
    """Whose an office or a thing is: "Front" of "the Front's spokesman"."""
    owner = _OWNER.match(phrase)
    return owner[1] if owner else None


def subjects(sentence: str) -> Iterator[list[str]]:
    """The phrases of the subject of each reporting clause.

    Of one that quotes another the other is told: by the codebook the innermost is the source.
    """
    said = _unquoted(sentence)
    if quoted := _QUOTING.search(said):
        yield _after(said[quoted.end() :])
        return
    for match in _BY.finditer(said):
        yield _after(said[match.end() :])
    for match in _SPEAKS.finditer(said):
        near = max(0, match.start() - _LONGEST)
        before = _BREAK.split(said[near : match.start()])[-1].rstrip()
        if re.search(r"(?<!,) and$", before, re.IGNORECASE):  # "The mayor, a widow, came and said"
            yield _phrases(before)[:-1]
        elif before and not before.endswith(","):
            yield _phrases(before)[-1:]
        else:  # "The mayor, a widow, said" or "..., said the mayor"
            inverted = match[1].casefold() in _INVERTED
            yield [*_phrases(before)[-2:], *(_after(said[match.end() :]) if inverted else [])]


def continued(sentences: Mapping[int, str]) -> dict[int, int]:
    """The sentences that go on with what somebody says, each with the one that tells who.

    They stand in one quotation with it, or follow a line like "The minister said:".
    """
    telling = {number for number, sentence in sentences.items() if any(subjects(sentence))}
    found: dict[int, int] = {}
    quotation: list[int] = []
    introduced: int | None = None
    for number in sorted(sentences):
        text = sentences[number].translate(_MARKS).strip()
        tells = number in telling
        if quotation:
            quotation.append(number)
            text = text.removeprefix('"')  # some papers put one before each paragraph
        elif (
            introduced and number - introduced <= _LONGEST_SPEECH and not (tells or text[0] == '"')
        ):
            found[number] = introduced
        if tells or text.startswith('"'):
            introduced = number if tells and text.endswith(":") else None
        if text.count('"') % 2:
            teller = next((n for n in quotation if n in telling), None)
            if quotation and teller is not None:
                found |= {n: teller for n in quotation if n != teller}
            quotation = [] if quotation else [number]
        if len(quotation) > _LONGEST_QUOTATION:
            quotation = []  # a mark is missing
    return found


def _unquoted(sentence: str) -> str:
    """A sentence with a quotation mark in place of each quotation, or of the part of one."""
    text = sentence.translate(_MARKS)
    if text.count('"') % 2:
        text = f'"{text}' if _CLOSING.match(text) else f'{text}"'
    return re.sub(r'"[^"]*"', '"', text)


def _after(text: str) -> list[str]:
    return [_PLACED.sub("", phrase) for phrase in _phrases(_BREAK.split(text[:_LONGEST])[0])[:2]]


def _phrases(text: str) -> list[str]:
    phrases = []
    for part in text.split(","):
        phrase = _WHEN.sub("", _LEAD.sub("", part.strip(" .")))
        while (bare := _BEFORE_VERB.sub("", phrase)) != phrase:
            phrase = bare
        if phrase and not _RELATIVE.match(phrase):
            phrases.append(phrase)
    return phrases
