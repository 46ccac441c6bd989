"""Fewer digits must not cost evidence: what is found with vectors whose products were made in
bfloat16 or eight bits, beside what is found with those of float32, by meaning alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from bench.devsets import indexed, load_set
from rag.chunking.embedding_text import embedding_text
from rag.chunking.packer import SentenceChunker
from rag.embedding import unaided
from rag.embedding.digits import Digits
from rag.embedding.openvino_model import OpenVinoModel, best_formats
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


class Asked(NamedTuple):
    """A set: texts of its chunks, vectors of its questions and of the texts, both by float32, and
    which chunk answers which question, bool ``(questions, chunks)``."""

    texts: list[str]
    exact: np.ndarray
    queries: np.ndarray
    answers: np.ndarray


@pytest.fixture(scope="module", autouse=True)
def on_the_processor() -> Iterator[None]:
    """As on a machine without a graphics processor, where these tests may run as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unaided, "may_have_accelerator", lambda: False)
        yield


@pytest.fixture(scope="module")
def whole() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(digits=Digits.FLOAT32)


@pytest.fixture(scope="module")
def own_suite(
    whole: SentenceTransformerEmbedder, tmp_path_factory: pytest.TempPathFactory
) -> list[Asked]:
    """What the program's own suite asks about its articles."""
    suite = load_suite()
    cases = [case for case in load_cases(suite.cases) if case.gold]
    gold = [case.gold for case in verify_gold(cases, suite.articles)]
    folder = tmp_path_factory.mktemp("own")
    chunker = SentenceChunker(whole.count_tokens, max_tokens=whole.max_tokens)
    sync(folder, suite.articles, embedder=whole, chunker=chunker)
    with CorpusIndex.open(folder, embedder_name=whole.name) as index:
        chunks = list(index.all_chunks())
    answers = [[any(covers(chunk, quote) for quote in of) for chunk in chunks] for of in gold]
    return [asked(whole, chunks, [case.question for case in cases], answers)]


@pytest.fixture(scope="module")
def development_sets(
    whole: SentenceTransformerEmbedder, tmp_path_factory: pytest.TempPathFactory
) -> list[Asked]:
    names = ("xquad_en", "qamr_wikinews")
    if absent := [n for n in names if not (_DATA / f"{n}.docs.jsonl").is_file()]:
        pytest.skip(f"no {', '.join(absent)} in {_DATA}")
    sets = []
    for devset in (load_set(_DATA, name) for name in names):
        with indexed(devset, tmp_path_factory.mktemp("sets") / devset.name, whole) as index:
            chunks = list(index.all_chunks())
        answers = [[query.answered_by(chunk) for chunk in chunks] for query in devset.queries]
        sets.append(asked(whole, chunks, [q.question for q in devset.queries], answers))
    return sets


def asked(
    whole: SentenceTransformerEmbedder,
    chunks: list[Chunk],
    questions: list[str],
    answers: list[list[bool]],
) -> Asked:
    texts = [embedding_text(chunk, whole.count_tokens, whole.max_tokens) for chunk in chunks]
    exact, queries = whole.embed_documents(texts), whole.embed_documents(questions)
    return Asked(texts, exact, queries, np.array(answers))


def recall(rows: np.ndarray, queries: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Of each question, the share of the cut-offs 1 to 10 by which an answer was found."""
    order = np.argsort(-(queries @ rows.T), axis=1)[:, :10]
    found = np.take_along_axis(answers, order, axis=1).cumsum(axis=1) > 0
    shares: np.ndarray = found.mean(axis=1)
    return shares


@pytest.mark.parametrize("sets", ["own_suite", "development_sets"])
@pytest.mark.parametrize("digits", [Digits.BFLOAT16, Digits.INT8])
def test_no_evidence_is_lost(sets: str, digits: Digits, request: pytest.FixtureRequest) -> None:
    if digits not in best_formats():
        pytest.skip(f"this processor has no {digits.name}")
    embedder = SentenceTransformerEmbedder(digits=digits)
    assert isinstance(embedder._unaided.fast, OpenVinoModel)
    lost: list[float] = []
    for of in request.getfixturevalue(sets):
        rows = embedder.embed_documents(of.texts)
        assert not np.allclose(rows, of.exact, atol=1e-4), "these have all digits"
        before, after = (recall(r, of.queries, of.answers) for r in (of.exact, rows))
        assert before.mean() > 0.4
        lost.extend(before - after)
    assert np.mean(lost) <= _MOST
