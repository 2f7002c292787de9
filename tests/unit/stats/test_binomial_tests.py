"""Tests of one proportion by hand; tests/reference holds the 60-digit cases."""

import math

import numpy as np
import pytest
from scipy import stats

from talentstats.stats import binomial_tests as tests


def test_all_tests_of_two_in_two_at_one_half():
    # P(X = 2) = 1/4, P(X = 0) = 1/4, P(X = 1) = 1/2; z = 1 / sqrt(1/2); LR = 4 log 2.
    args = {"k": 2, "n": 2, "rate": 0.5}
    central, minlike = tests.exact_central(**args), tests.exact_minlike(**args)
    for found in (central, minlike):
        assert found.two_sided == pytest.approx(0.5, rel=1e-14)
        assert (float(found.less), float(found.greater)) == (1, pytest.approx(0.25))
        assert np.isnan(found.z)
    mid = tests.mid_p_test(**args)
    assert (float(mid.less), float(mid.greater)) == (pytest.approx(0.875), pytest.approx(0.125))
    assert mid.two_sided == pytest.approx(0.25)
    assert tests.score_test(**args).z == pytest.approx(math.sqrt(2), rel=1e-14)
    ratio = tests.likelihood_ratio_test(**args)
    assert ratio.z == pytest.approx(math.sqrt(4 * math.log(2)), rel=1e-14)


def test_z_tests_have_the_tail_of_their_statistic():
    # 55 of 100 at 1/2 is exactly one standard error: erfc(1 / sqrt 2) = .3173.
    found = tests.score_test(k=[45, 55], n=100, rate=0.5)
    assert found.z.tolist() == [-1, 1]
    np.testing.assert_allclose(found.two_sided, math.erfc(1 / math.sqrt(2)), rtol=1e-14)
    assert found.less[0] == pytest.approx(math.erfc(1 / math.sqrt(2)) / 2, rel=1e-14)
    assert found.greater[0] == pytest.approx(1 - math.erfc(1 / math.sqrt(2)) / 2, rel=1e-14)


@pytest.mark.parametrize("test", [tests.exact_central, tests.exact_minlike, tests.mid_p_test])
def test_the_expected_count_is_no_surprise(test):
    assert test(k=5, n=10, rate=0.5).two_sided == 1


def test_minlike_counts_tied_modes():
    # (n + 1) rate = 9: outcomes 8 and 9 of 9 are as likely at .9, P = .9^9 each.
    found = tests.exact_minlike(k=[8, 9, 7], n=9, rate=0.9)
    assert found.two_sided[:2].tolist() == [1, 1]
    assert found.two_sided[2] == pytest.approx(1 - 2 * 0.9**9, rel=1e-12)


def test_minlike_of_symmetric_ties_is_the_doubled_tail():
    k = np.arange(41)
    minlike = tests.exact_minlike(k=k, n=40, rate=0.5).two_sided
    central = tests.exact_central(k=k, n=40, rate=0.5).two_sided
    np.testing.assert_allclose(minlike, central, rtol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 9, 30, 117])
@pytest.mark.parametrize("rate", [0.05, 0.5, 0.62, 0.9, 0.95])
def test_minlike_and_central_at_every_outcome(n, rate):
    """Against scipy's binomtest and binom, which the research found right."""
    k = np.arange(n + 1)
    minlike = tests.exact_minlike(k=k, n=n, rate=rate)
    expected = [stats.binomtest(j, n, rate).pvalue for j in k.tolist()]
    np.testing.assert_allclose(minlike.two_sided, expected, rtol=1e-10)
    central = tests.exact_central(k=k, n=n, rate=rate)
    np.testing.assert_allclose(central.less, stats.binom.cdf(k, n, rate), rtol=1e-10)
    np.testing.assert_allclose(central.greater, stats.binom.sf(k - 1, n, rate), rtol=1e-10)


def test_one_person():
    found = tests.exact_central(k=[0, 1], n=1, rate=0.9)
    np.testing.assert_allclose(found.two_sided, [0.2, 1.0], rtol=1e-14)
    np.testing.assert_allclose(tests.exact_minlike(k=[0, 1], n=1, rate=0.9).two_sided, [0.1, 1])


def test_a_million_people_against_scipy():
    expected = stats.binomtest(899_000, 1_000_000, 0.9).pvalue
    found = tests.exact_minlike(k=899_000, n=1_000_000, rate=0.9)
    assert found.two_sided == pytest.approx(expected, rel=1e-10)


def test_mid_p_tails_sum_to_one():
    found = tests.mid_p_test(k=np.arange(21), n=20, rate=0.9)
    np.testing.assert_allclose(found.less + found.greater, 1, rtol=1e-13)


def test_results_broadcast_and_are_read_only():
    found = tests.exact_minlike(k=[[1], [2]], n=[3, 5, 9], rate=0.4)
    assert found.two_sided.shape == found.less.shape == found.z.shape == (2, 3)
    with pytest.raises(ValueError, match="read-only"):
        found.two_sided[0, 0] = 0
