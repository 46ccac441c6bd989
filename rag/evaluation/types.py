"""The records of an evaluation. Values are higher-is-better unless their measure says otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rag.types import Span


class CaseKind(StrEnum):
    """What a case tries: each kind has one headline measure, see ``measures.registry``."""

    ANSWERABLE = "answerable"
    UNANSWERABLE = "unanswerable"
    FALSE_PREMISE = "false_premise"
    CONFLICTING = "conflicting"
    MULTI_TURN = "multi_turn"
    ADVERSARIAL = "adversarial"


@dataclass(frozen=True, slots=True)
class GoldQuote:
    """A stretch of an article that answers the question: a quote, not a chunk id, so that a new
    chunker does not void the suite.

    Attributes:
        document: path of the article relative to the suite's articles.
        quote: verbatim, occurring exactly once in the article.
        alternatives: other quotes that would do as well.
        span: of the quote in the article's text; None until it has been looked up.
    """

    document: str
    quote: str
    alternatives: tuple[GoldQuote, ...] = ()
    span: Span | None = None

    @property
    def choices(self) -> tuple[GoldQuote, ...]:
        """The quote and its alternatives."""
        return (self, *self.alternatives)


@dataclass(frozen=True, slots=True)
class EvalCase:
    """A question with what a right answer holds.

    Attributes:
        id: unique in the suite.
        history: questions asked before, in order; the program answers them itself.
        gold: what must be cited; empty where the articles do not answer.
        facts: each a tuple of acceptable spellings, one of which must stand in the answer.
        forbidden: strings that must not stand in the answer.
        tags: free words for grouping.
    """

    id: str
    kind: CaseKind
    question: str
    history: tuple[str, ...] = ()
    gold: tuple[GoldQuote, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    forbidden: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def should_be_refused(self) -> bool:
        """Whether the articles hold no answer, so that only a refusal is right."""
        if self.kind is CaseKind.UNANSWERABLE:
            return True
        return self.kind is CaseKind.MULTI_TURN and not self.gold and not self.facts


@dataclass(frozen=True, slots=True)
class Finding:
    """What a measure finds in one answer: a value (None: cannot be scored) and why."""

    value: float | None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """One measure of one case.

    Attributes:
        measure: its printed name.
        value: finite; None if it could not be scored (kept and counted, never taken for zero).

    Raises:
        ValueError: if the value is not finite.
    """

    measure: str
    value: float | None
    explanation: str = ""

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"{self.measure}: {self.value} is not a finite number")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case.

    Attributes:
        case_key: hash of the case's definition: a changed case is asked again on resume.
        scores: of every measure that applies.
        headline: name of the measure that decides whether the case passed.
        answer: the whole answer as JSON values; None if asking failed.
        error: what went wrong, empty if nothing did; a case with an error has failed.
        seconds: wall time of the last question, history not counted.
    """

    case_id: str
    case_key: str
    kind: CaseKind
    question: str
    scores: tuple[Score, ...]
    headline: str
    answer: dict[str, Any] | None = None
    history: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    error: str = ""
    seconds: float = 0.0

    def score(self, measure: str) -> Score | None:
        """The score under that measure's name; None if it does not apply to this case."""
        return next((s for s in self.scores if s.measure == measure), None)

    @property
    def passed(self) -> bool:
        """Whether the headline has its full value."""
        score = self.score(self.headline)
        return score is not None and score.value == 1.0

    @property
    def provenance(self) -> dict[str, str]:
        """How the answer came about; empty if there is no answer."""
        return dict((self.answer or {}).get("provenance") or {})

    @property
    def answer_text(self) -> str:
        """The answer as shown; empty if there is none."""
        if self.answer is None:
            return ""
        if self.answer["refused"]:
            return str(self.answer["reason"])
        return " ".join(str(s["text"]) for s in self.answer["sentences"])


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over cases with its bootstrap interval.

    Attributes:
        mean: over the scored cases; None if there is none.
        n: cases the measure applies to, unscored ones included.
        low, high: 95 % interval of the mean; None where the mean is.
    """

    mean: float | None
    n: int
    n_unscored: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """A threshold: the mean of ``measure`` over cases of ``kind`` (``all``: every case).

    An aim has the same form: it is shown as reached or missed, and nothing fails by it.

    Raises:
        ValueError: unless exactly one of ``minimum`` and ``maximum`` is given.
    """

    measure: str
    kind: str = "all"
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        if (self.minimum is None) == (self.maximum is None):
            raise ValueError("give either minimum or maximum")

    def __str__(self) -> str:
        bound = f">= {self.minimum:g}" if self.minimum is not None else f"<= {self.maximum:g}"
        return f"{self.kind} {self.measure} {bound}"


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """Whether a gate holds: ``reason`` has the figures, ``cases`` the ids that cost."""

    gate: Gate
    passed: bool
    reason: str
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Against:
    """How a run stands against a baseline.

    Attributes:
        baseline: where it is and when it was written, for people.
        outcomes: of every figure of the baseline; what fell has not passed.
        notes: what is otherwise than when it was written, one phrase each.
    """

    baseline: str
    outcomes: tuple[GateOutcome, ...]
    notes: tuple[str, ...] = ()

    @property
    def fallen(self) -> tuple[GateOutcome, ...]:
        """The figures that fell."""
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)


@dataclass(frozen=True, slots=True)
class EvalRun:
    """A finished run: one result for every case asked.

    Attributes:
        folder: where its files are; empty if it was not written down.
        seed: of the bootstrap.
        n_resumed: how many results were there already.
    """

    name: str
    suite: str
    folder: str
    results: tuple[CaseResult, ...]
    seed: int = 0
    n_resumed: int = 0
