"""What a question asks for: its content words, the names and numbers in it, the kind of answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.text.words import Word, words


class AnswerType(StrEnum):
    """The kind of thing that would answer a question, as far as its wording tells."""

    DATE = "date"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    YES_NO = "yes_no"
    OPEN = "open"


_TYPE_PATTERNS: tuple[tuple[AnswerType, str], ...] = (
    (AnswerType.DATE, r"\bwhen\b|\b(what|which) (year|date|day|month|decade|century)\b|\bhow recently\b"),
    (
        AnswerType.NUMBER,
        r"\bhow (many|much|large|big|long|old|far|often|fast|high|tall|heavy|expensive)\b"
        r"|\b(what|which) (percentage|percent|share|number|amount|size|proportion|fraction|price|cost)\b",
    ),
    (AnswerType.PERSON, r"\bwho\b|\bwhom\b|\bwhose\b|\b(what|which) (person|author|founder|senator|governor)\b"),
    (AnswerType.PLACE, r"\bwhere\b|\b(what|which) (country|city|place|state|region|town)\b"),
    (AnswerType.REASON, r"\bwhy\b|\bhow come\b|\b(what|which) (reason|reasons|purpose)\b|\bwhat for\b"),
    (
        AnswerType.YES_NO,
        r"^\W*(is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|might|must)\b",
    ),
)

_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty "
    "hundred thousand million billion trillion half quarter third dozen twice double"
).split()
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_DATE = re.compile(
    r"\b(1[0-9]|20)\d\d(s\b|\b)|\b(" + "|".join(_MONTHS) + r")\b|\bcentury\b"
    r"|\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
_NUMBER = re.compile(r"\d|\b(" + "|".join(_NUMBER_WORDS) + r")s?\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(because|since|due to|owing to|so that|in order to|reason|therefore|thanks to|as a result|"
    r"argu\w+|fear\w*|worr\w+|concern\w*|means? that|which (means|makes|made|lets)|to (\w+e|keep|avoid|"
    r"allow|help|protect|prevent|attract|let)\b)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(in|at|from|near|of|to) (the )?[A-Z]\w+")

ASKING_WORDS = frozenset(
    """tell explain describe say said says mention mentioned article articles passage text according
    please know happen happened exactly actually really kind sort give list name called summarise
    summarize question answer think thing someone anyone""".split()
)
"""Words by which people ask, not what they ask about; an article need not contain them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    Attributes:
        text: as asked.
        terms: stems of what it is about, in order, each once.
        surfaces: for each term, the word as the asker wrote it.
        names: terms of capitalised words (not the first word unless an acronym) and numbers.
        type: the kind of answer wanted.
    """

    text: str
    terms: tuple[str, ...]
    surfaces: dict[str, str]
    names: frozenset[str]
    type: AnswerType


def analyse(text: str) -> Question:
    """Take ``text`` apart. A question of stop words only has no terms."""
    content = [w for w in words(text) if not w.is_stop and w.surface.casefold() not in ASKING_WORDS]
    surfaces: dict[str, str] = {}
    for word in content:
        surfaces.setdefault(word.term, word.surface)
    first = next(iter(words(text)), None)
    names = frozenset(w.term for w in content if _is_name(w, first))
    return Question(text, tuple(surfaces), surfaces, names, answer_type(text))


def _is_name(word: Word, first: Word | None) -> bool:
    if word.is_number:
        return True
    if first is not None and word.span == first.span:
        return sum(c.isupper() for c in word.surface) > 1
    return any(c.isupper() for c in word.surface)


def answer_type(text: str) -> AnswerType:
    """The kind of answer that ``text`` wants; OPEN when the wording does not tell."""
    lowered = text.lower()
    for kind, pattern in _TYPE_PATTERNS:
        if re.search(pattern, lowered):
            return kind
    return AnswerType.OPEN


def offers(kind: AnswerType, sentence: str, asked: frozenset[str]) -> bool | None:
    """Whether ``sentence`` holds something of the kind wanted that the question did not already
    name (``asked``: terms of the question); None when the kind cannot be told by its form."""
    if kind is AnswerType.DATE:
        return any(not _asked(m.group(), asked) for m in _DATE.finditer(sentence))
    if kind is AnswerType.NUMBER:
        return any(
            _NUMBER.search(w.surface) and w.term not in asked for w in words(sentence)
        )
    if kind is AnswerType.PERSON:
        return _new_name(sentence, asked)
    if kind is AnswerType.PLACE:
        return any(not _asked(m.group().split()[-1], asked) for m in _PLACE.finditer(sentence))
    if kind is AnswerType.REASON:
        return _REASON.search(sentence) is not None
    return None


def _asked(surface: str, asked: frozenset[str]) -> bool:
    return all(w.term in asked for w in words(surface))


def _new_name(sentence: str, asked: frozenset[str]) -> bool:
    for position, word in enumerate(words(sentence)):
        if word.surface[0].isupper() and word.term not in asked and not word.is_stop:
            if position > 0 or len(word.surface) > 3:
                return True
    return False
