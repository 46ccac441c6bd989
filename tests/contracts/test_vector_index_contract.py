"""What every VectorIndex does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rag.indexing import rows
from rag.indexing.compressed import CompressedIndex, train
from rag.indexing.exact import ExactIndex
from rag.protocols import VectorIndex

DIMENSION = 16

Make = Callable[[np.ndarray, np.ndarray], VectorIndex]


def _vectors(n: int) -> np.ndarray:
    """Unit vectors that float16 can say exactly."""
    drawn = np.random.default_rng(7).standard_normal((n, DIMENSION)).astype(np.float32)
    unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit.astype(np.float16).astype(np.float32)


def _ids(n: int) -> np.ndarray:
    return np.arange(100, 100 + n, dtype=np.int64)


@pytest.fixture(params=["exact", "compressed", "compressed, grown"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """An index of some ids and vectors: of each type, and one that got half of them later."""

    def call(ids: np.ndarray, vectors: np.ndarray) -> VectorIndex:
        if request.param == "exact":
            exact = ExactIndex(DIMENSION)
            exact.add(ids, vectors)
            return exact
        order = np.argsort(ids)
        n_base = len(ids) // 2 if "grown" in request.param else len(ids)
        return _compressed(tmp_path, ids[order], vectors[order], n_base)

    return call


def _compressed(folder: Path, ids: np.ndarray, vectors: np.ndarray, n_base: int) -> CompressedIndex:
    path = folder / "rows"
    digest = rows.write(path, [(ids[:n_base], vectors[:n_base])], dimension=DIMENSION)
    base = rows.RowFile.open(path, dimension=DIMENSION, digest=digest)
    # The scan is trained on other vectors where there are too few.
    if n_base < 1000:
        trained = folder / "trained"
        others = rows.write(trained, [(_ids(1000), _vectors(1000))], dimension=DIMENSION)
        scan = train(
            rows.RowFile.open(trained, dimension=DIMENSION, digest=others), dimension=DIMENSION
        )
        scan.reset()
        if n_base:
            scan.add(vectors[:n_base])
    else:
        scan = train(base, dimension=DIMENSION)
    index = CompressedIndex(scan, base, fetch=_no_fetch, report_damage=_no_damage)
    index.add(ids[n_base:], vectors[n_base:])
    return index


def _no_fetch(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    raise AssertionError(f"asked the store for {keys}")


def _no_damage() -> None:
    raise AssertionError("found a damaged row")


def test_it_is_a_vector_index(make: Make) -> None:
    assert isinstance(make(_ids(5), _vectors(5)), VectorIndex)


def test_search_agrees_with_sorting_every_inner_product(make: Make) -> None:
    vectors = _vectors(200)
    index = make(_ids(200), vectors)
    query = _vectors(201)[-1]
    expected = np.argsort(-(vectors @ query))[:10]
    scores, ids = index.search(query, 10)
    assert ids.tolist() == (expected + 100).tolist()
    np.testing.assert_allclose(scores, (vectors @ query)[expected], atol=1e-5)
    assert scores.dtype == np.float32
    assert ids.dtype == np.int64


def test_of_many_vectors_nearly_all_of_the_nearest_are_found(make: Make) -> None:
    vectors = _vectors(5_050)
    index = make(_ids(5_000), vectors[:5_000])
    found = [
        len(
            set(index.search(query, 10)[1].tolist())
            & set((np.argsort(-(vectors[:5_000] @ query))[:10] + 100).tolist())
        )
        for query in vectors[5_000:]
    ]
    assert np.mean(found) / 10 >= 0.99


def test_no_more_comes_back_than_there_is(make: Make) -> None:
    vectors = _vectors(3)
    index = make(_ids(3), vectors)
    assert len(index.search(vectors[0], 10)[1]) == 3
    assert len(index.search(vectors[0], 0)[1]) == 0


def test_an_empty_index_finds_nothing(make: Make) -> None:
    index = make(_ids(0), _vectors(0))
    scores, ids = index.search(_vectors(1)[0], 5)
    assert (len(scores), len(ids)) == (0, 0)
    assert (len(index), index.lowest(_vectors(1)[0])) == (0, 0.0)
    assert index.rows(_ids(2))[1].shape == (0, DIMENSION)
    assert len(index.search(_vectors(1)[0], 5, among=_ids(2))[1]) == 0


def test_what_is_removed_is_not_found_and_the_rest_keeps_its_ids(make: Make) -> None:
    vectors = _vectors(50)
    index = make(_ids(50), vectors)
    index.remove(np.array([100, 120, 149], dtype=np.int64))
    assert len(index) == 47
    for at in range(50):
        found = index.search(vectors[at], 1)[1][0]
        assert (found == at + 100) == (at not in (0, 20, 49))


def test_what_is_added_later_is_found(make: Make) -> None:
    vectors = _vectors(60)
    index = make(_ids(50), vectors[:50])
    index.add(np.arange(900, 910, dtype=np.int64), vectors[50:])
    assert len(index) == 60
    assert index.search(vectors[55], 1)[1].tolist() == [905]
    index.remove(np.array([905], dtype=np.int64))
    assert index.search(vectors[55], 1)[1].tolist() != [905]
    assert len(index) == 59


def test_removing_what_is_not_there_changes_nothing(make: Make) -> None:
    index = make(_ids(5), _vectors(5))
    index.remove(np.array([7, 8], dtype=np.int64))
    index.remove(np.array([], dtype=np.int64))
    assert len(index) == 5


def test_equal_scores_come_in_the_order_of_ids(make: Make) -> None:
    row = _vectors(1)
    index = make(np.array([9, 3, 6], dtype=np.int64), np.repeat(row, 3, axis=0))
    assert index.search(row[0], 3)[1].tolist() == [3, 6, 9]


def test_rows_are_the_vectors_of_the_ids_that_there_are(make: Make) -> None:
    vectors = _vectors(40)
    index = make(_ids(40), vectors)
    index.remove(np.array([101], dtype=np.int64))
    ids, found = index.rows(np.array([139, 5, 101, 100, 120], dtype=np.int64))
    assert ids.tolist() == [100, 120, 139]
    assert np.array_equal(found, vectors[[0, 20, 39]])
    assert found.dtype == np.float32


def test_the_lowest_score_is_that_of_the_least_alike(make: Make) -> None:
    vectors = _vectors(301)
    index = make(_ids(300), vectors[:300])
    scores = vectors[:300] @ vectors[300]
    assert index.lowest(vectors[300]) == pytest.approx(scores.min(), abs=1e-6)
    index.remove(np.array([100 + int(scores.argmin())], dtype=np.int64))
    assert index.lowest(vectors[300]) == pytest.approx(np.sort(scores)[1], abs=1e-6)


def test_the_lowest_of_many_is_nearly_the_lowest(make: Make) -> None:
    vectors = _vectors(6_001)
    index = make(_ids(6_000), vectors[:6_000])
    scores = np.sort(vectors[:6_000] @ vectors[6_000])
    assert scores[0] - 1e-6 <= index.lowest(vectors[6_000]) <= scores[30]


@pytest.mark.parametrize("n_among", [1, 30, 4_000])
def test_a_search_among_some_ids_finds_the_best_of_these(
    make: Make, n_among: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that the last list is long enough for the scan to be asked.
    monkeypatch.setattr("rag.indexing.compressed._FEW_KEYS", 1_000)
    vectors = _vectors(5_001)
    index = make(_ids(5_000), vectors[:5_000])
    drawn = np.random.default_rng(3).choice(5_000, n_among, replace=False)
    among = np.append(drawn + 100, 999_999)  # one that is not there
    scores = vectors[drawn] @ vectors[5_000]
    expected = drawn[np.argsort(-scores)][:10] + 100
    found, ids = index.search(vectors[5_000], 10, among=among)
    assert len(set(ids.tolist()) & set(expected.tolist())) >= min(10, n_among) - (n_among > 1_000)
    assert set(ids.tolist()) <= set((drawn + 100).tolist())
    assert found.tolist() == sorted(found.tolist(), reverse=True)


def test_a_search_among_no_ids_finds_nothing(make: Make) -> None:
    index = make(_ids(50), _vectors(50))
    assert len(index.search(_vectors(1)[0], 5, among=np.zeros(0, dtype=np.int64))[1]) == 0
