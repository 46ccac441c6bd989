"""The lines of text on the pages of a PDF, in reading order, by pdfminer.six.

pdfminer.six and not PDFium or pypdf: these two give text in the order in which it was drawn, and
take two columns that were drawn line by line across the page for one. pdfminer groups letters to
lines and boxes by where they stand. It takes about 30 ms for a page (PDFium 2 ms), is written in
Python, and cannot crash. It runs in a child process (``rag.ingest.isolated``) all the same, for the
time and memory that a hostile file makes it take.
"""

from __future__ import annotations

import io
import logging
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.layout import (
    LAParams,
    LTChar,
    LTComponent,
    LTPage,
    LTTextBox,
    LTTextLine,
)
from pdfminer.pdfdocument import (
    PDFDocument,
    PDFEncryptionError,
    PDFPasswordIncorrect,
    PDFXRefFallback,
)
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from pdfminer.utils import decode_text

from rag.errors import InputError
from rag.ingest.pdf_order import in_reading_order

MAX_PAGES = 20_000
_UNREADABLE = re.compile(r"\(cid:\d+\)")
"""What pdfminer gives for a glyph of which the font does not say what letter it is."""
_MAX_UNREADABLE_SHARE = 0.3
_SURE_GAP = 0.9
_MAX_GAP = 6.0
"""Between words of a line, in its heights; columns stand further apart than the first."""
_NEIGHBOUR = 4.0
"""How far off, in heights doubled, the next line above or below is looked for."""
_MAX_NEIGHBOURS = 50
_MIN_OVERLAP = 0.7
_BOLD = re.compile(r"bold|black|heavy|demi|cmbx|-bd", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of letters.

    Attributes:
        page: from 1; box: which group of lines on the page, in reading order.
        x0, y0, x1, y1: its box in points, from the lower left corner of the page.
        size: of most of its letters, in points; bold: whether most are.
        height: of the page, in points.
    """

    text: str
    page: int
    box: int
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    height: float


@dataclass(slots=True)
class Pages:
    """What was found in a file: its lines in reading order, and what could not be read.

    Attributes:
        title: what the file calls itself; may be nonsense.
        without_text: numbers of pages that show no letters; failed: that could not be parsed.
        repaired: whether the file's own list of its parts was unusable.
    """

    lines: list[TextLine]
    n_pages: int
    title: str
    without_text: list[int]
    failed: list[int]
    repaired: bool


def read_pages(data: bytes) -> Pages:
    """The pages of the PDF ``data``.

    Raises:
        InputError: if it is encrypted and needs a password, or is no usable PDF; the message is
            the end of a sentence.
    """
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    document = _opened(data)
    repaired = any(isinstance(xref, PDFXRefFallback) for xref in document.xrefs)
    pages = Pages([], 0, _title(document), [], [], repaired)
    device = _Letters()
    interpreter = PDFPageInterpreter(device.rsrcmgr, device)
    for number, page in enumerate(PDFPage.create_pages(document), 1):
        if number > MAX_PAGES:
            raise InputError(f"it has more than {MAX_PAGES} pages", hint="Split it.")
        pages.n_pages = number
        try:
            interpreter.process_page(page)
            found = list(_lines(device.taken(), number))
        except MemoryError:
            raise
        except Exception:  # the parser of a broken page may fail in any way; others may be sound
            device.taken()
            pages.failed.append(number)
            continue
        pages.lines.extend(found)
        if not found:
            pages.without_text.append(number)
    return pages


def _opened(data: bytes) -> PDFDocument:
    try:
        return PDFDocument(PDFParser(io.BytesIO(data)), password="")
    except PDFPasswordIncorrect as exc:
        raise InputError(
            "it is encrypted and needs a password",
            hint="Save a copy without a password, or take it out of the folder.",
        ) from exc
    except PDFEncryptionError as exc:
        raise InputError("it is encrypted in a way that is not known here") from exc
    except MemoryError:
        raise
    except Exception as exc:  # pdfminer 20260107 raises KeyError, TypeError, ... besides its own
        raise InputError("it is damaged: no readable PDF is in it") from exc


class _Page(LTPage):
    """A page on which the wide gaps of a justified line do not end it.

    pdfminer 20260107 compares a gap with the two letters beside it, and so ends a line at a gap
    between narrow ones. Here a gap ends a line if it is wide, and lines above or below keep it free
    too, as they do between columns.
    """

    def group_objects(
        self, laparams: LAParams, objs: Iterable[LTComponent]
    ) -> Iterator[LTTextLine]:
        found = list(super().group_objects(laparams, objs))
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
        """Whether a gap is narrow, or text above and below it runs on where it is."""
        if following.x0 - line.x1 < _SURE_GAP * line.height:
            return True
        middle, gap = line.y0 + line.y1, (line.x1 + following.x0) / 2
        near, far = 1.0 * line.height, _NEIGHBOUR * line.height
        sides = (
            self._between(middle + near, middle + far),
            self._between(middle - far, middle - near),
        )
        told = [any(x0 < gap < x1 for _, x0, x1 in side) for side in sides if side]
        return bool(told) and all(told)

    def _between(self, low: float, high: float) -> list[tuple[float, float, float]]:
        start = bisect_left(self._at, low)
        return self._lines[start : min(bisect_right(self._at, high), start + _MAX_NEIGHBOURS)]


class _Letters(PDFLayoutAnalyzer):
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


def _lines(page: LTPage | None, number: int) -> Iterator[TextLine]:
    """The lines of a page in reading order; none if its letters cannot be told."""
    if page is None:
        return
    boxes = _boxes(page)
    readable, n_unreadable = _UNREADABLE.subn("", "".join(box.get_text() for box in boxes))
    if n_unreadable > _MAX_UNREADABLE_SHARE * (len(readable) + n_unreadable):
        return
    for at, box in enumerate(boxes):
        for line in box:
            text = cleaned(_UNREADABLE.sub("", line.get_text()))
            if text:
                yield _line(line, text, page=number, box=at, height=page.height)


def _boxes(page: LTPage) -> list[LTTextBox]:
    """Groups of lines that stand together, in reading order."""
    page.analyze(LAParams(boxes_flow=None))
    boxes = [item for item in page if isinstance(item, LTTextBox)]
    return in_reading_order(boxes, page.width)


def _line(line: LTTextLine, text: str, *, page: int, box: int, height: float) -> TextLine:
    letters = [item for item in line if isinstance(item, LTChar)]
    sizes = Counter(round(letter.size, 1) for letter in letters)
    n_bold = sum(1 for letter in letters if _BOLD.search(letter.fontname))
    return TextLine(
        text=text,
        page=page,
        box=box,
        x0=line.x0,
        y0=line.y0,
        x1=line.x1,
        y1=line.y1,
        size=sizes.most_common(1)[0][0] if sizes else 0.0,
        bold=2 * n_bold > len(letters),
        height=height,
    )


def cleaned(text: str) -> str:
    """One line without characters that no text has, ligatures as letters, blanks made single."""
    return " ".join(_UNFIT.sub("", text).translate(_LIGATURES).split())


def _title(document: PDFDocument) -> str:
    try:
        for info in document.info:
            value = resolve1(info.get("Title"))
            if isinstance(value, bytes) and (title := cleaned(decode_text(value))):
                return title
    except MemoryError:
        raise
    except Exception:  # a broken title is no title
        return ""
    return ""
