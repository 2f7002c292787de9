import numpy as np
import pytest

from talentstats.stats import intervals, multinomial

INTERVALS = [
    multinomial.goodman,
    multinomial.quesenberry_hurst,
    multinomial.sison_glaz,
    multinomial.bonferroni_clopper_pearson,
]


def test_two_categories_are_one_proportion():
    # Quesenberry-Hurst has one degree of freedom left: the Wilson interval.
    wilson = intervals.wilson(k=[87, 13], n=100, level=0.95, side="two-sided")
    limits = multinomial.quesenberry_hurst(counts=[87, 13], level=0.95)
    np.testing.assert_allclose(limits.lower, wilson.lower, rtol=1e-13)
    np.testing.assert_allclose(limits.upper, wilson.upper, rtol=1e-13)


def test_goodman_is_wilson_at_the_bonferroni_level():
    wilson = intervals.wilson(k=[87, 10, 3], n=100, level=1 - 0.05 / 3, side="two-sided")
    limits = multinomial.goodman(counts=[87, 10, 3], level=0.95)
    np.testing.assert_allclose(limits.lower, wilson.lower, rtol=1e-12)


@pytest.mark.parametrize("method", INTERVALS)
def test_shares_lie_inside_and_edges_are_exact(method):
    counts = np.array([30, 0, 0])
    limits = method(counts=counts, level=0.95)
    assert limits.lower[1:].tolist() == [0.0, 0.0]
    assert limits.upper[0] == 1.0
    limits = method(counts=[20, 7, 3], level=0.95)
    shares = np.array([20, 7, 3]) / 30
    assert np.all((limits.lower <= shares) & (shares <= limits.upper))
    turned = method(counts=[3, 20, 7], level=0.95)
    np.testing.assert_allclose(turned.lower, limits.lower[[2, 0, 1]], rtol=1e-12)


def test_sison_glaz_that_cannot_reach_its_level_is_all():
    # The approximation for six categories of one person each tops out at .99977.
    limits = multinomial.sison_glaz(counts=[1] * 6, level=0.9999)
    assert (set(limits.lower), set(limits.upper)) == ({0.0}, {1.0})
    assert multinomial.sison_glaz(counts=[1] * 6, level=0.99).upper[0] < 1


def test_statsmodels_sison_glaz_is_wrong_with_zeros():
    """R DescTools and MultinomialCI give .0535477; statsmodels .0560871.

    When this fails, statsmodels has been mended and may be called instead.
    """
    from statsmodels.stats.proportion import multinomial_proportions_confint

    theirs = multinomial_proportions_confint([30, 0, 0], 0.05, method="sison-glaz")
    assert theirs[1, 1] == pytest.approx(0.0560871, abs=1e-7)
    ours = multinomial.sison_glaz(counts=[30, 0, 0], level=0.95)
    assert ours.upper[1] == pytest.approx(0.0535477, abs=1e-7)


def test_exact_test_by_hand():
    # Of (2,0), (1,1), (0,2) with 1/4, 1/2, 1/4, two are as unlikely as (2,0).
    test = multinomial.exact_test(counts=[2, 0], shares=[0.5, 0.5])
    assert (test.p_value, test.degrees) == (0.5, 1)
    assert np.isnan(test.statistic)
    # Three people, shares 1/2, 1/4, 1/4: P(3,0,0) = 8/64; less likely or equal are
    # (3,0,0) 8, (0,3,0) and (0,0,3) 1 each, (0,2,1) and (0,1,2) 3 each, (1,2,0) and (1,0,2) 6.
    test = multinomial.exact_test(counts=[3, 0, 0], shares=[0.5, 0.25, 0.25])
    assert test.p_value == pytest.approx(28 / 64, rel=1e-13)


def test_exact_test_of_two_categories_is_the_binomial_test():
    from scipy.stats import binomtest

    test = multinomial.exact_test(counts=[87, 13], shares=[0.9, 0.1])
    assert test.p_value == pytest.approx(binomtest(87, 100, 0.9).pvalue, rel=1e-11)


@pytest.mark.parametrize(("total", "categories"), [(4, 3), (7, 2), (2, 5)])
def test_outcomes_are_counted(total, categories):
    draws = np.ndindex(*[categories] * total)
    outcomes = {tuple(np.bincount(draw, minlength=categories).tolist()) for draw in draws}
    assert multinomial.outcome_count(total=total, categories=categories) == len(outcomes)
    # The likeliest outcome has no likelier one: all outcomes enter, with sum 1.
    shares = np.array([1 - 0.001 * (categories - 1)] + [0.001] * (categories - 1))
    likeliest = multinomial.exact_test(counts=[total] + [0] * (categories - 1), shares=shares)
    assert likeliest.p_value == pytest.approx(1.0, rel=1e-13)


def test_score_and_likelihood_ratio_by_hand():
    test = multinomial.score_test(counts=[30, 10], shares=[0.5, 0.5])
    assert test.statistic == pytest.approx(100 / 20 + 100 / 20)
    test = multinomial.likelihood_ratio_test(counts=[30, 10], shares=[0.5, 0.5])
    assert test.statistic == pytest.approx(2 * (30 * np.log(1.5) - 10 * np.log(2)))
    same = multinomial.likelihood_ratio_test(counts=[9, 1], shares=[0.9, 0.1])
    assert (same.statistic, same.p_value) == pytest.approx((0.0, 1.0), abs=1e-7)
