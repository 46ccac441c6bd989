"""One run of a sync: what it finds to do, does, and says of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from rag import __version__
from rag.indexing import derived
from rag.indexing.changes import Listing
from rag.indexing.progress import Progress, SyncReport
from rag.indexing.staging import Chunker, Stager, moves, skipped_files
from rag.protocols import Embedder
from rag.store.records import Manifest
from rag.store.writer import StoreWriter
from rag.types import Skipped

_EMBED_BATCH = 64


class Run:
    """One run: what was found to do, and what was done."""

    def __init__(
        self,
        store: StoreWriter,
        embedder: Embedder,
        chunker: Chunker,
        progress: Progress,
        *,
        verify: bool,
    ) -> None:
        self.store = store
        self.skipped: list[Skipped] = []
        self._embedder = embedder
        self._chunker = chunker
        self._progress = progress
        self._records = {record.id: record for record in store.files()}
        self._n_embedded = 0
        self._embedding_s = 0.0
        self._before = store.manifest
        self._comparable = _made_alike(store.manifest, embedder, chunker)
        known = self._records if self._comparable else {}
        self._stager = Stager(store, embedder, chunker, known, verify=verify)

    def stage(self, listing: Listing) -> None:
        """Read and chunk every file that is new or changed."""
        self._stager.stage(listing.found, self._progress)
        self.skipped = [*listing.skipped, *self._stager.outcome.skipped]

    def is_empty(self) -> bool:
        """Whether the index would hold no document."""
        return not self._stager.outcome.kept and not self._stager.outcome.staged

    def embed(self) -> None:
        """Embed every staged text that has no vector, keeping each batch at once."""
        total = self.store.n_pending()
        if not total:
            return
        self._progress.start("embedding", total, "chunks")
        started = time.monotonic()
        while batch := self.store.next_pending(_EMBED_BATCH):
            vectors = self._embedder.embed_documents([text for _, text in batch])
            self.store.add_vectors([content for content, _ in batch], vectors)
            self._n_embedded += len(batch)
            self._progress.advance(len(batch))
        self._embedding_s = time.monotonic() - started
        self._progress.finish()

    def publish(self, listing: Listing) -> None:
        """Let readers see the new state; only notes are written if no article changed."""
        outcome = self._stager.outcome
        drop = [record.key for record in self._records.values() if record.id not in outcome.kept]
        self.store.set_skipped(skipped_files(self.skipped, outcome.rejected))
        if outcome.staged or drop or not self._comparable:
            manifest = Manifest(
                embedder=self._embedder.name,
                dimension=self._dimension(),
                chunker=self._chunker.name,
                version=__version__,
                roots=listing.roots,
            )
            self.store.publish(manifest, drop=drop, touched=outcome.touched)
        elif outcome.touched or self.store.manifest.roots != listing.roots:
            self.store.set_roots(listing.roots, touched=outcome.touched)

    def _dimension(self) -> int:
        """Asked of the embedder only where it is not known: it would load its weights to tell."""
        same = self._before.embedder == self._embedder.name
        return (same and self._before.dimension) or self._embedder.dimension

    def refresh(self, index_dir: Path) -> None:
        """Bring the search structures in step."""
        self._progress.start("writing the index", None)
        derived.refresh(self.store, index_dir)
        self._progress.finish()

    def note_rate(self) -> None:
        """Keep when the run ended and how fast it embedded, to tell the cost of another one."""
        values = {"synced_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        if self._n_embedded >= _EMBED_BATCH:
            rate = self._n_embedded / max(self._embedding_s, 1e-6)
            values["chunks_per_s"] = f"{rate:.3g}"
        self.store.note(values)

    def report(self, seconds: float, notes: Sequence[str]) -> SyncReport:
        """What was done."""
        outcome = self._stager.outcome
        moved, gone, new = moves(self._records, outcome.kept, outcome.staged)
        manifest = self.store.manifest
        return SyncReport(
            added=new,
            changed=sum(file in self._records for file in outcome.staged),
            removed=gone,
            moved=moved,
            unchanged=len(outcome.kept),
            touched=len(outcome.touched),
            skipped=tuple(self.skipped),
            n_files=manifest.n_files,
            n_documents=manifest.n_documents,
            n_chunks=manifest.n_chunks,
            n_embedded=self._n_embedded,
            seconds=seconds,
            chunks_per_s=self._n_embedded / self._embedding_s if self._embedding_s else 0.0,
            notes=tuple(notes),
        )


def _made_alike(manifest: Manifest, embedder: Embedder, chunker: Chunker) -> bool:
    made_by = (manifest.embedder, manifest.chunker, manifest.version)
    return made_by == (embedder.name, chunker.name, __version__)
