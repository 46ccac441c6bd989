"""Which reader reads which file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rag.protocols import Reader

_PLAIN, _MARKDOWN, _HTML = (".txt", ".text"), (".md", ".markdown"), (".html", ".htm", ".xhtml")
SUPPORTED_SUFFIXES: tuple[str, ...] = (*_PLAIN, *_MARKDOWN, *_HTML)
"""Suffixes of the files that can be read, lower case, with the dot."""


def is_supported(path: Path) -> bool:
    """Whether there is a reader for files named like ``path``; loads none."""
    return path.suffix.lower() in SUPPORTED_SUFFIXES


@cache
def _reader(suffix: str) -> Reader | None:
    # Readers are imported when a file needs them: the HTML one is slow to load.
    if suffix in _PLAIN:
        from rag.ingest.plain_text import PlainTextReader

        return PlainTextReader()
    if suffix in _MARKDOWN:
        from rag.ingest.markdown import MarkdownReader

        return MarkdownReader()
    if suffix in _HTML:
        from rag.ingest.html import HtmlReader

        return HtmlReader()
    return None


def reader_for(path: Path) -> Reader | None:
    """The reader for files named like ``path``; None if its format is not supported."""
    return _reader(path.suffix.lower())
