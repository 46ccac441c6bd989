"""PDF: its text in reading order, page by page.

A PDF gives no date: ``/CreationDate`` is when the file was made, which for a printed, converted or
scanned article may be years after it was written, and a wrong date is worse than none where
articles differ.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import InputError
from rag.ingest.headings import bounded_title, readable_name
from rag.ingest.isolated import IsolatedParsers, shared_parsers
from rag.text.terminal import safe
from rag.types import Block, BlockKind, Document, PlaceUnit, Span

_PARSER = "rag.ingest.pdf_parse:parse"
_HEAD = b"%PDF-"
_HEAD_BYTES = 1024
_TAIL_BYTES = 8192
_END = re.compile(rb"startxref\s+\d")
_NO_TITLE = re.compile(
    r"(?i)\(?(?:untitled|unknown|no title|document|slide|layout|microsoft|powerpoint|print|scan"
    r"|title|pii:|doi:|arxiv:)\b.{0,40}|.*\.(?:docx?|pdf|tex|dvi|indd|qxd|rtf|odt|pptx?|xlsx?"
    r"|html?|p65|eps|ps|fm|md|txt)|\S*[\d_/\\]\S*|\W*"
)
_OPENING_CHARS = 6000
_MIN_SHARED_WORDS = 0.6
_MAX_NAMED_PAGES = 8


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    level: int
    starts: list[tuple[int, int]]


class PdfReader:
    """Reads ``.pdf`` in a child process.

    Args:
        parsers: where the parser runs; the program's own child if None.
    """

    suffixes: tuple[str, ...] = (".pdf",)

    def __init__(self, parsers: IsolatedParsers | None = None) -> None:
        self._parsers = parsers or shared_parsers()

    def read(self, path: Path, data: bytes, *, document_id: str) -> Sequence[Document]:
        """The article in ``data``, its places counted in pages.

        Pages without text are left out and told in ``meta["notes"]``.

        Raises:
            InputError: if the bytes are no PDF or not all of one, if it needs a password, holds
                no text (a scan), is damaged, or takes more time or memory than a file may.
        """
        _refuse_at_sight(data, safe(str(path)))
        told = self._parsers.parse(_PARSER, data, name=str(path))
        try:
            return (_document(told, path, data, document_id),)
        except (KeyError, TypeError, ValueError) as exc:
            message = f"{safe(str(path))} cannot be read: the parser gives no sensible answer."
            raise InputError(message, hint="Take it out of the folder.") from exc


def _refuse_at_sight(data: bytes, name: str) -> None:
    if _HEAD not in data[:_HEAD_BYTES]:
        raise InputError(
            f"{name} is not a PDF in spite of its name.",
            hint="Give it the ending of what it is, or take it out of the folder.",
        )
    if not _END.search(data[-_TAIL_BYTES:]) and not _END.search(data.rstrip()[-_TAIL_BYTES:]):
        raise InputError(
            f"{name} is cut off: the end of the PDF is missing.",
            hint="Copy or download it again.",
        )


def _document(told: dict[str, Any], path: Path, data: bytes, document_id: str) -> Document:
    found = list(_checked(told["paragraphs"]))
    text = "\n\n".join(paragraph.text for paragraph in found)
    text.encode()  # half a character would be found out only by the store
    return Document(
        id=document_id,
        source=safe(str(path)),
        title=_title(str(told["title"]), found) or safe(readable_name(path, text)),
        text=text,
        blocks=tuple(_blocks(found)),
        sha256=hashlib.sha256(data).hexdigest(),
        place_starts=_place_starts(found),
        unit=PlaceUnit.PAGE,
        meta=_meta(told),
    )


def _checked(paragraphs: list[Any]) -> Iterator[_Paragraph]:
    """What the child says as records.

    Raises:
        TypeError, ValueError: if it is not what a parser says.
    """
    for text, level, starts in paragraphs:
        if not (isinstance(text, str) and text.strip() and 0 <= int(level) <= 6):
            raise ValueError("not a paragraph")
        yield _Paragraph(text, int(level), [(int(at), int(page)) for at, page in starts])


def _blocks(found: Sequence[_Paragraph]) -> Iterator[Block]:
    start = 0
    for paragraph in found:
        kind = BlockKind.HEADING if paragraph.level else BlockKind.PARAGRAPH
        yield Block(Span(start, start + len(paragraph.text)), kind, paragraph.level)
        start += len(paragraph.text) + 2


def _place_starts(found: Sequence[_Paragraph]) -> tuple[tuple[int, int], ...]:
    """Where the text of each page begins."""
    starts: list[tuple[int, int]] = []
    offset = 0
    for paragraph in found:
        for at, page in paragraph.starts:
            if not starts or page != starts[-1][1]:
                starts.append((offset + at, page))
        offset += len(paragraph.text) + 2
    return tuple(starts) or ((0, 1),)


def _title(named: str, found: Sequence[_Paragraph]) -> str:
    """What the file calls itself if that makes sense, else its largest early heading."""
    named = re.sub(r"^Microsoft (?:Word|PowerPoint) - ", "", named)
    makes_sense = not _NO_TITLE.fullmatch(named)
    headings = [p for p in found if p.level and p.starts[0][1] == found[0].starts[0][1]]
    if makes_sense and (not headings or _is_said(named, found)):
        return safe(bounded_title(named))
    largest = min(headings, key=lambda paragraph: paragraph.level, default=None)
    return safe(bounded_title(largest.text)) if largest else ""


def _is_said(title: str, found: Sequence[_Paragraph]) -> bool:
    """Whether the words of a title occur where the text begins."""
    opening = " ".join(paragraph.text for paragraph in found[:50])[:_OPENING_CHARS].casefold()
    words = [word for word in re.findall(r"\w{3,}", title.casefold()) if word.isalpha()]
    said = sum(1 for word in words if word in opening)
    return bool(words) and said >= _MIN_SHARED_WORDS * len(words)


def _meta(told: dict[str, Any]) -> dict[str, str]:
    n_pages = int(told["n_pages"])
    notes = [
        note
        for note in (
            _pages_note(told["without_text"], n_pages, "without text (scanned or empty)"),
            _pages_note(told["failed"], n_pages, "damaged and left out"),
            "the list of its parts is damaged; what was found was read" if told["repaired"] else "",
        )
        if note
    ]
    return {"pages": str(n_pages), **({"notes": "; ".join(notes)} if notes else {})}


def _pages_note(pages: list[Any], n_pages: int, what: str) -> str:
    if not pages:
        return ""
    named = ", ".join(str(int(page)) for page in pages[:_MAX_NAMED_PAGES])
    more = ", …" if len(pages) > _MAX_NAMED_PAGES else ""
    verb = "is" if len(pages) == 1 else "are"
    return f"{len(pages)} of {n_pages} pages {verb} {what}: {named}{more}"
