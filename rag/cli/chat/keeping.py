"""Commands that keep a conversation: under a name, in a file, and back again."""

from __future__ import annotations

from rag.cli.chat.commands import Command

COMMANDS: tuple[Command, ...] = ()
