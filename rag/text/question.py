"""What a question asks for: its content words, the names and numbers in it, the kind of answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.text.words import Word, terms, words


class AnswerType(StrEnum):
    """The kind of thing that would answer a question, as far as its wording tells."""

    DATE = "date"
    AGE = "age"
    MONEY = "money"
    SHARE = "share"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    YES_NO = "yes_no"
    OPEN = "open"


_TYPE_PATTERNS: tuple[tuple[AnswerType, str], ...] = (
    (AnswerType.AGE, r"\bhow old\b|\b(what|which) age\b"),
    (
        AnswerType.DATE,
        r"(?:^|[,;]|\band|\bsince|\bfrom|\buntil|\bby)\W*when\b"
        r"|\b(what|which) (year|date|day|month|decade|century)\b|\bhow recently\b",
    ),
    (
        AnswerType.SHARE,
        r"\b(what|which) (percentage|percent|per cent|share|proportion|fraction)\b",
    ),
    (
        AnswerType.MONEY,
        r"\bhow (expensive|cheap|costly)\b"
        r"|\b(what|which|how much)\b.*\b(cost|costs|price|priced|charge|charges|charged|fee|fees|"
        r"fine|fined|pay|pays|paid|salary|budget|money|spend|spends|spent|spending|worth|earn|"
        r"earns|invest|invests|invested|revenue|valuation|valued|dollars|euros)\b",
    ),
    (
        AnswerType.NUMBER,
        r"\bhow (many|much|large|big|long|far|often|fast|quickly|soon|high|tall|heavy)\b"
        r"|\b(what|which) (number|amount|size)\b|\bat what\b",
    ),
    (
        AnswerType.PERSON,
        r"\bwho\b|\bwhom\b|\bwhose\b|\b(what|which) (person|author|founder|senator|governor)\b",
    ),
    (AnswerType.PLACE, r"\bwhere\b|\b(what|which) (country|city|place|state|region|town)\b"),
    (
        AnswerType.REASON,
        r"\bwhy\b|\bhow come\b|\b(what|which) (reason|reasons|purpose)\b|\bwhat for\b",
    ),
    (
        AnswerType.YES_NO,
        r"^\W*(is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|might|"
        r"must)\b",
    ),
)
_UNIT = re.compile(r"\bhow (?:many|much) ((?:[\w'-]+ ){0,3}[\w'-]+)", re.IGNORECASE)
_VERB_OR_LINK = frozenset(
    """does did do is are was were has have had can could will would should may might must of in
on at to for by per from with and or there they it""".split()
)

_NUMBER_WORDS = """one two three four five six seven eight nine ten eleven twelve twenty thirty
forty fifty hundred thousand million billion trillion half quarter third dozen twice
double""".split()
_MONTHS = """January February March April May June July August September October November
December""".split()
_DATE = re.compile(
    r"\b(1[0-9]|20)\d\d(s\b|\b)|\b(" + "|".join(_MONTHS) + r")\b|\bcentury\b"
    r"|\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
_NUMBER = re.compile(r"\d|\b(" + "|".join(_NUMBER_WORDS) + r")s?\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(because|since|due to|owing to|so that|in order to|reason|therefore|thanks to|"
    r"as a result|argu\w+|fear\w*|worr\w+|concern\w*|means? that|which (means|makes|made|lets)|"
    r"to (\w+e|keep|avoid|allow|help|protect|prevent|attract|let)\b)",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[$€£¥]|\b(dollar|euro|pound|cent|yuan|yen|rupee|franc)s?\b|\b(USD|EUR|GBP)\b|\bfree\b",
    re.IGNORECASE,
)
_AGE = re.compile(r"\byears? old\b|-year-old\b|\baged \d|\bborn\b|\bage of\b", re.IGNORECASE)
_SHARE = re.compile(
    r"%|\bper ?cent\b|\bpercentage\b|\b(half|third|quarter|fifth|tenth|majority|most)\b",
    re.IGNORECASE,
)
_NEAR = 4
"""A number counts as a quantity of a unit when at most this many words lie between them."""
_PLACE = re.compile(r"\b(in|at|from|near|of|to) (the )?[A-Z]\w+")

_FORMS = {AnswerType.MONEY: _MONEY, AnswerType.AGE: _AGE, AnswerType.SHARE: _SHARE}

ASKING_WORDS = frozenset(
    """tell explain describe say said says mention mentioned article articles passage text
according please know happen happened exactly actually really kind sort give list name
called summarise summarize question answer think thing someone anyone many much often
else""".split()
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
        phrases: runs of capitalised words and numbers, each as its terms: ("llama", "3").
        type: the kind of answer wanted.
        unit: terms of what is counted ("how many monthly users": month, user); empty if nothing.
    """

    text: str
    terms: tuple[str, ...]
    surfaces: dict[str, str]
    names: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]
    type: AnswerType
    unit: frozenset[str]


def analyse(text: str) -> Question:
    """Take ``text`` apart. A question of stop words only has no terms."""
    content = [w for w in words(text) if not w.is_stop and w.surface.casefold() not in ASKING_WORDS]
    surfaces: dict[str, str] = {}
    for word in content:
        surfaces.setdefault(word.term, word.surface)
    first = next(iter(words(text)), None)
    names = frozenset(w.term for w in content if _is_name(w, first))
    phrases = tuple(tuple(terms(phrase)) for phrase in name_phrases(text))
    return Question(
        text, tuple(surfaces), surfaces, names, phrases, answer_type(text), _counted(text)
    )


def name_phrases(text: str) -> list[str]:
    """Runs of capitalised words and numbers ("Llama 3", "Mistral AI"), as written, in order.

    The first word of a text counts only as part of a longer run or as an acronym.
    """
    runs: list[list[Word]] = []
    listed = list(words(text))
    for i, word in enumerate(listed):
        named = word.surface[0].isupper() and not word.is_stop
        joins = bool(runs) and listed[i - 1] is runs[-1][-1] if i else False
        if joins and (named or word.is_number):
            runs[-1].append(word)
        elif named:
            runs.append([word])
    keep = [r for r in runs if r[0] is not listed[0] or len(r) > 1 or r[0].surface.isupper()]
    return [text[r[0].span.start : r[-1].span.end] for r in keep]


def _counted(text: str) -> frozenset[str]:
    """The terms of what "how many" or "how much" counts."""
    match = _UNIT.search(text)
    if match is None:
        return frozenset()
    noun: list[str] = []
    for word in match.group(1).split():
        starts_a_name = bool(noun) and word[0].isupper() and not word[1:2].isupper()
        if word.lower() in _VERB_OR_LINK or starts_a_name:
            break
        noun.append(word)
    return frozenset(terms(" ".join(noun)))


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
    if kind in _FORMS:
        return _FORMS[kind].search(sentence) is not None
    if kind is AnswerType.NUMBER:
        return any(_is_new_number(w, asked) for w in words(sentence))
    if kind is AnswerType.PERSON:
        return _new_name(sentence, asked)
    if kind is AnswerType.PLACE:
        return any(not _asked(m.group().split()[-1], asked) for m in _PLACE.finditer(sentence))
    if kind is AnswerType.REASON:
        return _REASON.search(sentence) is not None
    return None


def counts(unit: frozenset[str], sentence: str, asked: frozenset[str]) -> bool:
    """Whether ``sentence`` puts a number that the question did not name by a word of ``unit``."""
    listed = list(words(sentence))
    numbers = [i for i, word in enumerate(listed) if _is_new_number(word, asked)]
    return any(abs(i - j) <= _NEAR for i in numbers for j, w in enumerate(listed) if w.term in unit)


def _is_new_number(word: Word, asked: frozenset[str]) -> bool:
    return _NUMBER.search(word.surface) is not None and word.term not in asked


def _asked(surface: str, asked: frozenset[str]) -> bool:
    return all(w.term in asked for w in words(surface))


def _new_name(sentence: str, asked: frozenset[str]) -> bool:
    for position, word in enumerate(words(sentence)):
        new = word.surface[0].isupper() and word.term not in asked and not word.is_stop
        if new and (position > 0 or len(word.surface) > 3):
            return True
    return False
