"""How a chat goes on with a kept one: ``--continue``, ``--resume``, ``/load``."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from rag.chat.store import SessionStore
from rag.chat.store_rows import SessionInfo
from rag.cli.chat.chat import Chat
from rag.cli.chat.keeper import ChatKeeper, about_of
from rag.errors import SessionError, UsageError
from rag.settings import Settings
from rag.text.paths import shown_path
from rag.types import Answer

_STORE = "index.sqlite3"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a chat begins with.

    Attributes:
        settings: in force, with the articles that the kept chat is about.
        info, answers: the kept chat; None and empty for a new one.
        said: what is to be told about it; may be empty.
    """

    settings: Settings
    info: SessionInfo | None = None
    answers: tuple[Answer, ...] = ()
    said: str = ""


def chosen(
    settings: Settings, *, continues: bool, resume: str | None, names_articles: bool
) -> Earlier:
    """What the chat begins with. A chat that is resumed by name is about its own articles, unless
    others are named on the command line or its index is gone.

    Raises:
        UsageError: no chat or several are meant by ``resume``.
        SessionError: the chat that is meant cannot be read.
    """
    if continues and resume is not None:
        raise UsageError("--continue and --resume cannot go together", hint="rag chat --continue")
    store = SessionStore()
    if resume is not None:
        info = store.find(resume)
        if not names_articles:
            settings = with_articles_of(settings, info)
        return Earlier(settings, info, store.answers(info.id))
    if not continues:
        return Earlier(settings)
    try:
        last = store.last(about_of(settings, "").index_dir)
        if last is not None:
            return Earlier(settings, last, store.answers(last.id))
        why = "there is no chat about these articles yet"
    except SessionError as exc:
        why = exc.message
    return Earlier(settings, said=f"{why}: this is a new one")


def take_up(chat: Chat, earlier: Earlier) -> None:
    """Give ``chat`` its keeper, and what was said ``earlier``."""
    from rag.cli.sessions.show import remind

    chat.keeper = ChatKeeper(SessionStore(), chat.desk, chat.screen.notice)
    if earlier.said:
        chat.screen.notice(earlier.said)
    if earlier.info is None:
        return
    chat.session.resume(earlier.answers)
    chat.keeper.take_up(earlier.info, earlier.answers)
    tell_other_articles(chat, earlier.info)
    if chat.reader.is_interactive:
        remind(chat.screen, earlier.info, earlier.answers)


def tell_how_to_go_on(chat: Chat) -> None:
    """Say, to somebody who leaves a chat that is kept, how to take it up again."""
    if not chat.reader.is_interactive or chat.keeper is None:
        return
    if not chat.keeper.holds(chat.session.answers):
        return
    try:
        info = chat.keeper.store.find(chat.keeper.id)
    except (SessionError, UsageError):  # it was deleted meanwhile
        return
    chat.screen.notice(f"to go on: rag chat --resume {shlex.quote(info.name or info.id)}")


def tell_other_articles(chat: Chat, info: SessionInfo) -> None:
    """Say so if the kept chat was about other articles than those that are asked now."""
    here = about_of(chat.desk.settings, chat.desk.engine_name)
    if info.about.index_dir == here.index_dir:
        return
    other = about_what(info)
    chat.screen.notice(f"that chat was about {other}; answers now come from the articles here")


def about_what(info: SessionInfo) -> str:
    """Which articles a kept chat is about, in a few words."""
    corpus, index_dir = info.about.corpus, info.about.index_dir
    return f"the corpus {corpus}" if corpus else f"the index {shown_path(index_dir)}"


def with_articles_of(settings: Settings, info: SessionInfo) -> Settings:
    """``settings`` with the index that ``info`` is about, if it is another one and still there.

    That index knows its folders and how it was made: what is set here about those is for other
    articles.
    """
    from rag.indexing.wishes import WISH_KEYS

    about = info.about
    is_same = about.index_dir == about_of(settings, "").index_dir
    if is_same or not (Path(about.index_dir) / _STORE).is_file():
        return settings
    here = (*WISH_KEYS, "articles")
    sources = {key: where for key, where in settings.sources.items() if key not in here}
    return replace(
        settings, corpus=about.corpus, index_dir=about.index_dir, articles=(), sources=sources
    )
