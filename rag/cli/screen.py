"""Where output goes: answers to stdout, everything else to stderr.

A stream that is not a terminal gets plain text: no colour, no wrapping, no progress. Colour also
respects ``NO_COLOR`` and ``TERM=dumb`` (rich does both once it is told what is a terminal).
"""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console
from rich.text import Text

from rag.text.terminal import safe

MIN_WIDTH = 10
"""Columns that text gets at least, however narrow the terminal."""


class Screen:
    """The two streams of one run.

    Attributes:
        out: for what was asked for; err: for everything else.
        quiet: whether notices and progress are left out; verbose: whether more is said.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.out = console(sys.stdout)
        self.err = console(sys.stderr)
        self.quiet = quiet
        self.verbose = verbose

    @property
    def shows_progress(self) -> bool:
        """Whether bars and spinners may be drawn: on a terminal that can move its cursor."""
        return self.err.is_terminal and not self.err.is_dumb_terminal and not self.quiet

    def notice(self, text: str) -> None:
        """Say ``text`` on stderr, made safe, unless quiet."""
        if not self.quiet:
            self.say(Text(safe(text), style="dim"))

    def detail(self, text: str) -> None:
        """Say ``text`` on stderr, made safe, if verbose."""
        if self.verbose:
            self.say(Text(safe(text), style="dim"))

    def say(self, text: Text) -> None:
        """Print ``text`` (already safe) on stderr, whatever the verbosity."""
        write(self.err, text)

    def show(self, text: Text | str = "") -> None:
        """Print ``text`` (already safe) on stdout."""
        write(self.out, text if isinstance(text, Text) else Text(text))


def console(stream: TextIO) -> Console:
    """A console on ``stream`` that guesses nothing: a terminal is what the system says is one.

    ``FORCE_COLOR`` and the like are not asked: what reads a pipe never meets a control sequence.
    """
    return Console(
        file=stream, force_terminal=stream.isatty(), highlight=False, markup=False, emoji=False
    )


def write(where: Console, text: Text, *, indent: int = 0, hanging: int = 0) -> None:
    """Print ``text``: wrapped at words on a terminal, whole elsewhere.

    Args:
        indent: blanks in front of every line; hanging: further ones in front of all but the first.
    """
    lines = _wrapped(text, where, indent, hanging) if where.is_terminal else [text]
    for number, line in enumerate(lines):
        margin = " " * (indent + (hanging if number else 0))
        put(where, Text.assemble(margin, line))


def put(where: Console, text: Text, *, end: str = "\n") -> None:
    """Print ``text`` as it is. Rich has a hand in it on a terminal only: it expands tabs."""
    if where.is_terminal:
        where.print(text, end=end, soft_wrap=True)
    else:
        where.file.write(text.plain + end)


def _wrapped(text: Text, where: Console, indent: int, hanging: int) -> list[Text]:
    width = where.width - indent
    lines = list(text.wrap(where, max(width, MIN_WIDTH)))
    if hanging and len(lines) > 1:
        head = len(lines[0])
        lines = [lines[0], *_lstripped(text[head:]).wrap(where, max(width - hanging, MIN_WIDTH))]
    for line in lines:
        line.rstrip()
    return lines


def _lstripped(text: Text) -> Text:
    return text[len(text.plain) - len(text.plain.lstrip()) :]
