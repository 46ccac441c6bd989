"""The files that vectors are searched by: ``rows.f16`` and, for many, ``vectors.faiss``.

They may lag behind the store. What came and went since then is applied in memory whenever they are
opened; they are written again when that becomes too much. So an edit costs what it changes, and
FAISS, which takes long to import, is loaded only where vectors are searched or compressed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import CorpusIndexError
from rag.indexing import rows
from rag.indexing.index_type import IndexType, choose
from rag.indexing.rows import RowFile
from rag.store.database import REBUILD_HINT
from rag.store.reader import StoreReader
from rag.store.writer import StoreWriter

if TYPE_CHECKING:
    from rag.indexing.compressed import CompressedIndex
    from rag.indexing.exact import ExactIndex

    Vectors = ExactIndex | CompressedIndex

ROWS_FILE = "rows.f16"
VECTORS_FILE = "vectors.faiss"
DAMAGE_MARK = "rows.damaged"
"""Left by a search that met a damaged row: holds the digest of the file that is to be replaced."""
_MIN_LAG = 1_000
_LAG_SHARE = 0.02

_log = logging.getLogger(__name__)


def load(store: StoreReader, index_dir: Path) -> Vectors | None:
    """The vectors of ``store``, by way of the files; None if these are missing, damaged, or too
    far behind."""
    base = _base(store, index_dir)
    if base is None or not _is_near(store, base):
        return None
    try:
        is_compressed = current_type(store) is IndexType.COMPRESSED
        index = _compressed(store, base, index_dir) if is_compressed else _exact(store, base)
        _catch_up(index, store)
        return _complete(index, store)
    except (OSError, CorpusIndexError) as exc:
        _log.warning("built again: %s", _said(exc))
        return None


def build(store: StoreReader) -> Vectors:
    """The vectors in memory, from the store alone.

    Raises:
        CorpusIndexError: if the store is damaged.
    """
    from rag.indexing.exact import ExactIndex

    index = ExactIndex(store.manifest.dimension)
    for keys, vectors in store.vectors_since(0):
        index.add(keys, vectors)
    return _complete(index, store)


def problems(store: StoreReader, index_dir: Path) -> list[str]:
    """What is wrong with the files that were recorded, every byte looked at; one sentence each."""
    if current_type(store) is None:
        return []
    try:
        base = _open_base(store, index_dir)
        if not _is_sound(base):
            raise CorpusIndexError(f"a row of {ROWS_FILE} is not what was written")
        if current_type(store) is IndexType.COMPRESSED:
            _compressed(store, base, index_dir)
    except (OSError, CorpusIndexError) as exc:
        return [_said(exc)]
    return []


def refresh(store: StoreWriter, index_dir: Path, wanted: IndexType, *, verify: bool = False) -> int:
    """Write the files again if they have to be; returns the generation that they are of.

    Args:
        verify: whether every byte of them is looked at before they are left as they are.

    Raises:
        CorpusIndexError: they cannot be written, or the store is damaged.
        OSError: they cannot be written.
    """
    base = _base(store, index_dir)
    if base is not None and verify and (found := problems(store, index_dir)):
        _log.warning("built again: %s", found[0])
        base = None
    current = current_type(store)
    fitting = choose(store.counts()[1], store.manifest.dimension, wanted=wanted, current=current)
    if (
        base is not None
        and fitting is current
        and _is_near(store, base)
        and (fitting is IndexType.EXACT or (index_dir / VECTORS_FILE).is_file())
    ):
        return store.derived(ROWS_FILE)[0]
    _write(store, index_dir, base, fitting)
    return store.manifest.generation


def current_type(store: StoreReader) -> IndexType | None:
    """How the vectors are searched; None before the files are first written."""
    if not store.derived(ROWS_FILE)[1]:
        return None
    return IndexType.COMPRESSED if store.derived(VECTORS_FILE)[1] else IndexType.EXACT


# -- reading -----------------------------------------------------------------------------------


def _base(store: StoreReader, index_dir: Path) -> RowFile | None:
    """The row file if it is the one that was recorded."""
    if not store.derived(ROWS_FILE)[1]:
        return None
    try:
        return _open_base(store, index_dir)
    except (OSError, CorpusIndexError) as exc:
        _log.warning("built again: %s", _said(exc))
        return None


def _open_base(store: StoreReader, index_dir: Path) -> RowFile:
    path, digest = index_dir / ROWS_FILE, store.derived(ROWS_FILE)[1]
    mark = index_dir / DAMAGE_MARK
    if mark.is_file() and mark.read_text("ascii", "replace") == digest:
        raise CorpusIndexError(f"a search met a damaged row in {path}")
    return RowFile.open(path, dimension=store.manifest.dimension, digest=digest)


def _is_near(store: StoreReader, base: RowFile) -> bool:
    """Whether so little came and went since ``base`` was written that it can be applied each time
    it is opened."""
    removed = store.removed_since(store.derived(ROWS_FILE)[0])
    if removed is None:
        return False
    n_gone = int(np.count_nonzero(base.positions(np.array(removed, dtype=np.int64))[1]))
    n_new = store.counts()[1] - (len(base) - n_gone)
    return n_gone + n_new <= max(_MIN_LAG, _LAG_SHARE * len(base))


def _exact(store: StoreReader, base: RowFile) -> ExactIndex:
    from rag.indexing.exact import ExactIndex

    index = ExactIndex(store.manifest.dimension)
    gone = np.array(store.removed_since(store.derived(ROWS_FILE)[0]) or [], dtype=np.int64)
    for keys, vectors, sound in base.blocks():
        if not sound.all():
            raise CorpusIndexError(f"a row of {ROWS_FILE} is not what was written")
        stays = ~np.isin(keys, gone)
        index.add(keys[stays], vectors[stays])
    return index


def _compressed(store: StoreReader, base: RowFile, index_dir: Path) -> CompressedIndex:
    from rag.indexing import faiss_file
    from rag.indexing.compressed import CompressedIndex

    generation, digest = store.derived(VECTORS_FILE)
    if generation != store.derived(ROWS_FILE)[0]:
        raise CorpusIndexError(f"{VECTORS_FILE} is not of the same generation as {ROWS_FILE}")
    scan = faiss_file.load(
        index_dir / VECTORS_FILE,
        digest=digest,
        dimension=store.manifest.dimension,
        n_vectors=len(base),
    )
    return CompressedIndex(
        scan,
        base,
        fetch=lambda keys: store.vectors(keys.tolist()),
        report_damage=lambda: _mark_damage(index_dir, base.digest),
    )


def _said(exc: OSError | CorpusIndexError) -> str:
    return exc.message if isinstance(exc, CorpusIndexError) else f"{exc.filename}: {exc.strerror}"


def _mark_damage(index_dir: Path, digest: str) -> None:
    _log.warning("%s is damaged; the next run of rag index writes it again", ROWS_FILE)
    try:
        (index_dir / DAMAGE_MARK).write_text(digest, "ascii")
    except OSError as exc:
        _log.info("that could not be noted: %s", exc)


def _catch_up(index: Vectors, store: StoreReader) -> None:
    generation = store.derived(ROWS_FILE)[0]
    if index.type is IndexType.COMPRESSED:
        index.remove(np.array(store.removed_since(generation) or [], dtype=np.int64))
    for keys, vectors in store.vectors_since(generation):
        index.add(keys, vectors)


def _complete(index: Vectors, store: StoreReader) -> Vectors:
    if len(index) != store.counts()[1]:
        raise CorpusIndexError("the store lacks vectors of its chunks", hint=REBUILD_HINT)
    return index


# -- writing -----------------------------------------------------------------------------------


def _write(store: StoreWriter, index_dir: Path, base: RowFile | None, fitting: IndexType) -> None:
    generation, dimension = store.manifest.generation, store.manifest.dimension
    digest = rows.write(index_dir / ROWS_FILE, _all_rows(store, base), dimension=dimension)
    fresh = RowFile.open(index_dir / ROWS_FILE, dimension=dimension, digest=digest)
    if len(fresh) != store.counts()[1]:
        raise CorpusIndexError("the store lacks vectors of its chunks", hint=REBUILD_HINT)
    scan_digest = ""
    if fitting is IndexType.COMPRESSED:
        from rag.indexing import faiss_file
        from rag.indexing.compressed import train

        scan = train(fresh, dimension=dimension)
        scan_digest = faiss_file.save(scan, index_dir / VECTORS_FILE)
    store.set_derived(ROWS_FILE, generation=generation, sha256_hex=digest)
    store.set_derived(VECTORS_FILE, generation=generation, sha256_hex=scan_digest)
    (index_dir / DAMAGE_MARK).unlink(missing_ok=True)
    if not scan_digest:
        (index_dir / VECTORS_FILE).unlink(missing_ok=True)


def _all_rows(store: StoreReader, base: RowFile | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Keys and vectors of every chunk, rising: of ``base`` what is still there, then the new ones,
    whose keys are higher."""
    generation = store.derived(ROWS_FILE)[0]
    removed = None if base is None else store.removed_since(generation)
    if base is None or removed is None or not _is_sound(base):
        yield from store.vectors_since(0)
        return
    for keys, vectors, _ in base.blocks():
        stays = ~np.isin(keys, removed)
        yield keys[stays], vectors[stays]
    yield from store.vectors_since(generation)


def _is_sound(base: RowFile) -> bool:
    return all(bool(sound.all()) for _, _, sound in base.blocks())
