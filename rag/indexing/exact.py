"""Exact nearest neighbours: every vector is compared, by FAISS, in memory."""

from __future__ import annotations

import faiss
import numpy as np

from rag.indexing.index_type import IndexType

_FACTORY = "IDMap2,Flat"
SAMPLE = 4_096
"""So many vectors stand for all when the score least like a query is looked for: 0.2 ms."""


class ExactIndex:
    """Inner-product search over float32 vectors under the store's chunk keys.

    Args:
        dimension: length of a vector.
    """

    type = IndexType.EXACT

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._index = faiss.index_factory(dimension, _FACTORY, faiss.METRIC_INNER_PRODUCT)
        self._keys: np.ndarray | None = None
        self._sample: ExactIndex | None = None

    @property
    def keys(self) -> np.ndarray:
        """The ids in use, int64 ``(n,)``, rising."""
        if self._keys is None:
            self._keys = np.sort(faiss.vector_to_array(self._index.id_map))  # type: ignore[attr-defined]
        return self._keys

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors, float32 ``(n, d)``, under ``ids``, int64 ``(n,)``, not yet in use."""
        if len(ids):
            self._index.add_with_ids(
                np.ascontiguousarray(vectors, dtype=np.float32),
                np.ascontiguousarray(ids, dtype=np.int64),
            )
            self._keys = self._sample = None

    def remove(self, ids: np.ndarray) -> None:
        """Take vectors back; ids that are not there are ignored."""
        if len(ids):
            self._index.remove_ids(_selector(ids))
            self._keys = self._sample = None

    def search(
        self, query: np.ndarray, k: int, *, among: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Inner products float32 ``(m,)``, falling, and ids int64 ``(m,)``; ``m <= k``. Equal
        scores come in the order of ids.

        Args:
            among: the only ids that may be found, int64; None for all.
        """
        k = min(k, len(self) if among is None else len(among))
        if k < 1 or not len(self):
            return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)
        chosen = None if among is None else _only(among)
        return best(*search_one(self._index, query, k, chosen), k)

    def rows(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Those of ``ids`` that there are, int64 ``(m,)``, rising, and their vectors, float32
        ``(m, d)``."""
        ids = distinct(ids)
        at = np.minimum(np.searchsorted(self.keys, ids), len(self) - 1)
        there = ids[self.keys[at] == ids] if len(self) else ids[:0]
        if not len(there):
            return there, np.zeros((0, self._dimension), dtype=np.float32)
        return there, self._index.reconstruct_batch(there)

    def lowest(self, query: np.ndarray) -> float:
        """The inner product of the vector least like ``query``, 0 if there is none. Beyond 4,096
        vectors so many, evenly spaced, stand for all."""
        if len(self) > SAMPLE:
            return self._sampled().lowest(query)
        scores, _ = self.search(-query, 1)
        return -float(scores[0]) if len(scores) else 0.0

    def _sampled(self) -> ExactIndex:
        if self._sample is None:
            self._sample = ExactIndex(self._dimension)
            self._sample.add(*self.rows(evenly(self.keys, SAMPLE)))
        return self._sample

    def __len__(self) -> int:
        return int(self._index.ntotal)


def search_one(
    index: faiss.Index, query: np.ndarray, k: int, params: faiss.SearchParameters | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Ids int64 and scores float32, ``(m,)``, of at most ``k`` vectors for one query.

    By one thread: FAISS scans for one query with one anyway, and waking the others costs more than
    the scan, milliseconds where other programs keep the cores busy (faiss 1.15.1).
    """
    n_threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        row = np.ascontiguousarray(query, dtype=np.float32).reshape(1, index.d)
        scores, ids = index.search(row, k, params=params)
    finally:
        faiss.omp_set_num_threads(n_threads)
    found = ids[0] >= 0
    return ids[0][found], scores[0][found]


def distinct(ids: np.ndarray) -> np.ndarray:
    """The ids, int64, rising, each once. ``np.unique`` would import numpy.ma first: 6 ms."""
    ids = np.sort(ids).astype(np.int64)
    return ids[np.diff(ids, prepend=ids[:1] - 1) > 0]


def evenly(values: np.ndarray, n: int) -> np.ndarray:
    """At most ``n`` of ``values``, evenly spaced: the same ones each time."""
    if len(values) <= n:
        return values
    return values[np.linspace(0, len(values) - 1, n).astype(np.int64)]


def best(ids: np.ndarray, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` highest scores, falling, and their ids; equal scores in the order of ids."""
    order = np.lexsort((ids, -scores))[:k]
    return scores[order], ids[order]


def _only(ids: np.ndarray) -> faiss.SearchParameters:
    return faiss.SearchParameters(sel=_selector(ids))  # type: ignore[call-arg]


def _selector(ids: np.ndarray) -> faiss.IDSelector:
    return faiss.IDSelectorBatch(np.ascontiguousarray(ids, dtype=np.int64))
