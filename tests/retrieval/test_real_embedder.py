"""Retrieval on the real MiniLM, FAISS and tantivy: meaning finds what words do not."""

from __future__ import annotations

from pathlib import Path

from rag.chunking.packer import SentenceChunker
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync
from rag.retrieval.hybrid import HybridRetriever

ARTICLES = {
    "pets.txt": "Felines spend most of the day asleep. They wake at dusk in order to hunt.",
    "finance.txt": "The central bank lifted its key rate by half a point to slow inflation.",
    "sea.txt": "The vessel left port with grain for the islands and returned within a week.",
}


def test_a_question_in_other_words_finds_its_article(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    for name, text in ARTICLES.items():
        (articles / name).write_text(text)
    embedder = SentenceTransformerEmbedder()
    chunker = SentenceChunker(
        embedder.count_tokens, target_tokens=128, max_tokens=embedder.max_tokens
    )
    sync(tmp_path / "index", [articles], embedder=embedder, chunker=chunker)
    with CorpusIndex.open(tmp_path / "index", embedder_name=embedder.name) as index:
        retriever = HybridRetriever(index, embedder)
        for question, document in {
            "How long do cats sleep?": "pets.txt",
            "Why did interest increase?": "finance.txt",
            "What did the ship carry?": "sea.txt",
        }.items():
            assert retriever.retrieve(question, 1)[0].chunk.document_id == document
