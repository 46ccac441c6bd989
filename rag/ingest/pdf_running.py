"""What repeats at the edge of pages: running heads, footers, page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rag.ingest.pdf_letters import TextLine

_EDGE_SHARE = 0.12
"""How much of the page's height, above and below, is edge."""
_MAX_ROWS = 3
_MAX_CHARS = 160
_FEW_PAGES = 4
_LEADERS = re.compile(r"(?:\. ?){6}")
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W{0,3}(?:page |p\. ?)?(?:\d{1,5}|[ivxl]{1,7})(?: ?(?:of|/|\|) ?\d{1,5})?\W{0,3}",
    re.IGNORECASE,
)

_PRINTED = re.compile(
    r"(?:https?|file)://\S+(?: +\d{1,5}/\d{1,5})?"
    r"|\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},? \d{1,2}:\d\d(?: ?[AP]M)?(?: .*)?",
    re.IGNORECASE,
)
"""What a browser prints around a page: its address, when it was printed and its title."""


def without_running(lines: Sequence[TextLine]) -> list[TextLine]:
    """The lines that are not running heads, footers, page numbers or entries of a contents list.

    One of these stands in the outermost rows of the page and returns, but for its digits, at the
    same height of other pages: of two in a file of up to four pages, else of three.
    """
    pages = _by_page(lines)
    edges = [(line, _key(line)) for page in pages.values() for line in _edge(page)]
    counts = Counter({(key, page) for key, page in ((key, line.page) for line, key in edges)})
    n_pages_of = Counter(key for key, _ in counts)
    wanted = 2 if len(pages) <= _FEW_PAGES else 3
    running = {id(line) for line, key in edges if n_pages_of[key] >= wanted or _is_alone(line)}
    return [line for line in lines if id(line) not in running and not _LEADERS.search(line.text)]


def _by_page(lines: Sequence[TextLine]) -> dict[int, list[TextLine]]:
    pages: dict[int, list[TextLine]] = defaultdict(list)
    for line in lines:
        pages[line.page].append(line)
    return pages


def _edge(page: Sequence[TextLine]) -> Iterator[TextLine]:
    """The short lines of the outermost rows near the upper and the lower edge."""
    height = page[0].height
    by_height = sorted({round(line.y0) for line in page})
    outer = {*by_height[:_MAX_ROWS], *by_height[-_MAX_ROWS:]}
    for line in page:
        is_near = line.y0 > (1 - _EDGE_SHARE) * height or line.y1 < _EDGE_SHARE * height
        if is_near and round(line.y0) in outer and len(line.text) <= _MAX_CHARS:
            yield line


def _key(line: TextLine) -> tuple[str, int]:
    """What is equal for lines that repeat each other; a page number may move a little."""
    if _PAGE_NUMBER.fullmatch(line.text):
        return "#", int(2 * line.y0 > line.height)
    return _DIGITS.sub("#", line.text.casefold()), round(line.y0 / 4)


def _is_alone(line: TextLine) -> bool:
    """Whether a line says nothing but the number of the page it is on, or where a browser printed
    the page from."""
    text = line.text.strip()
    return text.strip("-–—|[]() ") == str(line.page) or bool(_PRINTED.fullmatch(text))
