"""The list of sources at the end of an answer: what each label stands for.

Two forms are known: the one this program prints (label and title, then indented places and
quotes), and any list below a line such as "Sources" or "References".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_SECTION = re.compile(
    r"^\W*(?:list of )?(?:sources?|references?|citations?|works cited|bibliography|footnotes|notes)"
    r"(?: cited| used)?\W*$",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s")
_LABELLED = re.compile(r"^(?:[-*]\s+)?\[\^?(?P<label>\d{1,6})\](?P<url>:)?\s+(?P<title>\S.*)$")
_NUMBERED = re.compile(r"^(?P<label>\d{1,6})[.)]\s+(?P<title>\S.*)$")
_INDENTED = re.compile(r"^(?: {2,}|\t)\s*(\S.*)$")
_QUOTE = re.compile(r"“(.+?)”(?=\s*(?:\n|\Z))", re.DOTALL)
_DATE = re.compile(r"\s*\(\d{4}(?:-\d\d){0,2}\)\s*$")
_MARKUP = re.compile(r"[*_`]+")


@dataclass(frozen=True, slots=True)
class ListedSource:
    """An entry of a list of sources.

    Attributes:
        title: as printed, without a date in parentheses behind it.
        quotes: the texts in curly quotation marks below it, on one line each.
    """

    label: int
    title: str
    quotes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Entry:
    label: int
    title: str
    below: list[str] = field(default_factory=list)


def take_sources(text: str) -> tuple[str, tuple[ListedSource, ...]]:
    """``text`` with its lists of sources blanked (every line keeps its number), and their entries:
    of a label that is listed twice the first."""
    lines = text.splitlines()
    entries: list[_Entry] = []
    in_section = in_entry = False
    kept: list[str] = []
    for at, line in enumerate(lines):
        in_section = _opens(line) or (in_section and not _HEADING.match(line))
        found = _entry(line, in_section) or (None if in_section else _printed(lines, at))
        if found is not None:
            entries.append(found)
        elif in_entry and (below := _INDENTED.match(line)):
            entries[-1].below.append(below.group(1))
        else:
            in_entry = in_entry and not line.strip()
            kept.append("" if in_section else line)
            continue
        in_entry = True
        kept.append("")
    first: dict[int, ListedSource] = {}
    for entry in entries:
        first.setdefault(entry.label, _source(entry))
    return "\n".join(kept), tuple(first.values())


def _opens(line: str) -> bool:
    return _SECTION.match(line) is not None


def _entry(line: str, in_section: bool) -> _Entry | None:
    """An entry by its own looks: below a "Sources" line, or a reference definition."""
    text = line.strip()
    match = _LABELLED.match(text) or (_NUMBERED.match(text) if in_section else None)
    if match is None or not (in_section or match.groupdict().get("url")):
        return None
    return _Entry(int(match["label"]), match["title"])


def _printed(lines: Sequence[str], at: int) -> _Entry | None:
    """An entry as this program prints it: not indented, and something indented follows."""
    match = _LABELLED.match(lines[at])
    follows = at + 1 < len(lines) and _INDENTED.match(lines[at + 1])
    return _Entry(int(match["label"]), match["title"]) if match and follows else None


def _source(entry: _Entry) -> ListedSource:
    quotes = [" ".join(q.split()) for q in _QUOTE.findall("\n".join(entry.below))]
    title = _DATE.sub("", _MARKUP.sub("", entry.title)).strip()
    return ListedSource(entry.label, title, tuple(quotes))
