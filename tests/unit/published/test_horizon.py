"""Horizon alignment against values computed at 60 digits and against algebra by hand."""

import json
import math
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from talentstats.errors import InputError, UnknownNameError
from talentstats.published import (
    Benchmark,
    PiecewiseHazard,
    PublishedCurve,
    TenureDistribution,
    TenureRange,
    Weibull,
    benchmark,
    conditional_retention,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "proportions_reference.json"
CASES = [
    case
    for case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
    if case["family"] == "horizon"
]


def test_reference_holds_the_ten_published_alignments() -> None:
    assert len(CASES) == 10


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_constant_hazard_agrees_with_reference(case: dict) -> None:
    given_ = case["inputs"]
    moved = benchmark(given_["rate"], horizon=given_["horizon"]).at_horizon(given_["to"])
    assert moved.rate == pytest.approx(case["value"]["aligned"], rel=1e-12)
    assert moved.rate_low == moved.rate == moved.rate_high
    assert moved.horizon == given_["to"]


def test_weibull_by_hand() -> None:
    # Shape 2: H(t) = t^2, so S(1) = .9 gives S(2) = .9^4 = .6561 and S(2)/S(1) = .9^3 = .729.
    one = benchmark(0.9, horizon=1)
    assert one.at_horizon(2, hazard=Weibull(2), tenure=0).rate == pytest.approx(0.6561)
    assert one.at_horizon(1, hazard=Weibull(2), tenure=1).rate == pytest.approx(0.729)


def test_weibull_agrees_with_its_integrated_hazard() -> None:
    # Witness: S(9)/S(3) = exp(-integral of the hazard), scaled so that S(5) = .9.
    def hazard(years: float) -> float:
        return 0.7 * years**-0.3

    scale = -math.log(0.9) / quad(hazard, 0, 5)[0]
    expected = math.exp(-scale * quad(hazard, 3, 9)[0])
    moved = benchmark(0.9, horizon=5).at_horizon(6, hazard=Weibull(0.7), tenure=3)
    assert moved.rate == pytest.approx(expected, rel=1e-8)


def test_weibull_of_shape_one_is_constant_at_every_tenure() -> None:
    constant = benchmark(0.83, horizon=5).at_horizon(6).rate
    for tenure in (0, 2.5, TenureDistribution([0, 4], [1, 3])):
        moved = benchmark(0.83, horizon=5).at_horizon(6, hazard=Weibull(1), tenure=tenure)
        assert moved.rate == pytest.approx(constant, rel=1e-14)


def test_published_curve_gives_its_own_points() -> None:
    curve = PublishedCurve([1, 5, 10], [0.93, 0.85, 0.81])
    one = benchmark(0.85, horizon=5)
    assert one.at_horizon(10, hazard=curve, tenure=0).rate == pytest.approx(0.81)
    assert one.at_horizon(5, hazard=curve, tenure=5).rate == pytest.approx(0.81 / 0.85)


def test_borrowed_curve_is_a_proportional_hazard() -> None:
    # The curve halves every 5 years; the benchmark's hazard up to 5 years is twice that:
    # S(5) = 1/4, so S(10) = 1/16.
    moved = benchmark(0.25, horizon=5).at_horizon(
        10, hazard=PublishedCurve([5, 10], [0.5, 0.25]), tenure=0
    )
    assert moved.rate == pytest.approx(1 / 16)


def test_stock_averages_over_its_tenure() -> None:
    # Shape 2 and S(1) = .9: (S(1)/S(0) + S(2)/S(1)) / 2 = (.9 + .729) / 2.
    moved = benchmark(0.9, horizon=1).at_horizon(
        1, hazard=Weibull(2), tenure=TenureDistribution([0, 1], [50, 50])
    )
    assert moved.rate == pytest.approx(0.8145)


def test_unpublished_tenure_gives_bounds_and_no_rate() -> None:
    moved = benchmark(0.9, horizon=1, n=400).at_horizon(
        1, hazard=Weibull(2), tenure=TenureRange(0, 1)
    )
    assert moved.rate is None
    assert moved.std_error is None
    assert (moved.rate_low, moved.rate_high) == pytest.approx((0.729, 0.9))
    assert "anywhere from 0 to 1 years" in moved.alignment.sentence


@pytest.mark.parametrize(
    ("hazard", "horizon", "least", "most"),
    [
        # Exponents H(u+3) - H(u) at u = 0, 1, 2 are 1.5, 2, 1.75: greatest where u + 3 is a knot.
        (PiecewiseHazard([3, 4, 20], [0.5, 1, 0.25]), 3, 0.9 ** (2 / 1.5), 0.9),
        # 1.75, 2, 1.5: greatest where u itself is a knot.
        (PiecewiseHazard([1, 2, 20], [0.25, 1, 0.5]), 2, 0.9**1.6, 0.9**1.2),
    ],
    ids=["knot at the end", "knot at the start"],
)
def test_extreme_between_the_limits_of_the_tenure_is_found(
    hazard: PiecewiseHazard, horizon: float, least: float, most: float
) -> None:
    moved = benchmark(0.9, horizon=horizon).at_horizon(3, hazard=hazard, tenure=TenureRange(0, 2))
    assert (moved.rate_low, moved.rate_high) == pytest.approx((least, most))


@settings(max_examples=40, deadline=None)
@given(
    hazard=st.lists(st.floats(0.001, 0.3), min_size=4, max_size=4),
    years=st.floats(0.5, 6),
    top=st.floats(0, 12),
)
def test_range_of_tenure_holds_every_tenure_in_it(
    hazard: list[float], years: float, top: float
) -> None:
    shape = PiecewiseHazard([2, 5, 9, 18], hazard)
    one = benchmark(0.9, horizon=5)
    moved = one.at_horizon(years, hazard=shape, tenure=TenureRange(0, top))
    grid = np.linspace(0, top, 200)
    at = conditional_retention(0.9, horizon=5, start=grid, stop=grid + years, hazard=shape)
    assert moved.rate_low <= at.min() + 1e-12
    assert moved.rate_high >= at.max() - 1e-12
    # Attained, up to the step of the grid times the greatest slope of the retention in u.
    slack = top / 199 * 0.3 * -math.log(0.9) / (2 * hazard[0] + 3 * hazard[1]) + 1e-12
    assert moved.rate_low >= at.min() - slack
    assert moved.rate_high <= at.max() + slack


def test_rounding_range_moves_along() -> None:
    moved = benchmark("sei2020-china-10yr").at_horizon(6)
    # 90% of a table of integers is anything from 89.5 to 90.5.
    assert moved.rate_low == pytest.approx(0.895**0.6)
    assert moved.rate_high == pytest.approx(0.905**0.6)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"hazard": Weibull(0.7), "tenure": 3},
        {"hazard": Weibull(0.7), "tenure": TenureDistribution([0, 2, 8], [1, 2, 1])},
    ],
    ids=["constant", "tenure", "stock"],
)
def test_standard_error_is_the_slope_times_the_published_one(options: dict) -> None:
    step = 1e-6
    above = benchmark(0.9 + step, horizon=5).at_horizon(6, **options).rate
    below = benchmark(0.9 - step, horizon=5).at_horizon(6, **options).rate
    moved = benchmark(0.9, horizon=5, std_error=0.01).at_horizon(6, **options)
    assert moved.std_error == pytest.approx(0.01 * (above - below) / (2 * step), rel=1e-6)
    assert moved.se_status == "user"


def test_people_counted_become_a_binomial_standard_error() -> None:
    moved = benchmark(0.9, horizon=5, n=100).at_horizon(5)
    assert moved.std_error == pytest.approx(0.03)  # sqrt(.9 x .1 / 100)
    assert moved.se_status == "binomial"
    assert moved.n == 100
    assert moved.alignment is not None


def test_approximate_standard_error_stays_marked() -> None:
    assert benchmark("sei2024-china-10yr").at_horizon(6).se_status == "approximation"


def test_a_bound_moves_as_a_bound() -> None:
    moved = benchmark("cset2019-ai-5yr").at_horizon(10)
    assert moved.rate is None
    assert (moved.rate_low, moved.rate_high) == pytest.approx((0.64, 1.0))
    assert moved.alignment.sentence.startswith("at least 80.0% at 5 years is at least 64.0%")


def test_a_stock_moves_under_the_constant_hazard_only() -> None:
    one = benchmark("lsdr-us-stock-4yr")
    assert one.at_horizon(8).rate == pytest.approx(0.9832**2)
    with pytest.raises(InputError, match="is a stock: its people had already stayed"):
        one.at_horizon(8, hazard=Weibull(0.7), tenure=0)


def test_hazard_without_tenure_says_what_is_missing() -> None:
    with pytest.raises(InputError, match=r"needs tenure=.*tenure=0 .*TenureRange\(0, T\)"):
        benchmark(0.9, horizon=5).at_horizon(6, hazard=Weibull(0.7))


def test_pooled_horizon_is_refused_with_the_range() -> None:
    with pytest.raises(InputError, match=r"no single horizon \(as printed: 2-17 mixed\)"):
        benchmark("cset2022-china").at_horizon(6)
    with pytest.raises(InputError, match=r"as printed: not stated"):
        benchmark(0.9).at_horizon(6)


def test_alignment_is_done_once() -> None:
    moved = benchmark(0.9, horizon=5).at_horizon(6)
    with pytest.raises(InputError, match=r"aligned already \(90.0% at 5 years is 88.1% at 6"):
        moved.at_horizon(7)


def test_unknown_hazard_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"'weibull' is not known; allowed are 'constant'"):
        benchmark(0.9, horizon=5).at_horizon(6, hazard="weibull")  # type: ignore[arg-type]


def test_curve_is_not_continued_beyond_its_end() -> None:
    curve = PublishedCurve([5, 10], [0.85, 0.81])
    with pytest.raises(InputError, match="ends at 10 years and 14 years are asked for"):
        benchmark(0.9, horizon=5).at_horizon(6, hazard=curve, tenure=8)


def test_flat_curve_cannot_carry_a_rate() -> None:
    with pytest.raises(InputError, match="nobody leaving in the first 5 years"):
        benchmark(0.9, horizon=5).at_horizon(6, hazard=PublishedCurve([5, 10], [1, 0.8]), tenure=0)


@pytest.mark.parametrize("years", [0, -1, math.nan, math.inf])
def test_horizon_must_be_positive(years: float) -> None:
    with pytest.raises(InputError, match="horizon="):
        benchmark(0.9, horizon=5).at_horizon(years)


def test_sentences() -> None:
    one = benchmark(0.9, horizon=5)
    stayed = one.at_horizon(6, hazard=Weibull(0.7), tenure=3).alignment
    assert stayed.sentence == (
        "90.0% at 5 years is 91.8% over 6 years under a Weibull hazard of shape 0.7, "
        "after 3 years already stayed."
    )
    assert "nothing had to be moved" in one.at_horizon(5).alignment.sentence
    hedged = benchmark("nyt2020-china-ai-5yr").at_horizon(6).alignment.sentence
    assert hedged.startswith("about 90.0% at 5 years is 88.1%")


def test_conditional_retention_of_two_published_rates() -> None:
    # .81 at 10 years given .83 at 5: .81 / .83.
    net = PublishedCurve([5, 10], [0.83, 0.81])
    kept = conditional_retention(0.83, horizon=5, start=5, stop=10, hazard=net)
    assert float(kept) == pytest.approx(0.81 / 0.83)


def test_result_is_frozen() -> None:
    moved: Benchmark = benchmark(0.9, horizon=5).at_horizon(6)
    with pytest.raises(FrozenInstanceError):
        moved.rate = 0.5  # type: ignore[misc]
    assert replace(moved, label="x").rate == moved.rate


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rate": 87}, "Hint: 90% is 0.90"),
        ({"horizon": 0}, "horizon=0 is not allowed"),
        ({"start": 6, "stop": 0}, "0 <= start <= stop"),
        ({"start": -6}, "0 <= start <= stop"),
        ({"rate": "x"}, "allowed are numbers"),
    ],
)
def test_conditional_retention_refuses_what_it_cannot_mean(changed: dict, message: str) -> None:
    given = {"rate": 0.9, "horizon": 5, "start": 0, "stop": 6} | changed
    with pytest.raises(InputError, match=message):
        conditional_retention(given.pop("rate"), **given)
