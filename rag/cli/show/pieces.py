"""The pieces that sources are shown from: title and date, place, quotation. All are made safe."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from rag.cli.show.links import linked
from rag.cli.show.screen import Screen
from rag.cli.show.symbols import Symbols
from rag.text.paths import shown_path
from rag.text.terminal import safe
from rag.types import Chunk, Evidence, Place, PlaceUnit

MARKER_STYLE = "cyan"
FLAG_STYLE = "red"
"""Of the 16 colours that a theme chooses, one that can be read on dark and on light."""
QUOTE_STYLE = "italic"
PLACE_STYLE = "dim"
N_COPIES_NAMED = 3
"""Copies of a passage that are named."""


def label_text(label: int) -> Text:
    """``[3]``."""
    return Text(f"[{label}]", style=MARKER_STYLE)


def headline(source: Evidence | Chunk) -> Text:
    """Title and date of a source."""
    date = f" ({safe(source.date)})" if source.date else ""
    return Text.assemble((safe(one_line(source.title)), "bold"), date)


def quoted(quote: str, symbols: Symbols) -> Text:
    """The quote as one paragraph: its line breaks, and nothing else, become blanks."""
    return Text(symbols.quoted(safe(one_line(quote))), style=QUOTE_STYLE)


def one_line(text: str) -> str:
    """``text`` with each line break turned into one blank."""
    return text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")


def place_of(source: str, place: Place) -> str:
    """``path:12-14`` for lines, ``path, page 3`` for other places; made safe."""
    path = safe(shown_path(source))
    if place.unit is not PlaceUnit.LINE:
        return f"{path}, {place}"
    first, last = place.first, place.last
    return f"{path}:{first}" if first == last else f"{path}:{first}-{last}"


def place_text(screen: Screen, source: str, place: Place) -> Text:
    """``place_of``, on terminals that have links one to the file."""
    text = Text(place_of(source, place), style=PLACE_STYLE)
    return linked(text, source) if screen.links else text


def also_in(copies: Sequence[str]) -> str:
    """Which other articles say the same, made safe: a few by name, the rest counted."""
    names = ", ".join(safe(name) for name in copies[:N_COPIES_NAMED])
    n_more = len(copies) - N_COPIES_NAMED
    return f"also in {names}" + (f" and {n_more} more" if n_more > 0 else "")
