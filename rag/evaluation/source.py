"""The text of an article as its offsets mean it, read apart from the index."""

from __future__ import annotations

from pathlib import Path

from rag.errors import EvalError, InputError
from rag.ingest.decoding import decode

RAW_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown"})
"""Formats whose ``Document.text`` is the decoded file itself, so that offsets can be compared."""


def is_raw(path: Path) -> bool:
    """Whether offsets of this file's document count in the file itself."""
    return path.suffix.lower() in RAW_SUFFIXES


def read_source(path: Path) -> str:
    """The decoded file, line ends unchanged.

    Raises:
        EvalError: if it cannot be read or is not text.
    """
    try:
        return decode(path.read_bytes(), name=str(path)).text
    except OSError as exc:
        raise EvalError(f"cannot read {path}: {exc.strerror}") from exc
    except InputError as exc:
        raise EvalError(exc.message, hint=exc.hint) from exc
