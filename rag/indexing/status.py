"""What an index holds and how it stands to its folders; no article is read for it.

Nothing heavy is imported: this answers at once, also for an index that cannot be searched.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import CorpusIndexError, InputError
from rag.indexing.changes import list_files, looks_same, rejected_stamp
from rag.indexing.index_type import EXACT_CHUNKS, IndexType
from rag.ingest.ignore import Patterns
from rag.store.reader import StoreReader
from rag.store.records import Manifest, SkippedFile
from rag.store.schema import FILE_NAME, SCHEMA_VERSION
from rag.text.terminal import safe

_VECTORS_FILE = "vectors.faiss"
_OTHERS = ("corpora", "eval-", "lock", "README.md", ".gitignore")
"""What lies in the folder and is no part of the index, by the beginning of its name."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What a run would find, as far as can be told without reading files.

    Attributes:
        new, changed, removed: ids of files; a moved one counts as removed and new.
        missing: folders that were indexed and are not there.
        n_ignored: files and folders that patterns leave out.
    """

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    n_ignored: int = 0

    @property
    def is_stale(self) -> bool:
        """Whether a run would change the index."""
        return bool(self.new or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class FileSize:
    """A file or folder of the index on disk."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """An index as it is found.

    Attributes:
        problem: why it cannot be used, and hint: what to do; empty if it can.
        type: how its vectors are searched; reason: why so.
        skipped: files that the last run left out; unsupported: how many more there were of each
            suffix that no reader knows, the most frequent first.
        near_duplicates: ids of articles that say nearly the same, group by group.
        sizes: on disk, the largest first.
    """

    path: Path
    problem: str = ""
    hint: str = ""
    format: int = SCHEMA_VERSION
    manifest: Manifest = Manifest()  # noqa: RUF009 - frozen
    type: IndexType = IndexType.EXACT
    reason: str = ""
    skipped: tuple[SkippedFile, ...] = ()
    unsupported: dict[str, int] = field(default_factory=dict)
    near_duplicates: tuple[tuple[str, ...], ...] = ()
    sizes: tuple[FileSize, ...] = ()
    drift: Drift = Drift()


def status_of(
    index_dir: Path, *, patterns: Patterns | None = None, wanted: IndexType = IndexType.AUTO
) -> IndexStatus:
    """The status of the index in ``index_dir``; one that is missing or damaged has a ``problem``.

    Args:
        wanted: the index type that is set.
    """
    path = index_dir / FILE_NAME
    sizes = _sizes(index_dir)
    try:
        with StoreReader.open(path) as store:
            kind = _type(store)
            return IndexStatus(
                path=index_dir,
                manifest=store.manifest,
                type=kind,
                reason=_reason(kind, wanted, store.manifest.n_chunks),
                skipped=tuple(store.skipped()),
                unsupported=_unsupported(store),
                near_duplicates=tuple(store.near_duplicates()),
                sizes=sizes,
                drift=_drift(store, index_dir, patterns),
            )
    except CorpusIndexError as exc:
        return IndexStatus(index_dir, exc.message, exc.hint, sizes=sizes)


def _drift(store: StoreReader, index_dir: Path, patterns: Patterns | None) -> Drift:
    roots = [Path(root) for root in store.manifest.roots]
    missing = tuple(str(root) for root in roots if not root.exists())
    if missing:
        return Drift(missing=missing)
    try:
        listing = list_files(roots, index_dir, patterns)
    except InputError:  # it went, or was locked, just now
        return Drift(missing=tuple(map(str, roots)))
    records = {record.id: record for record in store.files()}
    rejected = {item.source: item.stamp for item in store.skipped()}
    new: list[str] = []
    changed: list[str] = []
    for found in listing.found:
        record = records.pop(found.document_id, None)
        shown = safe(str(found.path))
        if record is not None and not looks_same(record, found):
            changed.append(safe(found.document_id))
        elif record is None and rejected.get(shown) != rejected_stamp(found):
            new.append(safe(found.document_id))
    return Drift(tuple(new), tuple(changed), tuple(records), (), listing.n_ignored)


def _unsupported(store: StoreReader) -> dict[str, int]:
    try:
        return {str(suffix): int(n) for suffix, n in json.loads(store.noted("unsupported")).items()}
    except (ValueError, TypeError, AttributeError):  # no run has noted any
        return {}


def _type(store: StoreReader) -> IndexType:
    return IndexType.COMPRESSED if store.derived(_VECTORS_FILE)[1] else IndexType.EXACT


def _reason(kind: IndexType, wanted: IndexType, n_chunks: int) -> str:
    if wanted is kind:
        return "set by index_type"
    if wanted is not IndexType.AUTO:
        return f"{wanted} is set and comes with the next rag index, if there are enough chunks"
    if kind is IndexType.EXACT:
        return f"every vector is compared up to {EXACT_CHUNKS:,} chunks"
    return f"{n_chunks:,} chunks are scanned compressed, and the best compared exactly"


def _sizes(index_dir: Path) -> tuple[FileSize, ...]:
    try:
        with os.scandir(index_dir) as entries:
            found = [
                FileSize(entry.name, _size_bytes(entry))
                for entry in entries
                if not entry.name.startswith(_OTHERS)
            ]
    except OSError:
        return ()
    files = [item for item in found if item.size_bytes]
    return tuple(sorted(files, key=lambda item: (-item.size_bytes, item.name)))


def _size_bytes(entry: os.DirEntry[str]) -> int:
    if not entry.is_dir(follow_symlinks=False):
        return entry.stat(follow_symlinks=False).st_size
    return sum(
        os.lstat(os.path.join(folder, name)).st_size
        for folder, _, names in os.walk(entry.path)
        for name in names
    )
