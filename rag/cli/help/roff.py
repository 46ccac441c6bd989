"""Text in the language of manual pages: shown as it is, never taken for an order."""

from __future__ import annotations

import re

_SPECIAL = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}
"""What troff would show as something else: hyphens, slanted quotes, accents."""
_ANY = re.compile(r"[\\\-'`^~]|[^\n\x20-\x7e]")


def escaped(text: str) -> str:
    """``text``, line by line what it says. Characters beyond ASCII are named by their number."""
    lines = _ANY.sub(lambda found: _name(found[0]), text).split("\n")
    return "\n".join(f"\\&{line}" if line.startswith((".", "\\(aq")) else line for line in lines)


def bold(text: str) -> str:
    """``text`` in bold type, within a line."""
    return rf"\fB{escaped(text)}\fR"


def heading(text: str, *, small: bool = False) -> str:
    """The line of a heading; ``small``: of a section inside one."""
    return f".{'SS' if small else 'SH'} {quoted(text)}"


def quoted(text: str) -> str:
    """``text`` as one argument of a request."""
    return '"' + escaped(text).replace('"', r"\(dq") + '"'


def item(term: str, text: str) -> str:
    """A term in bold, and what it means, indented."""
    return f".TP\n{bold(term)}\n{escaped(text)}"


def verbatim(text: str) -> str:
    """``text`` with its line ends, indented, in type of one width where there is any."""
    return f".RS 4\n.EX\n{escaped(text)}\n.EE\n.RE"


def _name(character: str) -> str:
    return _SPECIAL.get(character) or f"\\[u{ord(character):04X}]"
