"""What there is to index, and whether an index is still in line with it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag import __version__
from rag.ingest.folder import FoundFile, find_files
from rag.store.database import open_for_reading
from rag.store.reader import FileRecord, StoreReader
from rag.store.schema import FILE_NAME
from rag.types import Skipped

_SETTLED_NS = 2_000_000_000
_UNTRUSTED = -1


@dataclass(frozen=True, slots=True)
class Listing:
    """The files under some roots.

    Attributes:
        roots: absolute paths, as given.
    """

    roots: tuple[str, ...]
    found: tuple[FoundFile, ...]
    skipped: tuple[Skipped, ...]


def list_files(roots: Sequence[Path], index_dir: Path) -> Listing:
    """The files under ``roots`` that may hold an article, without those of the index itself.

    Raises:
        InputError: if there is no root, or one is missing.
    """
    absolute = [Path(os.path.abspath(root)) for root in roots]
    own = Path(os.path.abspath(index_dir))
    found: list[FoundFile] = []
    skipped: list[Skipped] = []
    for item in find_files(absolute):
        if isinstance(item, Skipped):
            if not Path(item.source).is_relative_to(own):
                skipped.append(item)
        elif not _is_storable(item):
            name = os.fsencode(item.path).decode("utf-8", "replace")
            skipped.append(Skipped(name, "its name is not valid UTF-8; rename it"))
        elif not item.path.is_relative_to(own):
            found.append(item)
    return Listing(tuple(str(root) for root in absolute), tuple(found), tuple(skipped))


def is_stale(index_dir: Path, roots: Sequence[Path]) -> bool:
    """Whether ``sync`` would change the index: no index, other roots, files that are new, gone or
    look different. Looks at sizes and times; reads only files that were changed less than two
    seconds before they were indexed.

    Raises:
        InputError: if a root is missing.
        CorpusIndexError: if the index is damaged or of another version.
    """
    path = index_dir / FILE_NAME
    if not path.is_file() or path.stat().st_size == 0:
        return True
    with StoreReader(path, open_for_reading(path)) as store:
        if store.manifest.generation == 0 or store.manifest.version != __version__:
            return True
        listing = list_files(roots, index_dir)
        if listing.roots != store.manifest.roots:
            return True
        records = {record.document_id: record for record in store.files()}
        rejected = store.rejected()
    for found in listing.found:
        record = records.pop(found.document_id, None)
        if record is None:
            if rejected.get(str(found.path)) != (found.size_bytes, found.mtime_ns):
                return True
        elif not looks_same(record, found):
            return True
    return bool(records)


def recorded_roots(index_dir: Path) -> list[Path]:
    """The folders and files that the index was built from; empty if there is no finished index.

    Raises:
        CorpusIndexError: if the index is damaged or of another version.
    """
    path = index_dir / FILE_NAME
    if not path.is_file() or path.stat().st_size == 0:
        return []
    with StoreReader(path, open_for_reading(path)) as store:
        return [Path(root) for root in store.manifest.roots]


def looks_same(record: FileRecord, found: FoundFile) -> bool:
    """Whether the file is, by size and time, the one that was indexed; its bytes decide if its
    time was too young to be trusted then."""
    if record.size_bytes != found.size_bytes:
        return False
    if record.mtime_ns == _UNTRUSTED:
        return record.sha256 == file_sha256(found.path)
    return record.mtime_ns == found.mtime_ns


def trusted_mtime_ns(mtime_ns: int, now_ns: int | None = None) -> int:
    """``mtime_ns``, or -1 for a file changed less than two seconds ago (or in the future): it may
    change again within the same tick of the file system's clock."""
    now_ns = time.time_ns() if now_ns is None else now_ns
    return mtime_ns if mtime_ns < now_ns - _SETTLED_NS else _UNTRUSTED


def file_sha256(path: Path) -> str:
    """Of the file's bytes, hex; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _is_storable(found: FoundFile) -> bool:
    try:
        str(found.path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
