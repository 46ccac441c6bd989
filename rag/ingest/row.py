"""A row of a table or an object of a list as an article."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePath

from rag.ingest.composing import as_text_block, composed
from rag.ingest.front_matter import iso_date
from rag.ingest.headings import bounded_title, readable_name
from rag.ingest.html_lines import SourceLines
from rag.ingest.html_scan import scanned_blocks
from rag.ingest.layout import line_spans, line_starts
from rag.ingest.plain_text import text_blocks
from rag.text.terminal import safe
from rag.types import Block, BlockKind, Document

_MARKUP = re.compile(
    r"</(?:p|div|h[1-6]|li|ul|ol|blockquote|article|section|table)>", re.IGNORECASE
)
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_MAX_ID_CHARS = 200
_MAX_META_CHARS = 300
_EPOCH = re.compile(r"\d{9,13}(?:\.\d+)?")
_MIN_EPOCH_S = 100_000_000  # 1973: shorter numbers are years or counts


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says.

    Attributes:
        line: of the file, from 1, on which ``text`` begins.
        text: as written; title, date, row_id: as written, may be empty.
        is_verbatim: whether line breaks in ``text`` are line breaks of the file.
    """

    line: int
    text: str
    title: str = ""
    date: str = ""
    row_id: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    is_verbatim: bool = True


@dataclass(slots=True)
class RowArticles:
    """Makes documents of the rows of one file, each with an id of its own."""

    path: Path
    document_id: str
    sha256: str
    _given: set[str] = field(default_factory=set)
    _n_equal: dict[str, int] = field(default_factory=dict)

    def document(self, row: Row, number: int) -> Document:
        """The article of ``row``, the ``number``-th of the file; without blocks if empty."""
        row_id = self._unique(safe(row.row_id.strip())[:_MAX_ID_CHARS] or str(number))
        text, blocks, starts = _laid_out(row)
        return Document(
            id=f"{self.document_id}#{row_id}",
            source=safe(str(self.path)),
            title=_title(row, text, blocks),
            text=text,
            blocks=blocks,
            sha256=self.sha256,
            date=row_date(row.date),
            place_starts=starts,
            meta={
                safe(key): safe(" ".join(value.split()))
                for key, value in row.meta.items()
                if value.strip() and len(value) <= _MAX_META_CHARS
            },
        )

    def _unique(self, row_id: str) -> str:
        found = row_id
        while found in self._given:
            self._n_equal[row_id] = self._n_equal.get(row_id, 1) + 1
            found = f"{row_id}~{self._n_equal[row_id]}"
        self._given.add(found)
        return found


def _laid_out(row: Row) -> tuple[str, tuple[Block, ...], tuple[tuple[int, int], ...]]:
    """Text, blocks and places. A cell with a web page's markup is read like one."""
    # A lone surrogate (JSON can write one) cannot be stored.
    text = _NOT_TEXT.sub("\ufffd", row.text)
    if _MARKUP.search(text):
        parts = [as_text_block(part.text, part.level) for part in scanned_blocks(text)]
        page, (text, blocks) = text.replace("\r\n", "\n").replace("\r", "\n"), composed(parts)
        starts = SourceLines(page).starts(text, [block.span for block in blocks])
    else:
        lines = line_spans(text)
        blocks, starts = text_blocks(text, lines), line_starts(lines)
    if not row.is_verbatim:
        return text, blocks, ((0, row.line),)
    return text, blocks, tuple((offset, row.line + line - 1) for offset, line in starts)


def _title(row: Row, text: str, blocks: tuple[Block, ...]) -> str:
    if told := bounded_title(_NOT_TEXT.sub("\ufffd", row.title)):
        return safe(told)
    if blocks and blocks[0].kind is BlockKind.HEADING:
        return safe(bounded_title(blocks[0].span.of(text)))
    # The name of the file says nothing of one of its rows.
    return safe(readable_name(PurePath("0"), blocks[0].span.of(text) if blocks else ""))


def row_date(value: str) -> str:
    """An ISO date from a cell: written out, as in e-mail, or in (milli)seconds since 1970."""
    value = value.strip()[:100]
    if found := iso_date(value):
        return found
    try:
        if _EPOCH.fullmatch(value):
            seconds = float(value) / (1000 if float(value) > 1e11 else 1)
            is_date = seconds >= _MIN_EPOCH_S
            return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d") if is_date else ""
        return parsedate_to_datetime(value).strftime("%Y-%m-%d")
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return ""
