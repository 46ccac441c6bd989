"""What an index holds, as of the moment it was opened."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from rag.store import codec, database
from rag.types import Chunk, Document

_BATCH = 5_000
_FETCH = 500


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built from and by.

    Attributes:
        store_id: random, made with the file: tells derived files of two builds apart.
        generation: counts publications; 0 if nothing was published yet.
        index_id: equal for equal articles, embedder and chunker, however the index came about.
        version: of this program; another version reads every article anew.
    """

    store_id: str = ""
    generation: int = 0
    index_id: str = ""
    embedder: str = ""
    dimension: int = 0
    chunker: str = ""
    version: str = ""
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A document as a file: enough to see whether it changed."""

    key: int
    document_id: str
    source: str
    sha256: str
    size_bytes: int
    mtime_ns: int


class StoreReader:
    """Reads one state of the store. Every method raises ``CorpusIndexError`` on a damaged file."""

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

    # -- documents -----------------------------------------------------------------------------

    def files(self) -> list[FileRecord]:
        """Every document as a file, by id."""
        rows = self._rows(
            "SELECT key, id, source, sha256, size_bytes, mtime_ns FROM documents "
            "WHERE live = 1 ORDER BY id"
        )
        return [FileRecord(*row) for row in rows]

    def rejected(self) -> dict[str, tuple[int, int]]:
        """Size in bytes and mtime_ns of every file that held no article, by source."""
        rows = self._rows("SELECT source, size_bytes, mtime_ns FROM rejected")
        return {source: (size_bytes, mtime_ns) for source, size_bytes, mtime_ns in rows}

    def document(self, document_id: str) -> Document | None:
        """The document with its text; None if there is none of that id."""
        rows = self._rows(
            "SELECT id, source, title, date, sha256, meta, body FROM documents "
            "WHERE live = 1 AND id = ?",
            (document_id,),
        )
        with self._decoding():
            return codec.unpack_document(rows[0]) if rows else None

    # -- chunks --------------------------------------------------------------------------------

    def counts(self) -> tuple[int, int]:
        """How many documents and chunks there are."""
        (documents,) = self._rows("SELECT count(*) FROM documents WHERE live = 1")[0]
        (chunks,) = self._rows("SELECT count(*) FROM chunks WHERE generation IS NOT NULL")[0]
        return documents, chunks

    def chunks(self, keys: Sequence[int]) -> dict[int, Chunk]:
        """The chunks of those keys that exist, by key."""
        found: dict[int, Chunk] = {}
        for some in _portions(keys):
            rows = self._rows(
                f"SELECT c.key, {codec.CHUNK_COLUMNS} FROM chunks c JOIN documents d "
                "ON d.key = c.document WHERE c.generation IS NOT NULL "
                f"AND c.key IN ({_marks(some)})",
                some,
            )
            with self._decoding():
                found.update((row[0], codec.unpack_chunk(row[1:])) for row in rows)
        return found

    def all_chunks(self) -> Iterator[Chunk]:
        """Every chunk, by document id and place in it."""
        for record in self.files():
            rows = self._rows(
                f"SELECT {codec.CHUNK_COLUMNS} FROM chunks c JOIN documents d "
                "ON d.key = c.document WHERE d.key = ? ORDER BY c.start, c.stop",
                (record.key,),
            )
            with self._decoding():
                chunks = [codec.unpack_chunk(row) for row in rows]
            yield from chunks

    def chunks_since(self, generation: int) -> Iterator[list[tuple[int, Chunk]]]:
        """Keys and chunks published after ``generation``, in batches, by key."""
        query = (
            f"SELECT c.key, {codec.CHUNK_COLUMNS} FROM chunks c JOIN documents d "
            "ON d.key = c.document WHERE c.generation > ? AND c.key > ? ORDER BY c.key LIMIT ?"
        )
        for rows in self._batches(query, generation):
            with self._decoding():
                batch = [(row[0], codec.unpack_chunk(row[1:])) for row in rows]
            yield batch

    def removed_since(self, generation: int) -> list[int] | None:
        """Keys that left after ``generation``; None if that is no longer known."""
        (kept_from,) = self._rows(
            "SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE name = 'removed_from'"
        )[0]
        if generation < kept_from:
            return None
        rows = self._rows("SELECT chunk FROM removed WHERE generation > ?", (generation,))
        return [key for (key,) in rows]

    # -- vectors -------------------------------------------------------------------------------

    def vectors(self, keys: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Keys that exist, int64 ``(n,)``, rising, and their vectors, float32 ``(n, d)``."""
        rows: list[tuple[int, bytes]] = []
        for some in _portions(keys):
            rows += self._rows(
                "SELECT c.key, v.vector FROM chunks c JOIN vectors v ON v.content = c.content "
                f"WHERE c.generation IS NOT NULL AND c.key IN ({_marks(some)})",
                some,
            )
        return self._matrix(sorted(rows))

    def vectors_since(self, generation: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Keys int64 ``(n,)`` and vectors float32 ``(n, d)`` published after ``generation``."""
        query = (
            "SELECT c.key, v.vector FROM chunks c JOIN vectors v ON v.content = c.content "
            "WHERE c.generation > ? AND c.key > ? ORDER BY c.key LIMIT ?"
        )
        for rows in self._batches(query, generation):
            yield self._matrix(rows)

    def derived(self, name: str) -> tuple[int, str]:
        """Generation and sha256 that the derived file ``name`` must have; (0, "") if none."""
        rows = self._rows("SELECT generation, sha256 FROM derived WHERE name = ?", (name,))
        return (rows[0][0], rows[0][1]) if rows else (0, "")

    # -- helpers -------------------------------------------------------------------------------

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with database.translated(self.path):
            return self._connection.execute(query, values).fetchall()

    def _batches(self, query: str, generation: int) -> Iterator[list[Any]]:
        last = 0
        while rows := self._rows(query, (generation, last, _BATCH)):
            last = rows[-1][0]
            yield rows

    def _matrix(self, rows: Sequence[tuple[int, bytes]]) -> tuple[np.ndarray, np.ndarray]:
        keys = np.array([key for key, _ in rows], dtype=np.int64)
        with self._decoding():
            return keys, codec.unpack_vectors([v for _, v in rows], self.manifest.dimension)

    def _read_manifest(self) -> Manifest:
        values = dict(self._rows("SELECT name, value FROM meta"))
        with self._decoding():
            return Manifest(
                store_id=values.get("store_id", ""),
                generation=int(values.get("generation", 0)),
                index_id=values.get("index_id", ""),
                embedder=values.get("embedder", ""),
                dimension=int(values.get("dimension", 0)),
                chunker=values.get("chunker", ""),
                version=values.get("version", ""),
                roots=tuple(json.loads(values.get("roots", "[]"))),
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
