"""The row file: the vectors of an index as the store has them, laid out to be picked from.

    header   64 bytes: magic, dimension, number of rows n (little-endian), zeros
    rows     n * dimension float16
    keys     n int64, rising: the chunk of each row
    sums     n uint32: CRC-32 of each row

The store records the sha256 of header, keys and sums; with the sums that covers every byte. The
rows are mapped, not read: an answer touches a few hundred of them.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from rag.errors import CorpusIndexError
from rag.indexing.files import replacing

_MAGIC = b"RAGROWS1"
_HEADER = struct.Struct("<8sIIQ40x")
_TABLE_BYTES = 8 + 4
_BLOCK = 8_192


class RowFile:
    """An open row file. It stays readable when another takes its place in the folder.

    Attributes:
        keys: int64 ``(n,)``, rising.
        digest: sha256 of header, keys and sums, hex.
    """

    def __init__(self, rows: np.ndarray, table: bytes, digest: str) -> None:
        n = len(rows)
        self.keys = np.frombuffer(table, dtype="<i8", count=n)
        self.digest = digest
        self._sums = np.frombuffer(table, dtype="<u4", offset=8 * n)
        self._rows = np.asarray(rows)  # the same memory; picking from a memmap is slower
        self._sound = np.zeros(n, dtype=bool)

    @classmethod
    def open(cls, path: Path, *, dimension: int, digest: str) -> RowFile:
        """The file that ``write`` gave ``digest`` for. Of the rows nothing is read yet.

        Raises:
            CorpusIndexError: it is not that file, or of another dimension or length.
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            size_bytes = os.fstat(file.fileno()).st_size
            header = file.read(_HEADER.size)
            if len(header) < _HEADER.size:
                raise CorpusIndexError(f"{path} is too short")
            magic, found, _, n = _HEADER.unpack(header)
            rows_bytes = n * 2 * found
            if (magic, found) != (_MAGIC, dimension):
                raise CorpusIndexError(f"{path} does not hold vectors of dimension {dimension}")
            if size_bytes != _HEADER.size + rows_bytes + n * _TABLE_BYTES:
                raise CorpusIndexError(f"{path} is not as long as it says")
            file.seek(_HEADER.size + rows_bytes)
            table = file.read(n * _TABLE_BYTES)
            if hashlib.sha256(header + table).hexdigest() != digest:
                raise CorpusIndexError(f"{path} is not what was written")
            rows = (
                np.memmap(file, dtype="<f2", mode="r", offset=_HEADER.size, shape=(n, dimension))
                if n
                else np.zeros((0, dimension), dtype="<f2")
            )
        return cls(rows, table, digest)

    def __len__(self) -> int:
        return len(self.keys)

    def positions(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the rows of ``keys`` lie, int64 ``(m,)``, and which of them there are, bool."""
        at = np.searchsorted(self.keys, keys)
        at[at == len(self.keys)] = 0
        there = self.keys[at] == keys if len(self.keys) else np.zeros(len(keys), dtype=bool)
        return at, there

    def rows_at(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows float32 ``(m, d)``, and which of them are as they were written, bool ``(m,)``: each
        row is summed when it is first read."""
        rows = self._rows[positions]
        new = ~self._sound[positions]
        self._sound[positions[new]] = _sums(rows[new]) == self._sums[positions[new]]
        return rows.astype(np.float32), self._sound[positions]

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Keys, rows and soundness of all rows, some thousand at a time."""
        for first in range(0, len(self), _BLOCK):
            at = np.arange(first, min(first + _BLOCK, len(self)))
            yield self.keys[at], *self.rows_at(at)


def write(path: Path, batches: Iterable[tuple[np.ndarray, np.ndarray]], *, dimension: int) -> str:
    """Put a row file in place of ``path``; returns its digest.

    Args:
        batches: keys int64 ``(m,)``, rising over all batches, and vectors ``(m, dimension)`` that
            float16 can say exactly.

    Raises:
        OSError: it cannot be written; ``path`` is then as it was.
    """
    keys: list[np.ndarray] = []
    sums: list[np.ndarray] = []
    with replacing(path) as file:
        file.write(bytes(_HEADER.size))
        for some, vectors in batches:
            rows = np.ascontiguousarray(vectors, dtype="<f2")
            file.write(rows.tobytes())
            keys.append(np.asarray(some, dtype="<i8"))
            sums.append(_sums(rows))
        table = b"".join(part.tobytes() for part in (*keys, *sums))
        file.write(table)
        header = _HEADER.pack(_MAGIC, dimension, 0, len(table) // _TABLE_BYTES)
        file.seek(0)
        file.write(header)
    return hashlib.sha256(header + table).hexdigest()


def _sums(rows: np.ndarray) -> np.ndarray:
    """CRC-32 of each row, uint32 ``(n,)``."""
    width = 2 * rows.shape[1]
    data = memoryview(rows.tobytes())
    sums = (zlib.crc32(data[at : at + width]) for at in range(0, len(data), width))
    return np.fromiter(sums, dtype="<u4", count=len(rows))
