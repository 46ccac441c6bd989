"""Editing a line of a chat: keys, texts of several lines, what was typed before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from platformdirs import user_state_dir
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import Completer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.history import FileHistory, History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output

from rag.cli.chat.lines import CONTINUED, MARK, is_open

_MENU_ROWS = 6


def open_session(
    output: Output,
    *,
    history: History,
    completer: Completer,
    keys: KeyBindings,
    message: AnyFormattedText | Callable[[], AnyFormattedText] = MARK,
    erase_when_done: bool = False,
    refresh_s: float = 0,
) -> PromptSession[str]:
    """A line that can be edited; ``erase_when_done``: it leaves no trace when it ends."""
    return PromptSession(
        message,
        output=output,
        history=history,
        completer=completer,
        complete_while_typing=False,
        reserve_space_for_menu=_MENU_ROWS,
        key_bindings=keys,
        multiline=Condition(lambda: is_open(get_app().current_buffer.text)),
        prompt_continuation=_continuation,
        enable_suspend=True,
        enable_open_in_editor=not erase_when_done,
        erase_when_done=erase_when_done,
        refresh_interval=refresh_s,
    )


def _continuation(width: int, line_number: int, wrap_count: int) -> str:
    """What stands before a further line; before the rest of one that is too long, blanks."""
    return " " * len(CONTINUED) if wrap_count else CONTINUED


def editing_keys() -> KeyBindings:
    """Alt-Enter (or Esc, Enter) begins a new line; Enter ends the text."""
    keys = KeyBindings()

    @keys.add("escape", "enter", filter=has_focus(DEFAULT_BUFFER))
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    return keys


def reading_keys() -> KeyBindings:
    """Ctrl-C empties a line that holds something; on an empty one it is told to the loop."""
    keys = editing_keys()

    @keys.add("c-c", filter=has_focus(DEFAULT_BUFFER))
    def _(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt, style="class:aborting")

    return keys


def default_history_file() -> Path:
    """Where what was typed is kept: in the user's state folder."""
    return Path(user_state_dir("rag", appauthor=False)) / "chat-history"


class KeptHistory(FileHistory):
    """What was typed, in a file that only its owner can read.

    While ``is_kept`` says no, nothing is read from the file and nothing is written: earlier lines
    of this chat come back all the same. So it is where the file cannot be used.
    """

    def __init__(self, path: Path, *, is_kept: Callable[[], bool]) -> None:
        self._path = path
        self._is_kept = is_kept
        super().__init__(str(path))

    def load_history_strings(self) -> Iterable[str]:
        """The lines of the file, newest first."""
        try:
            return list(super().load_history_strings()) if self._is_kept() else []
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        """Add ``string`` to the file, which is made if need be."""
        if not self._is_kept():
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
            self._path.chmod(0o600)
            super().store_string(string)
        except OSError:
            return
