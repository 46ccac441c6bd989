"""How much of what a full comparison finds an index finds: measured on the user's own vectors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.indexing.corpus import CorpusIndex
from rag.indexing.index_type import IndexType
from rag.protocols import Embedder

if TYPE_CHECKING:
    from rag.indexing.vector_files import Vectors

_BLOCK = 8_192
_TIMED_QUERIES = 5
_TIE = 1e-5
_RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class RecallReport:
    """What ``check_recall`` found.

    Attributes:
        recall: share, in [0, 1], of the ``k`` best chunks of a full comparison that the index gave.
        low, high: where it lies with 95 % confidence, by resampling the queries.
        index_ms, exact_ms: median time of a query, by the index and by comparing every vector.
    """

    index_type: IndexType
    n_chunks: int
    n_queries: int
    k: int
    recall: float
    low: float
    high: float
    index_ms: float
    exact_ms: float


def check_recall(
    index: CorpusIndex, embedder: Embedder | None = None, *, n_queries: int = 200, k: int = 10
) -> RecallReport | None:
    """Compare the index with a full comparison of every vector; None if it holds no chunk.

    Half of the queries lie among the chunks' vectors: one of these, moved by the difference of two
    others. The other half are single sentences of chunks, embedded as questions are; without
    ``embedder`` they are of the first kind too. The same ones are drawn each time.
    """
    if not len(index.vectors) or min(n_queries, k) < 1:
        return None
    rng = np.random.default_rng(0)
    n_sentences = n_queries // 2 if embedder is not None else 0
    queries = _moved(index.vectors, n_queries - n_sentences, rng)
    if embedder is not None and n_sentences:
        queries = np.vstack([queries, _sentences(index, embedder, n_sentences, rng)])
    return recall_of(index.vectors, queries, k=k)


def recall_of(vectors: Vectors, queries: np.ndarray, *, k: int) -> RecallReport:
    """The recall over ``queries``, float32 ``(n, d)``, n and the number of vectors above 0."""
    lowest, exact_s = _exact(vectors, queries, min(k, len(vectors)))
    shares, times_s = [], []
    for query, limit in zip(queries, lowest, strict=True):
        started = time.perf_counter()
        scores, _ = vectors.search(query, k)
        times_s.append(time.perf_counter() - started)
        # Of equal vectors any will do.
        shares.append(np.count_nonzero(scores >= limit - _TIE) / min(k, len(vectors)))
    drawn = np.random.default_rng(0).choice(shares, (_RESAMPLES, len(shares))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return RecallReport(
        index_type=vectors.type,
        n_chunks=len(vectors),
        n_queries=len(queries),
        k=k,
        recall=float(np.mean(shares)),
        low=float(low),
        high=float(high),
        index_ms=1e3 * float(np.median(times_s)),
        exact_ms=1e3 * exact_s,
    )


def _exact(vectors: Vectors, queries: np.ndarray, k: int) -> tuple[np.ndarray, float]:
    """The ``k``-th best score of each query, and the median seconds of a full comparison."""
    best = np.full((len(queries), k), -np.inf, dtype=np.float32)
    times_s = np.zeros(min(_TIMED_QUERIES, len(queries)))
    for rows in _blocks(vectors):
        for at in range(len(times_s)):
            started = time.perf_counter()
            rows @ queries[at]
            times_s[at] += time.perf_counter() - started
        both = np.hstack([best, queries @ rows.T])
        best = -np.partition(-both, k - 1, axis=1)[:, :k]
    return best.min(axis=1), float(np.median(times_s))


def _blocks(vectors: Vectors) -> Iterator[np.ndarray]:
    keys = vectors.keys
    for first in range(0, len(keys), _BLOCK):
        yield vectors.rows(keys[first : first + _BLOCK])[1]


def _moved(vectors: Vectors, n: int, rng: np.random.Generator) -> np.ndarray:
    """Unit vectors near those of the index but none of them."""
    places, others, more = (_drawn(vectors, n, rng) for _ in range(3))
    rows = places + 0.6 * (others - more)
    unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit


def _drawn(vectors: Vectors, n: int, rng: np.random.Generator) -> np.ndarray:
    keys = rng.choice(vectors.keys, n)
    unique, rows = vectors.rows(keys)
    return rows[np.searchsorted(unique, keys)]


def _sentences(
    index: CorpusIndex, embedder: Embedder, n: int, rng: np.random.Generator
) -> np.ndarray:
    keys = rng.choice(index.vectors.keys, n)
    texts = []
    for chunk in index.chunks(keys.tolist()):
        spans = chunk.sentences
        texts.append(spans[rng.integers(len(spans))].of(chunk.text) if spans else chunk.text)
    return np.vstack([embedder.embed_query(text) for text in texts])
