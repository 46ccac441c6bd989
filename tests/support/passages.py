"""Passages made of plain text, with real sentence spans."""

from __future__ import annotations

from collections.abc import Iterator

from rag.text.sentences import sentence_spans
from rag.types import Chunk, Passage, Span


def line_starts(text: str, first_line: int) -> Iterator[tuple[int, int]]:
    """Where the lines of ``text`` begin, the first being number ``first_line``."""
    yield 0, first_line
    for number, at in enumerate((i for i, c in enumerate(text) if c == "\n"), first_line + 1):
        yield at + 1, number


def passage(
    label: int,
    text: str,
    *,
    title: str = "An article",
    date: str = "",
    start: int = 0,
    first_line: int = 1,
) -> Passage:
    """A passage that lies at ``start`` in its document, its first line being ``first_line``."""
    chunk = Chunk(
        id=f"chunk-{label}",
        document_id=f"article-{label}.md",
        span=Span(start, start + len(text)),
        text=text,
        sentences=tuple(sentence_spans(text)),
        headings=(),
        title=title,
        source=f"/articles/article-{label}.md",
        date=date,
        place_starts=tuple(line_starts(text, first_line)),
    )
    return Passage(label, chunk)
