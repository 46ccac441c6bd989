"""A FAISS index as a file: written whole or not at all, read only if it is ours."""

from __future__ import annotations

import hashlib
from pathlib import Path

import faiss
import numpy as np

from rag.errors import CorpusIndexError
from rag.indexing.files import replacing


def save(index: faiss.Index, path: Path) -> str:
    """Write ``index`` so that ``path`` holds all of it or what it held before; returns the sha256
    of its bytes.

    Raises:
        CorpusIndexError: if it cannot be written (on a full disk ``faiss.write_index`` itself
            returns normally, hence the way through Python; faiss 1.15.1).
    """
    digest = hashlib.sha256()

    def write(data: bytes) -> int:
        digest.update(data)
        return file.write(data)

    try:
        with replacing(path) as file:
            faiss.write_index(index, faiss.PyCallbackIOWriter(write))  # type: ignore[attr-defined]
    except (OSError, RuntimeError) as exc:
        raise CorpusIndexError(f"cannot write {path}: {str(exc)[:200]}") from exc
    return digest.hexdigest()


def load(path: Path, *, digest: str, dimension: int, n_vectors: int) -> faiss.Index:
    """The index that ``save`` wrote to ``path``. FAISS has no checksum, and some damaged files
    crash it: it is shown nothing but the very bytes that were written.

    Raises:
        CorpusIndexError: they are other bytes, or not an index of that shape.
        OSError: the file cannot be read.
    """
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise CorpusIndexError(f"{path} is not what was written")
    faiss.set_deserialization_vector_byte_limit(4 * len(data) + 1_000_000)
    try:
        index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    except (RuntimeError, AssertionError) as exc:
        raise CorpusIndexError(f"FAISS cannot read {path}: {str(exc)[:200]}") from exc
    if (index.d, index.ntotal) != (dimension, n_vectors):
        raise CorpusIndexError(f"{path} does not fit the row file")
    return index
