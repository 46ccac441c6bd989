"""Quantities of a sentence as intervals with a unit: what can differ between two articles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.text.words import words

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_WORDS = {
    word: float(value)
    for value, word in enumerate(
        """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty""".split(),
        1,
    )
} | {w: 10.0 * n for n, w in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), 3)}
_VALUE = r"(?:\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\b(?:" + "|".join(_WORDS) + r")\b)"
_SCALE = r"(?:[ -]?(?:hundred|thousand|million|billion|trillion|bn|mn|tn)\b|[kmb]\b)"
_SIGN = r"[$€£¥]"
_QUANTITY = re.compile(
    rf"(?<![\w.,])(?P<between>between )?(?P<sign>{_SIGN})?(?P<low>{_VALUE})(?P<scale1>{_SCALE})?"
    rf"(?:(?:(?(between) and | to )|[–-])(?:{_SIGN})?(?P<high>{_VALUE})(?P<scale2>{_SCALE})?)?"
    r"(?P<share> ?%| per ?cent\b| percent\b)?(?! ?,\d)",
    re.IGNORECASE,
)
_LIST_SCALE = re.compile(
    rf"(?:, {_VALUE})*,? (?:and|or) {_VALUE}(?P<scale>{_SCALE})", re.IGNORECASE
)
_NO_NAME = re.compile(r"(?i:\w+ly|some|around|about|only|just|over|under|at|in|the|all|with)")
_CURRENCIES = {
    "$": "dollar", "€": "euro", "£": "pound", "¥": "yuan", "dollar": "dollar", "euro": "euro",
    "pound": "pound", "yuan": "yuan", "yen": "yen", "usd": "dollar", "eur": "euro",
}  # fmt: skip
_YEAR = re.compile(r"(?<![\w.,$€£])(?:1[5-9]|20)\d\d(?!\w|[.,]\d)")
_MONTH_NAMES = """January February March April May June July August September October November
December""".split()
_MONTHS = re.compile(r"\b(?:" + "|".join(_MONTH_NAMES) + r")\b")
_DATED = re.compile(rf"(?:(?P<month>{_MONTHS.pattern}),? (?:of )?)?(?P<year>{_YEAR.pattern})")
_REACH = 3
_TOLERANCE = 0.02
"""Share by which two values may differ as roundings of one."""


class Measure(StrEnum):
    """What a quantity measures, as far as its form tells."""

    MONEY = "money"
    SHARE = "share"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a range in a text.

    Attributes:
        low, high: equal for a single value.
        unit: the currency, or terms of the words that follow it, up to the next function word.
        surface: as written, with the first word of its unit.
    """

    measure: Measure
    low: float
    high: float
    unit: frozenset[str]
    surface: str

    @property
    def is_range(self) -> bool:
        """Whether it is more than one value."""
        return self.low != self.high

    def agrees(self, other: Quantity) -> bool:
        """Whether both can be true of one thing: equal but for rounding, or one value inside the
        range of the other. Two ranges agree when they have the same ends."""
        if self.is_range and other.is_range:
            return _near(self.low, other.low) and _near(self.high, other.high)
        inside = self.low <= other.high and other.low <= self.high
        return inside or _near(self.low, other.low) or _near(self.high, other.high)

    def is_of(self, other: Quantity) -> bool:
        """Whether both measure the same kind of thing."""
        if self.measure is not other.measure:
            return False
        return bool(self.unit & other.unit) or not (self.unit or other.unit)


def quantities(text: str) -> list[Quantity]:
    """The quantities of ``text`` in order, without years, days of a month and the numbers of names
    ("Llama 3"); "one" alone is a pronoun as often as a number and is left out."""
    found = []
    for match in _QUANTITY.finditer(text):
        if not _is_quantity(text, match):
            continue
        low, high = _ends(match)
        measure, unit, last = _unit(text, match)
        surface = " ".join(text[match.start() : last].split())
        found.append(Quantity(measure, min(low, high), max(low, high), unit, surface))
    return found


def years(text: str) -> frozenset[str]:
    """The years that ``text`` names."""
    return frozenset(_YEAR.findall(text))


def latest(text: str) -> tuple[int, int]:
    """The latest year and month (0: not said) that ``text`` names; (0, 0) if it names no year."""
    found = [
        (int(m["year"]), _MONTH_NAMES.index(m["month"]) + 1 if m["month"] else 0)
        for m in _DATED.finditer(text)
    ]
    return max(found, default=(0, 0))


def _is_quantity(text: str, match: re.Match[str]) -> bool:
    bare = not (match["scale1"] or match["scale2"] or match["sign"] or match["share"])
    if not bare:
        return True
    if match["high"] is None and match["low"].lower() == "one":
        return False
    before = text[: match.start()].rstrip().rpartition(" ")[2]
    after = text[match.end() :].lstrip()
    capitalised = re.fullmatch(r"[(“\"]?[A-Z][\w-]*", before) and not _NO_NAME.fullmatch(before)
    named = match["low"][0].isdigit() and capitalised
    dated = _MONTHS.match(after) or _MONTHS.fullmatch(before) or _YEAR.fullmatch(match["low"])
    return not (dated or named)


def _ends(match: re.Match[str]) -> tuple[float, float]:
    listed = _LIST_SCALE.match(match.string, match.end("low"))
    second = _scale(match["scale2"]) or _scale(listed["scale"] if listed else None)
    first = _scale(match["scale1"]) or second
    low = _value(match["low"]) * (first or 1.0)
    if match["high"] is None:
        return low, low
    return low, _value(match["high"]) * (second or first or 1.0)


def _scale(written: str | None) -> float | None:
    return _SCALES[written.strip(" -").lower()] if written else None


def _value(written: str) -> float:
    word = _WORDS.get(written.lower())
    return float(written.replace(",", "")) if word is None else word


def _unit(text: str, match: re.Match[str]) -> tuple[Measure, frozenset[str], int]:
    """Measure, unit, and where the wording ends in ``text``."""
    if match["share"]:
        return Measure.SHARE, frozenset(("share",)), match.end()
    if match["sign"]:
        return Measure.MONEY, frozenset((_CURRENCIES[match["sign"]],)), match.end()
    unit: list[str] = []
    end = match.end()
    gap_from = match.end()
    for word in words(text[match.end() : match.end() + 80]):
        start = match.end() + word.span.start
        if re.search(r"[^\s-]", text[gap_from:start]) or word.is_number:
            break
        if word.is_stop and word.surface.lower() not in ("a", "an"):
            break
        gap_from = match.end() + word.span.end
        if word.is_stop:
            continue
        currency = _CURRENCIES.get(word.surface.lower().rstrip("s"))
        if currency and not unit:
            return Measure.MONEY, frozenset((currency,)), gap_from
        unit.append(word.term)
        end = gap_from
        if len(unit) == _REACH:
            break
    return Measure.COUNT, frozenset(unit), end


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= _TOLERANCE * max(abs(a), abs(b))
