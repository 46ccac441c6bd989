"""The bundled verifier on claims whose support is plain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.grounding.lexical import LexicalVerifier
from rag.grounding.numbers import numbers

EVIDENCE = [
    "Meta released Llama 3 in April 2024 with 8 billion and 70 billion parameters.",
    "The licence was not approved by the Open Source Initiative.",
]


@pytest.fixture
def verifier() -> LexicalVerifier:
    return LexicalVerifier()


def test_a_claim_in_the_evidence_s_own_words_is_supported(verifier: LexicalVerifier) -> None:
    support = verifier.verify("Llama 3 was released by Meta in April 2024.", EVIDENCE)
    assert support.score is not None
    assert support.score >= verifier.threshold
    assert support.best == 0
    assert support.missing == ()


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("Meta released Llama 3 in April 2023.", "2023"),
        ("Meta released Llama 3 with 9 billion and 70 billion parameters.", "9 billion"),
        ("Meta and Google released Llama 3 in April 2024.", "Google"),
    ],
)
def test_a_wrong_number_or_name_lowers_the_score_and_is_named(
    verifier: LexicalVerifier, claim: str, missing: str
) -> None:
    support = verifier.verify(claim, EVIDENCE)
    full = verifier.verify("Meta released Llama 3 in April 2024.", EVIDENCE)
    assert (support.score or 0) < (full.score or 0)
    assert missing in support.missing


def test_a_claim_that_drops_the_evidence_s_negation_is_not_supported(
    verifier: LexicalVerifier,
) -> None:
    support = verifier.verify("The licence was approved by the Open Source Initiative.", EVIDENCE)
    assert support.signals["polarity"] == 0.0
    assert (support.score or 0) < verifier.threshold


def test_a_claim_without_words_cannot_be_scored(verifier: LexicalVerifier) -> None:
    assert verifier.verify("It is so.", EVIDENCE).score is None


def test_without_evidence_nothing_is_supported(verifier: LexicalVerifier) -> None:
    assert verifier.verify("Meta released Llama 3.", []).score == 0.0


def test_rare_words_weigh_more_than_common_ones() -> None:
    idf = {"zebra": 5.0}
    weighted = LexicalVerifier(lambda term: idf.get(term, 1.0))
    plain = LexicalVerifier()
    claim, evidence = "a zebra model", ["a small model"]
    assert (weighted.verify(claim, evidence).score or 0) < (
        plain.verify(claim, evidence).score or 0
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.4 trillion tokens", {1.4e12}),
        ("1,500 and 1500", {1500.0}),
        ("$5.6 million", {5.6e6}),
        ("a 70B model", {70e9}),
        ("ninety-two per cent", {92.0}),
        ("one of two", set()),
        ("on 24 April 2024", {24.0, 2024.0}),
        ("no number here", set()),
    ],
)
def test_numbers_compare_by_value(text: str, expected: set[float]) -> None:
    assert set(numbers(text)) == expected


def test_the_shipped_threshold_beats_chance_on_labelled_claims() -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "grounding" / "begin_wow.dev.jsonl"
    if not path.is_file():
        pytest.skip(f"development set not here: {path.name}")
    verifier = LexicalVerifier()
    right: dict[int, list[bool]] = {0: [], 1: []}
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        score = verifier.verify(record["claim"], record["evidence"]).score or 0.0
        right[record["label"]].append((score >= verifier.threshold) == bool(record["label"]))
    balanced = sum(sum(r) / len(r) for r in right.values()) / 2
    assert balanced > 0.8
