"""Text in lines of so many cells: broken at blanks and between wide characters, folded elsewhere.

Widths are those of ``rich.cells``: wide characters and emoji count two, combining marks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len, split_graphemes
from rich.text import Text

TAB_SIZE = 4
_WORD = re.compile(r"[^ \u3000]+(?: \[[0-9]{1,4}(?:, ?[0-9]{1,4})*\][^ \u3000]*)*")
"""A word, with the citations behind it: none begins a line."""
_WIDE = (
    range(0x1100, 0x1160),
    range(0x2E80, 0xA4D0),
    range(0xAC00, 0xD7A4),
    range(0xF900, 0xFB00),
    range(0xFE30, 0xFFE7),
    range(0x10000, 0x110000),
)
"""Characters that stand alone in scripts without blanks, and emoji; as a pattern they would take 4
ms to compile."""
_NEVER_FIRST = frozenset(" .,;:!?)]}”’»…、。，．・：；？！）］｝」』】》〉〕ー々")
_NEVER_LAST = frozenset(" ([{“‘«（［｛「『【《〈〔")
_GOOD_ENDS = frozenset(" /\\-_&?=#")
_REGIONAL = range(0x1F1E6, 0x1F200)
"""Letters of which two make a flag."""
_MOST_EVENED = 8
"""Lines of a paragraph that is looked at as a whole, so that no word ends alone."""
_LEAST_EVENED = 20
"""Cells of a line below which a word may end alone."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is never broken: ``[start, end)`` of a text, ``gap`` cells of blanks in front of it."""

    start: int
    end: int
    gap: int
    width: int


def units(text: str, width: int) -> Iterator[Unit]:
    """The units of a one-line text, none wider than ``width`` if its characters are not."""
    end = 0
    for word in _WORD.finditer(text):
        gap = cell_len(text[end : word.start()])
        for start, stop in _parts(word.group()):
            for unit in _folded(word.group(), start, stop, width):
                at = word.start()
                yield Unit(at + unit.start, at + unit.end, gap, unit.width)
                gap = 0
        end = word.end()


def wrapped(text: Text, width: int, *, hanging: int = 0) -> list[Text]:
    """``text`` in lines of at most ``width`` cells, all but the first ``hanging`` narrower.

    Blanks at the beginning stay where there is room, those at a break and at the end go; a line
    break in ``text`` is one. A paragraph does not end with a word alone on its line if that costs
    no further line.
    """
    text = text.copy()
    text.expand_tabs(TAB_SIZE)
    lines: list[Text] = []
    for paragraph in text.split("\n", allow_blank=True):
        starts = _even_starts(paragraph.plain, width, hanging, has_first=not lines)
        parts = list(paragraph.divide(starts)) if starts else [paragraph]
        is_blank = len(parts) > 1 and not parts[0].plain.strip(" \u3000")
        lines += parts[1:] if is_blank else parts
    for line in lines:
        line.rstrip()
    return lines


def graphemes(text: str) -> list[tuple[int, int, int]]:
    """What a reader sees as one character: start, end, cells. Two letters of a flag are one."""
    found: list[tuple[int, int, int]] = []
    half_flag = False
    for start, end, width in split_graphemes(text)[0]:
        is_regional = end == start + 1 and ord(text[start]) in _REGIONAL
        if is_regional and half_flag:
            found[-1] = (found[-1][0], end, found[-1][2] + width)
            half_flag = False
        else:
            found.append((start, end, width))
            half_flag = is_regional
    return found


def _even_starts(text: str, width: int, hanging: int, *, has_first: bool) -> list[int]:
    """Where lines begin, but the first one."""
    best, alone = _starts(text, width, hanging, has_first=has_first)
    if not alone or len(best) >= _MOST_EVENED or width - hanging < _LEAST_EVENED:
        return best
    for narrower in range(width - 1, width * 2 // 3, -1):
        starts, still = _starts(text, narrower, hanging, has_first=has_first)
        if len(starts) > len(best):
            break
        if not still:
            return starts
    return best


def _starts(text: str, width: int, hanging: int, *, has_first: bool) -> tuple[list[int], bool]:
    """Where lines begin but the first one, and whether a word is alone on the last."""
    starts: list[int] = []
    column, n_words = 0, 0
    room = width if has_first else width - hanging
    for unit in units(text, min(room, width - hanging)):
        if (column or unit.gap) and column + unit.gap + unit.width > room:
            starts.append(unit.start)
            column, n_words, room = 0, 0, width - hanging
        column += unit.width + (unit.gap if column or not starts else 0)
        n_words += 1
    return starts, bool(starts) and n_words == 1


def _parts(word: str) -> list[tuple[int, int]]:
    """Where ``word`` may be broken: around wide characters, but never before what closes nor
    behind what opens."""
    if word.isascii() or not any(map(_is_wide, word)):
        return [(0, len(word))]
    parts: list[tuple[int, int]] = []
    for start, end, width in graphemes(word):
        if parts and not _breaks(word, parts[-1], start, width):
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return parts


def _breaks(word: str, before: tuple[int, int], start: int, width: int) -> bool:
    last = word[before[1] - 1]
    if word[start] in _NEVER_FIRST or last in _NEVER_LAST:
        return False
    return width > 1 or _is_wide(last)


def _folded(word: str, start: int, end: int, width: int) -> Iterator[Unit]:
    """``[start, end)`` of ``word`` in pieces of at most ``width`` cells, paths and addresses
    behind a separator if that leaves the line half full."""
    part = word[start:end]
    whole = cell_len(part)
    if whole <= width:
        yield Unit(start, end, 0, whole)
        return
    begun, column = 0, 0
    good, column_there = 0, 0
    for first, behind, cells in graphemes(part):
        if column and column + cells > width:
            at, to_there = (good, column_there) if column_there > width // 2 else (first, column)
            yield Unit(start + begun, start + at, 0, to_there)
            begun, column = at, column - to_there
            column_there = 0
        column += cells
        if part[first] in _GOOD_ENDS:
            good, column_there = behind, column
    yield Unit(start + begun, end, 0, column)


def _is_wide(character: str) -> bool:
    return any(ord(character) in block for block in _WIDE)
