"""Passages made of plain text, with real sentence spans."""

from __future__ import annotations

from rag.text.sentences import sentence_spans
from rag.types import Chunk, Passage, Span


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
        lines=(first_line, first_line + text.count("\n")),
    )
    return Passage(label, chunk)
