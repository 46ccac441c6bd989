"""A wrong command line, said so that the right one is near."""

from __future__ import annotations

import difflib
import re
from typing import Any

import typer

_KINDS = (
    ("Input should be a valid integer", "a whole number is needed"),
    ("Input should be a valid number", "a number is needed"),
    ("Input should be ", "it should be "),
)
"""How the library that typer checks values with says it, and how we do."""


def message(error: typer.TyperException) -> str:
    """What is wrong, without guesses at what was meant: the hint has those."""
    if getattr(error, "option_name", "") and hasattr(error, "possibilities"):
        return str(error.message)
    text = error.format_message().partition(". Did you mean ")[0]
    for theirs, ours in _KINDS:
        before, found, after = text.partition(theirs)
        if found:
            return before + ours + (after if ours.endswith(" ") else "")
    return text


def hint(error: typer.TyperException) -> str:
    """The command to type: the nearest one that there is, or the help."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "rag"
    if near := _nearest(error, context):
        return f"did you mean {near}? {path} --help lists all"
    words = _unknown_command(error)
    if path == "rag" and (" " in words or words.endswith("?")):
        return f'to ask the articles: rag ask "{words}"'
    return f"{path} --help"


def _nearest(error: typer.TyperException, context: Any) -> str:
    """The option or command that is nearest to an unknown one; empty if none is near."""
    if option := getattr(error, "option_name", ""):
        found = difflib.get_close_matches(option, getattr(error, "possibilities", None) or (), n=1)
        return found[0] if found else ""
    members = getattr(getattr(context, "command", None), "commands", {})
    found = difflib.get_close_matches(_unknown_command(error), members, n=1)
    return f"{context.command_path} {found[0]}" if found else ""


def _unknown_command(error: typer.TyperException) -> str:
    found = re.match(r"No such command '(.*?)'(?:\.|$)", error.format_message(), re.DOTALL)
    return found[1] if found else ""
