"""What is written while a prompt is alive: whole lines go above it, the last one is part of it."""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Callable, Iterable
from typing import TextIO

from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.utils import get_cwidth

_LINKS = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
"""Operating system commands, links among them: prompt_toolkit would show them as text."""


class LivePage:
    """Lines that wait for their place above the prompt, and those that are not finished.

    Written by one thread and taken by another. Each writer has an unfinished line of its own, so
    that a notice does not end up in the middle of a sentence. Once closed, what is written goes
    to the terminal.
    """

    def __init__(self, stream: TextIO, *, changed: Callable[[], None]) -> None:
        self._stream = stream
        self._changed = changed
        self._lock = threading.Lock()
        self._lines = ""
        self._unfinished: dict[str, str] = {}
        self._is_closed = False

    def put(self, text: str, writer: str) -> None:
        """Write ``text`` behind what ``writer`` has written."""
        with self._lock:
            if self._is_closed:
                self._stream.write(text)
                return
            lines, newline, rest = (self._unfinished.get(writer, "") + text).rpartition("\n")
            self._lines += lines + newline
            self._unfinished[writer] = rest
        self._changed()

    def flush(self) -> None:
        """Once closed: let the terminal show it."""
        with self._lock:
            if self._is_closed:
                self._stream.flush()

    def take_lines(self) -> str:
        """Whole lines that were written since the last call; they are the caller's to show."""
        with self._lock:
            lines, self._lines = self._lines, ""
        return lines

    @property
    def unfinished(self) -> list[str]:
        """The lines that have no end yet; usually none or one."""
        with self._lock:
            return [line for line in self._unfinished.values() if line]

    def close(self) -> None:
        """Write what nobody took to the terminal, as everything from now on."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._stream.write("".join([self._lines, *self._unfinished.values()]))
                self._stream.flush()


class LiveFile(io.TextIOBase):
    """A stand-in for a stream of the terminal, whose text goes to a page."""

    def __init__(self, stream: TextIO, page: LivePage) -> None:
        self._stream = stream
        self._page = page
        self._name = str(stream.fileno())

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of the stream that it stands in for."""
        return self._stream.encoding

    def isatty(self) -> bool:
        """It is a terminal, in the end."""
        return True

    def fileno(self) -> int:
        """Of the stream that it stands in for."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Write ``text`` on the page."""
        self._page.put(text, self._name)
        return len(text)

    def flush(self) -> None:
        """Nothing is kept here."""
        self._page.flush()


def is_same_terminal(one: TextIO, other: TextIO) -> bool:
    """Whether both are one and the same terminal."""
    if not (one.isatty() and other.isatty()):
        return False
    return os.fstat(one.fileno()).st_rdev == os.fstat(other.fileno()).st_rdev


def folded(text: str, *, columns: int, n_rows: int) -> list[StyleAndTextTuples]:
    """The last ``n_rows`` rows of ``text``, a line with colours, on a terminal of ``columns``.

    A character that takes two columns is not cut, one that takes none stays with what it marks.
    """
    rows: list[StyleAndTextTuples] = [[]]
    used = 0
    for style, char in _characters(to_formatted_text(ANSI(_LINKS.sub("", text)))):
        width = get_cwidth(char)
        if used + width > columns:
            rows.append([])
            used = 0
        rows[-1].append((style, char))
        used += width
    return rows[-n_rows:]


def clipped(text: str, columns: int) -> str:
    """As much of ``text`` as fits in ``columns``; what was cut leaves an ellipsis."""
    if get_cwidth(text) <= columns:
        return text
    while text and get_cwidth(text) + 3 > columns:
        text = text[:-1]
    return f"{text}..."


def _characters(fragments: StyleAndTextTuples) -> Iterable[tuple[str, str]]:
    return ((style, char) for style, text, *_ in fragments for char in text)
