"""Retrieval by meaning: the passages whose vectors lie nearest to the question's."""

from __future__ import annotations

import numpy as np

from rag.indexing.corpus import CorpusIndex
from rag.protocols import Embedder
from rag.retrieval.hits import Candidate, require_query, to_hits
from rag.types import Hit


class DenseRetriever:
    """Ranks by inner product of unit vectors (cosine), in [-1, 1].

    Args:
        among: the only chunk keys that may be found, int64; None for all.
    """

    name = "dense"

    def __init__(
        self, index: CorpusIndex, embedder: Embedder, *, among: np.ndarray | None = None
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._among = among

    def retrieve(self, query: str, k: int) -> list[Hit]:
        """At most ``k`` hits, best first, ranks from 1.

        Raises:
            UsageError: if the query is empty.
        """
        scores, keys = self._index.vectors.search(
            self._embedder.embed_query(require_query(query)), 4 * k, among=self._among
        )
        candidates = [
            Candidate(int(key), float(score), {"dense": float(score), "rank_dense": float(rank)})
            for rank, (key, score) in enumerate(zip(keys, scores, strict=True), start=1)
        ]
        return to_hits(self._index, candidates, k, retriever=self.name)
