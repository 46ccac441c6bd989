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
CREATE TABLE documents (
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    live       INTEGER NOT NULL DEFAULT 0,
    source     TEXT NOT NULL,
    title      TEXT NOT NULL,
    date       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    meta       TEXT NOT NULL,
    body       BLOB NOT NULL
);
CREATE UNIQUE INDEX documents_id ON documents (id, live);

-- Keys are never used twice (AUTOINCREMENT), so that a derived file that lags behind can miss a
-- chunk but never take one for another. generation is NULL until the chunk is published.
CREATE TABLE chunks (
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    document   INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    start      INTEGER NOT NULL,
    stop       INTEGER NOT NULL,
    text       TEXT NOT NULL,
    sentences  TEXT NOT NULL,
    headings   TEXT NOT NULL,
    places     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    content    BLOB NOT NULL,
    generation INTEGER
);
CREATE INDEX chunks_document ON chunks (document);
CREATE INDEX chunks_content ON chunks (content);
CREATE INDEX chunks_generation ON chunks (generation);

CREATE TABLE vectors (
    key     INTEGER PRIMARY KEY,
    content BLOB NOT NULL UNIQUE,
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

-- Files that were found but hold no article, so that they are not taken for new each time.
CREATE TABLE rejected (
    source     TEXT PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    reason     TEXT NOT NULL
);

-- The FAISS file and the lexical index: which generation they hold, and what bytes they must have.
CREATE TABLE derived (
    name       TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    sha256     TEXT NOT NULL
);
"""
