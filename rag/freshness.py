"""Before a question is answered: the index built if there is none, and brought up to date.

Nobody who asks waits long for what was not asked for: a large index that would have to be embedded
anew is left as it is, and what to run is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag import upkeep
from rag.corpora import indexing_command, require_known, with_corpus
from rag.engines import Notice
from rag.errors import CorpusIndexError, IndexBusyError, InputError
from rag.resources import data_dir
from rag.settings import Settings, index_path
from rag.text.paths import shown_path
from rag.upkeep import folder_of, recorded_roots, sync_with, why_anew, wishes_of

if TYPE_CHECKING:
    from rag.indexing.progress import Progress
    from rag.protocols import Embedder

PATIENCE_S = 5.0
"""How long a question waits for another run that writes the index it could be answered from."""
SMALL_CHUNKS = 2_000
"""Chunks that are embedded anew without being asked for: some ten seconds of work."""


def bring_up_to_date(
    settings: Settings, embedder: Embedder, notice: Notice, progress: Progress | None
) -> None:
    """Sync the index if articles changed; ``notice`` is told what is done and why.

    Raises:
        CorpusIndexError: the index is damaged, or was built by another embedder and is too large
            to be embedded anew unasked.
        InputError: folders that were named are missing or hold no article.
        UsageError: a corpus was chosen of which nothing is known.
    """
    recorded = recorded_roots(settings)
    asked = [folder_of(path) for path in settings.articles]
    if not recorded:
        require_known(settings)
        roots = asked or [data_dir("seeds")]
        sample = "" if asked else f" (the sample articles; your own: {indexing_command()})"
        notice(f"no index yet: indexing {_listed(roots)}{sample}")
        sync_with(
            settings,
            embedder,
            roots,
            progress=progress,
            on_wait=notice,
            lock_timeout_s=upkeep.PATIENCE_S,  # there is nothing else to answer from
        )
        return
    roots = asked or recorded
    if not asked and upkeep.is_samples(recorded) and not _is_inside(Path.cwd(), recorded[0].parent):
        notice(f"only the sample articles are indexed; your own: {indexing_command()}")
    missing = [root for root in roots if not root.exists()]
    if missing and not asked:
        notice(f"{_listed(missing)} is gone: answering from the index as it was")
    elif _must_sync(settings, embedder, roots, recorded, notice):
        _sync(settings, embedder, roots, progress, notice, required=bool(asked))


def _must_sync(
    settings: Settings,
    embedder: Embedder,
    roots: Sequence[Path],
    recorded: Sequence[Path],
    notice: Notice,
) -> bool:
    """Whether to sync now. Raises ``CorpusIndexError`` if the index cannot be used without."""
    from rag.indexing.changes import is_stale

    if why := why_anew(settings, embedder):
        return _is_small(settings, embedder, why, notice)
    if set(roots) != set(recorded):
        notice(f"indexing {_listed(roots)} instead of {_listed(recorded)}")
        return True
    if is_stale(index_path(settings), roots, wishes_of(settings).patterns):
        notice("articles changed: updating the index")
        return True
    return False


def _is_small(settings: Settings, embedder: Embedder, why: str, notice: Notice) -> bool:
    """Whether everything can be read anew while somebody waits for an answer."""
    from rag.store.reader import StoreReader
    from rag.store.schema import FILE_NAME

    with StoreReader.open(index_path(settings) / FILE_NAME) as store:
        manifest = store.manifest
    if manifest.n_chunks <= SMALL_CHUNKS:
        notice(f"{why}: reading the articles anew")
        return True
    if manifest.embedder != embedder.name:
        raise CorpusIndexError(
            f"{why}; {manifest.n_chunks:,} chunks have to be embedded anew",
            hint="rag index (--dry-run tells the cost), or set the embedder back",
        )
    command = with_corpus("rag index", settings.corpus)
    notice(f"{why}: answering from the index as it is; {command} brings it up to date")
    return False


def _sync(
    settings: Settings,
    embedder: Embedder,
    roots: Sequence[Path],
    progress: Progress | None,
    notice: Notice,
    *,
    required: bool,
) -> None:
    """Sync; when that fails for a reason in the articles, or because somebody else does it, an
    index that is there is still used."""
    try:
        report = sync_with(
            settings,
            embedder,
            roots,
            progress=progress,
            on_wait=notice,
            lock_timeout_s=PATIENCE_S,
        )
    except (InputError, IndexBusyError) as exc:
        if required:
            raise
        notice(f"{exc.message}: answering from the index as it was")
        return
    notice(
        f"index: {report.added} added, {report.changed} changed, {report.removed} removed"
        + (f", {len(report.skipped)} skipped" if report.skipped else "")
    )


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(shown_path(path) for path in paths)
