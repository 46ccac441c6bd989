"""Where the lines of a chat come from."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import BinaryIO, Protocol

from rag.cli.progress import Activity
from rag.cli.screen import Screen


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
