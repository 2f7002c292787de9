"""Exact coverage; the Brown-Cai-DasGupta values and 60-digit cases are in tests/reference."""

import numpy as np
import pytest

from talentstats.stats import intervals, intervals_search
from talentstats.stats.coverage import exact_coverage, expected_length


def test_coverage_by_hand():
    # n = 2, intervals [0, .5], [.25, .75], [.5, 1]: at 1/2 all hold (closed), at .3 the first two,
    # at .2 the first only.
    lower, upper = [0, 0.25, 0.5], [0.5, 0.75, 1]
    found = exact_coverage(lower=lower, upper=upper, rate=[0.5, 0.3, 0.2])
    np.testing.assert_allclose(found, [1, 1 - 0.3**2, 0.8**2], rtol=1e-13)
    length = expected_length(lower=[0, 0.5, 0], upper=[1, 1, 0], rate=[0.5, 0.2])
    np.testing.assert_allclose(length, [1 / 4 + 1 / 4, 0.64 + 0.32 / 2], rtol=1e-13)


def test_degenerate_rates():
    found = exact_coverage(lower=[0, 0.1], upper=[0.9, 1], rate=[0.0, 1.0])
    np.testing.assert_allclose(found, [1, 1], rtol=1e-12)


@pytest.mark.parametrize("n", [1, 5, 30])
def test_exact_intervals_never_fall_short(n):
    rates = np.linspace(0.001, 0.999, 999)
    k = np.arange(n + 1)
    for limits in (
        intervals.clopper_pearson(k=k, n=n, level=0.95, side="two-sided"),
        intervals_search.blaker(k=k, n=n, level=0.95),
        intervals_search.minlike_interval(k=k, n=n, level=0.95),
        intervals.clopper_pearson(k=k, n=n, level=0.95, side="lower"),
    ):
        found = exact_coverage(lower=limits.lower, upper=limits.upper, rate=rates)
        assert found.min() >= 0.95 - 1e-12


@pytest.mark.parametrize(
    ("method", "minimum", "at", "mean", "width"),
    [
        # At 60 digits by `proportions_make.py --coverage`: n = 30, rates .500, .501, ..., .999.
        (intervals.wilson, 0.8604, 0.995, 0.9525, 0.2710),
        (intervals.wilson_cc, 0.9570, 0.504, 0.9730, 0.3000),
        (intervals.clopper_pearson, 0.9537, 0.688, 0.9733, 0.2993),
        (intervals.jeffreys, 0.8887, 0.920, 0.9506, 0.2690),
        (intervals.agresti_coull, 0.9339, 0.514, 0.9601, 0.2790),
        (intervals.arcsine, 0.8907, 0.918, 0.9551, 0.2742),
        (intervals_search.mid_p, 0.9246, 0.843, 0.9580, 0.2762),
        (intervals_search.likelihood, 0.8202, 0.937, 0.9472, 0.2686),
        (intervals.wald, 0.0296, 0.999, 0.8758, 0.2667),
    ],
)
def test_minimum_and_mean_coverage_of_every_method(method, minimum, at, mean, width):
    rates = np.arange(500, 1000) / 1000
    limits = method(k=np.arange(31), n=30, level=0.95, side="two-sided")
    found = exact_coverage(lower=limits.lower, upper=limits.upper, rate=rates)
    assert found.min() == pytest.approx(minimum, abs=5e-5)
    assert rates[found.argmin()] == at
    assert found.mean() == pytest.approx(mean, abs=5.1e-5)
    lengths = expected_length(lower=limits.lower, upper=limits.upper, rate=rates)
    assert lengths.mean() == pytest.approx(width, abs=5.1e-5)
