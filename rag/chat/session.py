"""A conversation: the turns that count, and the answer to the last question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from rag.assistant.events import Event, Finished
from rag.errors import UsageError
from rag.text.markers import strip_markers
from rag.types import Answer, Passage, Turn

MAX_TURNS = 8
"""Turns that are remembered: a follow-up hardly ever means something older."""


class StreamingAnswerer(Protocol):
    """What a conversation needs of the assistant."""

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]: ...


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A turn and the passages it was answered from."""

    turn: Turn
    passages: tuple[Passage, ...]


class ChatSession:
    """Asks the assistant, and remembers what was answered whole.

    An answer that is stopped, or fails, leaves the conversation as it was before its question.
    A passage keeps its label for as long as a turn that used it is remembered.

    Attributes:
        answers: every whole answer of the conversation, oldest first; a retry replaces its last.
    """

    def __init__(self, assistant: StreamingAnswerer, *, max_turns: int = MAX_TURNS) -> None:
        self._assistant = assistant
        self._max_turns = max_turns
        self._question = ""
        self._question_was_answered = False
        self._exchanges: tuple[_Exchange, ...] = ()
        self.answers: tuple[Answer, ...] = ()

    @property
    def last(self) -> Answer | None:
        """The last whole answer; None before the first and after ``clear``."""
        return self.answers[-1] if self.answers else None

    @property
    def history(self) -> tuple[Turn, ...]:
        """The turns that are remembered, oldest first, at most ``max_turns``."""
        return tuple(exchange.turn for exchange in self._exchanges)

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
        return self._run(question, self._exchanges)

    def retry_stream(self) -> Iterator[Event]:
        """Ask the last question again; its new answer takes the place of the one it had.

        Raises:
            UsageError: if there is no last question.
        """
        if not self._question:
            raise UsageError("there is nothing to ask again", hint="type a question first")
        before = self._exchanges[:-1] if self._question_was_answered else self._exchanges
        return self._run(self._question, before)

    def clear(self) -> None:
        """Forget the conversation."""
        self._exchanges = ()
        self.answers = ()
        self._question = ""
        self._question_was_answered = False

    def resume(self, answers: Sequence[Answer]) -> None:
        """Go on from ``answers``, oldest first, in place of what was said so far."""
        self.clear()
        for answer in answers:
            self._exchanges = (*self._exchanges, _exchange(answer))[-self._max_turns :]
        self.answers = tuple(answers)
        if answers:
            self._question = answers[-1].question
            self._question_was_answered = True

    def _run(self, question: str, before: tuple[_Exchange, ...]) -> Iterator[Event]:
        turns = tuple(exchange.turn for exchange in before)
        answers = self.answers[:-1] if self._question_was_answered else self.answers
        stream = self._assistant.stream(question, turns, previous=_passages_of(before))
        with closing(_Closable(stream)) as events:
            for event in events:
                if isinstance(event, Finished):
                    self._exchanges = (*before, _exchange(event.answer))[-self._max_turns :]
                    self.answers = (*answers, event.answer)
                    self._question_was_answered = True
                yield event


def _exchange(answer: Answer) -> _Exchange:
    return _Exchange(Turn(answer.question, strip_markers(answer.text)), answer.passages)


def _passages_of(exchanges: Sequence[_Exchange]) -> tuple[Passage, ...]:
    """Every passage offered in ``exchanges``, once; those of the last one first, as they stood:
    an engine may still hold the state of its prompt."""
    offered: dict[int, Passage] = {}
    for exchange in reversed(exchanges):
        for passage in exchange.passages:
            offered.setdefault(passage.label, passage)
    return tuple(offered.values())


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
