"""What tests of faults do with an index, in a process of its own: bring it up to date, look at it.

Articles are embedded a few texts at a time by the embedder that needs no weights, and what was
embedded is written down outside the index, as the bill of what was paid for.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from rag.chunking import embedding_text  # noqa: F401  (what jobs need is imported once, here)
from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.errors import CorpusIndexError
from rag.indexing import corpus, embedding, lexical_files, signatures, sync  # noqa: F401
from rag.ingest import glob, html, markdown, plain_text, read  # noqa: F401
from rag.types import as_json
from tests.support.fault_trials import BATCH

_QUERIES = ("ships sail from the harbour", "a dog barks at night", "lighthouses shine", "grain")
_K = 5


def _set(module: ModuleType, name: str, value: float) -> None:
    if not hasattr(module, name):
        raise AttributeError(f"{module.__name__} has no {name} any more")
    setattr(module, name, value)


_set(corpus, "_REPAIR_TIMEOUT_S", 0.05)  # a paused writer will not finish
_set(embedding, "_BATCH", BATCH)  # small articles have to fill several batches


class _Billed(HashingEmbedder):
    """Writes down the texts that it embeds."""

    def __init__(self, bill: Path) -> None:
        super().__init__(64)
        self._bill = bill

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        """As the embedder does."""
        rows = super().embed_documents(texts)
        with self._bill.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(text) + "\n" for text in texts)
        return rows


def bring_up_to_date(
    index: str, articles: str, bill: str, *, rebuild: bool = False, grown: bool = False
) -> dict[str, int]:
    """``sync``, and how many texts it embedded; ``grown``: as if the index were large."""
    if grown:
        _set(lexical_files, "_EXACT_TEXTS", 0)
        _set(lexical_files, "_REMOVED_SHARE", 1.0)
    embedder = _Billed(Path(bill))
    chunker = SentenceChunker(embedder.count_tokens, target_tokens=24, max_tokens=64)
    report = sync.sync(
        Path(index), [Path(articles)], embedder=embedder, chunker=chunker, rebuild=rebuild
    )
    return {"n_embedded": report.n_embedded, "n_chunks": report.n_chunks}


def look(index: str) -> dict[str, Any]:
    """Everything a reader can see of the index; what is said if it cannot be opened."""
    embedder = HashingEmbedder(64)
    try:
        with corpus.CorpusIndex.open(Path(index), embedder_name=embedder.name) as opened:
            return _seen(opened, embedder)
    except CorpusIndexError as exc:
        return {"error": exc.message.replace(index, "INDEX")}


def look_and_go_on(index: str, articles: str, bill: str) -> dict[str, Any]:
    """What a reader sees of a copy of the index; what it sees once ``sync`` has run again on the
    index itself; whether SQLite finds the file sound."""
    copy = f"{index}.copy"
    shutil.rmtree(copy, ignore_errors=True)
    if Path(index).exists():
        shutil.copytree(index, copy)
    before = look(copy)
    report = bring_up_to_date(index, articles, bill)
    connection = sqlite3.connect(Path(index) / "index.sqlite3")
    (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return {"before": before, "after": look(index), "sound": sound, **report}


def _seen(opened: corpus.CorpusIndex, embedder: HashingEmbedder) -> dict[str, Any]:
    chunks = list(opened.all_chunks())
    documents = sorted({chunk.document_id for chunk in chunks})
    texts = [as_json(opened.document(name)) for name in documents]
    return {
        "index_id": opened.index_id,
        "counts": [opened.n_documents, opened.n_chunks, len(opened.vectors), len(opened.lexical)],
        "documents": documents,
        "chunks": len(chunks),
        "content": hashlib.sha256(json.dumps([as_json(chunks), texts]).encode()).hexdigest(),
        "near": [_near(opened, embedder.embed_query(query)) for query in _QUERIES],
        "by_words": [_ids(opened, opened.lexical.search(query, _K)) for query in _QUERIES],
    }


def _near(opened: corpus.CorpusIndex, query: np.ndarray) -> list[list[Any]]:
    scores, keys = opened.vectors.search(query, _K)
    chunks = opened.chunks(keys.tolist())
    # Equal scores come in the order of keys, which differs between two ways to the same state.
    pairs = [[round(float(s), 3), c.id] for s, c in zip(scores, chunks, strict=True) if s > 0.001]
    return sorted(pairs)


def _ids(opened: corpus.CorpusIndex, found: list[tuple[int, float]]) -> list[str]:
    return sorted(chunk.id for chunk in opened.chunks([key for key, _ in found]))
