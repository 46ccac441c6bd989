"""An answer in the making by a Llama model: ``rag.protocols.Generation``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rag.errors import EngineError, RagError
from rag.generation.llama.sampling import Sampling
from rag.generation.llama.writing import SentenceWriter, Written
from rag.generation.wording import bare
from rag.protocols import Meter
from rag.types import Draft, Usage


class Clock:
    """Counts what an answer costs, and tells a meter how many tokens of it are written."""

    def __init__(
        self, n_prompt: int, n_evaluated: Callable[[], int], meter: Meter | None = None
    ) -> None:
        self._n_prompt = n_prompt
        self._n_evaluated = n_evaluated
        self._before = n_evaluated()
        self._started_at = time.monotonic()
        self._first_s = 0.0
        self._total: tuple[int, float] | None = None
        self._meter = meter
        self._n_written = 0
        self._first_token_s = 0.0
        self._n_read = 0
        self._working_s = 0.0
        self.retries = 0

    @contextmanager
    def working(self) -> Iterator[None]:
        """A time in which the model works: what lies between is not its own."""
        began_s = time.monotonic()
        try:
            yield
        finally:
            self._working_s += time.monotonic() - began_s

    def note_token(self) -> None:
        """A token is written; the first one is timed."""
        if not self._n_written:
            self._first_token_s = time.monotonic() - self._started_at
            self._n_read = self._n_evaluated() - self._before
        self._n_written += 1
        if self._meter is not None:
            self._meter.writing(self._n_written)

    def note_sentence(self) -> None:
        """A sentence is ready; the first one is timed."""
        self._first_s = self._first_s or time.monotonic() - self._started_at

    def stop(self) -> None:
        """The answer is over: what follows is not its cost."""
        self._total = self._so_far()

    def usage(self, n_answer: int) -> Usage:
        """The cost of an answer of ``n_answer`` tokens."""
        n_evaluated, seconds = self._total or self._so_far()
        return Usage(
            prompt_tokens=self._n_prompt,
            answer_tokens=n_answer,
            evaluated_tokens=n_evaluated,
            retries=self.retries,
            first_sentence_s=self._first_s,
            seconds=seconds,
            first_token_s=self._first_token_s,
            read_tokens=self._n_read,
            written_tokens=self._n_written,
            writing_s=max(0.0, self._working_s - self._first_token_s),
        )

    def _so_far(self) -> tuple[int, float]:
        return self._n_evaluated() - self._before, time.monotonic() - self._started_at


@contextmanager
def over_after_an_error(close: Callable[[], None]) -> Iterator[None]:
    """Call ``close`` when something fails: behind an error in a constraint nothing may follow that
    it did not look at. An interrupt (Ctrl-C) is no failure.

    Raises:
        EngineError: in place of any exception that is not one of ours.
    """
    try:
        yield
    except RagError:
        close()
        raise
    except Exception as exc:
        close()
        raise EngineError(f"the model's answer failed: {exc!r}") from exc


class LlamaGeneration:
    """Sentences from a ``SentenceWriter``, with bounded retries and a guard against repetition.

    A dropped sentence stays in the model's context although it is not shown: taken out, the model
    would only say it again; left in, it goes on to its next point.
    """

    def __init__(
        self,
        writer: SentenceWriter,
        *,
        sampling: Sampling,
        max_retries: int,
        n_prompt: int,
        n_evaluated: Callable[[], int],
        meter: Meter | None = None,
    ) -> None:
        """Nothing is evaluated before the first ``next``.

        Args:
            n_evaluated: the count of evaluated tokens of the state that ``writer`` uses.
            meter: told of every token that is written.
        """
        self._writer = writer
        self._sampling = sampling
        self._max_retries = max_retries
        self._clock = Clock(n_prompt, n_evaluated, meter)
        writer.on_token = self._clock.note_token
        self._current: Written | None = None
        self._versions: list[str] = []
        self._said: set[str] = set()
        self._number = 0
        self._tries = 0
        self._closed = False

    def next(self) -> Draft | None:
        """The next sentence; the one before counts as accepted if nothing else was said of it.

        None when the answer is complete, has begun to repeat itself, or was closed.

        Raises:
            EngineError: if decoding fails; the answer is then over.
            KeyboardInterrupt: on Ctrl-C; ``next`` may be called again.
        """
        if self._closed:
            return None
        self._settle()
        with over_after_an_error(self.close), self._clock.working():
            found = self._writer.write(self._sampling, salt=self._number)
        if found is None or bare(found.text) in self._said:
            self.close()
            return None
        self._number += 1
        return self._take(found)

    def retry(self) -> Draft | None:
        """Another version of the last sentence, different from all before; None if none is found.

        After None the last sentence is still the one in question.

        Raises:
            EngineError: if decoding fails; the answer is then over.
            KeyboardInterrupt: on Ctrl-C.
        """
        if self._closed or not self._versions:
            return None
        while self._tries < self._max_retries:
            self._tries += 1
            self._clock.retries += 1
            self._current = None
            self._writer.rewind()
            with over_after_an_error(self.close), self._clock.working():
                found = self._writer.write(self._sampling.warmer(self._tries), salt=self._number)
            if found is not None and self._is_new(found.text):
                return self._take(found)
            self._current = found
        if self._current is None:  # the model would rather end here: nothing of it is kept
            self._writer.rewind()
        return None

    def accept(self, text: str) -> None:
        """Say how the last sentence stands.

        Another text than the last version takes its place in the model's context. An empty one
        means that it is not shown, and leaves the context as it is.
        """
        if self._closed or not self._versions:
            return
        if text and (self._current is None or text != self._current.text):
            self._writer.replace(self._current, text)
            self._current = None
            self._versions.append(text)
        self._settle()

    def close(self) -> None:
        """Give up what is held. May be called twice. The context's state stays."""
        if not self._closed:
            self._closed = True
            self._clock.stop()

    @property
    def usage(self) -> Usage:
        """What the answer has cost so far."""
        return self._clock.usage(self._writer.n_tokens)

    def _is_new(self, text: str) -> bool:
        return text not in self._versions and bare(text) not in self._said

    def _take(self, found: Written) -> Draft:
        self._current = found
        self._versions.append(found.text)
        self._clock.note_sentence()
        return Draft(found.text)

    def _settle(self) -> None:
        """Leave the sentence in hand behind: no version of it may come again."""
        if self._current is not None:
            self._writer.commit(self._current)
        if self._tries:  # what was begun behind it came of a warmer sampling: begin again
            self._writer.rewind()
        self._said.update(bare(version) for version in self._versions)
        self._current = None
        self._versions = []
        self._tries = 0
