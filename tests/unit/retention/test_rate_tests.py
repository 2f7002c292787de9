"""Five tests in three directions, against scipy, fractions and the reference values."""

import math

import pytest
from scipy.stats import binomtest, chi2, norm

from talentstats.retention.rate_tests import rate_tests
from talentstats.summaries.counts import RetentionCounts

CASES = [
    (87, 100, 0.9),
    (0, 100, 0.9),
    (100, 100, 0.9),
    (8, 9, 0.9),
    (1, 1, 0.5),
    (9000, 10000, 0.905),
]


def test_the_headline():
    found = rate_tests(RetentionCounts(87, 100), rate=0.9)
    shown = {name: round(test.two_sided, 6) for name, test in found.items()}
    assert shown == {
        "central": 0.396358,
        "minlike": 0.315335,
        "mid_p": 0.322056,
        "score": 0.317311,
        "likelihood": 0.336793,
    }
    assert found.central.less == pytest.approx(0.1981788874, abs=5e-11)


@pytest.mark.parametrize(("k", "n", "rate"), CASES)
def test_exact_tests_agree_with_scipy(k, n, rate):
    found = rate_tests(RetentionCounts(k, n), rate=rate)
    assert found.minlike.two_sided == pytest.approx(binomtest(k, n, rate).pvalue, rel=1e-9)
    for side in ("less", "greater"):
        expected = binomtest(k, n, rate, alternative=side).pvalue
        assert getattr(found.central, side) == pytest.approx(expected, rel=1e-9)
        assert getattr(found.minlike, side) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("k", range(10))
def test_exact_tests_agree_with_fractions(binomial, k):
    found = rate_tests(RetentionCounts(k, 9), rate=0.9)
    assert found.central.two_sided == pytest.approx(float(binomial.central(k, 9, "0.9")), rel=1e-9)
    # At 9 people and 0.9 the counts 8 and 9 are exactly as likely; both have p = 1.
    assert found.minlike.two_sided == pytest.approx(float(binomial.minlike(k, 9, "0.9")), rel=1e-9)
    half = binomial.pmf(k, 9, "0.9") / 2
    tails = [binomial.less(k, 9, "0.9") - half, binomial.greater(k, 9, "0.9") - half]
    assert found.mid_p.two_sided == pytest.approx(float(min(1, 2 * min(tails))), rel=1e-9)


def test_normal_tests_by_hand():
    # 80 of 100 against 0.9: z = (80 - 90) / sqrt(100 * 0.9 * 0.1) = -10/3.
    found = rate_tests(RetentionCounts(80, 100), rate=0.9)
    assert found.score.two_sided == pytest.approx(2 * norm.sf(10 / 3), rel=1e-12)
    assert found.score.less == pytest.approx(norm.sf(10 / 3), rel=1e-12)
    # 100 of 100: twice the log likelihood ratio is -200 ln 0.9, with one degree of freedom.
    every = rate_tests(RetentionCounts(100, 100), rate=0.9)
    assert every.likelihood.two_sided == pytest.approx(chi2.sf(-200 * math.log(0.9), 1), rel=1e-9)
    assert every.likelihood.greater == pytest.approx(every.likelihood.two_sided / 2, rel=1e-12)


def test_far_tails_do_not_vanish():
    found = rate_tests(RetentionCounts(100, 100), rate=0.5)
    assert found.central.two_sided == pytest.approx(2.0**-99, rel=1e-9)
    assert found.minlike.two_sided == pytest.approx(2.0**-99, rel=1e-9)
