"""The visible text of an HTML page and the source lines it stands on, in one pass.

Extractors of the main text lose the lines of the file. This scanner keeps them, and takes the place
of an extractor for pages that it cannot read. It never looks at a character twice, whatever the
markup: unclosed comments and tags end with the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby


def _names(text: str) -> frozenset[str]:
    """The words of ``text`` as a set."""
    return frozenset(text.split())


_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]{0,20})(?=[\s/>])")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HIDDEN = _names(
    "script style noscript template svg iframe head nav footer aside form button select"
)
_INLINE = _names(
    "a abbr b bdi bdo cite code data del dfn em font i img ins kbd mark q s samp small span strike "
    "strong sub sup time tt u var wbr"
)


@dataclass(frozen=True, slots=True)
class Fragment:
    """Text between two tags on one source line, entities resolved, blanks kept.

    Attributes:
        line: of the source, from 1.
        block: rises with every tag that begins a new block.
        level: of the heading it is in; 0 outside headings.
    """

    text: str
    line: int
    block: int
    level: int


def fragments(source: str) -> Iterator[Fragment]:
    """The visible text of ``source`` in order; scripts, navigation, footers and forms left out."""
    at, block, level, line, counted = 0, 0, 0, 1, 0
    unclosed: set[str] = set()
    while at < len(source):
        opening = source.find("<", at)
        end = opening if opening >= 0 else len(source)
        if end > at:
            line, counted = line + source.count("\n", counted, at), at
            yield from _lines(source[at:end], line, block, level)
        if opening < 0:
            return
        tag = _TAG.match(source, opening)
        at = _behind(source, opening, tag, unclosed)
        if tag is None and at == opening + 1:  # a bare "<" is text
            line, counted = line + source.count("\n", counted, opening), opening
            yield Fragment("<", line, block, level)
        elif tag is not None and tag["name"].lower() not in _INLINE:
            block += 1
            level = _level(tag)


def _lines(text: str, line: int, block: int, level: int) -> Iterator[Fragment]:
    for offset, part in enumerate(_LINE.findall(text)):
        yield Fragment(html.unescape(part), line + offset, block, level)


def _level(tag: re.Match[str]) -> int:
    name = tag["name"].lower()
    is_heading = not tag["close"] and len(name) == 2 and name[0] == "h" and name[1] in "123456"
    return int(name[1]) if is_heading else 0


def _behind(source: str, at: int, tag: re.Match[str] | None, unclosed: set[str]) -> int:
    """Where the markup that begins at ``at`` ends."""
    if source.startswith("<!--", at):
        return _found(source.find("-->", at + 4), 3, len(source))
    if tag is None:
        is_markup = source[at + 1 : at + 2] in ("!", "?", "/")
        return _found(source.find(">", at), 1, len(source)) if is_markup else at + 1
    name = tag["name"].lower()
    if name in _HIDDEN and not tag["close"] and name not in unclosed:
        closing = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(source, tag.end())
        if closing:
            return closing.end()
        unclosed.add(name)  # searched for once only, or many of them would take for ever
    return _found(source.find(">", tag.end()), 1, len(source))


def _found(at: int, width: int, otherwise: int) -> int:
    return at + width if at >= 0 else otherwise


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A block of a page: its text with single blanks, and the heading level (0: a paragraph)."""

    text: str
    level: int


def scanned_blocks(source: str) -> list[TextBlock]:
    """The blocks of a page, in order, as the tags divide it."""
    found = []
    for _, group in groupby(fragments(source), key=lambda fragment: fragment.block):
        parts = list(group)
        text = " ".join("".join(part.text for part in parts).split())
        if text:
            found.append(TextBlock(text, parts[0].level))
    return found
