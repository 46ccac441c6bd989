"""Probes of the verifier itself: what it must accept and what it must reject.

The answers alone do not show a verifier that says yes to everything: an engine that repeats
sentences of the articles hardly needs it. So it is asked about each gold quote beside the passage
that holds it, and about claims that the passage cannot support.
"""

from __future__ import annotations

import re

from rag.evaluation.measures.alce import supports
from rag.evaluation.measures.base import Measure
from rag.evaluation.types import EvalCase, Finding
from rag.protocols import Verifier
from rag.types import Answer, Passage

FOREIGN = "The glass museum of Lisbon opened on a rainy Tuesday in 1957 under Teresa Amaral."
"""A claim that no passage of another subject supports."""
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")


def verifier_accepts(verifier: Verifier | None) -> Measure:
    """``verifier_accepts``: share of gold quotes accepted beside a passage that holds them."""

    def judge(case: EvalCase, answer: Answer) -> Finding | None:
        held = _held(case, answer)
        if verifier is None or not held:
            return None
        bad = [quote for quote, passage in held if not supports(verifier, quote, [passage])]
        return Finding(1 - len(bad) / len(held), "rejected though verbatim: " * bool(bad) + _s(bad))

    return Measure("verifier_accepts", "gold quotes the verifier accepts", _has_gold, judge)


def verifier_rejects(verifier: Verifier | None) -> Measure:
    """``verifier_rejects``: share of claims rejected that such a passage cannot support."""

    def judge(case: EvalCase, answer: Answer) -> Finding | None:
        held = _held(case, answer)
        if verifier is None or not held:
            return None
        pairs = [(claim, p) for quote, p in held for claim in impossible(quote, p.chunk.text)]
        bad = [claim for claim, passage in pairs if supports(verifier, claim, [passage])]
        return Finding(1 - len(bad) / len(pairs), "accepted though false: " * bool(bad) + _s(bad))

    return Measure("verifier_rejects", "impossible claims the verifier rejects", _has_gold, judge)


def impossible(quote: str, passage: str) -> list[str]:
    """Claims that ``passage`` cannot support: a foreign one, and the quote with its first number
    changed to one that the passage does not hold."""
    match = _NUMBER.search(quote)
    if match is None:
        return [FOREIGN]
    digits = re.sub(r"\D", "", match.group())
    other = int(digits) + 13
    while str(other) in passage:
        other += 13
    return [FOREIGN, f"{quote[: match.start()]}{other}{quote[match.end() :]}"]


def _held(case: EvalCase, answer: Answer) -> list[tuple[str, Passage]]:
    """Each gold quote with the first chunk found that holds the whole of it."""
    chunks = [hit.chunk for hit in answer.hits] or [p.chunk for p in answer.passages]
    found = []
    for gold in case.gold:
        chunk = next((c for c in chunks if gold.quote in c.text), None)
        if chunk is not None:
            found.append((gold.quote, Passage(1, chunk)))
    return found


def _has_gold(case: EvalCase) -> bool:
    return bool(case.gold)


def _s(claims: list[str]) -> str:
    return "; ".join(claims)
