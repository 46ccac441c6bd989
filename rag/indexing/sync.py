"""Making an index equal to its folders: only what changed is read and embedded again.

Three steps: stage what is new beside what readers see, embed the texts that have no vector yet
(each batch is kept at once, so an interrupted run does not pay twice), publish in one transaction.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from rag import __version__
from rag.errors import CorpusIndexError, InputError
from rag.indexing import derived
from rag.indexing.changes import Listing, file_sha256, list_files, trusted_mtime_ns
from rag.indexing.changes import is_stale as is_stale
from rag.indexing.lock import writing
from rag.indexing.progress import NoProgress, Progress
from rag.indexing.progress import SyncReport as SyncReport
from rag.ingest.folder import FoundFile
from rag.protocols import Embedder
from rag.store.reader import FileRecord, Manifest
from rag.store.schema import FILE_NAME
from rag.store.writer import StoreWriter
from rag.types import Chunk, Document, Skipped

_EMBED_BATCH = 64
LOCK_TIMEOUT_S = 10.0


class Chunker(Protocol):
    """Cuts a document into chunks; ``name`` changes with everything that moves a cut."""

    name: str

    def chunk(self, document: Document) -> list[Chunk]:
        """The chunks of ``document``, in order."""


def sync(
    index_dir: Path,
    roots: Sequence[Path],
    *,
    embedder: Embedder,
    chunker: Chunker,
    progress: Progress | None = None,
    rebuild: bool = False,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
) -> SyncReport:
    """Bring the index in ``index_dir`` in line with the articles under ``roots``.

    Readers see the old state until the new one is complete. With ``rebuild`` the index is made
    anew beside the old one, whatever state that is in, and then takes its place.

    Raises:
        InputError: a root is missing, or not one article can be read; the index stays as it was.
        CorpusIndexError: the index is damaged or of another version, another process keeps
            writing it for ``lock_timeout_s`` seconds, or the folder cannot be written.
        EmbedderError: the embedder fails; what was embedded so far is kept for the next run.
    """
    started = time.monotonic()
    listing = list_files(roots, index_dir)
    if not listing.found:
        raise _no_article(roots, listing.skipped)
    _make_folder(index_dir)
    with writing(index_dir, timeout_s=lock_timeout_s):
        path = index_dir / (f"{FILE_NAME}.new" if rebuild else FILE_NAME)
        if rebuild:
            _delete_store(path)
        with StoreWriter.open(path) as store:
            run = _Run(store, embedder, chunker, progress or NoProgress())
            run.stage(listing)
            if run.is_empty():
                raise _no_article(roots, run.skipped)
            run.embed()
            run.publish(listing)
            if not rebuild:
                run.refresh(index_dir)
        if rebuild:
            with _take_place(path, index_dir / FILE_NAME) as store:
                run.store = store
                run.refresh(index_dir)
        return run.report(time.monotonic() - started)


class _Run:
    """One run: what was found to do, and what was done."""

    def __init__(
        self, store: StoreWriter, embedder: Embedder, chunker: Chunker, progress: Progress
    ) -> None:
        self.store = store
        self.skipped: list[Skipped] = []
        self._embedder = embedder
        self._chunker = chunker
        self._progress = progress
        self._records = {record.document_id: record for record in store.files()}
        self._kept: set[str] = set()
        self._staged: dict[str, str] = {}
        self._rejected: list[tuple[str, int, int, str]] = []
        self._n_embedded = 0
        self._counts = (0, 0)
        manifest = store.manifest
        self._comparable = (manifest.embedder, manifest.chunker, manifest.version) == (
            embedder.name,
            chunker.name,
            __version__,
        )

    # -- stage ---------------------------------------------------------------------------------

    def stage(self, listing: Listing) -> None:
        """Read and chunk every file that is new or changed."""
        self.skipped.extend(listing.skipped)
        now_ns = time.time_ns()
        self._progress.start("reading articles", len(listing.found))
        for found in listing.found:
            mtime_ns = trusted_mtime_ns(found.mtime_ns, now_ns)
            record = self._records.get(found.document_id) if self._comparable else None
            if record is None or not self._is_same(record, found, mtime_ns):
                self._read(found, mtime_ns)
            self._progress.advance(1)
        self._progress.finish()

    def _is_same(self, record: FileRecord, found: FoundFile, mtime_ns: int) -> bool:
        source = str(found.path)
        if record.size_bytes != found.size_bytes:
            return False
        if record.mtime_ns != found.mtime_ns and record.sha256 != file_sha256(found.path):
            return False
        if (record.source, record.mtime_ns) != (source, mtime_ns):
            self.store.touch(
                record.key, source=source, size_bytes=found.size_bytes, mtime_ns=mtime_ns
            )
        self._kept.add(record.document_id)
        return True

    def _read(self, found: FoundFile, mtime_ns: int) -> None:
        from rag.ingest.read import read_documents

        try:
            (document,) = read_documents(found)
            chunks = self._chunker.chunk(document)
            if not chunks:
                raise InputError(f"{found.path} holds no article text.")
        except InputError as exc:
            self.skipped.append(Skipped(str(found.path), _reason(exc, found)))
            self._rejected.append((str(found.path), found.size_bytes, found.mtime_ns, exc.message))
            return
        self.store.stage(
            document,
            chunks,
            self._embedding_texts(chunks),
            embedder=self._embedder.name,
            size_bytes=found.size_bytes,
            mtime_ns=mtime_ns,
        )
        self._staged[document.id] = document.sha256

    def _embedding_texts(self, chunks: Sequence[Chunk]) -> list[str]:
        from rag.chunking.embedding_text import embedding_text

        count, limit = self._embedder.count_tokens, self._embedder.max_tokens
        return [embedding_text(chunk, count, limit) for chunk in chunks]

    def is_empty(self) -> bool:
        """Whether the index would hold no document."""
        return not self._kept and not self._staged

    # -- embed, publish ------------------------------------------------------------------------

    def embed(self) -> None:
        """Embed every staged text that has no vector, keeping each batch at once."""
        total = self.store.n_pending()
        if not total:
            return
        self._progress.start("embedding", total)
        while batch := self.store.next_pending(_EMBED_BATCH):
            vectors = self._embedder.embed_documents([text for _, text in batch])
            self.store.add_vectors([content for content, _ in batch], vectors)
            self._n_embedded += len(batch)
            self._progress.advance(len(batch))
        self._progress.finish()

    def publish(self, listing: Listing) -> None:
        """Let readers see the new state; nothing is written if nothing changed."""
        self.store.set_rejected(self._rejected)
        drop = [r.key for r in self._records.values() if r.document_id not in self._kept]
        if self._staged or drop or not self._comparable:
            manifest = Manifest(
                embedder=self._embedder.name,
                dimension=self._embedder.dimension,
                chunker=self._chunker.name,
                version=__version__,
                roots=listing.roots,
            )
            self.store.publish(manifest, drop=drop)
        elif self.store.manifest.roots != listing.roots:
            self.store.set_roots(listing.roots)

    def refresh(self, index_dir: Path) -> None:
        """Bring the search structures in step."""
        self._progress.start("writing the index", None)
        derived.refresh(self.store, index_dir)
        self._progress.finish()
        self._counts = self.store.counts()

    # -- report --------------------------------------------------------------------------------

    def report(self, seconds: float) -> SyncReport:
        """What was done."""
        gone = [r for r in self._records.values() if self._is_gone(r)]
        new = [sha for document, sha in self._staged.items() if document not in self._records]
        moved = 0
        for record in gone:
            if record.sha256 in new:
                new.remove(record.sha256)
                moved += 1
        return SyncReport(
            added=len(new),
            changed=sum(document in self._records for document in self._staged),
            removed=len(gone) - moved,
            moved=moved,
            unchanged=len(self._kept),
            skipped=tuple(self.skipped),
            n_documents=self._counts[0],
            n_chunks=self._counts[1],
            n_embedded=self._n_embedded,
            seconds=seconds,
        )

    def _is_gone(self, record: FileRecord) -> bool:
        return record.document_id not in self._kept and record.document_id not in self._staged


def _reason(exc: InputError, found: FoundFile) -> str:
    """The message without the path that stands beside it anyway."""
    prefix = f"{found.path}"
    reason = exc.message.removeprefix(prefix).lstrip(": ").removesuffix(".")
    return reason or exc.message


def _no_article(roots: Sequence[Path], skipped: Sequence[Skipped]) -> InputError:
    names = ", ".join(str(root) for root in roots)
    reasons = "; ".join(f"{Path(item.source).name}: {item.reason}" for item in skipped[:3])
    more = f" ({reasons}{'; …' if len(skipped) > 3 else ''})" if reasons else ""
    return InputError(
        f"no readable article in {names}{more}", hint="name a folder with .txt, .md or .html files"
    )


def _make_folder(index_dir: Path) -> None:
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise CorpusIndexError(
            f"cannot make the index folder {index_dir}: {exc.strerror}",
            hint="choose another with --index",
        ) from exc


def _delete_store(path: Path) -> None:
    try:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as exc:
        raise CorpusIndexError(f"cannot remove {exc.filename}: {exc.strerror}") from exc


def _take_place(fresh: Path, path: Path) -> StoreWriter:
    """Put the finished file ``fresh`` in place of ``path`` and open it there."""
    # The old file and its WAL go first: SQLite would try the WAL on the new file.
    _delete_store(path)
    try:
        os.replace(fresh, path)
    except OSError as exc:
        raise CorpusIndexError(f"cannot write {path}: {exc.strerror}") from exc
    return StoreWriter.open(path)
