"""Tables of articles: CSV and TSV, one article a row."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rag.errors import InputError
from rag.ingest.collection import Collection, numbered
from rag.ingest.decoding import decode
from rag.ingest.row import Row, RowArticles
from rag.ingest.table_keys import FoundKeys, TableKeys, found_keys, no_text_key
from rag.text.terminal import safe
from rag.types import Document

MAX_CELL_CHARS = 20_000_000
_MAX_BROKEN_ROWS = 50
"""Each may cost a cell of the largest size before it turns out broken."""
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 50
_SAMPLE_CHARS = 200_000
_SEP = re.compile(r"\"?sep=(?P<delimiter>[,;\t|])\"?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a row and the line it begins on; no cells: it cannot be told apart."""

    line: int
    cells: list[str]

    def line_of(self, column: int) -> int:
        """The line on which a cell begins: each line break in the cells before it is one more."""
        before = (len(_LINE_BREAK.findall(cell)) for cell in self.cells[:column])
        return self.line + sum(before)


_LINE_BREAK = re.compile(r"\r\n|\n|\r")


class TableReader:
    """Reads ``.csv`` and ``.tsv`` whose first row names the columns.

    The text of a row is its cell as written; cells with line breaks in quotes keep them. Rows that
    cannot be read, or have no text, are left out and noted.
    """

    suffixes: tuple[str, ...] = (".csv", ".tsv")

    def __init__(self, keys: TableKeys | None = None) -> None:
        self._keys = keys or TableKeys()

    def read(self, path: Path, data: bytes, *, document_id: str) -> Sequence[Document]:
        """The articles in ``data``, a ``Collection`` with notes.

        Raises:
            InputError: if the bytes are not text, no column is known to hold the text, or no row
                has any.
        """
        name = safe(str(path))
        lines = io.StringIO(decode(data, name=str(path)).text, newline="").readlines()
        start, delimiter = _form(lines, is_tab=path.suffix.lower() == ".tsv")
        rows = _rows(lines, start, delimiter)
        header = next((row for row in rows if row.cells), None)
        if header is None:
            raise InputError(f"{name} holds no table.", hint="Its first row names the columns.")
        keys = found_keys(self._keys, header.cells)
        if not keys.text:
            raise no_text_key(name, self._keys, header.cells, what="column")
        made = RowArticles(path, document_id, hashlib.sha256(data).hexdigest())
        return _articles(rows, header.cells, keys, made, name)


def _articles(
    rows: Iterator[_Cells], header: list[str], keys: FoundKeys, made: RowArticles, name: str
) -> Collection:
    documents: list[Document] = []
    empty: list[int] = []
    broken: list[int] = []
    for number, row in enumerate(rows, 1):
        if not row.cells or len(row.cells) > len(header):
            broken.append(row.line)
            continue
        document = made.document(_row(row, header, keys), number)
        if document.blocks:
            documents.append(document)
        else:
            empty.append(row.line)
    if not documents:
        raise InputError(f"{name}: no row has text in the column {safe(keys.text)!r}.",
                         hint="Set text_key to the column that holds the text.")  # fmt: skip
    notes = []
    if broken:
        notes.append(numbered(broken, one="one row is broken", many="{} rows are broken"))
    if empty:
        notes.append(numbered(empty, one="one row has no text", many="{} rows have no text"))
    return Collection(documents, notes=notes)


def _row(row: _Cells, header: list[str], keys: FoundKeys) -> Row:
    def cell(key: str) -> str:
        at = header.index(key) if key else len(row.cells)
        return row.cells[at] if at < len(row.cells) else ""

    return Row(
        line=row.line_of(header.index(keys.text)),
        text=cell(keys.text),
        title=cell(keys.title),
        date=cell(keys.date),
        row_id=cell(keys.id),
        meta={key.strip(): cell(key) for key in keys.meta},
    )


def _form(lines: Sequence[str], *, is_tab: bool) -> tuple[int, str]:
    """The first line of the table (from 0) and its delimiter, told by the rows of equal length."""
    told = _SEP.fullmatch(lines[0]) if lines else None
    if told:
        return 1, told["delimiter"]
    if is_tab:
        return 0, "\t"
    sample = "".join(lines[:_SAMPLE_ROWS])[:_SAMPLE_CHARS]
    return 0, max(_DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: str, delimiter: str) -> tuple[int, int, int]:
    """How well a delimiter divides the first rows: a known header, equal rows, many columns."""
    try:
        rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))
    except csv.Error:
        return 0, 0, 0
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0, 0, 0
    is_known = bool(found_keys(TableKeys(), rows[0]).text)
    return int(is_known), sum(len(row) == width for row in rows), width


def _rows(lines: Sequence[str], start: int, delimiter: str) -> Iterator[_Cells]:
    """The rows from the line ``start`` (from 0) on; after a broken one, from its next line on."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL_CHARS))
    for _ in range(_MAX_BROKEN_ROWS):
        first = start
        # Strict: else a quote in the wrong place would change the text in silence.
        reader = csv.reader(islice(lines, first, None), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if cells:
                    yield _Cells(start + 1, cells)
                start = first + reader.line_num
            return
        except csv.Error:
            yield _unquoted(lines, start, delimiter)
            start += 1
    if start < len(lines):
        yield _Cells(start + 1, [])


def _unquoted(lines: Sequence[str], at: int, delimiter: str) -> _Cells:
    """A broken row. Tables with tabs are often written without quoting: there a quote is a sign."""
    if delimiter != "\t":
        return _Cells(at + 1, [])
    return _Cells(at + 1, lines[at].rstrip("\r\n").split(delimiter))
