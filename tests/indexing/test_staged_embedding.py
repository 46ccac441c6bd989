"""Texts are embedded while more articles are read, longest first, and kept batch by batch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from index_builders import Sync, write

from rag.embedding.hashing import HashingEmbedder
from rag.errors import EmbedderError
from rag.indexing import embedding
from rag.indexing.corpus import CorpusIndex
from rag.types import Span


class Watched(HashingEmbedder):
    """Notes in which thread it embeds how much, and fails when told to."""

    def __init__(self, *, fails_at: int = -1) -> None:
        super().__init__(64)
        self.sizes: list[int] = []
        self.threads: set[str] = set()
        self._fails_at = fails_at

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        if len(self.sizes) == self._fails_at:
            raise EmbedderError("the model broke")
        self.sizes.append(len(texts))
        self.threads.add(threading.current_thread().name)
        return super().embed_documents(texts)


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of so many articles that batches are embedded while others are read."""
    monkeypatch.setattr(embedding, "_AHEAD", 8)
    monkeypatch.setattr(embedding, "_BATCH", 4)
    for number in range(60):
        write(tmp_path / "many", f"{number}.txt", f"Town {number}\n\nThere are {number} houses.\n")
    return tmp_path / "many"


def test_every_text_is_embedded_once_and_not_in_the_thread_that_reads(
    run: Sync, many: Path, index_dir: Path
) -> None:
    watched = Watched()
    report = run(many, embedder=watched)
    assert report.n_embedded == sum(watched.sizes) == 60
    assert threading.current_thread().name not in watched.threads
    with CorpusIndex.open(index_dir, embedder_name=watched.name) as index:
        for chunk in list(index.all_chunks())[::7]:
            ((key, _), *_) = index.lexical.search(chunk.text, 1)
            _, rows = index.vectors_of([key])
            expected = watched.embed_documents([f"{chunk.context}\n{chunk.text}"])
            np.testing.assert_allclose(rows, expected, atol=1e-3)


def test_the_vector_of_a_chunk_is_found_by_the_chunk_itself_and_none_for_a_window_of_it(
    run: Sync, many: Path, index_dir: Path
) -> None:
    embedder = HashingEmbedder(64)
    run(many, embedder=embedder)
    with CorpusIndex.open(index_dir, embedder_name=embedder.name) as index:
        chunks = list(index.all_chunks())[::7]
        window = replace(chunks[0], span=Span(chunks[0].span.start, chunks[0].span.end - 1))
        first, *found = index.vectors_of_chunks([window, *reversed(chunks)])
    assert first is None
    expected = embedder.embed_documents([f"{c.context}\n{c.text}" for c in reversed(chunks)])
    np.testing.assert_allclose(np.stack(found), expected, atol=1e-3)


def test_a_model_that_breaks_while_articles_are_read_ends_the_run_and_keeps_what_was_done(
    run: Sync, many: Path
) -> None:
    broken = Watched(fails_at=2)
    with pytest.raises(EmbedderError, match="the model broke"):
        run(many, embedder=broken)
    assert len(broken.sizes) == 2
    again = Watched()
    run(many, embedder=again)
    assert sum(again.sizes) == 60 - sum(broken.sizes)
    assert not [t for t in threading.enumerate() if t.name.startswith("embedding")]
