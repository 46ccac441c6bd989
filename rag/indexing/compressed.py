"""Nearest neighbours among more vectors than can be compared in full.

Every vector is looked at in a form of half a byte for two dimensions (product quantisation, FAISS
"fast scan"), and the best few hundred are compared again as they are, from the row file. What that
loses are near-ties. What came and went since the two files were written lies in memory: added
vectors are compared in full, removed ones are passed over.

Source: André, Kermarrec, Le Scouarnec, Quicker ADC, 2019, for the scan.
"""

from __future__ import annotations

from collections.abc import Callable

import faiss
import numpy as np

from rag.errors import CorpusIndexError
from rag.indexing.exact import SAMPLE, ExactIndex, best, distinct, evenly, search_one
from rag.indexing.index_type import IndexType, n_parts
from rag.indexing.rows import RowFile

_MIN_CANDIDATES = 200
"""So many, or twice as many as are asked for, are compared again in full."""
_FEW_KEYS = 5_000
"""Among so few all are compared in full, without the scan, in about 10 ms."""
_TRAINING_ROWS = 16_384
"""FAISS itself uses no more than 256 vectors for each of the 16 values of a part."""
_BLOCK = 8_192


def train(rows: RowFile, *, dimension: int) -> faiss.Index:
    """The rows in their short form; the number of a row is its position in the file.

    Raises:
        CorpusIndexError: if a row is not what was written.
    """
    index = faiss.index_factory(
        dimension, f"PQ{n_parts(dimension)}x4fs", faiss.METRIC_INNER_PRODUCT
    )
    sample, sound = rows.rows_at(evenly(np.arange(len(rows)), _TRAINING_ROWS))
    index.train(sample[sound])
    for _, vectors, intact in rows.blocks():
        if not intact.all():
            raise CorpusIndexError("a row of the row file is not what was written")
        index.add(vectors)
    return index


class CompressedIndex:
    """Inner-product search over the vectors of a row file and those added since.

    Args:
        scan: what ``train`` made of ``base``.
        fetch: gives keys and vectors from the store, for rows of the file that are damaged.
        report_damage: called when there is one.
    """

    type = IndexType.COMPRESSED

    def __init__(
        self,
        scan: faiss.Index,
        base: RowFile,
        *,
        fetch: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
        report_damage: Callable[[], None],
    ) -> None:
        self._scan = scan
        self._base = base
        self._alive = np.ones(len(base), dtype=bool)
        self._n_alive = len(base)
        self._added = ExactIndex(scan.d)
        self._fetch = fetch
        self._report_damage = report_damage
        self._sample: ExactIndex | None = None
        self._scope: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    @property
    def keys(self) -> np.ndarray:
        """The ids in use, int64 ``(n,)``, rising."""
        return np.union1d(self._base.keys[self._alive], self._added.keys)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors, float32 ``(n, d)``, under ``ids``, int64 ``(n,)``, never in use before."""
        self._added.add(ids, vectors)
        self._sample = self._scope = None

    def remove(self, ids: np.ndarray) -> None:
        """Take vectors back; ids that are not there are ignored."""
        at, there = self._base.positions(np.asarray(ids, dtype=np.int64))
        self._alive[at[there]] = False
        self._n_alive = int(np.count_nonzero(self._alive))
        self._added.remove(ids)
        self._sample = self._scope = None

    def search(
        self, query: np.ndarray, k: int, *, among: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Inner products float32 ``(m,)``, falling, and ids int64 ``(m,)``; ``m <= k``. Equal
        scores come in the order of ids.

        Args:
            among: the only ids that may be found, int64, not to be changed later; None for all.
        """
        if k < 1:
            return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)
        query = np.ascontiguousarray(query, dtype=np.float32).reshape(-1)
        allowed, added = (self._alive, None) if among is None else self._allowed(among)
        new_scores, new_ids = self._added.search(query, k, among=added)
        positions = self._candidates(query, k, allowed)
        scores = np.concatenate([new_scores, self._scores(query, positions)])
        return best(np.concatenate([new_ids, self._base.keys[positions]]), scores, k)

    def rows(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Those of ``ids`` that there are, int64 ``(m,)``, rising, and their vectors, float32
        ``(m, d)``."""
        ids = distinct(ids)
        at, there = self._base.positions(ids)
        there &= self._alive[at] if len(self._alive) else False
        if not len(self._added):
            return ids[there], self._rows_at(at[there])
        new_ids, new_rows = self._added.rows(ids)
        found = np.concatenate([ids[there], new_ids])
        order = np.argsort(found)
        return found[order], np.vstack([self._rows_at(at[there]), new_rows])[order]

    def lowest(self, query: np.ndarray) -> float:
        """About the inner product of the vector least like ``query``: 4,096 vectors, evenly
        spaced, stand for all."""
        if self._sample is None:
            self._sample = ExactIndex(self._scan.d)
            self._sample.add(*self.rows(evenly(self.keys, SAMPLE)))
        return self._sample.lowest(query)

    def __len__(self) -> int:
        return self._n_alive + len(self._added)

    # -- helpers -------------------------------------------------------------------------------

    def _allowed(self, among: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which rows of the file may be found, bool ``(n,)``, and which added ids, int64; kept for
        the next search, which is mostly among the same ones."""
        if self._scope is not None and self._scope[0] is among:
            return self._scope[1:]
        at, there = self._base.positions(np.asarray(among, dtype=np.int64))
        allowed = np.zeros(len(self._base), dtype=bool)
        allowed[at[there]] = True
        allowed &= self._alive
        self._scope = among, allowed, np.intersect1d(among, self._added.keys)
        return self._scope[1:]

    def _candidates(self, query: np.ndarray, k: int, allowed: np.ndarray) -> np.ndarray:
        """Positions of the rows worth comparing in full."""
        n_allowed = self._n_alive if allowed is self._alive else int(np.count_nonzero(allowed))
        wanted = min(max(_MIN_CANDIDATES, 2 * k), n_allowed)
        is_scope = allowed is not self._alive
        if n_allowed == 0 or (is_scope and n_allowed <= max(_FEW_KEYS, wanted)):
            return np.flatnonzero(allowed)
        depth = wanted * len(self._base) // n_allowed if is_scope else wanted
        while True:
            # A scan finds what it may not give as well, so it goes deeper until that does not
            # matter any more.
            found, _ = search_one(self._scan, query, min(depth, len(self._base)))
            positions: np.ndarray = found[allowed[found]]
            if 2 * len(positions) >= wanted or depth >= len(self._base):
                return positions
            depth *= 4

    def _scores(self, query: np.ndarray, positions: np.ndarray) -> np.ndarray:
        parts = [
            self._rows_at(positions[first : first + _BLOCK]) @ query
            for first in range(0, len(positions), _BLOCK)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)

    def _rows_at(self, positions: np.ndarray) -> np.ndarray:
        """float32 ``(m, d)``."""
        rows, sound = self._base.rows_at(positions)
        if not sound.all():
            self._report_damage()
            broken = np.flatnonzero(~sound)
            keys, vectors = self._fetch(self._base.keys[positions[broken]])
            order = np.argsort(self._base.keys[positions[broken]])
            if len(keys) != len(broken):
                raise CorpusIndexError("the store lacks vectors of its chunks", hint="rag index")
            rows[broken[order]] = vectors
        return rows
