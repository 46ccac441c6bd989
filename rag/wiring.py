"""From settings to objects: with ``rag.engines`` and ``rag.upkeep`` the only place that chooses
adapters. Nothing heavy at the top."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from rag.engines import Notice, choose_model, open_endpoint, open_engine, unsaid
from rag.freshness import bring_up_to_date
from rag.retrieval.scope import EVERYTHING, Scope
from rag.settings import Settings, index_path
from rag.upkeep import open_embedder

if TYPE_CHECKING:
    from rag.assistant.assistant import Assistant
    from rag.assistant.checking import TextChecker
    from rag.indexing.corpus import CorpusIndex
    from rag.indexing.progress import Progress
    from rag.protocols import Embedder, Engine, Meter, Verifier
    from rag.retrieval.evidence import SentenceRanker
    from rag.retrieval.hybrid import HybridRetriever
    from rag.retrieval.scope import Selection

N_PASSAGES = {"llama": 5, "extractive": 8, "endpoint": 5}
"""Passages offered unless a number is set: a prompt costs time, a ranking hardly any."""


@contextmanager
def open_index(
    settings: Settings,
    embedder: Embedder,
    *,
    notice: Notice,
    progress: Progress | None = None,
) -> Iterator[CorpusIndex]:
    """The index, built if there is none and brought up to date if articles changed.

    ``notice`` is told in one line what was done and why. If the folders it was built from are
    gone, the index is used as it is, and that is said.
    """
    from rag.indexing.corpus import CorpusIndex

    bring_up_to_date(settings, embedder, notice, progress)
    index = CorpusIndex.open(index_path(settings), embedder_name=embedder.name)
    for fault in index.repaired:
        notice(f"Built again from the index: {fault}")
    try:
        yield index
    finally:
        index.close()


@contextmanager
def open_retriever(
    settings: Settings,
    *,
    notice: Notice,
    progress: Progress | None = None,
    scope: Scope = EVERYTHING,
) -> Iterator[HybridRetriever]:
    """Hybrid retrieval over the up-to-date index, or over what ``scope`` chooses of it; its
    ``scope`` says that in words.

    Raises:
        UsageError: if no article lies in the scope.
    """
    from rag.retrieval.hybrid import HybridRetriever
    from rag.retrieval.scope import select

    embedder = open_embedder(settings)
    with open_index(settings, embedder, notice=notice, progress=progress) as index:
        chosen = select(scope, index)
        yield HybridRetriever(index, embedder, among=chosen.keys, scope=str(chosen))


@contextmanager
def open_text_checker(
    settings: Settings,
    *,
    notice: Notice,
    progress: Progress | None = None,
    threshold: float | None = None,
    scope: Scope = EVERYTHING,
) -> Iterator[TextChecker]:
    """What checks texts from elsewhere against the up-to-date index, or against what ``scope``
    chooses of it; no engine is needed.

    Raises:
        UsageError: if no article lies in the scope.
    """
    from rag.retrieval.evidence import SentenceRanker
    from rag.retrieval.scope import select

    embedder = open_embedder(settings)
    with open_index(settings, embedder, notice=notice, progress=progress) as index:
        chosen = select(scope, index)
        ranker = SentenceRanker(embedder, index.document_frequency, index.n_chunks)
        embedder.embed_query("loads the weights")
        verifier = open_verifier(settings, ranker)
        yield assemble_checker(settings, index, chosen, embedder, verifier, threshold=threshold)


def assemble_checker(
    settings: Settings,
    index: CorpusIndex,
    chosen: Selection,
    embedder: Embedder,
    verifier: Verifier,
    *,
    threshold: float | None = None,
) -> TextChecker:
    """The checker of texts made of parts that are open."""
    from rag.assistant.checking import N_PASSAGES, TextChecker
    from rag.retrieval.hybrid import HybridRetriever

    return TextChecker(
        retriever=HybridRetriever(index, embedder, among=chosen.keys),
        verifier=verifier,
        n_passages=settings.passages or N_PASSAGES,
        threshold=threshold,
        index_id=index.index_id,
        scope=str(chosen),
    )


def open_verifier(settings: Settings, ranker: SentenceRanker) -> Verifier:
    """What says whether texts support a claim; words weigh what they do in the index. Weights load
    when the first sentence is judged that is not an article's own."""
    if settings.verifier == "lexical":
        from rag.grounding.lexical import LexicalVerifier

        return LexicalVerifier(ranker.idf)
    if settings.verifier == "combined":
        from rag.grounding.combined import CombinedVerifier
        from rag.grounding.pair_scorer import PairScorer

        return CombinedVerifier(PairScorer(), ranker.idf)
    from rag.grounding.cross_encoder import CrossEncoderVerifier

    return CrossEncoderVerifier(settings.verifier, ranker.idf)


@contextmanager
def open_assistant(
    settings: Settings,
    *,
    notice: Notice,
    detail: Notice = unsaid,
    progress: Progress | None = None,
    scope: Scope = EVERYTHING,
    meter: Meter | None = None,
) -> Iterator[Assistant]:
    """The assistant over the up-to-date index, or over what ``scope`` chooses of it, with the
    engine of the settings.

    The engine is chosen first, so that one that cannot run is said before anything is indexed; all
    weights are loaded before it is handed over, so that Ctrl-C never interrupts an import.
    ``detail`` is told what only the curious want to know: where a model runs, what was kept;
    ``meter`` how far it is with a prompt and an answer.

    Raises:
        EngineError, ModelError: an engine or model asked for by name cannot run.
        UsageError: if no article lies in the scope.
    """
    from rag.retrieval.evidence import SentenceRanker
    from rag.retrieval.scope import select

    model = choose_model(settings, notice=notice)
    remote = None
    if settings.engine == "endpoint":
        remote = open_endpoint(settings, notice=notice, meter=meter)
    embedder = open_embedder(settings)
    with ExitStack() as stack:
        index = stack.enter_context(
            open_index(settings, embedder, notice=notice, progress=progress)
        )
        chosen = select(scope, index)
        ranker = SentenceRanker(embedder, index.document_frequency, index.n_chunks)
        engine = remote or open_engine(
            settings, model, ranker, notice=notice, detail=detail, meter=meter
        )
        stack.callback(engine.close)
        embedder.embed_query("loads the weights")
        verifier = open_verifier(settings, ranker)
        yield assemble(settings, index, chosen, embedder, ranker, engine, verifier)


def assemble(
    settings: Settings,
    index: CorpusIndex,
    chosen: Selection,
    embedder: Embedder,
    ranker: SentenceRanker,
    engine: Engine,
    verifier: Verifier,
) -> Assistant:
    """The assistant made of parts that are open; they stay the caller's. It costs next to
    nothing."""
    from rag.assistant.assistant import Assistant, Policy
    from rag.assistant.windows import WINDOW_CHARS
    from rag.grounding.answerability import Answerability
    from rag.grounding.check import SentenceChecker
    from rag.retrieval.hybrid import HybridRetriever
    from rag.retrieval.spelling import SpellingCorrector
    from rag.types import Provenance

    return Assistant(
        retriever=HybridRetriever(index, embedder, among=chosen.keys),
        ranker=ranker,
        answerability=Answerability(index.document_frequency),
        engine=engine,
        checker=SentenceChecker(verifier),
        correct_spelling=SpellingCorrector(index.document_frequency, embedder).correct,
        policy=Policy(
            n_passages=settings.passages or N_PASSAGES.get(engine.name, 5),
            retries=settings.retries,
            flag_unsupported=settings.unsupported == "flag",
            quote=settings.quote,
            # a ranking reads long passages for nothing, a prompt does not
            window_chars=0 if engine.name == "extractive" else WINDOW_CHARS,
            prefer_newest=settings.prefer == "newest",
            movable=engine.name == "extractive",
        ),
        provenance=Provenance(
            index_id=index.index_id,
            embedder=index.embedder_name,
            model=getattr(engine, "model_name", ""),
            prompt_id=getattr(engine, "prompt_id", ""),
            sampling=f"temperature={settings.temperature:g} seed={settings.seed}"
            + (" quote" if settings.quote else ""),
            scope=str(chosen),
        ),
    )
