"""Retrieval by meaning and by words together."""

from __future__ import annotations

from collections.abc import Mapping

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
    """

    name = "hybrid"

    def __init__(
        self, index: CorpusIndex, embedder: Embedder, *, dense_weight: float = DENSE_WEIGHT
    ) -> None:
        if not 0.0 <= dense_weight <= 1.0:
            raise ValueError(f"dense_weight must be in [0, 1], not {dense_weight}")
        self._index = index
        self._embedder = embedder
        self._weight = dense_weight

    def retrieve(self, query: str, k: int) -> list[Hit]:
        """At most ``k`` hits, best first, ranks from 1.

        Raises:
            UsageError: if the query is empty.
        """
        query = require_query(query)
        pool = max(_MIN_POOL, 4 * k)
        vector = self._embedder.embed_query(query)
        _, near = self._index.vectors.search(vector, pool)
        shared = self._index.lexical.search(query, _LEXICAL_DEPTH * pool)
        dense_ranks = {int(key): rank for rank, key in enumerate(near, start=1)}
        bm25_ranks = {key: rank for rank, (key, _) in enumerate(shared[:pool], start=1)}
        dense = self._dense_scores(vector, sorted(dense_ranks.keys() | bm25_ranks.keys()))
        fused = self._fuse(dense, dict(shared), low=self._lowest(vector))
        candidates = [
            Candidate(key, score, signals | _ranks(key, dense_ranks, bm25_ranks))
            for key, score, signals in fused
        ]
        best = sorted(candidates, key=lambda c: -c.score)[: 2 * k + 10]
        return to_hits(self._index, best, k, retriever=self.name)

    def _lowest(self, vector: np.ndarray) -> float:
        """The dense score of the chunk that is least like the query."""
        scores, _ = self._index.vectors.search(-vector, 1)
        return -float(scores[0]) if len(scores) else 0.0

    def _dense_scores(self, vector: np.ndarray, keys: list[int]) -> dict[int, float]:
        found, rows = self._index.vectors_of(keys)
        return dict(zip(found.tolist(), (rows @ vector).tolist(), strict=True))

    def _fuse(
        self, dense: Mapping[int, float], bm25: Mapping[int, float], *, low: float
    ) -> list[tuple[int, float, dict[str, float]]]:
        if not dense:
            return []
        low, high = min(low, *dense.values()), max(dense.values())
        top = max((bm25.get(key, 0.0) for key in dense), default=0.0)
        fused = []
        for key, score in dense.items():
            dense_norm = (score - low) / (high - low) if high > low else 1.0
            bm25_norm = bm25.get(key, 0.0) / top if top > 0.0 else 0.0
            total = self._weight * dense_norm + (1.0 - self._weight) * bm25_norm
            signals = {"dense": score, "dense_norm": dense_norm, "bm25_norm": bm25_norm}
            if key in bm25:
                signals["bm25"] = bm25[key]
            fused.append((key, total, signals))
        return fused


def _ranks(
    key: int, dense_ranks: Mapping[int, int], bm25_ranks: Mapping[int, int]
) -> dict[str, float]:
    ranks = {}
    if key in dense_ranks:
        ranks["rank_dense"] = float(dense_ranks[key])
    if key in bm25_ranks:
        ranks["rank_bm25"] = float(bm25_ranks[key])
    return ranks
