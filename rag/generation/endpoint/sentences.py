"""Sentences out of a stream of text, each as soon as it is surely complete."""

from __future__ import annotations

from collections.abc import Callable

from rag.generation.endpoint.chat import ChatStream
from rag.text.sentences import SentenceSplitter, sentence_spans

_STOPS = (".", "!", "?", "…", "。", "！", "？", "”", '"', "’", ")", "]")


class SentenceStream:
    """The sentences of one completion. Reads no further than the sentence that is asked for.

    Attributes:
        on_piece: called for each piece of text that comes.
    """

    def __init__(self, chat: ChatStream) -> None:
        self.chat = chat
        self.on_piece: Callable[[], None] = _nothing
        self._splitter = SentenceSplitter()
        self._ready: list[str] = []
        self._has_ended = False

    def next(self) -> str | None:
        """The next sentence; None at the end. Half a sentence at a limit's cut is left out.

        Raises:
            EngineError: if the server fails.
        """
        while not self._ready and not self._has_ended:
            piece = self.chat.read()
            if piece is None:
                self._has_ended = True
                self._ready += self._rest()
            else:
                self.on_piece()
                self._ready += self._splitter.push(piece)
        return self._ready.pop(0) if self._ready else None

    def close(self) -> None:
        """End the connection."""
        self._has_ended = True
        self._ready.clear()
        self.chat.close()

    def _rest(self) -> list[str]:
        rest = self._splitter.finish()
        sentences = [span.of(rest) for span in sentence_spans(rest)]
        if self.chat.is_cut and sentences and not sentences[-1].endswith(_STOPS):
            sentences.pop()
        return sentences


def _nothing() -> None:
    """Where pieces go that nobody counts."""
