"""Changing the store: stage what is new, embed it, publish everything in one transaction."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.store import codec, database, publication, similar
from rag.store.reader import StoreReader
from rag.store.records import FileStamp, Manifest, SkippedFile
from rag.types import Chunk, Document

if TYPE_CHECKING:
    import numpy as np

Article = tuple[Document, Sequence[Chunk], Iterable[str]]
"""A document, its chunks and, for each, the text that is embedded."""
_PART = 500
"""Chunks that are written at once: of a large article not all embedded texts lie in memory."""
Touched = tuple[int, str, FileStamp]
"""Key of an unchanged file, where it is now and how it looks from outside."""


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
        if database.is_begun(path):
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
        file_id: str,
        articles: Iterable[Article],
        *,
        embedder: str,
        source: str,
        sha256: str,
        stamp: FileStamp,
        sign: Callable[[Document], bytes] | None = None,
    ) -> None:
        """Put the articles of a file aside for the next publication; a text is embedded unless
        that very text has a vector already. What ``articles`` raises leaves nothing behind.
        ``sign`` gives the signature by which near-duplicates are found (``rag.store.similar``)."""
        with self._transaction():
            cursor = self._connection.execute(
                "INSERT INTO files (id, source, sha256, size_bytes, mtime_ns, ctime_ns, inode) "
                "VALUES (?,?,?,?,?,?,?)",
                (file_id, source, sha256, *_columns(stamp)),
            )
            file = int(cursor.lastrowid or 0)
            for document, chunks, texts in articles:
                key = self._stage_document(document, file)
                similar.add(self._connection, key, sign(document) if sign else b"")
                pairs = zip(chunks, texts, strict=True)
                while part := list(islice(pairs, _PART)):
                    keys = [codec.content_key(embedder, text) for _, text in part]
                    self._stage_chunks(key, [chunk for chunk, _ in part], keys)
                    self._stage_texts(keys, [text for _, text in part])

    def _stage_document(self, document: Document, file: int) -> int:
        meta, body = json.dumps(document.meta), codec.pack_body(document)
        head = (document.id, document.title, document.date, meta)
        cursor = self._connection.execute(
            "INSERT INTO documents (id, title, date, meta, file, digest, body) "
            "VALUES (?,?,?,?,?,?,?)",
            (*head, file, codec.document_digest(*head, body), codec.compress(body)),
        )
        return int(cursor.lastrowid or 0)

    def _stage_chunks(self, document: int, chunks: Sequence[Chunk], keys: Sequence[bytes]) -> None:
        generation = self.manifest.generation + 1
        self._connection.executemany(
            codec.CHUNK_INSERT,
            (
                codec.pack_chunk(chunk, document=document, generation=generation, content=key)
                for chunk, key in zip(chunks, keys, strict=True)
            ),
        )

    def _stage_texts(self, keys: Sequence[bytes], texts: Sequence[str]) -> None:
        self._connection.executemany(
            "INSERT OR IGNORE INTO pending SELECT ?1, length(?2), ?2 "
            "WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE content = ?1)",
            zip(keys, texts, strict=True),
        )

    def owner(self, document_id: str) -> str:
        """The id of the file that the document is of, staged or live; empty if there is none."""
        rows = self.rows(
            "SELECT f.id FROM documents d JOIN files f ON f.key = d.file WHERE d.id = ?",
            (document_id,),
        )
        return str(rows[0][0]) if rows else ""

    def n_pending(self) -> int:
        """How many texts still have to be embedded."""
        (count,) = self.rows("SELECT count(*) FROM pending")[0]
        return int(count)

    def has_pending(self, n: int) -> bool:
        """Whether at least ``n`` (from 1) texts still have to be embedded; looks at so many."""
        return bool(self.rows("SELECT 1 FROM pending LIMIT 1 OFFSET ?", (n - 1,)))

    def next_pending(self, n: int) -> list[tuple[bytes, str]]:
        """At most ``n`` content keys and texts to embed, longest first: batches of equal length
        waste nothing, and a text that needs too much memory shows at once."""
        rows = self.rows(
            "SELECT content, text FROM pending ORDER BY n_characters DESC LIMIT ?", (n,)
        )
        return [(content, text) for content, text in rows]

    def add_vectors(self, contents: Sequence[bytes], vectors: np.ndarray) -> None:
        """Keep the vectors, float32 ``(n, d)``, of pending texts. They outlast an interruption."""
        with self._transaction():
            self._connection.executemany(
                codec.VECTOR_INSERT, map(codec.pack_vector, contents, vectors)
            )
            self._connection.executemany(
                "DELETE FROM pending WHERE content = ?", ((c,) for c in contents)
            )

    # -- publication ---------------------------------------------------------------------------

    def publish(
        self, manifest: Manifest, *, drop: Iterable[int], touched: Iterable[Touched] = ()
    ) -> Manifest:
        """Replace, in one transaction, the files with the keys ``drop`` by what is staged, and
        note what is new of unchanged files.

        ``manifest`` gives embedder, dimension, chunker, version, readers and roots; the rest is
        worked out. Returns the manifest as stored.

        Raises:
            ValueError: if a staged text still waits for its vector.
        """
        if self.n_pending():
            raise ValueError(f"{self.n_pending()} texts are not embedded yet")
        generation = self.manifest.generation + 1
        with database.translated(self.path):
            for statement in publication.SETUP:
                self._connection.execute(statement)
        with self._transaction(durable=True):
            totals = publication.replace(self._connection, self._totals(), drop, generation)
            if self.noted("leftovers"):
                self._connection.execute(publication.COLLECT_ALL)
                self._connection.execute("DELETE FROM meta WHERE name = 'leftovers'")
            self._touch(touched)
            for name, value in publication.values(manifest, totals, generation).items():
                self._set(name, value)
        self.manifest = self._read_manifest()
        return self.manifest

    def note(self, values: Mapping[str, str], *, touched: Iterable[Touched] = ()) -> None:
        """Keep values in ``meta``, and what is new of unchanged files, without a publication."""
        with self._transaction():
            self._touch(touched)
            for name, value in values.items():
                self._set(name, value)
        self.manifest = self._read_manifest()

    def set_roots(self, roots: Sequence[str], *, touched: Iterable[Touched] = ()) -> None:
        """Note the folders that are indexed, when no article changed."""
        self.note({"roots": json.dumps(list(roots))}, touched=touched)

    def set_skipped(self, skipped: Iterable[SkippedFile]) -> None:
        """Replace the list of files that are left out; nothing is written if it is the same."""
        wanted = {item.source: item for item in skipped}
        if wanted == {item.source: item for item in self.skipped()}:
            return
        rows = (
            (
                *_columns(item.stamp or FileStamp(-1, -1, -1))[:3],
                item.source,
                item.reason,
                item.retry,
            )
            for item in wanted.values()
        )
        with self._transaction():
            self._connection.execute("DELETE FROM skipped")
            self._connection.executemany(
                "INSERT INTO skipped (size_bytes, mtime_ns, ctime_ns, source, reason, retry) "
                "VALUES (?,?,?,?,?,?)",
                rows,
            )

    def set_derived(self, name: str, *, generation: int, sha256_hex: str) -> None:
        """Note what the derived file ``name`` holds and which bytes it must have."""
        with self._transaction(durable=True):
            self._connection.execute(
                "INSERT OR REPLACE INTO derived VALUES (?, ?, ?)", (name, generation, sha256_hex)
            )

    def forget_removed(self, generation: int | None = None) -> None:
        """Drop the list of chunks removed up to ``generation`` (None: all), once no derived file
        is older."""
        upto = self.manifest.generation if generation is None else generation
        if int(self.noted("removed_from") or 0) >= upto:
            return
        with self._transaction():
            self._connection.execute("DELETE FROM removed WHERE generation <= ?", (upto,))
            self._set("removed_from", str(upto))

    # -- helpers -------------------------------------------------------------------------------

    def _totals(self) -> publication.Totals:
        m = self.manifest
        total = int(self.noted("sum") or "0", 16)
        return publication.Totals(m.n_files, m.n_documents, m.n_chunks, total)

    def _touch(self, touched: Iterable[Touched]) -> None:
        self._connection.executemany(
            "UPDATE files SET source = ?, size_bytes = ?, mtime_ns = ?, ctime_ns = ?, inode = ? "
            "WHERE key = ?",
            ((source, *_columns(stamp), key) for key, source, stamp in touched),
        )

    def _set(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def _discard_staged(self) -> None:
        """What an interrupted run left is taken out; of its vectors those that never come to use
        are found at the next publication."""
        if not self.rows(
            "SELECT 1 FROM files INDEXED BY files_staged WHERE live = 0 "
            "UNION ALL SELECT 1 FROM pending LIMIT 1"
        ):
            return
        with self._transaction():
            self._connection.execute("DELETE FROM files INDEXED BY files_staged WHERE live = 0")
            self._connection.execute("DELETE FROM pending")
            self._set("leftovers", "1")

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


def _columns(stamp: FileStamp) -> tuple[int, int, int, int]:
    return stamp.size_bytes, stamp.mtime_ns, stamp.ctime_ns, stamp.inode
