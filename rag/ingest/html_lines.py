"""From extracted blocks back to the lines of the HTML source.

Extractors change blanks, drop markup and draw bars between table cells, so text is compared without
blanks and bars: a block is looked for behind the one before it, first whole, then by its beginning.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from rag.ingest.html_scan import fragments
from rag.types import Span

_BEGINNING_CHARS = 40


class SourceLines:
    """The visible text of a page without blanks and bars, and where in it source lines begin."""

    def __init__(self, source: str) -> None:
        pieces: list[str] = []
        self._starts: list[int] = []
        self._lines: list[int] = []
        length = 0
        for fragment in fragments(source):
            piece = _bare(fragment.text)
            if piece:
                self._starts.append(length)
                self._lines.append(fragment.line)
                pieces.append(piece)
                length += len(piece)
        self._text = "".join(pieces)

    def starts(self, text: str, spans: Sequence[Span]) -> tuple[tuple[int, int], ...]:
        """``Document.place_starts`` for blocks of ``text``; a block not found has no entry."""
        cursor = 0
        found: list[tuple[int, int]] = []
        for span in spans:
            bare = _bare(span.of(text))
            at, n_matched = self._find(bare, cursor)
            if at >= 0:
                cursor = at + n_matched
                found.extend(self._within(text, span, at, n_matched))
        if not found or found[0][0] > 0:
            found.insert(0, (0, found[0][1] if found else 1))
        return tuple(found)

    def _find(self, bare: str, cursor: int) -> tuple[int, int]:
        for wanted in (bare, bare[:_BEGINNING_CHARS]):
            at = self._text.find(wanted, cursor) if wanted else -1
            if at >= 0:
                return at, len(wanted)
        return -1, 0

    def _within(self, text: str, span: Span, at: int, n_matched: int) -> Iterator[tuple[int, int]]:
        """The block's start, and each later source line that begins inside it."""
        first = max(bisect_right(self._starts, at) - 1, 0)
        line = self._lines[first]
        yield span.start, line
        last = bisect_left(self._starts, at + n_matched)
        offsets: array[int] | None = None
        for piece in range(first + 1, last):
            if self._lines[piece] > line:
                line = self._lines[piece]
                offsets = offsets or _visible(text, span)
                yield offsets[self._starts[piece] - at], line


def _bare(text: str) -> str:
    return "".join(text.replace("|", " ").split())


def _visible(text: str, span: Span) -> array[int]:
    # A list of them would take ten times the memory of a text that is one block of many megabytes.
    places = range(span.start, span.end)
    return array("L", (at for at in places if text[at] != "|" and not text[at].isspace()))
