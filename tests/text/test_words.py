"""Words as they are compared."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.words import ANALYSER_VERSION, terms, words


def test_a_span_covers_exactly_the_surface() -> None:
    text = "Meta’s open-source Llama 3.1 (70B), since 2,024 days."
    for word in words(text):
        assert word.span.of(text) == word.surface


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,500 users", "1500 users"),
        ("Meta’s models", "Meta model"),
        ("the U.S. market", "US markets"),
        ("OPEN-SOURCE", "open source"),
        ("licences", "licence"),
    ],
)
def test_spellings_of_one_thing_are_one_term(one: str, other: str) -> None:
    assert [term for term in terms(one) if term] == [
        word.term for word in words(other) if word.surface.casefold() != "the"
    ]


def test_a_stop_word_at_the_end_of_a_sentence_is_still_one() -> None:
    assert terms("That is it.") == []


def test_versions_and_sizes_keep_their_digits() -> None:
    assert terms("Llama 3.1 70B on an H100.") == ["llama", "3.1", "70", "h100"]


def test_a_text_without_words_has_none() -> None:
    assert list(words("— … !? \n")) == []


def test_one_quantity_in_two_notations_shares_a_term() -> None:
    assert terms("70B") == terms("70 billion")[:1]
    assert terms("128K") == terms("128,000")
    assert terms("80 GB") == terms("80 gigabytes")
    assert terms("GPUs") == terms("GPU")


def test_contractions_of_function_words_are_stop_words() -> None:
    assert terms("what's it's wasn’t they're") == []


def test_british_and_american_spellings_share_a_term() -> None:
    british = "licences organised colours theatre defence quantisation favourite"
    american = "licenses organized colors theater defense quantization favorite"
    assert terms(british) == terms(american)


def test_another_analysis_goes_with_another_version() -> None:
    # An index of words stays only as long as the version does. If this fails because what ``terms``
    # gives was changed on purpose: raise ANALYSER_VERSION and put the new digest here.
    sample = (
        "The 70B model's theatre licences weren't organised; U.S. GPUs cost $1,500.50 (128K, "
        "80 GB) in 2024-04-18, don't they? Café naïve co-operation analyses studies running H100s."
    )
    digest = hashlib.sha256(" ".join(terms(sample)).encode()).hexdigest()[:16]
    assert (ANALYSER_VERSION, digest) == (1, "ea3c24707bac15c5")


@given(st.text(st.sampled_from("aAbé12 -.,'’%$xnt"), max_size=60) | st.text(max_size=40))
def test_terms_are_those_of_the_words_that_are_no_function_words(text: str) -> None:
    assert terms(text) == [word.term for word in words(text) if not word.is_stop]
