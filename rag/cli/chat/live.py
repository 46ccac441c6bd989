"""A prompt that stays alive while an answer is made, in a thread of its own.

The thread that answers goes on as if there were no prompt: it writes to its screen, and Ctrl-C
reaches it as the signal it has always been. What it writes stands above the prompt.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples

from rag.cli.chat.lines import MARK
from rag.cli.chat.live_output import held
from rag.cli.chat.live_queue import LEAVING, Queue, live_keys
from rag.cli.chat.live_status import LiveStatus
from rag.cli.chat.live_text import LivePage, clipped, folded

logger = logging.getLogger(__name__)

_AGAIN_S = 1.0
"""After this many seconds a further Ctrl-C is believed to be meant."""
_REFRESH_S = 0.125
_ROWS_OF_INPUT = 4
"""Rows that are kept free for what is typed, however much is unfinished."""
_NOTE = "dim"


class Live:
    """What is typed while one answer is made, and what is shown of that answer.

    Attributes:
        typed: what stands in the line that was not ended, once ``running`` is over.
        page: where to write meanwhile; status: what to tell what goes on.
    """

    def __init__(
        self,
        open_session: Callable[..., PromptSession[str]],
        stream: TextIO,
        *,
        queued: Queue,
        status: LiveStatus,
        shows_status: bool,
    ) -> None:
        self.typed = Document()
        self.page = LivePage(stream, changed=self._wake)
        self.status = status
        self._shows_status = shows_status
        self._queued = queued
        self._session = open_session(
            message=self._message,
            keys=live_keys(queued, stop=self.stop_answer),
            erase_when_done=True,
            refresh_s=_REFRESH_S,
        )
        self._session.default_buffer.accept_handler = self._queue
        self._frame: StyleAndTextTuples = []
        self._changed: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._began = threading.Event()
        self._is_over = threading.Event()
        self._stoppable = threading.Lock()
        self._is_answering = True
        self._stopped_at = -_AGAIN_S
        self._error: BaseException | None = None

    @contextmanager
    def running(self, typed: Document) -> Iterator[None]:
        """Keep the prompt alive in the block, with ``typed`` in its line.

        Raises:
            KeyboardInterrupt: Ctrl-C; never after the block.
        """
        self.typed = typed
        try:
            self._start()
            yield
        finally:
            self._end()

    def _start(self) -> None:
        try:
            threading.Thread(target=self._run, name="prompt", daemon=True).start()
        except RuntimeError:  # no more threads: the answer comes all the same
            self.page.close()
            self._is_over.set()

    def _end(self) -> None:
        """Take the prompt away. A Ctrl-C that comes meanwhile is told when that is done."""
        interrupt: KeyboardInterrupt | None = None
        while not self._is_over.is_set():
            try:
                with self._stoppable:
                    self._is_answering = False
                self._began.wait()
                self._in_loop(self._leave)
                self._is_over.wait()
            except KeyboardInterrupt as exc:
                interrupt = exc
        if isinstance(self._error, EOFError):
            self._queued.append(LEAVING)
        elif self._error is not None:
            logger.debug("the prompt ended by itself", exc_info=self._error)
        if interrupt is not None:
            raise interrupt

    def stop_answer(self) -> None:
        """Ctrl-C: interrupt the thread that answers, if it still does."""
        with self._stoppable:
            now = time.monotonic()
            if not self._is_answering or now - self._stopped_at < _AGAIN_S:
                return
            self._stopped_at = now
            self.status.stopping()
            if sys.platform == "win32":
                signal.raise_signal(signal.SIGINT)
            else:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    # What follows runs in the thread of the prompt.

    def _run(self) -> None:
        app = self._session.app
        app.before_render += self._compose
        try:
            self._session.prompt(
                default=self.typed,
                pre_run=self._begin,
                set_exception_handler=False,
                handle_sigint=False,
            )
        except BaseException as exc:
            self._error = exc
        finally:
            self.typed = self._session.default_buffer.document
            self._loop = None
            with suppress(OSError):  # the terminal is gone: the thread that answers will notice
                self.page.close()
            self._began.set()
            self._is_over.set()

    def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._fail)
        self._changed = asyncio.Event()
        self._session.app.create_background_task(self._draw_changes())
        self._began.set()

    def _fail(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """End the prompt, not the answer."""
        error = context.get("exception") or RuntimeError(context["message"])
        with suppress(Exception):  # it has ended already
            self._session.app.exit(exception=error)

    async def _draw_changes(self) -> None:
        assert self._changed is not None
        while True:
            self._draw()
            await self._changed.wait()
            self._changed.clear()

    def _draw(self) -> None:
        """Put whole lines above the prompt, and draw it anew below them, in one piece."""
        app = self._session.app
        lines = self.page.take_lines()
        if not lines:
            app.invalidate()
            return
        with held(app.output):
            app.renderer.erase()
            app.output.write_raw(lines)
            self._compose()
            app.renderer.render(app, app.layout)

    def _compose(self, _: object = None) -> None:
        """Fix what is drawn: it may change while it is being drawn."""
        size = self._session.app.output.get_size()
        status = self.status.line(size.columns) if self._shows_status else ""
        notes = [note for note in (status, *self._queued.notes()) if note]
        n_rows = max(size.rows - _ROWS_OF_INPUT - len(notes), 1)
        rows: list[StyleAndTextTuples] = []
        for line in self.page.unfinished:
            rows += folded(line, columns=size.columns, n_rows=n_rows)
        rows += [[(_NOTE, clipped(note, size.columns - 1))] for note in notes]
        self._frame = [fragment for row in rows for fragment in (*row, ("", "\n"))]

    def _message(self) -> StyleAndTextTuples:
        return [*self._frame, ("", MARK)]

    def _queue(self, buffer: Buffer) -> bool:
        """Enter: keep the line for later, and begin a new one."""
        if buffer.text.strip():
            self._queued.append(buffer.text)
        return False  # nothing stays in the line

    def _leave(self) -> None:
        app = self._session.app
        if app.is_running and not app.is_done:
            with held(app.output):
                app.renderer.erase()
                app.output.write_raw(self.page.take_lines())
            app.exit(result="")

    def _wake(self) -> None:
        if self._changed is not None:
            self._in_loop(self._changed.set)

    def _in_loop(self, call: Callable[[], None]) -> None:
        """Have ``call`` done by the thread of the prompt, if that still runs."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # closed since
                loop.call_soon_threadsafe(call)
