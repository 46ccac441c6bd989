"""The command that writes a chat, with all of its evidence, into a file for others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rag.chat.export.conversation import Conversation
from rag.cli.chat.chat import Chat
from rag.cli.chat.commands import Command
from rag.cli.export_file import (
    ExportFormat,
    default_name,
    exported,
    format_of,
    kept_conversation,
    place_of,
    write_export,
)
from rag.errors import SessionError, UsageError
from rag.text.paths import shown_path

_REPLACING = "!"
"""Behind a file's name: the file that is there gives way."""


def _export(chat: Chat, wanted: str) -> None:
    conversation = _conversation(chat)
    if not conversation.answers:
        raise UsageError("there is no answer to export yet", hint="type a question first")
    name = _unquoted(wanted.removesuffix(_REPLACING).rstrip())
    replaces = wanted.endswith(_REPLACING)
    if not name or name in set(ExportFormat):
        name = default_name(conversation, ExportFormat(name or "md"))
    path = place_of(name)
    text = exported(conversation, format_of(path))
    write_export(path, text, replaces=replaces, hint=f"/export {name}! replaces it")
    n = len(conversation.answers)
    chat.screen.notice(f"{n} answer{'' if n == 1 else 's'} written to {shown_path(path)}")


def _conversation(chat: Chat) -> Conversation:
    """The chat as it is kept, under its name; else as it is held now."""
    if chat.keeper is not None and chat.keeper.id:
        with suppress(SessionError, UsageError):  # not to be read, or deleted meanwhile
            info = chat.keeper.store.find(chat.keeper.id)
            return kept_conversation(info, chat.session.answers)
    when = time.strftime("%Y-%m-%d %H:%M")
    return Conversation(chat.session.answers, when=when, corpus=chat.desk.settings.corpus)


def _unquoted(name: str) -> str:
    """Names with blanks may be typed in quotes, as for a shell."""
    is_quoted = len(name) > 1 and name[0] == name[-1] and name[0] in "'\""
    return name[1:-1] if is_quoted else name


def _offers(chat: Chat) -> Iterator[str]:
    """A name for each format, and the folders that are here."""
    conversation = _conversation(chat)
    yield from (default_name(conversation, kind) for kind in ExportFormat)
    for path in sorted(Path.cwd().iterdir()):
        if path.is_dir() and not path.name.startswith("."):
            yield f"{path.name}/"


COMMANDS: tuple[Command, ...] = (
    Command(
        "export",
        "[FILE]",
        "this chat with all evidence as .md, .html or .json",
        _export,
        complete=_offers,
    ),
)
