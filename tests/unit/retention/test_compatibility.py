"""The p-value function and the benchmarks on it."""

import numpy as np
import pytest
from scipy.stats import binom

from talentstats.errors import InputError
from talentstats.published.benchmark import benchmark
from talentstats.retention.compatibility import compatibility_curve
from talentstats.summaries.counts import RetentionCounts

COUNTS = RetentionCounts(87, 100)


def test_the_curve_is_the_doubled_smaller_tail():
    curve = compatibility_curve(COUNTS)
    lower, upper = binom.cdf(87, 100, curve.rates), binom.sf(86, 100, curve.rates)
    expected = np.minimum(1, 2 * np.minimum(lower, upper))
    np.testing.assert_allclose(curve.p_values, expected, rtol=1e-9)
    assert curve.p_value(0.90) == pytest.approx(0.3963577747, abs=1e-10)


def test_the_grid_has_steps_of_a_twentieth_of_a_point_and_reaches_far_enough():
    curve = compatibility_curve(COUNTS)
    np.testing.assert_allclose(np.diff(curve.rates), 0.0005, atol=1e-12)
    assert curve.p_values[0] < 0.0002
    assert curve.p_values[-1] < 0.0002
    assert curve.p_values.max() == 1
    far = compatibility_curve(COUNTS, [benchmark(0.3)])
    assert far.rates[0] <= 0.3


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (1, 1), (0, 1)])
def test_edges_stay_inside_the_open_interval(k, n):
    curve = compatibility_curve(RetentionCounts(k, n))
    assert 0 < curve.rates[0] < curve.rates[-1] < 1
    assert np.all((curve.p_values >= 0) & (curve.p_values <= 1))


def test_the_compatible_region_is_clopper_pearson():
    frame = compatibility_curve(COUNTS).tidy(level=0.95)
    inside = frame[frame["compatible"]]["estimate"]
    # .787959 to .928927 on a grid of .0005.
    assert (inside.min(), inside.max()) == pytest.approx((0.7880, 0.9285))
    assert len(compatibility_curve(COUNTS).tidy(level=0.8).query("compatible")) < len(inside)


def test_benchmarks_are_marked():
    figures = [benchmark(0.90), benchmark(0.81), benchmark(0.95)]
    curve = compatibility_curve(COUNTS, figures)
    marks = curve.tidy().query("term == 'benchmark'")
    assert marks["estimate"].tolist() == [0.90, 0.81, 0.95]
    assert marks["compatible"].tolist() == [True, True, False]
    assert curve.glance()["compatible"].iloc[0] == 2
    rounded = compatibility_curve(COUNTS, [benchmark("sei2024-china-10yr")]).tidy()
    last = rounded.iloc[-1]
    assert (last["conf_low"], last["conf_high"], last["interval"]) == (0.805, 0.815, "rounding")


def test_a_tie_is_not_compatible_as_the_verdict_has_it():
    # One of one against 5%: p is 1/10 exactly, which level 0.9 rejects.
    frame = compatibility_curve(RetentionCounts(1, 1), [benchmark(0.05)], level=0.9).tidy(level=0.9)
    assert not frame.query("term == 'benchmark'")["compatible"].iloc[0]


def test_bad_input():
    with pytest.raises(InputError, match="known only as a range"):
        compatibility_curve(COUNTS, [benchmark("cset2019-ai-5yr")])
    with pytest.raises(InputError, match=r"percentage\? Then give 0\.95"):
        compatibility_curve(COUNTS, level=95)
