"""A passage as it was offered, its evidence set off, with what stands before and after it."""

from __future__ import annotations

from rich.text import Text

from rag.cli.opening.view import View
from rag.cli.show.marked import marked
from rag.cli.show.pieces import PLACE_STYLE, headline, label_text, one_line, place_text, quoted
from rag.cli.show.screen import Screen, write
from rag.text.terminal import safe
from rag.types import Chunk

_MARGIN = 4
_N_BESIDE = 240
"""Characters of a neighbour that are shown."""


def show_passage(screen: Screen, label: int, chunk: Chunk, view: View) -> None:
    """Print title, headings and place, then the passage between its neighbours.

    Where stretches cannot be set off by their looks, the evidence is said below once more.
    """
    write(screen.out, Text.assemble(label_text(label), " ", headline(chunk)), hanging=_MARGIN)
    if chunk.headings:
        above = " > ".join(safe(one_line(heading)) for heading in chunk.headings)
        write(screen.out, Text(above, PLACE_STYLE), indent=_MARGIN)
    write(screen.out, place_text(screen, chunk.source, chunk.place), indent=_MARGIN)
    screen.show()
    _show_beside(screen, _end_of(screen, view.before))
    shift = view.passage.start
    quotes = [span.shifted(-shift) for span in view.quotes]
    text = marked(chunk.text, quotes, made_safe=_several_lines)
    for line in text.split("\n", allow_blank=True):
        write(screen.out, line, indent=_MARGIN)
    _show_beside(screen, _beginning_of(screen, view.after))
    is_plain = not screen.out.is_terminal or screen.out.is_dumb_terminal
    if view.quotes and is_plain:
        write(screen.out, Text("evidence in it:"))
        for span in view.quotes:
            write(screen.out, quoted(span.of(view.text), screen.symbols), indent=_MARGIN)


def _several_lines(piece: str) -> str:
    return safe(piece.replace("\r\n", "\n").replace("\r", "\n"), keep_newlines=True)


def _show_beside(screen: Screen, text: str) -> None:
    if text:
        write(screen.out, Text(text, PLACE_STYLE), indent=_MARGIN)


def _end_of(screen: Screen, text: str) -> str:
    """The last words of what stands before the passage, safe, on one line."""
    text = " ".join(text.split())
    start = _word_start(text, len(text) - _N_BESIDE)
    return f"{screen.symbols.ellipsis} {safe(text[start:])}" if start else safe(text)


def _beginning_of(screen: Screen, text: str) -> str:
    text = " ".join(text.split())
    end = _word_end(text, _N_BESIDE)
    return f"{safe(text[:end])} {screen.symbols.ellipsis}" if end < len(text) else safe(text)


def _word_start(text: str, at: int) -> int:
    """The beginning of the first word from ``at``; ``at`` if there is no blank soon."""
    if at <= 0:
        return 0
    blank = text.find(" ", at, at + 40)
    return blank + 1 if blank >= 0 else at


def _word_end(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    blank = text.rfind(" ", at - 40, at)
    return blank if blank >= 0 else at
