"""Keeping the index in step with its articles: on request, and before a question is answered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.corpora import require_known
from rag.engines import Notice
from rag.errors import CorpusIndexError, InputError
from rag.resources import data_dir
from rag.settings import Settings, index_path

if TYPE_CHECKING:
    from rag.chunking.packer import SentenceChunker
    from rag.indexing.progress import Progress
    from rag.indexing.status import IndexStatus
    from rag.indexing.sync import SyncReport
    from rag.ingest.ignore import Patterns
    from rag.protocols import Embedder


def open_embedder(settings: Settings) -> Embedder:
    """The embedder of the settings; its libraries load on first use."""
    from rag.embedding.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(settings.embedder)


def sync_index(
    settings: Settings,
    paths: Sequence[str] = (),
    *,
    progress: Progress | None = None,
    rebuild: bool = False,
) -> SyncReport:
    """Bring the index in step with the articles at ``paths`` (or those of the settings, or those
    indexed last, or the sample articles).

    Raises:
        InputError: a path is missing, or nothing in them can be read.
        CorpusIndexError: the index is damaged, or another program is writing it.
    """
    roots = roots_of(settings, paths)
    return _sync(settings, open_embedder(settings), roots, progress, rebuild)


def roots_of(settings: Settings, paths: Sequence[str] = ()) -> list[Path]:
    """The folders and files to index: those named, else those indexed last, else the samples.

    Raises:
        UsageError: a corpus was chosen of which nothing is known.
        CorpusIndexError: the index is damaged.
    """
    roots = [_folder(p) for p in (paths or settings.articles)]
    if not roots:
        require_known(settings)
        roots = _recorded_roots(settings) or [data_dir("seeds")]
    return roots


def index_status(settings: Settings) -> IndexStatus:
    """What the index holds, and how it stands to its folders; a missing one is a status too."""
    from rag.indexing.index_type import IndexType
    from rag.indexing.status import status_of

    wanted = IndexType(settings.index_type)
    return status_of(index_path(settings), patterns=patterns_of(settings), wanted=wanted)


def patterns_of(settings: Settings) -> Patterns:
    """Which files of the folders are articles.

    Raises:
        UsageError: a pattern that is none.
    """
    from rag.ingest.ignore import Patterns

    return Patterns(settings.include, settings.ignore, settings.gitignore)


def _sync(
    settings: Settings,
    embedder: Embedder,
    roots: Sequence[Path],
    progress: Progress | None,
    rebuild: bool = False,
) -> SyncReport:
    from rag.indexing.sync import sync

    return sync(
        index_path(settings),
        roots,
        embedder=embedder,
        chunker=_chunker(settings, embedder),
        progress=progress,
        rebuild=rebuild,
    )


def _chunker(settings: Settings, embedder: Embedder) -> SentenceChunker:
    from rag.chunking.packer import SentenceChunker

    return SentenceChunker(
        embedder.count_tokens,
        target_tokens=settings.chunk_tokens,
        max_tokens=lambda: embedder.max_tokens,
    )


def _recorded_roots(settings: Settings) -> list[Path]:
    """The folders that the index was last built from; empty if there is no index."""
    from rag.indexing.changes import recorded_roots

    try:
        return recorded_roots(index_path(settings))
    except CorpusIndexError as exc:
        raise CorpusIndexError(exc.message, hint="rag index --rebuild FOLDER") from exc


def bring_up_to_date(
    settings: Settings, embedder: Embedder, notice: Notice, progress: Progress | None
) -> None:
    from rag.indexing.changes import is_stale

    recorded = _recorded_roots(settings)
    asked = [_folder(p) for p in settings.articles]
    if not recorded:
        require_known(settings)
        roots = asked or [data_dir("seeds")]
        sample = "" if asked else " (the sample articles; your own: rag index FOLDER)"
        notice(f"no index yet: indexing {_listed(roots)}{sample}")
        _sync(settings, embedder, roots, progress)
        return
    roots = asked or recorded
    missing = [root for root in roots if not root.exists()]
    if missing and not asked:
        notice(f"{_listed(missing)} is gone: answering from the index as it was")
        return
    if set(roots) != set(recorded):
        notice(f"indexing {_listed(roots)} instead of {_listed(recorded)}")
    elif is_stale(index_path(settings), roots):
        notice("articles changed: updating the index")
    else:
        return
    _updated(settings, embedder, roots, progress, notice, required=bool(asked))


def _updated(
    settings: Settings,
    embedder: Embedder,
    roots: Sequence[Path],
    progress: Progress | None,
    notice: Notice,
    *,
    required: bool,
) -> None:
    """Sync; when that fails for a reason in the articles, an index that is there is still used."""
    try:
        report = _sync(settings, embedder, roots, progress)
    except InputError as exc:
        if required:
            raise
        notice(f"{exc.message}: answering from the index as it was")
        return
    notice(
        f"index: {report.added} added, {report.changed} changed, {report.removed} removed"
        + (f", {len(report.skipped)} skipped" if report.skipped else "")
    )


def _folder(given: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(given)))  # as roots are recorded: without ".."


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(str(path) for path in paths)
