"""How a long run tells how far it is. What is shown, and where, is the caller's business."""

from __future__ import annotations

from typing import Protocol


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
