"""EPUB books: the chapters in reading order, without cover and tables of contents.

The package is XML in a zip archive, read by the EPUB 3.3 specification (W3C, 2023) as far as text
needs it; EPUB 2 differs in where the table of contents lies. Chapters are scanned like web pages.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.errors import InputError
from rag.ingest.composing import as_text_block, composed, place_starts
from rag.ingest.decoding import decode
from rag.ingest.epub_package import Book, Section, open_book
from rag.ingest.front_matter import iso_date
from rag.ingest.headings import bounded_title, readable_name
from rag.ingest.html_scan import TextBlock, scanned_blocks
from rag.ingest.zipped import ZippedFile
from rag.text.terminal import safe
from rag.types import Document, PlaceUnit

_CHARSET = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})[\"']")
_SELF_CLOSED = re.compile(
    r"<(?:script|style|noscript|template|svg|iframe|aside|button|select|title)\b[^<>]*/>",
    re.IGNORECASE,
)
"""In XHTML these are empty; the scanner knows HTML and would look for their end."""
_CONTENTS = ("contents", "table of contents", "inhalt", "inhaltsverzeichnis", "table des matières")


class EpubReader:
    """Reads ``.epub``. A place is the number of a section, an item of the book's spine."""

    suffixes: tuple[str, ...] = (".epub",)

    def read(self, path: Path, data: bytes, *, document_id: str) -> Sequence[Document]:
        """The book in ``data``.

        Raises:
            InputError: if it is not a whole EPUB, or its text is encrypted (DRM).
        """
        archive = ZippedFile(data, name=str(path))
        book = open_book(archive, name=str(path))
        parts, numbers = [], []
        for section in book.sections:
            for block in _section_blocks(archive, section, name=str(path)):
                parts.append(block)
                numbers.append(section.number)
        text, blocks = composed(parts)
        first = next((part.text for part in parts if part.level), "")
        document = Document(
            id=document_id,
            source=safe(str(path)),
            title=safe(bounded_title(book.title or first)) or safe(readable_name(path, text)),
            text=text,
            blocks=blocks,
            sha256=hashlib.sha256(data).hexdigest(),
            date=iso_date(book.date),
            place_starts=place_starts(blocks, numbers),
            unit=PlaceUnit.SECTION,
            meta=_meta(book),
        )
        return (document,)


def _section_blocks(archive: ZippedFile, section: Section, *, name: str) -> Iterator[TextBlock]:
    """The blocks of a section; none if it is damaged beyond reading or a table of contents."""
    if section.entry not in archive:
        return
    data = archive.read(section.entry)
    declared = _CHARSET.match(data)
    try:
        source = decode(
            data, name=name, declared=declared[1].decode("ascii") if declared else ""
        ).text
    except InputError:
        return  # a picture in the spine, or a chapter that is no text
    found = scanned_blocks(_SELF_CLOSED.sub(" ", source))
    if found and found[0].text.casefold() in _CONTENTS:
        return
    yield from _under_label(found, section.label)


def _under_label(found: Sequence[TextBlock], label: str) -> Iterator[TextBlock]:
    """The blocks, below the chapter's name in the table of contents if they have no heading."""
    if found and label and not any(block.level for block in found):
        is_first = found[0].text.casefold() == label.casefold()
        yield as_text_block(found[0].text if is_first else label, 1)
        found = found[1:] if is_first else found
    for block in found:
        yield as_text_block(block.text, block.level)


def _meta(book: Book) -> dict[str, str]:
    told = {"author": book.author, "publisher": book.publisher, "language": book.language}
    return {key: safe(value) for key, value in told.items() if value}
