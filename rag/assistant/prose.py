"""Any answer, plain or Markdown, as the statements it consists of.

Headers, headings, code, pictures, rules and lists of sources state nothing that could be checked.
Every other sentence is a statement, and so is every item of a list and every row of a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.assistant.listed import ListedSource, take_sources
from rag.ingest.front_matter import read_front_matter
from rag.text.markers import find_markers, strip_markers
from rag.text.pointing import points_back
from rag.text.question import name_phrases
from rag.text.sentences import sentence_spans

_FOOTNOTE = re.compile(r"\[\^(\d{1,6})\]")
_URL = re.compile(r"\bhttps?://[^\s)\]]+")
_BREAKS = ("softbreak", "hardbreak")
_MONTHS = frozenset(
    """january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday""".split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a text that is to be checked.

    Attributes:
        text: on one line, without markup and markers; labels: those of its markers.
        line: where it begins in the text, from 1.
        leans_on: the sentence or heading before it that says what it is about, if it begins with
            a word that points back or is a fragment in a list; else empty.
    """

    text: str
    labels: tuple[int, ...]
    line: int
    leans_on: str = ""


@dataclass(frozen=True, slots=True)
class GivenText:
    """A text to be checked: its statements in order, and the sources it lists."""

    statements: tuple[Statement, ...]
    sources: tuple[ListedSource, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Text between two block boundaries, its line breaks kept."""

    text: str
    line: int
    is_heading: bool
    is_item: bool


def read_prose(text: str) -> GivenText:
    """The statements of ``text`` and the sources it lists; none for a text of blanks."""
    body, sources = take_sources(_without_header(text))
    return GivenText(tuple(_statements(_stretches(body))), sources)


def _without_header(text: str) -> str:
    """``text`` with the header of a Markdown article blanked; lines keep their numbers."""
    end = read_front_matter(text).end
    return "\n" * text.count("\n", 0, end) + text[end:]


def plain_statements(sentences: Sequence[str]) -> tuple[Statement, ...]:
    """Sentences that are apart already, as statements; their line is their number."""
    stretches = [_Stretch(s, n, False, False) for n, s in enumerate(sentences, 1)]
    return tuple(_statements(stretches, split=False))


def _statements(stretches: Sequence[_Stretch], *, split: bool = True) -> Iterator[Statement]:
    topic = ""
    for stretch in stretches:
        if stretch.is_heading:
            topic = _one_line(stretch.text)
            continue
        for text, line in _sentences(stretch) if split else [(stretch.text, stretch.line)]:
            labels = tuple(dict.fromkeys(n for m in find_markers(text) for n in m.labels))
            claim = _one_line(strip_markers(text))
            if not any(character.isalnum() for character in claim):
                continue
            leans = points_back(claim) or (stretch.is_item and _is_fragment(claim))
            yield Statement(claim, labels, line, topic if leans else "")
            if not (leans or (topic and (stretch.is_item or _only_leads_in(claim)))):
                topic = claim


def _is_fragment(item: str) -> bool:
    """Whether an item of a list says nothing without what stands above it."""
    return item[-1] not in ".!?…" and not names_in(item)


def names_in(text: str) -> list[str]:
    """The names in ``text`` that it can be about: runs of capitalised words, months left out."""
    return [n for n in name_phrases(text) if n.split()[0].casefold() not in _MONTHS]


def _only_leads_in(claim: str) -> bool:
    """Whether it announces what follows without naming what that is about."""
    return claim.endswith(":") and not names_in(claim)


def _sentences(stretch: _Stretch) -> Iterator[tuple[str, int]]:
    for span in sentence_spans(stretch.text):
        yield span.of(stretch.text), stretch.line + stretch.text.count("\n", 0, span.start)


def _stretches(body: str) -> list[_Stretch]:
    parser = MarkdownIt("commonmark").enable("table")
    # An indented line, a line above dashes and a tag at the start of a line are prose here: an
    # answer is often plain text.
    parser.disable(["code", "lheading", "html_block"])
    collector = _Collector()
    for token in parser.parse(body):
        collector.take(token)
    return collector.found


class _Collector:
    """Gathers stretches from the tokens of a Markdown text."""

    def __init__(self) -> None:
        self.found: list[_Stretch] = []
        self._depth = 0  # of lists
        self._open = ""  # the block that the next inline text belongs to
        self._cells: list[str] = []
        self._row_line = 1

    def take(self, token: Token) -> None:
        """The next token."""
        match token.type:
            case "list_item_open" | "list_item_close":
                self._depth += token.nesting
            case "heading_open" | "paragraph_open" | "thead_open" | "tbody_open":
                self._open = token.type
            case "tr_open":
                self._cells, self._row_line = [], _first_line(token)
            case "tr_close" if self._open == "tbody_open":
                row = ", ".join(cell for cell in self._cells if cell.strip())
                self.found.append(_Stretch(row, self._row_line, False, True))
            case "inline" if self._open in ("thead_open", "tbody_open"):
                self._cells.append(_plain(token))
            case "inline":
                is_heading = self._open == "heading_open"
                stretch = _Stretch(_plain(token), _first_line(token), is_heading, self._depth > 0)
                self.found.append(stretch)


def _first_line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _plain(inline: Token) -> str:
    """The words of an inline token, line breaks kept. A link whose text is a number is a marker."""
    parts: list[str] = []
    in_link = 0
    for child in inline.children or ():
        in_link += child.nesting * (child.type in ("link_open", "link_close"))
        if child.type in _BREAKS:
            parts.append("\n")
        elif child.type == "text" and in_link and child.content.strip().isdecimal():
            parts.append(f"[{child.content.strip()}]")
        elif child.type in ("text", "code_inline"):
            parts.append(child.content)
    return _URL.sub("", _FOOTNOTE.sub(r"[\1]", "".join(parts)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
