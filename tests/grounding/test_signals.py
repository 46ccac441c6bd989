"""What is read off a claim and its evidence word by word."""

from __future__ import annotations

import pytest

from rag.grounding.signals import NAMES, signals
from rag.grounding.windows import MAX_WORDS, windows_for
from rag.text.opposites import OPPOSITES, denied, negations, opposed

EVIDENCE = [
    "Meta released Llama 3 in April 2024 with 8 billion parameters. It was not sold.",
    "Prices rose before the election.",
]


def value(claim: str, name: str) -> float:
    found = signals(claim, EVIDENCE, lambda term: 1.0)
    assert found is not None
    return found.values[name]


def test_every_signal_of_every_claim_is_between_nought_and_one() -> None:
    for claim in ("Meta released Llama 3.", "Nobody sold 9 of it.", "Zebras graze in Zagreb."):
        found = signals(claim, EVIDENCE, lambda term: 1.0)
        assert found is not None
        assert set(found.values) == set(NAMES)
        assert all(0 <= v <= 1 for v in found.values.values())


def test_a_claim_without_content_words_has_no_signals() -> None:
    assert signals("It is so.", EVIDENCE, lambda term: 1.0) is None


def test_without_evidence_no_word_is_held() -> None:
    found = signals("Meta released Llama 3.", [], lambda term: 1.0)
    assert found is not None
    assert found.values["words"] == 0.0
    assert found.best is None


@pytest.mark.parametrize(
    ("claim", "signal"),
    [
        ("Meta released Llama 3 with 9 billion parameters.", "number_missing"),
        ("Meta released Llama 3 in Oslo.", "name_missing"),
        ("Meta did not release Llama 3 in April 2024.", "denied"),
        ("Llama 3 was sold.", "denied"),
        ("Prices fell before the election.", "opposed"),
        ("Prices rose after the election.", "opposed"),
    ],
)
def test_what_contradicts_the_evidence_is_seen(claim: str, signal: str) -> None:
    assert value(claim, signal) > 0
    assert value("Meta released Llama 3 in April 2024.", signal) == 0


def test_a_number_beside_other_words_than_in_the_evidence_stands_apart() -> None:
    assert value("Investors bought 8 boats.", "number_apart") == 1.0
    assert value("It has 8 billion parameters.", "number_apart") == 0.0


def test_words_in_another_order_lower_the_order() -> None:
    assert value("Meta released Llama 3.", "order") == 1.0
    assert value("Llama 3 released Meta.", "order") < 1.0


def test_the_best_sentence_is_named_with_its_text() -> None:
    found = signals("Prices rose.", EVIDENCE, lambda term: 1.0)
    assert found is not None
    assert found.best == 1
    assert found.span is not None
    assert found.span.of(EVIDENCE[1]) == EVIDENCE[1]


def test_opposites_hold_both_ways() -> None:
    assert all(term in OPPOSITES[other] for term, others in OPPOSITES.items() for other in others)
    assert opposed("Sales rose.", "Sales fell.") == ["rose"]
    assert opposed("Sales rose and fell.", "Sales fell.") == ["rose"]
    assert opposed("Sales rose.", "Sales rose and fell.") == []


def test_a_negation_denies_what_follows_it_in_its_clause() -> None:
    assert "sold" in denied("It was not sold in shops.")
    assert "sold" not in denied("It was not free. It sold well.")
    assert negations("It isn't, and never was.") == 2


def test_short_evidence_is_read_whole() -> None:
    assert windows_for("Prices rose.", EVIDENCE, lambda term: 1.0) == [" ".join(EVIDENCE)]
    assert windows_for("Prices rose.", [], lambda term: 1.0) == []


def test_of_long_evidence_the_stretches_that_hold_the_claim_are_read() -> None:
    filler = "The weather was mild and the streets were quiet on that day. " * 12
    text = f"Meta released Llama 3. {filler}Firms with many users must ask. {filler}"
    windows = windows_for("Llama 3 must be asked for by firms.", [text], lambda term: 1.0)
    assert all(len(w.split()) <= MAX_WORDS for w in windows)
    assert any("Llama" in w and "Firms" in w for w in windows)


def test_a_page_without_stops_is_read_in_parts() -> None:
    page = "word " * 5000 + "Llama"
    windows = windows_for("Llama was mentioned.", [page], lambda term: 1.0)
    assert any("Llama" in w for w in windows)
    assert all(len(w.split()) <= MAX_WORDS for w in windows)
