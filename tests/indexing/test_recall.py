"""The figure that ``rag index --check-recall`` gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from index_builders import Sync

from rag.embedding.hashing import HashingEmbedder
from rag.indexing.corpus import CorpusIndex
from rag.indexing.exact import ExactIndex
from rag.indexing.index_type import IndexType
from rag.indexing.recall import check_recall, recall_of


class _Forgetful(ExactIndex):
    """Never finds the best one."""

    def search(
        self, query: np.ndarray, k: int, *, among: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        scores, ids = super().search(query, k + 1, among=among)
        return scores[1:], ids[1:]


def _filled(index: ExactIndex, n: int) -> ExactIndex:
    rows = np.random.default_rng(1).standard_normal((n, 8)).astype(np.float32)
    index.add(np.arange(n), rows / np.linalg.norm(rows, axis=1, keepdims=True))
    return index


def test_an_exact_index_misses_nothing() -> None:
    queries = np.random.default_rng(2).standard_normal((20, 8)).astype(np.float32)
    report = recall_of(_filled(ExactIndex(8), 9_000), queries, k=10)
    assert (report.recall, report.low, report.high) == (1.0, 1.0, 1.0)
    assert (report.index_type, report.n_chunks, report.n_queries) == (IndexType.EXACT, 9_000, 20)
    assert report.index_ms > 0.0
    assert report.exact_ms > 0.0


def test_what_is_missed_lowers_the_recall() -> None:
    queries = np.random.default_rng(2).standard_normal((20, 8)).astype(np.float32)
    report = recall_of(_filled(_Forgetful(8), 300), queries, k=10)
    assert report.recall == pytest.approx(0.9)
    assert report.low <= report.recall <= report.high


def test_of_equal_vectors_any_will_do() -> None:
    index = ExactIndex(4)
    index.add(np.arange(30), np.repeat(np.eye(4, dtype=np.float32)[:1], 30, axis=0))
    assert recall_of(index, np.eye(4, dtype=np.float32)[:2], k=3).recall == 1.0


def test_the_user_s_own_index_is_checked(
    run: Sync, index_dir: Path, embedder: HashingEmbedder
) -> None:
    run()
    with CorpusIndex.open(index_dir, embedder_name=embedder.name) as index:
        report = check_recall(index, embedder, n_queries=6)
        assert report is not None
        assert (report.recall, report.n_chunks, report.n_queries, report.k) == (1.0, 3, 6, 10)
        again = check_recall(index, n_queries=6)
        assert again is not None
        assert again.recall == 1.0
        assert check_recall(index, n_queries=0) is None
