"""Questions that take something for granted which the articles deny."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.opposites import denied, negations
from rag.text.pointing import points_back
from rag.text.question import AnswerType, analyse
from rag.text.versions import versions
from rag.text.words import words
from rag.types import RankedSentence

_DEPTH = 5
"""Ranked sentences looked at: what denies a premise speaks of the same thing and ranks high."""
_MIN_SCORE = 0.5
_OPPOSITION = re.compile(
    r"\b(?:against|oppos\w+|object(?:s|ed)? to|disput\w+|reject\w*|critici[sz]\w+|ban(?:s|ned)?|"
    r"forb\w+|withh\w+|veto\w*)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:if|unless|until|except|when)\b", re.IGNORECASE)
_MIN_COVER = 0.5
"""Share of the question (idf) that the sentence, the one before it and its title must hold."""


def denied_premise(question: str, ranked: Sequence[RankedSentence]) -> RankedSentence | None:
    """The sentence that denies what ``question`` takes for granted; None if none surely does.

    A question for yes or no takes nothing for granted, and one that speaks of a denial itself is
    not judged. The sentence must hold every name of the question and deny one of its other words:
    "Why did the board approve it?" against "The board has not approved it."
    """
    asked = analyse(question)
    if asked.type is AnswerType.YES_NO or negations(question) or _OPPOSITION.search(question):
        return None
    granted = {t for t in asked.terms if t not in asked.names} - _after_names(question)
    for candidate in ranked[:_DEPTH]:
        signals = candidate.signals
        about = signals["cover_window"] >= _MIN_COVER and signals["names_window"] >= 1.0
        if candidate.score < _MIN_SCORE or not about or _hedged(question, candidate.text):
            continue
        if denied(candidate.text) & granted:
            return candidate
    return None


def _hedged(question: str, sentence: str) -> bool:
    """Whether the denial may be of something else: of what was named before, of a version that is
    not asked about, or only under a condition."""
    return (
        points_back(sentence)
        or _CONDITION.search(sentence) is not None
        or not versions(sentence) <= versions(question)
    )


def _after_names(question: str) -> set[str]:
    """Terms of capitalised words: a denial of a name denies nothing of it."""
    return {w.term for w in words(question) if w.surface[0].isupper() and not w.is_stop}
