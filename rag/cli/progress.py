"""Progress on stderr: a spinner for waiting, bars for work that counts. None without a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from rag.cli.screen import Screen
from rag.text.terminal import safe

_DESCRIPTION = "{task.description}"


class Activity:
    """What is going on, on the last line of the terminal; it leaves no trace when it is over.

    A bar for each stage of counted work (``start``, ``advance``, ``finish``: what the indexer and
    the downloader report to), and between them a spinner with the time since it was shown. Where
    progress is not shown every method does nothing.
    """

    def __init__(self, screen: Screen, *, in_bytes: bool = False) -> None:
        self._screen = screen
        self._in_bytes = in_bytes
        self._display: Progress | None = None
        self._task: TaskID | None = None
        self._waiting_for = ""

    def __enter__(self) -> Activity:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def wait(self, text: str) -> None:
        """Show a spinner that says what is awaited."""
        self.stop()
        self._waiting_for = text
        self._show(text, None, SpinnerColumn(), _text(), TimeElapsedColumn())

    def start(self, stage: str, total: int | None) -> None:
        """Show a bar for a stage of ``total`` steps or bytes (None: not known)."""
        self._clear()
        counts: tuple[ProgressColumn, ...] = (
            (DownloadColumn(), TransferSpeedColumn()) if self._in_bytes else (MofNCompleteColumn(),)
        )
        self._show(stage, total, _text(), BarColumn(), *counts, TimeRemainingColumn())

    def advance(self, n: int = 1) -> None:
        """``n`` more steps of the stage are done."""
        if self._display is not None and self._task is not None:
            self._display.advance(self._task, n)

    def finish(self) -> None:
        """The stage is over: back to the spinner, if there was one."""
        self._clear()
        if self._waiting_for:
            self.wait(self._waiting_for)

    def stop(self) -> None:
        """Take everything off the screen. May be called twice."""
        self._clear()
        self._waiting_for = ""

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


def _text() -> TextColumn:
    return TextColumn(_DESCRIPTION, markup=False)
