"""Where the lines of a chat come from."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import BinaryIO, Protocol, TextIO

from rag.cli.show.progress import Activity
from rag.cli.show.screen import Screen

MARK = "> "
CONTINUED = ". "
"""What stands before the first line of what is typed, and before its further lines."""
FENCE = '"""'
"""Begins and ends a text of several lines."""


def is_open(text: str) -> bool:
    """Whether ``text`` begins with a fence and its other one is still to come."""
    text = text.strip()
    closed = len(text) >= 2 * len(FENCE) and text.endswith(FENCE)
    return text.startswith(FENCE) and not closed


def unfenced(text: str) -> str:
    """``text`` without the fences around it, if it has them."""
    inner = text.strip()
    if not inner.startswith(FENCE) or is_open(inner):
        return text
    return inner[len(FENCE) : -len(FENCE)].strip("\n")


class LineReader(Protocol):
    """Where lines come from.

    Attributes:
        is_interactive: whether somebody sits there, who is greeted and given hints.
    """

    is_interactive: bool

    def read(self) -> str:
        """The next line, or the lines of a text that was typed as one.

        Raises:
            EOFError: there is none.
            KeyboardInterrupt: Ctrl-C on an empty line.
        """

    def answering(
        self, screen: Screen, activity: Activity
    ) -> AbstractContextManager[tuple[Screen, Activity]]:
        """Where an answer is shown, and what goes on, while it is made. Keys that are pressed
        meanwhile are kept for ``read``; Ctrl-C raises ``KeyboardInterrupt`` in the thread that
        entered."""


class PlainLines:
    """The lines of a pipe or a file; blank ones are left out."""

    is_interactive = False

    def __init__(self, stdin: BinaryIO) -> None:
        self._stdin = stdin

    def read(self) -> str:
        """The next line that is not blank; bytes that are no UTF-8 become ``\\ufffd``."""
        while line := self._stdin.readline():
            text = line.decode("utf-8", "replace").lstrip("\ufeff").strip()
            if text:
                return text
        raise EOFError

    def answering(
        self, screen: Screen, activity: Activity
    ) -> AbstractContextManager[tuple[Screen, Activity]]:
        """The same screen: nobody types."""
        return nullcontext((screen, activity))


class PlainPrompt:
    """Somebody at a terminal that cannot move its cursor: its own line editing, nothing alive."""

    is_interactive = True

    def __init__(self, stdin: BinaryIO, stream: TextIO) -> None:
        self._stdin = stdin
        self._stream = stream

    def read(self) -> str:
        """The next line; see ``LineReader``."""
        text = self._line(MARK)
        while is_open(text):
            text += "\n" + self._line(CONTINUED)
        return unfenced(text)

    def _line(self, mark: str) -> str:
        self._stream.write(mark)
        self._stream.flush()
        line = self._stdin.readline()
        if not line:
            self._stream.write("\n")
            raise EOFError
        return line.decode("utf-8", "replace").rstrip("\r\n")

    def answering(
        self, screen: Screen, activity: Activity
    ) -> AbstractContextManager[tuple[Screen, Activity]]:
        """The same screen: the terminal keeps what is typed."""
        return nullcontext((screen, activity))
