"""Numbers of a text in a form that compares: digits or words, thousands marks and scales undone."""

from __future__ import annotations

import re

_UNITS = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen""".split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        """twenty thirty forty fifty sixty seventy eighty ninety""".split(), 2
    )
}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_NUMBER = re.compile(
    r"(?<![\w.])[$€£]?(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?)"
    r"(?P<suffix>k|m|bn|b|mn|tn)?(?![\w])"
    r"(?:[ -](?P<scale>hundred|thousand|million|billion|trillion)s?\b)?"
    r"|\b(?P<words>(?:" + "|".join([*_UNITS, *_TENS]) + r")(?:[- ](?:" + "|".join(_UNITS) + r"))?)"
    r"(?:[ -](?P<wscale>hundred|thousand|million|billion|trillion)s?)?\b",
    re.IGNORECASE,
)
_SMALL = 2
"""Number words up to this are as often pronouns ("one of them") as numbers: not compared."""


def numbers(text: str) -> dict[float, str]:
    """The numbers of ``text`` with the wording of the first mention of each.

    ``1.4 trillion``, ``1,400,000,000,000`` and ``1.4tn`` are one number; ``ninety-two`` is 92.
    """
    found: dict[float, str] = {}
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if match.group("words") and value <= _SMALL:
            continue
        found.setdefault(value, match.group().strip())
    return found


def _value(match: re.Match[str]) -> float:
    if match.group("words"):
        parts = re.split(r"[- ]", match.group("words").lower())
        value = float(sum(_UNITS.get(part, _TENS.get(part, 0)) for part in parts))
        return value * _SCALES.get((match.group("wscale") or "").lower(), 1.0)
    value = float(match.group("digits").replace(",", ""))
    for scale in (match.group("suffix"), match.group("scale")):
        value *= _SCALES.get((scale or "").lower(), 1.0)
    return round(value, 6)
