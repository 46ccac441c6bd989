"""What every VectorIndex does."""

from __future__ import annotations

import numpy as np

from rag.indexing.faiss_index import FaissIndex
from rag.protocols import VectorIndex

DIMENSION = 16


def _vectors(n: int) -> np.ndarray:
    rows = np.random.default_rng(7).standard_normal((n, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _index(n: int, *, first_id: int = 100) -> tuple[VectorIndex, np.ndarray]:
    index, rows = FaissIndex(DIMENSION), _vectors(n)
    index.add(np.arange(first_id, first_id + n, dtype=np.int64), rows)
    return index, rows


def test_it_is_a_vector_index() -> None:
    assert isinstance(FaissIndex(DIMENSION), VectorIndex)


def test_search_agrees_with_sorting_every_inner_product() -> None:
    index, rows = _index(200)
    query = _vectors(201)[-1]
    expected = np.argsort(-(rows @ query))[:10]
    scores, ids = index.search(query, 10)
    assert ids.tolist() == (expected + 100).tolist()
    np.testing.assert_allclose(scores, (rows @ query)[expected], atol=1e-5)
    assert scores.dtype == np.float32
    assert ids.dtype == np.int64


def test_no_more_comes_back_than_there_is() -> None:
    index, rows = _index(3)
    assert len(index.search(rows[0], 10)[1]) == 3
    assert len(index.search(rows[0], 0)[1]) == 0


def test_an_empty_index_finds_nothing() -> None:
    scores, ids = FaissIndex(DIMENSION).search(_vectors(1)[0], 5)
    assert (len(scores), len(ids)) == (0, 0)


def test_what_is_removed_is_not_found_and_the_rest_keeps_its_ids() -> None:
    index, rows = _index(50)
    index.remove(np.array([100, 120, 149], dtype=np.int64))
    assert len(index) == 47
    for at in range(50):
        found = index.search(rows[at], 1)[1][0]
        assert (found == at + 100) == (at not in (0, 20, 49))


def test_removing_what_is_not_there_changes_nothing() -> None:
    index, _ = _index(5)
    index.remove(np.array([7, 8], dtype=np.int64))
    index.remove(np.array([], dtype=np.int64))
    assert len(index) == 5


def test_equal_scores_come_in_the_order_of_ids() -> None:
    index = FaissIndex(DIMENSION)
    row = _vectors(1)
    index.add(np.array([9, 3, 6], dtype=np.int64), np.repeat(row, 3, axis=0))
    assert index.search(row[0], 3)[1].tolist() == [3, 6, 9]
