"""A small writer of PDF files, sound ones and hostile ones."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

_FONTS = {
    "F1": b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>",
    "F2": b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
}
_CATALOGUE, _PAGES, _INFO, _FIRST_FREE = 1, 2, 3, 10


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with its left end at ``x``, ``y`` points from the lower left corner."""

    x: float
    y: float
    text: str
    size: float = 10.0
    font: str = "F1"

    def drawn(self) -> bytes:
        """The operators that draw it."""
        text = self.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        place = f"BT /{self.font} {self.size} Tf 1 0 0 1 {self.x} {self.y} Tm".encode()
        return place + b" (" + text.encode("cp1252") + b") Tj ET\n"


def pdf(
    pages: Sequence[Sequence[Line]],
    *,
    info: str = "",
    trailer: bytes = b"",
    extra: dict[int, bytes] | None = None,
) -> bytes:
    """A PDF with one page of A4 for each sequence of lines; ``info`` goes into ``/Info``."""
    return pdf_of_contents(
        [b"".join(line.drawn() for line in page) for page in pages],
        info=info,
        trailer=trailer,
        extra=extra,
    )


def pdf_of_contents(
    contents: Sequence[bytes],
    *,
    info: str = "",
    trailer: bytes = b"",
    extra: dict[int, bytes] | None = None,
) -> bytes:
    """A PDF whose pages have these content streams."""
    objects = {_FIRST_FREE - 1 - at: font for at, font in enumerate(_FONTS.values())}
    fonts = " ".join(f"/{name} {_FIRST_FREE - 1 - at} 0 R" for at, name in enumerate(_FONTS))
    kids = []
    for at, content in enumerate(contents):
        page, stream = 1000 + 2 * at, 1001 + 2 * at
        kids.append(f"{page} 0 R")
        objects[page] = (
            f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << {fonts} >> /XObject << /Im1 5 0 R >> >> "
            f"/Contents {stream} 0 R >>"
        ).encode()
        objects[stream] = flate_stream(content)
    objects[_CATALOGUE] = f"<< /Type /Catalog /Pages {_PAGES} 0 R >>".encode()
    objects[_PAGES] = f"<< /Type /Pages /Count {len(contents)} /Kids [{' '.join(kids)}] >>".encode()
    objects[_INFO] = f"<< {info} >>".encode()
    objects[5] = image()
    return pdf_of_objects({**objects, **(extra or {})}, trailer=b"/Info 3 0 R " + trailer)


def flate_stream(data: bytes, *, entries: bytes = b"") -> bytes:
    """A compressed stream object."""
    packed = zlib.compress(data, 9)
    head = b"<< /Length %d /Filter /FlateDecode %s >>" % (len(packed), entries)
    return head + b"\nstream\n" + packed + b"\nendstream"


def image() -> bytes:
    """A grey picture of four pixels."""
    return flate_stream(
        b"\x00\x80\x80\xff",
        entries=b"/Type /XObject /Subtype /Image /Width 2 /Height 2 "
        b"/ColorSpace /DeviceGray /BitsPerComponent 8",
    )


PICTURE = b"q 500 0 0 700 50 70 cm /Im1 Do Q\n"
"""The content of a page that is a picture, as scanners make them."""


def pdf_of_objects(objects: dict[int, bytes], *, trailer: bytes = b"") -> bytes:
    """A file of these objects; number 1 is the catalogue."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = {}
    for number in sorted(objects):
        offsets[number] = len(out)
        out += b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in offsets.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, offset)
    size = max(objects) + 1
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        trailer,
        start,
    )
    return bytes(out)


def in_columns(
    left: Sequence[str], right: Sequence[str], *, top: float = 740, alternately: bool = False
) -> list[Line]:
    """Two columns side by side, drawn one after the other or line by line across both."""
    one = [Line(60, top - 13 * at, text) for at, text in enumerate(left)]
    other = [Line(310, top - 13 * at, text) for at, text in enumerate(right)]
    if not alternately:
        return one + other
    longest = max(len(one), len(other))
    return [line for at in range(longest) for line in (*one[at : at + 1], *other[at : at + 1])]
