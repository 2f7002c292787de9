"""Reference curves: powers and lines by hand, benchmarks as published, what is refused."""

import pickle

import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published import (
    PiecewiseHazard,
    PublishedCurve,
    Weibull,
    benchmark,
    conditional_retention,
)
from talentstats.summaries.spells import Spells
from talentstats.survival.curve import survival_curve
from talentstats.survival.reference_curve import ReferenceCurve


def test_a_constant_hazard_halves_in_equal_times():
    curve = ReferenceCurve.constant(0.5, 3)
    assert curve.survival([0, 3, 6, 9]) == pytest.approx([1, 0.5, 0.25, 0.125])
    assert curve.label == "50% at 3 years"
    assert curve.assumption == "a constant hazard"


def test_a_weibull_goes_through_both_horizons():
    curve = ReferenceCurve.through((5, 0.92), (10, 0.88))
    assert curve.survival([5, 10]) == pytest.approx([0.92, 0.88], abs=1e-14)
    assert curve.power == pytest.approx(np.log2(np.log(0.88) / np.log(0.92)))
    assert curve.assumption.startswith("a Weibull hazard of shape 0.616")


@pytest.mark.parametrize("points", [((5, 0.9), (5, 0.8)), ((5, 0.9), (10, 0.95))])
def test_points_that_no_cohort_can_have_are_refused(points):
    with pytest.raises(InputError, match="later and lower"):
        ReferenceCurve.through(*points)


@pytest.mark.parametrize(
    "hazard",
    [
        "constant",
        Weibull(0.7),
        PublishedCurve([2, 5, 12], [0.97, 0.93, 0.9]),
        PiecewiseHazard([4, 20], [0.03, 0.01], label="two stretches"),
    ],
)
def test_a_benchmark_keeps_what_conditional_retention_says(hazard):
    one = benchmark("sei2020-china-10yr")
    curve = ReferenceCurve.from_benchmark(one, hazard=hazard)
    asked = np.array([1.0, 3, 5, 9])
    hand = conditional_retention(0.9, horizon=10, start=2, stop=2 + asked, hazard=hazard)
    assert curve.survival(2 + asked) / curve.survival(2) == pytest.approx(hand, rel=1e-12)
    assert curve.sources == ("sei2020-china-10yr",)
    assert curve.label == one.short_label


def test_two_figures_of_one_cohort_make_a_weibull():
    curve = ReferenceCurve.from_benchmark("shvadron2025-5yr", later="shvadron2025-15yr")
    early, late = benchmark("shvadron2025-5yr"), benchmark("shvadron2025-15yr")
    assert curve.survival([5, 15]) == pytest.approx([early.rate, late.rate])
    assert curve.sources == (early.id, late.id)
    with pytest.raises(InputError, match="cannot be chained"):
        ReferenceCurve.from_benchmark("sei2020-china-5yr", later="sei2024-china-10yr")


def test_figures_that_make_no_curve_say_why():
    with pytest.raises(InputError, match="no single horizon"):
        ReferenceCurve.from_benchmark("cset2022-china")
    with pytest.raises(InputError, match="moved already"):
        ReferenceCurve.from_benchmark(benchmark(0.9, horizon=5).at_horizon(6))
    with pytest.raises(UnknownNameError, match="sei2020-china"):
        ReferenceCurve.from_benchmark("sei2020-chinas-10yr")


def test_between_points_the_hazard_is_constant():
    curve = ReferenceCurve.from_points([0, 2, 4], [1, 0.81, 0.81])
    assert curve.survival([0, 1, 2, 3, 4]) == pytest.approx([1, 0.9, 0.81, 0.81, 0.81])
    with pytest.raises(InputError, match=r"known from 0 to 4 years, and 5 is asked for"):
        curve.survival([1, 5])
    with pytest.raises(InputError, match="-1 is asked for"):
        curve.survival(-1)


def test_an_estimated_curve_is_its_steps():
    spells = Spells.from_arrays(
        exit=[1, 2, 3, 4], event=[1, 0, 1, 0], covariates={"sector": ["a", "a", "b", "b"]}
    )
    curve = ReferenceCurve.from_curve(survival_curve(spells))
    assert curve.survival([0, 0.9, 1, 2.9, 3, 4]) == pytest.approx([1, 1, 0.75, 0.75, 0.375, 0.375])
    by = survival_curve(spells, by="sector")
    assert ReferenceCurve.from_curve(by, group="b").label == "b"
    with pytest.raises(InputError, match="groups a, b"):
        ReferenceCurve.from_curve(by)


def test_an_estimated_curve_ends_before_it_falls_to_0():
    spells = Spells.from_arrays(exit=[1, 2, 3], event=[1, 1, 1])
    curve = ReferenceCurve.from_curve(survival_curve(spells))
    assert curve.last == 2
    with pytest.raises(InputError, match="3 is asked for"):
        curve.survival(3)


def test_a_function_is_checked_where_it_is_used():
    curve = ReferenceCurve.from_function(lambda t: 1 - t / 10, label="a line")
    assert curve.cumulative_hazard([[0, 5]]) == pytest.approx(np.array([[0, np.log(2)]]))
    with pytest.raises(InputError, match="a line gives survival"):
        curve.survival([10.0])
    with pytest.raises(InputError, match="never rise"):
        ReferenceCurve.from_function(lambda t: 0.5 + t / 100).survival([1, 2])


def test_it_is_frozen_and_can_be_pickled():
    curve = ReferenceCurve.from_points([2], [0.9])
    assert not curve.total.flags.writeable
    again = pickle.loads(pickle.dumps(curve))
    assert again.survival(1) == curve.survival(1)
