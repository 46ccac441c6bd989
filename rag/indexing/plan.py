"""What a run would do and about what it would cost, without doing it and without the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag import __version__
from rag.indexing.changes import (
    UNTRUSTED,
    Listing,
    file_sha256,
    is_same,
    list_files,
    rejected_stamp,
)
from rag.indexing.wishes import Wishes
from rag.ingest.folder import FoundFile
from rag.store.database import is_old, open_for_reading
from rag.store.reader import StoreReader
from rag.store.records import FileRecord, Manifest
from rag.store.schema import FILE_NAME
from rag.text.terminal import safe
from rag.types import Skipped

_BYTES_PER_CHUNK = 400.0
"""Of an index that says nothing yet: a chunk of 128 word pieces, or less at the end of a section.
The sample articles have 470."""


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What a run would do.

    Attributes:
        added, changed, removed, touched: ids of files, as shown; touched ones look changed and are
            not.
        moved: pairs of the old and the new id.
        n_unchanged: files, the touched ones included.
        skipped: files of the folders that would be left out, as far as their names tell.
        anew: why every article is read again, one sentence; empty if not.
        n_to_embed: about how many chunks have to be embedded, at most: texts that have a vector
            already cost nothing.
        seconds: about how long that takes at the rate of the last run; None if there was none.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    touched: tuple[str, ...] = ()
    n_unchanged: int = 0
    skipped: tuple[Skipped, ...] = ()
    anew: str = ""
    n_to_embed: int = 0
    seconds: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the run would change no article."""
        return not (self.added or self.changed or self.removed or self.moved or self.anew)


def plan(
    index_dir: Path,
    roots: Sequence[Path],
    *,
    embedder: str,
    chunker: str,
    wishes: Wishes | None = None,
    rebuild: bool = False,
    verify: bool = False,
) -> SyncPlan:
    """What ``sync`` with the same arguments would do now; ``embedder`` and ``chunker`` are names.
    Files are hashed only where size and times leave a doubt, and where one may have moved.

    Raises:
        InputError: if a root is missing.
        CorpusIndexError: if the index is damaged or of a newer version.
    """
    wishes = wishes or Wishes()
    listing = list_files(roots, index_dir, wishes.patterns)
    path = index_dir / FILE_NAME
    if not path.is_file() or path.stat().st_size == 0:
        return _first(listing, "")
    if is_old(path):
        return _first(listing, "the index has an older format")
    with StoreReader(path, open_for_reading(path)) as store:
        return _Comparison(store, listing, verify).plan(
            "it was asked for"
            if rebuild
            else why_anew(store.manifest, embedder, chunker, wishes.readers)
        )


def why_anew(manifest: Manifest, embedder: str, chunker: str, readers: str = "") -> str:
    """Why every article of an index has to be read again; empty if it has not."""
    if manifest.generation == 0:
        return ""
    if manifest.embedder != embedder:
        return f"the index was built by the embedder {manifest.embedder}, and {embedder} is set"
    if manifest.chunker != chunker:
        return f"the index was cut by {manifest.chunker}, and {chunker} is set"
    if manifest.readers != readers:
        return "columns of tables are named otherwise than before"
    if manifest.version != __version__:
        return f"the index was built by rag {manifest.version}, and this is {__version__}"
    return ""


def _first(listing: Listing, anew: str) -> SyncPlan:
    n_bytes = sum(file.size_bytes for file in listing.found)
    return SyncPlan(
        added=tuple(safe(file.document_id) for file in listing.found),
        skipped=listing.skipped,
        anew=anew,
        n_to_embed=_n_chunks(n_bytes, _BYTES_PER_CHUNK),
    )


class _Comparison:
    def __init__(self, store: StoreReader, listing: Listing, verify: bool) -> None:
        self._store = store
        self._listing = listing
        self._verify = verify
        self._gone: dict[str, FileRecord] = {record.id: record for record in store.files()}
        self._n_bytes = sum(record.stamp.size_bytes for record in self._gone.values())
        self._rejected = {item.source: item.stamp for item in store.skipped()}

    def plan(self, anew: str) -> SyncPlan:
        new: list[FoundFile] = []
        changed: list[FoundFile] = []
        touched: list[str] = []
        n_unchanged = 0
        for file in self._listing.found:
            record = self._gone.pop(file.document_id, None)
            if record is None:
                if self._rejected.get(safe(str(file.path))) != rejected_stamp(file):
                    new.append(file)
            elif is_same(record, file, verify=self._verify):
                n_unchanged += 1
                if record.stamp.mtime_ns not in (file.mtime_ns, UNTRUSTED):
                    touched.append(safe(file.document_id))
            else:
                changed.append(file)
        moved = self._moved(new)
        added = [file for file in new if file.document_id not in moved]
        n_to_embed = self._cost([*added, *changed], anew)
        return SyncPlan(
            added=tuple(safe(file.document_id) for file in added),
            changed=tuple(safe(file.document_id) for file in changed),
            removed=tuple(safe(name) for name in sorted(self._gone)),
            moved=tuple((safe(old), safe(now)) for now, old in moved.items()),
            touched=tuple(touched),
            n_unchanged=n_unchanged,
            skipped=self._listing.skipped,
            anew=anew,
            n_to_embed=n_to_embed,
            seconds=self._seconds(n_to_embed),
        )

    def _moved(self, new: Sequence[FoundFile]) -> Mapping[str, str]:
        """New id to old id of the files that have the bytes of one that is gone."""
        sizes = {record.stamp.size_bytes for record in self._gone.values()}
        by_hash = {record.sha256: record.id for record in self._gone.values()}
        moved: dict[str, str] = {}
        for file in new:
            if file.size_bytes in sizes:
                old = by_hash.pop(file_sha256(file.path), None)
                if old is not None:
                    moved[file.document_id] = old
                    del self._gone[old]
        return moved

    def _cost(self, files: Sequence[FoundFile], anew: str) -> int:
        n_chunks = self._store.manifest.n_chunks
        per_chunk = self._n_bytes / n_chunks if n_chunks else _BYTES_PER_CHUNK
        n_bytes = sum(file.size_bytes for file in files)
        if anew:
            n_bytes = sum(file.size_bytes for file in self._listing.found)
        return _n_chunks(n_bytes, per_chunk)

    def _seconds(self, n_chunks: int) -> float | None:
        try:
            rate = float(self._store.noted("chunks_per_s"))
        except ValueError:
            return None
        return n_chunks / rate if rate > 0 else None


def _n_chunks(n_bytes: int, per_chunk: float) -> int:
    return max(1, round(n_bytes / per_chunk)) if n_bytes else 0
