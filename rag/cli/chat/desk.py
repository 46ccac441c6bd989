"""What answers in a chat, and the settings it is made from, which may change between questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rag import upkeep
from rag.cli.chat.aside import Aside
from rag.engines import EngineFacts, Notice, facts_of, unsaid
from rag.errors import RagError
from rag.parts import Parts
from rag.retrieval.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from rag.assistant.assistant import Assistant
    from rag.assistant.events import Event
    from rag.cli.show.progress import Activity
    from rag.indexing.status import IndexStatus
    from rag.indexing.sync import SyncReport
    from rag.settings import Settings
    from rag.types import Passage, Turn

LOOK_S = 2.0
"""Seconds between two looks at the articles, at least."""
LOOK_SHARE = 20
"""And at least so many times what the last look took: a large folder is not walked all the time."""


class Desk(Protocol):
    """Answers as ``rag.chat.session.StreamingAnswerer`` does, from settings that may change."""

    @property
    def settings(self) -> Settings:
        """In force."""

    @property
    def first_settings(self) -> Settings:
        """Those that the chat began with."""

    @property
    def scope(self) -> Scope:
        """Which articles alone are looked at."""

    @property
    def engine_name(self) -> str:
        """Which engine answers."""

    @property
    def engine(self) -> EngineFacts:
        """What there is to know of it."""

    @property
    def within(self) -> str:
        """What the scope chooses: ``--in llama: 1 of 8 articles``; empty if everything."""

    def change(self, settings: Settings | None = None, *, scope: Scope | None = None) -> None:
        """Answer from other settings, or other articles, from now on; only what depends on what
        changed is opened anew.

        Raises:
            RagError: that cannot work; everything stays as it was.
            KeyboardInterrupt: Ctrl-C: as well.
        """

    def sync(self, settings: Settings | None = None) -> SyncReport:
        """Bring the index, that of ``settings`` if given, up to date, and answer from it.

        Raises:
            RagError, KeyboardInterrupt: as ``change``.
        """

    def titles(self) -> list[str]:
        """Of every article, each once, in order."""

    def index_status(self) -> IndexStatus:
        """How the index stands to its folders; nothing is loaded for it."""

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        """See ``StreamingAnswerer``."""


@dataclass(frozen=True, slots=True)
class _Open:
    """What answers now."""

    parts: Parts
    scope: Scope
    assistant: Assistant


class OpenDesk:
    """A desk over ``Parts``; see ``Desk``.

    Changes are made aside (``rag.cli.chat.aside``). Before a question it looks, not too often,
    whether articles or the index have changed, and answers from what is there now. Passages that
    were offered before keep their labels; what is new gets labels that were never used.

    Args:
        parts: closed with the desk.
        aside: what the parts report to.
        clock: gives the time in seconds.

    Raises:
        RagError: there is nothing that could answer.
    """

    def __init__(
        self,
        parts: Parts,
        scope: Scope = EVERYTHING,
        *,
        aside: Aside,
        notice: Notice = unsaid,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._aside = aside
        self._notice = notice
        self._clock = clock
        self._first = parts.settings
        self._open = _opened(parts, scope)
        self._next_look = clock() + LOOK_S
        self._complaint = ""

    @property
    def settings(self) -> Settings:
        """See ``Desk``."""
        return self._open.parts.settings

    @property
    def first_settings(self) -> Settings:
        """See ``Desk``."""
        return self._first

    @property
    def scope(self) -> Scope:
        """See ``Desk``."""
        return self._open.scope

    @property
    def engine_name(self) -> str:
        """See ``Desk``."""
        return self._open.assistant.engine_name

    @property
    def engine(self) -> EngineFacts:
        """See ``Desk``."""
        return facts_of(self._open.parts.engine)

    @property
    def within(self) -> str:
        """See ``Desk``."""
        return self._open.parts.retriever(self.scope).scope

    def change(self, settings: Settings | None = None, *, scope: Scope | None = None) -> None:
        """See ``Desk``."""
        now = self._open

        def opened() -> _Open:
            parts = now.parts.with_settings(settings or now.parts.settings)
            return _opened(parts, now.scope if scope is None else scope, instead_of=now)

        self._take(self._aside.run(opened, undo=lambda made: made.parts.close(keep=now.parts)))

    def sync(self, settings: Settings | None = None) -> SyncReport:
        """See ``Desk``."""
        now = self._open

        def synced() -> tuple[SyncReport, _Open]:
            parts = now.parts.with_settings(settings or now.parts.settings, index_anew=True)
            report = upkeep.sync_index(
                parts.settings,
                embedder=parts.embedder,
                progress=self._aside,
                notice=self._aside.told(self._notice),
            )
            return report, _opened(parts, now.scope, instead_of=now)

        report, made = self._aside.run(
            synced, undo=lambda made: made[1].parts.close(keep=now.parts)
        )
        self._take(made)
        return report

    def titles(self) -> list[str]:
        """See ``Desk``."""
        return sorted({article.title for article in self._open.parts.index.articles()})

    def index_status(self) -> IndexStatus:
        """See ``Desk``."""
        return upkeep.index_status(self.settings)

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        """See ``Desk``."""
        self._aside.settle()
        if self._clock() >= self._next_look:
            self._keep_up()
        assistant = self._open.parts.assistant(self.scope)
        yield from assistant.stream(question, history, previous=previous)

    def close(self) -> None:
        """Release everything."""
        self._aside.settle()
        self._open.parts.close()

    def _keep_up(self) -> None:
        """Answer from the articles as they are now; if that cannot be, as they were."""
        now, began = self._open, self._clock()

        def opened() -> _Open:
            parts = now.parts.refreshed()
            return now if parts is now.parts else _opened(parts, now.scope, instead_of=now)

        def close(made: _Open) -> None:
            if made is not now:
                made.parts.close(keep=now.parts)

        try:
            self._take(self._aside.run(opened, undo=close))
            self._complaint = ""
        except RagError as exc:
            if exc.message != self._complaint:
                self._notice(f"{exc.message}: answering from the articles as they were")
            self._complaint = exc.message
        took = self._clock() - began if self._open is now else 0.0
        self._next_look = self._clock() + max(LOOK_S, took * LOOK_SHARE)

    def _take(self, made: _Open) -> None:
        """Answer from what was opened, and release what it does not share."""
        before, self._open = self._open, made
        if made is not before:
            before.parts.close(keep=made.parts)
            self._next_look = self._clock() + LOOK_S


def _opened(parts: Parts, scope: Scope, *, instead_of: _Open | None = None) -> _Open:
    """Everything that ``parts`` need to answer; if it cannot be opened, nothing is left open but
    what is in use."""
    try:
        return _Open(parts, scope, parts.assistant(scope))
    except BaseException:
        parts.close(keep=None if instead_of is None else instead_of.parts)
        raise


@contextmanager
def open_desk(
    settings: Settings, scope: Scope, activity: Activity, *, notice: Notice, detail: Notice = unsaid
) -> Iterator[OpenDesk]:
    """A desk that is closed at the end; everything is loaded, so that Ctrl-C in a chat never
    interrupts an import.

    Raises:
        RagError: there is nothing that could answer.
    """
    aside = Aside(activity)
    parts = Parts(
        settings,
        notice=aside.told(notice),
        detail=aside.told(detail),
        progress=aside,
        meter=activity,
    )
    desk = OpenDesk(parts, scope, aside=aside, notice=notice)
    try:
        yield desk
    finally:
        desk.close()
