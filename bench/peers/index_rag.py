"""This program, from its Python side: the same folder, the same embedder, its defaults.

``python -m bench.peers.index_rag FOLDER MODEL OUT``
"""

from __future__ import annotations

import sys
import time

STARTED = time.perf_counter()

from pathlib import Path  # noqa: E402

from bench.peers.measured import report  # noqa: E402
from rag import upkeep  # noqa: E402
from rag.chunking.packer import SentenceChunker  # noqa: E402
from rag.indexing.corpus import CorpusIndex  # noqa: E402
from rag.indexing.sync import sync  # noqa: E402
from rag.settings import Settings  # noqa: E402


def main(folder: str, model: str, out: str) -> None:
    """Index ``folder`` as ``rag index`` does, with a model that is loaded already."""
    settings = Settings(embedder=model)
    embedder = upkeep.open_embedder(settings)
    embedder.embed_documents(["loads the weights"])
    chunker = SentenceChunker(
        embedder.count_tokens,
        target_tokens=settings.chunk_tokens,
        max_tokens=embedder.max_tokens,
    )
    loaded = time.perf_counter()
    sync(Path(out), [Path(folder)], embedder=embedder, chunker=chunker)
    done = time.perf_counter()
    with CorpusIndex.open(Path(out), embedder_name=None) as index:
        chunks = [chunk.text for chunk in index.all_chunks()]
    shift = time.perf_counter() - done
    report(STARTED + shift, loaded + shift, model, chunks)


if __name__ == "__main__":
    main(*sys.argv[1:4])
