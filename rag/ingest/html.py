"""HTML: the main text of a page, without its menus, forms and footers.

The document's text is what was extracted, blocks separated by blank lines; ``place_starts`` leads
back to the lines of the page.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import trafilatura

from rag.ingest.composing import as_text_block, composed
from rag.ingest.decoding import decode
from rag.ingest.front_matter import iso_date
from rag.ingest.headings import bounded_title, readable_name
from rag.ingest.html_lines import SourceLines
from rag.ingest.html_scan import TextBlock, scanned_blocks
from rag.ingest.residue import residue_flags
from rag.text.terminal import safe
from rag.types import Document

_log = logging.getLogger(__name__)
_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]{2,40})"
)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,500})", re.IGNORECASE)
_INLINE = frozenset(("hi", "ref", "del", "lb", "graphic", "cell"))
_MAX_EXTRACTED_CHARS = 5_000_000
_MAX_EXTRACTED_TAGS = 60_000
"""Beyond these trafilatura 2.3 takes many seconds for a page; the scanner takes less than one."""
_MIN_KEPT_SHARE = 0.2
"""An extractor that keeps less of a page than this has taken the article for decoration."""


class HtmlReader:
    """Reads ``.html`` with trafilatura, and without it the pages on which that fails."""

    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml")

    def __init__(self) -> None:
        # It reports pages without an article as errors of its own; here that is an ordinary case.
        logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
        logging.getLogger("htmldate").setLevel(logging.CRITICAL)

    def read(self, path: Path, data: bytes, *, document_id: str) -> Sequence[Document]:
        """The article in the page ``data``.

        Raises:
            InputError: if the bytes are not text.
        """
        declared = _CHARSET.search(data[:4096])
        decoded = decode(
            data, name=str(path), declared=declared[1].decode("ascii") if declared else ""
        )
        source = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
        page = _extracted(source)
        parts = _without_residue(_blocks_of(page, source))
        text, blocks = composed(parts)
        document = Document(
            id=document_id,
            source=safe(str(path)),
            title=_title(page, source, parts) or safe(readable_name(path, text)),
            text=text,
            blocks=blocks,
            sha256=hashlib.sha256(data).hexdigest(),
            date=iso_date(str(getattr(page, "date", None) or "")),
            place_starts=SourceLines(source).starts(text, [block.span for block in blocks]),
            meta={**_meta(page), **decoded.meta},
        )
        return (document,)


def _extracted(source: str) -> Any | None:
    """Trafilatura's document; None if it finds no article, fails, or the page is too large."""
    if len(source) > _MAX_EXTRACTED_CHARS or source.count("<") > _MAX_EXTRACTED_TAGS:
        return None
    try:
        return trafilatura.bare_extraction(
            source,
            with_metadata=True,
            include_comments=False,
            include_tables=True,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except Exception as exc:  # a parser of broken markup may fail in any way; we read on without
        _log.debug("no extraction: %s", type(exc).__name__)
        return None


def _blocks_of(page: Any | None, source: str) -> list[TextBlock]:
    scanned = scanned_blocks(source)
    body = getattr(page, "body", None)
    found = [] if body is None else list(_walk(body, 0))
    kept = sum(len(block.text) for block in found)
    if kept < _MIN_KEPT_SHARE * sum(len(block.text) for block in scanned):
        return scanned
    return found


def _walk(element: Any, level: int) -> Iterator[TextBlock]:
    """The blocks of an extracted tree in order; its depth is bounded by the parser."""
    run: list[str] = [element.text or ""]
    for child in element:
        if child.tag in _INLINE:
            run.append(_inline(child))
        else:
            yield from _flushed(run, level)
            run.clear()
            yield from _walk(child, _level(child))
        run.append(child.tail or "")
    yield from _flushed(run, level)


def _inline(element: Any) -> str:
    if element.tag == "lb":
        return "\n"
    text = "".join(element.itertext())
    return f"{text} | " if element.tag == "cell" else text


def _flushed(run: Sequence[str], level: int) -> Iterator[TextBlock]:
    lines = (" ".join(line.split()) for line in "".join(run).split("\n"))
    text = "\n".join(line for line in lines if line).removesuffix(" |").strip()
    if text:
        yield TextBlock(text, level)


def _level(element: Any) -> int:
    if element.tag != "head":
        return 0
    rank = element.get("rend", "")[-1:]
    return int(rank) if rank in tuple("123456") else 2


def _without_residue(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    flags = residue_flags([block.text for block in blocks])
    return [
        as_text_block(block.text, block.level)
        for block, is_residue in zip(blocks, flags, strict=True)
        if not is_residue
    ]


def _title(page: Any | None, source: str, parts: Sequence[TextBlock]) -> str:
    told = str(getattr(page, "title", None) or "")
    if not told:
        told = next((part.text for part in parts if part.level), "")
    if not told and (match := _TITLE.search(source)):
        told = match[1]
    return safe(bounded_title(told))


def _meta(page: Any | None) -> dict[str, str]:
    names = ("author", "sitename", "url", "license")
    found = {name: getattr(page, name, None) for name in names}
    renamed = {"license": "licence"}
    return {renamed.get(k, k): safe(str(v)) for k, v in found.items() if v}
