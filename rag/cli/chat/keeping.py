"""Commands that keep a conversation: under a name, in a file, and back again."""

from __future__ import annotations

from collections.abc import Iterable

from rag.chat.store import SessionStore
from rag.chat.store_rows import SessionInfo
from rag.cli.chat.busy import busy
from rag.cli.chat.chat import Chat
from rag.cli.chat.commands import Command
from rag.cli.chat.keeper import ChatKeeper
from rag.cli.chat.resuming import about_what, tell_other_articles, with_articles_of
from rag.cli.sessions.show import remind
from rag.cli.sessions.table import show_sessions, summary
from rag.errors import SessionError, UsageError

_N_LISTED = 15
"""Chats that ``/load`` lists."""


def _save(chat: Chat, name: str) -> None:
    keeper = _keeper(chat)
    if name:
        keeper.store.require_free(name, keeper.id)
    keeper.keep(chat.session.answers)
    if name:
        keeper.store.name(keeper.id, name)
    info = keeper.store.find(keeper.id)
    chat.screen.notice(f"kept as {info.id}: {summary(info)}")


def _load(chat: Chat, given: str) -> None:
    keeper = _keeper(chat)
    if not given:
        _list(chat, keeper.store.infos())
        return
    info = keeper.store.find(given)
    answers = keeper.store.answers(info.id)
    settings = with_articles_of(chat.desk.settings, info)
    if settings is not chat.desk.settings:
        with busy(chat, "opening the articles of that chat"):
            chat.desk.change(settings)
        chat.screen.notice(f"answers now come from {about_what(info)}")
    chat.session.resume(answers)
    keeper.take_up(info, answers)
    tell_other_articles(chat, info)
    remind(chat.screen, info, answers)


def _list(chat: Chat, infos: list[SessionInfo]) -> None:
    if not infos:
        chat.screen.notice("no chat is kept yet")
        return
    show_sessions(chat.screen, infos[:_N_LISTED], on_stderr=True)
    more = f" ({len(infos) - _N_LISTED} more: rag sessions list)" * (len(infos) > _N_LISTED)
    chat.screen.notice(f"/load and an id, a name or a number takes one up{more}")


def _names(chat: Chat) -> Iterable[str]:
    """Names, and ids of chats without one; nothing if they cannot be read."""
    store = chat.keeper.store if chat.keeper is not None else SessionStore()
    try:
        return [info.name or info.id for info in store.infos()]
    except SessionError:
        return []


def _keeper(chat: Chat) -> ChatKeeper:
    if chat.keeper is None:
        raise UsageError("this chat cannot be kept", hint="rag chat keeps chats")
    return chat.keeper


COMMANDS: tuple[Command, ...] = (
    Command("save", "[NAME]", "keep this chat, under a name", _save, complete=_names),
    Command(
        "load", "[NAME|ID]", "go on with a kept chat; alone: list them", _load, complete=_names
    ),
)
