"""What goes on while an answer is made, as one line that is drawn again and again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from rich.console import Console
from rich.spinner import Spinner

from rag.cli.show.progress import elapsed, reading_state, writing_state
from rag.cli.show.symbols import symbols_of
from rag.text.terminal import safe

_WRITING = "writing the answer"
_STOPPING = "stopping"
_FRAMES_PER_S = 8
_WIDE = 60
"""Columns from which there is room to say what is counted."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """Counted work; ``n_all`` is None where the end is not known."""

    text: str
    n_done: int = 0
    n_all: int | None = None
    unit: str = ""


class LiveStatus:
    """Shows an activity (``rag.cli.show.progress.Shows``) in a line for whoever draws it.

    Told by the thread that answers, read by the one that draws: each change is one assignment.
    """

    def __init__(self, where: Console) -> None:
        self._frames = Spinner(symbols_of(where).spinner).frames
        self._began = time.monotonic()
        self._waiting_for = _WRITING
        self._now = _Stage(_WRITING)
        self._is_stopping = False

    def wait(self, text: str) -> None:
        """See ``Activity``."""
        self._waiting_for = text
        self._now = _Stage(text)

    def start(self, stage: str, total: int | None, unit: str = "") -> None:
        """See ``Activity``."""
        self._now = _Stage(stage, 0, total, unit)

    def advance(self, n: int = 1) -> None:
        """See ``Activity``."""
        self._now = replace(self._now, n_done=self._now.n_done + n)

    def finish(self) -> None:
        """See ``Activity``."""
        self._now = _Stage(self._waiting_for)

    def stop(self) -> None:
        """Something of the answer is shown: the rest of it is being written."""
        self.wait(_WRITING)

    def reading(self, n_done: int, n_all: int) -> None:
        """See ``rag.protocols.Meter``."""
        self._now = _Stage(reading_state(n_done, n_all))

    def writing(self, n_tokens: int) -> None:
        """See ``rag.protocols.Meter``."""
        self._now = _Stage(writing_state(n_tokens))

    def stopping(self) -> None:
        """Somebody asked for the end of it: nothing else matters from now on."""
        self._is_stopping = True

    def line(self, columns: int) -> str:
        """What to show now, made safe: a spinner, what is done, for how long, how far it is."""
        now = _Stage(_STOPPING) if self._is_stopping else self._now
        since_s = time.monotonic() - self._began
        frame = self._frames[int(since_s * _FRAMES_PER_S) % len(self._frames)]
        parts = [frame, safe(now.text), elapsed(since_s), _count(now, columns)]
        return " ".join(filter(None, parts))


def _count(stage: _Stage, columns: int) -> str:
    if not stage.n_done and stage.n_all is None:
        return ""
    of = f"/{stage.n_all}" if stage.n_all is not None else ""
    unit = f" {stage.unit}" if columns >= _WIDE else ""
    return f"{stage.n_done}{of}{unit}".rstrip()
