"""The prompt of a chat on a terminal, alive while a line is awaited and while one is answered."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import TextIO, cast

from prompt_toolkit.document import Document

from rag.cli.chat.chat import Chat
from rag.cli.chat.completing import CommandCompleter
from rag.cli.chat.editing import KeptHistory, default_history_file, open_session, reading_keys
from rag.cli.chat.lines import CONTINUED, MARK, unfenced
from rag.cli.chat.live import Live
from rag.cli.chat.live_output import left_as_found, open_output
from rag.cli.chat.live_queue import LEAVING, Queue
from rag.cli.chat.live_status import LiveStatus
from rag.cli.chat.live_text import LiveFile, is_same_terminal
from rag.cli.show.progress import Activity
from rag.cli.show.screen import Screen
from rag.text.terminal import safe


class Prompt:
    """Reads lines from a terminal; earlier ones come back with the arrow keys and Ctrl-R.

    ``chat`` gives what commands complete their arguments from, and whether what is typed is kept;
    it is not called before the first key.
    """

    is_interactive = True

    def __init__(self, chat: Callable[[], Chat], history_file: Path | None = None) -> None:
        self._stream = sys.stdout if sys.stdout.isatty() else sys.stderr
        self._open_session = partial(
            open_session,
            open_output(self._stream),
            history=KeptHistory(
                history_file or default_history_file(),
                is_kept=lambda: chat().desk.settings.history,
            ),
            completer=CommandCompleter(chat),
        )
        self._session = self._open_session(keys=reading_keys())
        self._queued = Queue()
        self._typed = Document()

    def read(self) -> str:
        """The next line; see ``LineReader``. One that was queued while an answer was made comes
        first, and is shown as if it were typed now."""
        if self._queued:
            return unfenced(self._next_queued())
        typed, self._typed = self._typed, Document()
        with left_as_found(self._stream):
            return unfenced(self._session.prompt(default=typed))

    def _next_queued(self) -> str:
        line = self._queued.popleft()
        if line is LEAVING:
            raise EOFError
        shown = safe(line, keep_newlines=True).replace("\n", f"\n{CONTINUED}")
        self._stream.write(f"{MARK}{shown}\n")
        self._stream.flush()
        return line

    @contextmanager
    def answering(self, screen: Screen, activity: Activity) -> Iterator[tuple[Screen, Activity]]:
        """See ``LineReader``: what is written to the terminal stands above the line that is typed,
        and what goes on is said between them."""
        live = Live(
            self._open_session,
            self._stream,
            queued=self._queued,
            status=LiveStatus(screen.out if self._stream is sys.stdout else screen.err),
            shows_status=not screen.quiet,
        )
        self._stream.flush()
        try:
            with (
                left_as_found(self._stream),
                activity.shown_by(live.status),
                live.running(self._typed),
                self._above(live, screen),
            ):
                yield screen, activity
        finally:
            self._typed = live.typed

    @contextmanager
    def _above(self, live: Live, screen: Screen) -> Iterator[None]:
        """Send to the page of ``live`` what would go to the terminal of the prompt, from wherever
        it is written; what is redirected stays so."""
        with ExitStack() as stack:
            if is_same_terminal(sys.stdout, self._stream):
                stack.enter_context(redirect_stdout(LiveFile(sys.stdout, live.page)))
            if is_same_terminal(sys.stderr, self._stream):
                stack.enter_context(redirect_stderr(LiveFile(sys.stderr, live.page)))
            for console in (screen.out, screen.err):
                own = cast(TextIO, console.file)
                if is_same_terminal(own, self._stream):
                    console.file = cast(TextIO, LiveFile(own, live.page))
                    stack.callback(setattr, console, "file", own)
            yield
