"""Text made safe to show: what could steer a terminal or hide from the reader becomes visible.

Articles, questions and model output are untrusted. Escape sequences move the cursor or rename the
window, bidirectional controls reorder what is read, and invisible characters carry text that only a
model sees. None of them is dropped silently: the reader sees that something was there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby

SUSPECT = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL and C1 controls
    "\xad\u034f\u061c\u180b-\u180f"  # soft hyphen, joiners, Mongolian selectors
    "\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters without a shape
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, separators, bidi, invisible operators
    "\ufe00-\ufe0f\ufeff\ufff0-\ufffb"  # variation selectors, byte order mark, annotations
    "\ud800-\udfff"  # surrogates that stand alone
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # controls of shorthand and of music
    "\U000e0000-\U000e0fff"  # tags and further variation selectors
    "]"
)
"""What may steer, hide or reorder. Some of it is harmless in its place: see ``safe``."""
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal may act on, wherever it stands; line feeds and tabs are for who prints."""
MOST_MARKS = 8
"""Marks on one character that are shown; no script stacks more, and more cover other lines."""
_MARKED = re.compile(f"[^\0-\u02ff]{{{MOST_MARKS + 1},}}")
"""What may hold too many marks: looked at closely, since ``re`` knows no categories."""
_BLANKS = re.compile(r"[ \t\r\n]+")
_JOINERS = "\u200c\u200d"
_SOFT_HYPHEN = "\xad"


def safe(text: str, *, keep_newlines: bool = False) -> str:
    """``text`` with control, bidirectional and invisible characters made visible.

    Controls become their pictures (``␛``), the rest ``<U+202E>``. Joiners stay inside words of
    scripts that need them and inside emoji. Of marks stacked on one character the first few are
    shown, the rest counted (``<+90 marks>``). With ``keep_newlines`` line feeds and tabs stay, and
    a CR LF pair becomes a line feed; otherwise the result is one line.
    """
    if SUSPECT.search(text):
        if keep_newlines:
            text = text.replace("\r\n", "\n")
        text = SUSPECT.sub(lambda match: _shown(match, keep_newlines), text)
    return with_few_marks(text, lambda rest: f"<+{len(rest)} marks>")


def disarmed(text: str) -> str:
    """``text`` with what a terminal may act on made visible; all else, line feeds and tabs too,
    stays. The last barrier, for whole lines or parts of them: what is shown passes through ``safe``
    before, which looks at characters in their places."""
    if not _STEERING.search(text):
        return text
    return _STEERING.sub(lambda match: _shown(match, False), text)


def safe_line(text: str) -> str:
    """``text`` on one line, without blanks around it: line breaks and runs of blanks become one
    blank, everything else is shown as by ``safe``."""
    return safe(_BLANKS.sub(" ", text).strip(" "))


def _shown(match: re.Match[str], keep_newlines: bool) -> str:
    char = match.group()
    code = ord(char)
    if keep_newlines and char in "\n\t":
        return char
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if _belongs(match.string, match.start()):
        return char
    return f"<U+{code:04X}>"


def with_few_marks(text: str, told: Callable[[str], str]) -> str:
    """``text`` with at most ``MOST_MARKS`` marks on a character, and behind them what ``told`` says
    of the rest."""
    return _MARKED.sub(lambda match: _few_marks(match.group(), told), text)


def _few_marks(text: str, told: Callable[[str], str]) -> str:
    kept: list[str] = []
    for is_mark, run in groupby(text, lambda char: unicodedata.category(char) in ("Mn", "Me")):
        chars = "".join(run)
        rest = chars[MOST_MARKS:] if is_mark else ""
        kept.append(chars[:MOST_MARKS] + told(rest) if rest else chars)
    return "".join(kept)


def _belongs(text: str, at: int) -> bool:
    """Whether the character at ``at`` does there what it was made for."""
    before = text[at - 1] if at else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    if text[at] in _JOINERS:  # between ASCII letters a joiner has no purpose but to deceive
        return _joinable(before) and _joinable(after)
    if text[at] == _SOFT_HYPHEN:
        return before.isalpha() and after.isalpha()
    if "\ufe00" <= text[at] <= "\ufe0f":  # one selector after a visible character; never a run
        return not before.isspace() and not SUSPECT.match(before)
    return False


def _joinable(char: str) -> bool:
    return ord(char) > 0x7F and (unicodedata.category(char)[0] in "LM" or _is_symbol(char))


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk")
