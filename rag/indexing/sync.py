"""Making an index equal to its folders: only what changed is read and embedded again.

Three steps: stage what is new beside what readers see, embed the texts that have no vector yet
(each batch is kept at once, so an interrupted run does not pay twice), publish in one transaction.
The search structures follow; what they lack until then is worked out when the index is opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rag import __version__
from rag.errors import CorpusIndexError, InputError
from rag.indexing import rebuild as beside
from rag.indexing.changes import Listing, list_files
from rag.indexing.changes import is_stale as is_stale
from rag.indexing.files import sync_folder
from rag.indexing.lock import writing
from rag.indexing.progress import NoProgress, Progress
from rag.indexing.progress import SyncReport as SyncReport
from rag.indexing.run import Run
from rag.indexing.staging import Chunker as Chunker
from rag.indexing.wishes import Wishes
from rag.protocols import Embedder
from rag.store import database
from rag.store.schema import FILE_NAME
from rag.store.writer import StoreWriter
from rag.types import Skipped

LOCK_TIMEOUT_S = 10.0
_ANEW = "the index had an older format: it was made anew from the articles"


def sync(
    index_dir: Path,
    roots: Sequence[Path],
    *,
    embedder: Embedder,
    chunker: Chunker,
    progress: Progress | None = None,
    wishes: Wishes | None = None,
    rebuild: bool = False,
    verify: bool = False,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
    on_wait: Callable[[str], None] | None = None,
) -> SyncReport:
    """Bring the index in ``index_dir`` in line with the articles under ``roots``.

    Readers see the old state until the new one is complete. With ``rebuild``, and where the index
    has an older format, it is made anew beside the old one, whatever state that is in, and then
    takes its place; an interrupted rebuild is gone on with. With ``verify`` the bytes of every
    file are compared, however it looks from outside, and of the search structures as well.
    ``on_wait`` is told who holds the index when it has to be waited for.

    Raises:
        InputError: a root is missing, or not one article can be read; the index stays as it was.
        CorpusIndexError: the index is damaged or of a newer version, another process keeps
            writing it for ``lock_timeout_s`` seconds, or the folder cannot be written.
        EmbedderError: the embedder fails; what was embedded so far is kept for the next run.
    """
    started = time.monotonic()
    wishes = wishes or Wishes()
    listing = list_files(roots, index_dir, wishes.patterns)
    if not listing.found:
        raise _no_article(roots, listing.skipped)
    _make_folder(index_dir)
    with writing(index_dir, timeout_s=lock_timeout_s, on_wait=on_wait):
        is_old = database.is_old(index_dir / FILE_NAME)
        anew = rebuild or is_old
        with _open(index_dir, embedder, chunker, anew=anew) as store:
            run = Run(store, embedder, chunker, wishes, progress or NoProgress(), verify=verify)
            _fill(run, listing, roots)
            if not anew:
                run.finish(listing, index_dir)
                beside.tidy(index_dir, store.manifest.store_id)
        if anew:
            with beside.take_place(index_dir) as store:
                run.store = store
                run.finish(listing, index_dir)
        if is_old:
            run.notes.insert(0, _ANEW)
        return run.report(time.monotonic() - started)


def _open(index_dir: Path, embedder: Embedder, chunker: Chunker, *, anew: bool) -> StoreWriter:
    if anew:
        store = beside.open_beside(
            index_dir, embedder=embedder.name, chunker=chunker.name, version=__version__
        )
    else:
        store = StoreWriter.open(index_dir / FILE_NAME)
    if store.manifest.generation == 0:
        _make_durable(index_dir)
    return store


def _fill(run: Run, listing: Listing, roots: Sequence[Path]) -> None:
    with run.embedding:
        run.stage(listing)
        if run.is_empty():
            raise _no_article(roots, run.skipped)
        run.embed()
    run.publish(listing)


def _no_article(roots: Sequence[Path], skipped: Sequence[Skipped]) -> InputError:
    names = ", ".join(str(root) for root in roots)
    reasons = "; ".join(f"{Path(item.source).name}: {item.reason}" for item in skipped[:3])
    more = f" ({reasons}{'; …' if len(skipped) > 3 else ''})" if reasons else ""
    return InputError(
        f"no readable article in {names}{more}",
        hint="name a folder with text, Markdown, HTML, PDF, Word, EPUB, CSV or JSON lines files",
    )


def _make_folder(index_dir: Path) -> None:
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise CorpusIndexError(
            f"cannot make the index folder {index_dir}: {exc.strerror}",
            hint="choose another with --index",
        ) from exc


def _make_durable(index_dir: Path) -> None:
    """A new file outlasts a power cut once the folders that name it are written out."""
    try:
        sync_folder(index_dir)
        sync_folder(index_dir.parent)
    except OSError:
        pass  # a parent that may not be read is not ours to write out
