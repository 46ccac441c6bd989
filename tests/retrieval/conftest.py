"""An index of small articles, two of them equal, by the embedder that needs no weights."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync

SUBJECTS = (
    "ships",
    "cats",
    "dogs",
    "roses",
    "trains",
    "bread",
    "bees",
    "coins",
    "bridges",
    "comets",
)


@pytest.fixture(scope="session")
def embedder() -> HashingEmbedder:
    return HashingEmbedder(128)


@pytest.fixture(scope="session")
def index(
    tmp_path_factory: pytest.TempPathFactory, embedder: HashingEmbedder
) -> Iterator[CorpusIndex]:
    folder = tmp_path_factory.mktemp("retrieval")
    articles = folder / "articles"
    articles.mkdir()
    for at, subject in enumerate(SUBJECTS):
        near = SUBJECTS[(at + 1) % len(SUBJECTS)]
        (articles / f"{subject}.txt").write_text(
            f"All about {subject}\n\nPeople have known {subject} for {at + 2} centuries. "
            f"Unlike {near}, they are studied at night.\n"
        )
    for copy in ("copy-1", "copy-2"):
        (articles / f"{copy}.txt").write_text(
            "Tides\n\nTides rise twice  a day\nin most harbours.\n"
        )
    chunker = SentenceChunker(embedder.count_tokens, target_tokens=128, max_tokens=254)
    sync(folder / "index", [articles], embedder=embedder, chunker=chunker)
    with CorpusIndex.open(folder / "index", embedder_name=embedder.name) as opened:
        yield opened
