"""txtai: hybrid index with content, one row a paragraph, as its text segmentation gives.

Runs in an environment of its own: ``index_txtai.py FOLDER MODEL OUT``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

STARTED = time.perf_counter()

from measured import report  # noqa: E402
from txtai import Embeddings  # noqa: E402


def main(folder: str, model: str, out: str) -> None:
    """Index ``folder``: dense and BM25, as txtai recommends for retrieval."""
    embeddings = Embeddings(path=model, hybrid=True, content=True)
    embeddings.transform("loads the weights")
    loaded = time.perf_counter()
    texts = [path.read_text("utf-8") for path in sorted(Path(folder).rglob("*.txt"))]
    rows = [part for text in texts for part in text.split("\n\n") if part.strip()]
    embeddings.index(rows)
    embeddings.save(out)
    report(STARTED, loaded, model, rows)


if __name__ == "__main__":
    main(*sys.argv[1:4])
