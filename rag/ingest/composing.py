"""A text made of blocks: what readers build whose files are not text themselves."""

from __future__ import annotations

from collections.abc import Sequence

from rag.ingest.headings import MAX_TITLE_CHARS
from rag.ingest.html_scan import TextBlock
from rag.types import Block, BlockKind, Span

_BETWEEN = "\n\n"


def composed(parts: Sequence[TextBlock]) -> tuple[str, tuple[Block, ...]]:
    """The parts in order with a blank line between them, and where each lies; none give ``""``."""
    blocks, start = [], 0
    for part in parts:
        kind = BlockKind.HEADING if part.level else BlockKind.PARAGRAPH
        blocks.append(Block(Span(start, start + len(part.text)), kind, part.level))
        start += len(part.text) + len(_BETWEEN)
    return _BETWEEN.join(part.text for part in parts), tuple(blocks)


def place_starts(blocks: Sequence[Block], numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """``Document.place_starts`` for blocks that stand at the places ``numbers``, in order."""
    found: list[tuple[int, int]] = []
    for block, number in zip(blocks, numbers, strict=True):
        if not found or found[-1][1] != number:
            found.append((block.span.start, number))
    return tuple(found) or ((0, 1),)


def as_text_block(text: str, level: int) -> TextBlock:
    """A heading of that level, or a paragraph if ``text`` is far too long for a heading."""
    return TextBlock(text, level if len(text) <= MAX_TITLE_CHARS else 0)
