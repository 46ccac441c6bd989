"""Progress on stderr: a spinner for waiting, bars for work that counts. None without a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from rag.cli.show.screen import Screen
from rag.cli.show.symbols import symbols_of
from rag.text.terminal import safe

_DESCRIPTION = "{task.description}"
_WIDE = 60
"""Columns from which a bar has room for what it counts, and how fast."""


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
        self._shows: Shows = _Bars(screen, in_bytes=in_bytes)

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


class _Bars:
    """Shows an activity by rich's bars and spinners on stderr."""

    def __init__(self, screen: Screen, *, in_bytes: bool) -> None:
        self._screen = screen
        self._in_bytes = in_bytes
        self._display: Progress | None = None
        self._task: TaskID | None = None
        self._waiting_for = ""
        self._since_s = 0.0
        self.state = ""

    def wait(self, text: str) -> None:
        if not self._waiting_for:
            self._since_s = time.monotonic()
        self._clear()
        self._waiting_for = self.state = text
        spinner = SpinnerColumn(symbols_of(self._screen.err).spinner)
        self._show(text, None, spinner, _StateColumn(self), _SinceColumn(self._since_s))

    def start(self, stage: str, total: int | None, unit: str = "") -> None:
        self._clear()
        is_wide = self._screen.err.width >= _WIDE
        bar = BarColumn() if is_wide else BarColumn(bar_width=8)
        counts: tuple[ProgressColumn, ...] = (MofNCompleteColumn(),)
        if self._in_bytes:
            counts = (DownloadColumn(), TransferSpeedColumn())
        elif unit and is_wide:
            counts = (MofNCompleteColumn(), _RateColumn(unit))
        self._show(stage, total, _text(), bar, *counts, TimeRemainingColumn(compact=not is_wide))

    def advance(self, n: int = 1) -> None:
        if self._display is not None and self._task is not None:
            self._display.advance(self._task, n)

    def finish(self) -> None:
        self._clear()
        if self._waiting_for:
            self.wait(self._waiting_for)

    def stop(self) -> None:
        self._clear()
        self._waiting_for = ""

    def reading(self, n_done: int, n_all: int) -> None:
        self.state = reading_state(n_done, n_all)

    def writing(self, n_tokens: int) -> None:
        # Called for each token: rich draws what stands here ten times a second, in its own thread.
        self.state = writing_state(n_tokens)

    def _show(self, text: str, total: int | None, *columns: ProgressColumn) -> None:
        if not self._screen.shows_progress:
            return
        self._display = Progress(*columns, console=self._screen.err, transient=True)
        self._task = self._display.add_task(safe(text), total=total)
        self._display.start()

    def _clear(self) -> None:
        if self._display is not None:
            self._display.stop()
        self._display = None
        self._task = None


class _StateColumn(ProgressColumn):
    """What ``bars`` wait for just now."""

    def __init__(self, bars: _Bars) -> None:
        super().__init__()
        self._bars = bars

    def render(self, task: Task) -> Text:
        """One line, whatever the terminal's width."""
        return Text(safe(self._bars.state), no_wrap=True, overflow="ellipsis")


class _SinceColumn(ProgressColumn):
    """Seconds since a moment of ``time.monotonic``."""

    def __init__(self, since_s: float) -> None:
        super().__init__()
        self._since_s = since_s

    def render(self, task: Task) -> Text:
        """``4 s``, ``1:05`` from a minute on."""
        shown = elapsed(time.monotonic() - self._since_s)
        return Text(f" {shown}", style="progress.elapsed", no_wrap=True)


class _RateColumn(ProgressColumn):
    """What is counted, and how many of them a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """``files``, and with a known rate ``files, 120/s``."""
        rate = f", {task.speed:.0f}/s" if task.speed else ""
        return Text(f"{self._unit}{rate}", style="progress.data.speed")


def _text() -> TextColumn:
    return TextColumn(_DESCRIPTION, markup=False)
