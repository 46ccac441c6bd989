"""The commands of a chat: what a line that begins with a slash may say."""

from __future__ import annotations

import difflib

COMMANDS = {
    "/help": "this list",
    "/sources": "the sources of the last answer again",
    "/retry": "ask the last question again",
    "/clear": "forget the conversation",
    "/quit": "leave (also exit, quit, /bye and Ctrl-D)",
}
LEAVING = frozenset({"/quit", "/exit", "/bye", "quit", "exit"})


def nearest_command(unknown: str) -> str:
    """What to say of a command that does not exist: the nearest one, or where to find all."""
    near = difflib.get_close_matches(unknown.casefold(), COMMANDS, n=1)
    return f"did you mean {near[0]}?" if near else "/help lists all"
