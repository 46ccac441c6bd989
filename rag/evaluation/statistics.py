"""Means with their uncertainty. What could not be scored is counted, never taken for zero."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest, bootstrap, permutation_test  # type: ignore[import-untyped]

from rag.evaluation.types import Estimate

N_RESAMPLES = 2000
N_PERMUTATIONS = 9999
CONFIDENCE = 0.95

Statistic = Callable[..., Any]
"""Takes arrays of equal shape and ``axis``."""


def estimate(
    values: Sequence[float | None], *, seed: int, statistic: Statistic = np.mean
) -> Estimate:
    """The mean (or another statistic) with a percentile bootstrap interval over the cases. No
    value: None.

    Source: Efron, Tibshirani, An Introduction to the Bootstrap (1993), section 13.3. The percentile
    interval is taken because the bias-corrected one is undefined when all values are equal. With
    equal values the interval has no width; that says little when n is small.
    """
    scored = np.array([value for value in values if value is not None], dtype=float)
    n_unscored = len(values) - len(scored)
    if len(scored) == 0:
        return Estimate(None, len(values), n_unscored)
    found = float(statistic(scored, axis=-1))
    low, high = _mean_interval(scored, statistic, seed)
    return Estimate(found, len(values), n_unscored, low, high)


def ratio_estimate(parts: Sequence[tuple[float, float]], *, seed: int) -> Estimate:
    """The ratio of sums of (numerator, denominator) parts, with its interval over the cases.

    ``n`` is the sum of the denominators. A draw of cases whose denominators are all 0 has no ratio
    and is left out of the interval. Nothing in the denominator at all: None.
    """
    n = round(sum(below for _, below in parts))
    if n == 0:
        return Estimate(None, 0, 0)
    columns = np.array(parts, dtype=float).T
    low, high = _ratio_interval(columns, lambda c: _ratio(c[0], c[1]), seed)
    return Estimate(float(_ratio(*columns)), n, 0, low, high)


def paired_difference(
    before: Sequence[float], after: Sequence[float], *, seed: int
) -> tuple[Estimate, float]:
    """The mean of ``after - before`` over the same cases with its interval, and the p-value of no
    difference (two-sided): by McNemar's exact test where all values are 0 or 1, else by drawing
    the signs of the differences.

    Source: McNemar (1947), in its exact (binomial) form; Good, Permutation Tests (2000), section
    3.2.

    Raises:
        ValueError: no case, or not as many before as after.
    """
    if not before or len(before) != len(after):
        raise ValueError("a paired difference needs as many values before as after")
    difference = np.array(after, dtype=float) - np.array(before, dtype=float)
    return estimate(list(difference), seed=seed), _p_value(difference, before, after, seed)


def paired_ratio_difference(
    before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]], *, seed: int
) -> Estimate:
    """The difference of two ratios over the same cases, with its interval; None if one has none."""
    if not any(below for _, below in before) or not any(below for _, below in after):
        return Estimate(None, len(before), 0)
    columns = np.array([[*a, *b] for a, b in zip(before, after, strict=True)], dtype=float).T

    def difference(c: np.ndarray) -> np.ndarray:
        found: np.ndarray = _ratio(c[2], c[3]) - _ratio(c[0], c[1])
        return found

    low, high = _ratio_interval(columns, difference, seed)
    return Estimate(float(difference(columns)), len(before), 0, low, high)


def median(values: Sequence[float]) -> float:
    """The median; 0.0 for no value."""
    return float(statistics.median(values)) if values else 0.0


def _p_value(
    difference: np.ndarray, before: Sequence[float], after: Sequence[float], seed: int
) -> float:
    n_up, n_down = int((difference > 0).sum()), int((difference < 0).sum())
    if n_up + n_down == 0 or len(difference) == 1:
        return 1.0
    if {*before, *after} <= {0.0, 1.0}:
        return float(binomtest(n_up, n_up + n_down, 0.5).pvalue)
    found = permutation_test(
        (difference,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=N_PERMUTATIONS,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def _ratio(above: Any, below: Any, *, axis: int = -1) -> Any:
    return above.sum(axis=axis) / below.sum(axis=axis)


def _mean_interval(scored: np.ndarray, statistic: Statistic, seed: int) -> tuple[float, float]:
    if scored.min() == scored.max():
        value = float(scored[0])
        return value, value
    interval = bootstrap(
        (scored,),
        statistic,
        vectorized=True,
        n_resamples=N_RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def _ratio_interval(
    columns: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], seed: int
) -> tuple[float, float]:
    """The percentile interval over cases drawn anew. ``columns`` is float64 (k, cases); the
    statistic takes (k, draws, cases). Not by scipy 1.17, whose interval is NaN as soon as one draw
    has nothing below the line."""
    n = columns.shape[1]
    drawn = np.random.default_rng(seed).integers(n, size=(N_RESAMPLES, n))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = statistic(columns[:, drawn])
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found[np.isfinite(found)], [tail, 1 - tail])
    return float(low), float(high)
