"""Ctrl-C while C code runs.

Python raises KeyboardInterrupt only between its own instructions: during a long decode it would
come late, and inside a callback from C it is swallowed. So while C runs, SIGINT only sets a flag;
llama.cpp asks for it through its abort callback, and the interrupt is raised when the call is back
and the books are straight. (llama-cpp-python 0.3.36)
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interruptible:
    """A block in which Ctrl-C sets ``requested`` and is raised at the end.

    Blocks may be nested: the outermost raises. Outside the main thread, and where SIGINT is
    ignored, it changes nothing.
    """

    def __init__(self) -> None:
        self.requested = False
        self._previous: Any = None
        self._depth = 0

    def __enter__(self) -> Interruptible:
        self._depth += 1
        if self._depth == 1:
            self.requested = False
            self._previous = self._install()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if self._depth or self._previous is None:
            return
        signal.signal(signal.SIGINT, self._previous)
        if self.requested:
            self._previous(signal.SIGINT, None)  # Python's own raises KeyboardInterrupt
            raise KeyboardInterrupt

    def check(self) -> None:
        """Leave the block early.

        Raises:
            KeyboardInterrupt: if Ctrl-C was pressed since it was entered.
        """
        if self.requested:
            raise KeyboardInterrupt

    def _install(self) -> Any:
        """The handler that was replaced; None if there is nothing to replace."""
        if threading.current_thread() is not threading.main_thread():
            return None
        previous = signal.getsignal(signal.SIGINT)
        if not callable(previous):
            return None
        signal.signal(signal.SIGINT, self._on_signal)
        return previous

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
