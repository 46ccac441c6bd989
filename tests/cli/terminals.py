"""A program in a real terminal, whose screen can be read."""

from __future__ import annotations

import os
import re
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pexpect

from tests.cli.terminal_screen import TerminalScreen

PATIENCE_S = 60.0
"""A machine under load may take its time: this is no measurement."""


class Terminal:
    """A program, the keys it is sent, and the screen it draws.

    Attributes:
        raw: everything that it wrote.
    """

    def __init__(self, arguments: Sequence[str], *, rows: int = 24, columns: int = 80) -> None:
        self._child = pexpect.spawn(
            arguments[0],
            list(arguments[1:]),
            dimensions=(rows, columns),
            env=dict(os.environ),  # without the size that readline tells children of pytest
            encoding="utf-8",
            timeout=PATIENCE_S,
        )
        self._child.delaybeforesend = None
        self.screen = TerminalScreen(rows, columns)
        self.raw = ""

    @property
    def pid(self) -> int:
        return self._child.pid

    def send(self, keys: str) -> None:
        self._child.send(keys)

    def shows(self, pattern: str) -> re.Match[str]:
        """Wait until ``pattern`` is on the screen (or above it); ``$`` is the end of a line."""
        return self.reaches(lambda: re.search(pattern, self.screen.text, re.M), pattern)

    def reaches(self, condition, what: object = "condition"):
        """Wait until ``condition`` holds."""
        end = time.monotonic() + PATIENCE_S
        while not (found := condition()):
            assert time.monotonic() < end, f"never: {what!r}\n{self.screen.text}"
            self._read()
        return found

    def ends(self) -> tuple[int | None, int | None]:
        """Wait until the program ends; its status, or the signal that ended it."""
        while self._read():
            pass
        self._child.wait()  # its end of the terminal closes a little before it ends
        return self._child.exitstatus, self._child.signalstatus

    def resize(self, rows: int, columns: int) -> None:
        """Another size; what is shown stays where it is, cut off at the edge."""
        self.screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def modes(self) -> list:
        """What the program has made of the terminal, as ``stty -a`` would say."""
        return termios.tcgetattr(self._child.child_fd)

    def close(self) -> None:
        self._child.close(force=True)

    def _read(self) -> bool:
        try:
            text = self._child.read_nonblocking(100_000, timeout=0.1)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += text
        self.screen.feed(text)
        return True


def go(folder: Path) -> None:
    """Let the answer that waits in ``folder`` come."""
    (folder / "go").touch()
