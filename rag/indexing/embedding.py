"""Embedding what is staged, in a second thread, so that articles are read meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np

from rag.protocols import Embedder
from rag.store.writer import StoreWriter

_BATCH = 64
_AHEAD = 64
"""So many texts have to wait before some are embedded while others are still read."""


class StagedEmbedding:
    """Embeds the staged texts of a store, a batch at a time, the longest first; each batch is kept
    at once, so that it outlasts an interruption.

    Only the embedder works in the second thread: the store is used by the caller's alone. Leaving
    the block waits for the batch in the making.

    Attributes:
        n_embedded: texts that got their vector; seconds: the time that took.
    """

    def __init__(self, store: StoreWriter, embedder: Embedder) -> None:
        self.n_embedded = 0
        self.seconds = 0.0
        self._store = store
        self._embedder = embedder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._contents: list[bytes] = []
        self._running: Future[tuple[np.ndarray, float]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def go_on(self) -> None:
        """Keep what is ready, and begin with the next batch if enough is waiting. Does not wait.

        Raises:
            EmbedderError: if the embedder failed.
        """
        if self._running is not None and not self._running.done():
            return
        self._keep()
        if self._store.has_pending(_AHEAD):
            self._begin()

    def finish(self, advance: Callable[[int], None]) -> None:
        """Embed all that is left; ``advance`` is told of every batch.

        Raises:
            EmbedderError: if the embedder failed.
        """
        advance(self._keep())
        while self._begin():
            advance(self._keep())

    def _begin(self) -> bool:
        batch = self._store.next_pending(_BATCH)
        self._contents = [content for content, _ in batch]
        if batch:
            self._running = self._thread.submit(self._embedded, [text for _, text in batch])
        return bool(batch)

    def _embedded(self, texts: Sequence[str]) -> tuple[np.ndarray, float]:
        started = time.monotonic()
        vectors = self._embedder.embed_documents(texts)
        return vectors, time.monotonic() - started

    def _keep(self) -> int:
        """Wait for the batch that is being embedded and keep it; how many texts it had."""
        if self._running is None:
            return 0
        vectors, seconds = self._running.result()
        self._running = None
        self._store.add_vectors(self._contents, vectors)
        self.n_embedded += len(self._contents)
        self.seconds += seconds
        return len(self._contents)
