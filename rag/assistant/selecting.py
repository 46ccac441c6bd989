"""Which of the hits are offered: where the sentences are that answer best, and no more of them than
pays. A model reads every token of its prompt; ranking a few hits more costs it nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest

from rag.assistant.windows import Rankings
from rag.types import Hit, Passage, RankedSentence

POOL = 10
LEAST_SHARE = 0.12
"""With six passages at most, measured by ``bench.packing``: more of the evidence than five hits as
they were found, for a fifth fewer tokens."""


def best_hits(hits: Sequence[Hit], rankings: Rankings, n: int) -> list[Hit]:
    """The ``n`` of ``hits`` that hold the best sentences, best first, the parts of the question in
    turn; those of which no sentence is ranked come last, as they were found."""
    by_id = {hit.chunk.id: hit for hit in hits}
    orders = [list(_best_scores(ranked)) for ranked in rankings]
    turns = (name for row in zip_longest(*orders) for name in row if name in by_id)
    return [by_id[name] for name in dict.fromkeys((*turns, *by_id))][:n]


def worth_reading(
    hits: Sequence[Hit], rankings: Rankings, previous: Sequence[Passage], *, least_share: float
) -> list[Hit]:
    """``hits`` without those whose best sentence is less likely to answer than ``least_share`` of
    the best one's, for every part of the question. What was offered earlier in the conversation
    stays: the model has read it. 0: every hit stays."""
    if not least_share:
        return list(hits)
    kept = {passage.chunk.id for passage in previous}
    for ranked in rankings:
        kept |= _near_best(_best_scores(sentences_of(hits, ranked)), least_share)
    return [hit for hit in hits if hit.chunk.id in kept]


def sentences_of(hits: Collection[Hit], ranked: Sequence[RankedSentence]) -> list[RankedSentence]:
    """Those of ``ranked`` that stand in ``hits``."""
    names = {hit.chunk.id for hit in hits}
    return [sentence for sentence in ranked if sentence.passage.chunk.id in names]


def _best_scores(ranked: Sequence[RankedSentence]) -> dict[str, float]:
    """The best score in each chunk by its id, best first."""
    found: dict[str, float] = {}
    for sentence in sorted(ranked, key=lambda sentence: -sentence.score):
        found.setdefault(sentence.passage.chunk.id, sentence.score)
    return found


def _near_best(scores: dict[str, float], least_share: float) -> set[str]:
    least = least_share * max(scores.values(), default=0.0)
    return {name for name, score in scores.items() if score >= least}
