"""Haystack: one question to what ``index_haystack.py`` saved.

``search_haystack.py OUT MODEL QUESTION``
"""

from __future__ import annotations

import sys
from pathlib import Path

from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersTextEmbedder,
)


def main(out: str, model: str, question: str) -> None:
    """Print the five best."""
    store = InMemoryDocumentStore.load_from_disk(str(Path(out) / "store.json"))
    embedder = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
    embedder.warm_up()
    vector = embedder.run(text=question)["embedding"]
    for document in InMemoryEmbeddingRetriever(store, top_k=5).run(vector)["documents"]:
        print(document.score, (document.content or "")[:80])


if __name__ == "__main__":
    main(*sys.argv[1:4])
