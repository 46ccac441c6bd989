"""Which editor a user has chosen, and how it is told to open a file at a line.

Only what editors document is used. An editor that is not known gets the file alone: a file opened
at its beginning is better than an argument that is taken for a second file.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import PurePath

from rag.errors import UsageError

EDITOR_HINT = "export EDITOR=nano"
VARIABLES = ("VISUAL", "EDITOR")
"""Asked in this order, as git and crontab do."""

_PLUS = frozenset(
    "vi vim nvim view gvim mvim ex nano pico emacs emacsclient micro kak joe jmacs jstar jpico "
    "mg jed ne gedit less".split()
)
_COLON = frozenset("hx helix subl sublime_text zed zeditor".split())
_GOTO = frozenset("code code-insiders code-oss codium vscodium cursor windsurf".split())
_LINE_OPTION = frozenset("kate mate idea pycharm webstorm goland clion".split())
_LOOKS_PLACED = re.compile(r":\d+$")


def chosen_editor(environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """The words of $VISUAL, else of $EDITOR; None if neither says anything.

    Raises:
        UsageError: the value is no command.
    """
    for variable in VARIABLES:
        value = environ.get(variable, "").strip()
        if value:
            return words_of(value, variable)
    return None


def words_of(value: str, variable: str) -> list[str]:
    """A command with its arguments, split as a shell would, without running one.

    Raises:
        UsageError: a quotation mark is open, or there is no word.
    """
    try:
        words = shlex.split(value, posix=os.name != "nt")
    except ValueError:
        words = []
    if not words or not words[0]:
        hint = EDITOR_HINT if variable in VARIABLES else f"export {variable}=less"
        raise UsageError(f"${variable} is no command: {value}", hint=hint)
    return words


def at_line(editor: list[str], path: str, line: int) -> list[str]:
    """The command that opens ``path`` (absolute, so that it cannot be an option) at ``line``."""
    name = program_name(editor[0])
    if name in _PLUS:
        return [*editor, f"+{line}", path]
    if name in _LINE_OPTION:
        return [*editor, "--line", str(line), path]
    if _LOOKS_PLACED.search(path):  # "FILE:3:12" would be read as line 3 of another file
        return [*editor, path]
    if name in _COLON:
        return [*editor, f"{path}:{line}"]
    if name in _GOTO:
        return [*editor, "--goto", f"{path}:{line}"]
    return [*editor, path]


def program_name(command: str) -> str:
    """``vim`` for ``/usr/bin/vim.basic``, ``code`` for ``code.cmd``."""
    return PurePath(command.replace("\\", "/") if os.name == "nt" else command).name.split(".")[0]
