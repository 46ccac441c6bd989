"""Thresholds: which hold, and if not, by how much and because of which cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.evaluation.statistics import estimate
from rag.evaluation.types import CaseResult, EvalRun, Gate, GateOutcome, Score

_ALL = "all"


def judge(gates: Iterable[Gate], run: EvalRun) -> tuple[GateOutcome, ...]:
    """What became of each gate, in order.

    A gate without a case, or with a case that could not be scored, does not hold: silence is not a
    pass.
    """
    return tuple(_outcome(gate, run) for gate in gates)


def select(gates: Iterable[Gate], kinds: Iterable[str]) -> tuple[Gate, ...]:
    """The gates about these kinds or all: what can be judged of a run of a part of the suite."""
    wanted = {_ALL, *kinds}
    return tuple(gate for gate in gates if gate.kind in wanted)


def _outcome(gate: Gate, run: EvalRun) -> GateOutcome:
    scored = _scores(gate, run.results)
    values = [score.value for _, score in scored]
    found = estimate(values, seed=run.seed)
    if found.mean is None:
        return GateOutcome(gate, False, f"{gate}: no case could be scored (n = {found.n})")
    if found.n_unscored:
        missing = tuple(result.case_id for result, score in scored if score.value is None)
        reason = f"{gate}: {found.n_unscored} of {found.n} cases could not be scored"
        return GateOutcome(gate, False, reason, missing)
    passed, gap = _compare(gate, found.mean)
    reason = f"{gate}: {found.mean:.3f} (n = {found.n})"
    if passed:
        return GateOutcome(gate, True, reason)
    return GateOutcome(gate, False, f"{reason}, misses by {gap:.3f}", _costly(gate, scored))


def _scores(gate: Gate, results: Sequence[CaseResult]) -> list[tuple[CaseResult, Score]]:
    of_kind = [r for r in results if gate.kind in (_ALL, r.kind)]
    return [(r, score) for r in of_kind if (score := r.score(gate.measure)) is not None]


def _compare(gate: Gate, mean: float) -> tuple[bool, float]:
    # A mean of n fractions is not exact in binary: 0.9 may come out as 0.8999999999999999.
    tiny = 1e-9
    if gate.minimum is not None:
        return mean >= gate.minimum - tiny, gate.minimum - mean
    assert gate.maximum is not None
    return mean <= gate.maximum + tiny, mean - gate.maximum


def _costly(gate: Gate, scored: Sequence[tuple[CaseResult, Score]]) -> tuple[str, ...]:
    """The cases that pull the mean to the wrong side."""
    best = 1.0 if gate.minimum is not None else 0.0
    return tuple(result.case_id for result, score in scored if score.value != best)
