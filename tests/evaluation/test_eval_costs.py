"""What answering cost: seconds, speed, tokens."""

from __future__ import annotations

import pytest

from rag.evaluation.figures import costs_of
from rag.evaluation.types import CaseKind, CaseResult

FIRST_S = "first sentence, seconds (95 % below)"
SPEED = "answer tokens a second (median)"


def result(
    number: int, *, first_s: float, tokens: int, seconds: float, error: str = ""
) -> CaseResult:
    usage = {
        "prompt_tokens": 900,
        "answer_tokens": tokens,
        "evaluated_tokens": 900 + tokens,
        "retries": 0,
        "first_sentence_s": first_s,
        "seconds": seconds,
    }
    return CaseResult(
        case_id=f"case-{number}",
        case_key="key",
        kind=CaseKind.UNANSWERABLE,
        question="Who?",
        scores=(),
        headline="refused",
        answer={"usage": usage},
        error=error,
        seconds=seconds,
    )


def test_speed_is_answer_tokens_by_seconds_of_the_answer() -> None:
    answers = [result(n, first_s=1.0, tokens=30 * n, seconds=2.0) for n in (1, 2, 3)]
    assert costs_of(answers, seed=0)[SPEED].mean == pytest.approx(30.0)


def test_nineteen_of_twenty_first_sentences_come_within_the_95_percent_figure() -> None:
    answers = [result(n, first_s=float(n), tokens=10, seconds=50.0) for n in range(1, 22)]
    assert costs_of(answers, seed=0)[FIRST_S].mean == pytest.approx(20.0)


def test_an_answer_without_tokens_or_with_an_error_has_no_speed() -> None:
    answers = [
        result(1, first_s=1.0, tokens=40, seconds=2.0),
        result(2, first_s=0.0, tokens=0, seconds=0.1),
        result(3, first_s=1.0, tokens=40, seconds=1.0, error="the model failed"),
    ]
    found = costs_of(answers, seed=0)[SPEED]
    assert (found.mean, found.n, found.n_unscored) == (pytest.approx(20.0), 3, 2)
