"""Whether a run got worse than a baseline: which figure fell, by how much, on which cases.

The unit is the worth of a case: a figure over n cases (the more of the two runs) may fall by
``tolerance / n``. Two processors
round differently, so that a near tie may be decided otherwise and a case or two flip; what is more
is a change of the program. There is no test of significance: with an engine that gives the same
answers to the same questions nothing is left to chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.evaluation.baseline import GUARDED, Baseline, KeptCase, kept
from rag.evaluation.figures import ALL, PASSED
from rag.evaluation.measures.base import Goal
from rag.evaluation.measures.pooled import POOLED
from rag.evaluation.measures.registry import parse
from rag.evaluation.types import CaseKind, EvalRun, Gate, GateOutcome

_TINY = 1e-4
"""Values are kept to six digits: that much over many cases is no fall."""
Part = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many cases' worth a figure may fall.

    Attributes:
        of_kind: for the cases of one kind; of_all: for all cases of the run together.
    """

    of_kind: float = 2.0
    of_all: float = 3.0


def judge_against(
    baseline: Baseline, run: EvalRun, tolerance: Tolerance = Tolerance()
) -> tuple[GateOutcome, ...]:
    """What became of each figure of the baseline: guarded measures for each kind, what passed and
    the pooled measures over all. A figure that can no longer be scored does not hold.
    """
    now = {result.case_id: kept(result) for result in run.results}
    kinds = [kind.value for kind in CaseKind]
    watched = [(kind, name, tolerance.of_kind) for kind in kinds for name in GUARDED]
    watched.append((ALL, PASSED, tolerance.of_all))
    watched += [(ALL, measure.name, tolerance.of_all) for measure in POOLED]
    outcomes = [_outcome(_Watch(*watch), baseline.cases, now) for watch in watched]
    return tuple(outcome for outcome in outcomes if outcome is not None)


@dataclass(frozen=True, slots=True)
class _Watch:
    """A figure that must not fall by more than ``tolerance`` cases' worth."""

    kind: str
    measure: str
    tolerance: float

    @property
    def sign(self) -> float:
        """1 if more is better, -1 if less is."""
        lower = self.measure != PASSED and parse(self.measure).goal is Goal.LOWER
        return -1.0 if lower else 1.0

    def parts(self, cases: Mapping[str, KeptCase]) -> dict[str, Part]:
        """Numerator and denominator (> 0) of every case that counts, by id."""
        of_kind = {i: c for i, c in cases.items() if self.kind in (ALL, c.kind)}
        if any(measure.name == self.measure for measure in POOLED):
            return {i: c.parts[self.measure] for i, c in of_kind.items() if self.measure in c.parts}
        found = {i: c.values.get(self.measure) for i, c in of_kind.items()}
        return {i: (value, 1.0) for i, value in found.items() if value is not None}


def _outcome(
    watch: _Watch, before: Mapping[str, KeptCase], after: Mapping[str, KeptCase]
) -> GateOutcome | None:
    """None if the baseline has no such figure."""
    was, now = watch.parts(before), watch.parts(after)
    if not was:
        return None
    n = sum(below for _, below in was.values())
    mean = _ratio(was)
    n_now = sum(below for _, below in now.values())
    worth = max(n, n_now)
    gate = _gate(watch, mean, worth)
    worse = _worse_cases(watch, was, now)
    if not now:
        reason = f"{watch.kind} {watch.measure}: was {mean:.3f} (n = {n:g}), now nothing is scored"
        return GateOutcome(gate, False, reason, worse)
    loss = watch.sign * (mean - _ratio(now)) * worth
    verb = {1.0: "fell", -1.0: "rose"}[watch.sign]
    figures = f"from {mean:.3f} (n = {n:g}) to {_ratio(now):.3f} (n = {n_now:g})"
    if loss <= watch.tolerance + _TINY:
        return GateOutcome(gate, True, f"{watch.kind} {watch.measure}: {figures}")
    reason = f"{watch.kind} {watch.measure} {verb} {figures}: the worth of {loss:.1f} cases"
    return GateOutcome(gate, False, f"{reason}, {watch.tolerance:g} allowed", worse)


def _ratio(parts: Mapping[str, Part]) -> float:
    return sum(above for above, _ in parts.values()) / sum(below for _, below in parts.values())


def _gate(watch: _Watch, mean: float, n: float) -> Gate:
    bound = mean - watch.sign * watch.tolerance / n
    bound = min(1.0, max(0.0, bound))
    if watch.sign > 0:
        return Gate(watch.measure, watch.kind, minimum=bound)
    return Gate(watch.measure, watch.kind, maximum=bound)


def _worse_cases(
    watch: _Watch, was: Mapping[str, Part], now: Mapping[str, Part]
) -> tuple[str, ...]:
    """The cases that cost: worse than before, or counted only now and not at their best. All of
    them if nothing is scored any more."""
    if not now:
        return tuple(was)
    best = (1.0, 1.0) if watch.sign > 0 else (0.0, 1.0)

    def loss(case: str) -> float:
        (a, b), (c, d) = was.get(case, best), now[case]
        return watch.sign * (a / b - c / d)

    return tuple(case for case in now if loss(case) > _TINY)
