"""What every LexicalIndex does."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

from rag.indexing.tantivy_index import TantivyIndex, removed_share
from rag.protocols import LexicalIndex
from rag.text.words import terms

TEXTS = {
    11: "The cat sat on the mat, and the cat slept.",
    12: "Dogs chase cats through the garden.",
    13: "Llama 3.1 has 405 billion parameters.",
    14: "A garden of roses.",
}


@pytest.fixture
def index() -> LexicalIndex:
    index = TantivyIndex()
    index.add(list(TEXTS), list(TEXTS.values()))
    return index


def _bm25(query: str, key: int, *, k1: float = 1.2, b: float = 0.75) -> float:
    """Robertson's BM25 with the idf of Lucene, term by term."""
    documents = {k: terms(text) for k, text in TEXTS.items()}
    average = sum(map(len, documents.values())) / len(documents)
    score = 0.0
    for term in terms(query):
        df = sum(term in words for words in documents.values())
        tf = documents[key].count(term)
        idf = math.log(1 + (len(documents) - df + 0.5) / (df + 0.5))
        norm = k1 * (1 - b + b * len(documents[key]) / average)
        score += idf * tf * (k1 + 1) / (tf + norm)
    return score


def test_it_is_a_lexical_index(index: LexicalIndex) -> None:
    assert isinstance(index, LexicalIndex)
    assert len(index) == 4


@pytest.mark.parametrize(
    "query", ["cat garden", "sleeping cats", "How many parameters?", "cat cat"]
)
def test_scores_are_bm25_over_stems(index: LexicalIndex, query: str) -> None:
    expected = {key: _bm25(query, key) for key in TEXTS if _bm25(query, key) > 0}
    found = dict(index.search(query, 10))
    assert found == pytest.approx(expected, rel=1e-4)


def test_the_best_comes_first_and_no_more_than_asked_for(index: LexicalIndex) -> None:
    assert [key for key, _ in index.search("cats", 10)] == [11, 12]
    assert [key for key, _ in index.search("cats", 1)] == [11]
    assert index.search("cats", 0) == []


@pytest.mark.parametrize("query", ["", "the of and", "zebra", "?!", "\x00", "\ud800"])
def test_a_query_without_a_known_word_finds_nothing(index: LexicalIndex, query: str) -> None:
    assert index.search(query, 10) == []


@pytest.mark.parametrize(
    "query", ['"cat', "cat AND (", "text:cat", "cat*~^2", "-cat", "key:11 cat", "cat\x00\n[TO}"]
)
def test_no_sign_in_a_query_is_an_operator(index: LexicalIndex, query: str) -> None:
    assert [key for key, _ in index.search(query, 10)][:1] == [11]


def test_what_is_removed_is_not_found(index: LexicalIndex) -> None:
    index.remove([11, 999])
    assert [key for key, _ in index.search("cat", 10)] == [12]
    assert len(index) == 3


def test_what_is_added_later_is_found(index: LexicalIndex) -> None:
    index.add([15], ["A cat café"])
    assert 15 in dict(index.search("café", 10))
    assert len(index) == 5


def test_equal_scores_come_in_the_order_of_ids() -> None:
    index = TantivyIndex()
    index.add([5, 3, 4], ["same words"] * 3)
    assert [key for key, _ in index.search("words", 10)] == [3, 4, 5]


def test_a_blob_without_blanks_is_no_obstacle(index: LexicalIndex) -> None:
    index.add([16], ["x" * 300_000 + " anchor"])
    assert [key for key, _ in index.search("anchor " + "x" * 300_000, 10)] == [16]


def test_a_query_of_ten_thousand_words_is_answered(index: LexicalIndex) -> None:
    query = " ".join(f"word{n}x" for n in range(10_000)) + " roses"
    assert [key for key, _ in index.search(query, 10)] == [14]


def _drawn_texts(n: int, seed: int) -> list[str]:
    """Texts whose words are as unequally frequent as those of a language."""
    rng = random.Random(seed)
    words = [f"word{number}x" for number in range(400)]
    weights = [1 / (rank + 1) for rank in range(400)]
    return [" ".join(rng.choices(words, weights, k=rng.randint(20, 60))) for _ in range(n)]


@pytest.mark.parametrize("n_among", [3, 700, 2_500])
def test_a_search_among_some_ids_gives_these_their_scores(n_among: int) -> None:
    index = TantivyIndex()
    index.add(range(3_000), _drawn_texts(3_000, seed=1))
    query = "word3x word50x word210x"
    among = np.random.default_rng(0).choice(3_000, n_among, replace=False)
    everywhere = index.search(query, 3_000)
    expected = [pair for pair in everywhere if pair[0] in set(among.tolist())][:20]
    found = index.search(query, 20, among=among)
    assert [key for key, _ in found] == [key for key, _ in expected]
    assert [score for _, score in found] == pytest.approx([s for _, s in expected], rel=1e-5)


def test_a_search_among_no_ids_finds_nothing(index: LexicalIndex) -> None:
    assert index.search("cat", 5, among=np.zeros(0, dtype=np.int64)) == []


def _reciprocal_rank(index: TantivyIndex, query: str, key: int) -> float:
    keys = [found for found, _ in index.search(query, 10)]
    return 1 / (keys.index(key) + 1) if key in keys else 0.0


def test_many_small_updates_rank_as_one_build_does(tmp_path: Path) -> None:
    texts = dict(enumerate(_drawn_texts(1_200, seed=2)))
    grown, fresh = TantivyIndex(tmp_path), TantivyIndex()
    grown.add(range(1_000), [texts[key] for key in range(1_000)])
    # A twentieth of the texts is replaced: the most that is let stand before all is built anew.
    for step in range(10):
        old, new = range(5 * step, 5 * step + 5), range(1_000 + 5 * step, 1_005 + 5 * step)
        grown.update(list(old), [(list(new), [texts[key] for key in new])])
    kept = list(range(50, 1_050))
    fresh.add(kept, [texts[key] for key in kept])
    assert len(grown) == len(fresh) == 1_000
    n_texts, n_removed = removed_share(tmp_path)
    assert (n_texts - n_removed, n_removed > 0) == (1_000, True)
    rng = random.Random(3)
    asked = [(" ".join(rng.sample(texts[key].split(), 6)), key) for key in kept[::5]]
    ranks = [
        (_reciprocal_rank(grown, query, key), _reciprocal_rank(fresh, query, key))
        for query, key in asked
    ]
    assert abs(sum(a - b for a, b in ranks)) / len(ranks) <= 0.005
    assert sum(b for _, b in ranks) / len(ranks) > 0.5
