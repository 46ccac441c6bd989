"""From settings to objects: with ``rag.engines`` and ``rag.upkeep`` the only place that chooses
adapters. What it makes is kept by ``rag.parts``. Nothing heavy at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.engines import Notice
from rag.settings import Settings, index_path

if TYPE_CHECKING:
    from rag.assistant.assistant import Assistant
    from rag.assistant.checking import TextChecker
    from rag.indexing.corpus import CorpusIndex
    from rag.protocols import Embedder, Engine, Verifier
    from rag.retrieval.evidence import SentenceRanker
    from rag.retrieval.scope import Selection

N_PASSAGES = {"llama": 6, "extractive": 8, "endpoint": 6}
"""Passages offered unless a number is set, at most: a prompt costs time, a ranking hardly any."""


def open_index(settings: Settings, embedder: Embedder, *, notice: Notice) -> CorpusIndex:
    """The index as it is; ``notice`` is told what of it was damaged and mended.

    Raises:
        CorpusIndexError: no index, a damaged one, one of another version or embedder.
    """
    from rag.indexing.corpus import CorpusIndex

    index = CorpusIndex.open(index_path(settings), embedder_name=embedder.name)
    for fault in index.repaired:
        notice(f"Built again from the index: {fault}")
    return index


def is_published(settings: Settings, index: CorpusIndex) -> bool:
    """Whether ``index``, which is open, is what its folder holds now: a later run, of this
    program or another one, may have published what is newer.

    Raises:
        CorpusIndexError: there is none any more, or it is damaged.
    """
    from rag.store.reader import StoreReader
    from rag.store.schema import FILE_NAME

    with StoreReader.open(index_path(settings) / FILE_NAME) as store:
        now = store.manifest
    return (now.generation, now.index_id) == (index.generation, index.index_id)


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
    from rag.assistant.selecting import LEAST_SHARE, POOL
    from rag.assistant.windows import WINDOW_CHARS
    from rag.grounding.answerability import Answerability
    from rag.grounding.check import SentenceChecker
    from rag.retrieval.hybrid import HybridRetriever
    from rag.retrieval.spelling import SpellingCorrector
    from rag.types import Provenance

    # a ranking reads many long passages for nothing, a prompt does not
    is_prompted = engine.name != "extractive"
    return Assistant(
        retriever=HybridRetriever(index, embedder, among=chosen.keys),
        ranker=ranker,
        answerability=Answerability(index.document_frequency),
        engine=engine,
        checker=SentenceChecker(verifier),
        correct_spelling=SpellingCorrector(index.document_frequency, embedder).correct,
        policy=Policy(
            n_passages=settings.passages or N_PASSAGES.get(engine.name, 6),
            retries=settings.retries,
            flag_unsupported=settings.unsupported == "flag",
            quote=settings.quote,
            strict=settings.strict,
            pool=POOL if is_prompted else 0,
            # a number that was asked for is kept
            least_share=LEAST_SHARE if is_prompted and not settings.passages else 0.0,
            window_chars=WINDOW_CHARS if is_prompted else 0,
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
