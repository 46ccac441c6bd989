"""Copies of one story in a real index do not keep other articles out of the hits."""

from __future__ import annotations

from pathlib import Path

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync
from rag.retrieval.dense import DenseRetriever
from rag.retrieval.hybrid import HybridRetriever
from rag.retrieval.lexical import LexicalRetriever

STORY = (
    "The lighthouse keeper saw the storm come over the bay and lit the lamp early. "
    "Nobody in the harbour was hurt, and the boats came home before the rain began."
)


def test_forty_copies_of_a_story_give_one_hit_and_the_others_their_places(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    for number in range(40):
        edited = STORY.replace("came home", ("returned", "came home", "sailed back")[number % 3])
        (articles / f"copy-{number:02}.txt").write_text(f"Storm\n\n{edited}\n")
    for name in ("boats", "lamps", "bays"):
        (articles / f"{name}.txt").write_text(f"On {name}\n\nA storm is a danger to {name}.\n")
    embedder = HashingEmbedder(128)
    chunker = SentenceChunker(embedder.count_tokens, target_tokens=128, max_tokens=254)
    sync(tmp_path / "index", [articles], embedder=embedder, chunker=chunker)
    question = "What did the lighthouse keeper see in the storm over the bay?"
    with CorpusIndex.open(tmp_path / "index", embedder_name=embedder.name) as index:
        hits = HybridRetriever(index, embedder).retrieve(question, 4)
        assert {Path(hit.chunk.document_id).stem for hit in hits[1:]} == {"boats", "lamps", "bays"}
        assert [hit.rank for hit in hits] == [1, 2, 3, 4]
        assert hits[0].chunk.document_id not in hits[0].copies
        assert len(hits[0].copies) == 39
        for other in (DenseRetriever(index, embedder), LexicalRetriever(index)):
            found = other.retrieve(question, 4)
            assert sum(hit.chunk.title == "Storm" for hit in found) == 1
