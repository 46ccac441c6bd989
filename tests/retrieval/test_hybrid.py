"""Fusion: the sum it says it is, over the candidates it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync
from rag.retrieval.dense import DenseRetriever
from rag.retrieval.hybrid import HybridRetriever
from rag.retrieval.lexical import LexicalRetriever
from rag.types import Hit

QUERY = "How many centuries have people known bees unlike coins?"


def _slow_fusion(
    index: CorpusIndex, embedder: HashingEmbedder, weight: float
) -> Iterator[tuple[float, str]]:
    """Score and chunk id of every chunk, from the scores of all chunks."""
    vector = embedder.embed_query(QUERY)
    bm25 = {index.chunks([key])[0].id: score for key, score in index.lexical.search(QUERY, 999)}
    _, keys = index.vectors.search(vector, 999)
    cosine = {}
    for key in keys.tolist():
        _, rows = index.vectors_of([key])
        cosine[index.chunks([key])[0].id] = float(rows[0] @ vector)
    low, high, top = min(cosine.values()), max(cosine.values()), max(bm25.values())
    for chunk_id, score in cosine.items():
        dense = (score - low) / (high - low)
        yield weight * dense + (1 - weight) * bm25.get(chunk_id, 0.0) / top, chunk_id


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.6, 1.0])
def test_scores_are_the_convex_sum(
    index: CorpusIndex, embedder: HashingEmbedder, weight: float
) -> None:
    hits = HybridRetriever(index, embedder, dense_weight=weight).retrieve(QUERY, 8)
    expected = {chunk_id: score for score, chunk_id in _slow_fusion(index, embedder, weight)}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert hit.score == pytest.approx(expected[hit.chunk.id], abs=1e-5)
    assert hits[0].score == pytest.approx(max(expected.values()), abs=1e-5)
    assert "bees" in hits[0].chunk.text


def test_signals_explain_the_score(index: CorpusIndex, embedder: HashingEmbedder) -> None:
    for hit in HybridRetriever(index, embedder).retrieve(QUERY, 8):
        signals = hit.signals
        assert hit.score == pytest.approx(0.6 * signals["dense_norm"] + 0.4 * signals["bm25_norm"])
        assert 0.0 <= signals["dense_norm"] <= 1.0
        assert 0.0 <= signals["bm25_norm"] <= 1.0
        assert signals["rank_dense"] >= 1.0
        assert ("rank_bm25" in signals) == ("bm25" in signals) == (signals["bm25_norm"] > 0)


def test_a_query_whose_words_occur_nowhere_is_ranked_by_meaning_alone(
    index: CorpusIndex, embedder: HashingEmbedder
) -> None:
    hits = HybridRetriever(index, embedder).retrieve("zebra of the", 3)
    assert len(hits) == 3
    assert all("bm25" not in hit.signals and hit.signals["bm25_norm"] == 0.0 for hit in hits)


def test_the_title_is_found_though_it_is_not_in_the_text(
    index: CorpusIndex, embedder: HashingEmbedder
) -> None:
    first = HybridRetriever(index, embedder).retrieve("All about tides", 1)[0].chunk
    assert first.title == "Tides"
    assert "About" not in first.text


def test_the_same_question_gives_the_same_hits(
    index: CorpusIndex, embedder: HashingEmbedder
) -> None:
    retriever = HybridRetriever(index, embedder)
    assert retriever.retrieve("night", 9) == retriever.retrieve("night", 9)


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_outside_0_and_1_is_refused(
    index: CorpusIndex, embedder: HashingEmbedder, weight: float
) -> None:
    with pytest.raises(ValueError, match="dense_weight"):
        HybridRetriever(index, embedder, dense_weight=weight)


def _all(index: CorpusIndex, embedder: HashingEmbedder) -> list[list[Hit]]:
    return [
        retriever.retrieve("tides in harbours", 14)
        for retriever in (
            DenseRetriever(index, embedder),
            LexicalRetriever(index),
            HybridRetriever(index, embedder),
        )
    ]


def test_equal_passages_are_given_once(index: CorpusIndex, embedder: HashingEmbedder) -> None:
    for hits in _all(index, embedder):
        assert sum(hit.chunk.title == "Tides" for hit in hits) == 1
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_the_first_chunk_id_stands_for_equal_passages(
    index: CorpusIndex, embedder: HashingEmbedder
) -> None:
    ids = sorted(chunk.id for chunk in index.all_chunks() if chunk.title == "Tides")
    assert len(ids) == 2
    for hits in _all(index, embedder):
        assert next(hit.chunk.id for hit in hits if hit.chunk.title == "Tides") == ids[0]


def test_the_weight_does_not_depend_on_how_many_chunks_are_candidates(tmp_path: Path) -> None:
    # 300 articles, more than are candidates; those least like the question share no word with it.
    articles = tmp_path / "articles"
    articles.mkdir()
    for n in range(300):
        about = "bees and coins" if n < 5 else "bees" if n < 200 else "glaciers"
        (articles / f"{n}.txt").write_text(f"Word{n}x is near word{n + 1}x and {about}.\n")
    embedder = HashingEmbedder(4096)  # so large that no two words collide
    chunker = SentenceChunker(embedder.count_tokens)
    sync(tmp_path / "index", [articles], embedder=embedder, chunker=chunker)
    with CorpusIndex.open(tmp_path / "index", embedder_name=embedder.name) as index:
        hits = HybridRetriever(index, embedder).retrieve(QUERY, 20)
        expected = {chunk_id: score for score, chunk_id in _slow_fusion(index, embedder, 0.6)}
    assert [h.score for h in hits] == pytest.approx([expected[h.chunk.id] for h in hits], abs=1e-5)


def _fused_one_by_one(
    index: CorpusIndex, embedder: HashingEmbedder, query: str
) -> dict[str, tuple[float, dict[str, float]]]:
    """Score and signals of every candidate, in the plainest way, by chunk id."""
    vector = embedder.embed_query(query)
    _, near = index.vectors.search(vector, 100)
    shared = index.lexical.search(query, 1000)
    bm25, top_keys = dict(shared), [key for key, _ in shared[:100]]
    keys, rows = index.vectors_of(sorted({*near.tolist(), *top_keys}))
    dense = dict(zip(keys.tolist(), (rows @ vector).tolist(), strict=True))
    opposite, _ = index.vectors.search(-vector, 1)
    low, high = min(-float(opposite[0]), *dense.values()), max(dense.values())
    top = max(bm25.get(key, 0.0) for key in dense)
    found = {}
    for key, score in dense.items():
        signals = {"dense": score, "dense_norm": (score - low) / (high - low)}
        signals["bm25_norm"] = bm25.get(key, 0.0) / top
        total = 0.6 * signals["dense_norm"] + (1.0 - 0.6) * signals["bm25_norm"]
        if key in bm25:
            signals["bm25"] = bm25[key]
        if key in near:
            signals["rank_dense"] = near.tolist().index(key) + 1.0
        if key in top_keys:
            signals["rank_bm25"] = top_keys.index(key) + 1.0
        found[index.chunks([key])[0].id] = total, signals
    return found


@pytest.mark.parametrize("query", [QUERY, "tides", "night ships and glaciers"])
def test_of_a_small_index_every_bit_is_what_fusing_one_by_one_gives(
    index: CorpusIndex, embedder: HashingEmbedder, query: str
) -> None:
    expected = _fused_one_by_one(index, embedder, query)
    hits = HybridRetriever(index, embedder).retrieve(query, 8)
    assert [(h.score, h.signals) for h in hits] == [expected[h.chunk.id] for h in hits]


def test_a_search_among_some_chunks_gives_only_these(
    index: CorpusIndex, embedder: HashingEmbedder
) -> None:
    among = np.array([key for key, _ in index.lexical.search("night", 99)][2:5])
    wanted = {chunk.id for chunk in index.chunks(among.tolist())}
    for retriever in (
        DenseRetriever(index, embedder, among=among),
        LexicalRetriever(index, among=among),
        HybridRetriever(index, embedder, among=among),
    ):
        hits = retriever.retrieve("night", 9)
        assert {hit.chunk.id for hit in hits} == wanted


def test_a_search_among_no_chunk_finds_none(index: CorpusIndex, embedder: HashingEmbedder) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert HybridRetriever(index, embedder, among=nothing).retrieve("night", 9) == []
