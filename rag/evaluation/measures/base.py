"""What a measure is: a name, the cases it applies to, and a judgement of one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from rag.evaluation.types import EvalCase, Finding, Score
from rag.types import Answer

Judge = Callable[[EvalCase, Answer], Finding | None]
"""None: there is nothing to measure in this answer (no citation in a refusal)."""


class Goal(StrEnum):
    """Which way a measure is better. ``NEITHER``: it tells what happened, not how good that was
    (a refusal is right or wrong by the kind of case)."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


def _zero(case: EvalCase) -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as a value: equal names are equal measures, and the name parses back.

    Attributes:
        name: as printed, ``recall@5``.
        meaning: one line for reports.
        applies: whether a case is measured at all.
        worst: the bad end of [0, 1] for a case: what a case without an answer gets.
        goal: which way it is better.
    """

    name: str
    meaning: str = field(compare=False)
    applies: Callable[[EvalCase], bool] = field(compare=False, repr=False)
    judge: Judge = field(compare=False, repr=False)
    worst: Callable[[EvalCase], float] = field(default=_zero, compare=False, repr=False)
    goal: Goal = field(default=Goal.HIGHER, compare=False, repr=False)

    def __str__(self) -> str:
        return self.name

    def score(self, case: EvalCase, answer: Answer) -> Score | None:
        """The score, in [0, 1]; None if the measure does not apply."""
        if not self.applies(case):
            return None
        finding = self.judge(case, answer)
        if finding is None:
            return None
        return Score(self.name, finding.value, finding.explanation)

    def failed(self, case: EvalCase, reason: str) -> Score | None:
        """The score of a case without an answer: the worst value, so that n never shrinks."""
        if not self.applies(case):
            return None
        return Score(self.name, self.worst(case), reason)


def yes_no(holds: bool, explanation: str = "") -> Finding:
    """1.0 without a word if it holds, else 0.0 with the explanation."""
    return Finding(1.0) if holds else Finding(0.0, explanation)
