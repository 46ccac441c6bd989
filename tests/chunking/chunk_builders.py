"""Documents and a token counter for the tests of this folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.types import Block, BlockKind, Document, Span

MakeDocument = Callable[..., Document]


def count_words(texts: Sequence[str]) -> list[int]:
    """One token for each word, one for each other sign; long words in pieces of ten letters."""
    found = (re.findall(r"\w{1,10}|[^\w\s]", text) for text in texts)
    return [len(tokens) for tokens in found]


def make_document(*parts: str, title: str = "A title", sep: str = "\n\n") -> Document:
    """A document of paragraphs; a part that begins with ``#`` is a heading of that level."""
    text, blocks = "", []
    for part in parts:
        level = len(part) - len(part.lstrip("#"))
        content = part.lstrip("#").strip() if level else part
        text += sep if text else ""
        kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH
        blocks.append(Block(Span(len(text), len(text) + len(content)), kind, level))
        text += content
    return Document(
        id="a.txt", source="/a.txt", title=title, text=text, blocks=tuple(blocks), sha256="0" * 64
    )
