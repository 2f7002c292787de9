"""What must hold for every k, n, level and rate."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from talentstats.stats import binomial_tests, intervals, intervals_search

FREQUENTIST = {
    "wilson": intervals.wilson,
    "wilson-cc": intervals.wilson_cc,
    "clopper-pearson": intervals.clopper_pearson,
    "agresti-coull": intervals.agresti_coull,
    "wald": intervals.wald,
    "mid-p": intervals_search.mid_p,
    "likelihood": intervals_search.likelihood,
    "blaker": lambda *, k, n, level, side: intervals_search.blaker(k=k, n=n, level=level),
    "minlike": lambda *, k, n, level, side: intervals_search.minlike_interval(
        k=k, n=n, level=level
    ),
}
# Jeffreys is Bayesian, and Anscombe's arcsine centres on (k + 3/8) / (n + 3/4), not on k / n.
ALL = FREQUENTIST | {"jeffreys": intervals.jeffreys, "arcsine": intervals.arcsine}
PAIRS = [
    (intervals.clopper_pearson, binomial_tests.exact_central),
    (intervals.wilson, binomial_tests.score_test),
    (intervals_search.likelihood, binomial_tests.likelihood_ratio_test),
    (intervals_search.mid_p, binomial_tests.mid_p_test),
]
SLACK = 1e-12

every_method = pytest.mark.parametrize("method", ALL.values(), ids=ALL.keys())
levels = st.floats(0.8, 0.999)
rates = st.floats(0.001, 0.999)


@st.composite
def counts(draw):
    n = draw(st.one_of(st.integers(1, 40), st.integers(41, 3000)))
    return draw(st.integers(0, n)), n


@every_method
@given(kn=counts(), level=levels)
@settings(max_examples=60, deadline=None)
def test_limits_are_ordered_and_symmetric(method, kn, level):
    k, n = kn
    found = method(k=[k, n - k], n=n, level=level, side="two-sided")
    assert np.all(found.lower >= 0)
    assert np.all(found.lower <= found.upper)
    assert np.all(found.upper <= 1)
    np.testing.assert_allclose(found.lower, 1 - found.upper[::-1], atol=SLACK)


@pytest.mark.parametrize("method", FREQUENTIST.values(), ids=FREQUENTIST.keys())
@given(kn=counts(), level=levels)
@settings(max_examples=60, deadline=None)
def test_the_share_lies_within(method, kn, level):
    k, n = kn
    found = method(k=k, n=n, level=level, side="two-sided")
    assert found.lower <= k / n + SLACK
    assert found.upper >= k / n - SLACK


@pytest.mark.parametrize(
    "method",
    [method for name, method in ALL.items() if name not in {"wald", "agresti-coull"}],
    ids=[name for name in ALL if name not in {"wald", "agresti-coull"}],
)
@given(n=st.integers(1, 60), level=levels)
@settings(max_examples=30, deadline=None)
def test_more_retained_never_lowers_a_limit(method, n, level):
    found = method(k=np.arange(n + 1), n=n, level=level, side="two-sided")
    assert np.all(np.diff(found.lower) >= -SLACK)
    assert np.all(np.diff(found.upper) >= -SLACK)


@every_method
@given(kn=counts(), first=levels, second=levels)
@settings(max_examples=60, deadline=None)
def test_a_higher_level_gives_an_interval_that_contains_the_other(method, kn, first, second):
    k, n = kn
    found = method(k=k, n=n, level=sorted([first, second]), side="two-sided")
    assert found.lower[1] <= found.lower[0] + SLACK
    assert found.upper[1] >= found.upper[0] - SLACK


@pytest.mark.parametrize(("interval", "test"), PAIRS, ids=[test.__name__ for _, test in PAIRS])
@given(kn=counts(), level=levels, rate=rates)
@settings(max_examples=150, deadline=None)
def test_interval_and_its_own_test_agree(interval, test, kn, level, rate):
    k, n = kn
    assume(n <= 1000)
    found = interval(k=k, n=n, level=level, side="two-sided")
    p = float(test(k=k, n=n, rate=rate).two_sided)
    assume(abs(p - (1 - level)) > 1e-9)
    assert (found.lower <= rate <= found.upper) == (p > 1 - level)


@pytest.mark.parametrize(("interval", "test"), PAIRS, ids=[test.__name__ for _, test in PAIRS])
@given(kn=counts(), level=levels, rate=rates)
@settings(max_examples=60, deadline=None)
def test_one_limit_and_its_one_sided_test_agree(interval, test, kn, level, rate):
    k, n = kn
    tests = test(k=k, n=n, rate=rate)
    for side, p in (("lower", float(tests.greater)), ("upper", float(tests.less))):
        if abs(p - (1 - level)) > 1e-9:
            found = interval(k=k, n=n, level=level, side=side)
            assert (found.lower <= rate <= found.upper) == (p > 1 - level)


@given(kn=counts(), level=levels)
@settings(max_examples=100, deadline=None)
def test_blaker_lies_inside_clopper_pearson(kn, level):
    k, n = kn
    exact = intervals.clopper_pearson(k=k, n=n, level=level, side="two-sided")
    found = intervals_search.blaker(k=k, n=n, level=level)
    assert exact.lower <= found.lower + SLACK
    assert found.upper <= exact.upper + SLACK


@given(kn=counts(), level=levels, rate=rates)
@settings(max_examples=150, deadline=None)
def test_minlike_keeps_no_rate_outside_its_hull(kn, level, rate):
    k, n = kn
    found = intervals_search.minlike_interval(k=k, n=n, level=level)
    p = float(binomial_tests.exact_minlike(k=k, n=n, rate=rate).two_sided)
    if rate < found.lower - 1e-6 or rate > found.upper + 1e-6:
        assert p <= (1 - level) * (1 + 1e-6)


@every_method
@given(groups=st.lists(counts(), min_size=2, max_size=8), shuffle=st.randoms())
@settings(max_examples=30, deadline=None)
def test_order_of_groups_does_not_matter(method, groups, shuffle):
    order = list(range(len(groups)))
    shuffle.shuffle(order)
    k, n = np.array(groups).T
    straight = method(k=k, n=n, level=0.95, side="two-sided")
    mixed = method(k=k[order], n=n[order], level=0.95, side="two-sided")
    np.testing.assert_allclose(mixed.lower, straight.lower[order], atol=1e-14)
    np.testing.assert_allclose(mixed.upper, straight.upper[order], atol=1e-14)


@given(kn=counts(), rate=rates)
@settings(max_examples=150, deadline=None)
def test_p_values_are_probabilities(kn, rate):
    k, n = kn
    for test in (
        binomial_tests.exact_central,
        binomial_tests.exact_minlike,
        binomial_tests.mid_p_test,
        binomial_tests.score_test,
        binomial_tests.likelihood_ratio_test,
    ):
        found, mirrored = test(k=k, n=n, rate=rate), test(k=n - k, n=n, rate=1 - rate)
        for p in (found.two_sided, found.less, found.greater):
            assert 0 <= p <= 1
        np.testing.assert_allclose(found.less, mirrored.greater, rtol=1e-8)
        np.testing.assert_allclose(found.two_sided, mirrored.two_sided, rtol=1e-6)
