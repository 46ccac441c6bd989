"""One run of a sync: what it finds to do, does, and says of it."""

from __future__ import annotations

import json
import time
from pathlib import Path

from rag import __version__
from rag.indexing import derived
from rag.indexing.changes import Listing
from rag.indexing.embedding import StagedEmbedding
from rag.indexing.index_type import IndexType
from rag.indexing.progress import Progress, SyncReport
from rag.indexing.staging import Chunker, Outcome, Stager, moves, skipped_files, unsupported
from rag.indexing.wishes import NOTE, Wishes
from rag.protocols import Embedder
from rag.store.records import Manifest
from rag.store.writer import StoreWriter
from rag.types import Skipped

_TELLING = 64
"""Fewer embedded texts say nothing of the rate."""


class Run:
    """One run: what was found to do, and what was done."""

    def __init__(
        self,
        store: StoreWriter,
        embedder: Embedder,
        chunker: Chunker,
        wishes: Wishes,
        progress: Progress,
        *,
        verify: bool,
    ) -> None:
        self.store = store
        self.skipped: list[Skipped] = []
        self.notes: list[str] = []
        self._embedder = embedder
        self._chunker = chunker
        self._wishes = wishes
        self._progress = progress
        self._verify = verify
        self._before = store.manifest
        self._comparable = made_alike(store.manifest, embedder.name, chunker.name, wishes.readers)
        self._records = {record.id: record for record in store.files()}
        self._outcome = Outcome()
        self._near_duplicates: tuple[tuple[str, ...], ...] = ()
        self.embedding = StagedEmbedding(store, embedder)

    def stage(self, listing: Listing) -> None:
        """Read and chunk every file that is new or changed."""
        stager = Stager(
            self.store,
            self._embedder,
            self._chunker,
            self._records if self._comparable else {},
            {item.source: item for item in self.store.skipped()} if self._comparable else {},
            keys=self._wishes.keys,
            verify=self._verify,
        )
        self._outcome = stager.outcome
        stager.stage(listing.found, self._progress, self.embedding.go_on)
        self.skipped = [*listing.skipped, *self._outcome.skipped]

    def is_empty(self) -> bool:
        """Whether the index would hold no document."""
        return not self._outcome.kept and not self._outcome.staged

    def embed(self) -> None:
        """Embed every staged text that has no vector yet."""
        total = self.store.n_pending()
        if not total:
            return
        self._progress.start("embedding", total, "chunks")
        self.embedding.finish(self._progress.advance)
        self._progress.finish()

    def publish(self, listing: Listing) -> None:
        """Let readers see the new state; only notes are written if no article changed."""
        outcome = self._outcome
        if self.store.noted(NOTE) != self._wishes.as_note():
            # Before: who looks meanwhile sees an index that is to be updated, with these wishes.
            self.store.note({NOTE: self._wishes.as_note()})
        drop = [record.key for record in self._records.values() if record.id not in outcome.kept]
        if outcome.staged or drop or not self._comparable:
            manifest = Manifest(
                embedder=self._embedder.name,
                dimension=self._dimension(),
                chunker=self._chunker.name,
                version=__version__,
                readers=self._wishes.readers,
                roots=listing.roots,
            )
            self.store.publish(manifest, drop=drop, touched=outcome.touched)
        elif outcome.touched or self.store.manifest.roots != listing.roots:
            self.store.set_roots(listing.roots, touched=outcome.touched)
        self.store.set_skipped(skipped_files(self.skipped, outcome.rejected))

    def _dimension(self) -> int:
        """Asked of the embedder only where it is not known: it would load its weights to tell."""
        same = self._before.embedder == self._embedder.name
        return (same and self._before.dimension) or self._embedder.dimension

    def finish(self, listing: Listing, index_dir: Path) -> None:
        """Bring the search structures in step; note when the run ended, what it passed over and
        how fast it embedded, which tells the cost of another one."""
        self._progress.start("writing the index", None)
        if self._verify:
            self.notes += [
                f"{fault}: made again" for fault in derived.problems(self.store, index_dir)
            ]
        wanted = IndexType(self._wishes.index_type)
        derived.refresh(self.store, index_dir, index_type=wanted, verify=self._verify)
        self._progress.finish()
        values = {
            "synced_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "unsupported": json.dumps(unsupported(listing.skipped)),
            "n_ignored": str(listing.n_ignored),
        }
        if self.embedding.n_embedded >= _TELLING:
            values["chunks_per_s"] = f"{self._rate():.3g}"
        self.store.note(values)
        self._near_duplicates = tuple(self.store.near_duplicates())

    def _rate(self) -> float:
        """Texts embedded in a second of embedding; 0 if there was none."""
        return self.embedding.n_embedded / max(self.embedding.seconds, 1e-6)

    def report(self, seconds: float) -> SyncReport:
        """What was done."""
        outcome, manifest = self._outcome, self.store.manifest
        moved, gone, new = moves(self._records, outcome.kept, outcome.staged)
        return SyncReport(
            added=new,
            changed=sum(file in self._records for file in outcome.staged),
            removed=gone,
            moved=moved,
            unchanged=len(outcome.kept),
            touched=outcome.n_touched,
            skipped=tuple(self.skipped),
            n_files=manifest.n_files,
            n_documents=manifest.n_documents,
            n_chunks=manifest.n_chunks,
            n_embedded=self.embedding.n_embedded,
            seconds=seconds,
            chunks_per_s=self._rate(),
            notes=tuple(self.notes),
            near_duplicates=self._near_duplicates,
        )


def made_alike(manifest: Manifest, embedder: str, chunker: str, readers: str) -> bool:
    """Whether what is stored is what would be stored now: else every article is read anew."""
    made_by = (manifest.embedder, manifest.chunker, manifest.readers, manifest.version)
    return made_by == (embedder, chunker, readers, __version__)
