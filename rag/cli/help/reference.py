"""The page docs/commands.md, made from the help: ``python -m rag.cli.help.reference``.

The manual page comes from the same commands (``manual.py``).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import typer

from rag.cli.app import app

WIDTH = 78
"""What typer uses on a terminal of 80 columns."""
_HEAD = """\
# Commands

This page is what `--help` prints, made by `python -m rag.cli.help.reference > docs/commands.md`.
"""


def page() -> str:
    """The whole page, Markdown: one section for each command."""
    helps = ((path, command.get_help(context).rstrip()) for path, command, context in commands())
    sections = [f"## {path}\n\n```text\n{text}\n```\n" for path, text in helps]
    return "\n".join((_HEAD, *sections))


def commands() -> Iterator[tuple[str, Any, Any]]:
    """Path, command and context of the program and each of its commands, groups before their
    members."""
    program: Any = typer.main.get_command(app)
    waiting = [("rag", program, None)]
    while waiting:
        path, command, parent = waiting.pop(0)
        context = command.make_context(
            path if parent is None else command.name,
            [],
            parent=parent,
            resilient_parsing=True,
            terminal_width=WIDTH,
        )
        yield path, command, context
        names = command.list_commands(context) if hasattr(command, "commands") else ()
        waiting[:0] = [(f"{path} {name}", command.commands[name], context) for name in names]


if __name__ == "__main__":
    sys.stdout.write(page())
