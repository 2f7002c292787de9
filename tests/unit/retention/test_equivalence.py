"""Two one-sided exact tests, against statsmodels, the reference values and fractions."""

from fractions import Fraction

import numpy as np
import pytest
from statsmodels.stats.proportion import binom_tost

from talentstats.retention.equivalence import equivalence_region, exact_equivalence_of
from talentstats.summaries.counts import RetentionCounts


def equivalence(k, n, rate, margin, level=0.95):
    return exact_equivalence_of(RetentionCounts(k, n), rate=rate, margin=margin, level=level)


def test_the_headline():
    # tests/reference: tost-exact k87-n100 between .85 and .95.
    found = equivalence(87, 100, 0.90, 0.05)
    assert found.p_low == pytest.approx(0.347425001767462, rel=1e-9)
    assert found.p_high == pytest.approx(0.0014643480080344566, rel=1e-9)
    assert found.p_value == found.p_low
    assert not found.one_sided


@pytest.mark.parametrize(
    ("k", "n", "rate", "margin"), [(87, 100, 0.9, 0.05), (450, 500, 0.9, 0.03), (5, 9, 0.5, 0.4)]
)
def test_agrees_with_statsmodels(k, n, rate, margin):
    p, p_low, p_high = binom_tost(k, n, rate - margin, rate + margin)
    found = equivalence(k, n, rate, margin)
    assert (found.p_value, found.p_low, found.p_high) == pytest.approx((p, p_low, p_high), rel=1e-9)


def test_a_margin_that_reaches_one_is_one_sided():
    # 0.95 + 0.05 is 1.0 or 0.9999999999999999 by rounding; either way no rate is above 1.
    found = equivalence(100, 100, 0.95, 0.05)
    assert (found.one_sided, found.high, found.p_high) == (True, 1.0, 0.0)
    assert found.p_value == pytest.approx(0.9**100, rel=1e-9)
    low = equivalence(0, 10, 0.05, 0.05)
    assert (low.one_sided, low.low, low.p_low) == (True, 0.0, 0.0)
    assert low.p_value == pytest.approx(0.9**10, rel=1e-9)


def test_regions_leave_the_unit_interval_only_where_they_must():
    low, high = equivalence_region([0.02, 0.5, 0.97, 0.95], 0.05)
    assert low.tolist()[0] < 0
    assert high.tolist()[2] > 1
    assert high.tolist()[3] > 1
    np.testing.assert_allclose([low[1], high[1]], [0.45, 0.55])


@pytest.mark.parametrize(
    ("k", "n", "rate"), [(87, 100, 0.9), (45, 50, 0.9), (97, 100, 0.95), (3, 40, 0.1), (1, 2, 0.5)]
)
def test_the_smallest_margin_is_where_equivalence_starts(binomial, k, n, rate):
    # Worked with fractions: a hair above the margin equivalence holds, a hair below it does not.
    margin = equivalence(k, n, rate, 0.05).smallest_margin
    exact = Fraction(str(rate))
    above, below = Fraction(margin) + Fraction(1, 10**7), Fraction(margin) - Fraction(1, 10**7)
    assert binomial.equivalence(k, n, exact, above) <= Fraction(5, 100)
    assert binomial.equivalence(k, n, exact, below) > Fraction(5, 100)


def test_nobody_retained_of_one_shows_nothing_but_the_widest_margin():
    found = equivalence(0, 1, 0.5, 0.05)
    assert found.p_value == pytest.approx(1.0)
    assert found.smallest_margin == pytest.approx(0.5)
