"""Which hits become passages, and their labels."""

from __future__ import annotations

from rag.assistant.packing import pack
from rag.types import Hit
from tests.support.passages import passage

CHUNKS = [passage(n, f"Text number {n}.").chunk for n in range(1, 8)]


def hits(*numbers: int) -> list[Hit]:
    return [Hit(CHUNKS[n - 1], 1.0 / r, r, "test") for r, n in enumerate(numbers, 1)]


def test_the_first_hits_are_offered_in_order_and_the_rest_is_left_out() -> None:
    passages, left_out = pack(hits(3, 1, 2), 2)
    assert [(p.label, p.chunk.id) for p in passages] == [(1, "chunk-3"), (2, "chunk-1")]
    assert [h.chunk.id for h in left_out] == ["chunk-2"]


def test_passages_of_earlier_turns_keep_their_labels_and_come_first() -> None:
    previous, _ = pack(hits(3, 1), 2)
    passages, _ = pack(hits(5, 1), 2, previous)
    assert [(p.label, p.chunk.id) for p in passages] == [(2, "chunk-1"), (3, "chunk-5")]


def test_no_hit_gives_no_passage() -> None:
    assert pack([], 5) == ([], [])
