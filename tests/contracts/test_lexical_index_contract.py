"""What every LexicalIndex does."""

from __future__ import annotations

import math

import pytest

from rag.indexing.tantivy_index import TantivyIndex
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
