"""What ``rag index`` costs beyond what it cannot do without: ``python -m bench.indexing FOLDER``.

The whole run (walk, read, chunk, embed, store, search structures) against the bare minimum: the
very texts that were embedded, all at once, by the same embedder, and added to a flat FAISS index.
Beside it the same by sentence-transformers, sorted by length, in bfloat16 where the processor has
it, at its best batch size. Models are loaded before. All take turns; given are medians of seconds
and the ratio of the rates (1: nothing is lost). ``--profile`` prints where the time of one whole
run goes instead.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import faiss
import numpy as np

from rag.chunking.embedding_text import embedding_text
from rag.chunking.packer import SentenceChunker
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync
from rag.settings import Settings

BATCH_SIZES = (8, 16, 32, 64)


class Rig:
    """A folder of articles, the loaded embedder and its chunker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.embedder = SentenceTransformerEmbedder()
        self.embedder.embed_documents(["the weights are loaded here"])
        self.chunker = SentenceChunker(
            self.embedder.count_tokens,
            target_tokens=Settings().chunk_tokens,
            max_tokens=self.embedder.max_tokens,
        )

    def whole(self, index: Path) -> tuple[float, int]:
        """Seconds of a first build in ``index``, and how many texts were embedded."""
        started = time.perf_counter()
        report = sync(index, [self.folder], embedder=self.embedder, chunker=self.chunker)
        return time.perf_counter() - started, report.n_embedded

    def texts(self, index: Path) -> list[str]:
        """The different texts that the index embedded, longest first."""
        count, limit = self.embedder.count_tokens, self.embedder.max_tokens
        with CorpusIndex.open(index, embedder_name=self.embedder.name) as opened:
            found = {embedding_text(chunk, count, limit) for chunk in opened.all_chunks()}
        return sorted(found, key=len, reverse=True)

    def bare(self, texts: list[str]) -> float:
        """Seconds of embedding ``texts`` and adding them to a flat index, nothing else."""
        started = time.perf_counter()
        _to_faiss(self.embedder.embed_documents(texts))
        return time.perf_counter() - started

    def by_library(self, texts: list[str], batch_size: int) -> float:
        """The same by sentence-transformers."""
        model, number_format = self.embedder._model, self.embedder._document_format
        started = time.perf_counter()
        with number_format():
            rows = model.encode(texts, batch_size=batch_size, show_progress_bar=False)
        _to_faiss(rows)
        return time.perf_counter() - started


def _to_faiss(rows: np.ndarray) -> None:
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(np.ascontiguousarray(rows, dtype=np.float32))


def main() -> None:
    """Measure and write ``indexing.json`` and ``indexing.md``."""
    options = _options()
    rig = Rig(options.folder)
    with tempfile.TemporaryDirectory() as name:
        if options.profile:
            _profile(rig, Path(name) / "index")
            return
        record = _measured(rig, Path(name), options.rounds)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "indexing.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    (options.out / "indexing.md").write_text(_table(record), "utf-8")
    print(_table(record))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of articles")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("bench/results"))
    parser.add_argument("--profile", action="store_true", help="only say where the time goes")
    return parser.parse_args()


def _measured(rig: Rig, folder: Path, rounds: int) -> dict[str, Any]:
    rig.whole(folder / "first")
    texts = rig.texts(folder / "first")
    rig.bare(texts)
    best = min(BATCH_SIZES, key=lambda size: rig.by_library(texts, size))
    whole, bare, library = [], [], []
    for number in range(rounds):
        seconds, n_embedded = rig.whole(folder / str(number))
        assert n_embedded == len(texts)
        whole.append(seconds)
        bare.append(rig.bare(texts))
        library.append(rig.by_library(texts, best))
    return {
        "schema": "rag.bench.indexing/2",
        "n_texts": len(texts),
        "rounds": rounds,
        "best_batch_size": best,
        "whole_s": whole,
        "bare_s": bare,
        "library_s": library,
        "ratio_of_each_round": [b / w for b, w in zip(bare, whole, strict=True)],
        "library_ratio_of_each_round": [b / w for b, w in zip(library, whole, strict=True)],
    }


def _table(record: dict[str, Any]) -> str:
    n, rounds = record["n_texts"], record["rounds"]
    rows = {
        "the whole of `rag index`": record["whole_s"],
        "embedding alone, and FAISS": record["bare_s"],
        f"the same by sentence-transformers, batches of {record['best_batch_size']}": record[
            "library_s"
        ],
    }
    lines = [
        "# What indexing costs beyond embedding",
        "",
        f"`python -m bench.indexing FOLDER`: {n} different texts, {rounds} rounds in turn, "
        "medians.",
        "",
        "| | seconds | least to most | texts/s | rate of the whole / this |",
        "|---|---|---|---|---|",
    ]
    for name, seconds in rows.items():
        ratio = median(s / w for s, w in zip(seconds, record["whole_s"], strict=True))
        lines.append(
            f"| {name} | {median(seconds):.2f} | {min(seconds):.2f} to {max(seconds):.2f} "
            f"| {n / median(seconds):.1f} | {ratio:.2f} |"
        )
    return "\n".join([*lines, ""])


def _profile(rig: Rig, index: Path) -> None:
    profile = cProfile.Profile()
    profile.runcall(rig.whole, index)
    pstats.Stats(profile).sort_stats("cumulative").print_stats("rag/|encode|tokeniz", 40)


if __name__ == "__main__":
    main()
