"""Kept chats as rows of their file, and back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.chat import store_file
from rag.chat.records import answer_from_json
from rag.errors import SessionError
from rag.types import Answer, as_json

INFOS = """
SELECT s.id, s.name,
       coalesce(min(CASE WHEN a.number = 1 THEN substr(a.question, 1, 300) END), ''),
       count(a.number), s.begun_s, s.used_s, s.revision, s.corpus, s.index_dir, s.articles, s.engine
FROM sessions s LEFT JOIN answers a ON a.session = s.key
GROUP BY s.key ORDER BY s.used_s DESC, s.key DESC
"""


@dataclass(frozen=True, slots=True)
class About:
    """What a chat is held with and about.

    Attributes:
        corpus: its name, empty for the default one; index_dir: absolute path of its index.
        articles: absolute paths of its folders, where they were named; engine: what answers.
    """

    corpus: str = ""
    index_dir: str = ""
    articles: tuple[str, ...] = ()
    engine: str = ""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A kept chat without its answers.

    Attributes:
        name: empty if it was given none; title: the first question.
        begun_s, used_s: of the first and the last change, seconds since 1970.
        revision: rises whenever its answers change.
    """

    id: str
    name: str
    title: str
    n_answers: int
    begun_s: float
    used_s: float
    revision: int
    about: About


def columns(about: About) -> tuple[str, str, str, str]:
    """Corpus, folder of the index, articles and engine, as they are stored."""
    articles = json.dumps(about.articles)
    return storable(about.corpus), storable(about.index_dir), articles, storable(about.engine)


def packed(answer: Answer) -> bytes:
    """The answer with its hits and passages: some 36 kB of JSON, of which 8 remain."""
    return zlib.compress(json.dumps(as_json(answer)).encode("ascii"))


def answer_of(id_: str, number: int, record: bytes) -> Answer:
    """The answer that was ``packed`` in ``record``.

    Raises:
        SessionError: it is damaged.
    """
    try:
        return answer_from_json(json.loads(zlib.decompress(record)))
    except (zlib.error, TypeError, ValueError, RecursionError) as exc:
        raise _damaged_answer(id_, number, str(exc)) from exc
    except SessionError as exc:
        raise _damaged_answer(id_, number, exc.message) from exc


def _damaged_answer(id_: str, number: int, why: str) -> SessionError:
    return SessionError(
        f"answer {number} of the chat {id_} cannot be read: {why}",
        hint=f"rag sessions delete {id_}",
    )


def info_of(path: Path, row: Sequence[object]) -> SessionInfo:
    """What a row of ``INFOS`` says.

    Raises:
        DamagedSessionsError: it makes no sense.
    """
    id_, name, title, n_answers, begun_s, used_s, revision, corpus, index_dir, articles, engine = (
        row
    )
    try:
        folders = tuple(str(folder) for folder in json.loads(str(articles)))
    except (TypeError, ValueError) as exc:
        raise store_file.damaged(path, f"the folders of {id_} make no sense") from exc
    about = About(str(corpus), str(index_dir), folders, str(engine))
    times = float(str(begun_s)), float(str(used_s))
    return SessionInfo(
        str(id_),
        str(name or ""),
        str(title),
        int(str(n_answers)),
        *times,
        int(str(revision)),
        about,
    )


def storable(text: str) -> str:
    """``text`` as SQLite takes it: a lone surrogate, as a file name may hold, becomes ``?``."""
    return text.encode("utf-8", "replace").decode("utf-8")
