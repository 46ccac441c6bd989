"""What stays open between questions, part by part: the embedder, the index, the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rag import wiring
from rag.engines import Notice, adjust, choose_model, open_endpoint, open_engine, unsaid
from rag.freshness import bring_up_to_date
from rag.held import Held
from rag.retrieval.scope import EVERYTHING, Scope
from rag.settings import Settings
from rag.upkeep import open_embedder

if TYPE_CHECKING:
    from rag.assistant.assistant import Assistant
    from rag.assistant.checking import TextChecker
    from rag.indexing.corpus import CorpusIndex
    from rag.indexing.progress import Progress
    from rag.models.files import ModelFile
    from rag.protocols import Embedder, Engine, Meter, Verifier
    from rag.retrieval.evidence import SentenceRanker
    from rag.retrieval.hybrid import HybridRetriever

INDEX_KEYS = (
    "corpus",
    "articles",
    "index_dir",
    "include",
    "ignore",
    "gitignore",
    "text_key",
    "title_key",
    "date_key",
    "index_type",
    "chunk_tokens",
)
"""Settings that say what the index holds; beside them the embedder does."""
_CHOICE_KEYS = ("engine", "model", "endpoint")
ENGINE_KEYS = (
    *_CHOICE_KEYS,
    "endpoint_model",
    "endpoint_timeout_s",
    "context_tokens",
    "threads",
    "gpu_layers",
    "kv_type",
    "prefix_cache_mb",
)
"""Settings that an engine is opened with; how it writes is set while it is open."""


class Parts:
    """Parts made from settings, each opened when it is first needed and kept until ``close``.

    ``with_settings`` makes others that share what the change leaves as it is.

    Args:
        notice: told in one line what is done and why; detail: what only the curious want to know.
        progress: told how far indexing is; meter: how far an engine is.
        plans: whether the assistant shall only plan: no model's weights are loaded then.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        notice: Notice,
        detail: Notice = unsaid,
        progress: Progress | None = None,
        meter: Meter | None = None,
        plans: bool = False,
    ) -> None:
        self.settings = settings
        self._notice = notice
        self._detail = detail
        self._progress = progress
        self._meter = meter
        self._plans = plans
        self._held = Held()

    def with_settings(self, settings: Settings, *, index_anew: bool = False) -> Parts:
        """Parts made from ``settings`` that share with these what they have in common; nothing is
        opened yet. Both stay usable: close one of them with the other as ``keep``.

        Args:
            index_anew: whether the index is opened again in any case: what is open is one state
                of it.
        """
        others = Parts(
            settings,
            notice=self._notice,
            detail=self._detail,
            progress=self._progress,
            meter=self._meter,
            plans=self._plans,
        )
        others._held = self._held.shared(without=("index",) if index_anew else ())
        return others

    def close(self, *, keep: Parts | None = None) -> None:
        """Release every part that ``keep`` does not share. May be called twice."""
        self._held.close(keep=None if keep is None else keep._held)

    def retriever(self, scope: Scope = EVERYTHING) -> HybridRetriever:
        """What searches the articles of ``scope``; its ``scope`` says that in words.

        Raises:
            UsageError: if no article lies in the scope; the next two raise it as well.
        """
        from rag.retrieval.hybrid import HybridRetriever
        from rag.retrieval.scope import select

        chosen = select(scope, self.index)
        return HybridRetriever(self.index, self.embedder, among=chosen.keys, scope=str(chosen))

    def checker(self, scope: Scope = EVERYTHING, threshold: float | None = None) -> TextChecker:
        """What checks texts against the articles of ``scope``; no engine is needed."""
        from rag.retrieval.scope import select

        chosen = select(scope, self.index)
        return wiring.assemble_checker(
            self.settings, self.index, chosen, self.embedder, self._verifier, threshold=threshold
        )

    def assistant(self, scope: Scope = EVERYTHING) -> Assistant:
        """What answers from the articles of ``scope``, with the engine of the settings.

        The engine is chosen first, so that one that cannot run is said before anything is indexed;
        all weights are loaded before it is handed over, so that Ctrl-C never interrupts an import.

        Raises:
            EngineError, ModelError: an engine or model asked for by name cannot run.
        """
        from rag.retrieval.scope import select

        if self.settings.engine == "endpoint":
            _ = self.engine
        _ = self._model
        chosen = select(scope, self.index)
        engine = self.engine
        adjust(engine, self.settings)
        return wiring.assemble(
            self.settings, self.index, chosen, self.embedder, self._ranker, engine, self._verifier
        )

    @property
    def embedder(self) -> Embedder:
        """What embeds questions and articles."""
        return self._held.get(
            "embedder", (self.settings.embedder,), lambda: open_embedder(self.settings)
        )

    @property
    def index(self) -> CorpusIndex:
        """The index; opening it builds it if there is none, and brings it up to date."""
        return self._index(anew=True)

    def refreshed(self) -> Parts:
        """These parts if their index is in step with the articles; else, once it is brought up to
        date, others that share all but the index.

        Raises:
            RagError: the articles or the index cannot be used any more.
        """
        self._bring_up_to_date()
        if wiring.is_published(self.settings, self.index):
            return self
        others = self.with_settings(self.settings, index_anew=True)
        others._index(anew=False)
        return others

    def _index(self, *, anew: bool) -> CorpusIndex:
        def open_index() -> CorpusIndex:
            if anew:
                self._bring_up_to_date()
            index = wiring.open_index(self.settings, embedder, notice=self._notice)
            _ = embedder.dimension  # loads what takes long to load, if there is such a thing
            return index

        embedder = self.embedder
        made_from = (embedder, *self._values(INDEX_KEYS))
        return self._held.get("index", made_from, open_index, release=lambda index: index.close())

    def _bring_up_to_date(self) -> None:
        bring_up_to_date(self.settings, self.embedder, self._notice, self._progress)

    @property
    def _ranker(self) -> SentenceRanker:
        from rag.retrieval.evidence import SentenceRanker

        embedder, index = self.embedder, self.index
        return self._held.get(
            "ranker",
            (embedder, index),
            lambda: SentenceRanker(
                embedder,
                index.document_frequency,
                index.n_chunks,
                stored=index.vectors_of_chunks,
            ),
        )

    @property
    def _verifier(self) -> Verifier:
        ranker = self._ranker
        return self._held.get(
            "verifier",
            (self.settings.verifier, ranker),
            lambda: wiring.open_verifier(self.settings, ranker),
        )

    @property
    def _model(self) -> ModelFile | None:
        return self._held.get(
            "model",
            self._values(_CHOICE_KEYS),
            lambda: choose_model(self.settings, notice=self._notice),
        )

    @property
    def engine(self) -> Engine:
        """What writes the answers; opening it loads its model.

        Raises:
            EngineError, ModelError: an engine or model asked for by name cannot run.
        """
        if self.settings.engine == "endpoint":
            return self._opened_engine((), self._open_endpoint)
        model = self._model
        if model is None:  # its sentences are ranked with the words of the index
            ranker = self._ranker
            return self._opened_engine((ranker,), lambda: self._open_engine(None))
        return self._opened_engine((model,), lambda: self._open_engine(model))

    def _opened_engine(self, parts: tuple[Any, ...], make: Callable[[], Engine]) -> Engine:
        return self._held.get(
            "engine",
            (*parts, *self._values(ENGINE_KEYS)),
            make,
            release=lambda engine: engine.close(),
        )

    def _open_endpoint(self) -> Engine:
        return open_endpoint(self.settings, notice=self._notice, meter=self._meter)

    def _open_engine(self, model: ModelFile | None) -> Engine:
        return open_engine(
            self.settings,
            model,
            self._ranker,
            notice=self._notice,
            detail=self._detail,
            meter=self._meter,
            plans=self._plans,
        )

    def _values(self, keys: tuple[str, ...]) -> tuple[Any, ...]:
        """The settings of ``keys`` and, because that decides what some of them mean, whether each
        was set, and on the command line."""
        settings, sources = self.settings, self.settings.sources
        return tuple(
            (getattr(settings, key), key in sources, sources.get(key) == "flag") for key in keys
        )


@contextmanager
def open_parts(
    settings: Settings,
    *,
    notice: Notice,
    detail: Notice = unsaid,
    progress: Progress | None = None,
    meter: Meter | None = None,
    plans: bool = False,
) -> Iterator[Parts]:
    """``Parts`` that are closed at the end; see there for what they are told."""
    parts = Parts(
        settings, notice=notice, detail=detail, progress=progress, meter=meter, plans=plans
    )
    try:
        yield parts
    finally:
        parts.close()


@contextmanager
def open_assistant(
    settings: Settings,
    *,
    notice: Notice,
    detail: Notice = unsaid,
    progress: Progress | None = None,
    scope: Scope = EVERYTHING,
    meter: Meter | None = None,
    plans: bool = False,
) -> Iterator[Assistant]:
    """``Parts.assistant`` for one task: its parts are closed at the end."""
    with open_parts(
        settings, notice=notice, detail=detail, progress=progress, meter=meter, plans=plans
    ) as parts:
        yield parts.assistant(scope)
