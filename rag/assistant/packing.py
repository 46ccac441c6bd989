"""Under which labels chunks are offered, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Chunk, Passage


def pack(chunks: Sequence[Chunk], previous: Sequence[Passage] = ()) -> list[Passage]:
    """``chunks`` as passages.

    What was offered earlier in the conversation keeps its label and comes first, in the order of
    ``previous``: an engine that keeps its prompt's state then has nothing to read again. New
    passages get the labels that follow the highest one in use. Another window of the same chunk is
    a new passage, and so is a chunk of which anything else is new: its article's title or date, the
    folder it lies in.
    """
    offered = set(chunks)
    known = {p.chunk: p for p in reversed(previous) if p.chunk in offered}
    passages = [p for p in previous if known.get(p.chunk) is p]
    label = max((passage.label for passage in previous), default=0)
    for chunk in chunks:
        if chunk not in known:
            label += 1
            passages.append(Passage(label, chunk))
    return passages
