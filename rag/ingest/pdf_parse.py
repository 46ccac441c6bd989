"""The parser of PDF files as the isolated child runs it: bytes in, JSON values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rag.errors import InputError
from rag.ingest.headings import MAX_TITLE_CHARS, is_heading_like
from rag.ingest.pdf_letters import Pages, read_pages
from rag.ingest.pdf_paragraphs import Paragraph, paragraphs
from rag.ingest.pdf_running import without_running
from rag.ingest.residue import residue_flags

_HEADING_RATIO = 1.12
"""How much larger than the text's the letters of a heading are."""
_MAX_HEADING_LINES = 3
_MAX_HEADINGS_IN_A_ROW = 3
_MAX_LEVEL = 6
_MAX_CHARS = 50_000_000


def parse(data: bytes) -> dict[str, Any]:
    """The paragraphs of a PDF: each a list of its text, its heading level (0: none) and its pages.

    Beside ``paragraphs`` stand ``title`` (what the file calls itself), ``n_pages``,
    ``without_text`` and ``failed`` (numbers of pages) and ``repaired``.

    Raises:
        InputError: if there is nothing to read, with the end of a sentence that says why.
    """
    pages = read_pages(data)
    _refuse_if_empty(pages)
    found = paragraphs(without_running(pages.lines))
    kept = _without_residue(found)
    if sum(len(paragraph.text) for paragraph in kept) > _MAX_CHARS:
        raise InputError("it holds too much text", hint="Split it.")
    levels = _levels(kept)
    return {
        "paragraphs": [[p.text, lv, p.starts] for p, lv in zip(kept, levels, strict=True)],
        "title": pages.title,
        "n_pages": pages.n_pages,
        "without_text": pages.without_text,
        "failed": pages.failed,
        "repaired": pages.repaired,
    }


def _refuse_if_empty(pages: Pages) -> None:
    if pages.lines:
        return
    if pages.n_pages == 0:
        raise InputError("it is damaged: it has no pages")
    if pages.failed:
        raise InputError(f"it is damaged: none of its {_count(pages.n_pages)} can be read")
    raise InputError(
        f"it has {_count(pages.n_pages)} and no text on any: a scan, it seems",
        hint="Run text recognition (OCR) over it, or take it out of the folder.",
    )


def _without_residue(found: Sequence[Paragraph]) -> list[Paragraph]:
    """What says something: no web residue, and no numbers torn from a formula or a table."""
    flags = residue_flags([paragraph.text for paragraph in found])
    return [
        paragraph
        for paragraph, is_residue in zip(found, flags, strict=True)
        if not is_residue and any(char.isalpha() for char in paragraph.text)
    ]


def _count(n_pages: int) -> str:
    return "1 page" if n_pages == 1 else f"{n_pages} pages"


def _levels(found: Sequence[Paragraph]) -> list[int]:
    """The heading level of each paragraph by its looks; 0 for text.

    Nothing is a heading without text below, and of many in a row (a title page, a list of names)
    only the first if it is the largest, and the last: what is taken for a heading is not quoted.
    """
    body = _body_size(found)
    sizes = sorted({p.size for p in found if _is_large(p, body)}, reverse=True)
    levels = [_level(paragraph, body, sizes) for paragraph in found]
    at = 0
    while at < len(levels):
        end = at
        while end < len(levels) and levels[end]:
            end += 1
        if end == len(levels):
            levels[at:] = [0] * (end - at)
        elif end - at > _MAX_HEADINGS_IN_A_ROW:
            is_title = levels[at] == min(levels[at:end])
            inner = at + 1 if is_title else at
            levels[inner : end - 1] = [0] * (end - 1 - inner)
        at = max(end, at) + 1
    return levels


def _body_size(found: Sequence[Paragraph]) -> float:
    sizes: Counter[float] = Counter()
    for paragraph in found:
        sizes[paragraph.size] += len(paragraph.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _is_large(paragraph: Paragraph, body: float) -> bool:
    return (
        paragraph.size > _HEADING_RATIO * body
        and paragraph.n_lines <= _MAX_HEADING_LINES
        and len(paragraph.text) <= MAX_TITLE_CHARS
        and any(char.isalpha() for char in paragraph.text)
    )


def _level(paragraph: Paragraph, body: float, sizes: Sequence[float]) -> int:
    if _is_large(paragraph, body):
        return min(sizes.index(paragraph.size) + 1, _MAX_LEVEL)
    if paragraph.bold and paragraph.size >= body and is_heading_like(paragraph.text):
        return min(len(sizes) + 1, _MAX_LEVEL)
    return 0
