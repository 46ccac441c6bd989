"""txtai: one question to what ``index_txtai.py`` saved. ``search_txtai.py OUT MODEL QUESTION``."""

from __future__ import annotations

import sys

from txtai import Embeddings


def main(out: str, model: str, question: str) -> None:
    """Print the five best."""
    embeddings = Embeddings()
    embeddings.load(out)
    for hit in embeddings.search(question, 5):
        print(hit["score"], hit["text"][:80])


if __name__ == "__main__":
    main(*sys.argv[1:4])
