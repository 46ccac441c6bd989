"""The SQLite file of the kept chats: made, opened, and set aside when it is damaged.

It has a rollback journal, not a WAL: what is kept is little, the folder may lie on a network's
disk, and nothing of a deleted chat must linger in a second file.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from platformdirs import user_state_dir

from rag.errors import DamagedSessionsError, SessionError

FILE_NAME = "sessions.sqlite3"
APPLICATION_ID = 0x52414743  # "RAGC"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 5.0
OFF_HINT = "rag config set history off (keeps no chats)"
SCHEMA = """
-- revision rises with each change of the answers: a chat that is open twice notices the other.
CREATE TABLE sessions (
    key       INTEGER PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    name      TEXT UNIQUE COLLATE NOCASE,
    begun_s   REAL NOT NULL,
    used_s    REAL NOT NULL,
    revision  INTEGER NOT NULL,
    corpus    TEXT NOT NULL,
    index_dir TEXT NOT NULL,
    articles  TEXT NOT NULL,
    engine    TEXT NOT NULL
);

-- record: the whole answer, JSON, zlib. question and said repeat what is searched and listed.
CREATE TABLE answers (
    session  INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    asked_s  REAL NOT NULL,
    question TEXT NOT NULL,
    said     TEXT NOT NULL,
    record   BLOB NOT NULL,
    PRIMARY KEY (session, number)
);
"""
_TROUBLES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "make room"),
    sqlite3.SQLITE_BUSY: ("another process is using it", "try again"),
    sqlite3.SQLITE_LOCKED: ("another process is using it", "try again"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", OFF_HINT),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", OFF_HINT),
    sqlite3.SQLITE_PERM: ("its permissions forbid it", OFF_HINT),
    sqlite3.SQLITE_AUTH: ("its permissions forbid it", OFF_HINT),
    sqlite3.SQLITE_IOERR: ("the disk reports an error", OFF_HINT),
    sqlite3.SQLITE_NOMEM: ("there is not enough memory", ""),
}


def default_path() -> Path:
    """Where chats are kept: in the user's state folder."""
    return Path(user_state_dir("rag", appauthor=False)) / FILE_NAME


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection that sees one state of the file; None if nothing was kept yet.

    Raises:
        SessionError: it cannot be read, or a newer version or another program wrote it.
        DamagedSessionsError: it is damaged.
    """
    with _translated(path):
        if not path.exists():
            yield None
            return
        with closing(_connect(path)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield connection if _version(connection, path) else None


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection inside a transaction that is committed at the end, and taken back after an
    error; the file is made if there is none.

    Raises:
        SessionError: it cannot be written, or a newer version or another program wrote it.
        DamagedSessionsError: it is damaged.
    """
    with _translated(path):
        _make_private(path)
        with closing(_connect(path)) as connection:
            if path.stat().st_size == 0:
                connection.execute("PRAGMA auto_vacuum = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted becomes zeros
            connection.execute("BEGIN IMMEDIATE")
            if not _version(connection, path):
                _lay_out(connection)
            yield connection
            connection.execute("COMMIT")  # without it, closing takes everything back


def set_aside(path: Path) -> Path | None:
    """Give the damaged file ``path`` another name, so that a new one can be made.

    Returns:
        Its new name; None if it is sound by now, because another chat has done it already.

    Raises:
        SessionError: it cannot be renamed.
    """
    if _is_sound(path):
        return None
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    with _translated(path):
        path.replace(aside)
        with suppress(FileNotFoundError):  # it belongs to the damaged file, and to no other
            path.with_name(f"{path.name}-journal").replace(f"{aside}-journal")
    return aside


def _is_sound(path: Path) -> bool:
    try:
        with reading(path) as connection:
            if connection is None:
                return True
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            return str(found) == "ok"
    except (DamagedSessionsError, sqlite3.DatabaseError):
        return False


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=rw"  # SQLite itself reads what it cannot write
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)


def _make_private(path: Path) -> None:
    """Make the file and its folder if need be; nobody but their owner gets at them."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for made, mode in ((path.parent, 0o700), (path, 0o600)):
        if made.stat().st_mode & 0o077:
            made.chmod(mode)


def _lay_out(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the file; 0 for one that is empty."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if (application_id, version) == (0, 0):
        (n_tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if n_tables == 0:
            return 0
    if application_id != APPLICATION_ID:
        raise SessionError(f"{path} is a database of another program", hint=f"move {path} away")
    if version > SCHEMA_VERSION:
        raise SessionError(
            f"the kept chats in {path} were written by a newer rag (format {version}, this one "
            f"knows {SCHEMA_VERSION})",
            hint="update rag",
        )
    return int(version)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise inside the block into errors that name ``path``."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # our own mistake, not the file's
    except sqlite3.DatabaseError as exc:
        trouble = _TROUBLES.get(getattr(exc, "sqlite_errorcode", 0) & 0xFF)
        if trouble is None:
            raise damaged(path, str(exc)) from exc
        why, hint = trouble
        raise SessionError(f"cannot use the kept chats in {path}: {why}", hint=hint) from exc
    except OSError as exc:
        why = exc.strerror or str(exc)
        raise SessionError(f"cannot use the kept chats in {path}: {why}", hint=OFF_HINT) from exc


def damaged(path: Path, why: str) -> DamagedSessionsError:
    """The error for a file whose content makes no sense."""
    return DamagedSessionsError(
        f"the kept chats in {path} are damaged: {why}",
        hint="the next chat puts the file aside and begins a new one",
    )
