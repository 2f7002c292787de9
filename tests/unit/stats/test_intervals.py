"""Closed-form intervals by hand; tests/reference holds the 60-digit cases."""

import math

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from talentstats.stats import intervals

ALL = [
    intervals.wilson,
    intervals.wilson_cc,
    intervals.clopper_pearson,
    intervals.jeffreys,
    intervals.agresti_coull,
    intervals.arcsine,
    intervals.wald,
]
Z = 1.9599639845400545
ZZ = 3.841458820694124  # chi-squared, 1 degree of freedom, 95%


def pair(limits):
    return float(limits.lower), float(limits.upper)


@pytest.mark.parametrize("n", [1, 4, 100, 1_000_000])
def test_wilson_at_the_edges_is_z_squared_over_n_plus_z_squared(n):
    # (0 - p)^2 = z^2 p (1 - p) / n has the roots 0 and z^2 / (n + z^2).
    low, high = pair(intervals.wilson(k=0, n=n, level=0.95, side="two-sided"))
    assert low == 0
    assert high == pytest.approx(ZZ / (n + ZZ), rel=1e-14)
    low, high = pair(intervals.wilson(k=n, n=n, level=0.95, side="two-sided"))
    assert high == 1
    assert low == pytest.approx(n / (n + ZZ), rel=1e-14)


@pytest.mark.parametrize("n", [1, 4, 100, 1_000_000])
def test_clopper_pearson_at_the_edges(n):
    # (1 - U)^n = t at k = 0.
    t = 0.025
    low, high = pair(intervals.clopper_pearson(k=0, n=n, level=0.95, side="two-sided"))
    assert (low, high) == (0, pytest.approx(-math.expm1(math.log(t) / n), rel=1e-12))
    low, high = pair(intervals.clopper_pearson(k=n, n=n, level=0.95, side="two-sided"))
    assert (low, high) == (pytest.approx(t ** (1 / n), rel=1e-12), 1)


def test_clopper_pearson_of_one_in_two_solves_a_quadratic():
    # P(X >= 1) = 1 - (1 - p)^2 = t: p = 1 - sqrt(1 - t).
    low, high = pair(intervals.clopper_pearson(k=1, n=2, level=0.9, side="two-sided"))
    assert low == pytest.approx(1 - math.sqrt(0.95), rel=1e-13)
    assert high == pytest.approx(math.sqrt(0.95), rel=1e-13)


def test_wilson_cc_is_reached_by_the_corrected_statistic():
    # By definition (|k - n p| - 1/2) / sqrt(n p (1 - p)) = z at both limits.
    for p in pair(intervals.wilson_cc(k=87, n=100, level=0.95, side="two-sided")):
        corrected = (abs(87 - 100 * p) - 0.5) / math.sqrt(100 * p * (1 - p))
        assert corrected == pytest.approx(Z, rel=1e-12)
    assert float(intervals.wilson_cc(k=0, n=9, level=0.95, side="two-sided").lower) == 0
    assert float(intervals.wilson_cc(k=9, n=9, level=0.95, side="two-sided").upper) == 1


def test_agresti_coull_centre_and_clipping():
    # 50 of 100 stays at 1/2, and the half-width is z / (2 sqrt(n + z^2)).
    low, high = pair(intervals.agresti_coull(k=50, n=100, level=0.95, side="two-sided"))
    half = Z / (2 * math.sqrt(100 + ZZ))
    assert (low, high) == (pytest.approx(0.5 - half), pytest.approx(0.5 + half))
    assert float(intervals.agresti_coull(k=0, n=3, level=0.95, side="two-sided").lower) == 0
    assert float(intervals.agresti_coull(k=3, n=3, level=0.95, side="two-sided").upper) == 1


def test_arcsine_is_a_shift_of_the_angle_and_is_clamped():
    # sin^2(pi/4 +- h) = (1 +- sin 2h) / 2 at k = n/2.
    low, high = pair(intervals.arcsine(k=8, n=16, level=0.95, side="two-sided"))
    assert (low, high) == (
        pytest.approx((1 - math.sin(Z / 4)) / 2),
        pytest.approx((1 + math.sin(Z / 4)) / 2),
    )
    # DescTools does not clamp the angle and gives .2288 here.
    assert float(intervals.arcsine(k=0, n=1, level=0.95, side="two-sided").lower) == 0
    assert float(intervals.arcsine(k=1, n=1, level=0.9, side="two-sided").upper) == 1


def test_wald_by_hand_and_its_defect():
    # 80 of 100: .8 +- z * .04.
    low, high = pair(intervals.wald(k=80, n=100, level=0.95, side="two-sided"))
    assert (low, high) == (pytest.approx(0.8 - 0.04 * Z), pytest.approx(0.8 + 0.04 * Z))
    assert pair(intervals.wald(k=5, n=5, level=0.95, side="two-sided")) == (1, 1)
    assert float(intervals.wald(k=1, n=3, level=0.95, side="two-sided").lower) == 0


def test_beta_interval_by_hand():
    # Beta(1, n + 1) has P(rate > u) = (1 - u)^(n + 1); no end-point rule.
    found = intervals.beta_interval(k=0, n=4, level=0.9, side="two-sided", a=1, b=1)
    assert pair(found) == (
        pytest.approx(1 - 0.95**0.2, rel=1e-12),
        pytest.approx(1 - 0.05**0.2, rel=1e-12),
    )


def test_jeffreys_by_hand():
    # Beta(3/2, 1/2) and Beta(1/2, 3/2) at n = 1: with p = sin^2 u the distribution function of the
    # latter is (2 u + sin 2u) / pi.
    low, high = pair(intervals.jeffreys(k=0, n=1, level=0.95, side="two-sided"))
    u = math.asin(math.sqrt(high))
    assert low == 0
    assert (2 * u + math.sin(2 * u)) / math.pi == pytest.approx(0.975, rel=1e-12)


def test_peer_statsmodels_jeffreys_lacks_the_end_point_rule():
    """The reason why ours exists: rates next to 0 and 1 are never covered by statsmodels."""
    theirs = proportion_confint(0, 10, method="jeffreys")
    ours = intervals.jeffreys(k=0, n=10, level=0.95, side="two-sided")
    assert theirs[0] == pytest.approx(4.789e-5, rel=1e-3)
    assert float(ours.lower) == 0
    assert float(ours.upper) == pytest.approx(theirs[1], rel=1e-12)
    assert proportion_confint(1, 1, method="jeffreys")[1] == pytest.approx(0.99961, abs=1e-5)
    assert float(intervals.jeffreys(k=1, n=1, level=0.95, side="two-sided").upper) == 1


def test_peer_statsmodels_one_sided_names_are_reversed():
    """The reason why sides are named after the limit: "larger" there gives an upper limit."""
    theirs = proportion_confint(87, 100, method="beta", alternative="larger")
    ours = intervals.clopper_pearson(k=87, n=100, level=0.95, side="upper")
    assert pair(ours) == (theirs[0], pytest.approx(theirs[1], rel=1e-12))


@pytest.mark.parametrize("method", ALL)
def test_one_limit_is_the_two_sided_limit_of_twice_the_tail(method):
    both = method(k=17, n=20, level=0.9, side="two-sided")
    lower = method(k=17, n=20, level=0.95, side="lower")
    upper = method(k=17, n=20, level=0.95, side="upper")
    assert pair(lower) == (pytest.approx(float(both.lower), rel=1e-12), 1)
    assert pair(upper) == (0, pytest.approx(float(both.upper), rel=1e-12))


@pytest.mark.parametrize("method", ALL)
def test_effective_sizes_widen_the_interval_and_keep_the_edges(method):
    plain = method(k=87, n=100, level=0.95, side="two-sided")
    clustered = method(k=87 / 1.5, n=100 / 1.5, level=0.95, side="two-sided")
    assert clustered.lower < plain.lower
    assert clustered.upper > plain.upper
    edges = method(k=np.array([0, 10]) / 1.7, n=10 / 1.7, level=0.95, side="two-sided")
    if method is not intervals.wald:
        assert edges.lower[0] == 0
        assert edges.upper[1] == 1


@pytest.mark.parametrize("method", ALL)
def test_broadcasts_and_leaves_its_input_alone(method):
    k = np.array([[1], [2]])
    found = method(k=k, n=[3, 5, 9], level=0.95, side="two-sided")
    assert found.lower.shape == found.upper.shape == (2, 3)
    alone = method(k=2, n=9, level=0.95, side="two-sided")
    assert pair(alone) == pytest.approx((found.lower[1, 2], found.upper[1, 2]), rel=1e-14)
    assert k.tolist() == [[1], [2]]
