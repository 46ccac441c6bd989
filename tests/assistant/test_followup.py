"""Follow-up questions made to stand alone by rule."""

from __future__ import annotations

import pytest

from rag.assistant.followup import standalone
from rag.types import Turn


@pytest.mark.parametrize(
    ("before", "answer", "question", "expected"),
    [
        (
            "How many sizes does Llama 3 have?",
            "",
            "What about Llama 2?",
            "How many sizes does Llama 2 have?",
        ),
        (
            "Who founded Mistral AI?",
            "",
            "And when was it founded?",
            "And when was Mistral AI founded?",
        ),
        (
            "When was Llama 3 released?",
            "",
            "And with how many tokens was it trained?",
            "And with how many tokens was Llama 3 trained?",
        ),
        (
            "Who vetoed the bill?",
            "It was vetoed by Gavin Newsom.",
            "When did he do that?",
            "When did Gavin Newsom do that?",
        ),
        ("What is GGUF?", "", "Who made it?", "Who made GGUF?"),
        ("Who vetoed SB 1047?", "", "Why?", "Why? (vetoed SB 1047)"),
        ("What is GGUF?", "", "What are its advantages?", "What are GGUF's advantages?"),
        (
            "What did Meta forecast for its 2025 spending?",
            "",
            "How much was it in the end?",
            "How much was it in the end? (Meta forecast 2025 spending)",
        ),
        (
            "What words must I show if I distribute Llama 3?",
            "",
            "Was that already required for version 2?",
            "Was that already required for version 2? (words show distribute Llama 3)",
        ),
    ],
)
def test_a_follow_up_is_completed_from_the_turn_before(
    before: str, answer: str, question: str, expected: str
) -> None:
    assert standalone(question, [Turn(before, answer)]) == expected


@pytest.mark.parametrize(
    "question",
    [
        "How many GPUs did Meta plan to own?",
        "Is it possible to run Llama at home?",
        "When was Mistral AI founded?",
        "When did Meta show its own inference chip, and what is it called?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert standalone(question, [Turn("What is GGUF?", "A file format.")]) == question


def test_without_history_nothing_is_added() -> None:
    assert standalone("And why?", []) == "And why?"


def test_a_follow_up_to_a_follow_up_reaches_back_to_what_both_are_about() -> None:
    history = [Turn("What was Alpaca?", ""), Turn("How much did it cost?", "")]
    assert standalone("And who made it?", history) == "And who made Alpaca?"
