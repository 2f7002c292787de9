"""Observed and expected ends: algebra by hand, and sums over all outcomes."""

from itertools import product

import numpy as np
import pytest

from talentstats.stats import standardised as s
from talentstats.stats.intervals import clopper_pearson
from talentstats.stats.rates import garwood

INF = np.inf


def test_expected_ends_of_exact_and_censored_rows_are_the_hazard_watched():
    found = s.expected_ends(entry=[0.1, 0.0], lower=[0.5, 0.3], upper=[0.5, INF])
    assert found == pytest.approx([0.4, 0.3])


def test_within_an_interval_the_expected_hazard_is_a_truncated_exponential_mean():
    # Of an exponential cut to (0, log 2]: 1 - log 2 / (2 - 1).
    found = s.expected_ends(entry=[0], lower=[0], upper=[np.log(2)])
    assert found[0] == pytest.approx(1 - np.log(2), abs=1e-15)
    narrow = s.expected_ends(
        entry=[0, 0], lower=[0.2, 0.2], upper=[0.2 + 9.999e-4, 0.2 + 1.0001e-3]
    )
    assert narrow - 0.2 == pytest.approx([9.999e-4 / 2, 1.0001e-3 / 2], rel=2e-4)
    assert np.diff(narrow)[0] == pytest.approx(1e-7, rel=1e-2)  # no step where the series ends


def test_observed_less_expected_has_mean_zero_over_all_outcomes():
    # Looks at H = .2 and .7 and 1.5: left before the first, between, or still there.
    low, high = np.array([0, 0.2, 0.7, 1.5]), np.array([0.2, 0.7, 1.5, INF])
    chance = np.exp(-low) - np.exp(-high)
    ends = np.array([1, 1, 1, 0])
    expected = s.expected_ends(entry=np.zeros(4), lower=low, upper=high)
    assert chance @ (ends - expected) == pytest.approx(0, abs=1e-15)


def test_poisson_tails_by_hand():
    found = s.poisson_comparison(observed=0, expected=3)
    assert float(found.tests.less) == pytest.approx(np.exp(-3))
    assert float(found.tests.greater) == 1
    assert float(found.tests.two_sided) == pytest.approx(2 * np.exp(-3))
    assert float(found.tests.z) == pytest.approx(-np.sqrt(3))


def test_the_distribution_is_the_sum_over_every_outcome():
    p = np.array([0.1, 0.3, 0.3, 0.65])
    exact = np.zeros(5)
    for outcome in product([0, 1], repeat=4):
        exact[sum(outcome)] += np.prod(np.where(outcome, p, 1 - p))
    found = s.poisson_binomial_pmf(hazard=-np.log1p(-p[[0, 1, 3]]), count=[1, 2, 1])
    assert found == pytest.approx(exact, rel=1e-13)
    test = s.binomial_comparison(observed=3, hazard=-np.log1p(-p), count=np.ones(4))
    assert float(test.tests.greater) == pytest.approx(exact[3:].sum())
    assert float(test.tests.less) == pytest.approx(exact[:4].sum())
    assert test.variance == pytest.approx(np.sum(p * (1 - p)))


def test_far_tails_keep_their_digits():
    found = s.poisson_binomial_pmf(hazard=[0.01, 0.02], count=[30, 30])
    all_left = 30 * np.log(-np.expm1(-0.01)) + 30 * np.log(-np.expm1(-0.02))
    assert np.log(found[-1]) == pytest.approx(all_left, rel=1e-12)


@pytest.mark.parametrize("k", [0, 1, 13, 99, 100])
def test_people_alike_have_clopper_pearson(k):
    h = -np.log(0.9)
    found = s.hazard_ratio_limits(observed=k, hazard=[h], count=[100], level=0.95)
    hand = clopper_pearson(k=k, n=100, level=0.95, side="two-sided")
    assert -np.expm1(-found.lower * h) == pytest.approx(float(hand.lower), abs=1e-10)
    assert -np.expm1(-found.upper * h) == pytest.approx(float(hand.upper), abs=1e-10)


def test_limits_and_tests_agree():
    hazard, count = np.array([0.05, 0.2, 0.4]), np.array([20, 10, 5])
    found = s.hazard_ratio_limits(observed=11, hazard=hazard, count=count, level=0.9)
    at_low = s.binomial_comparison(observed=11, hazard=found.lower * hazard, count=count)
    at_high = s.binomial_comparison(observed=11, hazard=found.upper * hazard, count=count)
    assert float(at_low.tests.greater) == pytest.approx(0.05, rel=1e-9)
    assert float(at_high.tests.less) == pytest.approx(0.05, rel=1e-9)


def test_too_many_to_convolve_is_the_wider_poisson():
    hazard = np.linspace(0.001, 0.002, 6000)
    assert not s.can_convolve(hazard=hazard, count=np.ones(6000))
    found = s.binomial_comparison(observed=20, hazard=hazard, count=np.ones(6000))
    fewer = s.binomial_comparison(observed=20, hazard=[hazard.mean()], count=[6000])
    assert float(found.tests.greater) == pytest.approx(float(fewer.tests.greater), rel=0.02)
    assert float(found.tests.greater) > float(fewer.tests.greater)
    limits = s.hazard_ratio_limits(observed=20, hazard=hazard, count=np.ones(6000), level=0.95)
    rough = garwood(events=20, exposure=hazard.sum(), level=0.95, side="two-sided")
    assert float(limits.lower) == float(rough.lower)


def test_one_sided_limits_open_the_other_side():
    options = {"observed": 3, "hazard": [0.1], "count": [50], "level": 0.95}
    assert float(s.hazard_ratio_limits(**options, side="lower").upper) == INF
    assert float(s.hazard_ratio_limits(**options, side="upper").lower) == 0
