"""A scripted answer and the passages it is about."""

from __future__ import annotations

from rag.types import Chunk, Passage, Span

FIRST = "Llama 3 comes in two sizes [1]."
WRONG = "It was released in May 2024 [1]."
RIGHT = "It was released in April 2024 [2]."
LAST = "Its licence is not open source [1]."


def passage(label: int, text: str, *, title: str = "Llama 3", date: str = "2024-04-18") -> Passage:
    """A passage of an article that consists of it."""
    chunk = Chunk(
        id=f"c{label}",
        document_id=f"d{label}.md",
        span=Span(0, len(text)),
        text=text,
        sentences=(Span(0, len(text)),),
        headings=(),
        title=title,
        source=f"/articles/d{label}.md",
        date=date,
    )
    return Passage(label, chunk)


PASSAGES = (
    passage(1, "Llama 3 comes in two sizes. Its licence is not open source."),
    passage(2, "It was released in April 2024."),
)
