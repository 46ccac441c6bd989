"""Opening the SQLite file of an index, and saying in our words what SQLite says of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import CorpusIndexError
from rag.store import similar
from rag.store.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION

REBUILD_HINT = "rag index --rebuild FOLDER"
_BUSY_TIMEOUT_S = 10.0
_WRITING_CODES = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_BUSY: "another process is using it",
    sqlite3.SQLITE_LOCKED: "another process is using it",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PERM: "its permissions forbid it",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
}


def missing(path: Path) -> CorpusIndexError:
    """The error for a folder without an index."""
    return CorpusIndexError(f"no index in {path.parent}", hint="rag index FOLDER")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside the block into a ``CorpusIndexError`` that names ``path``."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # our own mistake, not the file's
    except sqlite3.DatabaseError as exc:
        code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        if code in _WRITING_CODES:
            raise CorpusIndexError(f"cannot use the index {path}: {_WRITING_CODES[code]}") from exc
        raise damaged(path, str(exc)) from exc


def damaged(path: Path, why: str) -> CorpusIndexError:
    """The error for an index file whose content makes no sense."""
    return CorpusIndexError(f"the index {path} is damaged: {why}", hint=REBUILD_HINT)


def create(path: Path) -> sqlite3.Connection:
    """A new, empty index file.

    Raises:
        CorpusIndexError: if the file cannot be written.
    """
    with translated(path):
        connection = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        # WAL is switched on after the schema is there: a run killed in between leaves an empty
        # file, which counts as none.
        connection.executescript(
            f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; "
            f"PRAGMA user_version = {SCHEMA_VERSION}; {SCHEMA} {similar.SCHEMA} COMMIT;"
        )
        return _prepared(connection)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The existing index file, open for reading and writing.

    Raises:
        CorpusIndexError: if it is missing, damaged, of another version, or cannot be written.
    """
    require_file(path)
    with translated(path):
        connection = _connect(path, "mode=rw")
        try:
            _check_identity(connection, path)
            return _prepared(connection)
        except BaseException:
            connection.close()
            raise


def open_for_reading(path: Path) -> sqlite3.Connection:
    """The existing index file in a state that does not change while the connection is open.

    Works in a folder that cannot be written, where a WAL file would normally be refused.

    Raises:
        CorpusIndexError: if it is missing, damaged, of another version, or cannot be read.
    """
    require_file(path)
    with translated(path):
        try:
            # Read-write at first: only such a connection may tidy up the WAL when it closes.
            return _snapshot(_connect(path, "mode=rw"), path)
        except sqlite3.OperationalError as exc:
            if (exc.sqlite_errorcode & 0xFF) not in (
                sqlite3.SQLITE_READONLY,
                sqlite3.SQLITE_CANTOPEN,
            ):
                raise
        return _snapshot(_connect(path, "mode=ro&immutable=1"), path)


def require_file(path: Path) -> None:
    """Raises:
    CorpusIndexError: if there is no index file, or something else than a file in its place.
    """
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        raise missing(path)
    if not path.is_file():
        raise CorpusIndexError(f"{path} is not an index file", hint=f"remove {path}")


def _connect(path: Path, parameters: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?{parameters}",
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _snapshot(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    try:
        connection.execute("PRAGMA query_only = ON")
        _check_identity(connection, path)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM meta").fetchone()  # the snapshot starts here
    except BaseException:
        connection.close()
        raise
    return connection


def _check_identity(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        raise CorpusIndexError(
            f"{path} is a database of another program", hint=f"move {path} away, then rag index"
        )
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise CorpusIndexError(
            f"the index {path} was written by a newer rag (format {version}, "
            f"this one knows {SCHEMA_VERSION})",
            hint=f"update rag, or {REBUILD_HINT}",
        )
    if version < SCHEMA_VERSION:
        raise CorpusIndexError(f"the index {path} has the old format {version}", hint=REBUILD_HINT)
