"""Searched intervals by hand; tests/reference holds the 60-digit cases."""

import math

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from talentstats.stats import intervals, intervals_search
from talentstats.stats.binomial_tests import exact_minlike

ZZ = 3.841458820694124


def pair(limits):
    return float(limits.lower), float(limits.upper)


@pytest.mark.parametrize("n", [1, 7, 1_000_000])
def test_edges_by_hand(n):
    # mid-p: (1 - u)^n / 2 = t; likelihood: -2 n log(1 - u) = z^2; Blaker at k = 0 and n = 1:
    # acceptability is P(X <= 0) = 1 - u below 1/2.
    low, high = pair(intervals_search.mid_p(k=0, n=n, level=0.95, side="two-sided"))
    assert (low, high) == (0, pytest.approx(-math.expm1(math.log(0.05) / n), rel=1e-9))
    low, high = pair(intervals_search.likelihood(k=0, n=n, level=0.95, side="two-sided"))
    assert (low, high) == (0, pytest.approx(-math.expm1(-ZZ / (2 * n)), rel=1e-9))
    low, high = pair(intervals_search.likelihood(k=n, n=n, level=0.95, side="two-sided"))
    assert (low, high) == (pytest.approx(math.exp(-ZZ / (2 * n)), rel=1e-13), 1)


def test_mid_p_of_one_in_two_solves_a_quadratic():
    # P(X = 2) + P(X = 1) / 2 = p^2 + p (1 - p) = p: the limits are the tail areas themselves.
    low, high = pair(intervals_search.mid_p(k=1, n=2, level=0.9, side="two-sided"))
    assert (low, high) == (pytest.approx(0.05, rel=1e-13), pytest.approx(0.95, rel=1e-13))


def test_likelihood_of_one_in_two_solves_a_quadratic():
    # 4 p (1 - p) = exp(-z^2 / 2), so p = (1 +- sqrt(1 - exp(-z^2 / 2))) / 2.
    root = math.sqrt(-math.expm1(-ZZ / 2))
    low, high = pair(intervals_search.likelihood(k=1, n=2, level=0.95, side="two-sided"))
    assert (low, high) == (pytest.approx((1 - root) / 2), pytest.approx((1 + root) / 2))


def test_blaker_of_one_person():
    # k = 1 of 1: P(X >= 1) = p, and P(X <= 0) = 1 - p joins it once 1 - p <= p, at p = 1/2:
    # acceptability is p below 1/2 and 1 from there on, so the limit is 1 - level.
    low, high = pair(intervals_search.blaker(k=1, n=1, level=0.8))
    assert (low, high) == (pytest.approx(0.2, rel=1e-13), 1)


def test_blaker_stops_at_a_jump():
    # k = 2 of 2 at level .6: p^2 alone would reach .4 at .632, but from 1/2 on (1 - p)^2 <= p^2,
    # so outcome 0 joins there and acceptability jumps from 1/4 to 1/2, past .4.
    low, _ = pair(intervals_search.blaker(k=2, n=2, level=0.6))
    assert low == pytest.approx(0.5, rel=1e-13)


def test_minlike_interval_of_one_person():
    # k = 1 of 1: the p-value is p below 1/2 and 1 from there on.
    assert pair(intervals_search.minlike_interval(k=1, n=1, level=0.8)) == (
        pytest.approx(0.2, rel=1e-13),
        1,
    )
    assert float(intervals_search.minlike_interval(k=1, n=1, level=0.4).lower) == pytest.approx(0.5)


@pytest.mark.parametrize(("k", "n"), [(87, 100), (29, 30), (3, 7), (10, 10), (0, 4), (40, 60)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_minlike_interval_is_the_hull_of_its_own_test(k, n, level):
    low, high = pair(intervals_search.minlike_interval(k=k, n=n, level=level))
    grid = np.linspace(0.0005, 0.9995, 2000)
    kept = exact_minlike(k=k, n=n, rate=grid).two_sided > 1 - level
    outside = (grid < low) | (grid > high)
    assert not np.any(kept & outside)
    for limit, inwards in ((low, 1e-6), (high, -1e-6)):
        if 0 < limit < 1:
            p = exact_minlike(k=k, n=n, rate=[limit - inwards, limit + inwards]).two_sided
            assert p[0] <= 1 - level < p[1]


def test_minlike_interval_agrees_with_statsmodels_where_the_set_has_no_gap():
    found = intervals_search.minlike_interval(k=[87, 0, 700], n=[100, 10, 1000], level=0.95)
    for i, (k, n) in enumerate([(87, 100), (0, 10), (700, 1000)]):
        theirs = proportion_confint(k, n, method="binom_test")
        assert found.lower[i] == pytest.approx(theirs[0], abs=1e-7)
        assert found.upper[i] == pytest.approx(theirs[1], abs=1e-7)


def test_peer_statsmodels_minlike_interval_misses_part_of_the_set():
    """The reason why the hull is searched from jump to jump: 29 of 30 has a gap."""
    theirs = proportion_confint(29, 30, method="binom_test")[0]
    ours = float(intervals_search.minlike_interval(k=29, n=30, level=0.95).lower)
    assert ours < theirs - 0.01
    assert exact_minlike(k=29, n=30, rate=ours + 1e-6).two_sided > 0.05


def test_blaker_lies_inside_clopper_pearson():
    k = np.arange(31)
    exact = intervals.clopper_pearson(k=k, n=30, level=0.95, side="two-sided")
    found = intervals_search.blaker(k=k, n=30, level=0.95)
    assert np.all(found.lower >= exact.lower - 1e-15)
    assert np.all(found.upper <= exact.upper + 1e-15)
    assert np.sum(exact.upper - exact.lower) > 1.03 * np.sum(found.upper - found.lower)


@pytest.mark.parametrize("method", [intervals_search.mid_p, intervals_search.likelihood])
def test_effective_sizes_and_one_sided_limits(method):
    plain = method(k=87, n=100, level=0.95, side="two-sided")
    clustered = method(k=87 / 1.5, n=100 / 1.5, level=0.95, side="two-sided")
    assert clustered.lower < plain.lower < plain.upper < clustered.upper
    lower = method(k=87, n=100, level=0.975, side="lower")
    assert pair(lower) == (pytest.approx(float(plain.lower), rel=1e-12), 1)
    assert float(method(k=87, n=100, level=0.975, side="upper").lower) == 0


def test_groups_are_worked_once_and_come_back_in_their_places():
    k, n = np.array([[3, 8, 3], [0, 8, 9]]), np.array([9, 9, 9])
    found = intervals_search.mid_p(k=k, n=n, level=0.95, side="two-sided")
    assert found.lower.shape == (2, 3)
    assert found.lower[0, 0] == found.lower[0, 2]
    assert found.upper[0, 1] == found.upper[1, 1]
    assert found.lower[1, 0] == 0
    assert found.upper[1, 2] == 1
    assert found.lower[1, 2] == pytest.approx(0.05 ** (1 / 9))
