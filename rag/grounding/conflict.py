"""Sentences of different articles that answer one question differently.

Two rules. A question for a number, a share or a sum: two sentences that each speak of what is
asked about give values of one unit that cannot both be true. A question for yes or no: they use
the same words, and one of them denies what the other says. Both are made to be silent rather than
wrong: sentences about different versions, different periods or another year are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.grounding.quantities import Measure, Quantity, latest, quantities, years
from rag.text.opposites import denied, negations
from rag.text.pointing import points_back
from rag.text.question import AnswerType, Question, analyse
from rag.text.versions import versions
from rag.text.words import terms, words
from rag.types import RankedSentence

MAX_SIDES = 3
_DEPTH = 20
"""Ranked sentences looked at: further down nothing answers any more."""
_MIN_SCORE = 0.1
_MIN_COVER = 0.5
"""Share of the question (idf) that a sentence, the one before it and its title must hold."""
_MIN_SHARED = (0.5, 0.3)
"""Share of the shorter and of the longer sentence's content words that two sentences must share to
contradict by a negation."""
_MEASURES = {
    AnswerType.NUMBER: Measure.COUNT,
    AnswerType.MONEY: Measure.MONEY,
    AnswerType.SHARE: Measure.SHARE,
}
_PERIODS = {
    "daili": "day", "day": "day", "week": "week", "month": "month", "quarter": "quarter",
    "quarterli": "quarter", "year": "year", "annual": "year", "hour": "hour", "minut": "minute",
    "second": "second",
}  # fmt: skip
_TENSE = re.compile(
    r"\b(?:(?P<past>was|were|did|had)|is|are|does|do|has|have|can|may|will)\b", re.IGNORECASE
)
_SAME_YEAR = re.compile(r"\b(?:that|the same|this) year\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the answers that differ: the sentence, and its value as written (empty where the
    difference lies in a denial)."""

    sentence: RankedSentence
    value: str = ""


def differing(question: str, ranked: Sequence[RankedSentence]) -> tuple[Side, ...]:
    """Two or three sides, one for an article, best-ranked first; empty where nothing differs."""
    asked = analyse(question)
    about = [r for r in ranked[:_DEPTH] if _speaks_of(asked, r)]
    if asked.type in _MEASURES:
        return _by_value(asked, about)
    if asked.type is AnswerType.YES_NO:
        return _by_denial(about)
    return ()


def _speaks_of(asked: Question, ranked: RankedSentence) -> bool:
    """Whether the sentence is about what is asked: all its names, every year, no other version."""
    signals = ranked.signals
    if ranked.score < _MIN_SCORE or signals["cover_window"] < _MIN_COVER:
        return False
    if signals["names_window"] < 1.0 or not asked.names - years(asked.text):
        return False
    if points_back(ranked.text) or not _names_whole(asked, ranked):
        return False
    text = ranked.text
    if not years(asked.text) <= years(text) and not _SAME_YEAR.search(text):
        return False
    wanted = versions(asked.text)
    return not wanted or versions(text) <= wanted


def _names_whole(asked: Question, ranked: RankedSentence) -> bool:
    """Whether each name of several words stands unbroken in the sentence, its title or headings:
    one on "Meta" in an article on "AI" need not be about "Meta AI"."""
    chunk = ranked.passage.chunk
    texts = (ranked.text, chunk.title, *chunk.headings)
    joined = [f" {' '.join(terms(text))} " for text in texts]
    names = [" ".join(phrase) for phrase in asked.phrases if len(phrase) > 1]
    return all(any(f" {name} " in text for text in joined) for name in names)


def _by_value(asked: Question, about: Sequence[RankedSentence]) -> tuple[Side, ...]:
    sides: list[tuple[Side, list[Quantity]]] = []
    documents: set[str] = set()
    for ranked in _in_force(asked, about):
        document = ranked.passage.chunk.document_id
        found = _answers(asked, ranked.text)
        if not found or document in documents or len(sides) == MAX_SIDES:
            continue
        if all(_differ(asked, side.sentence.text, ranked.text, q, found) for side, q in sides):
            documents.add(document)
            sides.append((Side(ranked, _nearest(asked, ranked.text, found).surface), found))
    return tuple(side for side, _ in sides) if len(sides) > 1 else ()


def _in_force(asked: Question, about: Sequence[RankedSentence]) -> list[RankedSentence]:
    """The sentences in their order, those of one article that date their values replaced by the
    one with the latest date, where the question asks how something stands now."""
    if _is_past(asked.text) or years(asked.text):
        return list(about)
    last: dict[str, tuple[int, int]] = {}
    dates = {id(r): latest(r.text) for r in about if _answers(asked, r.text)}
    for ranked in about:
        document = ranked.passage.chunk.document_id
        last[document] = max(last.get(document, (0, 0)), dates.get(id(ranked), (0, 0)))
    return [
        r for r in about if dates.get(id(r), (0, 0)) in ((0, 0), last[r.passage.chunk.document_id])
    ]


def _answers(asked: Question, text: str) -> list[Quantity]:
    """The quantities of ``text`` that are of the kind asked for."""
    found = [q for q in quantities(text) if q.measure is _MEASURES[asked.type]]
    if asked.type is not AnswerType.NUMBER:
        return found
    wanted = asked.unit | set(asked.terms)
    return [q for q in found if q.unit & wanted or not q.unit]


def _differ(
    asked: Question, one: str, other: str, first: Sequence[Quantity], second: Sequence[Quantity]
) -> bool:
    """Whether no value of the one sentence agrees with any of the other, some can be compared,
    and both speak of one version, period and time."""
    if versions(one) != versions(other) and not versions(asked.text):
        return False
    if _is_past(asked.text) and not years(asked.text):
        dated = years(one), years(other)
        if all(dated) and not dated[0] & dated[1]:
            return False
    pairs = [(a, b) for a in first for b in second if a.is_of(b) and _same_period(a, b)]
    return bool(pairs) and not any(a.agrees(b) for a, b in pairs)


def _nearest(asked: Question, text: str, found: Sequence[Quantity]) -> Quantity:
    """The quantity with most of the question's words in the forty characters on either side."""

    def near(quantity: Quantity) -> int:
        at = " ".join(text.split()).find(quantity.surface)
        around = " ".join(text.split())[max(0, at - 40) : at + len(quantity.surface) + 40]
        return len(set(terms(around)) & set(asked.terms))

    return max(reversed(found), key=near)


def contradict(one: str, other: str) -> bool:
    """Whether two sentences that share most of their words cannot both be true: one denies what
    the other says, or their values of one unit differ. Silent where they name other versions."""
    if versions(one) != versions(other) or not _overlap(one, other):
        return False
    pairs = [(a, b) for a in quantities(one) for b in quantities(other)]
    pairs = [(a, b) for a, b in pairs if a.is_of(b) and _same_period(a, b)]
    differ = bool(pairs) and not any(a.agrees(b) for a, b in pairs)
    return differ or _deny(one, other)


def _by_denial(about: Sequence[RankedSentence]) -> tuple[Side, ...]:
    for first in about[:1]:
        for second in about[1:]:
            apart = first.passage.chunk.document_id != second.passage.chunk.document_id
            if apart and _deny(first.text, second.text):
                return Side(first), Side(second)
    return ()


def _deny(one: str, other: str) -> bool:
    """Whether the sentences share most of their words, and one denies what the other says."""
    if not _overlap(one, other):
        return False
    shared = set(terms(one)) & set(terms(other))
    names = {w.term for w in words(one) if w.surface[0].isupper() or w.is_number}
    first, second = denied(one) & shared - names, denied(other) & shared - names
    if first and second:  # "denied" against "did not deny"
        return negations(one) % 2 != negations(other) % 2
    return bool(first) != bool(second)


def _overlap(one: str, other: str) -> bool:
    held = set(terms(one)), set(terms(other))
    n_shared, sizes = len(held[0] & held[1]), sorted(map(len, held))
    return all(n_shared >= least * n for least, n in zip(_MIN_SHARED, sizes, strict=True))


def _same_period(one: Quantity, other: Quantity) -> bool:
    periods = [{_PERIODS[t] for t in q.unit if t in _PERIODS} for q in (one, other)]
    return not all(periods) or bool(periods[0] & periods[1])


def _is_past(question: str) -> bool:
    """Whether it asks for what was, so that two years are two questions; what is, is one."""
    match = _TENSE.search(question)
    return match is not None and match["past"] is not None
