"""How records lie in the columns of the store."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from rag.types import Block, BlockKind, Chunk, Document, PlaceUnit, Span

_COMPRESSION_LEVEL = 3  # a third of the size of plain text at over 100 MB/s


def content_key(embedder: str, text: str) -> bytes:
    """What identifies a vector: who embedded which text. 32 bytes."""
    return sha256(f"{embedder}\0{text}".encode("utf-8", "surrogatepass")).digest()


def pack_body(document: Document) -> bytes:
    """Text, blocks and line starts of ``document``, compressed."""
    body = {
        "text": document.text,
        "blocks": [[b.span.start, b.span.end, str(b.kind), b.level] for b in document.blocks],
        "place_starts": document.place_starts,
        "unit": document.unit,
    }
    return zlib.compress(json.dumps(body).encode("ascii"), _COMPRESSION_LEVEL)


def unpack_document(row: Sequence[Any]) -> Document:
    """The document in a row of id, source, title, date, sha256, meta, body.

    Raises:
        ValueError, KeyError, TypeError, zlib.error: if the row is damaged.
    """
    document_id, source, title, date, digest, meta, packed = row
    body = json.loads(zlib.decompress(packed))
    return Document(
        id=document_id,
        source=source,
        title=title,
        text=body["text"],
        blocks=tuple(
            Block(Span(start, end), BlockKind(kind), level)
            for start, end, kind, level in body["blocks"]
        ),
        sha256=digest,
        date=date,
        place_starts=tuple((offset, number) for offset, number in body["place_starts"]),
        unit=PlaceUnit(body["unit"]),
        meta=json.loads(meta),
    )


def pack_sentences(sentences: Sequence[Span]) -> str:
    """Spans as one flat list of numbers."""
    return json.dumps([edge for span in sentences for edge in (span.start, span.end)])


def pack_places(starts: Sequence[tuple[int, int]]) -> str:
    """Pairs of an offset and a number as one flat list."""
    return json.dumps([number for pair in starts for number in pair])


def unpack_places(packed: str) -> tuple[tuple[int, int], ...]:
    """What ``pack_places`` packed.

    Raises:
        ValueError: if it is damaged.
    """
    flat = json.loads(packed)
    if not flat:
        raise ValueError("a chunk without a place")
    return tuple(zip(map(int, flat[::2]), map(int, flat[1::2]), strict=True))


CHUNK_COLUMNS = (
    "c.id, d.id, c.start, c.stop, c.text, c.sentences, c.headings, "
    "d.title, d.source, d.date, c.places, c.unit"
)


def unpack_chunk(row: Sequence[Any]) -> Chunk:
    """The chunk in a row of ``CHUNK_COLUMNS``.

    Raises:
        ValueError, TypeError: if the row is damaged.
    """
    edges = json.loads(row[5])
    return Chunk(
        id=row[0],
        document_id=row[1],
        span=Span(row[2], row[3]),
        text=row[4],
        sentences=tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)),
        headings=tuple(json.loads(row[6])),
        title=row[7],
        source=row[8],
        date=row[9],
        place_starts=unpack_places(row[10]),
        unit=PlaceUnit(row[11]),
    )


def pack_vector(vector: np.ndarray) -> bytes:
    """A vector as little-endian float16: two bytes a number, error below 0.0005."""
    return vector.astype("<f2").tobytes()


def unpack_vectors(blobs: Sequence[bytes], dimension: int) -> np.ndarray:
    """float32 ``(n, dimension)``.

    Raises:
        ValueError: if a blob has another length.
    """
    if any(len(blob) != 2 * dimension for blob in blobs):
        raise ValueError(f"a stored vector does not have {dimension} numbers")
    flat = np.frombuffer(b"".join(blobs), dtype="<f2")
    return flat.reshape(len(blobs), dimension).astype(np.float32)
