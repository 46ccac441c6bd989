"""Refusals as models write them."""

from __future__ import annotations

import pytest

from rag.assistant.refusal import is_refusal
from rag.generation.prompting import REFUSAL


@pytest.mark.parametrize(
    "sentence",
    [
        REFUSAL,
        "The articles do not say [1].",
        "The passages provided do not mention this.",
        "I cannot answer this from the passages.",
        "I'm sorry, I cannot find that.",
        "There is no information about the price.",
        "This is not mentioned in the passages.",
    ],
)
def test_a_refusal_is_known(sentence: str) -> None:
    assert is_refusal(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["The articles describe two licences [1].", "Meta does not say which data it used [2]."],
)
def test_a_statement_is_not_taken_for_one(sentence: str) -> None:
    assert not is_refusal(sentence)


def test_the_prompt_asks_for_the_sentence_that_is_recognised() -> None:
    assert is_refusal(REFUSAL)
