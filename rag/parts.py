"""An index that is open, and what is made over it: retriever, checker of texts, assistant."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from rag import wiring
from rag.engines import Notice, choose_model, open_endpoint, open_engine
from rag.settings import Settings
from rag.upkeep import open_embedder

if TYPE_CHECKING:
    from rag.assistant.assistant import Assistant
    from rag.assistant.checking import TextChecker
    from rag.indexing.corpus import CorpusIndex
    from rag.indexing.progress import Progress
    from rag.models.files import ModelFile
    from rag.protocols import Embedder, Engine, Verifier
    from rag.retrieval.evidence import SentenceRanker
    from rag.retrieval.hybrid import HybridRetriever
    from rag.retrieval.scope import Scope


class Parts:
    """What a library holds open. Each part is opened when it is first needed."""

    def __init__(self, settings: Settings, *, notice: Notice, progress: Progress | None) -> None:
        self._settings = settings
        self._notice = notice
        self._progress = progress
        self._stack = ExitStack()

    def close(self) -> None:
        """Release the engine and the index."""
        self._stack.close()

    def retriever(self, scope: Scope) -> HybridRetriever:
        """Raises ``UsageError`` if no article lies in the scope; the next two do as well."""
        from rag.retrieval.hybrid import HybridRetriever
        from rag.retrieval.scope import select

        chosen = select(scope, self._index)
        return HybridRetriever(self._index, self._embedder, among=chosen.keys, scope=str(chosen))

    def checker(self, scope: Scope, threshold: float | None) -> TextChecker:
        """What checks texts against the articles of ``scope``."""
        from rag.retrieval.scope import select

        chosen = select(scope, self._index)
        return wiring.assemble_checker(
            self._settings,
            self._index,
            chosen,
            self._embedder,
            self._verifier,
            threshold=threshold,
        )

    def assistant(self, scope: Scope) -> Assistant:
        """What answers from the articles of ``scope``."""
        from rag.retrieval.scope import select

        _ = self._model, self._remote  # what cannot run is said before anything is indexed
        chosen = select(scope, self._index)
        return wiring.assemble(
            self._settings,
            self._index,
            chosen,
            self._embedder,
            self._ranker,
            self._engine,
            self._verifier,
        )

    @cached_property
    def _embedder(self) -> Embedder:
        return open_embedder(self._settings)

    @cached_property
    def _index(self) -> CorpusIndex:
        index = self._stack.enter_context(
            wiring.open_index(
                self._settings, self._embedder, notice=self._notice, progress=self._progress
            )
        )
        self._embedder.embed_query("loads the weights")
        return index

    @cached_property
    def _ranker(self) -> SentenceRanker:
        from rag.retrieval.evidence import SentenceRanker

        return SentenceRanker(self._embedder, self._index.document_frequency, self._index.n_chunks)

    @cached_property
    def _verifier(self) -> Verifier:
        return wiring.open_verifier(self._settings, self._ranker)

    @cached_property
    def _model(self) -> ModelFile | None:
        return choose_model(self._settings, notice=self._notice)

    @cached_property
    def _remote(self) -> Engine | None:
        if self._settings.engine != "endpoint":
            return None
        return open_endpoint(self._settings, notice=self._notice)

    @cached_property
    def _engine(self) -> Engine:
        engine = self._remote or open_engine(
            self._settings, self._model, self._ranker, notice=self._notice
        )
        self._stack.callback(engine.close)
        return engine
