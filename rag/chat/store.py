"""Chats that are kept: their answers with all evidence, so that they can be taken up again."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.chat import store_file
from rag.chat.store_rows import (
    INFOS,
    About,
    SessionInfo,
    answer_of,
    columns,
    info_of,
    packed,
    storable,
)
from rag.chat.store_search import excerpt, matching
from rag.errors import SessionError, UsageError
from rag.types import Answer

MAX_NAME_CHARS = 60
LIST_HINT = "rag sessions list"
_LETTERS = "abcdefghjkmnpqrstuvwxyz"  # without i, l and o, which are taken for 1 and 0
_ID_CHARS = 6


class ChangedElsewhere(SessionError):
    """Another process has deleted the chat, or gone on with it."""

    def __init__(self, message: str, *, is_deleted: bool) -> None:
        super().__init__(message)
        self.is_deleted = is_deleted


@dataclass(frozen=True, slots=True)
class Found:
    """An answer that holds what was looked for; ``number`` counts from 1 in its chat."""

    info: SessionInfo
    number: int
    question: str
    excerpt: str


class SessionStore:
    """The kept chats of a user. Nothing stays open between calls, so that several chats may run
    at once; the file is made when the first answer is kept.

    Every method raises ``SessionError`` if the file cannot be used, ``DamagedSessionsError`` if it
    is damaged.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or store_file.default_path()

    def start(self, about: About, answers: Sequence[Answer]) -> str:
        """Keep a new chat with ``answers``, oldest first; its id. Its revision is 1."""
        now = time.time()
        with store_file.writing(self.path) as connection:
            new = _new_id(connection)
            cursor = connection.execute(
                "INSERT INTO sessions (id, begun_s, used_s, revision, corpus, index_dir, articles, "
                "engine) VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
                (new, now, now, *columns(about)),
            )
            _insert(connection, cursor.lastrowid, answers, n_before=0, now=now)
        return new

    def write(
        self, id_: str, about: About, answers: Sequence[Answer], *, n_before: int, revision: int
    ) -> int:
        """Make ``answers`` what follows the first ``n_before`` of the chat; its new revision.

        Raises:
            ChangedElsewhere: the chat is gone, or no longer has ``revision``.
        """
        now = time.time()
        with store_file.writing(self.path) as connection:
            row = connection.execute(
                "SELECT key, revision FROM sessions WHERE id = ?", (id_,)
            ).fetchone()
            if row is None:
                raise ChangedElsewhere("this chat was deleted meanwhile", is_deleted=True)
            if row[1] != revision:
                raise ChangedElsewhere("this chat was continued elsewhere", is_deleted=False)
            connection.execute(
                "UPDATE sessions SET used_s = ?, revision = revision + 1, corpus = ?, "
                "index_dir = ?, articles = ?, engine = ? WHERE key = ?",
                (now, *columns(about), row[0]),
            )
            connection.execute(
                "DELETE FROM answers WHERE session = ? AND number > ?", (row[0], n_before)
            )
            _insert(connection, row[0], answers, n_before=n_before, now=now)
        return revision + 1

    def answers(self, id_: str) -> tuple[Answer, ...]:
        """Every answer of a chat, oldest first; none for an id that is not kept.

        Raises:
            SessionError: one of them is damaged.
        """
        with store_file.reading(self.path) as connection:
            rows = (
                []
                if connection is None
                else connection.execute(
                    "SELECT number, record FROM answers JOIN sessions ON session = key "
                    "WHERE id = ? ORDER BY number",
                    (id_,),
                ).fetchall()
            )
        return tuple(answer_of(id_, number, record) for number, record in rows)

    def infos(self) -> list[SessionInfo]:
        """Every kept chat, the one used last first."""
        with store_file.reading(self.path) as connection:
            rows = [] if connection is None else connection.execute(INFOS).fetchall()
        return [info_of(self.path, row) for row in rows]

    def last(self, index_dir: str) -> SessionInfo | None:
        """The chat used last among those about the index in ``index_dir``."""
        wanted = storable(index_dir)
        return next((info for info in self.infos() if info.about.index_dir == wanted), None)

    def search(self, text: str) -> list[Found]:
        """The answers that hold every word of ``text``, in question, answer or the chat's name,
        best first."""
        infos = {info.id: info for info in self.infos()}
        with store_file.reading(self.path) as connection:
            rows = (
                []
                if connection is None
                else connection.execute(
                    "SELECT id, number, question, said FROM answers JOIN sessions ON session = key "
                    "ORDER BY used_s DESC, key DESC, number"
                ).fetchall()
            )
        rows = [row for row in rows if row[0] in infos]
        texts = [f"{question}\n{said}\n{infos[id_].name}" for id_, _, question, said in rows]
        return [
            Found(infos[id_], number, question, excerpt(said, text))
            for id_, number, question, said in (rows[i] for i in matching(texts, text))
        ]

    def name(self, id_: str, name: str) -> None:
        """Give a chat a name of its own.

        Raises:
            UsageError: it is no name, or another chat has it.
        """
        name = self.require_free(name, id_)
        with store_file.writing(self.path) as connection:
            connection.execute("UPDATE sessions SET name = ? WHERE id = ?", (name, id_))

    def require_free(self, name: str, id_: str = "") -> str:
        """``name`` as it would be kept for the chat ``id_``.

        Raises:
            UsageError: it is no name, or another chat has it.
        """
        name = checked_name(name)
        taken = next((i for i in self.infos() if _same(i.name, name) and i.id != id_), None)
        if taken is not None:
            raise UsageError(
                f"another chat is called {name!r} ({taken.id})",
                hint=f"choose another name, or: rag sessions delete {taken.id}",
            )
        return name

    def find(self, given: str) -> SessionInfo:
        """The chat that ``given`` means: an id, a name, its number in the list (the one used last
        is 1), or what only one id or name begins with.

        Raises:
            UsageError: there is none, or there are several.
        """
        infos, given = self.infos(), given.strip()
        for info in infos:
            if given and (given == info.id or _same(info.name, given)):
                return info
        if given.isdecimal() and 1 <= int(given[:9]) <= len(infos):
            return infos[int(given[:9]) - 1]
        near = [i for i in infos if given and _begins(i, given)]
        if len(near) == 1:
            return near[0]
        if near:
            several = ", ".join(info.name or info.id for info in near[:5])
            raise UsageError(f"several chats begin with {given!r}: {several}", hint=LIST_HINT)
        raise UsageError(f"there is no kept chat {given!r}", hint=LIST_HINT)

    def delete(self, ids: Sequence[str]) -> int:
        """Delete chats for good; how many there were of them."""
        if not {info.id for info in self.infos()} & set(ids):
            return 0
        with store_file.writing(self.path) as connection:
            return sum(
                connection.execute("DELETE FROM sessions WHERE id = ?", (id_,)).rowcount
                for id_ in ids
            )


def checked_name(name: str) -> str:
    """``name`` with single blanks.

    Raises:
        UsageError: it is empty, too long, a number (as those of the list), looks like an option,
            or holds what cannot be shown.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_CHARS or name.isdecimal() or name.startswith("-"):
        raise UsageError(
            f"{name[:MAX_NAME_CHARS]!r} is no name for a chat",
            hint=f"up to {MAX_NAME_CHARS} characters, not only digits, no hyphen first",
        )
    if not name.isprintable():
        raise UsageError(f"{name!r} holds characters that cannot be shown")
    return name


def _same(name: str, other: str) -> bool:
    return bool(name) and name.casefold() == other.casefold()


def _begins(info: SessionInfo, given: str) -> bool:
    return info.id.startswith(given.casefold()) or info.name.casefold().startswith(given.casefold())


def _new_id(connection: sqlite3.Connection) -> str:
    """A short id that is not in use; its first character is a letter, so that it is no number."""
    while True:
        rest = (secrets.choice(_LETTERS + "23456789") for _ in range(_ID_CHARS - 1))
        new = secrets.choice(_LETTERS) + "".join(rest)
        if not connection.execute("SELECT 1 FROM sessions WHERE id = ?", (new,)).fetchone():
            return new


def _insert(
    connection: sqlite3.Connection,
    session: int | None,
    answers: Sequence[Answer],
    *,
    n_before: int,
    now: float,
) -> None:
    connection.executemany(
        "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)",
        (
            (session, number, now, storable(a.question), storable(a.text), packed(a))
            for number, a in enumerate(answers, n_before + 1)
        ),
    )
