"""What every engine does when it is asked to quote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.embedding.hashing import HashingEmbedder
from rag.generation.extractive import ExtractiveEngine
from rag.generation.llama.engine import LlamaEngine
from rag.generation.prompting import REFUSAL
from rag.grounding.quotation import check_quotation
from rag.protocols import Engine
from rag.retrieval.evidence import SentenceRanker
from rag.types import Draft, Verdict
from tests.support.gguf import random_gguf
from tests.support.passages import passage

PASSAGES = (
    passage(3, "Meta released Llama 3 in April 2024 [2]. It comes\nin two sizes. 8B is one."),
    passage(1, "Firms with 700 million users must ask Meta. The “licence” says so – §2.", start=9),
)
QUESTIONS = ("When was Llama 3 released?", "Who must ask Meta, and in what sizes does it come?")


def _extractive(folder: Path) -> Engine:
    return ExtractiveEngine(SentenceRanker(HashingEmbedder(), lambda term: 1, 10))


def _random_llama(folder: Path) -> Engine:
    return LlamaEngine(random_gguf(folder / "m.gguf"), n_threads=1, temperature=1.0, seed=3)


@pytest.fixture(params=[_extractive, _random_llama], ids=["extractive", "llama"])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    make: Callable[[Path], Engine] = request.param
    engine = make(tmp_path)
    yield engine
    engine.close()


def drafts_of(engine: Engine, question: str) -> list[Draft]:
    generation = engine.generate(question, PASSAGES, (), quote=True)
    drafts = []
    while (draft := generation.next()) is not None:
        drafts.append(draft)
        generation.accept(draft.text)
    generation.close()
    return drafts


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_draft_is_a_whole_sentence_at_its_place_in_an_offered_passage(
    engine: Engine, question: str
) -> None:
    offered = {p.label: p.chunk for p in PASSAGES}
    drafts = drafts_of(engine, question)
    assert drafts
    for draft in drafts:
        if draft.quotation is None:
            assert draft.text == REFUSAL
            continue
        chunk = offered[draft.quotation.label]
        assert draft.quotation.span in chunk.sentences
        assert draft.quotation.span.of(chunk.text) == draft.text


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quotation_passes_the_check_with_itself_as_evidence(
    engine: Engine, question: str
) -> None:
    for draft in drafts_of(engine, question):
        if draft.quotation is not None:
            checked = check_quotation(draft, PASSAGES)
            assert checked.verdict is Verdict.SUPPORTED
            assert [e.quote for e in checked.evidence] == [draft.text]


def test_nothing_is_quoted_twice(engine: Engine) -> None:
    drafts = drafts_of(engine, QUESTIONS[1])
    assert len(set(drafts)) == len(drafts)


def test_without_being_asked_an_engine_claims_no_quotation(engine: Engine) -> None:
    generation = engine.generate(QUESTIONS[0], PASSAGES, ())
    draft = generation.next()
    assert draft is None or draft.quotation is None
    generation.close()
