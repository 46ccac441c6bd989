"""Looking at every row of a store: is it what was written, and does one fit the other."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rag.errors import CorpusIndexError
from rag.store import codec
from rag.store.publication import Totals
from rag.store.reader import StoreReader
from rag.text.terminal import safe

MAX_FAULTS = 100
_DECODING = (ValueError, KeyError, TypeError, zlib.error)


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """What was looked at, and what is wrong.

    Attributes:
        faults: one sentence each, the first ``MAX_FAULTS``; none if the store is sound.
    """

    n_files: int = 0
    n_documents: int = 0
    n_chunks: int = 0
    n_vectors: int = 0
    faults: tuple[str, ...] = ()


def check_store(store: StoreReader) -> StoreCheck:
    """Every row of ``store`` compared with its checksum, and with the rows it refers to. Reads the
    whole file, one article in memory at a time."""
    return _Check(store).result()


class _Check:
    def __init__(self, store: StoreReader) -> None:
        self._store = store
        self._sum = 0
        self._counts = {"documents": 0, "chunks": 0, "vectors": 0}

    def result(self) -> StoreCheck:
        faults: list[str] = []
        found = self._faults()
        try:
            faults.extend(islice(found, MAX_FAULTS))
        except CorpusIndexError as exc:  # SQLite itself can go no further
            faults.append(exc.message)
        return StoreCheck(
            self._store.manifest.n_files,
            self._counts["documents"],
            self._counts["chunks"],
            self._counts["vectors"],
            tuple(dict.fromkeys(faults)),
        )

    def _faults(self) -> Iterator[str]:
        yield from self._structure()
        yield from self._documents()
        yield from self._vectors()
        yield from self._totals()

    def _structure(self) -> Iterator[str]:
        for (line,) in self._store.rows(f"PRAGMA integrity_check({MAX_FAULTS})"):
            if line != "ok":
                yield f"the database is damaged: {safe(str(line))}"
        for table, *_ in self._store.rows("PRAGMA foreign_key_check"):
            yield f"a row of {safe(str(table))} refers to one that is not there"

    def _documents(self) -> Iterator[str]:
        for key, name in self._store.rows("SELECT key, id FROM documents WHERE live = 1"):
            self._counts["documents"] += 1
            row = self._store.rows(
                f"SELECT {codec.DOCUMENT_COLUMNS} FROM documents d "
                "JOIN files f ON f.key = d.file AND f.live = 1 WHERE d.key = ?",
                (key,),
            )
            text = None
            try:
                text = codec.unpack_document(row[0]).text
                self._sum += int.from_bytes(row[0][6], "big")
            except IndexError:
                yield f"the article {safe(str(name))} belongs to no file"
            except _DECODING as exc:
                yield _sentence(exc, f"the article {safe(str(name))} cannot be read")
            yield from self._chunks(key, name, text)

    def _chunks(self, document: int, name: str, text: str | None) -> Iterator[str]:
        rows = self._store.rows(
            f"SELECT {codec.CHUNK_COLUMNS} FROM {codec.CHUNK_TABLES} "
            "WHERE c.document = ? AND c.generation <= ?",
            (document, self._store.manifest.generation),
        )
        article = safe(str(name))
        self._counts["chunks"] += len(rows)
        if not rows:
            yield f"the article {article} has no passages"
        for row in rows:
            try:
                chunk = codec.unpack_chunk(row)
            except _DECODING as exc:
                yield _sentence(exc, f"a passage of the article {article} cannot be read")
                continue
            if text is not None and chunk.span.of(text) != chunk.text:
                yield f"a passage of the article {article} is not in its text"

    def _vectors(self) -> Iterator[str]:
        n_bytes = 2 * self._store.manifest.dimension
        query = f"SELECT v.key, {codec.VECTOR_COLUMNS} FROM vectors v WHERE v.key > ? LIMIT 5000"
        last = -1
        while rows := self._store.rows(query, (last,)):
            last = rows[-1][0]
            self._counts["vectors"] += len(rows)
            for _, content, crc, packed in rows:
                # those of another embedder belong to an interrupted run
                if not _is_sound(content, crc, packed):
                    yield f"a vector of {self._users(content)} is not what was written"
                elif len(packed) != n_bytes and self._is_used(content):
                    yield f"a vector of {self._users(content)} has another length"
        for (name,) in self._store.rows(
            "SELECT DISTINCT d.id FROM chunks c JOIN documents d ON d.key = c.document "
            "WHERE c.generation <= ? "
            "AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.content = c.content)",
            (self._store.manifest.generation,),
        ):
            yield f"the article {safe(str(name))} lacks a vector"

    def _is_used(self, content: bytes) -> bool:
        query = "SELECT 1 FROM chunks WHERE content = ? AND generation <= ? LIMIT 1"
        return bool(self._store.rows(query, (content, self._store.manifest.generation)))

    def _users(self, content: bytes) -> str:
        rows = self._store.rows(
            "SELECT d.id FROM chunks c JOIN documents d ON d.key = c.document "
            "WHERE c.content = ? LIMIT 1",
            (content,),
        )
        return f"the article {safe(str(rows[0][0]))}" if rows else "no article"

    def _totals(self) -> Iterator[str]:
        manifest = self._store.manifest
        n_files = self._store.rows("SELECT count(*) FROM files WHERE live = 1")[0][0]
        found = (n_files, self._counts["documents"], self._counts["chunks"])
        noted = (manifest.n_files, manifest.n_documents, manifest.n_chunks)
        if found != noted:
            yield f"it holds {_counted(found)}, and says that it holds {_counted(noted)}"
        elif Totals(*found, self._sum % (1 << 256)).index_id(manifest) != manifest.index_id:
            yield "its id is not that of its articles"


def _is_sound(content: Any, crc: Any, packed: Any) -> bool:
    if not isinstance(content, bytes) or not isinstance(packed, bytes):
        return False
    return bool(codec.vector_crc(content, packed) == crc)


def _sentence(exc: Exception, otherwise: str) -> str:
    return str(exc) if "is not what was written" in str(exc) else otherwise


def _counted(counts: Sequence[int]) -> str:
    return "{} files, {} articles, {} passages".format(*counts)
