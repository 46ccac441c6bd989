"""Every command of a chat, in the order of ``/help``."""

from __future__ import annotations

from rag.cli.chat import changing, exporting, keeping, looking, talking
from rag.cli.chat.commands import Commands

COMMANDS = Commands(
    (
        *talking.COMMANDS,
        *looking.COMMANDS,
        *changing.COMMANDS,
        *keeping.COMMANDS,
        *exporting.COMMANDS,
        *talking.LAST,
    )
)
