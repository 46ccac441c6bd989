"""Word documents: paragraphs, headings, lists, tables and notes in the order of the body.

python-docx opens the package and knows styles and properties. The text is taken from the XML
itself, because python-docx 1.2 passes over tracked insertions and content controls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.ingest.composing import as_text_block, composed, place_starts
from rag.ingest.docx_body import Paragraph, body_blocks
from rag.ingest.docx_package import WordFile, open_word_file
from rag.ingest.front_matter import iso_date
from rag.ingest.headings import bounded_title, is_heading_like, readable_name
from rag.text.terminal import safe
from rag.types import BlockKind, Document, PlaceUnit

_NO_TITLES = ("microsoft word", "document", "dokument", "untitled", "unbenannt", "word document")
"""How titles begin that a program put in, not an author."""


class DocxReader:
    """Reads ``.docx`` and ``.docm``; macros are neither run nor looked at.

    A place is the number of a paragraph that holds text; a table row and a note count as one.
    The date is that of a paragraph in the style "Date": when a file was created says when a
    template was, and no date is better than a wrong one.
    """

    suffixes: tuple[str, ...] = (".docx", ".docm")

    def read(self, path: Path, data: bytes, *, document_id: str) -> Sequence[Document]:
        """The article in ``data``.

        Raises:
            InputError: if it is not a whole Word document.
        """
        word = open_word_file(data, name=str(path))
        found = [paragraph for paragraph in body_blocks(word) if paragraph.text]
        levels = list(_levels(found))
        text, blocks = composed(
            [as_text_block(part.text, level) for part, level in zip(found, levels, strict=True)]
        )
        opening = next((b.span.of(text) for b in blocks if b.kind is BlockKind.PARAGRAPH), "")
        document = Document(
            id=document_id,
            source=safe(str(path)),
            title=_title(found, levels, word) or safe(readable_name(path, opening)),
            text=text,
            blocks=blocks,
            sha256=hashlib.sha256(data).hexdigest(),
            date=next((iso_date(part.text) for part in found if part.style == "date"), ""),
            place_starts=place_starts(blocks, range(1, len(blocks) + 1)),
            unit=PlaceUnit.PARAGRAPH,
            meta={"author": safe(word.author)} if word.author else {},
        )
        return (document,)


def _levels(found: Sequence[Paragraph]) -> Iterator[int]:
    """The heading level of each paragraph; short bold lines above text count as headings too."""
    for at, part in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        is_above_text = following is not None and not following.level and not following.is_bold
        if not part.level and part.is_bold and is_above_text and is_heading_like(part.text):
            yield 2
        else:
            yield part.level


def _title(found: Sequence[Paragraph], levels: Sequence[int], word: WordFile) -> str:
    """What the reader sees as the title, then what the properties say, then the first heading."""
    told = next((part.text for part in found if part.style == "title"), "")
    if not told and not word.title.casefold().startswith(_NO_TITLES):
        told = word.title
    headings = (part.text for part, level in zip(found, levels, strict=True) if level)
    return safe(bounded_title(told or next(headings, "")))
