"""The statements of a publication. Each touches what was staged or dropped, nothing else.

An index of a million chunks is published in the time that the changed files take: counts and the
sum of the documents' digests are carried forward, not worked out anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from rag.store import similar
from rag.store.records import Manifest

_MODULUS = 1 << 256

SETUP = (
    "CREATE TEMP TABLE IF NOT EXISTS dropped_files (key INTEGER PRIMARY KEY)",
    "CREATE TEMP TABLE IF NOT EXISTS dropped_contents (content BLOB PRIMARY KEY)",
)
# CROSS JOIN makes SQLite begin with the table at the left, which is the small one.
_DROPPED_DOCUMENTS = "FROM dropped_files x CROSS JOIN documents d ON d.file = x.key"
_DROPPED_CHUNKS = f"{_DROPPED_DOCUMENTS} CROSS JOIN chunks c ON c.document = d.key"
_STAGED_CHUNKS = (
    "FROM documents d INDEXED BY documents_staged CROSS JOIN chunks c ON c.document = d.key "
    "WHERE d.live = 0"
)
COUNTS = (
    f"SELECT (SELECT count(*) FROM files INDEXED BY files_staged WHERE live = 0), "
    "(SELECT count(*) FROM documents INDEXED BY documents_staged WHERE live = 0), "
    f"(SELECT count(*) {_STAGED_CHUNKS})",
    f"SELECT (SELECT count(*) FROM dropped_files), (SELECT count(*) {_DROPPED_DOCUMENTS}), "
    f"(SELECT count(*) {_DROPPED_CHUNKS})",
)
DIGESTS = (
    "SELECT digest FROM documents INDEXED BY documents_staged WHERE live = 0",
    f"SELECT d.digest {_DROPPED_DOCUMENTS}",
)
STAGED = "SELECT key FROM documents INDEXED BY documents_staged WHERE live = 0"
DROPPED = f"SELECT d.key {_DROPPED_DOCUMENTS}"
DROP = (
    f"INSERT INTO removed SELECT c.key, :generation {_DROPPED_CHUNKS}",
    f"INSERT OR IGNORE INTO dropped_contents SELECT c.content {_DROPPED_CHUNKS}",
    "DELETE FROM files WHERE key IN (SELECT key FROM dropped_files)",
)
SHOW = (
    "UPDATE files INDEXED BY files_staged SET live = 1 WHERE live = 0",
    "UPDATE documents INDEXED BY documents_staged SET live = 1 WHERE live = 0",
)
COLLECT = (
    "DELETE FROM vectors WHERE content IN (SELECT content FROM dropped_contents) "
    "AND NOT EXISTS (SELECT 1 FROM chunks c WHERE c.content = vectors.content)"
)
COLLECT_ALL = (
    "DELETE FROM vectors "
    "WHERE NOT EXISTS (SELECT 1 FROM chunks c WHERE c.content = vectors.content)"
)


@dataclass(frozen=True, slots=True)
class Totals:
    """What an index holds, carried forward from publication to publication.

    Attributes:
        sum: of all documents' digests modulo 2^256: it does not depend on their order, and one
            document is added or taken back without the others. The method is AdHash (Bellare and
            Micciancio, Eurocrypt 1997). Whoever can choose the articles can make two sets of them
            with one sum (Wagner 2002): it names an index, it protects nothing.
    """

    n_files: int
    n_documents: int
    n_chunks: int
    sum: int

    def index_id(self, manifest: Manifest) -> str:
        """Equal for equal articles, embedder and chunker. 16 hex digits."""
        parts = (manifest.embedder, manifest.chunker, self.n_documents, f"{self.sum:064x}")
        return sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


def replace(
    connection: sqlite3.Connection, before: Totals, drop: Iterable[int], generation: int
) -> Totals:
    """Put what is staged in the place of the files with the keys ``drop``; inside a transaction
    that the caller opened after ``SETUP``."""
    connection.execute("DELETE FROM dropped_files")
    connection.execute("DELETE FROM dropped_contents")
    connection.executemany("INSERT INTO dropped_files VALUES (?)", ((key,) for key in drop))
    after = _totals(connection, before)
    fresh, gone = ({key for (key,) in connection.execute(q)} for q in (STAGED, DROPPED))
    parted = similar.neighbours(connection, gone) - gone
    for statement in DROP:
        connection.execute(statement, {"generation": generation} if ":g" in statement else ())
    for statement in SHOW:
        connection.execute(statement)
    connection.execute(COLLECT)
    similar.link(connection, sorted(fresh | parted))
    return after


def _totals(connection: sqlite3.Connection, before: Totals) -> Totals:
    staged, dropped = (connection.execute(query).fetchone() for query in COUNTS)
    total = before.sum
    for query, sign in zip(DIGESTS, (1, -1), strict=True):
        for (digest,) in connection.execute(query):
            total += sign * int.from_bytes(digest, "big")
    return Totals(
        before.n_files + staged[0] - dropped[0],
        before.n_documents + staged[1] - dropped[1],
        before.n_chunks + staged[2] - dropped[2],
        total % _MODULUS,
    )


def values(manifest: Manifest, totals: Totals, generation: int) -> dict[str, str]:
    """What ``meta`` says after the publication."""
    return {
        "embedder": manifest.embedder,
        "chunker": manifest.chunker,
        "version": manifest.version,
        "readers": manifest.readers,
        "dimension": str(manifest.dimension),
        "roots": json.dumps(list(manifest.roots)),
        "generation": str(generation),
        "n_files": str(totals.n_files),
        "n_documents": str(totals.n_documents),
        "n_chunks": str(totals.n_chunks),
        "sum": f"{totals.sum:x}",
        "index_id": totals.index_id(manifest),
    }
