"""Where output goes: answers to stdout, everything else to stderr.

A stream that is not a terminal gets plain text: no colour, no wrapping, no progress. Colour also
respects ``NO_COLOR`` and ``TERM=dumb`` (rich does both once it is told what is a terminal).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text
from rich.theme import Theme

from rag.cli.show.links import shows_links
from rag.cli.show.symbols import Symbols, encodable, in_plain_signs, symbols_of
from rag.cli.show.wrapping import wrapped
from rag.text.terminal import disarmed, safe

_SIXTEEN_COLOURS = Theme(
    {"bar.back": "dim", "bar.complete": "cyan", "bar.finished": "green", "bar.pulse": "cyan"}
)
"""Bars in colours that the user's theme chooses; rich's own are made for dark backgrounds."""
MIN_WIDTH = 10
"""Columns that text gets at least, however narrow the terminal."""


class Screen:
    """The two streams of one run.

    Attributes:
        out: for what was asked for; err: for everything else.
        quiet: whether notices and progress are left out; verbose: whether more is said.
        links: whether what is shown on ``out`` may be links.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.out = console(sys.stdout)
        self.err = console(sys.stderr)
        self.quiet = quiet
        self.verbose = verbose
        self.links = shows_links(self.out)

    @property
    def symbols(self) -> Symbols:
        """The signs that can be shown on ``out``."""
        return symbols_of(self.out)

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
        write(self.err, in_plain_signs(text, self.err))

    def show(self, text: Text | str = "") -> None:
        """Print ``text`` (already safe) on stdout."""
        write(self.out, text if isinstance(text, Text) else Text(text))


class _Barred(Console):
    """A console that lets nothing through that a terminal may act on but what rich itself makes of
    styles and of moving the cursor: so that a command which forgets ``safe`` does no harm."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """See ``Console.render``."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else disarmed(segment.text)
            yield segment if text is segment.text else segment._replace(text=text)


def console(stream: TextIO) -> Console:
    """A console on ``stream`` that guesses nothing: a terminal is what the system says is one.

    ``FORCE_COLOR`` and the like are not asked: what reads a pipe never meets a control sequence.
    """
    return _Barred(
        theme=_SIXTEEN_COLOURS,
        file=stream,
        force_terminal=stream.isatty(),
        highlight=False,
        markup=False,
        emoji=False,
    )


def write(where: Console, text: Text, *, indent: int = 0, hanging: int = 0) -> None:
    """Print ``text``: in lines that fit on a terminal, whole elsewhere.

    Args:
        indent: blanks in front of every line; hanging: further ones in front of all but the first.
    """
    if not where.is_terminal:
        put(where, Text.assemble(" " * indent, text))
        return
    room = max(where.width, MIN_WIDTH)
    margins = (" " * min(indent, room // 2), " " * min(indent + hanging, room // 2))
    lines = wrapped(
        encodable(text, where),
        room - len(margins[0]),
        hanging=len(margins[1]) - len(margins[0]),
    )
    for number, line in enumerate(lines):
        put(where, Text.assemble(margins[min(number, 1)], line))


def put(where: Console, text: Text, *, end: str = "\n") -> None:
    """Print ``text`` as it is. Rich has a hand in it on a terminal only: it expands tabs."""
    if where.is_terminal:
        where.print(text, end=end, soft_wrap=True)
    else:
        where.file.write(disarmed(text.plain) + end)
