"""Objects of ``--json`` about an index that commands put together by hand; see ``json_shapes``."""

from __future__ import annotations

from dataclasses import dataclass

from rag.indexing.recall import RecallReport
from rag.indexing.status import Drift, FileSize
from rag.store.check import StoreCheck
from rag.store.records import Manifest, SkippedFile


@dataclass(frozen=True, slots=True)
class Verified:
    """An index that was looked through.

    Attributes:
        sound: whether the index is what was written, now.
        store: of the store; its faults are mended by ``rag index --rebuild`` only.
        derived: faults of the search structures, one sentence each.
        repaired: whether those were built again.
    """

    sound: bool
    store: StoreCheck
    derived: tuple[str, ...]
    repaired: bool


@dataclass(frozen=True, slots=True)
class AlsoChecked:
    """What a run looked at besides.

    Attributes:
        check: what ``--verify`` found; null without it.
    """

    check: Verified | None


@dataclass(frozen=True, slots=True)
class Emptiness:
    """Whether there is anything to do.

    Attributes:
        empty: whether the run would change no article.
    """

    empty: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement, if there was something to measure.

    Attributes:
        measured: what was found; null for an index that holds nothing.
    """

    measured: RecallReport | None


@dataclass(frozen=True, slots=True)
class Usable:
    """What is asked of an index first.

    Attributes:
        corpus: name of the corpus, empty for the default one; index: folder of the index.
        usable: whether it can be used; if not, the next five are null and ``problem`` says why.
        stale: whether a run would change the index.
        articles, files, chunks: how many there are in it.
        built: what it was built from and by.
    """

    corpus: str
    index: str
    usable: bool
    stale: bool | None
    articles: int | None
    files: int | None
    chunks: int | None
    built: Manifest | None


@dataclass(frozen=True, slots=True)
class Corpus(Usable):
    """A corpus and its index: the fields of ``rag.status/1`` behind ``schema``.

    Attributes:
        problem: why it cannot be used; hint: what to do.
        format: version of the index's files; type: how vectors are searched; reason: why so.
        skipped: files that the last run left out.
        unsupported: how many more there were of each suffix that no reader knows.
        near_duplicates: ids of articles that say nearly the same, group by group.
        sizes: on disk, the largest first.
    """

    problem: str
    hint: str
    format: int
    type: str
    reason: str
    skipped: tuple[SkippedFile, ...]
    unsupported: dict[str, int]
    near_duplicates: tuple[tuple[str, ...], ...]
    sizes: tuple[FileSize, ...]
    drift: Drift


@dataclass(frozen=True, slots=True)
class Corpora:
    """All corpora.

    Attributes:
        corpora: each with the state of its index.
    """

    corpora: tuple[Corpus, ...]
