"""From scored chunk keys to hits: what every retriever does at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import UsageError
from rag.indexing.corpus import CorpusIndex
from rag.retrieval.duplicates import distinct
from rag.types import Hit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk key with its score, higher is better, and the parts the score was made of."""

    key: int
    score: float
    signals: dict[str, float]


def require_query(query: str) -> str:
    """``query`` without blanks around it.

    Raises:
        UsageError: if nothing is left.
    """
    stripped = query.strip()
    if not stripped:
        raise UsageError("the question is empty", hint='rag ask "your question"')
    return stripped


def to_hits(
    index: CorpusIndex, candidates: Sequence[Candidate], k: int, *, retriever: str
) -> list[Hit]:
    """The best ``k`` of ``candidates``, equal scores in the order of chunk ids.

    Of passages that say the same in nearly the same words the best one stands for all.
    """
    chunks = index.chunks([candidate.key for candidate in candidates])
    pairs = sorted(
        zip(candidates, chunks, strict=True), key=lambda pair: (-pair[0].score, pair[1].id)
    )
    kept = distinct([chunk for _, chunk in pairs], k)
    return [
        Hit(chunk, candidate.score, rank, retriever, candidate.signals, found.copies)
        for rank, found in enumerate(kept, 1)
        for candidate, chunk in (pairs[found.place],)
    ]
