"""Commands that change what answers: the model, the corpus, the index, any setting."""

from __future__ import annotations

from rag.cli.chat.commands import Command

COMMANDS: tuple[Command, ...] = ()
