"""Whether to answer at all."""

from __future__ import annotations

import re

import pytest

from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.grounding.answerability import Answerability
from rag.retrieval.evidence import SentenceRanker
from rag.text.words import terms
from tests.support.passages import passage

PASSAGES = (
    passage(
        1,
        "The bakery in Lyon bought a stone oven in May 2024. The oven cost 9,000 euros and bakes "
        "120 loaves an hour. Marie Dupont has run the bakery since 2011.",
        title="A new oven for the bakery in Lyon",
    ),
    passage(
        2,
        "The flour comes from a mill in Bresse. It is ground between stones and delivered twice a "
        "week.",
        title="Where the flour comes from",
    ),
)
KNOWN = {t for p in PASSAGES for t in terms(f"{p.chunk.title} {p.chunk.text}")}


@pytest.fixture(scope="module")
def ranker() -> SentenceRanker:
    return SentenceRanker(SentenceTransformerEmbedder(), lambda term: int(term in KNOWN), 10)


@pytest.fixture
def answerability() -> Answerability:
    return Answerability(lambda term: int(term in KNOWN))


@pytest.mark.parametrize(
    "question",
    [
        "How much did the stone oven of the bakery in Lyon cost?",
        "When did the bakery in Lyon buy its oven?",
        "Where does the flour come from?",
    ],
)
def test_what_the_passages_say_is_answered(
    question: str, ranker: SentenceRanker, answerability: Answerability
) -> None:
    decision = answerability.decide(question, ranker.rank(question, PASSAGES))
    assert decision.answerable, decision
    assert decision.reason == ""


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Who won the football World Cup in 2018?", "nothing in them mentions"),
        ("How old is Marie Dupont?", "an age|does not answer"),
        ("What is the capital of Mongolia?", "“Mongolia”"),
    ],
)
def test_what_they_do_not_say_is_refused_with_a_reason(
    question: str, reason: str, ranker: SentenceRanker, answerability: Answerability
) -> None:
    decision = answerability.decide(question, ranker.rank(question, PASSAGES))
    assert not decision.answerable, decision
    assert re.search(reason, decision.reason)
    assert decision.reason.count(".") == 1


def test_without_passages_nothing_is_answered(answerability: Answerability) -> None:
    decision = answerability.decide("How much did the oven cost?", [])
    assert not decision.answerable
    assert decision.probability == 0.0
