"""The header of a Markdown article: ``key: value`` lines between ``---`` lines.

Only this much of YAML is read, by hand: a YAML parser accepts far more than an article's header
needs, and what it accepts it may also act on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

_MAX_LINES = 200
_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*")
_PAIR = re.compile(r"(?P<key>[\w][\w .-]{0,60}?)[ \t]*:(?:[ \t]+(?P<value>.*)|)")
_ITEM = re.compile(r"[ \t]*-[ \t]+(?P<value>.+)")
_ISO = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?![\d-])")
_FORMATS = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%Y/%m/%d", "%d.%m.%Y", "%B %Y")
_SAME = {"license": "licence", "published": "date", "pubdate": "date", "publish_date": "date"}


@dataclass(slots=True)
class FrontMatter:
    """What a header says: ``end`` is the offset behind it (0: no header), keys are lower case."""

    end: int = 0
    values: dict[str, str] = field(default_factory=dict)


def read_front_matter(text: str) -> FrontMatter:
    """The header at the very start of ``text``; an empty one if anything there is not a header."""
    lines = text.split("\n", _MAX_LINES)[:_MAX_LINES]
    if lines[0].rstrip() != "---":
        return FrontMatter()
    header = FrontMatter(end=len(lines[0]) + 1)
    last_key = ""
    for raw in lines[1:]:
        line = raw.rstrip("\r")
        header.end += len(raw) + 1
        if _FENCE.fullmatch(line):
            header.end = min(header.end, len(text))
            return header
        taken = _take(line, last_key, header.values)
        if taken is None:
            break
        last_key = taken
    return FrontMatter()


def _take(line: str, last_key: str, values: dict[str, str]) -> str | None:
    """Add one line to ``values``; the key it belongs to, or None if it is not a header line."""
    if not line.strip() or line.lstrip().startswith("#"):
        return last_key
    item = _ITEM.fullmatch(line)
    if last_key and (item or line[0] in " \t"):
        more = _bare(item["value"] if item else line)
        joint = ", " if item and values[last_key] else " "
        values[last_key] = f"{values[last_key]}{joint}{more}".strip()
        return last_key
    pair = _PAIR.fullmatch(line)
    if pair is None:
        return None
    key = pair["key"].strip().lower()
    key = _SAME.get(key, key)
    values[key] = _bare(pair["value"] or "")
    return key


def _bare(value: str) -> str:
    """A value without quotes around it; a list in brackets as its items with commas."""
    value = value.strip()
    if len(value) >= 2 and value[0] == "[" and value[-1] == "]":
        return ", ".join(_bare(item) for item in value[1:-1].split(",") if item.strip())
    if value in (">", "|", ">-", "|-", "~", "null"):
        return ""
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace('\\"', '"').strip()
    return value


def iso_date(value: str) -> str:
    """``value`` as an ISO date (``2024-04-25`` or shorter); empty if it cannot be told."""
    value = value.strip()
    if match := _ISO.match(value):
        return match.group() if _is_possible(match.group()) else ""
    for form in _FORMATS:
        try:
            found = datetime.strptime(value, form)
        except ValueError:
            continue
        return found.strftime("%Y-%m-%d" if "%d" in form else "%Y-%m")
    return ""


def _is_possible(date: str) -> bool:
    try:
        datetime.strptime(date, "%Y-%m-%d"[: {4: 2, 7: 5, 10: 8}[len(date)]])
    except ValueError:
        return False
    return True
