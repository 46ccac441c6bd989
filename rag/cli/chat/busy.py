"""A command that takes its time: what is awaited is shown, and Ctrl-C ends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rag.cli.chat.chat import Chat


@contextmanager
def busy(chat: Chat, text: str) -> Iterator[None]:
    """Show ``text`` with the time since in the block, in which keys are kept for the next line."""
    with chat.reader.answering(chat.screen, chat.activity) as (_, activity):
        activity.wait(text)
        try:
            yield
        finally:
            activity.stop()
