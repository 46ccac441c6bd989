"""Opening the SQLite file of an index, and saying in our words what SQLite says of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rag.errors import CorpusIndexError, DamagedIndexError
from rag.store import similar
from rag.store.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION

REBUILD_HINT = "rag index --rebuild FOLDER"
_BUSY_TIMEOUT_S = 10.0
_WRITING_CODES = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_BUSY: "another process is using it",
    sqlite3.SQLITE_LOCKED: "another process is using it",
    sqlite3.SQLITE_PROTOCOL: "another process is using it",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PERM: "its permissions forbid it",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
}

_HINTS = {
    sqlite3.SQLITE_FULL: "make room, then run it again: what was done is kept",
    sqlite3.SQLITE_READONLY: "choose another folder with --index",
    sqlite3.SQLITE_PERM: "choose another folder with --index",
}


def missing(path: Path) -> CorpusIndexError:
    """The error for a folder without an index."""
    return CorpusIndexError(f"no index in {path.parent}", hint="rag index FOLDER")


def foreign(path: Path) -> CorpusIndexError:
    """The error for a database that is not ours to touch."""
    return CorpusIndexError(
        f"{path} is a database of another program", hint=f"move {path} away, then rag index"
    )


def is_writing_trouble(exc: sqlite3.Error) -> bool:
    """Whether SQLite could not write or get hold of a file, which says nothing of its content."""
    return getattr(exc, "sqlite_errorcode", 0) & 0xFF in _WRITING_CODES


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside the block into a ``CorpusIndexError`` that names ``path``."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # our own mistake, not the file's
    except sqlite3.DatabaseError as exc:
        if is_writing_trouble(exc):
            code = exc.sqlite_errorcode & 0xFF
            raise CorpusIndexError(
                f"cannot use the index {path}: {_WRITING_CODES[code]}", hint=_HINTS.get(code, "")
            ) from exc
        raise damaged(path, str(exc)) from exc


def damaged(path: Path, why: str) -> DamagedIndexError:
    """The error for an index file whose content makes no sense."""
    return DamagedIndexError(f"the index {path} is damaged: {why}", hint=REBUILD_HINT)


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
        connection = connect(path, "mode=rw")
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
            return _snapshot(connect(path, "mode=rw"), path)
        except sqlite3.OperationalError as exc:
            if (exc.sqlite_errorcode & 0xFF) not in (
                sqlite3.SQLITE_READONLY,
                sqlite3.SQLITE_CANTOPEN,
            ):
                raise
        return _snapshot(connect(path, "mode=ro&immutable=1"), path)


def identity(path: Path) -> tuple[int, int] | None:
    """Application id and format of the database ``path``; None if there is none, or something
    else than a database."""
    try:
        require_file(path)
        with closing(connect(path, "mode=ro")) as connection:
            (application_id,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            return application_id, version
    except (CorpusIndexError, sqlite3.DatabaseError):
        return None


def is_old(path: Path) -> bool:
    """Whether ``path`` is an index of an older format: to be made anew, from the articles."""
    found = identity(path)
    return found is not None and found[0] == APPLICATION_ID and found[1] < SCHEMA_VERSION


def old_roots(path: Path) -> list[str]:
    """What an index of an older format says that it was made from.

    Raises:
        CorpusIndexError: if it is damaged.
    """
    with translated(path), closing(connect(path, "mode=ro")) as connection:
        row = connection.execute("SELECT value FROM meta WHERE name = 'roots'").fetchone()
    try:
        return [str(root) for root in json.loads(row[0])] if row else []
    except (ValueError, TypeError) as exc:
        raise damaged(path, f"a row makes no sense ({exc})") from exc


def is_begun(path: Path) -> bool:
    """Whether anything was ever committed to the index file; False if there is none.

    Raises:
        CorpusIndexError: if it is not a database.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return False
    with translated(path), closing(connect(path)) as connection:
        # SQLite takes back first what a run left that was killed while it made the file.
        (n_pages,) = connection.execute("PRAGMA page_count").fetchone()
    return int(n_pages) > 0


def require_file(path: Path) -> None:
    """Raises:
    CorpusIndexError: if there is no index file, or something else than a file in its place.
    """
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        raise missing(path)
    if not path.is_file():
        raise CorpusIndexError(f"{path} is not an index file", hint=f"remove {path}")


def connect(path: Path, parameters: str = "mode=rw") -> sqlite3.Connection:
    """A bare connection to an existing database."""
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
        connection.execute("SELECT 1 FROM meta LIMIT 1").fetchone()  # the snapshot starts here
    except BaseException:
        connection.close()
        raise
    return connection


def _check_identity(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id == 0 and connection.execute("PRAGMA page_count").fetchone() == (0,):
        raise missing(path)  # a run was killed while it made the file
    if application_id != APPLICATION_ID:
        raise foreign(path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise CorpusIndexError(
            f"the index {path} was written by a newer rag (format {version}, "
            f"this one knows {SCHEMA_VERSION})",
            hint=f"update rag, or {REBUILD_HINT}",
        )
    if version < SCHEMA_VERSION:
        raise CorpusIndexError(
            f"the index {path} has the old format {version}",
            hint="rag index (makes it anew from the articles)",
        )
