"""How a chat stands: ``/status``, and rows of names and values for other commands."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from rag.cli.chat.altering import CHAT, DEFAULT_CORPUS
from rag.cli.chat.chat import Chat
from rag.cli.config.report import setting_rows, value_text
from rag.cli.show.screen import Screen, write
from rag.cli.status.report import holdings, local_time, standing
from rag.engines import EngineFacts
from rag.text.terminal import safe
from rag.types import Usage

_NAME_WIDTH = 10
Row = tuple[str, str]
"""A name, and a value that need not be safe."""


def show_status(chat: Chat, _: str = "") -> None:
    """``/status``."""
    say_rows(chat.screen, [*_engine(chat), *_articles(chat), *_talk(chat)])


def say_rows(screen: Screen, rows: Iterable[Row], *, width: int = _NAME_WIDTH) -> None:
    """Say ``rows`` on stderr: in two columns on a terminal, a line each elsewhere."""
    for name, value in rows:
        if screen.err.is_terminal:
            text = Text.assemble((f"{safe(name):<{width - 1}} ", "bold"), safe(value))
            write(screen.err, text, hanging=width)
        else:
            screen.say(Text(f"{safe(name)}: {safe(value)}"))


def context_text(facts: EngineFacts, usage: Usage) -> str:
    """How much of the engine's context the last answer took."""
    used = usage.prompt_tokens + usage.answer_tokens
    return f"{used:,} of {facts.n_ctx:,} tokens by the last answer ({used / facts.n_ctx:.0%})"


def _engine(chat: Chat) -> Iterable[Row]:
    facts = chat.desk.engine
    yield "engine", str(facts)
    if facts.running:
        yield "running", facts.running
    last = chat.session.last
    if facts.n_ctx and last is not None and last.usage.prompt_tokens:
        yield "context", context_text(facts, last.usage)


def _articles(chat: Chat) -> Iterable[Row]:
    settings, status = chat.desk.settings, chat.desk.index_status()
    yield "corpus", settings.corpus or DEFAULT_CORPUS
    yield "index", str(status.path)
    yield "articles", holdings(status)
    for root in status.manifest.roots:
        yield "folder", root
    yield "synced", local_time(status.manifest.synced_at)
    yield "state", standing(status, settings.corpus).replace("rag index", "/index")
    if chat.desk.within:
        yield "asked of", chat.desk.within


def _talk(chat: Chat) -> Iterable[Row]:
    changed = [row for row in setting_rows(chat.desk.settings) if row.source == CHAT]
    if changed:
        yield "changed", ", ".join(f"{row.name} {value_text(row.value)}" for row in changed)
    n_turns = len(chat.session.answers)
    name = getattr(chat.keeper, "id", "")
    kept = f"kept as {name}" if name else "not kept"
    yield "chat", f"{n_turns} {'answer' if n_turns == 1 else 'answers'}, {kept}"
