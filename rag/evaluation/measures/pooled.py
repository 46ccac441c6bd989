"""Measures of a whole run: one ratio over all its cases, where a mean over cases means nothing.

The precision of refusals is not a mean of anything that a single case has. Each case gives a part
(numerator, denominator); the measure is the ratio of the sums, and its interval comes from drawing
cases anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.evaluation.measures.base import Goal
from rag.evaluation.types import CaseKind, CaseResult
from rag.types import Verdict

Part = tuple[float, float]
"""What a case adds above and below the line of the ratio."""


@dataclass(frozen=True, slots=True)
class PooledMeasure:
    """A ratio over the cases of a run. Equal names are equal measures.

    Attributes:
        part: what a case adds; (0, 0) for one that it is not about.
        unit: what the denominator counts.
    """

    name: str
    meaning: str = field(compare=False)
    part: Callable[[CaseResult], Part] = field(compare=False, repr=False)
    unit: str = field(compare=False)
    goal: Goal = field(default=Goal.HIGHER, compare=False)

    def parts(self, results: Sequence[CaseResult]) -> list[Part]:
        """The part of every case, in order."""
        return [self.part(result) for result in results]


def must_be_refused(result: CaseResult) -> bool:
    """Whether the articles hold no answer to the case."""
    return result.headline == "refused"


def must_be_answered(result: CaseResult) -> bool:
    """Whether only an answer is right. A false premise or an attack may be refused."""
    is_plain = result.kind not in (CaseKind.FALSE_PREMISE, CaseKind.ADVERSARIAL)
    return is_plain and not must_be_refused(result)


def _was_refused(result: CaseResult) -> bool:
    return bool(result.answer and result.answer["refused"])


def _refusal_precision(result: CaseResult) -> Part:
    counts = _was_refused(result) and (must_be_refused(result) or must_be_answered(result))
    return (float(must_be_refused(result)), 1.0) if counts else (0.0, 0.0)


def _refusal_recall(result: CaseResult) -> Part:
    return (float(_was_refused(result)), 1.0) if must_be_refused(result) else (0.0, 0.0)


def _unsupported_rate(result: CaseResult) -> Part:
    if result.answer is None or result.answer["refused"]:
        return 0.0, 0.0
    verdicts = [s["verdict"] for s in result.answer["sentences"]]
    claims = [verdict for verdict in verdicts if verdict != Verdict.NO_CLAIM]
    return float(sum(verdict != Verdict.SUPPORTED for verdict in claims)), float(len(claims))


REFUSAL_PRECISION = PooledMeasure(
    "refusal_precision",
    "share of the refusals that were right (false premises and attacks left aside)",
    _refusal_precision,
    "refusals",
)
REFUSAL_RECALL = PooledMeasure(
    "refusal_recall",
    "share of the questions without an answer that were refused",
    _refusal_recall,
    "questions",
)
UNSUPPORTED_RATE = PooledMeasure(
    "unsupported_rate",
    "share of all sentences shown that the program itself found unsupported",
    _unsupported_rate,
    "sentences",
    Goal.LOWER,
)
POOLED = (REFUSAL_PRECISION, REFUSAL_RECALL, UNSUPPORTED_RATE)
POOLED_BY_NAME = {measure.name: measure for measure in POOLED}
