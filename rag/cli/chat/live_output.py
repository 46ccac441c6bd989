"""The terminal under a prompt: written in one piece, and left as it was found."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from types import FrameType
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

if sys.platform != "win32":
    import termios

_AS_FOUND = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?2004l"
"""No colour, lines that wrap, a cursor that is seen, pastes without brackets."""
_FALLBACK = os.terminal_size((80, 24))


class SteadyOutput(Vt100_Output):
    """A terminal that is told several changes at once, so that none of them is seen alone.

    It is never asked where its cursor is: the answer would come as if it were typed, and some
    terminals give none.
    """

    def __init__(self, stream: TextIO) -> None:
        self._is_held = False
        term = os.environ.get("TERM")
        super().__init__(stream, lambda: _size_of(stream), term=term, enable_cpr=False)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Write what is put out in the block at its end, in one piece."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            self.flush()

    def flush(self) -> None:
        """Write what is put out, unless held."""
        if not self._is_held:
            super().flush()


def open_output(stream: TextIO) -> Output:
    """Where a prompt is drawn: the terminal ``stream``."""
    return create_output(stream) if sys.platform == "win32" else SteadyOutput(stream)


def held(output: Output) -> AbstractContextManager[None]:
    """A block whose output is written in one piece, where the terminal can do it."""
    return output.held() if isinstance(output, SteadyOutput) else nullcontext()


def _size_of(stream: TextIO) -> Size:
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except OSError:  # it is gone
        columns, rows = _FALLBACK
    return Size(rows=rows or _FALLBACK.lines, columns=columns or _FALLBACK.columns)


@contextmanager
def left_as_found(stream: TextIO) -> Iterator[None]:
    """Put the terminal back as it was at the end of the block, whatever ends it: an error, or one
    of the signals that end a program. ``stream`` is where its cursor and colours are set."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    descriptor = sys.stdin.fileno()
    found = termios.tcgetattr(descriptor)

    def put_back() -> None:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSANOW, found)

    def end(number: int, frame: FrameType | None) -> None:
        put_back()
        with suppress(OSError):  # after SIGHUP there is no terminal
            os.write(stream.fileno(), f"{_AS_FOUND}\r\n".encode())
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    ending = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in ending}
    ours = [number for number in ending if before[number] is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, end)
    try:
        yield
    finally:
        put_back()
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
