"""Retrieval by words: the passages that share rare words with the question."""

from __future__ import annotations

import numpy as np

from rag.indexing.corpus import CorpusIndex
from rag.retrieval.hits import Candidate, require_query, to_hits
from rag.types import Hit


class LexicalRetriever:
    """Ranks by BM25, above 0 and without an upper bound.

    Args:
        among: the only chunk keys that may be found, int64; None for all.
    """

    name = "bm25"

    def __init__(self, index: CorpusIndex, *, among: np.ndarray | None = None) -> None:
        self._index = index
        self._among = among

    def retrieve(self, query: str, k: int) -> list[Hit]:
        """At most ``k`` hits, best first, ranks from 1; none if no word of the query occurs.

        Raises:
            UsageError: if the query is empty.
        """
        pairs = self._index.lexical.search(require_query(query), 4 * k, among=self._among)
        candidates = [
            Candidate(key, score, {"bm25": score, "rank_bm25": float(rank)})
            for rank, (key, score) in enumerate(pairs, start=1)
        ]
        return to_hits(self._index, candidates, k, retriever=self.name)
