"""Evaluates tokens in a context and knows which ones it holds."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from rag.errors import EngineError
from rag.generation.llama.backend import N_BATCH, N_UBATCH, Backend
from rag.protocols import Meter

_NO_ROOM, _ABORTED = 1, 2
_LEAST_TOLD = 64
"""Fewer tokens are no prompt: a sentence that was put in another one's place."""


class TokenState:
    """The tokens whose state one sequence of a context holds: a cache, filled as asked.

    Callers keep the ids they want and say ``become``; what is held already is not evaluated again.
    After Ctrl-C or an error the ids held are still exactly those in the context.

    Args:
        meter: told how much of a prompt is evaluated. On the CPU smaller batches are then handed
            over, so that it hears of it often; they are the steps that llama.cpp takes anyway.

    Attributes:
        n_evaluated: tokens evaluated since the beginning, repeated ones counted again.
        n_decodes: calls of llama.cpp that it took.
    """

    def __init__(self, backend: Backend, sequence_id: int, *, meter: Meter | None = None) -> None:
        self._backend = backend
        self._api = backend.api
        self._id = sequence_id
        self._memory = self._api.llama_get_memory(backend.context)
        self._ids: list[int] = []
        self._scored = False
        self._meter = meter
        often = meter is not None and not backend.running.n_gpu_layers
        self._n_batch = N_UBATCH if often else N_BATCH
        self._n_read = 0
        self.interrupt = backend.interrupt
        self.n_evaluated = 0
        self.n_decodes = 0

    def __len__(self) -> int:
        return len(self._ids)

    def become(self, ids: Sequence[int], *, n_behind: int = 0) -> None:
        """Hold exactly ``ids``, evaluating only what follows the part already held.

        Args:
            n_behind: tokens of the same prompt that the next call will evaluate.

        Raises:
            EngineError: if llama.cpp fails, or the model was closed.
            KeyboardInterrupt: on Ctrl-C; whole batches that were evaluated stay.
        """
        self._backend.require_open()
        with self.interrupt:
            shared = common_prefix(self._ids, ids)
            if ids and shared == len(ids) and not (shared == len(self._ids) and self._scored):
                shared -= 1  # the scores behind the last token are needed: evaluate it again
            self.truncate(shared)
            n_before, self._n_read = self._n_read, 0
            n_all = n_before + len(ids) - shared + n_behind
            self._tell(n_before, n_all)
            for start in range(shared, len(ids), self._n_batch):
                self.interrupt.check()
                end = min(start + self._n_batch, len(ids))
                self._decode(ids[start:end], last=end == len(ids))
                self._tell(n_before + end - shared, n_all)
            if n_behind:
                self._n_read = len(ids) - shared

    def _tell(self, n_done: int, n_all: int) -> None:
        if self._meter is not None and n_all >= _LEAST_TOLD:
            self._meter.reading(n_done, n_all)

    def truncate(self, n_tokens: int) -> None:
        """Keep only the first ``n_tokens``."""
        if n_tokens < len(self._ids):
            with self.interrupt:
                self._api.llama_memory_seq_rm(self._memory, self._id, n_tokens, -1)
                del self._ids[n_tokens:]
                self._scored = False

    def holds(self, ids: Sequence[int]) -> bool:
        """Whether the tokens held begin with ``ids``."""
        return self._ids[: len(ids)] == list(ids)

    def export(self) -> bytearray:
        """The state of the tokens held, as ``restore`` takes it.

        Raises:
            EngineError: if llama.cpp fails, or the model was closed.
        """
        self._backend.require_open()
        context = self._backend.context
        n_bytes = self._api.llama_state_seq_get_size(context, self._id)
        data = bytearray(n_bytes)
        buffer = (ctypes.c_uint8 * n_bytes).from_buffer(data)
        if self._api.llama_state_seq_get_data(context, buffer, n_bytes, self._id) != n_bytes:
            raise EngineError("llama.cpp failed to give out its state")
        return data

    def restore(self, ids: Sequence[int], data: bytearray) -> bool:
        """Hold ``ids`` by their state; False, and nothing held, if the context refuses it.

        ``data`` must be what ``export`` gave for these ids under the same weights: llama.cpp
        notices another shape, not another content.

        Raises:
            EngineError: if the model was closed.
        """
        self._backend.require_open()
        self.truncate(0)
        with self.interrupt:
            buffer = (ctypes.c_uint8 * len(data)).from_buffer(data)
            n_read = self._api.llama_state_seq_set_data(
                self._backend.context, buffer, len(data), self._id
            )
            last = self._api.llama_memory_seq_pos_max(self._memory, self._id)
            if n_read == len(data) and last == len(ids) - 1:
                self._ids = list(ids)
                return True
            self._api.llama_memory_seq_rm(self._memory, self._id, -1, -1)
        return False

    def logits(self) -> np.ndarray:
        """Scores of every token as the one behind ``become``'s, float32 ``(n_vocab,)``, unbounded.

        A view that the next evaluation overwrites; it may be written to.

        Raises:
            EngineError: nothing was evaluated last, or the scores are no numbers.
        """
        if not self._scored:
            raise EngineError("there are no scores: the last tokens were taken back")
        pointer = self._api.llama_get_logits_ith(self._backend.context, -1)
        logits: np.ndarray = np.ctypeslib.as_array(pointer, (self._backend.n_vocab,))
        if not np.isfinite(logits).all():
            raise EngineError("the model gives no numbers: its file is damaged")
        self._scored = False  # the caller may write to them
        return logits

    def _decode(self, ids: Sequence[int], *, last: bool) -> None:
        batch = self._api.llama_batch_init(len(ids), 0, 1)
        try:
            self._fill(batch, ids, last=last)
            self._scored = False
            status = self._api.llama_decode(self._backend.context, batch)
        finally:
            self._api.llama_batch_free(batch)
        if status == 0:
            self._ids.extend(ids)
            self._scored = last
            self.n_evaluated += len(ids)
            self.n_decodes += 1
            return
        # A part of the batch may have been taken in: out with it.
        self._api.llama_memory_seq_rm(self._memory, self._id, len(self._ids), -1)
        if status == _ABORTED:
            self.interrupt.check()
        raise EngineError(_failure(status, len(self._ids) + len(ids)))

    def _fill(self, batch: Any, ids: Sequence[int], *, last: bool) -> None:
        for i, token in enumerate(ids):
            batch.token[i] = token
            batch.pos[i] = len(self._ids) + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = self._id
            batch.logits[i] = last and i == len(ids) - 1
        batch.n_tokens = len(ids)


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """How many ids the two begin with in common."""
    shorter = min(len(a), len(b))
    if a[:shorter] == b[:shorter]:  # the usual case, for every token decoded
        return shorter
    return next(i for i in range(shorter) if a[i] != b[i])


def _failure(status: int, n_tokens: int) -> str:
    if status == _NO_ROOM:
        return f"the model's context is full at {n_tokens} tokens"
    return f"llama.cpp failed to decode (status {status})"
