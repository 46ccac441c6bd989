"""What pdfminer hands the letters of a page to, and how it makes lines of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.layout import LAParams, LTChar, LTComponent, LTPage, LTTextLine
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdfpage import PDFPage

_SURE_GAP = 0.9
_MAX_GAP = 6.0
"""Between words of a line, in its heights; columns stand further apart than the first."""
_NEIGHBOUR = 4.0
"""How far off, in heights doubled, the next line above or below is looked for."""
_MAX_NEIGHBOURS = 50
_MIN_OVERLAP = 0.7
_COVERED_SHARE = 0.3


class _Page(LTPage):
    """A page on which the wide gaps of a justified line do not end it.

    pdfminer 20260107 compares a gap with the two letters beside it, and so ends a line at a gap
    between narrow ones. Here a gap ends a line if it is wide, and lines above or below keep it free
    too, as they do between columns.
    """

    def group_objects(
        self, laparams: LAParams, objs: Iterable[LTComponent]
    ) -> Iterator[LTTextLine]:
        found = list(super().group_objects(laparams, _without_hidden_blanks(list(objs))))
        rows = _Rows(found)
        before = found[0]
        for line in found[1:]:
            if _is_gap(before, line) and rows.cross(before, line):
                for letter in line:
                    if isinstance(letter, LTChar):
                        before.add(letter)
            else:
                yield before
                before = line
        yield before


def _without_hidden_blanks(letters: Sequence[LTComponent]) -> list[LTComponent]:
    """The letters without blanks that the next letter covers.

    Chromium 156 writes a soft hyphen at which no line ends as a blank without width.
    """
    found = [
        letter
        for letter, following in pairwise(letters)
        if not (_is_blank(letter) and _covers(following, letter))
    ]
    return [*found, letters[-1]]


def _is_blank(letter: LTComponent) -> bool:
    return isinstance(letter, LTChar) and letter.get_text().isspace()


def _covers(following: LTComponent, letter: LTComponent) -> bool:
    is_beside = following.is_voverlap(letter)
    return is_beside and abs(following.x0 - letter.x0) < _COVERED_SHARE * letter.width


def _is_gap(line: LTTextLine, following: LTTextLine) -> bool:
    height = min(line.height, following.height)
    is_beside = line.voverlap(following) > _MIN_OVERLAP * height
    return is_beside and 0 <= following.x0 - line.x1 < _MAX_GAP * height


class _Rows:
    """The lines of a page by their height."""

    def __init__(self, lines: Iterable[LTTextLine]) -> None:
        self._lines = sorted((line.y0 + line.y1, line.x0, line.x1) for line in lines)
        self._at = [line[0] for line in self._lines]

    def cross(self, line: LTTextLine, following: LTTextLine) -> bool:
        """Whether a gap is narrow, or text above or below runs over it and none keeps it free."""
        if following.x0 - line.x1 < _SURE_GAP * line.height:
            return True
        middle, gap = line.y0 + line.y1, (line.x1 + following.x0) / 2
        near, far = line.height, _NEIGHBOUR * line.height
        above = self._between(middle + near, middle + far)
        below = self._between(middle - far, middle - near)
        told = {_says(above, gap), _says(below, gap)}
        return True in told and False not in told

    def _between(self, low: float, high: float) -> list[tuple[float, float, float]]:
        start = bisect_left(self._at, low)
        return self._lines[start : min(bisect_right(self._at, high), start + _MAX_NEIGHBOURS)]


def _says(row: Sequence[tuple[float, float, float]], gap: float) -> bool | None:
    """Whether a neighbouring row runs over a gap; None if it does not get there."""
    if any(x0 < gap < x1 for _, x0, x1 in row):
        return True
    is_kept_free = any(x1 <= gap for _, _, x1 in row) and any(x0 >= gap for _, x0, _ in row)
    return False if is_kept_free else None


class LetterDevice(PDFLayoutAnalyzer):
    """Collects the letters of a page and nothing else; those inside of forms belong to the page."""

    def __init__(self) -> None:
        super().__init__(PDFResourceManager())
        self._page: LTPage | None = None

    def taken(self) -> LTPage | None:
        """The page that was read last, once."""
        page, self._page = self._page, None
        self._stack.clear()
        return page

    def begin_page(self, page: PDFPage, ctm: Any) -> None:
        super().begin_page(page, ctm)
        self.cur_item = _Page(self.pageno, self.cur_item.bbox)

    def receive_layout(self, ltpage: LTPage) -> None:
        self._page = ltpage

    def begin_figure(self, name: str, bbox: Any, matrix: Any) -> None:
        """Stay on the page: some programs put all of its text into a form."""

    def end_figure(self, _: str) -> None:
        """Stay on the page."""

    def render_image(self, name: str, stream: Any) -> None:
        """Leave pictures out."""

    def paint_path(self, *_: Any) -> None:
        """Leave drawings out."""
