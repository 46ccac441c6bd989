"""From character offsets back to lines, pages, paragraphs or sections of the source file."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from rag.types import Place, PlaceUnit, Span

Starts = Sequence[tuple[int, int]]
"""Sorted pairs of an offset and the number of the place that begins there, as in
``Document.place_starts``; what lies before the first pair counts to its place."""


def place_of(starts: Starts, span: Span, unit: PlaceUnit = PlaceUnit.LINE) -> Place:
    """The place that ``span`` touches, in the text that ``starts`` refers to.

    The character at ``span.end`` is not part of it, so a span that ends with a line break ends on
    the line that the break closes.
    """
    first = _number_at(starts, span.start)
    last = _number_at(starts, max(span.start, span.end - 1))
    return Place(first, max(first, last), unit)


def starts_within(starts: Starts, span: Span) -> tuple[tuple[int, int], ...]:
    """The starts of the slice ``span``, offsets counted from its beginning."""
    first = bisect_right(starts, span.start, key=_offset)
    last = bisect_left(starts, span.end, key=_offset)
    inside = ((offset - span.start, number) for offset, number in starts[first:last])
    return ((0, _number_at(starts, span.start)), *inside)


def _number_at(starts: Starts, offset: int) -> int:
    if not starts:
        return 1
    at = bisect_right(starts, offset, key=_offset)
    return starts[max(at - 1, 0)][1]


def _offset(pair: tuple[int, int]) -> int:
    return pair[0]
