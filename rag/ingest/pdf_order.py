"""The order in which the boxes of a page are read: columns from the left, what spans them between.

Source: the recursive XY cut (Nagy and Seth, "Hierarchical representation of optically scanned
documents", 1984), columns before rows, so that gaps between paragraphs that happen to be level do
not cut columns in two. pdfminer's own order (20260107, ``boxes_flow``) reads a short right column
before a long left one, as on the last page of most articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

_MAX_BOXES = 400
"""The time taken grows with the square; a page of more is a table or a map."""
_MIN_GUTTER = 4.0
"""In points."""
_MIN_COLUMN_SHARE = 0.15
"""Of the page's width. Narrower "columns" are numbers and labels, to be read with their rows."""
_ROW = 4.0
"""Boxes whose upper edges differ by less, in points, are beside each other."""


class Box(Protocol):
    """A rectangle on a page, in points from its lower left corner."""

    x0: float
    y0: float
    x1: float
    y1: float


AnyBox = TypeVar("AnyBox", bound=Box)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Boxes on either side of a gutter (by their places), those across it, and its width."""

    left: list[int]
    across: list[int]
    right: list[int]
    width: float


def in_reading_order(boxes: Sequence[AnyBox], page_width: float) -> list[AnyBox]:
    """The same boxes in the order in which a page of this width is read."""
    if len(boxes) > _MAX_BOXES:
        return _by_rows(boxes)
    cut = _best_cut(boxes, page_width)
    if cut is None:
        return _by_rows(boxes)
    sides = [boxes[at] for at in (*cut.left, *cut.right)]
    if not cut.across:
        left, right = ([boxes[at] for at in side] for side in (cut.left, cut.right))
        return in_reading_order(left, page_width) + in_reading_order(right, page_width)
    found: list[AnyBox] = []
    for spanning in _by_rows([boxes[at] for at in cut.across]):
        above = [box for box in sides if _middle(box) > _middle(spanning)]
        sides = [box for box in sides if _middle(box) <= _middle(spanning)]
        found += [*in_reading_order(above, page_width), spanning]
    return found + in_reading_order(sides, page_width)


def _by_rows(boxes: Sequence[AnyBox]) -> list[AnyBox]:
    return sorted(boxes, key=lambda box: (-round(box.y1 / _ROW), box.x0))


def _middle(box: Box) -> float:
    return (box.y0 + box.y1) / 2


def _best_cut(boxes: Sequence[Box], page_width: float) -> _Cut | None:
    """The gutter that the fewest boxes cross, the widest of these; None if there are no columns."""
    best: _Cut | None = None
    for x in sorted({box.x1 for box in boxes}):
        cut = _cut_at(x, boxes)
        if not _separates(cut, boxes, page_width):
            continue
        if best is None or (len(cut.across), -cut.width) < (len(best.across), -best.width):
            best = cut
    return best


def _cut_at(x: float, boxes: Sequence[Box]) -> _Cut:
    left: list[int] = []
    across: list[int] = []
    right: list[int] = []
    for at, box in enumerate(boxes):
        side = left if box.x1 <= x else right if box.x0 >= x + _MIN_GUTTER else across
        side.append(at)
    return _Cut(left, across, right, min((boxes[at].x0 for at in right), default=x) - x)


def _separates(cut: _Cut, boxes: Sequence[Box], page_width: float) -> bool:
    """Whether there is a column on either side, wide enough and beside each other."""
    if not cut.left or not cut.right:
        return False
    start = min(boxes[at].x0 for at in cut.left)
    middle = min(boxes[at].x0 for at in cut.right)
    end = max(page_width - start, *(boxes[at].x1 for at in cut.right))
    narrowest = min(middle - start, end - middle)
    return narrowest >= _MIN_COLUMN_SHARE * page_width and _are_beside(
        [boxes[at] for at in cut.left], [boxes[at] for at in cut.right]
    )


def _are_beside(left: Sequence[Box], right: Sequence[Box]) -> bool:
    return min(b.y0 for b in left) < max(b.y1 for b in right) and min(b.y0 for b in right) < max(
        b.y1 for b in left
    )
