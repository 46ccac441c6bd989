"""Sentences into claims: what is cited where, and what asserts nothing."""

from __future__ import annotations

import pytest

from rag.grounding.check import SentenceChecker
from rag.grounding.claims import Clause, asserts_nothing, clauses
from rag.grounding.lexical import LexicalVerifier
from rag.types import Verdict
from tests.support.passages import passage


def test_a_clause_ends_at_its_markers_and_begins_behind_the_conjunction() -> None:
    assert clauses("The licence cost 3 dollars [1], and the book cost 4 dollars [2][3].") == [
        Clause("The licence cost 3 dollars", (1,)),
        Clause("the book cost 4 dollars", (2, 3)),
    ]


@pytest.mark.parametrize(
    "draft",
    [
        "Llama 3 [1] was released in April 2024 [2].",
        "Meta released Llama 3 in April 2024 [1][2].",
        "Meta released Llama 3 in April 2024 [1].",
        "Meta released Llama 3 in April 2024.",
        "Meta released Llama 3 [1], and so on [2].",
        "",
    ],
)
def test_markers_inside_a_clause_or_at_the_end_divide_nothing(draft: str) -> None:
    assert clauses(draft) == []


def test_a_false_clause_is_not_carried_by_a_long_true_one() -> None:
    offered = (
        passage(1, "Meta released Llama 3 in April 2024 with 8 billion and 70 billion parameters."),
        passage(2, "The book was written by hand."),
    )
    checker = SentenceChecker(LexicalVerifier())
    true = "Meta released Llama 3 in April 2024 with 8 billion and 70 billion parameters [1]"
    assert checker.check(f"{true}, and the book was written by hand [2].", offered).verdict is (
        Verdict.SUPPORTED
    )
    false = checker.check(f"{true}, and the book sold well [2].", offered)
    assert false.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    "sentence", ["Here is what the articles say:", "Is that so?", "Sure!", "It is so.", ""]
)
def test_lead_ins_questions_and_courtesies_assert_nothing(sentence: str) -> None:
    assert asserts_nothing(sentence)


def test_a_plain_statement_asserts_something() -> None:
    assert not asserts_nothing("Meta released Llama 3 in April 2024.")
