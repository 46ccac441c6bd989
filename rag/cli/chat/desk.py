"""What answers in a chat, and the settings it is made from, which may change between questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rag.assistant.assistant import Assistant
    from rag.assistant.events import Event
    from rag.retrieval.scope import Scope
    from rag.settings import Settings
    from rag.types import Passage, Turn


class Desk(Protocol):
    """Answers as ``rag.chat.session.StreamingAnswerer`` does, from settings that may change.

    Attributes:
        settings: in force; scope: which articles alone are looked at.
    """

    settings: Settings
    scope: Scope

    @property
    def engine_name(self) -> str:
        """Which engine answers."""

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]: ...


class OpenDesk:
    """A desk whose assistant is open; it stays the caller's."""

    def __init__(self, assistant: Assistant, settings: Settings, scope: Scope) -> None:
        self._assistant = assistant
        self.settings = settings
        self.scope = scope

    @property
    def engine_name(self) -> str:
        """Which engine answers."""
        return self._assistant.engine_name

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        """See ``StreamingAnswerer``."""
        return self._assistant.stream(question, history, previous=previous)
