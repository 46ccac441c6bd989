"""Word documents and books, made for a test."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import docx
from docx.document import Document as WordDocument

from rag.ingest.zipped import ZippedFile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these entries, in order, packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def saved(document: WordDocument) -> bytes:
    """The bytes of a Word document."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word_of(body: str, **parts: str | bytes) -> bytes:
    """A Word document whose body is the XML ``body``; ``parts`` replace other entries."""
    archive = ZippedFile(saved(docx.Document()), name="template")
    entries: dict[str, str | bytes] = {name: archive.read(name) for name in archive.names}
    entries["word/document.xml"] = (
        f'<w:document xmlns:w="{W}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'math" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<w:body>{body}</w:body></w:document>"
    )
    entries.update(parts)
    return zipped(entries)


def paragraph(text: str, *, style: str = "", run: str = "") -> str:
    """The XML of a paragraph; ``run`` are properties of its run."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}<w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
METADATA = (
    "<dc:title>A Book of Llamas</dc:title><dc:creator>An Author</dc:creator>"
    "<dc:date>2023-07-18</dc:date><dc:language>en</dc:language>"
)


def book_of(
    chapters: Mapping[str, str],
    *,
    metadata: str = METADATA,
    guide: str = "",
    nav: str = "",
    extra: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """An EPUB whose spine has the chapters (XHTML bodies by file name) in order."""
    items = "".join(
        f'<item id="i{at}" href="{name}" media-type="application/xhtml+xml"/>'
        for at, name in enumerate(chapters)
    )
    if nav:
        items += (
            '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        )
    spine = "".join(f'<itemref idref="i{at}"/>' for at in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' version="3.0"><metadata>{metadata}</metadata><manifest>{items}</manifest>'
        f"<spine>{spine}</spine><guide>{guide}</guide></package>"
    )
    pages = {f"OEBPS/{name}": page_of(body) for name, body in chapters.items()}
    if nav:
        pages["OEBPS/nav.xhtml"] = page_of(f"<nav>{nav}</nav>")
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package,
            **pages,
            **(extra or {}),
        }
    )


def page_of(body: str) -> str:
    """A whole XHTML page."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head>'
        f"<body>{body}</body></html>"
    )
