"""The bundled verifier: weighted word support, numbers, names and negation. No weights, < 1 ms.

Source: the rule is the idf-weighted precision of a claim's content words in its evidence, the
family of lexical-overlap baselines of the TRUE survey (Honovich et al., 2022, section 3.3), with
penalties for missing numbers and names; our measurements are in docs/grounding.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.grounding.numbers import numbers
from rag.text.sentences import sentence_spans
from rag.text.words import terms, words
from rag.types import Span, Support

NUMBER_PENALTY = 0.30
NAME_PENALTY = 0.15
POLARITY_PENALTY = 0.35
_NEGATION = re.compile(
    r"\b(not|no|never|none|nobody|nothing|neither|nor|without|cannot|refus\w+|den(?:y|ied|ies)|"
    r"fail(?:s|ed)? to|lacks?|lacked|unable|hardly|barely)\b|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The evidence prepared once for a claim: sentences with the text they belong to."""

    sentences: tuple[tuple[int, Span, frozenset[str]], ...]
    terms: frozenset[str]
    numbers: frozenset[float]


class LexicalVerifier:
    """Scores how much of a claim its evidence says, word for word.

    The score is in [0, 1]: the idf-weighted share of the claim's stemmed content words that occur
    in the evidence, less 0.30 if a number is missing, 0.15 if a capitalised word is, and 0.35 if
    the claim and the sentence it matches disagree in negation. It cannot see a swap of two names
    that both occur, antonyms, or a paraphrase that shares no words.

    Args:
        idf: weight of a term, positive; None weighs all alike.
        threshold: the score from which a claim counts as supported.
    """

    name = "lexical-2"

    def __init__(
        self, idf: Callable[[str], float] | None = None, *, threshold: float = 0.67
    ) -> None:
        self._idf = idf or (lambda term: 1.0)
        self.threshold = threshold

    def verify(self, claim: str, evidence: Sequence[str], *, least: float = 0.0) -> Support:
        """The support of ``claim`` by ``evidence``; score None for a claim without any words, 0
        without evidence."""
        wanted = set(terms(claim))
        if not wanted:
            return Support(score=None)
        prepared = _prepare(evidence)
        total = sum(self._idf(term) for term in wanted)
        lexical = sum(self._idf(t) for t in wanted if t in prepared.terms) / total
        missing_numbers = _missing_numbers(claim, prepared.numbers)
        missing_names = _missing_names(claim, prepared.terms)
        best = self._best_sentence(wanted, prepared)
        conflict = best is not None and _polarity_conflict(
            claim, evidence[best[0]], best[1], best[2]
        )
        score = (
            lexical - NUMBER_PENALTY * bool(missing_numbers) - NAME_PENALTY * bool(missing_names)
        )
        score -= POLARITY_PENALTY * conflict
        signals = {
            "words": lexical,
            "numbers": 0.0 if missing_numbers else 1.0,
            "names": 0.0 if missing_names else 1.0,
            "polarity": 0.0 if conflict else 1.0,
        }
        return Support(
            score=min(1.0, max(0.0, score)),
            signals=signals,
            missing=(*missing_numbers, *missing_names),
            best=best[0] if best else None,
            span=best[1] if best else None,
        )

    def _best_sentence(
        self, wanted: set[str], evidence: _Evidence
    ) -> tuple[int, Span, float] | None:
        """The sentence that holds most of the claim, with its share; None if none holds any."""
        total = sum(self._idf(term) for term in wanted)
        best: tuple[int, Span, float] | None = None
        for index, span, held in evidence.sentences:
            share = sum(self._idf(t) for t in wanted if t in held) / total
            if share > (best[2] if best else 0.0):
                best = (index, span, share)
        return best


def _prepare(evidence: Sequence[str]) -> _Evidence:
    sentences = tuple(
        (index, span, frozenset(w.term for w in words(span.of(text))))
        for index, text in enumerate(evidence)
        for span in sentence_spans(text)
    )
    every = frozenset().union(*(held for _, _, held in sentences)) if sentences else frozenset()
    found = frozenset(value for text in evidence for value in numbers(text))
    return _Evidence(sentences, every, found)


def _missing_numbers(claim: str, held: frozenset[float]) -> list[str]:
    return [surface for value, surface in numbers(claim).items() if value not in held]


def _missing_names(claim: str, held: frozenset[str]) -> list[str]:
    """Capitalised words of the claim (its first word only if it is an acronym) not in ``held``."""
    missing = []
    for position, word in enumerate(words(claim)):
        capitals = sum(c.isupper() for c in word.surface)
        named = capitals > 1 or (capitals and position > 0 and word.surface[0].isupper())
        if named and not word.is_stop and word.term not in held:
            missing.append(word.surface)
    return missing


def _polarity_conflict(claim: str, text: str, span: Span, share: float) -> bool:
    """Whether claim and evidence sentence say nearly the same, one of them negated.

    Only judged when the sentence holds most of the claim: otherwise the negation may belong to
    something else.
    """
    if share < 0.7:
        return False
    return (_NEGATION.search(claim) is None) != (_NEGATION.search(span.of(text)) is None)
