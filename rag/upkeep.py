"""Keeping an index in step with its articles, looking after it, and telling how it stands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.corpora import require_known, with_corpus
from rag.engines import Notice, unsaid
from rag.errors import CorpusIndexError
from rag.resources import data_dir
from rag.settings import Settings, index_path

if TYPE_CHECKING:
    from rag.chunking.packer import SentenceChunker
    from rag.indexing.check import IndexCheck
    from rag.indexing.plan import SyncPlan
    from rag.indexing.progress import Progress
    from rag.indexing.recall import RecallReport
    from rag.indexing.status import IndexStatus
    from rag.indexing.sync import SyncReport
    from rag.indexing.wishes import Wishes
    from rag.protocols import Embedder

PATIENCE_S = 60.0
"""How long a run that was asked for waits for another one that writes the same index."""


def open_embedder(settings: Settings) -> Embedder:
    """The embedder of the settings; its libraries load on first use."""
    from rag.embedding.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(settings.embedder)


def sync_index(
    settings: Settings,
    *,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
    notice: Notice = unsaid,
    rebuild: bool = False,
    verify: bool = False,
) -> SyncReport:
    """Bring the index in step with the articles of the settings (or those indexed last, or the
    sample articles). If every article has to be read anew, ``notice`` is told why and at what cost.

    Raises:
        InputError: a path is missing, or nothing in them can be read.
        CorpusIndexError: the index is damaged, or another program is writing it.
    """
    embedder = embedder or open_embedder(settings)
    if not rebuild:
        say_cost(settings, embedder, notice)
    roots = roots_of(settings)
    if not settings.articles and not recorded_roots(settings):
        notice(f"no folder was named: indexing the sample articles ({roots[0]})")
    return sync_with(
        settings,
        embedder,
        roots,
        progress=progress,
        rebuild=rebuild,
        verify=verify,
        lock_timeout_s=PATIENCE_S,
        on_wait=notice,
    )


def sync_with(
    settings: Settings, embedder: Embedder, roots: Sequence[Path], **how: Any
) -> SyncReport:
    """Sync the index of the settings with ``roots``; ``how`` as ``rag.indexing.sync.sync`` says."""
    from rag.indexing.sync import sync

    return sync(
        index_path(settings),
        roots,
        embedder=embedder,
        chunker=_chunker(settings, embedder),
        wishes=wishes_of(settings, forgiving=bool(how.get("rebuild"))),
        **how,
    )


def plan_index(settings: Settings, *, rebuild: bool = False) -> SyncPlan:
    """What ``sync_index`` would do now, and about what it would cost; no model is loaded.

    Raises:
        InputError: a path is missing.
        CorpusIndexError: the index is damaged or of a newer version.
    """
    from rag.indexing.plan import plan

    embedder = open_embedder(settings)
    return plan(
        index_path(settings),
        roots_of(settings),
        embedder=embedder.name,
        chunker=_chunker(settings, embedder).name,
        wishes=wishes_of(settings),
        rebuild=rebuild,
    )


def say_cost(settings: Settings, embedder: Embedder, notice: Notice) -> None:
    """Tell ``notice`` why every article has to be read anew, and at about what cost; else nothing.

    Raises:
        CorpusIndexError: the index is damaged or of a newer version.
    """
    if why := why_anew(settings, embedder):
        planned = plan_index(settings)
        about = f", about {duration_text(planned.seconds)}" if planned.seconds else ""
        notice(
            f"{why}: up to {planned.n_to_embed:,} chunks to embed{about}; the old index answers "
            "until then, and stopping loses nothing"
        )


def why_anew(settings: Settings, embedder: Embedder) -> str:
    """Why every article of the index has to be read anew, in a sentence; empty if it has not.

    Raises:
        CorpusIndexError: the index is damaged or of a newer version.
    """
    from rag.indexing.plan import why_anew as why
    from rag.store.database import is_old, open_for_reading
    from rag.store.reader import StoreReader
    from rag.store.schema import FILE_NAME

    path = index_path(settings) / FILE_NAME
    if not path.is_file() or path.stat().st_size == 0 or is_old(path):
        return ""
    with StoreReader(path, open_for_reading(path)) as store:
        chunker = _chunker(settings, embedder).name
        return why(store.manifest, embedder.name, chunker, wishes_of(settings).readers)


def check_index(settings: Settings) -> IndexCheck:
    """Every byte of the index looked at; what follows from the store is made again where damaged.

    Raises:
        CorpusIndexError: no index, one of another version, or the repair cannot be written.
    """
    from rag.indexing.check import check
    from rag.indexing.index_type import IndexType

    wanted = IndexType(wishes_of(settings, forgiving=True).index_type)
    return check(index_path(settings), index_type=wanted)


def measure_recall(settings: Settings) -> RecallReport | None:
    """How much of what a full comparison finds the index finds; None if it holds nothing.

    Raises:
        CorpusIndexError: no index, a damaged one, one of another version or embedder.
    """
    from rag.indexing.corpus import CorpusIndex
    from rag.indexing.recall import check_recall

    require_known(settings)
    embedder = open_embedder(settings)
    with CorpusIndex.open(index_path(settings), embedder_name=embedder.name) as index:
        return check_recall(index, embedder)


def follow(settings: Settings) -> Iterator[tuple[str, ...]]:
    """Batches of paths that changed under the indexed folders, the first one at once."""
    from rag.indexing.watch import changes

    patterns = wishes_of(settings).patterns
    return changes(roots_of(settings), index_path(settings), patterns=patterns)


def index_status(settings: Settings) -> IndexStatus:
    """What the index holds, and how it stands to its folders; a missing one is a status too."""
    from rag.indexing.index_type import IndexType
    from rag.indexing.status import status_of

    wishes = wishes_of(settings, forgiving=True)
    wanted = IndexType(wishes.index_type)
    status = status_of(index_path(settings), patterns=wishes.patterns, wanted=wanted)
    return replace(status, hint=_hint_for(settings, status.hint))


def _hint_for(settings: Settings, hint: str) -> str:
    """What to type, with the corpus that it is about, whose folders may be known."""
    hint = with_corpus(hint, settings.corpus)
    return hint.removesuffix(" FOLDER") if settings.articles else hint


def wishes_of(settings: Settings, *, forgiving: bool = False) -> Wishes:
    """What is set by flag, variable or file; else what the index was made with.

    Args:
        forgiving: whether a damaged index is as good as none.

    Raises:
        CorpusIndexError: the index is damaged or of a newer version, and that is not forgiven.
    """
    from rag.indexing.wishes import WISH_KEYS, Wishes, noted_wishes

    try:
        noted = noted_wishes(index_path(settings))
    except CorpusIndexError:
        if not forgiving:
            raise
        noted = Wishes()
    given = {key: getattr(settings, key) for key in WISH_KEYS if key in settings.sources}
    return replace(noted, **given)


def roots_of(settings: Settings) -> list[Path]:
    """The folders and files to index: those set, else those indexed last, else the samples.

    Raises:
        UsageError: a corpus was chosen of which nothing is known.
        CorpusIndexError: the index is damaged.
    """
    roots = [folder_of(path) for path in settings.articles]
    if not roots:
        require_known(settings)
        roots = recorded_roots(settings) or [data_dir("seeds")]
    return roots


def is_samples(roots: Sequence[Path]) -> bool:
    """Whether ``roots`` are the sample articles that the program brings, and nothing else."""
    return [root.resolve() for root in roots] == [data_dir("seeds").resolve()]


def recorded_roots(settings: Settings) -> list[Path]:
    """The folders that the index was last built from; empty if there is no index.

    Raises:
        CorpusIndexError: the index is damaged.
    """
    from rag.indexing.changes import recorded_roots as recorded

    try:
        return recorded(index_path(settings))
    except CorpusIndexError as exc:
        raise CorpusIndexError(exc.message, hint="rag index --rebuild FOLDER") from exc


def folder_of(given: str) -> Path:
    """A path as it is recorded: absolute, without ``..`` and ``~``."""
    return Path(os.path.abspath(os.path.expanduser(given)))


def duration_text(seconds: float) -> str:
    """A span of time as one says it: ``40 s``, ``7 min``, ``3 h``."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.0f} h"


def _chunker(settings: Settings, embedder: Embedder) -> SentenceChunker:
    from rag.chunking.packer import SentenceChunker

    limit: Callable[[], int] = lambda: embedder.max_tokens  # noqa: E731 - loads weights: only when asked
    return SentenceChunker(
        embedder.count_tokens, target_tokens=settings.chunk_tokens, max_tokens=limit
    )
