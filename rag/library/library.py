"""A folder of articles opened by a program: ask, stream, search, check, index."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from rag import upkeep
from rag.errors import UsageError
from rag.library.arguments import OpenArguments, Paths, settings_of
from rag.library.producing import Production
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assistant.events import Event
    from rag.assistant.text_report import TextReport
    from rag.chat.session import ChatSession
    from rag.engines import Notice
    from rag.indexing.progress import Progress, SyncReport
    from rag.indexing.status import IndexStatus
    from rag.parts import Parts
    from rag.retrieval.scope import Scope
    from rag.types import Answer, Hit, Passage, Turn

N_HITS = 5
"""Hits of a search unless a number is given or set."""
_log = logging.getLogger("rag")


def open_library(articles: Paths | None = None, **how: Unpack[OpenArguments]) -> Library:
    """The articles in ``articles`` (folders or files), or those that the settings or the index
    name, ready to be asked.

    Nothing is read yet: the first question builds the index, or brings it up to date.

    Args:
        articles: a path or several; None: those of the settings, else those indexed last.
        how: settings by name, and what ``OpenArguments`` describes.

    Raises:
        UsageError: a setting is unknown or wrong, a settings file cannot be used, or there are
            neither articles nor an index of some.
        CorpusIndexError: the index is damaged.
    """
    notice, progress = how.pop("notice", None), how.pop("progress", None)
    settings, isolated = how.pop("settings", None), how.pop("isolated", False)
    in_force = settings_of(articles, how, settings=settings, isolated=isolated)
    return Library(in_force, notice=notice, progress=progress)


class Library:
    """Articles, their index and the engine that answers; all stay open until ``close``.

    Threads may share one: calls wait for each other, so that one answer is made at a time. A
    stream counts until its last event is made, not until it is read. Callbacks are called in the
    thread of the call and must not call the library.

    The index is brought up to date when it is opened, by the first call that needs it; later
    changes of the articles are seen after ``index``.

    Args:
        settings: with absolute paths, as ``rag.library.arguments.settings_of`` makes them.
        notice: told in one line what is done and why; None: the logger ``rag``, level INFO.

    Raises:
        UsageError: no articles are named and none were indexed.
        CorpusIndexError: the index is damaged.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        notice: Notice | None = None,
        progress: Progress | None = None,
    ) -> None:
        if not settings.articles and not upkeep.recorded_roots(settings):
            raise UsageError(
                "no articles are named and none were indexed", hint='articles="FOLDER"'
            )
        self.settings = settings
        self._notice: Notice = notice or _logged
        self._progress = progress
        self._lock = threading.Lock()
        self._parts: Parts | None = None
        self._streams: set[Production[Event]] = set()
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the streams that run and release everything. May be called twice."""
        for production in tuple(self._streams):
            production.stop()
        with self._lock:
            self._is_closed = True
            parts, self._parts = self._parts, None
            if parts is not None:
                parts.close()

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        in_: str | Sequence[str] = (),
        since: str = "",
        until: str = "",
    ) -> Answer:
        """The whole answer, every sentence of it checked; a refusal is an answer too.

        Args:
            history: earlier turns of the conversation, oldest first.
            in_, since, until: which articles alone may answer, as the flags of ``rag ask``.

        Raises:
            UsageError: an empty or absurdly long question, or no article in that scope.
            RagError: the articles, the index or the engine cannot be used.
        """
        scope = _scope(in_, since, until)
        with self._lock:
            return self._open().assistant(scope).ask(question, history)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        previous: Sequence[Passage] = (),
        in_: str | Sequence[str] = (),
        since: str = "",
        until: str = "",
    ) -> Iterator[Event]:
        """The answer as it comes about: ``Retrieved``, then ``Shown`` and ``Dropped``, then
        ``Finished`` with the whole.

        It is made in a thread of its own from the first event that is asked for, whether or not
        the rest is read; closing the iterator stops it after the sentence that is being made.

        Args:
            previous: passages offered earlier in the conversation; they keep their labels.

        Raises:
            RagError: as ``ask``.
        """
        scope = _scope(in_, since, until)
        with self._lock:
            self._open().assistant(scope)  # here, where it can be interrupted
        events = self._events(question, history, previous, scope)
        production = Production(events)
        self._streams.add(production)
        try:
            yield from production.items()
        finally:
            self._streams.discard(production)

    def _events(
        self, question: str, history: Sequence[Turn], previous: Sequence[Passage], scope: Scope
    ) -> Iterator[Event]:
        """The events of an answer; the library is held from the first to the last."""
        with self._lock:
            assistant = self._open().assistant(scope)
            yield from assistant.stream(question, history, previous=previous)

    def chat(self) -> ChatSession:
        """A new conversation: follow-ups are understood, passages keep their labels."""
        from rag.chat.session import ChatSession

        return ChatSession(self)

    def search(
        self,
        query: str,
        k: int | None = None,
        *,
        in_: str | Sequence[str] = (),
        since: str = "",
        until: str = "",
    ) -> list[Hit]:
        """At most ``k`` passages, best first; no answer is made and no engine is needed.

        Raises:
            UsageError: an empty query, ``k`` below 1, or no article in that scope.
            RagError: the articles or the index cannot be used.
        """
        n_hits = (self.settings.passages or N_HITS) if k is None else k
        if n_hits < 1:
            raise UsageError(f"k is {n_hits}: at least one passage is asked for")
        scope = _scope(in_, since, until)
        with self._lock:
            return self._open().retriever(scope).retrieve(query, n_hits)

    def check(
        self,
        text: str,
        *,
        threshold: float | None = None,
        in_: str | Sequence[str] = (),
        since: str = "",
        until: str = "",
    ) -> TextReport:
        """Which statement of ``text`` (plain or Markdown) the articles support, and by what.

        Args:
            threshold: the score from which a statement counts as supported, in [0, 1]; None: the
                verifier's own.

        Raises:
            UsageError: an empty text, an impossible threshold, or no article in that scope.
            RagError: the articles or the index cannot be used.
        """
        from rag.assistant.prose import read_prose

        if not any(character.isalnum() for character in text):
            raise UsageError("the text is empty: nothing to check")
        if threshold is not None and not 0.0 <= threshold <= 1.0:
            raise UsageError(f"threshold: {threshold} is not between 0 and 1")
        scope = _scope(in_, since, until)
        with self._lock:
            return self._open().checker(scope, threshold).check(read_prose(text))

    def index(self, *, rebuild: bool = False, verify: bool = False) -> SyncReport:
        """Bring the index in step with the articles; questions that follow are answered from it.

        Args:
            rebuild: make it anew, whatever is there.
            verify: compare the bytes of every file, however it looks from outside.

        Raises:
            InputError: a path is missing, or nothing in the articles can be read.
            CorpusIndexError: the index is damaged, or another program keeps writing it.
        """
        with self._lock:
            parts = self._open()
            report = upkeep.sync_index(
                self.settings,
                embedder=parts.embedder,
                progress=self._progress,
                notice=self._notice,
                rebuild=rebuild,
                verify=verify,
            )
            if rebuild or report.added or report.changed or report.removed or report.moved:
                # the next question opens what is there now; the engine stays
                self._parts = parts.with_settings(self.settings, index_anew=True)
                parts.close(keep=self._parts)
            return report

    def status(self) -> IndexStatus:
        """What the index holds and how it stands to its folders; no model is loaded for it."""
        return upkeep.index_status(self.settings)

    def _require_open(self) -> None:
        if self._is_closed:
            raise UsageError("the library is closed", hint="rag.open(...)")

    def _open(self) -> Parts:
        self._require_open()
        if self._parts is None:
            from rag.parts import Parts

            self._parts = Parts(self.settings, notice=self._notice, progress=self._progress)
        return self._parts


def _scope(in_: str | Sequence[str], since: str, until: str) -> Scope:
    from rag.retrieval.scope import Scope

    return Scope((in_,) if isinstance(in_, str) else tuple(in_), since, until)


def _logged(message: str) -> None:
    _log.info("%s", message)
