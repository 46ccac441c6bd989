"""A text cut where marks begin and end, so that a page can show which parts are what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from rag.text.terminal import safe
from rag.types import Span


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a text and what it is: ``gold``, ``cited``, ``fact``."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text, fit to be shown, with the names of the marks that cover it, sorted."""

    text: str
    marks: tuple[str, ...] = ()


def segments(text: str, marks: Iterable[Mark]) -> tuple[Segment, ...]:
    """The whole of ``text`` in pieces; marks may overlap, reach beyond its ends or be empty."""
    inside = [(max(0, m.span.start), min(len(text), m.span.end), m.name) for m in marks]
    inside = [mark for mark in inside if mark[0] < mark[1]]
    cuts = sorted({0, len(text), *(at for start, end, _ in inside for at in (start, end))})
    pieces = []
    for start, end in pairwise(cuts):
        names = {name for left, right, name in inside if left <= start and end <= right}
        pieces.append(Segment(safe(text[start:end], keep_newlines=True), tuple(sorted(names))))
    return tuple(pieces)
