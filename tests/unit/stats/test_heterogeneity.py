import math

import numpy as np
import pytest

from talentstats.stats import heterogeneity


def test_two_groups_by_hand():
    # 200 (87 * 30 - 13 * 70)^2 over the product of the margins.
    chi2 = 200 * (87 * 30 - 13 * 70) ** 2 / (157 * 43 * 100 * 100)
    test = heterogeneity.pearson(k=[87, 70], n=[100, 100])
    assert (test.statistic, test.degrees) == (pytest.approx(chi2, rel=1e-13), 1)
    assert test.p_value == pytest.approx(math.erfc((chi2 / 2) ** 0.5), rel=1e-12)


def test_likelihood_ratio_by_hand():
    # All of one group, none of the other: 2 * 8 log 2.
    test = heterogeneity.likelihood_ratio(k=[4, 0], n=[4, 4])
    assert test.statistic == pytest.approx(16 * math.log(2), rel=1e-13)


@pytest.mark.parametrize("retained", [0, 5])
def test_all_or_none_is_no_heterogeneity(retained):
    for test in (heterogeneity.pearson, heterogeneity.likelihood_ratio):
        found = test(k=[retained] * 3, n=[5] * 3)
        assert (found.statistic, found.degrees, found.p_value) == (0.0, 2, 1.0)


def test_order_changes_no_bit():
    rng = np.random.default_rng(3)
    n = rng.integers(1, 90, 1000)
    k = rng.binomial(n, 0.87)
    turn = rng.permutation(1000)
    for test in (heterogeneity.pearson, heterogeneity.likelihood_ratio):
        assert test(k=k, n=n).statistic == test(k=k[turn], n=n[turn]).statistic


def test_one_rate_is_rejected_as_often_as_stated():
    # Two groups of 60 at .5: the exact size of Pearson's test at .05, summed over all tables.
    outcomes = np.arange(61)
    weight = np.array([math.comb(60, k) for k in outcomes]) / 2.0**60
    p = np.array(
        [[heterogeneity.pearson(k=[a, b], n=[60, 60]).p_value for b in outcomes] for a in outcomes]
    )
    assert (np.outer(weight, weight) * (p <= 0.05)).sum() == pytest.approx(0.05, abs=0.008)
