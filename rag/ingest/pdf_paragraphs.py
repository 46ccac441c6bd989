"""From lines on pages to paragraphs: over line ends, columns and pages.

A line goes on with the next if it looks like it: same letters, usual distance, no new indent, no
early end. Over the end of a column or page only a sentence that is not over goes on.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.ingest.pdf_letters import TextLine

_FINAL = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*(?:\[?\d{1,3}\]?)?$")
_ITEM = re.compile(r"[•‣◦▪●–—*-]\s|\(?\d{1,3}[.)]\s|\[\d{1,3}\]\s")
_BROKEN = re.compile(r"(\w[\w'’-]*)[-\u00ad\u2010]$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SIZE_RATIO = 1.08
_MAX_PITCH_RATIO = 1.3
"""How much further apart than usual two lines of a paragraph may stand."""
_USUAL_PITCH = 1.2
_MARGIN = 0.3
_MIN_LINES = 3
"""A box of fewer lines does not show where its column ends."""
_HYPHENATING_SHARE = 0.03
_MIN_BROKEN = 5
"""A file that breaks more of its lines at a hyphen breaks words, not only compounds."""


@dataclass(slots=True)
class Paragraph:
    """Text in one look.

    Attributes:
        starts: where in ``text`` the text of a page begins: pairs of offset and page.
        size: of its letters in points; bold: whether they are; n_lines: on the page.
    """

    text: str
    starts: list[tuple[int, int]]
    size: float
    bold: bool
    n_lines: int = 1


def paragraphs(lines: Sequence[TextLine]) -> list[Paragraph]:
    """The paragraphs of ``lines``, which are in reading order."""
    layout = _Layout(lines)
    hyphens = _Hyphens(lines)
    found: list[Paragraph] = []
    for at, line in enumerate(lines):
        if at > 0 and layout.goes_on(lines[at - 1], line, n_lines=found[-1].n_lines):
            _add(found[-1], line, hyphens.joined)
        else:
            found.append(Paragraph(line.text, [(0, line.page)], line.size, line.bold))
    for paragraph in found:
        paragraph.text = paragraph.text.removesuffix("\u00ad")
    return found


def _add(paragraph: Paragraph, line: TextLine, joined: Callable[[str, str], str]) -> None:
    before = joined(paragraph.text, line.text)
    if line.page != paragraph.starts[-1][1]:
        paragraph.starts.append((len(before), line.page))
    paragraph.text = before + line.text
    paragraph.n_lines += 1


@dataclass(slots=True)
class _Layout:
    """What is usual in a file: how far lines stand apart, and where columns end."""

    lines: Sequence[TextLine]
    pitch: float = _USUAL_PITCH
    right: dict[tuple[float, ...], float] = field(default_factory=lambda: defaultdict(float))
    n_lines: Counter[tuple[float, ...]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for line in self.lines:
            for key in (_box(line), _column(line)):
                self.right[key] = max(self.right[key], line.x1)
                self.n_lines[key] += 1
        pitches = Counter(
            round(_pitch(one, other), 1)
            for one, other in pairwise(self.lines)
            if not _jumps(one, other) and _is_alike(one, other)
        )
        if pitches:
            self.pitch = max(pitches.most_common(1)[0][0], 0.9)

    def goes_on(self, line: TextLine, following: TextLine, *, n_lines: int) -> bool:
        """Whether ``following`` belongs to the paragraph of which ``line`` is the last so far."""
        if not _is_alike(line, following) or _ITEM.match(following.text):
            return False
        is_over = _FINAL.search(line.text) is not None
        starts_low = following.text[:1].islower()
        if _jumps(line, following):
            return not is_over and (starts_low or self._is_full(line, following)) and n_lines > 0
        if _pitch(line, following) > _MAX_PITCH_RATIO * self.pitch:
            return False
        if abs(line.y0 - following.y0) < 0.3 * line.size:  # beside it: cells of a table
            return starts_low and not is_over
        is_indented = following.x0 > line.x0 + 0.8 * line.size
        if is_indented and (is_over or not self._is_full(line, following)):
            return False
        return not (is_over and not self._is_full(line, following))

    def _is_full(self, line: TextLine, following: TextLine) -> bool:
        """Whether the next word would have crossed the end of the column."""
        key = _box(line)
        right = self.right[key if self.n_lines[key] >= _MIN_LINES else _column(line)]
        letter = (line.x1 - line.x0) / max(len(line.text), 1)
        word = following.text.split(maxsplit=1)[0]
        return line.x1 + letter * (len(word) + 1) > right - _MARGIN * line.size


def _box(line: TextLine) -> tuple[float, ...]:
    return line.page, line.box


def _column(line: TextLine) -> tuple[float, ...]:
    """The lines of a page that begin at about one place, in letters of one size."""
    return line.page, int(line.x0 // 24), line.size, 0


def _pitch(line: TextLine, following: TextLine) -> float:
    """How far apart two lines stand, in sizes of their letters."""
    return (line.y0 - following.y0) / max(line.size, 1.0)


def _jumps(line: TextLine, following: TextLine) -> bool:
    """Whether the text goes on elsewhere: on the next page, or at the top of another column."""
    return line.page != following.page or following.y0 > line.y1


def _is_alike(line: TextLine, following: TextLine) -> bool:
    low, high = sorted((line.size, following.size))
    if high > _SIZE_RATIO * max(low, 0.1):
        return False
    goes_on_low = following.text[:1].islower() and not _FINAL.search(line.text)
    return line.bold == following.bold or goes_on_low


class _Hyphens:
    """Decides whether a hyphen at a line's end belongs to the word.

    The file itself says: by the words it writes elsewhere, else by how often it breaks lines so.
    """

    def __init__(self, lines: Sequence[TextLine]) -> None:
        self._words: set[str] = set()
        for line in lines:
            found = _WORD.findall(line.text.casefold())
            self._words.update(found[:-1] if _BROKEN.search(line.text) else found)
        told = Counter(
            self._told(broken[1], other.text)
            for line, other in pairwise(lines)
            if (broken := _BROKEN.search(line.text)) and other.text[:1].islower()
        )
        many = told.total() > max(_MIN_BROKEN, _HYPHENATING_SHARE * len(lines))
        self._breaks_words = told["word"] > told["compound"] or (many and not told["compound"])

    def _told(self, broken: str, following: str) -> str:
        """What the file makes of two parts: a word, a compound, or nothing (empty)."""
        word = _WORD.match(following)
        first, second = broken.casefold(), word.group().casefold() if word else ""
        if first + second in self._words:
            return "word"
        if f"{first}-{second}" in self._words or not first.isalpha():
            return "compound"
        return ""

    def joined(self, text: str, following: str) -> str:
        """``text`` as it stands before ``following``: with a blank, or without its hyphen."""
        broken = _BROKEN.search(text)
        if broken is None:
            return f"{text} "
        if text.endswith("\u00ad"):
            return text[:-1]
        if not following[:1].islower():
            return text
        told = self._told(broken[1], following)
        # U+2010 is what browsers and typesetters break words with; compounds have the plain one.
        breaks = self._breaks_words or text.endswith("\u2010")
        is_word = told == "word" or (told == "" and breaks)
        return text[:-1] if is_word else text
