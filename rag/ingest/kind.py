"""What a file is by its first bytes, when that is not what its name says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_HEAD_BYTES = 4096
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE
)
_PAGES = (".html", ".htm", ".xhtml", ".md", ".markdown")
"""Formats in which a page of HTML is at home."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file: how it is called, its suffixes, and what to do with it under another name."""

    name: str
    suffixes: tuple[str, ...]
    advice: str


_PDF = _Kind("a PDF", (".pdf",), "rename it to .pdf")
_DOCX = _Kind("a Word document", (".docx", ".docm"), "rename it to .docx")
_EPUB = _Kind("an EPUB book", (".epub",), "rename it to .epub")
_PAGE = _Kind("an HTML page", _PAGES, "rename it to .html")
_OUT = "take it out of the folder, or name it in .ragignore"
_ARCHIVE = _Kind("a zip archive", (), "unpack it, or take it out of the folder")
_LOCKED = _Kind("a document locked with a password", (), "save it without a password")
_OLD = _Kind("a document of an old Office format", (), "save it as .docx")
_RTF = _Kind("rich text (RTF)", (), "save it as .docx or .txt")
_MARKS: tuple[tuple[bytes, _Kind], ...] = (
    (b"%PDF-", _PDF),
    (b"{\\rtf", _RTF),
    (b"\x89PNG\r\n\x1a\n", _Kind("a PNG image", (), _OUT)),
    (b"\xff\xd8\xff", _Kind("a JPEG image", (), _OUT)),
    (b"II*\0", _Kind("a TIFF image", (), _OUT)),
    (b"MM\0*", _Kind("a TIFF image", (), _OUT)),
    (b"\x1f\x8b\x08", _Kind("a gzip archive", (), "unpack it, or take it out of the folder")),
    (b"7z\xbc\xaf\x27\x1c", _Kind("a 7z archive", (), _ARCHIVE.advice)),
    (b"Rar!\x1a\x07", _Kind("a RAR archive", (), _ARCHIVE.advice)),
    (b"SQLite format 3\0", _Kind("an SQLite database", (), _OUT)),
    (b"\x7fELF", _Kind("a program", (), _OUT)),
    (b"MZ\x90\0", _Kind("a program", (), _OUT)),
)


def wrong_kind(path: PurePath, data: bytes) -> str:
    """What ``data`` is if it plainly is not what ``path`` is named after, and what to do about it:
    ``it is a PDF named .txt: rename it to .pdf``. Empty if it may be what it says."""
    suffix = path.suffix.lower()
    kind = _kind(data)
    if kind is None or suffix in kind.suffixes:
        return ""
    return f"it is {kind.name} named {suffix}: {kind.advice}"


def _kind(data: bytes) -> _Kind | None:
    head = data[:_HEAD_BYTES]
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    if head.startswith(_OFFICE):
        # A locked .docx is an old-style file with the encrypted package inside.
        is_locked = "EncryptedPackage".encode("utf-16-le") in data
        return _LOCKED if is_locked else _OLD
    if head.startswith(_ZIP):
        return _zipped(data)
    return _PAGE if _HTML.match(head) else None


def _zipped(data: bytes) -> _Kind:
    if b"application/epub+zip" in data[:200]:
        return _EPUB
    if b"word/document" in data:
        return _DOCX
    return _EPUB if b"META-INF/container.xml" in data else _ARCHIVE
