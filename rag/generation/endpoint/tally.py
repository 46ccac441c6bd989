"""Counts what an answer cost, from what the server says of it."""

from __future__ import annotations

import time

from rag.generation.endpoint.chat import ChatStream
from rag.protocols import Meter
from rag.types import Usage

_CUT_BYTES_PER_TOKEN = 12
"""No tokenizer packs this much text into a token: a prompt that looks so was cut by the server."""


class Tally:
    """The requests of one answer. What no server said stays 0: nothing is estimated.

    A server counts when a completion has ended, so one that was stopped early goes uncounted.

    Args:
        meter: told how many pieces of text have come; most servers send a token in each.
    """

    def __init__(self, meter: Meter | None = None) -> None:
        self._meter = meter
        self._n_pieces = 0
        self._first_token_s = 0.0
        self._started_at = time.monotonic()
        self._first_s = 0.0
        self._seconds: float | None = None
        self._chats: list[ChatStream] = []
        self.retries = 0

    def add(self, chat: ChatStream) -> None:
        """Another request was begun."""
        self._chats.append(chat)

    def note_piece(self) -> None:
        """A piece of text has come; the first one is timed."""
        self._first_token_s = self._first_token_s or time.monotonic() - self._started_at
        self._n_pieces += 1
        if self._meter is not None:
            self._meter.writing(self._n_pieces)

    def note_sentence(self) -> None:
        """A sentence is ready; the first one is timed."""
        self._first_s = self._first_s or time.monotonic() - self._started_at

    def stop(self) -> None:
        """The answer is over: what follows is not its cost."""
        if self._seconds is None:
            self._seconds = time.monotonic() - self._started_at

    @property
    def cut_prompt(self) -> tuple[int, int] | None:
        """Bytes sent and tokens read of a prompt that the server has cut; None if there is none."""
        for chat in self._chats:
            if chat.n_prompt and chat.n_prompt_bytes > _CUT_BYTES_PER_TOKEN * chat.n_prompt:
                return chat.n_prompt_bytes, chat.n_prompt
        return None

    def usage(self) -> Usage:
        """The cost so far."""
        seconds = self._seconds
        return Usage(
            prompt_tokens=next((c.n_prompt for c in self._chats if c.n_prompt), 0),
            answer_tokens=sum(chat.n_answer or 0 for chat in self._chats),
            evaluated_tokens=self._evaluated(),
            retries=self.retries,
            first_sentence_s=self._first_s,
            seconds=time.monotonic() - self._started_at if seconds is None else seconds,
            first_token_s=self._first_token_s,
        )

    def _evaluated(self) -> int:
        """Tokens that were not taken from a cache; 0 unless every request was counted."""
        total = 0
        for chat in self._chats:
            if chat.n_prompt is None or chat.n_answer is None or chat.n_cached is None:
                return 0
            total += chat.n_prompt - chat.n_cached + chat.n_answer
        return total
