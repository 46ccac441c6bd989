"""The signs this program puts around what it shows, and plain ones for where those cannot be shown.

Only signs of our own are replaced. What stands in an article stays, and a character that a stream
cannot encode is written escaped.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import lru_cache

from rich.console import Console
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Symbols:
    """One set of signs.

    Attributes:
        yes, no, neither: in front of what is supported, is not, and asserts nothing; as wide as
            each other.
        dot: between things on one line; spinner: the name rich has for one.
    """

    open_quote: str
    close_quote: str
    yes: str
    no: str
    neither: str
    ellipsis: str
    dash: str
    dot: str
    spinner: str

    def quoted(self, text: str) -> str:
        """``text`` in quotation marks."""
        return f"{self.open_quote}{text}{self.close_quote}"


FULL = Symbols("“", "”", "✓", "✗", "·", "…", "—", "·", "dots")
PLAIN = Symbols('"', '"', "[ok]", "[x] ", "[-] ", "...", "-", "|", "line")
_SPINNER_SAMPLE = "⠋"
_PLAIN_FOR = {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "…": "...",
    "—": "-",
    "–": "-",
    "·": "|",
    "→": "->",
}


def symbols_of(console: Console) -> Symbols:
    """The signs that can be shown where ``console`` writes."""
    if console.legacy_windows or (console.is_terminal and _is_c_locale()):
        return PLAIN
    return FULL if _can_show_all(console.encoding) else PLAIN


def encodable(text: Text, console: Console) -> Text:
    """``text`` with each character that ``console`` cannot encode as its escape, so that it can be
    measured as it will be shown."""
    encoding = console.encoding
    if encoding.startswith("utf") or _encodes(text.plain, encoding):
        return text
    return _replaced(text, lambda char: "" if _encodes(char, encoding) else _escape(char))


def in_plain_signs(text: Text, console: Console) -> Text:
    """Words of our own with plain signs where ``console`` can show no others. What is quoted in
    them is changed along: not for the text of articles."""
    if symbols_of(console) is FULL:
        return text
    return _replaced(text, lambda char: _PLAIN_FOR.get(char, ""))


def _replaced(text: Text, replacement: Callable[[str], str]) -> Text:
    """``text`` with another string for each character that has one."""
    others = {at: other for at, char in enumerate(text.plain) if (other := replacement(char))}
    if not others:
        return text
    edges = sorted({edge for at in others for edge in (at, at + 1)})
    parts = text.divide(edges)
    at = 0
    for part in parts:
        length = len(part.plain)
        if at in others and length:
            part.plain = others[at]
        at += length
    return Text("").join(parts)


def _escape(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode("ascii")


@lru_cache
def _can_show_all(encoding: str) -> bool:
    return _encodes("".join((*astuple(FULL), _SPINNER_SAMPLE)), encoding)


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _is_c_locale() -> bool:
    """Whether the user asks for the plainest locale; Python writes UTF-8 even then."""
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    chosen = next((value for name in names if (value := os.environ.get(name))), "")
    return chosen in ("C", "POSIX")
