"""A text in the user's pager, at one of its lines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence

from rag.cli.opening import handover
from rag.cli.opening.editors import program_name, words_of

VARIABLE = "PAGER"
_HINT = f"export {VARIABLE}=less"
_GOES_TO_LINE = frozenset({"less", "more", "most"})
_LINES_ABOVE = 3
"""Lines that stay visible above the one that is looked for."""


def chosen_pager(environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """The words of $PAGER; less or more if it says nothing; None if there is neither, or if it is
    ``cat``: what pages nothing is no better than printing.

    Raises:
        UsageError: the value of $PAGER is no command.
    """
    value = environ.get(VARIABLE, "").strip()
    if value:
        words = words_of(value, VARIABLE)
        return None if program_name(words[0]) == "cat" else words
    found = next((name for name in ("less", "more") if shutil.which(name)), None)
    return [found] if found else None


def goes_to_line(pager: Sequence[str]) -> bool:
    """Whether ``pager`` is known to begin at a line when it is told to."""
    return program_name(pager[0]) in _GOES_TO_LINE


def page(pager: Sequence[str], text: str, *, line: int) -> int:
    """Show ``text`` (made safe) in ``pager`` at ``line``, from 1; the pager's exit status.

    Raises:
        UsageError: the pager cannot be started.
    """
    command = list(pager)
    if goes_to_line(pager) and line > _LINES_ABOVE:
        command.append(f"+{line - _LINES_ABOVE}")
    # less takes the encoding of the locale, which is often not set where this text is UTF-8
    environ = {"LESSCHARSET": "utf-8", **os.environ}
    return handover.run(command, feed=text, hint=_HINT, environ=environ)
