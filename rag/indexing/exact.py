"""Exact nearest neighbours: every vector is compared, in memory."""

from __future__ import annotations

import numpy as np

from rag.indexing.index_type import IndexType

SAMPLE = 4_096
"""So many vectors stand for all when the score least like a query is looked for: 0.2 ms."""


class ExactIndex:
    """Inner-product search over float32 vectors under the store's chunk keys.

    Args:
        dimension: length of a vector.
    """

    type = IndexType.EXACT

    def __init__(self, dimension: int) -> None:
        self._keys = np.zeros(0, dtype=np.int64)
        self._vectors = np.zeros((0, dimension), dtype=np.float32)
        self._added: list[tuple[np.ndarray, np.ndarray]] = []
        self._sample: ExactIndex | None = None

    @property
    def keys(self) -> np.ndarray:
        """The ids in use, int64 ``(n,)``, rising."""
        return self._table()[0]

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors, float32 ``(n, d)``, under ``ids``, int64 ``(n,)``, not yet in use. They are
        kept, not copied."""
        if len(ids):
            self._added.append((np.asarray(ids, np.int64), np.asarray(vectors, np.float32)))
            self._sample = None

    def remove(self, ids: np.ndarray) -> None:
        """Take vectors back; ids that are not there are ignored."""
        if len(ids):
            keys, vectors = self._table()
            stays = ~np.isin(keys, ids)
            self._keys, self._vectors, self._sample = keys[stays], vectors[stays], None

    def search(
        self, query: np.ndarray, k: int, *, among: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Inner products float32 ``(m,)``, falling, and ids int64 ``(m,)``; ``m <= k``. Equal
        scores come in the order of ids.

        Args:
            among: the only ids that may be found, int64; None for all.
        """
        ids, vectors = self._table() if among is None else self.rows(among)
        return best(ids, _products(vectors, query), k)

    def rows(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Those of ``ids`` that there are, int64 ``(m,)``, rising, and their vectors, float32
        ``(m, d)``."""
        keys, vectors = self._table()
        ids = np.unique(np.asarray(ids, dtype=np.int64))
        at = np.searchsorted(keys, ids)
        at = at[at < len(keys)]
        at = at[keys[at] == ids[: len(at)]]
        return keys[at], vectors[at]

    def lowest(self, query: np.ndarray) -> float:
        """The inner product of the vector least like ``query``, 0 if there is none. Beyond 4,096
        vectors so many, evenly spaced, stand for all."""
        if len(self) > SAMPLE:
            return self._sampled().lowest(query)
        return float(_products(self._table()[1], query).min()) if len(self) else 0.0

    def _sampled(self) -> ExactIndex:
        if self._sample is None:
            self._sample = ExactIndex(self._vectors.shape[1])
            self._sample.add(*self.rows(evenly(self.keys, SAMPLE)))
        return self._sample

    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """Ids, rising, and their vectors, with what was added."""
        if self._added:
            all_ids, all_rows = zip((self._keys, self._vectors), *self._added, strict=True)
            ids, rows = np.concatenate(all_ids), np.concatenate(all_rows)
            if not (ids[1:] > ids[:-1]).all():
                order = np.argsort(ids)
                ids, rows = ids[order], rows[order]
            self._keys, self._vectors, self._added = ids, rows, []
        return self._keys, self._vectors

    def __len__(self) -> int:
        return len(self._keys) + sum(len(ids) for ids, _ in self._added)


def _products(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Not by BLAS, which gives equal rows scores that differ in the last bit, and wakes threads
    for it."""
    products: np.ndarray = np.einsum("ij,j->i", vectors, np.asarray(query, dtype=np.float32))
    return products


def evenly(values: np.ndarray, n: int) -> np.ndarray:
    """At most ``n`` of ``values``, evenly spaced: the same ones each time."""
    if len(values) <= n:
        return values
    return values[np.linspace(0, len(values) - 1, n).astype(np.int64)]


def best(ids: np.ndarray, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` highest scores, falling, and their ids; equal scores in the order of ids."""
    if 0 < k < len(scores):
        high = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
        ids, scores = ids[high], scores[high]
    order = np.lexsort((ids, -scores))[: max(k, 0)]
    return scores[order], ids[order]
