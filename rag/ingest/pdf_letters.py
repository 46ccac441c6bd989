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
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pdfminer.layout import (
    LAParams,
    LTChar,
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
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from pdfminer.utils import decode_text

from rag.errors import InputError
from rag.ingest.pdf_device import LetterDevice
from rag.ingest.pdf_order import in_reading_order

MAX_PAGES = 20_000
_UNREADABLE = re.compile(r"\(cid:\d+\)")
"""What pdfminer gives for a glyph of which the font does not say what letter it is."""
_MAX_UNREADABLE_SHARE = 0.3
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
    device = LetterDevice()
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
