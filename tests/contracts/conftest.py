"""Every implementation of each seam, once for the whole folder."""

from __future__ import annotations

import pytest

from rag.embedding.hashing import HashingEmbedder
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.protocols import Embedder


@pytest.fixture(scope="session", params=["hashing", "minilm"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return HashingEmbedder() if request.param == "hashing" else SentenceTransformerEmbedder()
