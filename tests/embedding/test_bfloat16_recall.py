"""Half the digits must not cost evidence: what is found with vectors of bfloat16 products, beside
what is found with those of float32, by meaning alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from bench.devsets import indexed, load_set
from rag.chunking.embedding_text import embedding_text
from rag.chunking.packer import SentenceChunker
from rag.embedding import unaided
from rag.embedding.openvino_model import OpenVinoModel, _openvino
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.evaluation.cases import load_cases
from rag.evaluation.gold import covers, verify_gold
from rag.evaluation.suite import load_suite
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync
from rag.types import Chunk

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "retrieval"
_MOST = 0.003
"""Of recall, averaged over the cut-offs 1 to 10 and over all questions: at one cut-off of a set of
200 a single near tie would be more."""


class Chunks(NamedTuple):
    """The chunks of an index, their vectors as stored, and the texts that were embedded."""

    chunks: list[Chunk]
    rows: np.ndarray
    texts: list[str]


Asked = tuple[Chunks, list[str], np.ndarray]
"""An index, questions about it, and which chunk answers which: bool ``(questions, chunks)``."""


@pytest.fixture(autouse=True)
def on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no graphics processor, but a processor that multiplies bfloat16."""
    if "BF16" not in _openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this processor does not multiply bfloat16")
    monkeypatch.setattr(unaided, "may_have_accelerator", lambda: False)


def recall(rows: np.ndarray, queries: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Of each question, the share of the cut-offs 1 to 10 by which an answer was found."""
    order = np.argsort(-(queries @ rows.T), axis=1)[:, :10]
    found = np.take_along_axis(answers, order, axis=1).cumsum(axis=1) > 0
    shares: np.ndarray = found.mean(axis=1)
    return shares


def require_equal_recall(asked: Sequence[Asked]) -> None:
    whole = SentenceTransformerEmbedder(bfloat16=False)
    assert isinstance(whole._unaided.fast, OpenVinoModel)
    lost: list[float] = []
    for found, questions, answers in asked:
        exact, queries = whole.embed_documents(found.texts), whole.embed_documents(questions)
        assert not np.allclose(exact, found.rows, atol=1e-3), "both have all digits"
        before, after = (recall(rows, queries, answers) for rows in (exact, found.rows))
        assert before.mean() > 0.4
        lost.extend(before - after)
    assert np.mean(lost) <= _MOST


def indexed_chunks(index: CorpusIndex, embedder: SentenceTransformerEmbedder) -> Chunks:
    chunks = list(index.all_chunks())
    rows = [row for row in index.vectors_of_chunks(chunks) if row is not None]
    texts = [embedding_text(c, embedder.count_tokens, embedder.max_tokens) for c in chunks]
    return Chunks(chunks, np.stack(rows), texts)


def test_no_evidence_is_lost_in_the_suite_of_the_program(tmp_path: Path) -> None:
    suite = load_suite()
    cases = [case for case in load_cases(suite.cases) if case.gold]
    gold = [case.gold for case in verify_gold(cases, suite.articles)]
    embedder = SentenceTransformerEmbedder(bfloat16=True)
    chunker = SentenceChunker(embedder.count_tokens, max_tokens=embedder.max_tokens)
    sync(tmp_path, suite.articles, embedder=embedder, chunker=chunker)
    with CorpusIndex.open(tmp_path, embedder_name=embedder.name) as index:
        found = indexed_chunks(index, embedder)
    answers = [[any(covers(c, g) for g in of) for c in found.chunks] for of in gold]
    require_equal_recall([(found, [case.question for case in cases], np.array(answers))])


def test_no_evidence_is_lost_on_development_sets(tmp_path: Path) -> None:
    names = ("xquad_en", "qamr_wikinews")
    if absent := [n for n in names if not (_DATA / f"{n}.docs.jsonl").is_file()]:
        pytest.skip(f"no {', '.join(absent)} in {_DATA}")
    embedder = SentenceTransformerEmbedder(bfloat16=True)
    asked = []
    for devset in (load_set(_DATA, name) for name in names):
        with indexed(devset, tmp_path / devset.name, embedder) as index:
            found = indexed_chunks(index, embedder)
        answers = np.array([[q.answered_by(c) for c in found.chunks] for q in devset.queries])
        asked.append((found, [q.question for q in devset.queries], answers))
    require_equal_recall(asked)
