"""Thresholds: which hold, and if not, by how much and because of which cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.evaluation.figures import figure_of, of_kind, values_of
from rag.evaluation.measures.pooled import POOLED_BY_NAME
from rag.evaluation.types import CaseResult, EvalRun, Gate, GateOutcome

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
    results = of_kind(run.results, gate.kind)
    found = figure_of(gate.measure, results, seed=run.seed)
    if found.mean is None:
        return GateOutcome(gate, False, f"{gate}: no case could be scored (n = {found.n})")
    if found.n_unscored:
        values = values_of(gate.measure, results)
        missing = tuple(case for case, value in values.items() if value is None)
        reason = f"{gate}: {found.n_unscored} of {found.n} cases could not be scored"
        return GateOutcome(gate, False, reason, missing)
    passed, gap = _compare(gate, found.mean)
    reason = f"{gate}: {found.mean:.3f} (n = {found.n})"
    if passed:
        return GateOutcome(gate, True, reason)
    return GateOutcome(gate, False, f"{reason}, misses by {gap:.3f}", _costly(gate, results))


def _compare(gate: Gate, mean: float) -> tuple[bool, float]:
    # A mean of n fractions is not exact in binary: 0.9 may come out as 0.8999999999999999.
    tiny = 1e-9
    if gate.minimum is not None:
        return mean >= gate.minimum - tiny, gate.minimum - mean
    assert gate.maximum is not None
    return mean <= gate.maximum + tiny, mean - gate.maximum


def _costly(gate: Gate, results: Sequence[CaseResult]) -> tuple[str, ...]:
    """The cases that pull the figure to the wrong side."""
    best = 1.0 if gate.minimum is not None else 0.0
    pooled = POOLED_BY_NAME.get(gate.measure)
    if pooled is None:
        values = values_of(gate.measure, results)
        return tuple(case for case, value in values.items() if value != best)
    parts = [(result.case_id, *pooled.part(result)) for result in results]
    return tuple(case for case, above, below in parts if below and above / below != best)
