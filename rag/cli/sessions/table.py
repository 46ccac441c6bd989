"""How the list of kept chats looks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from rag.chat.store import Found
from rag.chat.store_rows import SessionInfo
from rag.cli.show.counted import counted
from rag.cli.show.screen import Screen, write
from rag.text.terminal import safe

SESSIONS_SCHEMA = "rag.sessions/1"
FOUND_SCHEMA = "rag.sessions-found/1"
_ID_CHARS = 6
_WHEN_CHARS = 12
_DAY_S = 24 * 3600


def show_sessions(screen: Screen, infos: Sequence[SessionInfo], *, on_stderr: bool = False) -> None:
    """Print ``infos``, numbered: a line each on a terminal, and tabs elsewhere.

    Elsewhere: id, last use (ISO, UTC), questions, corpus, engine, name, first question.
    """
    where = screen.err if on_stderr else screen.out
    digits = len(str(len(infos)))
    for number, info in enumerate(infos, 1):
        if where.is_terminal:
            write(where, _line(info, f"{number:>{digits}}", where.width - 1))
        else:
            write(where, Text("\t".join(_cells(info))))


def show_found(screen: Screen, found: Sequence[Found]) -> None:
    """Print what a search found: chat, question, and a line of the answer; tabs elsewhere."""
    for hit in found:
        label = safe(hit.info.name or hit.info.id)
        question, excerpt = (safe(" ".join(text.split())) for text in (hit.question, hit.excerpt))
        if not screen.out.is_terminal:
            screen.show("\t".join((hit.info.id, str(hit.number), label, question, excerpt)))
            continue
        when = Text(f"  {when_said(hit.info.used_s)}", "dim")
        write(screen.out, Text.assemble((label, "bold"), when))
        write(screen.out, Text(cut(question, screen.out.width - 3)), indent=2)
        write(screen.out, Text(excerpt, "dim"), indent=4)


def sessions_record(infos: Sequence[SessionInfo]) -> dict[str, Any]:
    """The object of ``rag sessions list --json``."""
    return {"schema": SESSIONS_SCHEMA, "sessions": [session_record(info) for info in infos]}


def found_record(found: Sequence[Found]) -> dict[str, Any]:
    """The object of ``rag sessions search --json``."""
    hits = [
        {
            "session": session_record(hit.info),
            "number": hit.number,
            "question": hit.question,
            "excerpt": hit.excerpt,
        }
        for hit in found
    ]
    return {"schema": FOUND_SCHEMA, "found": hits}


def session_record(info: SessionInfo) -> dict[str, Any]:
    """A kept chat without its answers as JSON values."""
    return {
        "id": info.id,
        "name": info.name,
        "title": info.title,
        "answers": info.n_answers,
        "begun": iso_time(info.begun_s),
        "used": iso_time(info.used_s),
        "corpus": info.about.corpus,
        "index_dir": info.about.index_dir,
        "articles": list(info.about.articles),
        "engine": info.about.engine,
    }


def summary(info: SessionInfo) -> str:
    """A kept chat in a few words, safe to show: its name or first question, how long, when."""
    label = info.name or f"“{cut(' '.join(info.title.split()), 40)}”"
    n_questions = counted(info.n_answers, "question")
    return f"{safe(label)} ({n_questions}, {when_said(info.used_s)})"


def when_said(seconds: float) -> str:
    """A time as one reads it in a list: the hour if it is of today, else the day."""
    local = time.localtime(seconds)
    if abs(time.time() - seconds) < _DAY_S and local.tm_mday == time.localtime().tm_mday:
        return time.strftime("today %H:%M", local)
    return time.strftime("%Y-%m-%d", local)


def iso_time(seconds: float) -> str:
    """A time in ISO 8601, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def cut(text: str, columns: int) -> str:
    """``text`` in at most so many columns, with a mark where something is left out."""
    if cell_len(text) <= columns:
        return text
    return set_cell_size(text, max(columns - 1, 1)).rstrip() + "…"


def _line(info: SessionInfo, number: str, columns: int) -> Text:
    """One line; a narrow terminal has no room for the number of questions, nor for both names."""
    is_wide = columns >= 60
    when = f"{when_said(info.used_s):<{_WHEN_CHARS}}"
    turns = f"{info.n_answers:>3} " if is_wide else ""
    head = Text.assemble((number, "dim"), " ", (f"{info.id:<{_ID_CHARS}}", "bold"), " ")
    head.append(f"{when}{turns}", "dim")
    room = columns - head.cell_len
    name, title = safe(info.name), safe(" ".join(info.title.split()))
    if not name:
        return head.append(cut(title, room))
    if is_wide:
        name = f"{cut(name, room // 2)}  "
        return head.append(name, "cyan").append(cut(title, room - cell_len(name)))
    return head.append(cut(name, room), "cyan")


def _cells(info: SessionInfo) -> tuple[str, ...]:
    name, title, corpus = safe(info.name), safe(info.title), safe(info.about.corpus)
    used, engine = iso_time(info.used_s), safe(info.about.engine)
    return (info.id, used, str(info.n_answers), corpus, engine, name, title)
