"""What every Retriever does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.errors import UsageError
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync
from rag.protocols import Retriever
from rag.retrieval.dense import DenseRetriever
from rag.retrieval.hybrid import HybridRetriever
from rag.retrieval.lexical import LexicalRetriever

_MAKERS: dict[str, Callable[[CorpusIndex, HashingEmbedder], Retriever]] = {
    "dense": DenseRetriever,
    "bm25": lambda index, _: LexicalRetriever(index),
    "hybrid": HybridRetriever,
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CorpusIndex]:
    folder = tmp_path_factory.mktemp("contract")
    (folder / "articles").mkdir()
    for n, words in enumerate(("ships and harbours", "cats and mice", "ships and storms", "bread")):
        (folder / "articles" / f"{n}.txt").write_text(f"This one is about {words}.\n")
    embedder = HashingEmbedder()
    chunker = SentenceChunker(embedder.count_tokens)
    sync(folder / "index", [folder / "articles"], embedder=embedder, chunker=chunker)
    with CorpusIndex.open(folder / "index", embedder_name=embedder.name) as opened:
        yield opened


@pytest.fixture(params=list(_MAKERS))
def retriever(request: pytest.FixtureRequest, index: CorpusIndex) -> Retriever:
    return _MAKERS[request.param](index, HashingEmbedder())


def test_it_is_a_retriever(retriever: Retriever) -> None:
    assert isinstance(retriever, Retriever)
    assert retriever.name in _MAKERS


def test_hits_are_ranked_from_1_by_falling_score(retriever: Retriever) -> None:
    hits = retriever.retrieve("storms and ships", 3)
    assert hits[0].chunk.document_id == "2.txt"
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.retriever == retriever.name for hit in hits)


def test_no_more_than_k_hits_and_no_chunk_twice(retriever: Retriever) -> None:
    assert len(retriever.retrieve("ships", 1)) == 1
    hits = retriever.retrieve("ships", 100)
    assert len({hit.chunk.id for hit in hits}) == len(hits) <= 4


@pytest.mark.parametrize("query", ["", " \n\t"])
def test_an_empty_question_is_a_usage_error(retriever: Retriever, query: str) -> None:
    with pytest.raises(UsageError, match="question is empty"):
        retriever.retrieve(query, 5)


@pytest.mark.parametrize("query", ["?", "the", "\x00\x1b[31m", "ships " * 5000, "\ud800 ships"])
def test_a_strange_question_is_no_error(retriever: Retriever, query: str) -> None:
    assert isinstance(retriever.retrieve(query, 5), list)
