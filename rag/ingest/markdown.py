"""Markdown: the blocks are found by a CommonMark parser, the text stays the file itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.ingest.decoding import decode
from rag.ingest.front_matter import FrontMatter, iso_date, read_front_matter
from rag.ingest.headings import MAX_TITLE_CHARS, bounded_title, readable_name
from rag.ingest.layout import line_spans, line_starts
from rag.ingest.residue import residue_flags
from rag.text.terminal import safe
from rag.types import Block, BlockKind, Document, Span

_LEAVES = ("paragraph_open", "fence", "code_block", "html_block", "table_open", "heading_open")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_NO_TEXT_TAG = re.compile(r"\s*<(?:script|style|svg|iframe|noscript|template)\b", re.IGNORECASE)
_IMAGE = re.compile(r"(?:\[?!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?(?:\]\([^)]*\))?\s*)+")
_INLINE_MARKUP = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])|[*`]+|\b_+|_+\b")


@dataclass(frozen=True, slots=True)
class _Piece:
    block: Block
    is_verbatim: bool  # code: nothing in it is residue or comment


class MarkdownReader:
    """Reads ``.md``. The document's text is the decoded file, unchanged, markup included."""

    suffixes: tuple[str, ...] = (".md", ".markdown")

    def read(self, path: Path, data: bytes, *, document_id: str) -> Sequence[Document]:
        """The article in ``data``; title, date and the rest of the header become its fields.

        Raises:
            InputError: if the bytes are not text.
        """
        decoded = decode(data, name=str(path))
        text = decoded.text
        lines = line_spans(text)
        header = read_front_matter(text)
        blocks = _blocks(text, lines, header)
        values = {key: safe(value) for key, value in header.values.items()}
        document = Document(
            id=document_id,
            source=safe(str(path)),
            title=bounded_title(values.pop("title", ""))
            or _first_heading(text, blocks)
            or safe(readable_name(path, blocks[0].span.of(text) if blocks else "")),
            text=text,
            blocks=blocks,
            sha256=hashlib.sha256(data).hexdigest(),
            date=iso_date(values.get("date", "")),
            place_starts=line_starts(lines),
            meta={**_rest(values), **decoded.meta},
        )
        return (document,)


def _rest(values: dict[str, str]) -> dict[str, str]:
    """The header's other keys; a date that was understood is not repeated."""
    return {k: v for k, v in values.items() if v and not (k == "date" and iso_date(v))}


def _first_heading(text: str, blocks: Sequence[Block]) -> str:
    headings = [block for block in blocks if block.kind is BlockKind.HEADING]
    if not headings:
        return ""
    return safe(_INLINE_MARKUP.sub(r"\1", headings[0].span.of(text)).strip())


def _blocks(text: str, lines: Sequence[Span], header: FrontMatter) -> tuple[Block, ...]:
    first = sum(1 for line in lines if line.end < header.end)
    pieces = list(_pieces(text, lines[first:], _tokens(text[header.end :])))
    flags = residue_flags([piece.block.span.of(text) for piece in pieces])
    return tuple(
        piece.block
        for piece, is_residue in zip(pieces, flags, strict=True)
        if piece.is_verbatim or not is_residue
    )


def _tokens(body: str) -> list[Token]:
    parser = MarkdownIt("commonmark").enable("table")
    # Only the block structure is wanted: parsing inlines would cost most of the time.
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser.parse(body)


def _pieces(text: str, lines: Sequence[Span], tokens: Sequence[Token]) -> Iterator[_Piece]:
    for at, token in enumerate(tokens):
        if token.type not in _LEAVES or token.map is None:
            continue
        span = _span_of(text, lines, token.map)
        if span is None:
            continue
        if token.type == "heading_open":
            yield from _heading(text, span, token, tokens[at + 1].content)
        elif token.type in ("fence", "code_block"):
            yield _Piece(Block(span), is_verbatim=True)
        elif token.type != "html_block" or _has_text(span.of(text)):
            yield from _paragraph(text, span)


def _span_of(text: str, lines: Sequence[Span], rows: Sequence[int]) -> Span | None:
    """Where the rows ``[first, end)`` of the body lie in ``text``, without blanks around."""
    if rows[0] >= len(lines) or rows[0] >= rows[1]:
        return None
    start, end = lines[rows[0]].start, lines[min(rows[1], len(lines)) - 1].end
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end = start + len(piece.strip())
    return Span(start, end) if start < end else None


def _heading(text: str, span: Span, token: Token, content: str) -> Iterator[_Piece]:
    first_line = content.split("\n", 1)[0]
    at = text.find(first_line, span.start, span.end) if first_line else -1
    if at >= 0 and len(content) > MAX_TITLE_CHARS:
        yield _Piece(Block(span), is_verbatim=False)
    elif at >= 0:
        end = min(span.end, at + len(content))
        block = Block(Span(at, end), BlockKind.HEADING, int(token.tag[1:]))
        yield _Piece(block, is_verbatim=False)


def _paragraph(text: str, span: Span) -> Iterator[_Piece]:
    """The paragraph without comments (they are not shown to readers) and without bare images."""
    start = span.start
    for comment in (*_COMMENT.finditer(text, span.start, span.end), None):
        end = comment.start() if comment else span.end
        part = text[start:end]
        if part.strip() and not _IMAGE.fullmatch(part.strip()):
            lead = len(part) - len(part.lstrip())
            block = Block(Span(start + lead, start + lead + len(part.strip())))
            yield _Piece(block, is_verbatim=False)
        start = comment.end() if comment else end


def _has_text(html: str) -> bool:
    if _NO_TEXT_TAG.match(html):
        return False
    return any(char.isalnum() for char in _TAG.sub("", _COMMENT.sub("", html)))
