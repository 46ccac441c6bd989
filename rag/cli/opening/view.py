"""A piece of an article to be looked at: its text with the places of the file in the margin, the
passage and its evidence marked. All that it gives out is made safe."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.cli.opening.kept_articles import FileState, kept, state_of
from rag.cli.show.pieces import one_line, place_of
from rag.settings import Settings
from rag.text.terminal import safe
from rag.types import BlockKind, Chunk, Document, Evidence, Place, PlaceUnit, Span

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|$)")
_EVIDENCE, _PASSAGE, _REST = ">", "|", " "
_LINES_AROUND = 3
MARGIN = 9
"""Characters in front of the text of a line: a mark, the place, two blanks."""


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at.

    Attributes:
        place: where to begin; text: the article, or the passage alone if there is no more of it.
        starts, unit: as ``Document.place_starts`` and ``Document.unit``, of ``text``.
        before, after: the paragraphs around the passage, or what it leaves of its own, as they
            are; empty if nothing is known of them.
        passage: in ``text``; quotes: the evidence in it, in ``text``; both may be empty.
        state: of the file.
    """

    source: str
    title: str
    date: str
    place: Place
    text: str
    starts: tuple[tuple[int, int], ...]
    passage: Span
    quotes: tuple[Span, ...]
    state: FileState
    before: str = ""
    after: str = ""

    @property
    def unit(self) -> PlaceUnit:
        """What the places are counted in."""
        return self.place.unit

    @property
    def quote(self) -> str:
        """The stretch that is looked for: the first evidence, else the passage."""
        return (self.quotes[0] if self.quotes else self.passage).of(self.text)

    @property
    def where(self) -> str:
        """``path:12-14``."""
        return place_of(self.source, self.place)


@dataclass(frozen=True, slots=True)
class Page:
    """A view as plain lines.

    Attributes:
        head: what it is; lines: the text, marks and places in the margin.
        first, last: indices of the lines to look at.
    """

    head: tuple[str, ...]
    lines: tuple[str, ...]
    first: int
    last: int

    @property
    def around(self) -> tuple[str, ...]:
        """The lines to look at with a few of their neighbours."""
        start = max(0, self.first - _LINES_AROUND)
        return self.lines[start : self.last + 1 + _LINES_AROUND]


def view_of_passage(settings: Settings, chunk: Chunk, evidence: Sequence[Evidence] = ()) -> View:
    """The passage in its article as it was read, if the index still has that; else alone."""
    found = kept(settings, chunk)
    whole = found.document
    base = 0 if whole is not None else chunk.span.start
    quotes = sorted({e.span for e in evidence if _lies_in(e.span, chunk.span)})
    return View(
        source=chunk.source,
        title=chunk.title,
        date=chunk.date,
        place=evidence[0].place if evidence else chunk.place,
        text=chunk.text if whole is None else whole.text,
        starts=chunk.place_starts if whole is None else whole.place_starts,
        passage=chunk.span.shifted(-base),
        quotes=tuple(span.shifted(-base) for span in quotes),
        state=found.state,
        before="" if whole is None else _before(whole, chunk.span.start),
        after="" if whole is None else _after(whole, chunk.span.end),
    )


def view_of_article(document: Document, line: int = 0) -> View:
    """The article from its beginning, or from the place of that number."""
    number = line or (document.place_starts[0][1] if document.place_starts else 1)
    at = next((offset for offset, n in document.place_starts if n >= number), 0)
    return View(
        source=document.source,
        title=document.title,
        date=document.date,
        place=Place(number, number, document.unit),
        text=document.text,
        starts=document.place_starts,
        passage=Span(at, at),
        quotes=(),
        state=state_of(document),
    )


def page_of(view: View) -> Page:
    """``view`` as plain lines, safe to be shown by any program."""
    lines: list[str] = []
    wanted: list[int] = []
    target = view.quotes or (view.passage,)
    shown = 0
    for number, (span, text) in enumerate(_lines(view.text)):
        place = _number_at(view.starts, span)
        margin = f"{place:>6}" if place != shown else " " * 6
        shown = place
        mark = _mark(span, view)
        lines.append(f"{mark}{margin}  {safe(text.expandtabs(4))}".rstrip())
        if any(_touch(span, t) for t in target):
            wanted.append(number)
    first, last = (wanted[0], wanted[-1]) if wanted else (0, 0)
    return Page(_head(view), tuple(lines), first, last)


def _before(document: Document, at: int) -> str:
    """The paragraph that ends before ``at``, or as much of it as does."""
    spans = [s for s in _paragraphs(document) if s.start < at]
    texts = (document.text[s.start : min(s.end, at)].strip() for s in reversed(spans))
    return next(filter(None, texts), "")


def _after(document: Document, at: int) -> str:
    spans = (s for s in _paragraphs(document) if s.end > at)
    texts = (document.text[max(s.start, at) : s.end].strip() for s in spans)
    return next(filter(None, texts), "")


def _paragraphs(document: Document) -> list[Span]:
    return [b.span for b in document.blocks if b.kind is BlockKind.PARAGRAPH]


def _head(view: View) -> tuple[str, ...]:
    date = f" ({safe(view.date)})" if view.date else ""
    marks = f"{_EVIDENCE} evidence, {_PASSAGE} passage; " if view.quotes else ""
    marks = marks or (f"{_PASSAGE} passage; " if view.passage.start < view.passage.end else "")
    return (f"{safe(one_line(view.title))}{date}", view.where, f"{marks}numbers: {view.unit}s", "")


def _mark(line: Span, view: View) -> str:
    if any(_touch(line, quote) for quote in view.quotes):
        return _EVIDENCE
    is_offered = view.passage.start < view.passage.end and _touch(line, view.passage)
    return _PASSAGE if is_offered else _REST


def _lines(text: str) -> Iterator[tuple[Span, str]]:
    for match in _LINE.finditer(text):
        if match.start() == len(text) and text:
            return
        yield Span(match.start(), match.end()), match.group(1)


def _number_at(starts: Sequence[tuple[int, int]], line: Span) -> int:
    """The place that begins in ``line``, else the one that goes on there."""
    at = bisect_left(starts, line.start, key=lambda pair: pair[0])
    if at < len(starts) and (starts[at][0] < line.end or not at):
        return starts[at][1]
    return starts[at - 1][1] if starts else 1


def _touch(line: Span, wanted: Span) -> bool:
    if wanted.start == wanted.end:
        return line.start <= wanted.start < max(line.end, line.start + 1)
    return line.overlaps(wanted)


def _lies_in(span: Span, whole: Span) -> bool:
    return whole.start <= span.start and span.end <= whole.end
