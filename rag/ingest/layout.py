"""Lines of a plain text and the paragraphs they form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.types import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_FINAL = re.compile(r"[.!?…:;。！？][\"'”’»)\]*_]*$")
_ITEM = re.compile(r"(?:[-*•‣◦]|\(?\d{1,3}[.)])\s")
_MIN_WRAPPED_SHARE = 0.6
_MAX_WRAPPED_CHARS = 120


def line_spans(text: str) -> list[Span]:
    """Every line of ``text``, its line break left out; CR, LF and CR LF end a line."""
    spans = []
    for match in _LINE.finditer(text):
        line = match.group()
        spans.append(Span(match.start(), match.start() + len(line.rstrip("\r\n"))))
    return spans


def line_starts(lines: Sequence[Span]) -> tuple[tuple[int, int], ...]:
    """``Document.place_starts`` of a text that is the file itself."""
    return tuple((line.start, number) for number, line in enumerate(lines, 1)) or ((0, 1),)


def paragraphs(text: str, lines: Sequence[Span]) -> list[Span]:
    """The paragraphs of ``text``, in order, without blanks around them.

    Blank lines separate them. Lines that stand together are one paragraph if they look wrapped to
    a width, otherwise each line is its own, as in texts saved with one paragraph a line.
    """
    found: list[Span] = []
    for group in _groups(text, lines):
        if _is_wrapped(text, group):
            found.append(Span(group[0].start, group[-1].end))
        else:
            found.extend(_line_by_line(text, group))
    return found


def _groups(text: str, lines: Sequence[Span]) -> Iterator[list[Span]]:
    group: list[Span] = []
    for line in lines:
        trimmed = _trimmed(text, line)
        if trimmed is not None:
            group.append(trimmed)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _trimmed(text: str, line: Span) -> Span | None:
    content = line.of(text)
    start = line.start + len(content) - len(content.lstrip())
    end = line.start + len(content.rstrip())
    return Span(start, end) if start < end else None


def _is_wrapped(text: str, group: Sequence[Span]) -> bool:
    """Whether most line breaks stand where the next word would have crossed the margin."""
    width = max(line.end - line.start for line in group)
    if len(group) < 2 or width > _MAX_WRAPPED_CHARS:
        return False
    full = sum(_is_full(text, line, following, width) for line, following in _pairs(group))
    return full >= _MIN_WRAPPED_SHARE * (len(group) - 1)


def _is_full(text: str, line: Span, following: Span, width: int) -> bool:
    if _ITEM.match(following.of(text)):
        return False
    word = following.of(text).split(None, 1)[0]
    return line.end - line.start + 1 + len(word) > width


def _pairs(group: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    return pairwise(group)


def _line_by_line(text: str, group: Sequence[Span]) -> list[Span]:
    """Each line by itself, but for lines that plainly go on in the middle of a sentence."""
    found = [group[0]]
    for line in group[1:]:
        end = found[-1].end
        if text[line.start].islower() and not _FINAL.search(text[max(end - 8, 0) : end]):
            found[-1] = Span(found[-1].start, line.end)
        else:
            found.append(line)
    return found
