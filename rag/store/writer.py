"""Changing the store: stage what is new, embed it, publish everything in one transaction."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import numpy as np

from rag.store import codec, database
from rag.store.reader import Manifest, StoreReader
from rag.types import Chunk, Document


class StoreWriter(StoreReader):
    """Writes the store. Readers see nothing of it before ``publish``."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        super().__init__(path, connection)
        self._discard_staged()

    @classmethod
    def open(cls, path: Path) -> StoreWriter:
        """The store in ``path``, created if there is none. What an interrupted run had staged is
        discarded; the vectors it had computed are kept.

        Raises:
            CorpusIndexError: damaged, of another version, or it cannot be written.
        """
        if path.exists() and path.is_file() and path.stat().st_size > 0:
            return cls(path, database.open_for_writing(path))
        if path.exists():
            path.unlink() if path.is_file() else database.require_file(path)
        connection = database.create(path)
        with database.translated(path):
            connection.execute("INSERT INTO meta VALUES ('store_id', ?)", (uuid.uuid4().hex,))
        return cls(path, connection)

    def close(self) -> None:
        """Fold the WAL into the file and give it up. May be called twice."""
        # It fails, without harm and not to be waited for, where a reader still needs the WAL or we
        # are closed already.
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA busy_timeout = 0")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        super().close()

    # -- staging -------------------------------------------------------------------------------

    def stage(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        texts: Sequence[str],
        *,
        embedder: str,
        size_bytes: int,
        mtime_ns: int,
    ) -> None:
        """Put ``document`` aside for the next publication; ``texts[i]`` is embedded for
        ``chunks[i]`` unless that very text has a vector already."""
        keys = [codec.content_key(embedder, text) for text in texts]
        with self._transaction():
            cursor = self._connection.execute(
                "INSERT INTO documents (id, source, title, date, sha256, size_bytes, mtime_ns, "
                "meta, body) VALUES (?,?,?,?,?,?,?,?,?)",
                (
                    document.id,
                    document.source,
                    document.title,
                    document.date,
                    document.sha256,
                    size_bytes,
                    mtime_ns,
                    json.dumps(document.meta),
                    codec.pack_body(document),
                ),
            )
            self._stage_chunks(int(cursor.lastrowid or 0), chunks, keys)
            self._connection.executemany(
                "INSERT OR IGNORE INTO pending SELECT ?1, length(?2), ?2 "
                "WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE content = ?1)",
                zip(keys, texts, strict=True),
            )

    def _stage_chunks(self, document: int, chunks: Sequence[Chunk], keys: Sequence[bytes]) -> None:
        self._connection.executemany(
            "INSERT INTO chunks (id, document, start, stop, text, "
            "sentences, headings, places, unit, content) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                (
                    chunk.id,
                    document,
                    chunk.span.start,
                    chunk.span.end,
                    chunk.text,
                    codec.pack_sentences(chunk.sentences),
                    json.dumps(chunk.headings),
                    codec.pack_places(chunk.place_starts),
                    str(chunk.unit),
                    key,
                )
                for chunk, key in zip(chunks, keys, strict=True)
            ),
        )

    def n_pending(self) -> int:
        """How many texts still have to be embedded."""
        (count,) = self._rows("SELECT count(*) FROM pending")[0]
        return int(count)

    def next_pending(self, n: int) -> list[tuple[bytes, str]]:
        """At most ``n`` content keys and texts to embed, longest first: batches of equal length
        waste nothing, and a text that needs too much memory shows at once."""
        rows = self._rows(
            "SELECT content, text FROM pending ORDER BY n_characters DESC LIMIT ?", (n,)
        )
        return [(content, text) for content, text in rows]

    def add_vectors(self, contents: Sequence[bytes], vectors: np.ndarray) -> None:
        """Keep the vectors, float32 ``(n, d)``, of pending texts. They outlast an interruption."""
        with self._transaction():
            self._connection.executemany(
                "INSERT OR IGNORE INTO vectors (content, vector) VALUES (?, ?)",
                ((c, codec.pack_vector(v)) for c, v in zip(contents, vectors, strict=True)),
            )
            self._connection.executemany(
                "DELETE FROM pending WHERE content = ?", ((c,) for c in contents)
            )

    # -- publication ---------------------------------------------------------------------------

    def publish(self, manifest: Manifest, *, drop: Iterable[int]) -> Manifest:
        """Replace, in one transaction, the documents with the keys ``drop`` by what is staged.

        ``manifest`` gives embedder, dimension, chunker, version and roots; the generation and
        index id are worked out. Returns the manifest as stored.

        Raises:
            ValueError: if a staged text still waits for its vector.
        """
        if self.n_pending():
            raise ValueError(f"{self.n_pending()} texts are not embedded yet")
        generation = self.manifest.generation + 1
        with self._transaction(durable=True):
            self._drop(drop, generation)
            self._connection.execute(
                "UPDATE chunks SET generation = ? WHERE generation IS NULL", (generation,)
            )
            self._connection.execute("UPDATE documents SET live = 1 WHERE live = 0")
            self._connection.execute(
                "DELETE FROM vectors WHERE content NOT IN (SELECT content FROM chunks)"
            )
            self._write_manifest(manifest, generation)
        self.manifest = self._read_manifest()
        return self.manifest

    def touch(self, key: int, *, source: str, size_bytes: int, mtime_ns: int) -> None:
        """Note where an unchanged document's file is now, and how it looks from outside."""
        with self._transaction():
            self._connection.execute(
                "UPDATE documents SET source = ?, size_bytes = ?, mtime_ns = ? WHERE key = ?",
                (source, size_bytes, mtime_ns, key),
            )

    def set_roots(self, roots: Sequence[str]) -> None:
        """Note the folders that are indexed, when nothing else changed."""
        with self._transaction():
            self._set("roots", json.dumps(list(roots)))
        self.manifest = self._read_manifest()

    def set_rejected(self, rejected: Iterable[tuple[str, int, int, str]]) -> None:
        """Replace the list of files that hold no article: source, size, mtime_ns, reason."""
        with self._transaction():
            self._connection.execute("DELETE FROM rejected")
            self._connection.executemany(
                "INSERT OR REPLACE INTO rejected VALUES (?,?,?,?)", rejected
            )

    def set_derived(self, name: str, *, generation: int, sha256_hex: str) -> None:
        """Note what the derived file ``name`` holds and which bytes it must have."""
        with self._transaction(durable=True):
            self._connection.execute(
                "INSERT OR REPLACE INTO derived VALUES (?, ?, ?)", (name, generation, sha256_hex)
            )

    def forget_removed(self) -> None:
        """Drop the list of removed chunks, once every derived file is up to date."""
        with self._transaction():
            self._connection.execute("DELETE FROM removed")
            self._set("removed_from", str(self.manifest.generation))

    # -- helpers -------------------------------------------------------------------------------

    def _drop(self, documents: Iterable[int], generation: int) -> None:
        for key in documents:
            self._connection.execute(
                "INSERT INTO removed SELECT key, ? FROM chunks WHERE document = ?",
                (generation, key),
            )
            self._connection.execute("DELETE FROM documents WHERE key = ?", (key,))

    def _write_manifest(self, manifest: Manifest, generation: int) -> None:
        for name in ("embedder", "chunker", "version"):
            self._set(name, getattr(manifest, name))
        self._set("dimension", str(manifest.dimension))
        self._set("roots", json.dumps(list(manifest.roots)))
        self._set("generation", str(generation))
        self._set("index_id", self._index_id(manifest))

    def _index_id(self, manifest: Manifest) -> str:
        digest = sha256(f"{manifest.embedder}\n{manifest.chunker}\n".encode())
        for document_id, content in self._connection.execute(
            "SELECT id, sha256 FROM documents WHERE live = 1 ORDER BY id"
        ):
            digest.update(f"{content} {document_id}\n".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:16]

    def _set(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def _discard_staged(self) -> None:
        with self._transaction():
            self._connection.execute("DELETE FROM documents WHERE live = 0")
            self._connection.execute("DELETE FROM pending")

    @contextmanager
    def _transaction(self, *, durable: bool = False) -> Iterator[None]:
        with database.translated(self.path):
            if durable:
                self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._connection.execute("PRAGMA synchronous = NORMAL")
