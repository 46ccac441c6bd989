"""What keeps a chat while it goes on. No trouble with the file ever stops the chat."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.chat import store_file
from rag.chat.store import ChangedElsewhere, SessionStore
from rag.chat.store_rows import About, SessionInfo
from rag.errors import DamagedSessionsError, SessionError, UsageError
from rag.settings import Settings, index_path
from rag.types import Answer

if TYPE_CHECKING:
    from rag.cli.chat.desk import Desk

Notice = Callable[[str], None]


class ChatKeeper:
    """Writes down each whole answer of a chat as long as the setting ``history`` is on, or once
    somebody has asked for it.

    Trouble is told once; with the next answer everything that is not kept yet is tried again.

    Attributes:
        store: the kept chats; id: of this one among them, empty while it is none.
    """

    def __init__(self, store: SessionStore, desk: Desk, notice: Notice) -> None:
        self.store = store
        self.id = ""
        self._desk = desk
        self._notice = notice
        self._kept: tuple[Answer, ...] = ()
        self._revision = 0
        self._is_asked_for = False
        self._is_given_up = False
        self._has_complained = False

    def holds(self, answers: tuple[Answer, ...]) -> bool:
        """Whether ``answers`` are kept, all of them."""
        return bool(self.id) and self._kept == answers

    def follow(self, before: tuple[Answer, ...], after: tuple[Answer, ...]) -> None:
        """Keep what changed from ``before`` to ``after``, both oldest first; where nothing was
        before, another chat begins."""
        if not before:
            self._forget()
        if self._is_given_up or not (self._desk.settings.history or self._is_asked_for):
            return
        try:
            self._keep(after)
        except SessionError as exc:
            self._complain(exc)

    def keep(self, answers: tuple[Answer, ...]) -> None:
        """Keep ``answers``, and whatever follows, also when the setting ``history`` is off.

        Raises:
            SessionError: they cannot be kept.
            UsageError: there are none.
        """
        if not answers:
            raise UsageError("there is nothing to keep yet", hint="type a question first")
        self._is_given_up = False
        self._keep(answers)
        self._is_asked_for = True

    def take_up(self, info: SessionInfo, answers: tuple[Answer, ...]) -> None:
        """Go on with a kept chat, whose answers these are."""
        self._forget()
        self.id, self._revision, self._kept = info.id, info.revision, answers

    def _forget(self) -> None:
        self.id, self._revision, self._kept = "", 0, ()
        self._is_asked_for = self._is_given_up = False

    def _keep(self, answers: tuple[Answer, ...]) -> None:
        if answers == self._kept and self.id:
            return
        try:
            self._write(answers)
        except DamagedSessionsError as exc:
            self._begin_anew(exc, answers)
        except ChangedElsewhere as exc:
            self._part(exc, answers)
        self._kept = answers

    def _write(self, answers: tuple[Answer, ...]) -> None:
        about = about_of(self._desk.settings, self._desk.engine_name)
        if not self.id:
            self.id, self._revision = self.store.start(about, answers), 1
            return
        n_same = _n_same(self._kept, answers)
        self._revision = self.store.write(
            self.id, about, answers[n_same:], n_before=n_same, revision=self._revision
        )

    def _begin_anew(self, exc: SessionError, answers: tuple[Answer, ...]) -> None:
        aside = store_file.set_aside(self.store.path)
        if aside is not None:
            self._notice(f"{exc.message}; the file is now {aside}, and a new one is begun")
        self.id = ""
        self._write(answers)

    def _part(self, exc: ChangedElsewhere, answers: tuple[Answer, ...]) -> None:
        """What was deleted stays deleted; what went on elsewhere is left to whoever did that."""
        if exc.is_deleted:
            self._notice(f"{exc.message}: it is no longer kept (/save keeps it)")
            self.id = ""
            self._is_given_up = True
            return
        self.id = ""
        self._write(answers)
        self._notice(f"{exc.message}: here it is kept as another one, {self.id}")

    def _complain(self, exc: SessionError) -> None:
        if not self._has_complained:
            hint = f" ({exc.hint})" if exc.hint else ""
            self._notice(f"this chat is not kept: {exc.message}{hint}")
        self._has_complained = True


def about_of(settings: Settings, engine: str) -> About:
    """What a chat with these settings is about."""
    folders = tuple(os.path.abspath(os.path.expanduser(path)) for path in settings.articles)
    index_dir = os.path.realpath(index_path(settings))
    return About(settings.corpus, index_dir, folders, engine)


def _n_same(old: tuple[Answer, ...], new: tuple[Answer, ...]) -> int:
    """With how many of the same answers both begin."""
    pairs = zip(old, new, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a is not b), min(len(old), len(new)))
