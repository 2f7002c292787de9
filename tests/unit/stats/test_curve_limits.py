"""Limits of curves: Clopper-Pearson where nobody is censored, exact coverage, edges."""

import numpy as np
import pytest
from scipy import special, stats

from talentstats.stats.curve_limits import beta_product_limits, pointwise_limits
from talentstats.stats.intervals import clopper_pearson


@pytest.mark.parametrize("times", [[1] * 13, list(range(1, 14))], ids=["tied", "one by one"])
def test_beta_product_limits_are_clopper_pearson_without_censoring(times):
    exit = times + [20] * 87
    event = [1] * 13 + [0] * 87
    got = beta_product_limits(at=[13], entry=[0] * 100, exit=exit, event=event, level=0.95)
    want = clopper_pearson(k=87, n=100, level=0.95, side="two-sided")
    assert got.lower[0] == pytest.approx(float(want.lower), rel=1e-10)
    assert got.upper[0] == pytest.approx(float(want.upper), rel=1e-10)


def test_beta_product_limits_before_the_first_end_and_after_the_last_followed():
    data = {"entry": [0] * 4, "exit": [2, 3, 3, 5], "event": [1, 0, 0, 1], "level": 0.9}
    got = beta_product_limits(at=[1, 2, 4, 5], **data)
    # Nobody gone: P(all 4 stay) = 0.05 at the lower limit.
    assert got.lower[0] == pytest.approx(0.05**0.25)
    assert got.upper[0] == 1
    assert got.lower[3] == 0
    assert got.upper[3] > 0
    assert got.lower[2] < got.lower[1]  # two were lost to view in between


def test_the_lower_limit_stays_at_zero_after_a_time_with_nobody_at_risk():
    got = beta_product_limits(
        at=[1, 3], entry=[0, 2, 2, 2], exit=[1, 4, 4, 4], event=[1, 0, 0, 0], level=0.95
    )
    assert got.lower.tolist() == [0, 0]


def test_counts_are_replication():
    data = {"at": [1, 2], "level": 0.95}
    short = beta_product_limits(
        **data, entry=[0, 0, 0], exit=[1, 2, 3], event=[1, 1, 0], count=[2, 3, 9]
    )
    long = beta_product_limits(
        **data, entry=[0] * 14, exit=[1] * 2 + [2] * 3 + [3] * 9, event=[1] * 5 + [0] * 9
    )
    assert short.lower == pytest.approx(long.lower, rel=1e-12)
    assert short.upper == pytest.approx(long.upper, rel=1e-12)


@pytest.mark.parametrize(
    ("n", "stay", "scale", "expected"),
    [
        (100, 0.90, "plain", 0.932),
        (100, 0.90, "log-log", 0.952),
        (100, 0.97, "plain", 0.802),
        (30, 0.90, "log-log", 0.932),
        (20, 0.95, "plain", 0.639),
        (100, 0.90, "bpcp", 0.956),
        (20, 0.95, "bpcp", 0.984),
    ],
)
def test_exact_coverage_of_each_scale(n, stay, scale, expected):
    # The binomial sum over how many stay; where nobody or everybody has left, log-log is a point.
    k = np.arange(n + 1)
    if scale == "bpcp":
        both = [
            beta_product_limits(
                at=[1], entry=[0] * n, exit=[1] * (n - i) + [2] * i,
                event=[1] * (n - i) + [0] * i, level=0.95,
            )
            for i in k
        ]  # fmt: skip
        low = np.array([x.lower[0] for x in both])
        high = np.array([x.upper[0] for x in both])
    else:
        p = k / n
        limits = pointwise_limits(estimate=p, variance=p * (1 - p) / n, level=0.95, scale=scale)
        low = np.where(np.isnan(limits.lower), p, limits.lower)
        high = np.where(np.isnan(limits.upper), p, limits.upper)
    covers = (low <= stay) & (stay <= high)
    assert stats.binom.pmf(k, n, stay) @ covers == pytest.approx(expected, abs=6e-4)


def test_cloglog_of_an_incidence_is_log_log_of_what_is_left():
    a = pointwise_limits(estimate=0.05, variance=0.0004, level=0.95, scale="cloglog")
    z, se = -special.ndtri(0.025), 0.02
    centre = np.log(-np.log(0.95))
    spread = z * se / (0.95 * -np.log(0.95))
    want = -np.expm1(-np.exp(centre + np.array([-spread, spread])))
    assert [a.lower, a.upper] == pytest.approx(want)


def test_edges_as_in_r():
    one = pointwise_limits(estimate=[1.0, 0.0], variance=[0.0, 0.0], level=0.95, scale="log-log")
    assert np.isnan(one.lower).all()
    log = pointwise_limits(estimate=[1.0, 0.0], variance=[0.0, 0.0], level=0.95, scale="log")
    assert (log.lower[0], log.upper[0]) == (1, 1)
    assert np.isnan(log.lower[1])
