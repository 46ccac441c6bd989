"""Bars and spinners on the last line of a terminal, by rich."""

from __future__ import annotations

import time

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

from rag.cli.show.progress import elapsed, reading_state, writing_state
from rag.cli.show.screen import Screen
from rag.cli.show.symbols import symbols_of
from rag.text.terminal import safe

_DESCRIPTION = "{task.description}"
_WIDE = 60
"""Columns from which a bar has room for what it counts, and how fast."""


class Bars:
    """Shows an activity (``rag.cli.show.progress.Shows``) on stderr.

    Args:
        in_bytes: whether what is counted are bytes.
    """

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

    def __init__(self, bars: Bars) -> None:
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
