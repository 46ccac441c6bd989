"""The folder ``lexical/``: tantivy's files, changed in place, and what bytes they must have.

tantivy writes a file once and never changes it (but for its list of segments), so that after an
edit only new files are hashed. The sums lie in ``lexical/sums``, whose own sum the store records.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.errors import CorpusIndexError
from rag.indexing.files import replacing, sync_folder
from rag.indexing.tantivy_index import TantivyIndex, removed_share
from rag.store.reader import StoreReader
from rag.store.writer import StoreWriter
from rag.text.words import ANALYSER_VERSION
from rag.types import Chunk

LEXICAL_FOLDER = "lexical"
SUMS_FILE = "sums"
_CHANGING = "meta.json"
_EXACT_TEXTS = 500
"""So few texts are indexed anew (0.2 s) whenever one was removed."""
_REMOVED_SHARE = 0.05
"""Removed texts go on counting in the statistics BM25 weighs by. Up to this share of them no
ranking moves that anyone would notice; beyond it all texts are indexed anew."""

_Sums = dict[str, tuple[int, str]]

_log = logging.getLogger(__name__)


def indexed_text(chunk: Chunk) -> str:
    """What words a chunk is found by: those of its title and headings, and its own."""
    return f"{chunk.context}\n{chunk.text}"


def load(store: StoreReader, index_dir: Path) -> TantivyIndex | None:
    """The lexical index; None if it is missing, damaged, or not of the store's generation."""
    generation, digest = store.derived(LEXICAL_FOLDER)
    if generation != store.manifest.generation:
        return None
    folder = index_dir / LEXICAL_FOLDER
    try:
        _check(folder, digest)
        index = TantivyIndex(folder)
        if len(index) != store.counts()[1]:
            raise CorpusIndexError(f"{folder} does not hold the chunks of the store")
        return index
    except (OSError, CorpusIndexError) as exc:
        _log.warning("built again: %s", exc)
        return None


def problems(store: StoreReader, index_dir: Path) -> list[str]:
    """What is wrong with the files that were recorded, every byte looked at; one sentence each."""
    digest = store.derived(LEXICAL_FOLDER)[1]
    try:
        if digest:
            _check(index_dir / LEXICAL_FOLDER, digest)
    except CorpusIndexError as exc:
        return [exc.message]
    except OSError as exc:
        return [f"{exc.filename}: {exc.strerror}"]
    return []


def build(store: StoreReader) -> TantivyIndex:
    """The lexical index in memory, from the store alone."""
    index = TantivyIndex()
    index.update([], _texts(store, since=0))
    return index


def refresh(store: StoreWriter, index_dir: Path, *, verify: bool = False) -> int:
    """Bring the folder in step with ``store``; returns the generation that it is of.

    Args:
        verify: whether every byte of it is looked at before it is left as it is.

    Raises:
        CorpusIndexError, OSError: it cannot be written.
    """
    current = store.manifest.generation
    known, digest = store.derived(LEXICAL_FOLDER)
    sums = _plausible_sums(index_dir / LEXICAL_FOLDER, digest)
    if sums is not None and verify and problems(store, index_dir):
        sums = None
    if sums is not None and known == current:
        return current
    if sums is not None:
        removed = store.removed_since(known)
        if removed is None or not _update(store, index_dir, removed, since=known):
            sums = None
    elif digest:
        sums = _recovered(store, index_dir / LEXICAL_FOLDER)
    if sums is None:
        _build_anew(store, index_dir)
        sums = {}
    digest = _write_sums(index_dir / LEXICAL_FOLDER, sums)
    store.set_derived(LEXICAL_FOLDER, generation=current, sha256_hex=digest)
    return current


def _update(store: StoreReader, index_dir: Path, removed: Sequence[int], *, since: int) -> bool:
    """Apply what came and went, unless too many removed texts would lie there then or the folder
    turns out to be damaged; says whether it was done."""
    folder = index_dir / LEXICAL_FOLDER
    try:
        n_texts, n_removed = removed_share(folder)
        if removed and (
            n_texts <= _EXACT_TEXTS or n_removed + len(removed) > _REMOVED_SHARE * n_texts
        ):
            return False
        index = TantivyIndex(folder)
        index.update(removed, _texts(store, since=since))
        return len(index) == store.counts()[1]
    except (OSError, CorpusIndexError) as exc:
        _log.warning("built again: %s", exc)
        return False


def _build_anew(store: StoreReader, index_dir: Path) -> None:
    folder, fresh = index_dir / LEXICAL_FOLDER, index_dir / f"{LEXICAL_FOLDER}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    TantivyIndex(fresh).update([], _texts(store, since=0))
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)
    sync_folder(index_dir)


def _texts(store: StoreReader, *, since: int) -> Iterator[tuple[list[int], list[str]]]:
    for batch in store.chunks_since(since):
        yield [key for key, _ in batch], [indexed_text(chunk) for _, chunk in batch]


# -- sums --------------------------------------------------------------------------------------


def _check(folder: Path, digest: str) -> None:
    """Raises:
    CorpusIndexError: a file is not what was written.
    OSError: one cannot be read.
    """
    for name, (_, expected) in _read_sums(folder, digest).items():
        if _sha256(folder / name) != expected:
            raise CorpusIndexError(f"{folder / name} is not what was written")


def _read_sums(folder: Path, digest: str) -> _Sums:
    """Size in bytes and sha256 of each file of the index, by name.

    Raises:
        CorpusIndexError: they are not those that were recorded, or of another analyser.
        OSError: they cannot be read.
    """
    data = (folder / SUMS_FILE).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise CorpusIndexError(f"{folder / SUMS_FILE} is not what was written")
    return _parsed(data)


def _parsed(data: bytes) -> _Sums:
    """Raises:
    CorpusIndexError: the sums are of another analyser.
    ValueError: they make no sense.
    """
    first, *lines = data.decode("ascii").splitlines()
    if first != _heading():
        raise CorpusIndexError("words were analysed in another way")
    fields = (line.split(" ") for line in lines)
    return {name: (int(size), sha) for sha, size, name in fields}


def _plausible_sums(folder: Path, digest: str) -> _Sums | None:
    """The recorded sums if every file is there in its size; None if not. What lies in the files is
    looked at when they are opened for a search."""
    if not digest:
        return None
    try:
        sums = _read_sums(folder, digest)
        for name, (size_bytes, _) in sums.items():
            if (folder / name).stat().st_size != size_bytes:
                raise CorpusIndexError(f"{folder / name} has another size")
        if _sha256(folder / _CHANGING) != sums[_CHANGING][1]:
            raise CorpusIndexError(f"{folder / _CHANGING} is not what was written")
        return sums
    except (OSError, CorpusIndexError) as exc:
        _log.warning("built again: %s", exc)
        return None


def _recovered(store: StoreReader, folder: Path) -> _Sums | None:
    """The sums of an index that an interrupted run brought in step without coming to record it:
    the files of which a sum is known are sound and it holds the very chunks of the store. None if
    it is not like that. (tantivy itself makes new files durable before it lists them.)"""
    try:
        sums = _parsed((folder / SUMS_FILE).read_bytes())
        for name, (_, expected) in sums.items():
            path = folder / name
            if name != _CHANGING and path.exists() and _sha256(path) != expected:
                return None
        same = np.array_equal(TantivyIndex(folder).keys(), store.all_keys())
    except (OSError, ValueError, CorpusIndexError):
        return None
    if same:
        _log.info("%s was in step already", folder)
    return sums if same else None


def _write_sums(folder: Path, known: _Sums) -> str:
    """Record the files of ``folder``, hashing those that are not ``known``; returns the sha256 of
    the record."""
    lines = [_heading()]
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == SUMS_FILE:
            continue
        size_bytes = path.stat().st_size
        same = path.name in known and path.name != _CHANGING
        sha = known[path.name][1] if same else _sha256(path)
        lines.append(f"{sha} {size_bytes} {path.name}")
    data = "\n".join(lines).encode("ascii") + b"\n"
    with replacing(folder / SUMS_FILE) as file:
        file.write(data)
    return hashlib.sha256(data).hexdigest()


def _heading() -> str:
    return f"analyser {ANALYSER_VERSION}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
