"""Measures one index in a process of its own: ``python -m bench.scale_probe INDEX CACHE``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.indexing.corpus import CorpusIndex
from rag.indexing.index_type import IndexType
from rag.indexing.recall import recall_of
from rag.retrieval.hybrid import HybridRetriever

K = 10
POOL = 100
_MB = 1024 / 1e6


class _Known:
    """An embedder that knows the vectors of the questions beforehand."""

    name = "known"
    max_tokens = 256

    def __init__(self, questions: list[str], vectors: np.ndarray) -> None:
        self._vectors = dict(zip(questions, vectors, strict=True))
        self.dimension = vectors.shape[1]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [0] * len(texts)

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._vectors[text] for text in texts])

    def embed_query(self, text: str) -> np.ndarray:
        vector: np.ndarray = self._vectors[text]
        return vector


def main() -> None:
    """Print one line of JSON."""
    folder, cache = Path(sys.argv[1]), Path(sys.argv[2])
    before = _memory()
    started = time.perf_counter()
    with CorpusIndex.open(folder, embedder_name=None) as index:
        measured: dict[str, float] = {"open_s": time.perf_counter() - started}
        if "--open-only" not in sys.argv:
            measured |= _searched(index, cache, before)
    print(json.dumps(measured))


def _searched(index: CorpusIndex, cache: Path, before: dict[str, float]) -> dict[str, float]:
    questions = json.loads((cache / "questions.json").read_text())
    vectors = np.load(cache / "questions.npy", allow_pickle=False)
    retriever = HybridRetriever(index, _Known(questions, vectors))
    started = time.perf_counter()
    retriever.retrieve(questions[0], K)
    measured = {
        "first_ms": 1e3 * (time.perf_counter() - started),
        "compressed": float(index.vectors.type is IndexType.COMPRESSED),
    }
    pairs = list(zip(questions, vectors, strict=True))
    for name, call in (
        ("dense", lambda _, v: index.vectors.search(v, POOL)),
        ("lexical", lambda q, _: index.lexical.ranked(q, 10 * POOL)),
        ("fused", lambda q, v: retriever._fused(retriever._pool(q, v, POOL), 3 * K)),
        ("hybrid", lambda q, _: retriever.retrieve(q, K)),
    ):
        measured |= _timed(name, call, pairs)
    after = _memory()
    measured |= {f"{name}_mb": after[name] - before[name] for name in ("own", "mapped")}
    measured["peak_mb"] = after["peak"]
    found = recall_of(index.vectors, vectors, k=K)
    return measured | {
        "recall": found.recall,
        "recall_low": found.low,
        "recall_high": found.high,
        "full_ms": found.exact_ms,
    }


def _timed(
    name: str, call: Callable[[str, np.ndarray], object], pairs: list[tuple[str, np.ndarray]]
) -> dict[str, float]:
    times_ms = []
    for question, vector in pairs:
        started = time.perf_counter()
        call(question, vector)
        times_ms.append(1e3 * (time.perf_counter() - started))
    p50, p99 = np.quantile(times_ms, (0.5, 0.99))
    return {f"{name}_p50_ms": float(p50), f"{name}_p99_ms": float(p99)}


def _memory() -> dict[str, float]:
    """Megabytes of this process: its own (anonymous), those of mapped files, and the most of both
    together so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {
        "own": int(fields["RssAnon"].split()[0]) * _MB,
        "mapped": int(fields["RssFile"].split()[0]) * _MB,
        "peak": int(fields["VmHWM"].split()[0]) * _MB,
    }


if __name__ == "__main__":
    main()
