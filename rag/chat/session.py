"""A conversation: the turns that count, and the answer to the last question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Protocol

from rag.assistant.events import Event, Finished
from rag.errors import UsageError
from rag.text.markers import strip_markers
from rag.types import Answer, Turn

MAX_TURNS = 8
"""Turns that are remembered: a follow-up hardly ever means something older."""


class StreamingAnswerer(Protocol):
    """What a conversation needs of the assistant."""

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Event]: ...


class ChatSession:
    """Asks the assistant, and remembers what was answered whole.

    An answer that is stopped, or fails, leaves the conversation as it was before its question.

    Attributes:
        history: the turns so far, oldest first, at most ``max_turns``.
        last: the last whole answer; None before the first and after ``clear``.
    """

    def __init__(self, assistant: StreamingAnswerer, *, max_turns: int = MAX_TURNS) -> None:
        self._assistant = assistant
        self._max_turns = max_turns
        self._question = ""
        self._question_was_answered = False
        self.history: tuple[Turn, ...] = ()
        self.last: Answer | None = None

    @property
    def question(self) -> str:
        """The question asked last, answered or not; empty before the first."""
        return self._question

    def ask_stream(self, question: str) -> Iterator[Event]:
        """The events of the answer to ``question``; the turn is remembered at the last of them.

        Raises:
            RagError: whatever the assistant raises.
        """
        self._question = question
        self._question_was_answered = False
        return self._run(question, self.history)

    def retry_stream(self) -> Iterator[Event]:
        """Ask the last question again; its new answer takes the place of the one it had.

        Raises:
            UsageError: if there is no last question.
        """
        if not self._question:
            raise UsageError("there is nothing to ask again", hint="type a question first")
        before = self.history[:-1] if self._question_was_answered else self.history
        return self._run(self._question, before)

    def clear(self) -> None:
        """Forget the conversation."""
        self.history = ()
        self.last = None
        self._question = ""
        self._question_was_answered = False

    def _run(self, question: str, before: tuple[Turn, ...]) -> Iterator[Event]:
        with closing(_Closable(self._assistant.stream(question, before))) as events:
            for event in events:
                if isinstance(event, Finished):
                    self._remember(question, event.answer, before)
                yield event

    def _remember(self, question: str, answer: Answer, before: tuple[Turn, ...]) -> None:
        # Labels count anew in every answer: a marker in an old turn would point to a wrong passage.
        turn = Turn(question, strip_markers(answer.text))
        self.history = (*before, turn)[-self._max_turns :]
        self.last = answer
        self._question_was_answered = True


class _Closable:
    """Events that can be given up, whether or not the assistant yields them from a generator."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events

    def __iter__(self) -> Iterator[Event]:
        return self._events

    def close(self) -> None:
        """Let the assistant stop generating."""
        close = getattr(self._events, "close", None)
        if close is not None:
            close()
