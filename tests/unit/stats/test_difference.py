import warnings

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import ndtri

from talentstats.stats import difference, two_sample_tests

Z = 1.959963984540054
METHODS = [
    difference.newcombe,
    difference.miettinen_nurminen,
    difference.mee,
    difference.agresti_caffo,
    difference.wald_difference,
]
TABLES = [(87, 100, 90, 100), (0, 10, 0, 20), (5, 5, 3, 7), (10, 10, 0, 10), (1, 1, 1500, 1500)]


def both(method, table, level=0.95, side="two-sided"):
    x1, n1, x2, n2 = table
    limits = method(x1=x1, n1=n1, x2=x2, n2=n2, level=level, side=side)
    return float(limits.lower), float(limits.upper)


def test_newcombe_without_successes_by_hand():
    # Wilson arms of 0/n are 0 and z^2/(n + z^2); the difference of the estimates is 0.
    lower, upper = both(difference.newcombe, (0, 10, 0, 20))
    assert lower == pytest.approx(-(Z**2) / (20 + Z**2), rel=1e-12)
    assert upper == pytest.approx(Z**2 / (10 + Z**2), rel=1e-12)


def test_wald_by_hand_and_clipped():
    # Variance 1/40 + 1/40 = 1/20.
    assert both(difference.wald_difference, (5, 10, 5, 10))[1] == pytest.approx(Z * 0.05**0.5)
    assert both(difference.wald_difference, (2, 2, 1, 2))[1] == 1.0


def test_score_statistic_by_hand():
    # All retained in both: under p1 - p2 = -0.2 the likelihood is largest at (.8, 1).
    z = difference.score_statistic(
        x1=10, n1=10, x2=10, n2=10, difference=-0.2, bias_corrected=False
    )
    assert float(z) == pytest.approx(0.2 / (0.8 * 0.2 / 10) ** 0.5, rel=1e-12)
    corrected = difference.score_statistic(
        x1=10, n1=10, x2=10, n2=10, difference=-0.2, bias_corrected=True
    )
    assert float(corrected) == pytest.approx(float(z) * (19 / 20) ** 0.5, rel=1e-12)


@pytest.mark.parametrize("table", [(56, 70, 48, 80), (9, 10, 3, 10), (0, 12, 9, 12), (3, 7, 7, 7)])
@pytest.mark.parametrize("null", [-0.35, -0.05, 0.0, 0.2, 0.6])
def test_restricted_maximum_against_a_search(table, null):
    x1, n1, x2, n2 = table

    def loss(p2):
        p1 = p2 + null
        pairs = ((x1, p1), (n1 - x1, 1 - p1), (x2, p2), (n2 - x2, 1 - p2))
        return -sum(k * np.log(max(p, 1e-300)) for k, p in pairs if k)

    bounds = (max(0.0, -null), min(1.0, 1 - null))
    p2 = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-13}).x
    p1 = p2 + null
    spread = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) ** 0.5
    got = difference.score_statistic(
        x1=x1, n1=n1, x2=x2, n2=n2, difference=null, bias_corrected=False
    )
    assert float(got) == pytest.approx((x1 / n1 - x2 / n2 - null) / spread, rel=2e-6)


def test_no_variance_gives_zero_or_infinity():
    z = difference.score_statistic(
        x1=[0, 3, 3], n1=3, x2=[0, 3, 0], n2=3, difference=[0.0, 1.0, 1.0], bias_corrected=True
    )
    assert z.tolist() == [0.0, -np.inf, 0.0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("table", TABLES)
def test_swapping_groups_or_outcomes_mirrors_the_limits(method, table):
    x1, n1, x2, n2 = table
    lower, upper = both(method, table)
    mirrored = pytest.approx((-upper, -lower), rel=1e-9, abs=1e-12)
    assert both(method, (x2, n2, x1, n1)) == mirrored
    assert both(method, (n1 - x1, n1, n2 - x2, n2)) == mirrored
    assert -1 <= lower <= upper <= 1


@pytest.mark.parametrize("method", METHODS)
def test_one_side_opens_the_other(method):
    lower, _ = both(method, (87, 100, 90, 100), level=0.9)
    one_sided, top = both(method, (87, 100, 90, 100), level=0.95, side="lower")
    bottom, _ = both(method, (87, 100, 90, 100), level=0.95, side="upper")
    assert (one_sided, top, bottom) == (pytest.approx(lower, rel=1e-12), 1.0, -1.0)


@pytest.mark.parametrize("level", [0.2, 0.8, 0.95, 0.999])
def test_limits_are_where_the_test_turns(level):
    lower, upper = both(difference.miettinen_nurminen, (5, 12, 20, 31), level=level)
    z = difference.score_statistic(
        x1=5, n1=12, x2=20, n2=31, difference=[lower, upper], bias_corrected=True
    )
    wanted = -ndtri((1 - level) / 2)
    assert z.tolist() == pytest.approx([wanted, -wanted], rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_groups_are_vectorised(method):
    x1, n1, x2, n2 = np.array(TABLES).T
    limits = method(x1=x1, n1=n1, x2=x2, n2=n2, level=0.9, side="two-sided")
    assert limits.lower.shape == (len(TABLES),)
    for place, table in enumerate(TABLES):
        single = both(method, table, level=0.9)
        assert (limits.lower[place], limits.upper[place]) == pytest.approx(single, abs=1e-12)


def test_margin_test_is_the_larger_of_two():
    test = difference.margin_test(x1=87, n1=100, x2=90, n2=100, margin=0.1, bias_corrected=True)
    mirror = difference.margin_test(x1=90, n1=100, x2=87, n2=100, margin=0.1, bias_corrected=True)
    assert float(test.p) == float(test.p_low) > float(test.p_high)
    assert float(mirror.p_high) == pytest.approx(float(test.p_low), rel=1e-10)
    # Exactly at the margin the score is 0 and its tail one half.
    edge = difference.margin_test(x1=85, n1=100, x2=90, n2=100, margin=0.05, bias_corrected=True)
    assert float(edge.p_low) == pytest.approx(0.5, abs=1e-13)


def test_statsmodels_score_interval_is_wrong():
    """Its cubic has x1 * difference where n1 * difference belongs; ours exists because of it.

    When this fails, statsmodels has been mended and may be called instead.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = confint_proportions_2indep(87, 100, 90, 100, compare="diff", method="score")
        with pytest.raises(ValueError, match="sign"):
            confint_proportions_2indep(9, 10, 3, 10, compare="diff", method="score")
    assert theirs == pytest.approx((-0.124705, 0.061873), abs=1e-6)
    # R ratesci::scoreci(87, 100, 90, 100, skew = FALSE): -0.1230133, 0.0614176.
    ours = both(difference.miettinen_nurminen, (87, 100, 90, 100))
    assert ours == pytest.approx((-0.1230133, 0.0614176), abs=1e-7)


def test_statsmodels_agresti_caffo_leaves_the_range():
    from statsmodels.stats.proportion import confint_proportions_2indep

    _, upper = confint_proportions_2indep(10, 10, 0, 10, compare="diff", method="agresti-caffo")
    assert upper > 1
    assert both(difference.agresti_caffo, (10, 10, 0, 10))[1] == 1.0


EVERY_TABLE = dict(
    zip(("x1", "x2"), (v.ravel() for v in np.mgrid[0:8, 0:10]), strict=True), n1=7, n2=9
)


@pytest.mark.parametrize("method", METHODS)
def test_limits_hold_the_estimate_and_are_nested_in_every_table(method):
    estimate = EVERY_TABLE["x1"] / 7 - EVERY_TABLE["x2"] / 9
    narrow = method(**EVERY_TABLE, level=0.8, side="two-sided")
    wide = method(**EVERY_TABLE, level=0.99, side="two-sided")
    # Agresti-Caffo is centred on the rates with two people added, so 80% is not enough.
    inner = wide if method is difference.agresti_caffo else narrow
    assert np.all((inner.lower <= estimate + 1e-12) & (estimate <= inner.upper + 1e-12))
    assert np.all((wide.lower <= narrow.lower) & (narrow.upper <= wide.upper))


@pytest.mark.parametrize(
    ("method", "corrected"), [(difference.miettinen_nurminen, True), (difference.mee, False)]
)
def test_interval_and_its_own_test_agree_in_every_table(method, corrected):
    for level in (0.8, 0.95):
        limits = method(**EVERY_TABLE, level=level, side="two-sided")
        outside = (limits.lower > 0) | (limits.upper < 0)
        test = two_sample_tests.score(**EVERY_TABLE, bias_corrected=corrected)
        assert np.array_equal(outside, test.two_sided < 1 - level)
        assert 0 < outside.sum() < outside.size


def test_equivalence_is_the_interval_at_twice_the_error_within_the_margin():
    limits = difference.miettinen_nurminen(**EVERY_TABLE, level=0.8, side="two-sided")
    within = (limits.lower > -0.4) & (limits.upper < 0.4)
    test = difference.margin_test(**EVERY_TABLE, margin=0.4, bias_corrected=True)
    assert np.array_equal(within, test.p < 0.1)
    assert 0 < within.sum() < within.size


def test_very_unequal_groups_by_hand():
    # All retained: above 0 the restricted maximum is (1, 1 - d), so
    # z^2 = d^2 / (d (1 - d)/1500 * 1501/1500) and d/(1 - d) = z^2 * 1501/1500^2.
    odds = Z**2 * 1501 / 1500**2
    _, upper = both(difference.miettinen_nurminen, (1, 1, 1500, 1500))
    assert upper == pytest.approx(odds / (1 + odds), rel=1e-11)


def test_score_statistic_keeps_its_digits_next_to_an_edge():
    # None retained in either group: under p1 - p2 = -d the restricted maximum is (0, d).
    d = 1e-6
    z = difference.score_statistic(x1=0, n1=5, x2=0, n2=1, difference=-d, bias_corrected=False)
    assert float(z) == pytest.approx((d / (1 - d)) ** 0.5, rel=1e-12)
    # 60 digits, by score_z of tests/reference/proportions_make.py.
    z = difference.score_statistic(
        x1=0, n1=1, x2=299999, n2=300000, difference=-d, bias_corrected=False
    )
    assert float(z) == pytest.approx(-372.57528687286646, rel=1e-10)
