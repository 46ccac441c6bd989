"""From character offsets to the lines of the source file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from rag.types import Span


def lines_of(line_starts: Sequence[tuple[int, int]], span: Span) -> tuple[int, int]:
    """First and last source line (from 1) that ``span`` touches.

    Args:
        line_starts: sorted pairs of an offset and the line that begins there, as in
            ``Document.line_starts``; what lies before the first pair counts to its line.
        span: in the same text. The character at ``span.end`` is not part of it, so a span that
            ends with a line break ends on the line that the break closes.
    """
    first = _line_at(line_starts, span.start)
    return first, max(first, _line_at(line_starts, max(span.start, span.end - 1)))


def _line_at(line_starts: Sequence[tuple[int, int]], offset: int) -> int:
    if not line_starts:
        return 1
    place = bisect_right(line_starts, offset, key=lambda pair: pair[0])
    return line_starts[max(place - 1, 0)][1]
