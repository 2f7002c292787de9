import warnings

import numpy as np
import pytest

from talentstats.stats import ratio, two_sample_tests

Z2 = 1.959963984540054**2
SCORE = [
    ratio.koopman,
    ratio.ratio_miettinen_nurminen,
    ratio.odds_score,
    ratio.odds_miettinen_nurminen,
]
TABLES = [(87, 100, 90, 100), (0, 12, 9, 12), (5, 5, 3, 7), (10, 10, 10, 10), (0, 3, 0, 9)]


def both(method, table, level=0.95, side="two-sided"):
    x1, n1, x2, n2 = table
    limits = method(x1=x1, n1=n1, x2=x2, n2=n2, level=level, side=side)
    return float(limits.lower), float(limits.upper)


def test_ratio_when_all_are_retained_by_hand():
    # For a ratio t < 1 the restricted maximum is (t, 1), so z^2 = 10 (1 - t)/t.
    lower, upper = both(ratio.koopman, (10, 10, 10, 10))
    assert lower == pytest.approx(10 / (10 + Z2), rel=1e-12)
    assert upper == pytest.approx((10 + Z2) / 10, rel=1e-12)
    lower, _ = both(ratio.ratio_miettinen_nurminen, (10, 10, 10, 10))
    assert lower == pytest.approx(10 / (10 + Z2 * 20 / 19), rel=1e-12)


def test_odds_limit_of_two_people_by_hand():
    # 1/1 v 0/1: one retained in all, so p1 q1 = p2 q2 = v and z^2 = (1 - p1)^2 * 2/v
    # with p1 = sqrt(t)/(1 + sqrt(t)): z^2 = 2/sqrt(t).
    lower, upper = both(ratio.odds_score, (1, 1, 0, 1))
    assert lower == pytest.approx((2 / Z2) ** 2, rel=1e-12)
    assert upper == np.inf


@pytest.mark.parametrize("method", SCORE)
@pytest.mark.parametrize("table", TABLES)
def test_swapping_groups_inverts_the_limits(method, table):
    x1, n1, x2, n2 = table
    lower, upper = both(method, table)
    other_lower, other_upper = both(method, (x2, n2, x1, n1))
    assert lower * other_upper == pytest.approx(1, rel=1e-10) or (lower, other_upper) == (0, np.inf)
    assert upper * other_lower == pytest.approx(1, rel=1e-10) or (other_lower, upper) == (0, np.inf)


@pytest.mark.parametrize("method", [ratio.odds_score, ratio.odds_miettinen_nurminen])
def test_odds_of_leaving_invert_those_of_staying(method):
    lower, upper = both(method, (87, 100, 90, 100))
    assert both(method, (13, 100, 10, 100)) == pytest.approx((1 / upper, 1 / lower), rel=1e-10)


@pytest.mark.parametrize(
    ("table", "ratio_edges", "odds_edges"),
    [
        ((0, 10, 0, 20), (True, True), (True, True)),
        ((0, 12, 9, 12), (True, False), (True, False)),
        ((5, 5, 3, 7), (False, False), (False, True)),
        ((3, 7, 0, 5), (False, True), (False, True)),
        ((3, 7, 5, 5), (False, False), (True, False)),
        ((4, 4, 9, 9), (False, False), (True, True)),
    ],
)
def test_limits_that_nothing_bounds_are_assigned(table, ratio_edges, odds_edges):
    for methods, edges in ((SCORE[:2], ratio_edges), (SCORE[2:], odds_edges)):
        for method in methods:
            lower, upper = both(method, table)
            assert (lower == 0, upper == np.inf) == edges


@pytest.mark.parametrize("method", SCORE)
def test_sides_and_groups(method):
    inner = both(method, (5, 9, 4, 11), level=0.9)
    assert both(method, (5, 9, 4, 11), side="lower") == (pytest.approx(inner[0]), np.inf)
    assert both(method, (5, 9, 4, 11), side="upper") == (0.0, pytest.approx(inner[1]))
    x1, n1, x2, n2 = np.array(TABLES).T
    limits = method(x1=x1, n1=n1, x2=x2, n2=n2, level=0.95, side="two-sided")
    assert limits.upper[0] == pytest.approx(both(method, TABLES[0])[1], rel=1e-12)
    assert limits.upper.shape == (len(TABLES),)


def test_conditional_odds_by_hand():
    # 1/1 v 0/2, given one retained: P = t/(t + 2), so the 80% lower limit solves .1.
    odds = ratio.odds_conditional_exact(x1=1, n1=1, x2=0, n2=2, level=0.8, side="two-sided")
    assert float(odds.limits.lower) == pytest.approx(2 / 9, rel=1e-10)
    assert float(odds.limits.upper) == float(odds.estimate) == np.inf


def test_conditional_odds_of_a_degenerate_margin():
    odds = ratio.odds_conditional_exact(
        x1=[0, 3], n1=[10, 4], x2=[0, 1], n2=[20, 4], level=0.95, side="two-sided"
    )
    assert np.isnan(odds.estimate[0])
    assert (odds.limits.lower[0], odds.limits.upper[0]) == (0, np.inf)
    assert odds.estimate[1] == pytest.approx(6.40832, abs=1e-5)  # R fisher.test, tea tasting


def test_statsmodels_fails_at_the_edges():
    """When this fails, statsmodels has been mended and may be called instead."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = confint_proportions_2indep(5, 5, 3, 7, compare="ratio", method="score", alpha=0.1)
        with pytest.raises(ZeroDivisionError):
            confint_proportions_2indep(5, 5, 3, 7, compare="odds-ratio", method="score")
    ours = both(ratio.ratio_miettinen_nurminen, (5, 5, 3, 7), level=0.9)
    assert ours[0] == pytest.approx(1.2163896015, rel=1e-9)  # R ratesci::scoreci
    assert abs(theirs[0] - ours[0]) > 0.1


def test_scipy_has_only_the_log_interval():
    from scipy.stats.contingency import relative_risk

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = relative_risk(36, 40, 16, 80).confidence_interval(0.95)
    assert theirs.low == pytest.approx(2.869, abs=1e-3)
    # Printed by Koopman (1984): 2.94 to 7.15.
    assert both(ratio.koopman, (36, 40, 16, 80)) == pytest.approx((2.94, 7.15), abs=0.005)


@pytest.mark.parametrize("method", SCORE)
def test_interval_and_its_own_test_agree_in_every_table(method):
    x1, x2 = (v.ravel() for v in np.mgrid[0:8, 0:10])
    limits = method(x1=x1, n1=7, x2=x2, n2=9, level=0.9, side="two-sided")
    outside = (limits.lower > 1) | (limits.upper < 1)
    # At a ratio of 1 every score statistic is the pooled z.
    corrected = method in {ratio.ratio_miettinen_nurminen, ratio.odds_miettinen_nurminen}
    test = two_sample_tests.score(x1=x1, n1=7, x2=x2, n2=9, bias_corrected=corrected)
    assert np.array_equal(outside, test.two_sided < 0.1)
    assert 0 < outside.sum() < outside.size
