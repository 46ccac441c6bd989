"""Progress on stderr: a spinner for waiting, bars for work that counts. None without a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from rag.cli.show.screen import Screen


class Shows(Protocol):
    """What shows an activity; see ``Activity`` for what it is told."""

    def wait(self, text: str) -> None: ...

    def start(self, stage: str, total: int | None, unit: str = "") -> None: ...

    def advance(self, n: int = 1) -> None: ...

    def finish(self) -> None: ...

    def stop(self) -> None: ...

    def reading(self, n_done: int, n_all: int) -> None: ...

    def writing(self, n_tokens: int) -> None: ...


class Activity:
    """What is going on, on the last line of the terminal; it leaves no trace when it is over.

    A bar for each stage of counted work (``start``, ``advance``, ``finish``: what the indexer and
    the downloader report to), and between them a spinner with how far a model is (``reading``,
    ``writing``) and the time since the first ``wait`` behind a ``stop``. Where progress is not
    shown every method does nothing.
    """

    def __init__(self, screen: Screen, *, in_bytes: bool = False) -> None:
        self._shows: Shows = _Nothing()
        if screen.shows_progress:
            from rag.cli.show.bars import Bars  # here: a pipe sees none

            self._shows = Bars(screen, in_bytes=in_bytes)

    def __enter__(self) -> Activity:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @contextmanager
    def shown_by(self, other: Shows) -> Iterator[None]:
        """Let ``other`` show it: the last line of the terminal is somebody else's meanwhile."""
        own = self._shows
        own.stop()
        self._shows = other
        try:
            yield
        finally:
            self._shows = own

    def wait(self, text: str) -> None:
        """Show a spinner that says what is awaited."""
        self._shows.wait(text)

    def start(self, stage: str, total: int | None, unit: str = "") -> None:
        """Show a bar for a stage of ``total`` steps or bytes (None: not known), which are counted
        in ``unit``."""
        self._shows.start(stage, total, unit)

    def advance(self, n: int = 1) -> None:
        """``n`` more steps of the stage are done."""
        self._shows.advance(n)

    def finish(self) -> None:
        """The stage is over: back to the spinner, if there was one."""
        self._shows.finish()

    def stop(self) -> None:
        """Take everything off the screen. May be called twice."""
        self._shows.stop()

    def reading(self, n_done: int, n_all: int) -> None:
        """See ``rag.protocols.Meter``."""
        self._shows.reading(n_done, n_all)

    def writing(self, n_tokens: int) -> None:
        """See ``rag.protocols.Meter``."""
        self._shows.writing(n_tokens)


def reading_state(n_done: int, n_all: int) -> str:
    """What is said while a prompt is evaluated."""
    return f"reading {n_done:,} of {n_all:,} tokens"


def writing_state(n_tokens: int) -> str:
    """What is said while an answer is written."""
    return f"writing, {n_tokens:,} token{'s' * (n_tokens != 1)}"


def elapsed(duration_s: float) -> str:
    """``4 s``, ``1:05`` from a minute on."""
    seconds = int(duration_s)
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60}:{seconds % 60:02}"


class _Nothing:
    """Shows no activity."""

    def wait(self, text: str) -> None: ...

    def start(self, stage: str, total: int | None, unit: str = "") -> None: ...

    def advance(self, n: int = 1) -> None: ...

    def finish(self) -> None: ...

    def stop(self) -> None: ...

    def reading(self, n_done: int, n_all: int) -> None: ...

    def writing(self, n_tokens: int) -> None: ...
