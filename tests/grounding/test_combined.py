"""The combined verifier over a network that says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rag.grounding.combined import FEATURES, CombinedVerifier, row_of, share_read
from rag.grounding.pair_scorer import PairScore, PairScorer
from rag.grounding.signals import signals
from rag.logistic import LogisticModel

EVIDENCE = ["Meta released Llama 3 in April 2024. The licence was not approved."]


class Said:
    """A network that gives one reading for every pair and remembers the pairs."""

    def __init__(self, reading: PairScore) -> None:
        self._reading = reading
        self.asked: list[tuple[str, str]] = []

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[PairScore]:
        self.asked += pairs
        return [self._reading] * len(pairs)


def model(**weights: float) -> LogisticModel:
    return LogisticModel(FEATURES, np.array([weights.get(f, 0.0) for f in FEATURES]), 0.0)


def test_the_score_is_the_probability_of_the_logistic_model() -> None:
    verifier = CombinedVerifier(Said(PairScore(2.0, -1.0, "Meta")), model=model(read=0.5))
    support = verifier.verify("Llama 3 came from Meta.", EVIDENCE)
    assert support.score == pytest.approx(1 / (1 + np.exp(-1.5)))
    assert support.signals["read"] == pytest.approx(1 / (1 + np.exp(-2.0)))


def test_what_the_network_holds_wrong_is_named_beside_missing_numbers() -> None:
    verifier = CombinedVerifier(Said(PairScore(-3.0, 2.0, "sold")), model=model(read=1.0))
    support = verifier.verify("Meta sold 9 models.", EVIDENCE)
    assert support.missing == ("9", "sold")
    assert support.signals["numbers"] == 0.0


def test_a_sentence_of_the_evidence_is_supported_without_being_read() -> None:
    network = Said(PairScore(-6.0, 6.0, ""))
    support = CombinedVerifier(network, model=model(read=1.0)).verify(
        "Meta released Llama 3 in  April 2024", EVIDENCE
    )
    assert (support.score or 0) > 0.9
    assert network.asked == []


@pytest.mark.parametrize(
    "claim",
    ["The licence was approved.", "Meta released Llama 3 in April 2023.", "released Llama 3"],
)
def test_what_is_not_a_whole_sentence_of_the_evidence_is_read(claim: str) -> None:
    network = Said(PairScore(-6.0, 6.0, ""))
    CombinedVerifier(network, model=model(read=1.0)).verify(claim, EVIDENCE)
    assert [asked for asked, _ in network.asked] == [claim]


@pytest.mark.parametrize(("least", "is_read"), [(0.0, True), (0.45, True), (0.46, False)])
def test_what_no_reading_would_bring_to_the_score_asked_for_is_not_read(
    least: float, is_read: bool
) -> None:
    network = Said(PairScore(6.0, -6.0, ""))  # the best there can be: a score of 0.45
    verifier = CombinedVerifier(network, model=model(read=0.1, said=1.0))
    support = verifier.verify("Meta sold 9 models to Peru.", EVIDENCE, least=least)
    assert bool(network.asked) == is_read
    assert (support.score or 0) == pytest.approx(0.45, abs=1e-3)


def test_without_evidence_nothing_is_supported() -> None:
    verifier = CombinedVerifier(Said(PairScore(6.0, -6.0, "")), model=model(read=1.0))
    assert verifier.verify("Meta released Llama 3.", []).score == 0.0
    assert verifier.verify("Meta released Llama 3.", [" "]).score == 0.0


def test_a_claim_without_content_words_cannot_be_scored() -> None:
    verifier = CombinedVerifier(Said(PairScore(6.0, -6.0, "")), model=model())
    assert verifier.verify("It is so.", EVIDENCE).score is None


def test_endless_certainty_of_the_network_is_cut() -> None:
    found = signals("Meta released Llama 3.", EVIDENCE, lambda term: 1.0)
    assert found is not None
    row = row_of(found, PairScore(1e9, -1e9, ""), 1.0)
    assert row.tolist() == [1.0, 8.0]


def test_the_network_counts_half_when_it_reads_a_small_part() -> None:
    found = signals("Meta released Llama 3.", EVIDENCE, lambda term: 1.0)
    assert found is not None
    page = [*EVIDENCE, "word " * 2000]
    assert share_read(page) < 0.1
    assert row_of(found, PairScore(2.0, 0.0, ""), share_read(page))[1] == 1.0
    assert row_of(found, PairScore(2.0, 0.0, ""), share_read(EVIDENCE))[1] == 2.0
    assert share_read([]) == 1.0


@pytest.mark.parametrize(
    "claim",
    [
        "Meta released Llama 3 in April 2023.",
        "Google released Llama 3 in April 2024, said Google.",
        "Meta never released Llama 3 in April 2024.",
        "The licence was rejected in April 2024 by Oslo.",
    ],
)
def test_what_the_words_contradict_scores_lower(claim: str) -> None:
    def score(text: str) -> float:
        verifier = CombinedVerifier(Said(PairScore(0.0, 0.0, "")), model=model(said=5.0))
        return verifier.verify(text, EVIDENCE).score or 0.0

    assert score(claim) < score("Llama 3 was released by Meta in April 2024.")


@pytest.fixture(scope="module")
def shipped() -> CombinedVerifier:
    return CombinedVerifier(PairScorer())


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("Llama 3 was released by Meta in April 2024.", True),
        ("In April 2024, Meta released Llama 3.", True),
        ("Llama 3 was not released by Meta in April 2024.", False),
        ("Meta released Llama 3 in May 2023.", False),
        ("Google released Llama 3 in April 2024.", False),
        ("The licence was approved.", False),
        ("Zebras graze in the hills at night.", False),
    ],
)
def test_the_shipped_verifier_tells_plain_cases_apart(
    shipped: CombinedVerifier, claim: str, supported: bool
) -> None:
    support = shipped.verify(claim, EVIDENCE)
    assert support.score is not None
    assert (support.score >= shipped.threshold) is supported
