"""Poisson limits by closed forms and by the tails they must reach."""

import math

import numpy as np
import pytest
from scipy import stats

from talentstats.stats import rates

TWO = {"level": 0.95, "side": "two-sided"}


def test_no_events_and_one():
    none = rates.garwood(events=0, exposure=412, **TWO)
    assert (float(none.lower), float(none.upper)) == (0, pytest.approx(-math.log(0.025) / 412))
    assert float(rates.garwood(events=1, exposure=1, **TWO).lower) == pytest.approx(
        -math.log(0.975)
    )


@pytest.mark.parametrize("x", [1, 2, 10, 400])
def test_the_tails_at_garwoods_limits(x):
    limits = rates.garwood(events=x, exposure=50, **TWO)
    assert stats.poisson.sf(x - 1, 50 * limits.lower) == pytest.approx(0.025)
    assert stats.poisson.cdf(x, 50 * limits.upper) == pytest.approx(0.025)


@pytest.mark.parametrize("x", [1, 2, 10, 400])
def test_the_tails_at_mid_p_limits_and_they_lie_within_garwoods(x):
    limits = rates.mid_p_rate(events=x, exposure=50, **TWO)
    half = [stats.poisson.pmf(x, 50 * m) / 2 for m in (limits.lower, limits.upper)]
    assert stats.poisson.sf(x, 50 * limits.lower) + half[0] == pytest.approx(0.025, rel=1e-9)
    assert stats.poisson.cdf(x - 1, 50 * limits.upper) + half[1] == pytest.approx(0.025, rel=1e-9)
    exact = rates.garwood(events=x, exposure=50, **TWO)
    assert exact.lower < limits.lower < x / 50 < limits.upper < exact.upper


def test_sides_and_shapes():
    lower = rates.garwood(events=[0, 5], exposure=[[10], [20]], level=0.95, side="lower")
    assert lower.lower.shape == (2, 2)
    assert np.isinf(lower.upper).all()
    assert stats.poisson.sf(4, 10 * lower.lower[0, 1]) == pytest.approx(0.05)
    upper = rates.mid_p_rate(events=[0, 5], exposure=10, level=0.95, side="upper")
    assert upper.lower.tolist() == [0, 0]
    assert upper.upper[0] == pytest.approx(-math.log(0.1) / 10)  # half of exp(-m) is 0.05


def test_six_years_at_two_point_three_per_cent_keep_87_in_100():
    rate = -math.log(0.87) / 6
    assert (1 - rates.yearly_probability(rate=rate)) ** 6 == pytest.approx(0.87)


def test_the_ratio_reversed_is_one_over_it_and_the_test_agrees_at_its_limits():
    one = {"events": 10, "exposure": 400.0, "events_base": 3, "exposure_base": 250.0}
    back = {"events": 3, "exposure": 250.0, "events_base": 10, "exposure_base": 400.0}
    for mid_p in (False, True):
        a = rates.rate_ratio_limits(**one, **TWO, mid_p=mid_p)
        b = rates.rate_ratio_limits(**back, **TWO, mid_p=mid_p)
        assert a.lower == pytest.approx(1 / b.upper)
        # Person-time that makes the tested ratio 1 at the lower limit.
        shifted = one | {"exposure": 400.0 * float(a.lower)}
        assert float(rates.rate_ratio_test(**shifted, mid_p=mid_p).greater) == pytest.approx(0.025)


def test_ratio_edges():
    empty = {"exposure": 10, "exposure_base": 10, **TWO}
    none = rates.rate_ratio_limits(events=0, events_base=0, **empty)
    assert np.isnan(none.lower)
    assert np.isnan(none.upper)
    above = rates.rate_ratio_limits(events=0, events_base=4, **empty)
    # P(none of 4) = (1 - p)^4 = 0.025.
    p = 1 - 0.025**0.25
    assert (float(above.lower), float(above.upper)) == (0, pytest.approx(p / (1 - p)))
    assert np.isinf(rates.rate_ratio_limits(events=4, events_base=0, **empty).upper)
