"""Means and intervals against slow or hand-made versions."""

from __future__ import annotations

import numpy as np
import pytest

from rag.evaluation.statistics import N_RESAMPLES, estimate, median
from rag.evaluation.types import Estimate


def test_none_is_counted_and_not_taken_for_zero():
    found = estimate([1.0, None, 1.0, 0.0], seed=1)
    assert found.mean == pytest.approx(2 / 3)
    assert (found.n, found.n_unscored) == (4, 1)


def test_without_a_scored_value_there_is_no_mean():
    assert estimate([], seed=1) == Estimate(None, 0, 0)
    assert estimate([None, None], seed=1) == Estimate(None, 2, 2)


def test_equal_values_have_an_interval_without_width():
    assert estimate([1.0, 1.0], seed=1) == Estimate(1.0, 2, 0, 1.0, 1.0)
    assert estimate([0.5], seed=1) == Estimate(0.5, 1, 0, 0.5, 0.5)


def test_the_interval_is_the_same_for_the_same_seed_and_agrees_with_a_plain_bootstrap():
    values = [1.0] * 30 + [0.0] * 10
    found = estimate(values, seed=7)
    assert found == estimate(values, seed=7)
    rng = np.random.default_rng(99)
    means = [rng.choice(values, size=len(values)).mean() for _ in range(N_RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)
    assert found.low < found.mean < found.high


def test_the_median_of_nothing_is_zero():
    assert median([]) == 0.0
    assert median([3.0, 1.0, 2.0]) == 2.0
