"""Text of others as Markdown that means nothing but its words.

Titles, quotes and sentences come from articles and models. Put into a Markdown file as they are,
they could hold headings, links, images that tell a server who reads, raw HTML, or a marker that
looks like ours. Every character that any of the common dialects gives a meaning is escaped, where
it can have it, and nothing else: the file stays readable as it is.
"""

from __future__ import annotations

import re

from rag.text.terminal import safe_line

_ALWAYS = re.compile(r"[\\`*_\[\]<>&|~$^{}]")
_DOUBLED = re.compile(r"(?<=%)%|(?<=:):|(?<=\+)\+|(?<==)=|!$")
"""What some dialects give a meaning when it stands twice (comments, marks, containers); a link of
ours may stand behind the text, and an exclamation mark would make it an image."""
_AT_START = re.compile(r"^(?:[#+:=-]|\d{1,9}(?=[.)]))")
_LINKING = re.compile(r":(?=//)|(?<=\bmailto):|(?<=\bxmpp):|(?<=\S)\.(?=[^\W\d_])|@(?=\S)", re.I)
"""What makes a link of bare words: ``http://``, ``www.``, ``example.org``, ``you@example.org``."""


def plain_words(text: str) -> str:
    """``text`` on one line, so that every Markdown renderer shows its words and nothing more.

    Line breaks become blanks; control, bidirectional and invisible characters become visible. It
    may stand at the start of a line, behind other text, or inside emphasis or a link's text.
    """
    shown = _ALWAYS.sub(lambda match: "\\" + match.group(), safe_line(text))
    shown = _LINKING.sub(lambda match: "\\" + match.group(), shown)
    shown = _DOUBLED.sub(lambda match: "\\" + match.group(), shown)
    return _AT_START.sub(_escaped_start, shown)


def _escaped_start(match: re.Match[str]) -> str:
    start = match.group()
    return start + "\\" if start.isdigit() else "\\" + start
