"""What the commands of a chat act upon: the conversation, the screen, and what answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.assistant.events import Event
from rag.chat.session import ChatSession
from rag.cli.chat.desk import Desk
from rag.cli.chat.lines import LineReader
from rag.cli.show.answering import show_events
from rag.cli.show.disputes import show_disputes
from rag.cli.show.explain import show_usage
from rag.cli.show.progress import Activity
from rag.cli.show.render import show_refusal
from rag.cli.show.screen import Screen
from rag.cli.show.sources import show_sources
from rag.types import Answer

if TYPE_CHECKING:
    from rag.cli.chat.keeper import ChatKeeper


class Leave(Exception):
    """Raised by the command that ends the chat."""


@dataclass(slots=True)
class Chat:
    """One chat.

    Attributes:
        session: the conversation; reader: where its lines come from.
        desk: what answers, and the settings it is made from.
        keeper: told of every whole answer, so that the chat can be taken up again; None: nobody.
    """

    session: ChatSession
    screen: Screen
    activity: Activity
    reader: LineReader
    desk: Desk
    keeper: ChatKeeper | None = None

    def answer(self, question: str, events: Iterator[Event]) -> None:
        """Show an answer as it comes about, and what it stands on.

        Raises:
            RagError: whatever the assistant raises.
            KeyboardInterrupt: Ctrl-C stopped it.
        """
        before = self.session.answers
        with self.reader.answering(self.screen, self.activity) as (screen, activity):
            activity.wait("reading the articles")
            answer = show_events(screen, events, activity, question=question)
            self._show_rest(screen, answer)
        if self.keeper is not None:
            self.keeper.follow(before, self.session.answers)

    def _show_rest(self, screen: Screen, answer: Answer) -> None:
        if answer.refused:
            show_refusal(screen, answer)
        else:
            show_disputes(screen, answer)
            show_sources(screen, answer)
        if screen.verbose:
            show_usage(screen, answer)
        screen.show()
        screen.out.file.flush()
