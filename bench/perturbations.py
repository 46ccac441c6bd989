"""Seven ways to make a supported claim say something that its evidence does not.

For the robustness report only. The pair verifier is trained with another generator and other
lists (``bench/verifier/changes.py``); where both change the same thing (a digit, a "not") they
find the place by different rules. Deterministic for a seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from rag.text.words import STOP_WORDS, words

_FIGURE = re.compile(r"(?<![\w.,/-])(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?![\w/-]|[.,]\d)")
_SPELT = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
    r"fifty|sixty|eighty|ninety)\b"
)
_SPELT_LIST = (
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty "
    "fifty sixty eighty ninety"
).split()
_YEAR = re.compile(r"\b(1[5-9]\d\d|20[0-4]\d)\b")
_MONTH_LIST = (
    "January February March April June July August September October November December"
).split()
_MONTH = re.compile(r"\b(" + "|".join(_MONTH_LIST) + r"|May(?= \d))\b")
_VERB = re.compile(
    r"\b(is|are|was|were|has been|have been|had been|will be|can be|has|have|had|will|can|could|"
    r"would|may|must|should|does|do|did)\b(?! not|n't|n’t)"
)
_DENIED = re.compile(r"\bnot\b|n['’]t\b| n't\b|\bnever\b|\bno\b|\bwithout\b", re.IGNORECASE)
_COMPARED = {
    "more than": "less than", "less than": "more than", "fewer than": "more than",
    "at least": "at most", "at most": "at least", "greater than": "smaller than",
    "larger": "smaller", "smaller": "larger", "bigger": "smaller", "higher": "lower",
    "lower": "higher", "better": "worse", "worse": "better", "faster": "slower",
    "slower": "faster", "older": "younger", "younger": "older", "longer": "shorter",
    "shorter": "longer", "earlier": "later", "later": "earlier", "stronger": "weaker",
    "weaker": "stronger", "cheaper": "dearer", "largest": "smallest", "smallest": "largest",
    "biggest": "smallest", "highest": "lowest", "lowest": "highest", "longest": "shortest",
    "oldest": "youngest", "youngest": "oldest", "best": "worst", "worst": "best",
    "most": "least", "least": "most", "above": "below", "below": "above", "before": "after",
    "after": "before", "increased": "decreased", "decreased": "increased", "rose": "fell",
    "fell": "rose", "more": "less", "less": "more", "greater": "lesser", "exceeded": "missed",
    "first": "last", "earliest": "latest", "wider": "narrower", "heavier": "lighter",
}  # fmt: skip
_COMPARISON = re.compile(r"\b(" + "|".join(sorted(_COMPARED, key=len, reverse=True)) + r")\b")
_MEASURED = {
    "million": "billion", "billion": "million", "thousand": "million", "trillion": "billion",
    "percent": "per mille", "per cent": "points", "%": " points", "km": "miles",
    "kilometres": "miles", "kilometers": "miles", "miles": "kilometres", "metres": "feet",
    "meters": "feet", "feet": "metres", "inches": "centimetres", "kg": "pounds",
    "kilograms": "pounds", "pounds": "kilograms", "tons": "kilograms", "years": "weeks",
    "months": "years", "weeks": "years", "days": "months", "hours": "days", "minutes": "hours",
    "seconds": "minutes", "dollars": "yen", "euros": "dollars", "gigabytes": "terabytes",
    "acres": "square miles", "hectares": "acres", "degrees": "percent", "centuries": "decades",
    "decades": "centuries", "mph": "knots", "GB": "TB", "MB": "GB",
}  # fmt: skip
_UNIT = re.compile(
    r"(?<=\d)(?P<gap>[ -]?)(?P<unit>"
    + "|".join(sorted(map(re.escape, _MEASURED), key=len, reverse=True))
    + r")(?!\w)"
)


def number(claim: str, names: Sequence[str], rng: random.Random) -> str | None:
    """A figure or a number word made another; years are the kind ``date``."""
    spots = [m for m in _FIGURE.finditer(claim) if not _YEAR.fullmatch(m.group())]
    spots += list(_SPELT.finditer(claim))
    if not spots:
        return None
    spot = rng.choice(spots)
    return _with(claim, spot.span(), _other_figure(spot.group(), rng))


def _other_figure(figure: str, rng: random.Random) -> str:
    if figure in _SPELT_LIST:
        return rng.choice([w for w in _SPELT_LIST if w != figure])
    value = float(figure.replace(",", ""))
    factor = rng.choice((0.5, 1.3, 2, 3))
    if "." in figure:
        places = len(figure.partition(".")[2])
        new = f"{value * factor + 10**-places:.{places}f}"
    else:
        new = f"{round(value * factor) + 1:,}" if "," in figure else str(round(value * factor) + 1)
    return new if new != figure else f"9{new}"


def name(claim: str, names: Sequence[str], rng: random.Random) -> str | None:
    """A name replaced by one of ``names`` (of other evidence) of as many words."""
    spots = [s for s in _names_in(claim) if s[0] > 0 or " " in claim[slice(*s)]]
    if not spots:
        return None
    spot = rng.choice(spots)
    size = claim[slice(*spot)].count(" ")
    offered = [n for n in names if n.count(" ") == size and not _shares_word(n, claim)]
    return _with(claim, spot, rng.choice(offered)) if offered else None


def negation(claim: str, names: Sequence[str], rng: random.Random) -> str | None:
    """A "not" after the first verb that takes one; nothing for a claim that denies already."""
    spot = _VERB.search(claim)
    if _DENIED.search(claim) or spot is None:
        return None
    first = spot.group().split()[0]
    end = spot.start() + len(first)
    return _with(claim, (end, end), " not")


def comparison(claim: str, names: Sequence[str], rng: random.Random) -> str | None:
    """A comparison, a superlative or a direction turned round."""
    spots = list(_COMPARISON.finditer(claim))
    if not spots:
        return None
    spot = rng.choice(spots)
    return _with(claim, spot.span(), _COMPARED[spot.group()])


def date(claim: str, names: Sequence[str], rng: random.Random) -> str | None:
    """A year moved by one to nine, or a month by one to six."""
    spots = [*_YEAR.finditer(claim), *_MONTH.finditer(claim)]
    if not spots:
        return None
    spot = rng.choice(spots)
    if spot.group().isdigit():
        shifted = int(spot.group()) + rng.choice((-1, 1)) * rng.randint(1, 9)
        return _with(claim, spot.span(), str(shifted))
    at = _MONTH_LIST.index(spot.group()) if spot.group() in _MONTH_LIST else 4
    month = _MONTH_LIST[(at + rng.randint(1, 6)) % len(_MONTH_LIST)]
    return _with(claim, spot.span(), month)


def unit(claim: str, names: Sequence[str], rng: random.Random) -> str | None:
    """The unit or scale behind a figure made another."""
    spots = list(_UNIT.finditer(claim))
    if not spots:
        return None
    spot = rng.choice(spots)
    return _with(claim, spot.span(), f"{spot['gap']}{_MEASURED[spot['unit']]}")


def exchange(claim: str, names: Sequence[str], rng: random.Random) -> str | None:
    """Two names in each other's place, with a verb or preposition between them, not "and"."""
    spots = _names_in(claim)
    pairs = [
        (a, b)
        for i, a in enumerate(spots)
        for b in spots[i + 1 :]
        if not _shares_word(claim[slice(*a)], claim[slice(*b)])
        and any(len(w.surface) > 3 and w.surface.islower() for w in words(claim[a[1] : b[0]]))
    ]
    if not pairs:
        return None
    (a, b), (c, d) = rng.choice(pairs)
    return claim[:a] + claim[c:d] + claim[b:c] + claim[a:b] + claim[d:]


KINDS: dict[str, Callable[[str, Sequence[str], random.Random], str | None]] = {
    "number": number,
    "name": name,
    "negation": negation,
    "comparison": comparison,
    "date": date,
    "unit": unit,
    "exchange": exchange,
}
"""Each takes a claim, names from elsewhere and a generator; None if the claim offers no place."""


def names_of(texts: Sequence[str]) -> list[str]:
    """The distinct names of ``texts``, sorted."""
    return sorted({text[slice(*s)] for text in texts for s in _names_in(text) if s[0] > 0})


def _names_in(text: str) -> list[tuple[int, int]]:
    """Runs of capitalised words, joined by "of" too; no month, no function word at the start."""
    runs: list[tuple[int, int]] = []
    for word in words(text):
        span = (word.span.start, word.span.end)
        capital = word.surface[0].isupper() and word.surface.casefold() not in STOP_WORDS
        if not capital or len(word.surface) < 2 or _MONTH.fullmatch(word.surface):
            continue
        if runs and text[runs[-1][1] : span[0]] in (" ", " of ", " of the "):
            runs[-1] = (runs[-1][0], span[1])
        else:
            runs.append(span)
    return runs


def _shares_word(one: str, two: str) -> bool:
    return bool({w.term for w in words(one)} & {w.term for w in words(two)})


def _with(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]
