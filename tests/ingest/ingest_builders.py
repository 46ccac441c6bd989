"""Short ways to read bytes and to look at what was read."""

from __future__ import annotations

from pathlib import Path

from rag.ingest.registry import reader_for
from rag.types import BlockKind, Document


def read(data: str | bytes, name: str = "an-article.txt") -> Document:
    """The document that the reader for ``name`` makes of ``data``."""
    reader = reader_for(Path(name))
    assert reader is not None
    raw = data.encode() if isinstance(data, str) else data
    (document,) = reader.read(Path("/articles") / name, raw, document_id=name)
    return document


def headings(document: Document) -> list[str]:
    """The texts of its headings."""
    blocks = (block for block in document.blocks if block.kind is BlockKind.HEADING)
    return [block.span.of(document.text) for block in blocks]


def paragraphs(document: Document) -> list[str]:
    """The texts of its paragraphs."""
    blocks = (block for block in document.blocks if block.kind is BlockKind.PARAGRAPH)
    return [block.span.of(document.text) for block in blocks]
