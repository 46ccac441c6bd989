"""The prompt of a chat on a terminal: editing, history, completion of commands."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from platformdirs import user_state_dir
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import create_output

from rag.cli.chat.registry import COMMANDS
from rag.cli.progress import Activity
from rag.cli.screen import Screen

MARK = "> "


class Prompt:
    """Reads lines from a terminal; earlier ones come back with the arrow keys and Ctrl-R."""

    is_interactive = True

    def __init__(self, history_file: Path | None = None) -> None:
        stream = sys.stdout if sys.stdout.isatty() else sys.stderr
        self._session: PromptSession[str] = PromptSession(
            history=_history(history_file or default_history_file()),
            completer=_CommandCompleter(),
            complete_while_typing=False,
            key_bindings=_keys(),
            output=create_output(stream),
            enable_open_in_editor=False,
        )

    def read(self) -> str:
        """The next line; see ``LineReader``."""
        return self._session.prompt(MARK)

    def answering(
        self, screen: Screen, activity: Activity
    ) -> AbstractContextManager[tuple[Screen, Activity]]:
        """See ``LineReader``."""
        return nullcontext((screen, activity))


class _CommandCompleter(Completer):
    """Completes the name of a command at the beginning of the line."""

    def get_completions(self, document: Document, complete_event: CompleteEvent):  # type: ignore[no-untyped-def]
        typed = document.text_before_cursor
        if typed.startswith("/") and " " not in typed:
            for command in COMMANDS.all:
                name = f"/{command.name}"
                if name.startswith(typed):
                    yield Completion(name, start_position=-len(typed), display_meta=command.meaning)


def _keys() -> KeyBindings:
    """Ctrl-C empties a line that holds something; on an empty one it is told to the loop."""
    keys = KeyBindings()

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt, style="class:aborting")

    return keys


def default_history_file() -> Path:
    """Where what was typed is kept: in the user's state folder."""
    return Path(user_state_dir("rag", appauthor=False)) / "chat-history"


def _history(path: Path) -> History:
    """A history in ``path`` that only its owner can read; in memory if it cannot be kept."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))
