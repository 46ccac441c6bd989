"""Haystack: its converter, cleaner and splitter (200 words), its own document store.

Runs in an environment of its own: ``index_haystack.py FOLDER MODEL OUT``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

STARTED = time.perf_counter()

from haystack.components.converters import TextFileToDocument  # noqa: E402
from haystack.components.preprocessors import DocumentCleaner, DocumentSplitter  # noqa: E402
from haystack.document_stores.in_memory import InMemoryDocumentStore  # noqa: E402
from haystack_integrations.components.embedders.sentence_transformers import (  # noqa: E402
    SentenceTransformersDocumentEmbedder,
)
from measured import report  # noqa: E402


def main(folder: str, model: str, out: str) -> None:
    """Index ``folder`` with the components of its indexing tutorial."""
    embedder = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
    embedder.warm_up()
    loaded = time.perf_counter()
    found = TextFileToDocument().run(sources=sorted(Path(folder).rglob("*.txt")))["documents"]
    cleaned = DocumentCleaner().run(documents=found)["documents"]
    splitter = DocumentSplitter(split_by="word", split_length=200, split_overlap=0)
    parts = splitter.run(documents=cleaned)["documents"]
    store = InMemoryDocumentStore()
    store.write_documents(embedder.run(documents=parts)["documents"])
    Path(out).mkdir(parents=True, exist_ok=True)
    store.save_to_disk(str(Path(out) / "store.json"))
    report(STARTED, loaded, model, [part.content for part in parts])


if __name__ == "__main__":
    main(*sys.argv[1:4])
