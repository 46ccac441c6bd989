"""How records lie in the columns of the store.

A chunk and a vector carry a CRC-32 of what they were written as, a document a SHA-256. SQLite has
no checksums of its own: a disk that gives back other bytes than it took is found out here.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from rag.text.terminal import safe
from rag.types import Block, BlockKind, Chunk, Document, PlaceUnit, Span

if TYPE_CHECKING:
    import numpy as np

_COMPRESSION_LEVEL = 3  # a third of the size of plain text at over 100 MB/s


def content_key(embedder: str, text: str) -> bytes:
    """What identifies a vector: who embedded which text. 32 bytes."""
    return sha256(f"{embedder}\0{text}".encode("utf-8", "surrogatepass")).digest()


# -- documents ---------------------------------------------------------------------------------

DOCUMENT_COLUMNS = "d.id, f.source, d.title, d.date, f.sha256, d.meta, d.digest, d.body"


def pack_body(document: Document) -> bytes:
    """Text, blocks and place starts of ``document`` as JSON."""
    body = {
        "text": document.text,
        "blocks": [[b.span.start, b.span.end, str(b.kind), b.level] for b in document.blocks],
        "place_starts": document.place_starts,
        "unit": document.unit,
    }
    # Without escapes: those would make six bytes of two in most of the world's scripts.
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def compress(body: bytes) -> bytes:
    """``body`` as it is stored."""
    return zlib.compress(body, _COMPRESSION_LEVEL)


def document_digest(document_id: str, title: str, date: str, meta: str, body: bytes) -> bytes:
    """SHA-256 of all that an article says, whatever file it came from. 32 bytes."""
    head = json.dumps([document_id, title, date, meta]).encode("ascii")
    return sha256(head + b"\0" + body).digest()


def unpack_document(row: Sequence[Any]) -> Document:
    """The document in a row of ``DOCUMENT_COLUMNS``.

    Raises:
        ValueError, KeyError, TypeError, zlib.error: if the row is damaged.
    """
    document_id, source, title, date, file_sha256, meta, digest, packed = row
    raw = zlib.decompress(packed)
    if document_digest(document_id, title, date, meta, raw) != digest:
        raise ValueError(f"the article {safe(str(document_id))} is not what was written")
    body = json.loads(raw.decode("utf-8", "surrogatepass"))
    return Document(
        id=document_id,
        source=source,
        title=title,
        text=body["text"],
        blocks=tuple(
            Block(Span(start, end), BlockKind(kind), level)
            for start, end, kind, level in body["blocks"]
        ),
        sha256=file_sha256,
        date=date,
        place_starts=tuple((offset, number) for offset, number in body["place_starts"]),
        unit=PlaceUnit(body["unit"]),
        meta=json.loads(meta),
    )


# -- chunks ------------------------------------------------------------------------------------

CHUNK_INSERT = (
    "INSERT INTO chunks (id, document, generation, content, crc, start, stop, "
    "sentences, headings, places, unit, text) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
)
CHUNK_COLUMNS = (
    "c.id, d.id, d.title, d.date, c.start, c.stop, c.sentences, c.headings, c.places, c.unit, "
    "c.text, c.content, c.crc, f.source"
)
CHUNK_TABLES = "chunks c JOIN documents d ON d.key = c.document JOIN files f ON f.key = d.file"


def pack_chunk(chunk: Chunk, *, document: int, generation: int, content: bytes) -> tuple[Any, ...]:
    """The values of ``CHUNK_INSERT`` for a chunk of the document with the key ``document``."""
    packed = (
        chunk.span.start,
        chunk.span.end,
        _flat((span.start, span.end) for span in chunk.sentences),
        json.dumps(chunk.headings),
        _flat(chunk.place_starts),
        str(chunk.unit),
        chunk.text,
    )
    crc = _crc((chunk.id, chunk.document_id, chunk.title, chunk.date, *packed), content)
    return (chunk.id, document, generation, content, crc, *packed)


def unpack_chunk(row: Sequence[Any]) -> Chunk:
    """The chunk in a row of ``CHUNK_COLUMNS``.

    Raises:
        ValueError, TypeError: if the row is damaged.
    """
    if _crc(row[:11], row[11]) != row[12]:
        raise ValueError(f"a passage of the article {safe(str(row[1]))} is not what was written")
    return Chunk(
        id=row[0],
        document_id=row[1],
        span=Span(row[4], row[5]),
        text=row[10],
        sentences=tuple(Span(start, end) for start, end in _pairs(row[6])),
        headings=tuple(json.loads(row[7])),
        title=row[2],
        source=row[13],
        date=row[3],
        place_starts=tuple(_pairs(row[8])),
        unit=PlaceUnit(row[9]),
    )


def _crc(columns: Sequence[Any], content: bytes) -> int:
    text = "\x1f".join(map(str, columns))
    return zlib.crc32(text.encode("utf-8", "surrogatepass"), zlib.crc32(content))


def _flat(pairs: Any) -> str:
    """Pairs of numbers as one flat list."""
    return json.dumps([number for pair in pairs for number in pair])


def _pairs(packed: str) -> list[tuple[int, int]]:
    flat = json.loads(packed)
    return list(zip(map(int, flat[::2]), map(int, flat[1::2]), strict=True))


# -- vectors -----------------------------------------------------------------------------------

VECTOR_INSERT = "INSERT OR IGNORE INTO vectors (content, crc, vector) VALUES (?, ?, ?)"
VECTOR_COLUMNS = "v.content, v.crc, v.vector"


def pack_vector(content: bytes, vector: np.ndarray) -> tuple[bytes, int, bytes]:
    """The values of ``VECTOR_INSERT``: the vector as little-endian float16, two bytes a number,
    error below 0.0005."""
    packed = vector.astype("<f2").tobytes()
    return content, vector_crc(content, packed), packed


def vector_crc(content: bytes, packed: bytes) -> int:
    """CRC-32 of a vector and of whose it is."""
    return zlib.crc32(packed, zlib.crc32(content))


def unpack_vectors(blobs: Sequence[bytes], dimension: int) -> np.ndarray:
    """float32 ``(n, dimension)``.

    Raises:
        ValueError: if a blob has another length.
    """
    import numpy as np

    if any(len(blob) != 2 * dimension for blob in blobs):
        raise ValueError(f"a stored vector does not have {dimension} numbers")
    flat = np.frombuffer(b"".join(blobs), dtype="<f2")
    return flat.reshape(len(blobs), dimension).astype(np.float32)
