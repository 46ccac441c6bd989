"""Vectors and texts of any number, drawn from real ones.

The development sets give some thousand real chunks. Beyond them a vector is a real one moved by the
difference of real neighbours, ``x + 0.9 * (±(p - q) ±(r - s)) / sqrt 2``, renormalised: the noise
has the covariance that real texts have about each other. A text beyond them is made of real
sentences.
Questions are real and never among the chunks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.devsets import load_set
from bench.retrieval import open_index
from rag.protocols import Embedder

SETS = ("xquad_en", "nq_gold", "qamr_wikinews", "chunkeval")
N_QUESTIONS = 300
_NEIGHBOURS = 5
_BLOCK = 10_000


@dataclass(frozen=True)
class Base:
    """What is real: texts and unit vectors float32 ``(n, d)`` of chunks, and of questions."""

    texts: list[str]
    vectors: np.ndarray
    questions: list[str]
    question_vectors: np.ndarray
    sentences: list[str]


def real_base(data: Path, cache: Path, embedder: Embedder) -> Base:
    """The chunks and questions of the development sets in ``data``, embedded once."""
    texts: list[str] = []
    sentences: list[str] = []
    vectors: list[np.ndarray] = []
    questions: list[str] = []
    for name in SETS:
        devset = load_set(data, name)
        questions += [
            query.question.strip() for query in devset.queries[: N_QUESTIONS // len(SETS)]
        ]
        with open_index(devset, cache, embedder) as index:
            keys, rows = index.vectors.rows(index.vectors.keys)
            vectors.append(rows)
            for chunk in index.chunks(keys.tolist()):
                texts.append(chunk.text)
                sentences += [span.of(chunk.text) for span in chunk.sentences]
    kept = cache / "questions.npy"
    if not kept.is_file():
        np.save(kept, np.vstack([embedder.embed_query(question) for question in questions]))
    return Base(texts, np.vstack(vectors), questions, np.load(kept, allow_pickle=False), sentences)


def many_vectors(base: Base, n: int) -> Iterator[np.ndarray]:
    """``n`` unit vectors float32 in blocks: the real ones first."""
    rng = np.random.default_rng(11)
    x = base.vectors
    similar = np.argsort(-(x @ x[:2_000].T), axis=0)[1 : _NEIGHBOURS + 1].T  # (2000, 5)
    yield x[:n]
    for first in range(len(x), n, _BLOCK):
        m = min(_BLOCK, n - first)
        rows = x[rng.integers(len(x), size=m)]
        for _ in range(2):
            one = rng.integers(len(similar), size=m)
            other = similar[one, rng.integers(_NEIGHBOURS, size=m)]
            sign = rng.choice(np.array([-0.9, 0.9], dtype=np.float32), size=(m, 1))
            rows = rows + sign / np.float32(np.sqrt(2)) * (x[one] - x[other])
        yield rows / np.linalg.norm(rows, axis=1, keepdims=True)


def many_texts(base: Base, n: int) -> Iterator[list[str]]:
    """``n`` texts in blocks like those of ``many_vectors``: four to six sentences, spliced."""
    rng = np.random.default_rng(12)
    yield base.texts[:n]
    for first in range(len(base.texts), n, _BLOCK):
        m = min(_BLOCK, n - first)
        picked = rng.integers(len(base.sentences), size=(m, 6))
        counts = rng.integers(4, 7, size=m)
        yield [
            " ".join(base.sentences[at] for at in row[:count])
            for row, count in zip(picked, counts, strict=True)
        ]
