"""What can be read off a claim and its evidence word by word: the signals of the verifiers.

All are in [0, 1] and do not depend on how much evidence there is more than they must: a page of
1,400 words and a single sentence are judged by one set of weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from rag.grounding.numbers import numbers
from rag.text.opposites import denied, negations, opposed
from rag.text.sentences import sentence_spans
from rag.text.words import Word, words
from rag.types import Span

Idf = Callable[[str], float]
NAMES = (
    "words",
    "words_sentence",
    "words_pair",
    "words_near",
    "bigrams",
    "order",
    "rarest_missing",
    "longest_missing",
    "number_missing",
    "number_apart",
    "name_missing",
    "name_apart",
    "denied",
    "negation_added",
    "opposed",
    "short",
)
_NEAR = 5
"""Letters that two words must share at their start to count as forms of one word."""
_NUMBER_REACH = 4
"""Words around a number in which its unit, month or thing counted is looked for."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an evidence text, its words, and its place."""

    span: Span
    text: str
    words: tuple[Word, ...]
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Analysed:
    """An evidence text: its sentences and the values of its numbers."""

    sentences: tuple[Sentence, ...]
    numbers: frozenset[float]


@dataclass(frozen=True, slots=True)
class Signals:
    """What was found.

    Attributes:
        values: by name, see ``NAMES``.
        missing: numbers and names of the claim that the evidence lacks, then words it contradicts.
        best: index of the text with the sentence that holds most of the claim; None if no
            sentence holds any.
        span: that sentence in its text.
    """

    values: dict[str, float]
    missing: tuple[str, ...]
    best: int | None = None
    span: Span | None = None

    def row(self) -> np.ndarray:
        """float64 ``(len(NAMES),)`` in the order of ``NAMES``."""
        return np.array([self.values[name] for name in NAMES])


@lru_cache(maxsize=512)
def analysed(text: str) -> Analysed:
    """``text`` analysed; the same passages are asked about for every sentence of an answer."""
    found = []
    for span in sentence_spans(text):
        piece = span.of(text)
        inside = tuple(words(piece))
        found.append(Sentence(span, piece, inside, frozenset(w.term for w in inside)))
    return Analysed(tuple(found), frozenset(numbers(text)))


def signals(claim: str, evidence: Sequence[str], idf: Idf) -> Signals | None:
    """The signals; None for a claim without content words."""
    said = tuple(words(claim))
    content = [w for w in said if not w.is_stop]
    if not content:
        return None
    texts = [analysed(text) for text in evidence]
    sentences = [sentence for text in texts for sentence in text.sentences]
    values_there = frozenset().union(*(text.numbers for text in texts))
    every = frozenset().union(*(s.terms for s in sentences)) if sentences else frozenset()
    weight = {w.term: idf(w.term) for w in content}
    total = sum(weight.values()) or 1.0
    best, second = _best_two(weight, sentences)
    near = " ".join(s.text for s in (best, second) if s)
    nearby = (best.terms if best else frozenset()) | (second.terms if second else frozenset())
    lost_numbers = [s for v, s in numbers(claim).items() if v not in values_there]
    lost_names = [w.surface for w in _names(said) if w.term not in every]
    against = opposed(claim, near) if near else []
    share = sum(weight[t] for t in weight if best and t in best.terms) / total
    missing = [t for t in weight if t not in every]
    values = {
        "words": 1 - sum(weight[t] for t in missing) / total,
        "words_sentence": share,
        "words_pair": sum(weight[t] for t in weight if t in nearby) / total,
        "words_near": 1 - sum(weight[t] for t in missing if not _like(t, every)) / total,
        "bigrams": _bigrams(content, sentences),
        "order": _order(content, best),
        "rarest_missing": max((weight[t] for t in missing), default=0.0) / max(weight.values()),
        "longest_missing": _longest_run(content, every),
        "number_missing": float(bool(lost_numbers)),
        "number_apart": _numbers_apart(said, sentences),
        "name_missing": min(1.0, len(lost_names) / 2),
        "name_apart": float(any(w.term not in nearby for w in _names(said))),
        "denied": _denial(claim, near, weight, share) if near else 0.0,
        "negation_added": float(bool(negations(claim)) and not negations(near)),
        "opposed": min(1.0, float(len(against))),
        "short": 1 / (1 + len(content)),
    }
    at = next((i for i, text in enumerate(texts) if best in text.sentences), None)
    found = (*lost_numbers, *lost_names, *against)
    return Signals(values, found, at, best.span if best else None)


def _best_two(
    weight: dict[str, float], sentences: Sequence[Sentence]
) -> tuple[Sentence | None, Sentence | None]:
    """The sentence that holds most, and the one that adds most to it."""
    best = max(sentences, key=lambda s: _gain(weight, s, frozenset()), default=None)
    if best is None or _gain(weight, best, frozenset()) <= 0:
        return None, None
    second = max(sentences, key=lambda s: _gain(weight, s, best.terms))
    return best, second if _gain(weight, second, best.terms) > 0 else None


def _gain(weight: dict[str, float], sentence: Sentence, had: frozenset[str]) -> float:
    return sum(w for t, w in weight.items() if t in sentence.terms and t not in had)


def _names(said: Sequence[Word]) -> list[Word]:
    """Capitalised words; the first only if it is an acronym."""
    found = []
    for position, word in enumerate(said):
        capitals = sum(c.isupper() for c in word.surface)
        named = capitals > 1 or (capitals and position > 0 and word.surface[0].isupper())
        if named and not word.is_stop:
            found.append(word)
    return found


def _like(term: str, every: frozenset[str]) -> bool:
    """Whether some word begins as ``term`` does: ski and skiing, nation and national."""
    if len(term) < _NEAR:
        return False
    return any(other[:_NEAR] == term[:_NEAR] for other in every)


def _bigrams(content: Sequence[Word], sentences: Sequence[Sentence]) -> float:
    wanted = {(a.term, b.term) for a, b in pairwise(content)}
    if not wanted:
        return float(any(content[0].term in s.terms for s in sentences))
    held = set()
    for sentence in sentences:
        inside = [w.term for w in sentence.words if not w.is_stop]
        held |= wanted & set(pairwise(inside))
    return len(held) / len(wanted)


def _order(content: Sequence[Word], best: Sentence | None) -> float:
    """Of the claim's words that the best sentence has, the share that stand in its order (longest
    common subsequence)."""
    if best is None:
        return 0.0
    inside = [w.term for w in best.words]
    held = [w.term for w in content if w.term in best.terms]
    row = [0] * (len(inside) + 1)
    for term in held:
        previous = 0
        for i, other in enumerate(inside, 1):
            kept = row[i]
            row[i] = previous + 1 if term == other else max(row[i], row[i - 1])
            previous = kept
    return row[-1] / len(held) if held else 0.0


def _longest_run(content: Sequence[Word], every: frozenset[str]) -> float:
    longest = run = 0
    for word in content:
        run = 0 if word.term in every else run + 1
        longest = max(longest, run)
    return min(1.0, longest / 4)


def _numbers_apart(said: Sequence[Word], sentences: Sequence[Sentence]) -> float:
    """1 if a number of the claim is in the evidence but with none of the words around it there."""
    for i, word in enumerate(said):
        if not word.is_number:
            continue
        around = _around(said, i)
        places = [
            _around(s.words, j)
            for s in sentences
            if word.term in s.terms
            for j, other in enumerate(s.words)
            if other.term == word.term
        ]
        if around and places and not any(around & place for place in places):
            return 1.0
    return 0.0


def _around(inside: Sequence[Word], at: int) -> set[str]:
    cut = inside[max(0, at - _NUMBER_REACH) : at + _NUMBER_REACH + 1]
    return {w.term for w in cut if not w.is_stop and w is not inside[at]}


def _denial(claim: str, near: str, weight: dict[str, float], share: float) -> float:
    """How surely one of the two denies what the other says: a content word that both have is
    denied in one of them only."""
    ours, theirs = denied(claim), denied(near)
    both = {w.term for w in words(near)} & set(weight)
    return share if any((t in ours) != (t in theirs) for t in both) else 0.0
