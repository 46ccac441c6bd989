"""Which hits become passages, and under which labels."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from rag.types import Hit, Passage


def pack(
    hits: Sequence[Hit], n_passages: int, previous: Sequence[Passage] = ()
) -> tuple[list[Passage], list[Hit]]:
    """The first ``n_passages`` hits as passages, and the hits that were left out.

    A chunk that was offered earlier in the conversation keeps its label, and such passages come
    first in the order of their labels: an engine that keeps its prompt's state then has nothing to
    read again. New passages get the labels that follow the highest one in use.
    """
    known = {passage.chunk.id: passage.label for passage in previous}
    taken, left_out = list(hits[:n_passages]), list(hits[n_passages:])
    kept = sorted(((known[h.chunk.id], h) for h in taken if h.chunk.id in known), key=itemgetter(0))
    passages = [Passage(label, hit.chunk) for label, hit in kept]
    label = max(known.values(), default=0)
    for hit in taken:
        if hit.chunk.id not in known:
            label += 1
            passages.append(Passage(label, hit.chunk))
    return passages, left_out
