"""Articles as the index keeps them, and whether their files still are what was read."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rag.errors import RagError
from rag.settings import Settings, index_path
from rag.store.records import ArticleRecord
from rag.types import Chunk, Document


class FileState(StrEnum):
    """What became of the file of a passage."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of the article of a passage.

    Attributes:
        document: the article as the passage was taken from it; None if the index holds it no more.
    """

    document: Document | None
    state: FileState


def state_of(document: Document) -> FileState:
    """What became of the file that ``document`` was read from."""
    if not Path(document.source).is_file():
        return FileState.GONE
    is_same = _sha256(document.source) == document.sha256
    return FileState.SAME if is_same else FileState.CHANGED


def kept(settings: Settings, chunk: Chunk) -> Kept:
    """The article of ``chunk`` in the index of ``settings``, and what became of its file."""
    document = article(settings, chunk.document_id)
    is_same_text = document is not None and chunk.span.of(document.text) == chunk.text
    if document is not None and is_same_text:
        return Kept(document, state_of(document))
    if not Path(chunk.source).is_file():
        return Kept(None, FileState.GONE)
    # an article that is another one now was indexed again since
    return Kept(None, FileState.UNKNOWN if document is None else FileState.CHANGED)


def articles(settings: Settings) -> list[ArticleRecord]:
    """Every article of the index; none if there is no index."""
    from rag.store.reader import StoreReader

    with suppress(RagError), StoreReader.open(_store(settings)) as store:
        return store.articles()
    return []


def article(settings: Settings, document_id: str) -> Document | None:
    """The article of that id as the index keeps it; None if it has none."""
    from rag.store.reader import StoreReader

    with suppress(RagError), StoreReader.open(_store(settings)) as store:
        return store.document(document_id)
    return None


def _store(settings: Settings) -> Path:
    from rag.store.schema import FILE_NAME

    return index_path(settings) / FILE_NAME


def _sha256(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
