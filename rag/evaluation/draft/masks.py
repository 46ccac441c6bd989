"""What in a sentence can be asked for: a date, an amount, a number of things, a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rag.evaluation.draft.names import MONTHS, VERB, Names
from rag.text.question import name_phrases
from rag.text.words import STOP_WORDS
from rag.types import Span

_MONTH = f"(?:{'|'.join(MONTHS)})"
_SCALE = r"(?:\s(?:hundred|thousand|million|billion|trillion))?"
_DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?"
_WORD = (
    r"(?:three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety)"
)
_ABOUT = (
    r"(?i:(?:more than|less than|fewer than|just over|just under|at least|at most|up to|as many as|"
    r"over|under|about|around|nearly|almost|roughly|some|only|just)\s)?"
)
_DATES = (
    (rf"\d{{1,2}} {_MONTH} \d{{4}}|{_MONTH} \d{{1,2}}, \d{{4}}", "which date"),
    (rf"{_MONTH} \d{{4}}", "which month and year"),
    (r"(?:1[5-9]|20)\d\d", "which year"),
)
_CURRENCY = r"(?:dollars|euros|pounds|yuan|yen|francs|rupees)"
_MONEY = re.compile(
    rf"\b{_ABOUT}(?P<mask>(?:{_DIGITS}|{_WORD}){_SCALE}\s{_CURRENCY})\b"
    rf"|{_ABOUT}(?P<sign>[$€£]{_DIGITS}{_SCALE})(?![\w.,]*\d)"
)
_SHARE = re.compile(rf"\b{_ABOUT}(?P<mask>{_DIGITS}\s?(?:%|per ?cent\b))")
_COUNT = re.compile(
    rf"\b{_ABOUT}(?P<mask>(?:{_DIGITS}|\b{_WORD}){_SCALE})"
    r"\s(?P<unit>(?:[a-z]{3,}(?:-[a-z]+)?\s)?(?:[a-z]{2,}[^s\W]s|people|children|women|men))\b"
)
_NOT_A_UNIT = frozenset(("times", "dollars", "euros", "pounds", "cents"))
_RANGE_BEFORE = re.compile(
    r"\b(?:and|or|to|between|from|by|of|than|the|these|those|its|their|his|her|all|every|other|"
    r"another|first|last|next)\s$|[A-Z]\S*\s$|[-–.,^/*+=]$"
)
_MIN_NAME = 4
"""Characters: what is shorter is rarely worth asking for."""


class MaskKind(StrEnum):
    """What is asked for."""

    DATE = "date"
    MONEY = "money"
    SHARE = "share"
    COUNT = "count"
    SUBJECT = "subject"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Mask:
    """A part of a sentence that is asked for.

    Attributes:
        span: of the answer **in the sentence**.
        around: of all that the asking words replace: "more than 700 million" for "700 million".
        asking: the words that ask, fit to stand in its place; empty where none do.
        unit: what is counted, as it follows; empty if nothing is.
    """

    kind: MaskKind
    span: Span
    around: Span
    asking: str
    unit: str = ""


def masks(sentence: str, names: Names) -> Iterator[Mask]:
    """What can be asked for in ``sentence``, the best of each kind in a fixed order."""
    yield from _dates(sentence)
    taken = [mask.around for mask in _dates(sentence)]
    for mask in (*_money(sentence), *_shares(sentence), *_counts(sentence)):
        if not any(mask.around.overlaps(other) for other in taken):
            taken.append(mask.around)
            yield mask
    yield from _named(sentence, names)


def _dates(sentence: str) -> Iterator[Mask]:
    taken: list[Span] = []
    for pattern, asking in _DATES:
        whole = rf"\b(?:on|in|since|until|by|from|In|On|Since|By)\s(?P<mask>{pattern})(?![\w-])"
        for match in re.finditer(whole, sentence):
            span = Span(*match.span("mask"))
            rest = sentence[span.end :].split(maxsplit=1)
            plain = not rest or not rest[0][0].isalnum() or rest[0].lower() in STOP_WORDS
            if plain and not any(span.overlaps(other) for other in taken):
                taken.append(span)
                yield Mask(MaskKind.DATE, span, span, asking)


def _money(sentence: str) -> Iterator[Mask]:
    for match in _MONEY.finditer(sentence):
        name = "mask" if match.group("mask") else "sign"
        if _stands_alone(sentence, match.start()):
            around = Span(*match.span())
            yield Mask(MaskKind.MONEY, Span(*match.span(name)), around, "how much money")


def _shares(sentence: str) -> Iterator[Mask]:
    for match in _SHARE.finditer(sentence):
        if _stands_alone(sentence, match.start()):
            around = Span(*match.span())
            yield Mask(MaskKind.SHARE, Span(*match.span("mask")), around, "what percentage")


def _counts(sentence: str) -> Iterator[Mask]:
    for match in _COUNT.finditer(sentence):
        unit = match.group("unit")
        bad = STOP_WORDS | _NOT_A_UNIT
        if bad.isdisjoint(unit.split()) and _stands_alone(sentence, match.start()):
            around = Span(match.start(), match.end("mask"))
            yield Mask(MaskKind.COUNT, Span(*match.span("mask")), around, "how many", unit)


def _stands_alone(sentence: str, start: int) -> bool:
    """Whether a number is neither part of a name nor of a range."""
    return _RANGE_BEFORE.search(sentence[:start]) is None


def _named(sentence: str, names: Names) -> Iterator[Mask]:
    for name in name_phrases(sentence):
        if name not in names or len(name) < _MIN_NAME or sentence.count(name) != 1:
            continue
        start = sentence.index(name)
        span = Span(start, start + len(name))
        if start == 0 and VERB.match(sentence[span.end :]):
            yield Mask(MaskKind.SUBJECT, span, span, "Who or what")
        elif start > 0 and not sentence[span.end :].startswith(("'", "’", "-")):
            yield Mask(MaskKind.NAME, span, span, "")


def spellings(mask: Mask, sentence: str) -> tuple[str, ...]:
    """How the answer may be written: as the article has it, and its plain variants."""
    text = mask.span.of(sentence)
    found = [text]
    if "," in text and mask.kind is not MaskKind.DATE:
        found.append(text.replace(",", ""))
    if re.search("per ?cent", text):
        found.append(re.sub(r"\s?per ?cent", "%", text))
    if "%" in text:
        found.append(re.sub(r"\s?%", " per cent", text))
    if day := re.fullmatch(rf"(\d{{1,2}}) ({_MONTH}) (\d{{4}})", text):
        found.append(f"{day[2]} {day[1]}, {day[3]}")
    if day := re.fullmatch(rf"({_MONTH}) (\d{{1,2}}), (\d{{4}})", text):
        found.append(f"{day[2]} {day[1]} {day[3]}")
    return tuple(dict.fromkeys(found))
