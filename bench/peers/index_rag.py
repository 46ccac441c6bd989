"""This program, from its Python side: the same folder, the same embedder, its defaults.

``python -m bench.peers.index_rag FOLDER MODEL OUT``
"""

from __future__ import annotations

import sys
import time

STARTED = time.perf_counter()

from pathlib import Path  # noqa: E402

from bench.peers.measured import report  # noqa: E402
from rag import wiring  # noqa: E402
from rag.indexing.corpus import CorpusIndex  # noqa: E402
from rag.settings import Settings  # noqa: E402


def main(folder: str, model: str, out: str) -> None:
    """Index ``folder`` as ``rag index`` does."""
    settings = Settings(embedder=model, index_dir=out, articles=(folder,))
    wiring.open_embedder(settings).embed_query("loads the weights")
    loaded = time.perf_counter()
    wiring.sync_index(settings)
    done = time.perf_counter()
    with CorpusIndex.open(Path(out), embedder_name=None) as index:
        chunks = [chunk.text for chunk in index.all_chunks()]
    shift = time.perf_counter() - done
    report(STARTED + shift, loaded + shift, model, chunks)


if __name__ == "__main__":
    main(*sys.argv[1:4])
