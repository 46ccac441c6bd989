"""Which reader reads which file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

from rag.ingest.table_keys import TableKeys
from rag.protocols import Reader

# Readers are imported when a file needs them: most load a parser that is slow to start.
_READERS: dict[tuple[str, ...], tuple[str, str]] = {
    (".txt", ".text"): ("plain_text", "PlainTextReader"),
    (".md", ".markdown"): ("markdown", "MarkdownReader"),
    (".html", ".htm", ".xhtml"): ("html", "HtmlReader"),
    (".docx", ".docm"): ("docx", "DocxReader"),
    (".epub",): ("epub", "EpubReader"),
    (".pdf",): ("pdf", "PdfReader"),
}
_TABLES: dict[tuple[str, ...], tuple[str, str]] = {
    (".csv", ".tsv"): ("table", "TableReader"),
    (".jsonl", ".ndjson", ".json"): ("json_lines", "JsonReader"),
}
"""Readers whose columns or keys a user can name."""
_PLACES = {
    suffix: place for table in (_READERS, _TABLES) for s, place in table.items() for suffix in s
}
SUPPORTED_SUFFIXES: tuple[str, ...] = tuple(_PLACES)
"""Suffixes of the files that can be read, lower case, with the dot."""
_ADVICE = {
    **dict.fromkeys((".doc", ".dot", ".rtf", ".odt", ".pages", ".wpd"), "save it as .docx"),
    **dict.fromkeys((".mobi", ".azw", ".azw3", ".fb2"), "convert it to .epub"),
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "save the sheet of articles as .csv"),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".ps", ".djvu"), "save it as .pdf"),
    **dict.fromkeys((".zip", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".rar"), "unpack it"),
}


def is_supported(path: Path) -> bool:
    """Whether there is a reader for files named like ``path``; loads none."""
    return path.suffix.lower() in SUPPORTED_SUFFIXES


def advice_for(suffix: str) -> str:
    """What to do with a file that no reader is for: ``save it as .docx``; empty if unknown."""
    return _ADVICE.get(suffix.lower(), "")


@cache
def _reader(suffix: str, keys: TableKeys) -> Reader | None:
    if suffix not in _PLACES:
        return None
    module, name = _PLACES[suffix]
    make: Callable[..., Reader] = getattr(import_module(f"rag.ingest.{module}"), name)
    is_table = any(suffix in suffixes for suffixes in _TABLES)
    return make(keys) if is_table else make()


def reader_for(path: Path, keys: TableKeys | None = None) -> Reader | None:
    """The reader for files named like ``path``; None if its format is not supported.

    ``keys`` name what columns of tables and keys of JSON hold.
    """
    return _reader(path.suffix.lower(), keys or TableKeys())
