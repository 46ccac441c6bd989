"""How a run tells how far it is and what it did; showing that is the caller's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rag.types import Skipped


class Progress(Protocol):
    """Told of each stage: started, advanced, finished."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins; ``total`` steps, None if that is not known."""

    def advance(self, n: int) -> None:
        """``n`` more steps are done."""

    def finish(self) -> None:
        """The stage is over."""


class NoProgress:
    """Tells nobody."""

    def start(self, stage: str, total: int | None) -> None: ...

    def advance(self, n: int) -> None: ...

    def finish(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a run did.

    Attributes:
        added, changed, removed, moved, unchanged: documents; a moved one is in no other count.
        skipped: files that hold no article that can be used, and why.
        n_documents, n_chunks: in the index now.
        n_embedded: texts embedded in this run.
        seconds: wall time.
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
