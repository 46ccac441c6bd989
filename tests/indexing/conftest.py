"""A folder of small articles and a way to index it with the embedder that needs no weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from index_builders import ARTICLES, Sync, write

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.indexing.sync import SyncReport, sync


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    for name, text in ARTICLES.items():
        write(folder, name, text)
    return folder


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder(64)


@pytest.fixture
def run(articles: Path, index_dir: Path, embedder: HashingEmbedder) -> Sync:
    """``sync`` with what a test does not care about filled in."""

    def call(*roots: Path, **options: Any) -> SyncReport:
        chosen = options.pop("embedder", embedder)
        target = options.pop("target_tokens", 128)
        chunker = SentenceChunker(
            chosen.count_tokens, target_tokens=target, max_tokens=chosen.max_tokens
        )
        return sync(index_dir, roots or [articles], embedder=chosen, chunker=chunker, **options)

    return call
