"""The tables of ``index.sqlite3``. index/README.md explains them to a human."""

from __future__ import annotations

APPLICATION_ID = 0x52414731  # "RAG1"
SCHEMA_VERSION = 2
FILE_NAME = "index.sqlite3"

SCHEMA = """
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- live = 0: staged by a run that has not published yet; no reader sees it.
CREATE TABLE files (
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    live       INTEGER NOT NULL DEFAULT 0,
    source     TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    inode      INTEGER NOT NULL
);
CREATE UNIQUE INDEX files_id ON files (id, live);
CREATE INDEX files_staged ON files (key) WHERE live = 0;

-- A file holds one article or, as a CSV does, many. The text (body) stands last, so that the rest
-- of a row is read without it.
CREATE TABLE documents (
    key       INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT NOT NULL,
    live      INTEGER NOT NULL DEFAULT 0,
    file      INTEGER NOT NULL REFERENCES files (key) ON DELETE CASCADE,
    title     TEXT NOT NULL,
    date      TEXT NOT NULL,
    meta      TEXT NOT NULL,
    digest    BLOB NOT NULL,
    body      BLOB NOT NULL
);
CREATE UNIQUE INDEX documents_id ON documents (id, live);
CREATE INDEX documents_file ON documents (file);
CREATE INDEX documents_staged ON documents (key) WHERE live = 0;

-- Keys are never used twice (AUTOINCREMENT) and rise with the generation, so that a derived file
-- that lags behind can miss a chunk but never take one for another. A chunk of a generation that
-- is not published yet is staged.
CREATE TABLE chunks (
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    document   INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    content    BLOB NOT NULL,
    crc        INTEGER NOT NULL,
    start      INTEGER NOT NULL,
    stop       INTEGER NOT NULL,
    sentences  TEXT NOT NULL,
    headings   TEXT NOT NULL,
    places     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    text       TEXT NOT NULL
);
CREATE INDEX chunks_document ON chunks (document);
CREATE INDEX chunks_content ON chunks (content);
CREATE INDEX chunks_generation ON chunks (generation);

CREATE TABLE vectors (
    key     INTEGER PRIMARY KEY,
    content BLOB NOT NULL UNIQUE,
    crc     INTEGER NOT NULL,
    vector  BLOB NOT NULL
);

-- Texts that still have to be embedded; empty except during a run.
CREATE TABLE pending (
    content      BLOB PRIMARY KEY,
    n_characters INTEGER NOT NULL,
    text         TEXT NOT NULL
);
CREATE INDEX pending_length ON pending (n_characters);

-- Chunks that left in a generation: what a derived file of an older generation must forget.
CREATE TABLE removed (
    chunk      INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL
);
CREATE INDEX removed_generation ON removed (generation);

-- Files of the last run that are not in the index, and why. One that was opened and holds no
-- article has its size and times, so that it is not taken for new each time; else they are -1.
-- retry = 1: it is read again by the next run although it looks the same.
CREATE TABLE skipped (
    source     TEXT PRIMARY KEY,
    reason     TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    retry      INTEGER NOT NULL
);

-- The FAISS file and the lexical index: which generation they hold, and what bytes they must have.
CREATE TABLE derived (
    name       TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    sha256     TEXT NOT NULL
);
"""
