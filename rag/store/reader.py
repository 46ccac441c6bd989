"""What an index holds, as of the moment it was opened."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rag.store import codec, database, similar
from rag.store.records import ArticleRecord, FileStamp, SkippedFile
from rag.store.records import FileRecord as FileRecord
from rag.store.records import Manifest as Manifest
from rag.text.terminal import safe
from rag.types import Chunk, Document, Span

if TYPE_CHECKING:
    import numpy as np

_BATCH = 5_000
_FETCH = 500


class StoreReader:
    """Reads one state of the store. Every method raises ``CorpusIndexError`` on a damaged file.

    Chunks and vectors are compared with their checksums, documents with their digest, each time
    they are read.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self.manifest = self._read_manifest()

    @classmethod
    def open(cls, path: Path) -> StoreReader:
        """The store in ``path``.

        Raises:
            CorpusIndexError: missing, never finished, damaged, of another version, unreadable.
        """
        reader = cls(path, database.open_for_reading(path))
        if reader.manifest.generation == 0:
            reader.close()
            raise database.missing(path)
        return reader

    def close(self) -> None:
        """Give up the file. May be called twice."""
        with database.translated(self.path):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- files and documents -------------------------------------------------------------------

    def files(self) -> list[FileRecord]:
        """Every file that articles came from, by id."""
        rows = self.rows(
            "SELECT key, id, source, sha256, size_bytes, mtime_ns, ctime_ns, inode FROM files "
            "WHERE live = 1 ORDER BY id"
        )
        return [
            FileRecord(key, file_id, source, sha256, FileStamp(*stamp))
            for key, file_id, source, sha256, *stamp in rows
        ]

    def skipped(self) -> list[SkippedFile]:
        """The files that the last run found and left out, by path."""
        rows = self.rows(
            "SELECT source, reason, retry, size_bytes, mtime_ns, ctime_ns FROM skipped "
            "ORDER BY source"
        )
        return [
            SkippedFile(source, reason, FileStamp(*stamp) if stamp[0] >= 0 else None, bool(retry))
            for source, reason, retry, *stamp in rows
        ]

    def noted(self, name: str) -> str:
        """What a run noted under ``name``; empty if nothing."""
        rows = self.rows("SELECT value FROM meta WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def document(self, document_id: str) -> Document | None:
        """The document with its text; None if there is none of that id."""
        rows = self.rows(
            f"SELECT {codec.DOCUMENT_COLUMNS} FROM documents d JOIN files f ON f.key = d.file "
            "WHERE d.live = 1 AND d.id = ?",
            (document_id,),
        )
        with self._decoding():
            return codec.unpack_document(rows[0]) if rows else None

    def near_duplicates(self) -> list[tuple[str, ...]]:
        """The ids of articles that are nearly the same text, in sorted groups of two or more."""
        with database.translated(self.path):
            return similar.groups(self._connection)

    def articles(self) -> list[ArticleRecord]:
        """Every document, by id; no text is read."""
        rows = self.rows(
            "SELECT d.key, d.id, f.id, f.source, d.title, d.date FROM documents d "
            "JOIN files f ON f.key = d.file WHERE d.live = 1 ORDER BY d.id"
        )
        return [ArticleRecord(*row) for row in rows]

    # -- chunks --------------------------------------------------------------------------------

    def counts(self) -> tuple[int, int]:
        """How many documents and chunks there are."""
        return self.manifest.n_documents, self.manifest.n_chunks

    def chunks(self, keys: Sequence[int]) -> dict[int, Chunk]:
        """The chunks of those keys that exist, by key."""
        found: dict[int, Chunk] = {}
        for some in _portions(keys):
            rows = self.rows(
                f"SELECT c.key, {codec.CHUNK_COLUMNS} FROM {codec.CHUNK_TABLES} "
                f"WHERE c.key IN ({_marks(some)}) AND c.generation <= ?",
                (*some, self.manifest.generation),
            )
            with self._decoding():
                found.update((row[0], codec.unpack_chunk(row[1:])) for row in rows)
        return found

    def chunk_keys(self, documents: Sequence[int]) -> list[int]:
        """The keys of all chunks of the documents with those keys, rising."""
        found: list[tuple[int]] = []
        for some in _portions(documents):
            found += self.rows(f"SELECT key FROM chunks WHERE document IN ({_marks(some)})", some)
        return sorted(key for (key,) in found)

    def key_of(self, document_id: str, span: Span) -> int | None:
        """The key of the chunk that is this stretch of this document; None if none is."""
        rows = self.rows(
            "SELECT c.key FROM chunks c JOIN documents d ON d.key = c.document "
            "WHERE d.id = ? AND c.start = ? AND c.stop = ? AND c.generation <= ?",
            (document_id, span.start, span.end, self.manifest.generation),
        )
        return int(rows[0][0]) if rows else None

    def all_keys(self) -> list[int]:
        """The keys of all chunks, rising."""
        query = "SELECT key FROM chunks WHERE generation <= ? ORDER BY key"
        return [key for (key,) in self.rows(query, (self.manifest.generation,))]

    def all_chunks(self) -> Iterator[Chunk]:
        """Every chunk, by document id and place in it."""
        for (key,) in self.rows("SELECT key FROM documents WHERE live = 1 ORDER BY id"):
            rows = self.rows(
                f"SELECT {codec.CHUNK_COLUMNS} FROM {codec.CHUNK_TABLES} "
                "WHERE d.key = ? ORDER BY c.start, c.stop",
                (key,),
            )
            with self._decoding():
                chunks = [codec.unpack_chunk(row) for row in rows]
            yield from chunks

    def chunks_since(self, generation: int) -> Iterator[list[tuple[int, Chunk]]]:
        """Keys and chunks published after ``generation``, in batches, by key."""
        query = (
            f"SELECT c.key, {codec.CHUNK_COLUMNS} FROM {codec.CHUNK_TABLES} "
            "WHERE c.key > ? AND c.generation <= ? ORDER BY c.key LIMIT ?"
        )
        for rows in self._batches(query, generation):
            with self._decoding():
                batch = [(row[0], codec.unpack_chunk(row[1:])) for row in rows]
            yield batch

    def removed_since(self, generation: int) -> list[int] | None:
        """Keys that left after ``generation``; None if that is no longer known."""
        if generation < int(self.noted("removed_from") or 0):
            return None
        rows = self.rows("SELECT chunk FROM removed WHERE generation > ?", (generation,))
        return [key for (key,) in rows]

    # -- vectors -------------------------------------------------------------------------------

    def vectors(self, keys: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Keys that exist, int64 ``(n,)``, rising, and their vectors, float32 ``(n, d)``."""
        rows: list[Any] = []
        for some in _portions(keys):
            rows += self.rows(
                f"SELECT c.key, {codec.VECTOR_COLUMNS} FROM chunks c "
                "JOIN vectors v ON v.content = c.content "
                f"WHERE c.key IN ({_marks(some)}) AND c.generation <= ?",
                (*some, self.manifest.generation),
            )
        return self._matrix(sorted(rows))

    def vectors_since(self, generation: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Keys int64 ``(n,)`` and vectors float32 ``(n, d)`` published after ``generation``."""
        query = (
            f"SELECT c.key, {codec.VECTOR_COLUMNS} FROM chunks c "
            "JOIN vectors v ON v.content = c.content "
            "WHERE c.key > ? AND c.generation <= ? ORDER BY c.key LIMIT ?"
        )
        for rows in self._batches(query, generation):
            yield self._matrix(rows)

    def derived(self, name: str) -> tuple[int, str]:
        """Generation and sha256 that the derived file ``name`` must have; (0, "") if none."""
        rows = self.rows("SELECT generation, sha256 FROM derived WHERE name = ?", (name,))
        return (rows[0][0], rows[0][1]) if rows else (0, "")

    # -- helpers -------------------------------------------------------------------------------

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """What SQLite answers, for questions that only this package asks."""
        with database.translated(self.path):
            return self._connection.execute(query, values).fetchall()

    def _batches(self, query: str, generation: int) -> Iterator[list[Any]]:
        """Keys rise with the generation, so that what came after one is a stretch of the table:
        it is read in the order it lies in, and what lies before it is not looked at."""
        first = self.rows(
            "SELECT key FROM chunks WHERE generation > ? ORDER BY generation, key LIMIT 1",
            (generation,),
        )
        last = first[0][0] - 1 if first else 0
        while first and (rows := self.rows(query, (last, self.manifest.generation, _BATCH))):
            last = rows[-1][0]
            yield rows

    def _matrix(self, rows: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
        import numpy as np

        for key, content, crc, packed in rows:
            if codec.vector_crc(content, packed) != crc:
                raise self._vector_damage(key)
        keys = np.array([row[0] for row in rows], dtype=np.int64)
        with self._decoding():
            return keys, codec.unpack_vectors([row[3] for row in rows], self.manifest.dimension)

    def _vector_damage(self, key: int) -> Exception:
        rows = self.rows(
            "SELECT d.id FROM chunks c JOIN documents d ON d.key = c.document WHERE c.key = ?",
            (key,),
        )
        article = safe(str(rows[0][0])) if rows else "?"
        return database.damaged(
            self.path, f"a vector of the article {article} is not what was written"
        )

    def _read_manifest(self) -> Manifest:
        values = dict(self.rows("SELECT name, value FROM meta"))
        with self._decoding():
            return Manifest(
                store_id=values.get("store_id", ""),
                generation=int(values.get("generation", 0)),
                index_id=values.get("index_id", ""),
                embedder=values.get("embedder", ""),
                dimension=int(values.get("dimension", 0)),
                chunker=values.get("chunker", ""),
                version=values.get("version", ""),
                readers=values.get("readers", ""),
                roots=tuple(json.loads(values.get("roots", "[]"))),
                n_files=int(values.get("n_files", 0)),
                n_documents=int(values.get("n_documents", 0)),
                n_chunks=int(values.get("n_chunks", 0)),
                synced_at=values.get("synced_at", ""),
            )

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, KeyError, zlib.error) as exc:
            raise database.damaged(self.path, f"a row makes no sense ({exc})") from exc


def _portions(keys: Sequence[int]) -> Iterator[list[int]]:
    for first in range(0, len(keys), _FETCH):
        yield [int(key) for key in keys[first : first + _FETCH]]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
