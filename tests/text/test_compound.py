"""Questions that ask two things at once."""

from __future__ import annotations

import pytest

from rag.text.compound import split_question


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "How large is Llama 3, and who made it?",
            ["How large is Llama 3?", "who made it?"],
        ),
        (
            "Who started llama.cpp and who later contributed the k-quants?",
            ["Who started llama.cpp?", "who later contributed the k-quants?"],
        ),
        ("When was it out? How many sizes has it?", ["When was it out?", "How many sizes has it?"]),
        ("Who made it and sold it?", ["Who made it and sold it?"]),
        (
            "How much money did the lab get, and from whom?",
            ["How much money did the lab get, and from whom?"],
        ),
        ("I run a shop. What may I do?", ["I run a shop. What may I do?"]),
        ("Llama licence", ["Llama licence"]),
    ],
)
def test_a_question_is_split_only_where_another_one_begins(question: str, parts: list[str]) -> None:
    assert split_question(question) == parts
