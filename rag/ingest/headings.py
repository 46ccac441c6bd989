"""Headings in texts that have no markup for them, and readable names for files without a title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

_MAX_HEADING_CHARS = 90
_MAX_HEADING_WORDS = 14
_MIN_CAPITALISED_SHARE = 0.6
_MAX_RUN = 2
_OPENING_CHARS = 60
_HASH = re.compile(r"(?=.*\d)[0-9a-f]+", re.IGNORECASE)
MAX_TITLE_CHARS = 300
"""A longer "heading" is a paragraph in the wrong clothes: every chunk below would repeat it."""
_FINAL = re.compile(r"[.,;:!…。，、；：！]$|[.,!?][\"'”’)]*$")
_ITEM = re.compile(r"[-*•‣◦|>#=+_~]|\(?\d{1,3}[.)]\s")
_SMALL_WORDS = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to")
)
_DATA = re.compile(r"[|\t@=$€£]|^\(")
"""Signs of tables, addresses and captions, whose lines are short without being headings."""


def heading_flags(paragraphs: Sequence[str]) -> list[bool]:
    """Which paragraphs are headings: short, title-like, and with text below.

    Nothing is a heading at the end of the text, and lines that follow each other like a list of
    names or a poem are text: what is taken for a heading is no longer quoted.
    """
    flags = [is_heading_like(paragraph) for paragraph in paragraphs]
    at = 0
    while at < len(flags):
        end = at
        while end < len(flags) and flags[end]:
            end += 1
        if end > at and (end == len(flags) or end - at > _MAX_RUN):
            flags[at:end] = [False] * (end - at)
        at = max(end, at) + 1
    return flags


def is_heading_like(paragraph: str) -> bool:
    """Whether a paragraph by itself reads like a title rather than a sentence."""
    if len(paragraph) > _MAX_HEADING_CHARS or "\n" in paragraph or "\r" in paragraph:
        return False
    found = paragraph.split()
    if not found or len(found) > _MAX_HEADING_WORDS:
        return False
    if _ITEM.match(paragraph) or _DATA.search(paragraph):
        return False
    if paragraph.endswith("?") and _is_title_case(found):
        return True
    if _FINAL.search(paragraph) or not any(char.isalpha() for char in paragraph):
        return False
    return not paragraph.lstrip("\"'“‘«([")[:1].islower()


def _is_title_case(found: Sequence[str]) -> bool:
    told = [word for word in found if word.casefold() not in _SMALL_WORDS]
    capitalised = sum(1 for word in told if not word.lstrip("\"'“‘«([")[:1].islower())
    return len(found) > 1 and capitalised >= max(2, _MIN_CAPITALISED_SHARE * len(told))


def bounded_title(title: str) -> str:
    """``title`` on one line, cut after a word if it is far too long for one."""
    title = " ".join(title[: 4 * MAX_TITLE_CHARS].split())
    if len(title) <= MAX_TITLE_CHARS:
        return title
    return title[:MAX_TITLE_CHARS].rsplit(" ", 1)[0] + " …"


def readable_name(path: PurePath, opening: str = "") -> str:
    """A title for a file without one: ``meta_llama-3.txt`` gives ``meta llama 3``. Never empty.

    A name of numbers and hashes only says nothing, and would be embedded with every chunk: then
    the first words of ``opening``, the article's first paragraph, are the title.
    """
    name = re.sub(r"[\s_-]+", " ", path.stem).strip()
    if any(_is_word(part) for part in name.split()):
        return name
    told = " ".join(opening[: 2 * _OPENING_CHARS].split())
    if len(told) > _OPENING_CHARS:
        told = told[:_OPENING_CHARS].rsplit(" ", 1)[0].rstrip(",;:–—- ") + " …"
    return told or name or path.name or "untitled"


def _is_word(part: str) -> bool:
    is_hash = len(part) >= 8 and _HASH.fullmatch(part) is not None
    return not is_hash and sum(char.isalpha() for char in part) >= 2
