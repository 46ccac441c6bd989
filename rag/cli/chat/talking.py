"""Commands about the conversation itself: ask again, forget, leave, and the list of all."""

from __future__ import annotations

from rich.text import Text

from rag.cli.chat.chat import Chat, Leave
from rag.cli.chat.commands import Command
from rag.cli.show.screen import write


def _retry(chat: Chat, _: str) -> None:
    chat.answer(chat.session.question, chat.session.retry_stream())


def _clear(chat: Chat, _: str) -> None:
    chat.session.clear()
    chat.screen.notice("the conversation is forgotten")


def _help(chat: Chat, _: str) -> None:
    from rag.cli.chat.registry import COMMANDS

    usages = [f"/{command.name} {command.arguments}".rstrip() for command in COMMANDS.all]
    width = max(map(len, usages)) + 2
    for usage, command in zip(usages, COMMANDS.all, strict=True):
        line = Text.assemble((usage.ljust(width), "bold"), command.meaning)
        write(chat.screen.err, line, hanging=width)


def _quit(chat: Chat, _: str) -> None:
    raise Leave


COMMANDS = (
    Command("help", "", "this list", _help, aliases=("?",)),
    Command("retry", "", "ask the last question again", _retry),
    Command("clear", "", "forget the conversation", _clear),
)
LAST = (
    Command("quit", "", "leave (also exit, quit, /bye and Ctrl-D)", _quit, aliases=("exit", "bye")),
)
