"""An answer as it streams in: pieces of text out of the events of a chat completion."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from rag.errors import EngineError
from rag.generation.endpoint.events import event_data
from rag.generation.endpoint.failures import (
    Asked,
    PassingFailure,
    failure_in_stream,
    one_line,
    parse_json,
)
from rag.generation.endpoint.transport import Reply

_BYTES_PER_TOKEN = 64
"""Of text: five times what the longest words of a vocabulary have."""
_EVENT_BYTES = 2048
"""Of an event that brings a token; some 300 are usual."""
_SPARE_BYTES = 1 << 20
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DONE = "[DONE]"
_LOG = logging.getLogger(__name__)


class ChatStream:
    """The text of one completion, piece by piece, read only as far as it is asked for: what comes
    in the meantime waits in the connection, and a full one halts the server.

    Attributes:
        n_prompt_bytes: of the prompt's text.
        n_prompt, n_answer, n_cached: tokens as the server counts them; None until it says so.
        is_cut: whether the text ends because of a limit, not of itself.
        has_thought: whether text came that is not part of the answer.
    """

    def __init__(self, reply: Reply, asked: Asked, *, n_prompt_bytes: int, n_most: int) -> None:
        """``n_most``: the tokens that were asked for; a server that sends far more is cut off."""
        self._reply = reply
        self._asked = asked
        self._left_bytes = _BYTES_PER_TOKEN * n_most
        self._max_bytes = _SPARE_BYTES + _EVENT_BYTES * n_most
        self._pieces = self._read()
        self._first: str | None = None
        self._ended = False
        self._finish = ""
        self.n_prompt_bytes = n_prompt_bytes
        self.n_prompt: int | None = None
        self.n_answer: int | None = None
        self.n_cached: int | None = None
        self.is_cut = False
        self.has_thought = False

    def begin(self) -> None:
        """Wait for the first piece, so that a failure before it can still be tried again."""
        self._first = self._next()

    def read(self) -> str | None:
        """The next piece of text; None at the end.

        Raises:
            EngineError: the server breaks off, says an error, or sends what is no answer.
        """
        piece, self._first = self._first, None
        return piece if piece is not None else self._next()

    def close(self) -> None:
        """End the connection, and with it the server's work. May be called twice."""
        self._ended = True
        self._reply.close()

    def _next(self) -> str | None:
        if self._ended:
            return None
        try:
            piece = next(self._pieces, None)
        except EngineError as exc:
            self.close()
            if not self._finish:
                raise
            _LOG.debug("behind the end of an answer: %s", exc.message)
            return None
        except BaseException:
            self.close()
            raise
        if piece is None:
            self.close()
        return piece

    def _read(self) -> Iterator[str]:
        for data in event_data(self._reply.blocks(self._max_bytes)):
            if data.strip() == _DONE:
                self.is_cut = self._finish != "stop"
                return
            record = parse_json(data)
            if not isinstance(record, dict):
                raise EngineError(
                    f"{self._asked.url} sent what is not JSON: {one_line(data, self._asked.key)}"
                )
            if record.get("error"):
                raise failure_in_stream(record, self._asked)
            self._note_usage(record.get("usage"))
            choice = _first(record.get("choices"))
            self._finish = _text(choice.get("finish_reason")) or self._finish
            if piece := self._piece(choice):
                yield piece
            if self._left_bytes <= 0:
                self.is_cut = True
                return
        if not self._finish:
            raise PassingFailure(
                f"{self._asked.url} broke off before the end of the answer",
                hint="see the server's log; context_tokens may be more than it was started with",
            )
        self.is_cut = self._finish != "stop"

    def _piece(self, choice: dict[str, Any]) -> str:
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            return ""
        if delta.get("reasoning_content") or delta.get("reasoning"):
            self.has_thought = True
        piece = _clean(_text(delta.get("content")))
        self._left_bytes -= len(piece.encode())
        return piece

    def _note_usage(self, usage: object) -> None:
        if isinstance(usage, dict):
            self.n_prompt = _count(usage.get("prompt_tokens"))
            self.n_answer = _count(usage.get("completion_tokens"))
            details = usage.get("prompt_tokens_details")
            if isinstance(details, dict):
                self.n_cached = _count(details.get("cached_tokens"))


def _clean(text: str) -> str:
    """``text`` without control characters, and without halves of surrogate pairs."""
    text = _CONTROLS.sub(" ", text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _first(choices: object) -> dict[str, Any]:
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40
    return value if is_count and isinstance(value, int) else None
