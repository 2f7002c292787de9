"""The square-and-add interval and its test, against statsmodels' Wilson limits and by hand."""

import math

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from talentstats.stats import uncertain_rate

CASES = [(87, 100, 0.90, 0.01), (87, 100, 0.81, 0.02), (3, 10, 0.6, 0.05), (0, 20, 0.1, 0.03)]
CASES += [(20, 20, 0.9, 0.03), (1, 1, 0.5, 0.1), (87_000, 100_000, 0.871, 0.002)]


def limits_by_statsmodels(k, n, rate, std_error, level):
    low, high = proportion_confint(k, n, alpha=1 - level, method="wilson")
    p, reach = k / n, norm.isf((1 - level) / 2) * std_error
    return (
        max(-1.0, p - rate - math.sqrt((p - low) ** 2 + reach**2)),
        min(1.0, p - rate + math.sqrt((high - p) ** 2 + reach**2)),
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_limits_add_squared_arms(case, level):
    k, n, rate, std_error = case
    found = uncertain_rate.difference_limits(k=k, n=n, rate=rate, std_error=std_error, level=level)
    expected = limits_by_statsmodels(k, n, rate, std_error, level)
    np.testing.assert_allclose([found.lower, found.upper], expected, rtol=1e-12, atol=1e-15)


def test_limits_are_kept_within_minus_one_and_one():
    found = uncertain_rate.difference_limits(
        k=[0, 20], n=20, rate=[0.99, 0.01], std_error=0.4, level=0.95
    )
    assert found.lower[0] == -1
    assert found.upper[1] == 1


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("null", [-0.1, -0.05, 0.0, 0.05, 0.1])
def test_the_limit_at_the_level_of_the_test_touches_the_null(case, null):
    k, n, rate, std_error = case
    z = float(uncertain_rate.difference_z(k=k, n=n, rate=rate, std_error=std_error, null=null))
    assert math.copysign(1, z) == math.copysign(1, k / n - rate - null)
    p = 2 * norm.sf(abs(z))
    if not 1e-12 < p < 1 - 1e-9:
        return
    low, high = limits_by_statsmodels(k, n, rate, std_error, 1 - p)
    assert (high if z < 0 else low) == pytest.approx(null, abs=1e-7)


def test_a_vanishing_standard_error_gives_the_score_test():
    for k, n, rate in ((87, 100, 0.9), (95, 100, 0.9), (2, 9, 0.5)):
        expected, p = proportions_ztest(k, n, rate, prop_var=rate)
        z = uncertain_rate.difference_z(k=k, n=n, rate=rate, std_error=1e-9)
        assert float(z) == pytest.approx(expected, rel=1e-6)
        assert float(uncertain_rate.two_sided_p(z)) == pytest.approx(p, rel=1e-6)


def test_by_hand_where_one_person_says_almost_nothing():
    # k = n = 1 against 0.9 with standard error 0.1: Wilson's lower arm at z is z^2/(1 + z^2), so
    # z solves z^4/(1+z^2)^2 + 0.01 z^2 = 0.1^2; at z = 0.3: 0.0068 + 0.0009 = 0.0077 < 0.01.
    z = float(uncertain_rate.difference_z(k=1, n=1, rate=0.9, std_error=0.1))
    assert 0.3 < z < 0.34
    assert z**4 / (1 + z**2) ** 2 + 0.01 * z**2 == pytest.approx(0.01, rel=1e-9)


def test_no_difference_is_no_evidence():
    z = uncertain_rate.difference_z(k=90, n=100, rate=0.9, std_error=0.02)
    assert float(z) == 0
    assert float(uncertain_rate.two_sided_p(z)) == 1


def test_two_sided_p_keeps_its_digits_far_out():
    assert float(uncertain_rate.two_sided_p(-30)) == pytest.approx(2 * norm.sf(30), rel=1e-12)
    assert float(uncertain_rate.two_sided_p(30)) > 0


@pytest.mark.parametrize("case", CASES)
def test_equivalence_inverts_the_interval_of_twice_the_size(case):
    # Two one-sided tests at 5% claim equivalence exactly when the 90% interval lies inside.
    k, n, rate, std_error = case
    low, high = limits_by_statsmodels(k, n, rate, std_error, 0.90)
    for margin in (0.01, 0.03, 0.08, 0.12, 0.3):
        p = float(
            uncertain_rate.equivalence_p(k=k, n=n, rate=rate, std_error=std_error, margin=margin)
        )
        assert (p < 0.05) == (-margin < low and high < margin)


def test_people_who_stay_mirror_people_who_leave():
    one = uncertain_rate.difference_z(k=87, n=100, rate=0.9, std_error=0.01)
    other = uncertain_rate.difference_z(k=13, n=100, rate=0.1, std_error=0.01)
    assert float(one) == pytest.approx(-float(other), rel=1e-9)


def test_arrays_broadcast_and_keep_their_shape():
    z = uncertain_rate.difference_z(k=[[80], [87]], n=100, rate=[0.8, 0.9, 0.95], std_error=0.01)
    assert z.shape == (2, 3)
    assert z[1, 1] == pytest.approx(
        float(uncertain_rate.difference_z(k=87, n=100, rate=0.9, std_error=0.01))
    )
