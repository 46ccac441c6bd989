"""Means and intervals against slow or hand-made versions."""

from __future__ import annotations

import numpy as np
import pytest

from rag.evaluation.statistics import (
    N_RESAMPLES,
    estimate,
    median,
    paired_difference,
    paired_ratio_difference,
    ratio_estimate,
)
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


def test_a_ratio_is_the_ratio_of_sums_and_counts_what_is_below_the_line():
    found = ratio_estimate([(1.0, 2.0), (0.0, 0.0), (3.0, 4.0)], seed=1)
    assert (found.mean, found.n, found.n_unscored) == (pytest.approx(4 / 6), 6, 0)
    assert 0.5 <= found.low <= found.mean <= found.high <= 0.75
    assert found == ratio_estimate([(1.0, 2.0), (0.0, 0.0), (3.0, 4.0)], seed=1)


def test_a_ratio_with_nothing_below_the_line_is_none():
    assert ratio_estimate([], seed=1) == Estimate(None, 0, 0)
    assert ratio_estimate([(0.0, 0.0)], seed=1) == Estimate(None, 0, 0)


def test_a_rare_refusal_still_has_an_interval():
    found = ratio_estimate([(1.0, 1.0), *[(0.0, 0.0)] * 20], seed=1)
    assert (found.mean, found.low, found.high) == (1.0, 1.0, 1.0)


def test_the_ratio_agrees_with_a_plain_bootstrap():
    parts = [(1.0, 1.0)] * 20 + [(0.0, 1.0)] * 10 + [(0.0, 0.0)] * 10
    found = ratio_estimate(parts, seed=7)
    rng = np.random.default_rng(5)
    draws = [np.array(parts)[rng.integers(40, size=40)].sum(axis=0) for _ in range(N_RESAMPLES)]
    low, high = np.percentile([above / below for above, below in draws], [2.5, 97.5])
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)


def test_mcnemar_counts_only_the_cases_that_changed():
    before = [1.0] * 5 + [0.0] + [1.0] * 50
    after = [0.0] * 5 + [1.0] + [1.0] * 50
    change, p_value = paired_difference(before, after, seed=1)
    assert change.mean == pytest.approx(-4 / 56)
    assert p_value == pytest.approx(2 * (1 + 6) / 2**6)


def test_signs_are_exchanged_where_values_are_fractions():
    # all four differences go one way: of 16 patterns of signs two are as extreme
    change, p_value = paired_difference([0.5] * 4, [0.75, 0.8, 0.9, 0.6], seed=1)
    assert change.mean == pytest.approx(0.2625)
    assert p_value == pytest.approx(2 / 16)


def test_a_single_pair_and_equal_pairs_are_no_evidence():
    assert paired_difference([0.2], [0.7], seed=1)[1] == 1.0
    change, p_value = paired_difference([0.2, 0.3], [0.2, 0.3], seed=1)
    assert (change.low, change.mean, change.high, p_value) == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(("before", "after"), [([], []), ([1.0], [])])
def test_pairs_need_two_sides(before, after):
    with pytest.raises(ValueError, match="as many values before as after"):
        paired_difference(before, after, seed=1)


def test_the_difference_of_ratios_is_none_where_one_side_has_none():
    assert paired_ratio_difference([(0.0, 0.0)], [(1.0, 1.0)], seed=1).mean is None
    found = paired_ratio_difference([(0.0, 1.0), (1.0, 1.0)], [(1.0, 1.0), (1.0, 1.0)], seed=1)
    assert (found.mean, found.n) == (0.5, 2)
    assert found.low <= 0.5 <= found.high
