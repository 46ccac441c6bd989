"""How long it takes to rank the sentences of what was found, before anything is written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from rag.assistant.selecting import POOL
from rag.indexing.corpus import CorpusIndex
from rag.protocols import Embedder
from rag.retrieval.evidence import SentenceRanker
from rag.types import Hit, Passage
from rag.wiring import N_PASSAGES

MOST_QUESTIONS = 60
N_HITS = {"prompted": POOL, "extractive": N_PASSAGES["extractive"]}
"""How many hits are ranked for an engine that is prompted (it gets the best of them), and for the
one that is not."""


@dataclass(frozen=True)
class Ranking:
    """The sentences of the first ``n_hits`` of a question, ranked: medians, and a tail."""

    set: str
    engine: str
    n_hits: int
    n_sentences: float
    p50_ms: float
    p90_ms: float


def rankings(
    name: str, index: CorpusIndex, embedder: Embedder, asked: Sequence[tuple[str, Sequence[Hit]]]
) -> list[Ranking]:
    """For the questions ``asked``, at most ``MOST_QUESTIONS`` of them from all over the set, with
    what was found; each with a ranker that has seen nothing, as in a new process."""
    some = asked[:: max(1, len(asked) // MOST_QUESTIONS)][:MOST_QUESTIONS]
    made = partial(
        SentenceRanker,
        embedder,
        index.document_frequency,
        index.n_chunks,
        stored=index.vectors_of_chunks,
    )
    made().rank(some[0][0], _passages(some[0][1]))  # the first is slower: files come into memory
    return [_ranking(name, engine, n, made, some) for engine, n in N_HITS.items()]


def _ranking(
    name: str,
    engine: str,
    n: int,
    made: partial[SentenceRanker],
    asked: Sequence[tuple[str, Sequence[Hit]]],
) -> Ranking:
    times_ms, n_sentences = [], []
    for question, hits in asked:
        ranker, passages = made(), _passages(hits[:n])
        started = time.perf_counter()
        n_sentences.append(len(ranker.rank(question, passages)))
        times_ms.append(1e3 * (time.perf_counter() - started))
    p50, p90 = np.quantile(times_ms, (0.5, 0.9))
    return Ranking(name, engine, n, float(np.median(n_sentences)), float(p50), float(p90))


def _passages(hits: Sequence[Hit]) -> list[Passage]:
    return [Passage(label, hit.chunk) for label, hit in enumerate(hits, 1)]


def table(found: Sequence[Ranking]) -> str:
    """As a Markdown table."""
    lines = [
        "| set | engine | hits | sentences (p50) | ranked in ms (p50) | (p90) |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.set} | {r.engine} | {r.n_hits} | {r.n_sentences:.0f} | {r.p50_ms:.0f} "
        f"| {r.p90_ms:.0f} |"
        for r in found
    ]
    return "\n".join(lines) + "\n"
