"""Retrieval by meaning and by words together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from rag.indexing.corpus import CorpusIndex
from rag.protocols import Embedder
from rag.retrieval.hits import Candidate, require_query, to_hits
from rag.types import Hit

DENSE_WEIGHT = 0.6
_MIN_POOL = 100
_LEXICAL_DEPTH = 10
"""BM25 is looked up this many times deeper than the pool, so that a chunk that the vectors brought
in gets its own BM25 score; one that lies deeper still counts as sharing no word."""
_SEPARATE = 20_000
"""From so many chunks on, words are looked up in a thread of their own while vectors are compared:
both take longer then than handing over does."""


@dataclass(frozen=True, slots=True)
class _Pool:
    """The candidates, by rising key; arrays ``(n,)``, a rank of 0 means that it has none.

    Attributes:
        bm25: 0 for a chunk that shares no word with the query.
        low: the dense score of the chunk of the index that is least like the query.
    """

    keys: np.ndarray
    dense: np.ndarray
    bm25: np.ndarray
    dense_ranks: np.ndarray
    bm25_ranks: np.ndarray
    low: float


class HybridRetriever:
    """Convex fusion: ``w * dense + (1 - w) * bm25``, each scaled to [0, 1].

    Candidates are the best of both retrievers, at least 100 of each, with exact scores. The scales
    are those of the whole index, not of the candidates: the dense one runs from the chunk least
    like the query to the one most like it, BM25's from 0 (no shared word) to its best. Otherwise
    the same weight would favour meaning more, the more chunks there are.

    Signals of a hit: ``dense``, ``bm25`` (as computed), ``dense_norm``, ``bm25_norm`` (scaled),
    ``rank_dense``, ``rank_bm25`` (where it was among the candidates of that retriever; absent if it
    was not).

    Source: Bruch, Gai, Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, 2023: convex
    combination of min-max scaled scores; here with the theoretical minimum for BM25.

    Args:
        dense_weight: w, in [0, 1]; 0.6 was best over six question sets once titles are in.
        among: the only chunk keys that may be found, int64; None for all. The scales stay those of
            the whole index.
        scope: what chose them, in words.
    """

    name = "hybrid"

    def __init__(
        self,
        index: CorpusIndex,
        embedder: Embedder,
        *,
        dense_weight: float = DENSE_WEIGHT,
        among: np.ndarray | None = None,
        scope: str = "",
    ) -> None:
        if not 0.0 <= dense_weight <= 1.0:
            raise ValueError(f"dense_weight must be in [0, 1], not {dense_weight}")
        self._index = index
        self._embedder = embedder
        self._weight = dense_weight
        self._among = among
        self.scope = scope
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="words")

    def retrieve(self, query: str, k: int) -> list[Hit]:
        """At most ``k`` hits, best first, ranks from 1.

        Raises:
            UsageError: if the query is empty.
        """
        query = require_query(query)
        vector = self._embedder.embed_query(query)
        pool = self._pool(query, vector, max(_MIN_POOL, 4 * k))
        if not len(pool.keys):
            return []
        hits = to_hits(self._index, self._fused(pool, 2 * k + 10), k, retriever=self.name)
        if len(hits) == k or len(pool.keys) <= 2 * k + 10:
            return hits
        # The best were mostly copies of each other: what is different lies deeper.
        everything = self._fused(pool, len(pool.keys))
        return to_hits(self._index, everything, k, retriever=self.name)

    def _pool(self, query: str, vector: np.ndarray, n: int) -> _Pool:
        """The ``n`` best by meaning and the ``n`` best by words."""
        near, low, shared, bm25 = self._searched(query, vector, n)
        keys, rows = self._index.vectors.rows(np.concatenate([near, shared[:n]]))
        by_meaning, by_words = _places(keys, near), _places(keys, shared)
        return _Pool(
            keys=keys,
            dense=(rows @ vector).astype(np.float64),
            bm25=np.append(bm25, 0.0)[by_words],
            dense_ranks=by_meaning + 1,
            bm25_ranks=np.where(by_words < n, by_words + 1, 0),
            low=low,
        )

    def _searched(
        self, query: str, vector: np.ndarray, n: int
    ) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
        """Keys by meaning and the lowest score there is; keys by words and their scores."""
        index, among = self._index, self._among
        if len(index.vectors) >= _SEPARATE:
            words = self._thread.submit(
                index.lexical.ranked, query, _LEXICAL_DEPTH * n, among=among
            )
            _, near = index.vectors.search(vector, n, among=among)
            return near, index.vectors.lowest(vector), *words.result()
        _, near = index.vectors.search(vector, n, among=among)
        found = index.lexical.ranked(query, _LEXICAL_DEPTH * n, among=among)
        return near, index.vectors.lowest(vector), *found

    def _fused(self, pool: _Pool, n: int) -> list[Candidate]:
        """The best ``n`` of the pool by the sum; equal sums in the order of keys."""
        low, high = min(pool.low, float(pool.dense.min())), float(pool.dense.max())
        top = float(pool.bm25.max())
        flat = np.ones_like(pool.dense)
        dense = (pool.dense - low) / (high - low) if high > low else flat
        bm25 = pool.bm25 / top if top > 0.0 else 0.0 * flat
        total = self._weight * dense + (1.0 - self._weight) * bm25
        return [
            Candidate(
                int(pool.keys[at]),
                float(total[at]),
                {
                    "dense": float(pool.dense[at]),
                    "dense_norm": float(dense[at]),
                    "bm25_norm": float(bm25[at]),
                    **_present("bm25", pool.bm25[at]),
                    **_present("rank_dense", pool.dense_ranks[at]),
                    **_present("rank_bm25", pool.bm25_ranks[at]),
                },
            )
            for at in np.argsort(-total, kind="stable")[:n]
        ]


def _places(keys: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Where in ``known`` each of ``keys`` stands, int64; -1 where it does not."""
    if not len(known):
        return np.full(len(keys), -1)
    order = np.argsort(known)
    at = order[np.minimum(np.searchsorted(known, keys, sorter=order), len(known) - 1)]
    return np.where(known[at] == keys, at, -1)


def _present(name: str, value: float) -> dict[str, float]:
    return {name: float(value)} if value > 0.0 else {}
