"""Making an index anew beside the one that is there, and putting it in its place.

SQLite files must not be moved or deleted under a connection: a reader that is still open would
take away the log of the new file. So the new content goes into the old file by SQLite's own backup,
in one transaction: readers keep their state, and a kill at any moment leaves the one or the other.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from rag.errors import CorpusIndexError, DamagedIndexError
from rag.indexing.files import sync_folder
from rag.store import database
from rag.store.schema import APPLICATION_ID, FILE_NAME, SCHEMA_VERSION
from rag.store.writer import StoreWriter

BESIDE = f"{FILE_NAME}.new"
_MADE_BY = "made_by"
_MAGIC = b"SQLite format 3\0"


def open_beside(index_dir: Path, *, embedder: str, chunker: str, version: str) -> StoreWriter:
    """The store that is being made beside the index: that of an interrupted rebuild, with the
    vectors it had come to, if the same embedder, chunker and program made it; else an empty one.

    Raises:
        CorpusIndexError: if it cannot be written, or what it is to replace is not an index.
    """
    _require_ours(index_dir / FILE_NAME)
    path, made_by = index_dir / BESIDE, f"{embedder}\n{chunker}\n{version}"
    store = _begun(path)
    if store is not None and store.noted(_MADE_BY) == made_by:
        return store
    if store is not None:
        store.close()
    delete_store(path)
    store = StoreWriter.open(path)
    store.note({_MADE_BY: made_by})
    return store


def _begun(path: Path) -> StoreWriter | None:
    if database.identity(path) != (APPLICATION_ID, SCHEMA_VERSION):
        return None
    try:
        return StoreWriter.open(path)
    except DamagedIndexError:
        return None


def take_place(index_dir: Path) -> StoreWriter:
    """Put the finished store beside the index in its place, and open it there.

    Raises:
        CorpusIndexError: if the index cannot be written.
    """
    path, fresh = index_dir / FILE_NAME, index_dir / BESIDE
    if not _copied(fresh, path):
        delete_store(path)  # it is no database, so that nobody reads it
        with database.translated(path):
            _copy(fresh, path, "mode=rwc")
        with suppress(OSError):
            sync_folder(index_dir)
    store = StoreWriter.open(path)
    delete_store(fresh)
    return store


def tidy(index_dir: Path, store_id: str) -> None:
    """Remove a finished store whose content is that of the index: its removal was interrupted."""
    fresh = index_dir / BESIDE
    if not fresh.exists():
        return
    store = _begun(fresh)
    if store is not None:
        store.close()
    if store is None or store.manifest.store_id == store_id:
        delete_store(fresh)


def delete_store(path: Path) -> None:
    """Remove a store and its log.

    Raises:
        CorpusIndexError: if that is not allowed.
    """
    try:
        for suffix in ("-wal", "-shm", "-journal", ""):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as exc:
        raise CorpusIndexError(f"cannot remove {exc.filename}: {exc.strerror}") from exc


def _require_ours(path: Path) -> None:
    """Raises:
    CorpusIndexError: if the file is a database of another program.
    """
    identity = database.identity(path)
    if identity is not None and identity[0] != APPLICATION_ID:
        raise database.foreign(path)


def _copied(fresh: Path, path: Path) -> bool:
    """Write the content of ``fresh`` into the database ``path``; False if that is none."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return False
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise CorpusIndexError(f"cannot read {path}: {exc.strerror}") from exc
    try:
        _copy(fresh, path, "mode=rw")
        return True
    except sqlite3.DatabaseError as exc:
        if database.is_writing_trouble(exc):
            with database.translated(path):
                raise
        return False


def _copy(fresh: Path, path: Path, mode: str) -> None:
    """What the log of ``fresh`` may still hold is copied too, as moving the file would not."""
    with closing(database.connect(fresh)) as source, closing(database.connect(path, mode)) as to:
        to.execute("PRAGMA synchronous = FULL")
        source.backup(to)
