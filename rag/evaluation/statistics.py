"""Means with their uncertainty. What could not be scored is counted, never taken for zero."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import numpy as np
from scipy.stats import bootstrap  # type: ignore[import-untyped]

from rag.evaluation.types import Estimate

N_RESAMPLES = 2000
CONFIDENCE = 0.95


def estimate(values: Sequence[float | None], *, seed: int) -> Estimate:
    """The mean with a percentile bootstrap interval over the cases. No value: mean None.

    Source: Efron, Tibshirani, An Introduction to the Bootstrap (1993), section 13.3. The percentile
    interval is taken because the bias-corrected one is undefined when all values are equal. With
    equal values the interval has no width; that says little when n is small.
    """
    scored = np.array([value for value in values if value is not None], dtype=float)
    n_unscored = len(values) - len(scored)
    if len(scored) == 0:
        return Estimate(None, len(values), n_unscored)
    mean = float(scored.mean())
    if scored.min() == scored.max():
        return Estimate(mean, len(values), n_unscored, mean, mean)
    interval = bootstrap(
        (scored,),
        np.mean,
        n_resamples=N_RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimate(mean, len(values), n_unscored, float(interval.low), float(interval.high))


def median(values: Sequence[float]) -> float:
    """The median; 0.0 for no value."""
    return float(statistics.median(values)) if values else 0.0
