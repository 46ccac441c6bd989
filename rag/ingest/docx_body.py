"""The blocks of a Word document's body, as a reader of the printed page sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.ingest.docx_package import Style, W, WordFile, outline_level

_PARAGRAPH, _TABLE, _ROW, _CELL, _RUN = (f"{W}{tag}" for tag in ("p", "tbl", "tr", "tc", "r"))
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
"""Drawings and their text boxes, each in two versions."""
_LEFT_OUT = frozenset(
    f"{W}{tag}"
    for tag in "del moveFrom pPr rPr tblPr tblGrid trPr tcPr sectPr sdtPr sdtEndPr rt".split()
) | {_ALTERNATIVES}
"""Tracked deletions, and what is about the text: properties, and readings above Asian text."""
_FORMULA_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_SIGNS = {
    f"{W}tab": " ",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "\u2011",
}
_OFF = ("0", "false", "off", "none")


@dataclass(slots=True)
class Paragraph:
    """A paragraph, table row or note.

    Attributes:
        text: lines with single blanks; empty if there is nothing to read.
        level: of a heading by its style; 0 for text.
        style: name of the style, lower case.
        is_bold: whether every run with text is bold.
        notes: kind and id of the notes that it refers to.
    """

    text: str
    level: int = 0
    style: str = ""
    is_bold: bool = False
    notes: list[tuple[str, str]] = field(default_factory=list)


def body_blocks(word: WordFile) -> Iterator[Paragraph]:
    """The paragraphs and rows of the body in order, each followed by the notes it refers to."""
    given: set[tuple[str, str]] = set()
    for block in _blocks(word.body, word.styles):
        yield block
        for key in block.notes:
            if key in word.notes and key not in given:
                given.add(key)
                parts = _blocks(word.notes[key], word.styles)
                yield Paragraph(" ".join(part.text for part in parts if part.text))


def _blocks(element: Any, styles: dict[str, Style]) -> Iterator[Paragraph]:
    """The blocks below ``element``, through content controls and tracked insertions."""
    for child in element:
        if child.tag == _PARAGRAPH:
            yield _paragraph(child, styles)
        elif child.tag == _ROW:
            yield from _row(child, styles)
        elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
            yield from _blocks(child, styles)


def _row(row: Any, styles: dict[str, Style]) -> Iterator[Paragraph]:
    """A row with bars between its cells. One cell with text is not data but a frame around it."""
    if row.find(f"{W}trPr/{W}del") is not None:
        return
    cells = [[part for part in _blocks(c, styles) if part.text] for c in _cells(row)]
    filled = [parts for parts in cells if parts]
    if len(filled) == 1:
        yield from filled[0]
    elif filled:
        text = " | ".join(" ".join(" ".join(p.text.split()) for p in parts) for parts in filled)
        yield Paragraph(text, notes=[note for parts in filled for p in parts for note in p.notes])


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == _CELL:
            yield child
        elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
            yield from _cells(child)


def _paragraph(element: Any, styles: dict[str, Style]) -> Paragraph:
    properties = element.find(f"{W}pPr")
    style, level = Style(), 0
    if properties is not None:
        named = properties.find(f"{W}pStyle")
        style = styles.get("" if named is None else named.get(f"{W}val", ""), style)
        outline = properties.find(f"{W}outlineLvl")
        level = style.level if outline is None else outline_level(outline)
    found = Paragraph("", level, style.name)
    weights: list[bool] = []
    text = "".join(_text(element, found, weights))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    found.text = "\n".join(line for line in lines if line)
    if found.level:
        found.text = found.text.replace("\n", " ")
    found.is_bold = bool(weights) and all(weights)
    return found


def _text(element: Any, found: Paragraph, weights: list[bool]) -> Iterator[str]:
    """The text of runs below ``element``; drawings, fields' orders and hidden runs left out."""
    for child in element:
        if child.tag == _RUN:
            yield from _run(child, found, weights)
        elif child.tag == _FORMULA_TEXT:
            yield child.text or ""
        elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
            yield from _text(child, found, weights)


def _run(run: Any, found: Paragraph, weights: list[bool]) -> Iterator[str]:
    properties = run.find(f"{W}rPr")
    if properties is not None and _is_on(properties.find(f"{W}vanish")):
        return
    for child in run:
        if child.tag == f"{W}t":
            if child.text and not child.text.isspace():
                weights.append(properties is not None and _is_on(properties.find(f"{W}b")))
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            kind = str(child.tag).removeprefix(W).removesuffix("Reference")
            found.notes.append((kind, child.get(f"{W}id", "")))
        elif child.tag == f"{W}ruby":
            yield from _text(child, found, weights)


def _is_on(element: Any) -> bool:
    return element is not None and element.get(f"{W}val", "1") not in _OFF
