"""Commands that look at the last answer: its sources, its evidence, the articles themselves."""

from __future__ import annotations

from rag.cli.chat.chat import Chat
from rag.cli.chat.commands import Command
from rag.cli.sources import show_sources


def _sources(chat: Chat, _: str) -> None:
    answer = chat.session.last
    if answer is None or answer.refused:
        chat.screen.notice("the last question has no sources")
    else:
        show_sources(chat.screen, answer)


COMMANDS: tuple[Command, ...] = (
    Command("sources", "", "the sources of the last answer again", _sources),
)
