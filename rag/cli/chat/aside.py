"""Long work done in a thread of its own, so that Ctrl-C leaves it instead of breaking it.

An interrupt in the middle of an import or of a library's start may leave that library broken for
the rest of the chat. So what is opened between questions is opened aside: Ctrl-C gives it up at
once, it ends by itself soon after, and what it made is thrown away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from rag.engines import Notice
from rag.indexing.progress import Progress

T = TypeVar("T")
_GLANCE_S = 0.1
"""How often a wait looks up: a wait without end cannot be interrupted on every system."""


class Aside:
    """Does one thing at a time aside; is a ``Progress`` that ends what was given up.

    Args:
        progress: told what work that was not given up tells.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: _Task[object] | None = None

    def run(self, work: Callable[[], T], *, undo: Callable[[T], None]) -> T:
        """What ``work`` returns; it waits for what was given up before.

        Args:
            undo: releases what ``work`` made after it had been given up.

        Raises:
            KeyboardInterrupt: Ctrl-C: the work is given up.
            Exception: what ``work`` raises.
        """
        self.settle()
        task = _Task(work, undo)
        self._task = task  # type: ignore[assignment]
        try:
            task.start()
            task.wait()
            return task.result()
        except BaseException:
            task.give_up()
            raise

    def settle(self) -> None:
        """Wait until what was given up has ended: it may still use what is open."""
        if self._task is not None:
            self._task.wait()
            self._task = None

    def told(self, notice: Notice) -> Notice:
        """``notice`` for work that is done aside: it says nothing any more once that was given
        up."""

        def tell(message: str) -> None:
            if not self._is_given_up():
                notice(message)

        return tell

    def start(self, stage: str, total: int | None, unit: str = "") -> None:
        """See ``Progress``."""
        self._stop_if_given_up()
        self._progress.start(stage, total, unit)

    def advance(self, n: int = 1) -> None:
        """See ``Progress``."""
        self._stop_if_given_up()
        self._progress.advance(n)

    def finish(self) -> None:
        """See ``Progress``."""
        if not self._is_given_up():
            self._progress.finish()

    def _stop_if_given_up(self) -> None:
        """End the work as Ctrl-C ends it where nothing is done aside: every run expects that."""
        if self._is_given_up():
            raise KeyboardInterrupt

    def _is_given_up(self) -> bool:
        return self._task is not None and self._task.is_given_up


class _Task(Generic[T]):
    """Work in a thread. Either it is given up or its result is taken, never both."""

    def __init__(self, work: Callable[[], T], undo: Callable[[T], None]) -> None:
        self._work = work
        self._undo = undo
        self._made: list[T] = []
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._is_done = False
        self._ended = threading.Event()
        self.is_given_up = False
        self._thread = threading.Thread(target=self._do, name="rag-aside")

    def start(self) -> None:
        """Begin."""
        try:
            self._thread.start()
        except BaseException:
            if self._thread.ident is None:  # it never began, so nobody else says that it ended
                self._ended.set()
            raise

    def wait(self) -> None:
        """Wait until it has ended; Ctrl-C ends the wait only. (A ``join`` that is interrupted makes
        Python 3.11 believe that the thread has ended.)"""
        while not self._ended.wait(_GLANCE_S):
            pass

    def result(self) -> T:
        """What was made, once it has ended; raises what went wrong."""
        if self._error is not None:
            raise self._error
        return self._made.pop()

    def give_up(self) -> None:
        """Throw away what was made, now or when it is."""
        with self._lock:
            self.is_given_up = True
            is_done = self._is_done
        if is_done:
            self._throw_away()

    def _do(self) -> None:
        try:
            self._made.append(self._work())
        except BaseException as exc:  # it is raised where the result is awaited
            self._error = exc
        try:
            with self._lock:
                self._is_done = True
                is_given_up = self.is_given_up
            if is_given_up:
                self._throw_away()
        finally:
            self._ended.set()

    def _throw_away(self) -> None:
        while self._made:
            self._undo(self._made.pop())
