"""What the tabulator offers in a chat: commands and what they mean, then what they may be told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from rag.cli.chat.chat import Chat
from rag.cli.chat.commands import Command
from rag.cli.chat.registry import COMMANDS
from rag.text.terminal import safe

logger = logging.getLogger(__name__)


class CommandCompleter(Completer):
    """Completes the name of a command at the beginning of the line, and what stands behind it.

    What a command offers is asked for only when somebody presses the tabulator. While the thread
    that answers is busy, what was offered last is offered again: databases belong to a thread.
    """

    def __init__(self, chat: Callable[[], Chat]) -> None:
        self._chat = chat
        self._offered: dict[str, tuple[str, ...]] = {}

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """See ``Completer``."""
        typed = document.text_before_cursor
        if not typed.startswith("/"):
            return
        name, blank, rest = typed[1:].partition(" ")
        if not blank:
            yield from _names(name)
        elif command := COMMANDS.find(name):
            rest = rest.lstrip()
            for offer in _matching(self._offers(command), rest):
                meaning = safe(getattr(offer, "meaning", ""))
                yield Completion(offer, start_position=-len(rest), display_meta=meaning)

    def _offers(self, command: Command) -> tuple[str, ...]:
        if command.complete is None:
            return ()
        is_free = threading.current_thread() is threading.main_thread()
        if is_free or command.name not in self._offered:
            try:
                self._offered[command.name] = tuple(command.complete(self._chat()))
            except Exception:  # whatever it is: a key must not end the chat
                logger.debug("nothing to offer for /%s", command.name, exc_info=True)
                return ()
        return self._offered.get(command.name, ())


def _names(typed: str) -> Iterator[Completion]:
    for command in COMMANDS.all:
        if command.name.startswith(typed.casefold()):
            text = f"/{command.name} " if command.arguments else f"/{command.name}"
            start = -len(typed) - 1
            yield Completion(text, start, display=text.strip(), display_meta=command.meaning)


def _matching(offers: tuple[str, ...], typed: str) -> list[str]:
    """Those that begin with what is typed; else those that have it somewhere. One that would not
    be shown as it is, is not offered."""
    wanted = typed.casefold()
    sound = [offer for offer in offers if safe(offer) == offer]
    beginning = [offer for offer in sound if offer.casefold().startswith(wanted)]
    return beginning or [offer for offer in sound if wanted in offer.casefold()]
