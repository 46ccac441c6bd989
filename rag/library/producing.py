"""A stream that never keeps others waiting for its reader.

Events are made in a thread of their own, as fast as the engine can, and wait until they are read.
So the one who reads slowly, or asks something else in the middle, holds nobody up, and the reader
may change threads, as it does in web servers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Production(Generic[T]):
    """Items of ``source``, made in a thread. ``source`` is run, and closed, in that thread alone:
    what it locks it also unlocks, wherever the reader is interrupted."""

    def __init__(self, source: Iterator[T]) -> None:
        self._source = source
        self._made: SimpleQueue[T | _End] = SimpleQueue()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make no more than the item that is in the making."""
        self._stopped.set()

    def items(self) -> Iterator[T]:
        """The items as they come; the thread starts with the first that is asked for, and stops
        when no more are.

        Raises:
            Exception: what ``source`` raised, in its place.
        """
        try:
            threading.Thread(target=self._make, name="rag-stream").start()
            while not isinstance(item := self._made.get(), _End):
                yield item
        finally:
            self.stop()
        if item.error is not None:
            raise item.error

    def _make(self) -> None:
        error: Exception | None = None
        try:
            with closing(_Closable(self._source)) as source:
                for item in source.items:
                    self._made.put(item)
                    if self._stopped.is_set():
                        break
        except Exception as exc:  # it is raised where the items are read
            error = exc
        finally:
            self._made.put(_End(error))


class _End:
    def __init__(self, error: Exception | None) -> None:
        self.error = error


class _Closable(Generic[T]):
    """Items that can be given up, if their source knows how."""

    def __init__(self, items: Iterator[T]) -> None:
        self.items = items

    def close(self) -> None:
        close = getattr(self.items, "close", None)
        if close is not None:
            close()
