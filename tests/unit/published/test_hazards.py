"""Shapes of the hazard: what they refuse, and the net hazard of two benchmarks by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from talentstats.errors import InputError
from talentstats.published import (
    PiecewiseHazard,
    PublishedCurve,
    TenureDistribution,
    TenureRange,
    Weibull,
    benchmark,
    piecewise_hazard,
)

EARLIER = benchmark("shvadron2025-5yr")
LATER = benchmark("shvadron2025-15yr")


def test_net_hazard_by_hand() -> None:
    net = piecewise_hazard(EARLIER, LATER)
    assert net.years == (5, 15)
    assert net.hazard[0] == pytest.approx(-math.log(0.9) / 5)
    assert net.hazard[1] == pytest.approx(-math.log(0.75 / 0.9) / 10)
    assert np.exp(-net.cumulative(np.array([5.0, 15.0]))) == pytest.approx([0.9, 0.75])


def test_net_hazard_moves_between_its_own_horizons() -> None:
    # S(10) = S(5) x sqrt(S(15)/S(5)) = sqrt(.9 x .75).
    net = piecewise_hazard(EARLIER, LATER)
    moved = EARLIER.at_horizon(10, hazard=net, tenure=0)
    assert moved.rate == pytest.approx(math.sqrt(0.9 * 0.75))


def test_rise_is_refused_with_both_numbers() -> None:
    with pytest.raises(InputError, match=r"95.0% at 15 years is above 90.0% at 5 years"):
        piecewise_hazard(EARLIER, replace(LATER, rate=0.95, rate_low=0.945, rate_high=0.955))


def test_chain_across_instruments_is_refused_with_both_numbers() -> None:
    # The pair that looks like the 2006 cohort: 85 at 5 years (tax), 90 at 10 years (survey).
    with pytest.raises(InputError) as caught:
        piecewise_hazard(benchmark("s323-china-2011"), benchmark("sei2020-china-10yr"))
    message = str(caught.value)
    assert "85.0% at 5 years" in message
    assert "90.0% at 10 years" in message
    assert "instrument is 'SSA earnings match' and 'SDR survey'" in message


def test_different_cohorts_are_refused() -> None:
    with pytest.raises(InputError, match="cohort is '2006' and '2001'"):
        piecewise_hazard(benchmark("finn2011-all-5yr"), benchmark("finn2011-all-10yr"))


def test_rates_without_a_cohort_are_refused() -> None:
    with pytest.raises(InputError, match=r"cohort is None and None.*PublishedCurve"):
        piecewise_hazard(benchmark(0.9, horizon=5), benchmark(0.85, horizon=10))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"basis": "stock"}, "a stock has no common start"),
        ({"rate": None}, "each needs one rate at one horizon"),
        ({"horizon": None}, "each needs one rate at one horizon"),
        ({"horizon": 5.0}, "give the shorter horizon first"),
    ],
)
def test_other_pairs_are_refused(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        piecewise_hazard(EARLIER, replace(LATER, **change))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Weibull(0), "shape=0 is not allowed"),
        (lambda: PublishedCurve([5, 10], [0.8, 0.9]), "rises from 0.8 at 5 years to 0.9 at 10"),
        (lambda: PublishedCurve([5], [0.8, 0.7]), "years has 1 values and stay_rate has 2"),
        (lambda: PublishedCurve([0, 5], [1, 0.9]), "must be above 0 and increase"),
        (lambda: PublishedCurve([5, 5], [0.9, 0.9]), "must be above 0 and increase"),
        (lambda: PublishedCurve([], []), "must be above 0 and increase"),
        (lambda: PublishedCurve([5], [90]), "90% is written 0.90"),
        (lambda: PiecewiseHazard([5], [-0.1]), "must be 0 or more"),
        (lambda: TenureRange(-1, 5), "low=-1 is not allowed"),
        (lambda: TenureRange(5, 4), "high=4 is not allowed"),
        (lambda: TenureDistribution([1, 2], [1]), "years has 2 values and weights has 1"),
        (lambda: TenureDistribution([1], [-1]), "weights="),
        (lambda: TenureDistribution([1, 2], [0, 0]), "All weights of the tenure are 0"),
    ],
)
def test_impossible_shapes_are_refused(make: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()  # type: ignore[operator]


def test_weights_become_shares() -> None:
    assert TenureDistribution([0, 4, 9], [30, 50, 20]).weights == pytest.approx((0.3, 0.5, 0.2))
