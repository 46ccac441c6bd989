"""Citation markers: one grammar, used to write them and to find them.

    marker  = "[" label *( ("," | ";" | "-") label ) "]"      e.g. [2], [1, 3], [2-4]

Model output is untrusted: a label of 0, a label never offered and a giant range are found and
reported, never used as an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.types import Span

_MARKER = re.compile(r"(?:(?<![ \t])[ \t]+)?\[\s*(\d{1,6}(?:\s*(?:[,;]|-|–)\s*\d{1,6})*)\s*\]")
_BRACKETED_NUMBER = re.compile(r"\[(\s*\d[\d\s,;–-]*)\]")
_ITEM = re.compile(r"(\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?")
MAX_RANGE = 20
"""A range longer than this names its two ends only: nobody was offered that many passages."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker found in a text: its labels in order, and its span (leading blanks not included)."""

    labels: tuple[int, ...]
    span: Span


def _labels(inside: str) -> tuple[int, ...]:
    found: list[int] = []
    for match in _ITEM.finditer(inside):
        first = int(match.group(1))
        last = int(match.group(2)) if match.group(2) else first
        if first <= last <= first + MAX_RANGE:
            found.extend(range(first, last + 1))
        else:
            found.extend((first, last))
    return tuple(dict.fromkeys(found))


def find_markers(text: str) -> list[Marker]:
    """Every marker of ``text``, in order."""
    markers = []
    for match in _MARKER.finditer(text):
        start = match.end() - len(match.group().lstrip(" \t"))
        markers.append(Marker(_labels(match.group(1)), Span(start, match.end())))
    return markers


def strip_markers(text: str) -> str:
    """``text`` without its markers and without the blanks in front of them."""
    return _MARKER.sub("", text).strip()


def as_line(text: str) -> str:
    """Words of an article on one line, bracketed numbers in round brackets: they are the article's
    own, and must not be taken for citations of ours."""
    return _BRACKETED_NUMBER.sub(r"(\1)", " ".join(text.split()))


def write_markers(labels: Iterable[int]) -> str:
    """The markers for ``labels``: ``[1][3]``; empty for no label."""
    return "".join(f"[{label}]" for label in dict.fromkeys(labels))


def cite(sentence: str, labels: Iterable[int]) -> str:
    """``sentence`` with markers in front of its final punctuation: ``It is so [1].``"""
    marks = write_markers(labels)
    if not marks:
        return sentence
    match = re.search(r"[.!?…]+[\"'”’)\]]*$", sentence)
    if match is None:
        return f"{sentence} {marks}"
    if match.group() and match.group()[-1] not in ".!?…":  # ends in a quotation: mark after it
        return f"{sentence} {marks}"
    return f"{sentence[: match.start()]} {marks}{match.group()}"
