"""Misspelt words of questions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.embedding.hashing import HashingEmbedder
from rag.retrieval.spelling import SpellingCorrector, edits


class Vocabulary(HashingEmbedder):
    """Counts one token for words of the language and two for others."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [1 if text in ("phone", "rust") else 2 for text in texts]


ARTICLES = {"memori": 3, "safeti": 2, "promiz": 1, "phony": 1, "llama": 9}


@pytest.fixture
def corrector() -> SpellingCorrector:
    return SpellingCorrector(lambda term: ARTICLES.get(term, 0), Vocabulary())


@pytest.mark.parametrize(
    ("question", "corrected"),
    [
        ("How fast is memroy?", "How fast is memory?"),
        ("Saftey first", "Safety first"),
        ("as promissed", "as promised"),
        ("Is a phone enough?", "Is a phone enough?"),
        ("What is llama?", "What is llama?"),
        ("What is CVEXX?", "What is CVEXX?"),
        ("zzzzzz", "zzzzzz"),
        ("", ""),
    ],
)
def test_only_words_that_nobody_uses_and_that_are_near_are_changed(
    corrector: SpellingCorrector, question: str, corrected: str
) -> None:
    assert corrector.correct(question) == corrected


def test_edits_are_one_step_away() -> None:
    found = set(edits("ab"))
    assert {"ba", "b", "a", "xb", "ax", "xab", "abx"} <= found
    assert "abcd" not in found
