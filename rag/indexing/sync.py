"""Making an index equal to its folders: only what changed is read and embedded again.

Three steps: stage what is new beside what readers see, embed the texts that have no vector yet
(each batch is kept at once, so an interrupted run does not pay twice), publish in one transaction.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from rag.errors import CorpusIndexError, InputError
from rag.indexing.changes import is_stale as is_stale
from rag.indexing.changes import list_files
from rag.indexing.lock import writing
from rag.indexing.progress import NoProgress, Progress
from rag.indexing.progress import SyncReport as SyncReport
from rag.indexing.run import Run
from rag.indexing.staging import Chunker as Chunker
from rag.protocols import Embedder
from rag.store.schema import FILE_NAME
from rag.store.writer import StoreWriter
from rag.types import Skipped

LOCK_TIMEOUT_S = 10.0


def sync(
    index_dir: Path,
    roots: Sequence[Path],
    *,
    embedder: Embedder,
    chunker: Chunker,
    progress: Progress | None = None,
    rebuild: bool = False,
    verify: bool = False,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
) -> SyncReport:
    """Bring the index in ``index_dir`` in line with the articles under ``roots``.

    Readers see the old state until the new one is complete. With ``rebuild`` the index is made
    anew beside the old one, whatever state that is in, and then takes its place. With ``verify``
    the bytes of every file are compared, however it looks from outside.

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
            run = Run(store, embedder, chunker, progress or NoProgress(), verify=verify)
            run.stage(listing)
            if run.is_empty():
                raise _no_article(roots, run.skipped)
            run.embed()
            run.publish(listing)
            if not rebuild:
                run.refresh(index_dir)
                run.note_rate()
        if rebuild:
            with _take_place(path, index_dir / FILE_NAME) as store:
                run.store = store
                run.refresh(index_dir)
                run.note_rate()
        return run.report(time.monotonic() - started, ())


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
