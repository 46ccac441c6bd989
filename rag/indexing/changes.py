"""What there is to index, and whether an index is still in line with it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from rag import __version__
from rag.ingest.folder import FoundFile, find_files
from rag.ingest.ignore import Patterns
from rag.store.database import is_old, old_roots, open_for_reading
from rag.store.reader import StoreReader
from rag.store.records import FileRecord, FileStamp
from rag.store.schema import FILE_NAME
from rag.text.terminal import safe
from rag.types import Skipped

_SETTLED_NS = 2_000_000_000
UNTRUSTED = -1


@dataclass(frozen=True, slots=True)
class Listing:
    """The files under some roots.

    Attributes:
        roots: absolute paths, as given.
        n_ignored: files and folders that patterns left out; a folder counts as one.
    """

    roots: tuple[str, ...]
    found: tuple[FoundFile, ...]
    skipped: tuple[Skipped, ...]
    n_ignored: int = 0


def list_files(roots: Sequence[Path], index_dir: Path, patterns: Patterns | None = None) -> Listing:
    """The files under ``roots`` that may hold an article, without those of an index.

    Raises:
        InputError: if there is no root, or one is missing.
    """
    absolute = [Path(os.path.abspath(root)) for root in roots]
    walk = find_files(absolute, patterns, apart_from=[index_dir], marker=FILE_NAME)
    found: list[FoundFile] = []
    skipped: list[Skipped] = []
    for item in walk:
        if isinstance(item, Skipped):
            skipped.append(item)
        elif _is_storable(item):
            found.append(item)
        else:
            name = os.fsencode(item.path).decode("utf-8", "replace")
            skipped.append(Skipped(name, "its name is not valid UTF-8; rename it"))
    return Listing(
        tuple(str(root) for root in absolute), tuple(found), tuple(skipped), walk.n_ignored
    )


def is_stale(index_dir: Path, roots: Sequence[Path], patterns: Patterns | None = None) -> bool:
    """Whether ``sync`` would change the index: no index, other roots, files that are new, gone or
    look different. Reads only files that were changed less than two seconds before they were
    indexed.

    Raises:
        InputError: if a root is missing.
        CorpusIndexError: if the index is damaged or of another version.
    """
    path = index_dir / FILE_NAME
    if not path.is_file() or path.stat().st_size == 0 or is_old(path):
        return True
    with StoreReader(path, open_for_reading(path)) as store:
        if store.manifest.generation == 0 or store.manifest.version != __version__:
            return True
        listing = list_files(roots, index_dir, patterns)
        if listing.roots != store.manifest.roots:
            return True
        records = {record.id: record for record in store.files()}
        rejected = {item.source: item.stamp for item in store.skipped()}
    for found in listing.found:
        record = records.pop(found.document_id, None)
        if record is None:
            if rejected.get(safe(str(found.path))) != rejected_stamp(found):
                return True
        elif not looks_same(record, found):
            return True
    return bool(records)


def recorded_roots(index_dir: Path) -> list[Path]:
    """The folders and files that the index was built from; empty if there is no finished index.

    Raises:
        CorpusIndexError: if the index is damaged or of a newer version.
    """
    path = index_dir / FILE_NAME
    if not path.is_file() or path.stat().st_size == 0:
        return []
    if is_old(path):
        return [Path(root) for root in old_roots(path)]
    with StoreReader(path, open_for_reading(path)) as store:
        return [Path(root) for root in store.manifest.roots]


class Look(Enum):
    """What a file's size, times and number say of whether it is the one that was indexed."""

    SAME = "same"
    DOUBTFUL = "doubtful"
    OTHER = "other"


def look_at(record: FileRecord, found: FoundFile) -> Look:
    """The size tells that a file is another one. Only the bytes tell that it is the same where a
    time differs or was too young to be trusted.

    The time of the last change of the inode (ctime) cannot be set by a program, as the time of
    the content can: an edit that puts size and time back is seen. What is not seen is a change
    on a file system that keeps no such time, within the tick of its clock, or behind its back;
    for these a run can compare the bytes of every file (``verify``).
    """
    was = record.stamp
    if was.size_bytes != found.size_bytes:
        return Look.OTHER
    if (was.mtime_ns, was.ctime_ns, was.inode) == (found.mtime_ns, found.ctime_ns, found.inode):
        return Look.SAME
    return Look.DOUBTFUL


def is_same(record: FileRecord, found: FoundFile, *, verify: bool = False) -> bool:
    """Whether the file is the one that was indexed. Its bytes are compared where its looks leave a
    doubt, and always with ``verify``."""
    look = look_at(record, found)
    if look is Look.OTHER:
        return False
    if look is Look.SAME and not verify:
        return True
    return record.sha256 == file_sha256(found.path)


def looks_same(record: FileRecord, found: FoundFile) -> bool:
    """Whether nothing at all is new about the file, its bytes included if its time was too young
    to be trusted."""
    look = look_at(record, found)
    if look is Look.DOUBTFUL and record.stamp.mtime_ns == UNTRUSTED:
        return record.sha256 == file_sha256(found.path)
    return look is Look.SAME


def stamp_of(found: FoundFile, now_ns: int) -> FileStamp:
    """How the file looks, to be kept: without a time that is too young to be trusted."""
    mtime_ns = trusted_mtime_ns(found.mtime_ns, now_ns)
    return FileStamp(found.size_bytes, mtime_ns, found.ctime_ns, found.inode)


def rejected_stamp(found: FoundFile) -> FileStamp:
    """How a file that holds no article looks, to be kept."""
    return FileStamp(found.size_bytes, found.mtime_ns, found.ctime_ns)


def trusted_mtime_ns(mtime_ns: int, now_ns: int | None = None) -> int:
    """``mtime_ns``, or -1 for a file changed less than two seconds ago (or in the future): it may
    change again within the same tick of the file system's clock."""
    now_ns = time.time_ns() if now_ns is None else now_ns
    return mtime_ns if mtime_ns < now_ns - _SETTLED_NS else UNTRUSTED


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
