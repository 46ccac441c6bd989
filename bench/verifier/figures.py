"""Figures of a two-class judgement."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


def balanced(said: np.ndarray, truth: np.ndarray) -> float:
    """Mean of the two classes' recalls, of bool ``(n,)`` arrays."""
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def auroc(score: np.ndarray, truth: np.ndarray) -> float:
    """Area under the curve; ties count half."""
    n = truth.sum()
    ranks = rankdata(score)[truth].sum()
    return float((ranks - n * (n + 1) / 2) / (n * (len(truth) - n)))


def spread(said: np.ndarray, truth: np.ndarray, *, draws: int = 1000) -> tuple[float, float]:
    """95 % bootstrap interval of balanced accuracy, seeded."""
    rng = np.random.default_rng(0)
    picks = (rng.integers(0, len(truth), len(truth)) for _ in range(draws))
    values = [balanced(said[p], truth[p]) for p in picks]
    low, high = np.nanquantile(values, (0.025, 0.975))
    return float(low), float(high)
