"""Lines that were ended with Enter while an answer was made, and the keys of that time."""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from rag.cli.chat.editing import editing_keys
from rag.text.terminal import safe

LEAVING = None
"""In place of a line: Ctrl-D was pressed."""
N_SHOWN = 3


class Queue(deque[str | None]):
    """The lines that wait to be read, oldest first; ``LEAVING`` may stand at the end."""

    def notes(self) -> list[str]:
        """What to say of them, made safe: nothing of none."""
        waiting = list(self)
        lines = [line for line in waiting if line is not LEAVING]
        notes = [f"queued: {safe(' '.join(line.split()))}" for line in lines[:N_SHOWN]]
        if len(lines) > N_SHOWN:
            notes.append(f"queued: {len(lines) - N_SHOWN} more")
        if LEAVING in waiting:
            notes.append("leaving after this (Ctrl-C stops it)")
        return notes


def live_keys(queued: Queue, *, stop: Callable[[], None]) -> KeyBindings:
    """Ctrl-C stops the answer, Ctrl-D on an empty line leaves after it, and the arrow up on an
    empty line takes back what was queued last."""
    keys = editing_keys()
    is_line = has_focus(DEFAULT_BUFFER)
    is_empty = is_line & Condition(lambda: not get_app().current_buffer.text)
    has_line = Condition(lambda: bool(queued) and queued[-1] is not LEAVING)

    @keys.add("c-c", filter=is_line)
    def _(event: KeyPressEvent) -> None:
        stop()

    @keys.add("c-d", filter=is_empty)
    def _(event: KeyPressEvent) -> None:
        if LEAVING not in queued:
            queued.append(LEAVING)

    @keys.add("c-z", filter=Condition(lambda: sys.platform != "win32"))
    def _(event: KeyPressEvent) -> None:
        run_in_terminal(_sleep)

    @keys.add("up", filter=is_empty & has_line)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.document = Document(queued.pop() or "")

    return keys


def _sleep() -> None:
    """Stop the program until the shell wakes it.

    A signal to the thread itself stops it here and now. One to the process would be taken by
    another thread, and the prompt be drawn again before it has effect.
    """
    if sys.platform != "win32":
        signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
