"""The search structures that follow from the store: loaded if they are its very image, otherwise
caught up or built again. They are never trusted blindly and losing them loses nothing.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.errors import CorpusIndexError
from rag.indexing.faiss_index import FaissIndex
from rag.indexing.files import folder_sha256, sync_folder
from rag.indexing.tantivy_index import TantivyIndex
from rag.store.database import REBUILD_HINT
from rag.store.reader import StoreReader
from rag.store.writer import StoreWriter
from rag.types import Chunk

VECTORS_FILE = "vectors.faiss"
LEXICAL_FOLDER = "lexical"
_EXACT_CHUNKS = 10_000
"""Up to so many chunks the lexical index is built anew (a few seconds) when something was removed:
the words of removed texts would otherwise go on counting in the statistics BM25 weighs by."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Derived:
    """Both search structures, in step with one generation of the store."""

    vectors: FaissIndex
    lexical: TantivyIndex


def load(store: StoreReader, index_dir: Path) -> Derived | None:
    """The structures as they lie in ``index_dir``; None if either is missing, of another
    generation than ``store``, or not byte for byte what was recorded."""
    generation = store.manifest.generation
    if (
        store.derived(VECTORS_FILE)[0] != generation
        or store.derived(LEXICAL_FOLDER)[0] != generation
    ):
        return None
    vectors = _load_vectors(store, index_dir)
    lexical = _load_lexical(store, index_dir) if vectors is not None else None
    return Derived(vectors, lexical) if vectors is not None and lexical is not None else None


def build(store: StoreReader) -> Derived:
    """The structures in memory, from the store alone."""
    lexical = TantivyIndex()
    _add_texts(lexical, store, since=0)
    return Derived(_all_vectors(store), lexical)


def refresh(store: StoreWriter, index_dir: Path) -> None:
    """Bring the files in ``index_dir`` in step with ``store``. The caller holds the write lock.

    Raises:
        CorpusIndexError: if they cannot be written.
    """
    try:
        _refresh_vectors(store, index_dir)
        _refresh_lexical(store, index_dir)
    except OSError as exc:
        raise CorpusIndexError(
            f"cannot write in the index folder {index_dir}: {exc.strerror}"
        ) from exc
    store.forget_removed()


# -- vectors -----------------------------------------------------------------------------------


def _load_vectors(store: StoreReader, index_dir: Path) -> FaissIndex | None:
    """The FAISS file if its bytes are those recorded, whatever its generation."""
    try:
        data = (index_dir / VECTORS_FILE).read_bytes()
        if hashlib.sha256(data).hexdigest() != store.derived(VECTORS_FILE)[1]:
            return None
        return FaissIndex.from_bytes(data, dimension=store.manifest.dimension)
    except (OSError, CorpusIndexError) as exc:
        _log.info("%s is not used: %s", VECTORS_FILE, exc)
        return None


def _all_vectors(store: StoreReader) -> FaissIndex:
    index = FaissIndex(store.manifest.dimension)
    for keys, vectors in store.vectors_since(0):
        index.add(keys, vectors)
    return index


def _refresh_vectors(store: StoreWriter, index_dir: Path) -> None:
    current = store.manifest.generation
    known = store.derived(VECTORS_FILE)[0]
    index = _load_vectors(store, index_dir)
    if index is not None and known == current:
        return
    removed = store.removed_since(known)
    if index is None or removed is None:
        index = _all_vectors(store)
    else:
        index.remove(np.array(removed, dtype=np.int64))
        for keys, vectors in store.vectors_since(known):
            index.add(keys, vectors)
    if len(index) != store.counts()[1]:
        raise CorpusIndexError("the store lacks vectors of its chunks", hint=REBUILD_HINT)
    digest = index.save(index_dir / VECTORS_FILE)
    store.set_derived(VECTORS_FILE, generation=current, sha256_hex=digest)


# -- words -------------------------------------------------------------------------------------


def indexed_text(chunk: Chunk) -> str:
    """What words a chunk is found by: those of its title and headings, and its own."""
    return f"{chunk.context}\n{chunk.text}"


def _load_lexical(store: StoreReader, index_dir: Path) -> TantivyIndex | None:
    """The lexical index if its bytes are those recorded, whatever its generation."""
    folder = index_dir / LEXICAL_FOLDER
    try:
        if folder_sha256(folder) != store.derived(LEXICAL_FOLDER)[1]:
            return None
        return TantivyIndex(folder)
    except (OSError, CorpusIndexError) as exc:
        _log.info("%s is not used: %s", LEXICAL_FOLDER, exc)
        return None


def _add_texts(index: TantivyIndex, store: StoreReader, *, since: int) -> None:
    for batch in store.chunks_since(since):
        index.add([key for key, _ in batch], [indexed_text(chunk) for _, chunk in batch])


def _refresh_lexical(store: StoreWriter, index_dir: Path) -> None:
    current = store.manifest.generation
    known = store.derived(LEXICAL_FOLDER)[0]
    index = _load_lexical(store, index_dir)
    if index is not None and known == current:
        return
    removed = store.removed_since(known)
    n_chunks = store.counts()[1]
    if index is None or removed is None or (removed and n_chunks <= _EXACT_CHUNKS):
        del index
        _build_lexical(store, index_dir)
    else:
        index.remove(removed)
        _add_texts(index, store, since=known)
    digest = folder_sha256(index_dir / LEXICAL_FOLDER)
    store.set_derived(LEXICAL_FOLDER, generation=current, sha256_hex=digest)


def _build_lexical(store: StoreWriter, index_dir: Path) -> None:
    folder, fresh = index_dir / LEXICAL_FOLDER, index_dir / f"{LEXICAL_FOLDER}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    _add_texts(TantivyIndex(fresh), store, since=0)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)
    sync_folder(index_dir)
