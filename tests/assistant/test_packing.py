"""Which labels passages get, and their order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.assistant.packing import pack
from rag.types import Chunk, Passage, Span
from tests.support.passages import passage

CHUNKS = [passage(n, f"Text number {n}.").chunk for n in range(1, 8)]


def chunks(*numbers: int) -> list[Chunk]:
    return [CHUNKS[n - 1] for n in numbers]


def shown(passages: list[Passage]) -> list[tuple[int, str]]:
    return [(p.label, p.chunk.id) for p in passages]


def test_first_passages_are_numbered_in_order() -> None:
    assert shown(pack(chunks(3, 1))) == [(1, "chunk-3"), (2, "chunk-1")]


def test_passages_of_earlier_turns_keep_their_labels_and_come_first() -> None:
    previous = pack(chunks(3, 1))
    assert shown(pack(chunks(5, 1), previous)) == [(2, "chunk-1"), (3, "chunk-5")]


def test_hits_in_another_order_give_the_same_passages() -> None:
    previous = pack(chunks(3, 1, 2))
    assert pack(chunks(2, 3, 1), previous) == previous


def test_passages_stand_as_they_stood_in_the_last_prompt() -> None:
    first = pack(chunks(1, 2, 3))
    second = pack(chunks(4, 1), first)
    previous = [*second, *(p for p in first if p not in second)]  # as a conversation tells them
    third = pack(chunks(3, 4, 1, 5), previous)
    assert shown(third) == [(1, "chunk-1"), (4, "chunk-4"), (3, "chunk-3"), (5, "chunk-5")]


def test_another_window_of_a_chunk_is_a_new_passage() -> None:
    previous = pack(chunks(1))
    other = replace(CHUNKS[0], span=Span(5, 9), text="numb")
    assert shown(pack([other], previous)) == [(2, "chunk-1")]


@pytest.mark.parametrize("new", [{"date": "2025"}, {"title": "T"}, {"source": "/other/a.md"}])
def test_a_chunk_of_which_anything_is_new_is_a_new_passage(new: dict[str, str]) -> None:
    previous = pack(chunks(1, 2))
    now = replace(CHUNKS[0], **new)
    assert pack([now, *chunks(2)], previous) == [previous[1], Passage(3, now)]


def test_no_chunk_gives_no_passage() -> None:
    assert pack([]) == []
