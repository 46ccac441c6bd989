"""How a run tells how far it is and what it did; showing that is the caller's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rag.types import Skipped


class Progress(Protocol):
    """Told of each stage: started, advanced, finished."""

    def start(self, stage: str, total: int | None, unit: str = "") -> None:
        """A stage begins; ``total`` steps, None if that is not known, counted in ``unit`` (files,
        chunks)."""

    def advance(self, n: int) -> None:
        """``n`` more steps are done."""

    def finish(self) -> None:
        """The stage is over."""


class NoProgress:
    """Tells nobody."""

    def start(self, stage: str, total: int | None, unit: str = "") -> None: ...

    def advance(self, n: int) -> None: ...

    def finish(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a run did.

    Attributes:
        added, changed, removed, moved, unchanged: files; a moved one is in no other count.
        touched: of the unchanged ones, those that looked changed and were not.
        skipped: files that hold no article that can be used, and why.
        n_files, n_documents, n_chunks: in the index now.
        n_embedded: texts embedded in this run.
        seconds: wall time; chunks_per_s: texts embedded per second of embedding, 0 if there were
            none.
        notes: what else a user should know, one sentence each.
        near_duplicates: ids of articles that say nearly the same, group by group.
    """

    added: int
    changed: int
    removed: int
    moved: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    n_documents: int
    n_chunks: int
    n_embedded: int
    seconds: float
    n_files: int = 0
    touched: int = 0
    chunks_per_s: float = 0.0
    notes: tuple[str, ...] = ()
    near_duplicates: tuple[tuple[str, ...], ...] = ()
