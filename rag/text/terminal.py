"""Text made safe to show: what could steer a terminal or hide from the reader becomes visible.

Articles, questions and model output are untrusted. Escape sequences move the cursor or rename the
window, bidirectional controls reorder what is read, and invisible characters carry text that only a
model sees. None of them is dropped silently: the reader sees that something was there.
"""

from __future__ import annotations

import re
import unicodedata

_SUSPECT = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL and C1 controls
    "\xad\u034f\u061c\u180b-\u180f"  # soft hyphen, joiners, Mongolian selectors
    "\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters without a shape
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, separators, bidi, invisible operators
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb"  # variation selectors, byte order mark, annotations
    "\ud800-\udfff"  # surrogates that stand alone
    "\U0001d173-\U0001d17a"  # musical format controls
    "\U000e0000-\U000e0fff"  # tags and further variation selectors
    "]"
)
_BLANKS = re.compile(r"[ \t\r\n]+")
_JOINERS = "\u200c\u200d"
_SOFT_HYPHEN = "\xad"


def safe(text: str, *, keep_newlines: bool = False) -> str:
    """``text`` with control, bidirectional and invisible characters made visible.

    Controls become their pictures (``␛``), the rest ``<U+202E>``. Joiners stay inside words of
    scripts that need them and inside emoji. With ``keep_newlines`` line feeds and tabs stay, and
    a CR LF pair becomes a line feed; otherwise the result is one line.
    """
    if not _SUSPECT.search(text):
        return text
    if keep_newlines:
        text = text.replace("\r\n", "\n")
    return _SUSPECT.sub(lambda match: _shown(match, keep_newlines), text)


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


def _belongs(text: str, at: int) -> bool:
    """Whether the character at ``at`` does there what it was made for."""
    before = text[at - 1] if at else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    if text[at] in _JOINERS:  # between ASCII letters a joiner has no purpose but to deceive
        return _joinable(before) and _joinable(after)
    if text[at] == _SOFT_HYPHEN:
        return before.isalpha() and after.isalpha()
    if "\ufe00" <= text[at] <= "\ufe0f":  # one selector after a visible character; never a run
        return not before.isspace() and not _SUSPECT.match(before)
    return False


def _joinable(char: str) -> bool:
    return ord(char) > 0x7F and (unicodedata.category(char)[0] in "LM" or _is_symbol(char))


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk")
