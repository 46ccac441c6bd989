"""A desk that opens nothing: for tests of what happens around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rag.assistant.events import Event, Finished, Shown
from rag.engines import EngineFacts
from rag.errors import ModelError, UsageError
from rag.indexing.progress import SyncReport
from rag.indexing.status import IndexStatus
from rag.retrieval.scope import EVERYTHING, Scope
from rag.settings import Settings
from rag.types import Passage, Turn
from tests.cli.answers import answer, evidence, sentence

TITLES = ("A harbour freezes over", "The bakery on the corner")


class FakeDesk:
    """Answers every question alike. A model called ``no...`` cannot be loaded, and there is no
    article but those of ``TITLES``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = self.first_settings = settings
        self.scope = EVERYTHING
        self.questions: list[str] = []

    @property
    def engine_name(self) -> str:
        return self.settings.engine

    @property
    def engine(self) -> EngineFacts:
        return EngineFacts(self.settings.engine, self.settings.model)

    @property
    def within(self) -> str:
        n = len(self._chosen(self.scope))
        return f"{self.scope}: {n} of {len(TITLES)} articles" if self.scope else ""

    def _chosen(self, scope: Scope) -> list[str]:
        wanted = [text.casefold() for text in scope.in_]
        return [t for t in TITLES if not wanted or any(w in t.casefold() for w in wanted)]

    def change(self, settings: Settings | None = None, *, scope: Scope | None = None) -> None:
        settings, scope = settings or self.settings, self.scope if scope is None else scope
        if settings.model.startswith("no"):
            raise ModelError(f"no model is called {settings.model!r}", hint="another")
        if not self._chosen(scope):
            raise UsageError(f"no article matches {scope}", hint="another")
        self.settings, self.scope = settings, scope

    def sync(self, settings: Settings | None = None) -> SyncReport:
        self.change(settings)
        return SyncReport(0, 0, 0, 0, 2, (), 2, 3, 0, 0.1)

    def titles(self) -> list[str]:
        return list(TITLES)

    def index_status(self) -> IndexStatus:
        return IndexStatus(Path("index"), problem="no index")

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        self.questions.append(question)
        said = sentence("It is so [1].", evidence("It is so."))
        yield Shown(said)
        yield Finished(replace(answer(said), question=question))
