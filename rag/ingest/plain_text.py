"""Plain text: paragraphs by their lines, headings by their looks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from rag.ingest.decoding import decode
from rag.ingest.headings import heading_flags, readable_name
from rag.ingest.layout import line_spans, line_starts, paragraphs
from rag.ingest.residue import residue_flags
from rag.text.terminal import safe
from rag.types import Block, BlockKind, Document, Span


class PlainTextReader:
    """Reads ``.txt``. The document's text is the decoded file, unchanged."""

    suffixes: tuple[str, ...] = (".txt", ".text")

    def read(self, path: Path, data: bytes, *, document_id: str) -> Sequence[Document]:
        """The article in ``data``. A title-like first line is the title, else the file's name.

        Raises:
            InputError: if the bytes are not text.
        """
        decoded = decode(data, name=str(path))
        text = decoded.text
        lines = line_spans(text)
        blocks = text_blocks(text, lines)
        document = Document(
            id=document_id,
            source=safe(str(path)),
            title=_title(text, blocks, path),
            text=text,
            blocks=blocks,
            sha256=hashlib.sha256(data).hexdigest(),
            place_starts=line_starts(lines),
            meta=decoded.meta,
        )
        return (document,)


def text_blocks(text: str, lines: Sequence[Span]) -> tuple[Block, ...]:
    """The paragraphs and headings of a text without markup, web residue left out."""
    spans = paragraphs(text, lines)
    residue = residue_flags([span.of(text) for span in spans])
    spans = [span for span, is_residue in zip(spans, residue, strict=True) if not is_residue]
    flags = heading_flags([span.of(text) for span in spans])
    blocks = []
    for at, (span, is_heading) in enumerate(zip(spans, flags, strict=True)):
        level = 1 if at == 0 else 2
        blocks.append(Block(span, BlockKind.HEADING, level) if is_heading else Block(span))
    return tuple(blocks)


def _title(text: str, blocks: tuple[Block, ...], path: Path) -> str:
    # Only a first line is a title: a heading further down names a part, not the article.
    if blocks and blocks[0].kind is BlockKind.HEADING:
        return safe(blocks[0].span.of(text))
    return safe(readable_name(path, blocks[0].span.of(text) if blocks else ""))
