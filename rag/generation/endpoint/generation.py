"""An answer in the making by a server: ``rag.protocols.Generation``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.errors import EngineError
from rag.generation.endpoint.quoting import QuotationFinder
from rag.generation.endpoint.sentences import SentenceStream
from rag.generation.endpoint.tally import Tally
from rag.generation.prompting import COMPLETE
from rag.generation.wording import bare
from rag.protocols import Meter
from rag.types import Draft, Usage

Ask = Callable[[Sequence[str], int], SentenceStream | None]
"""Begins a completion behind the sentences said so far; the number is that of the try, from 0. None
if the bound of the answer is reached."""


class EndpointGeneration:
    """Sentences from the stream of one completion, until one of them is asked for again.

    Then the stream is closed, which frees the server, and a new completion goes on behind what was
    said: for one sentence when it is a retry, to the end when it is accepted. A dropped sentence
    stays in what the model is told it said: left out, the model would only say it again.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        max_retries: int,
        finder: QuotationFinder | None = None,
        notice: Callable[[str], None] | None = None,
        meter: Meter | None = None,
    ) -> None:
        """Nothing is sent before the first ``next``. ``finder``: drafts are to be quotations."""
        self._ask = ask
        self._max_retries = max_retries
        self._finder = finder
        self._notice = notice
        self._tally = Tally(meter)
        self._stream: SentenceStream | None = None
        self._context: list[str] = []
        self._versions: list[str] = []
        self._stands = ""
        self._said: set[str] = set()
        self._tries = 0
        self._closed = False

    def next(self) -> Draft | None:
        """The next sentence; the one before counts as accepted if nothing else was said of it.

        None when the answer is complete, has begun to repeat itself, or was closed.

        Raises:
            EngineError: if the server fails; ``ContextOverflow`` if it finds the prompt too long.
            KeyboardInterrupt: on Ctrl-C.
        """
        if self._closed:
            return None
        self._settle()
        sentence = self._read()
        if sentence is None or bare(sentence) in self._said or _is_end(sentence):
            self.close()
            return None
        return self._take(sentence)

    def retry(self) -> Draft | None:
        """Another version of the last sentence, different from all before; None if none is found.

        Raises:
            EngineError: if the server fails.
            KeyboardInterrupt: on Ctrl-C.
        """
        if self._closed or not self._versions:
            return None
        while self._tries < self._max_retries:
            self._tries += 1
            self._tally.retries += 1
            self._drop_stream()
            stream = self._begin(self._tries)
            sentence = stream.next() if stream is not None else None
            self._drop_stream()
            if sentence is not None and self._is_new(sentence):
                return self._take(sentence)
        return None

    def accept(self, text: str) -> None:
        """Say how the last sentence stands; empty: it is not shown, but stays in the context."""
        if not self._closed and self._versions:
            self._stands = text or self._stands
            self._settle()

    def close(self) -> None:
        """End the connection, and with it the server's work. May be called twice."""
        if not self._closed:
            self._closed = True
            self._drop_stream()
            self._tally.stop()
            self._tell_of_cut()

    @property
    def usage(self) -> Usage:
        """What the answer has cost so far; 0 where the server did not count."""
        return self._tally.usage()

    def _read(self) -> str | None:
        stream = self._stream or self._begin(0)
        if stream is None:
            return None
        sentence = stream.next()
        if sentence is None and not self._said and stream.chat.has_thought:
            raise EngineError(
                "the model only thought, and did not come to an answer",
                hint="raise max_answer_tokens, or have the server turn thinking off",
            )
        return sentence

    def _begin(self, number: int) -> SentenceStream | None:
        self._stream = self._ask(self._context, number)
        if self._stream is not None:
            self._stream.on_piece = self._tally.note_piece
            self._tally.add(self._stream.chat)
        return self._stream

    def _drop_stream(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _is_new(self, sentence: str) -> bool:
        return (
            sentence not in self._versions
            and bare(sentence) not in self._said
            and not _is_end(sentence)
        )

    def _take(self, sentence: str) -> Draft:
        self._versions.append(sentence)
        self._stands = sentence
        self._tally.note_sentence()
        return Draft(sentence) if self._finder is None else self._finder.draft(sentence)

    def _settle(self) -> None:
        """Leave the sentence in hand behind: no version of it may come again."""
        if self._versions:
            self._context.append(self._stands)
            self._said.update(bare(version) for version in [*self._versions, self._stands])
        self._versions = []
        self._tries = 0

    def _tell_of_cut(self) -> None:
        cut = self._tally.cut_prompt
        if cut is not None and self._notice is not None:
            self._notice(
                f"the server counted {cut[1]:,} tokens in a prompt of {cut[0]:,} bytes: "
                "it may have cut it (Ollama does; start it with OLLAMA_CONTEXT_LENGTH=8192)"
            )


def _is_end(sentence: str) -> bool:
    return bare(sentence) in (bare(COMPLETE), "complete", "done", "end")
