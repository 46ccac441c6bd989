"""Sentences that point back to what was said before them."""

from __future__ import annotations

import re

_POINTS_BACK = re.compile(
    r"^\W*(?:it|its|they|their|them|he|his|him|she|her|this|these|those|such|both)\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"^\W*it (?:is|was|remains|seems|appears) (?:\w+ ){0,2}(?:that|to)\b", re.IGNORECASE
)


def points_back(sentence: str) -> bool:
    """Whether ``sentence`` begins with a word that stands for something said before; not where
    "it" stands for nothing ("It is true that ...")."""
    return _POINTS_BACK.match(sentence) is not None and _EXPLETIVE.match(sentence) is None
