"""Texts that try to steer a terminal or to hide from a reader, and how to see that they failed."""

from __future__ import annotations

import re

SEQUENCES = (
    "\x1b[38;5;201;7m",  # a colour that this program never uses
    "\x1b[666;66H",
    "\x1b]0;owned\x07",
    "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1bP+q544e\x1b\\",
    "\x1b_Gq=2;\x1b\\",
    "\x1b^pm\x1b\\",
    "\x9b31m",
    "\x9d0;owned\x9c",
)
CONTROLS = "".join(chr(code) for code in (*range(1, 10), *range(11, 0x20), *range(0x7F, 0xA0)))
HIDDEN = (
    "\u202edesrever\u202c\u2066x\u2069\u200bzero\ufeffwidth\u2060\U000e0041\U000e0042\U000e007f"
)
MARKUP = "[bold red]loud[/] [link=http://evil.example/]here[/link] :smile: [1]"
TOWER = "Z" + "\u0301" * 60
ATTACK = "".join((*SEQUENCES, CONTROLS, HIDDEN, MARKUP, TOWER))
LINE = ATTACK
"""What can stand on one line of a file or a command line: all but NUL and the line feed."""
NAME = "a" + "".join(SEQUENCES[:3]).replace("/", "") + "\x07\x9b1m\u202eb [bold]c"
"""What can be the name of a file."""

_OURS = re.compile(
    r"\x1b\[(?:0|1|2|3|4|7|3[0-7]|9[0-7]|;)*m"  # of the sixteen colours, bold ...
    r"|\x1b\[(?:2K|1A|\?25[lh])|\r(?=\x1b\[|\n|$)"  # a line of progress and its end
    r"|\x1b\]8;(?:id=\d+)?;(?:file://[A-Za-z0-9._~%/-]+)?\x1b\\"
)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_TOWER = re.compile("\u0301{9}")


def unsafe(shown: str) -> list[str]:
    """What of ``shown`` a terminal might act on, or hides; empty if it is sound."""
    plain = _OURS.sub("", shown)
    found = [plain[max(0, m.start() - 30) : m.end() + 30] for m in _FORBIDDEN.finditer(plain)]
    return [ascii(text) for text in found[:5]] + [ascii(m[0]) for m in _TOWER.finditer(plain)]
