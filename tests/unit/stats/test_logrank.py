"""Log-rank by hand, against statsmodels, and its permutation against every division."""

from itertools import combinations

import numpy as np
import pytest
from statsmodels.duration.survfunc import survdiff

from talentstats.stats.logrank import logrank, permutation_p
from talentstats.stats.product_limit import product_limit


def simulated(n=120, seed=2):
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 4, n).astype(float)
    return {
        "entry": entry,
        "exit": entry + rng.integers(1, 6, n),
        "event": rng.random(n) < 0.5,
        "group": rng.integers(0, 2, n),
        "groups": 2,
    }


def test_delayed_entry_by_hand_and_statsmodels_agrees():
    # At 2: rows entering at 2 are not at risk. E_0 = 2/3 + 1/3.
    data = {"entry": [0, 0, 0, 2, 2], "exit": [2, 3, 4, 3, 4], "event": [1, 0, 0, 1, 0]}
    got = logrank(**data, group=[0, 0, 1, 1, 1], groups=2)
    assert got.observed.tolist() == [1, 1]
    assert got.expected == pytest.approx([2 / 3 + 1 / 4, 1 / 3 + 3 / 4])
    assert got.covariance[0, 0] == pytest.approx(2 / 9 + 3 / 16)
    big = simulated()
    statistic, p = survdiff(big["exit"], big["event"], big["group"], entry=big["entry"])
    ours = logrank(**big)
    assert (ours.statistic, ours.p_value) == pytest.approx((statistic, p), rel=1e-9)


@pytest.mark.parametrize(("rho", "gamma"), [(1, 0), (0, 1), (0.5, 0.5)])
def test_weights_against_their_definition(rho, gamma):
    data = simulated(60)
    pooled = product_limit(entry=data["entry"], exit=data["exit"], event=data["event"])
    before, difference, variance = 1.0, 0.0, 0.0
    for time, s in zip(pooled.sets.time, pooled.survival, strict=True):
        at_risk = (data["entry"] < time) & (time <= data["exit"])
        ended = (data["exit"] == time) & data["event"]
        n, d = at_risk.sum(), ended.sum()
        share = (at_risk & (data["group"] == 0)).sum() / n
        w = before**rho * (1 - before) ** gamma
        difference += w * ((ended & (data["group"] == 0)).sum() - d * share)
        if n > 1:
            variance += w**2 * d * (n - d) / (n - 1) * share * (1 - share)
        before = s
    assert logrank(**data, rho=rho, gamma=gamma).statistic == pytest.approx(
        difference**2 / variance
    )


def test_a_trend_over_two_groups_is_the_test_of_their_difference():
    data = simulated()
    trend = logrank(**data, scores=[3, 8])
    assert trend.statistic == pytest.approx(logrank(**data).statistic)
    assert trend.df == 1


def test_counts_are_replication():
    data = simulated(30)
    count = np.arange(30) % 3 + 1
    long = {k: v if k == "groups" else np.repeat(v, count) for k, v in data.items()}
    assert logrank(**data, count=count).statistic == pytest.approx(logrank(**long).statistic)


def test_groups_never_at_risk_together_cannot_be_compared():
    got = logrank(
        entry=[0, 0, 5, 5], exit=[1, 2, 6, 7], event=[1] * 4, group=[0, 0, 1, 1], groups=2
    )
    assert got.df == 0
    assert np.isnan(got.p_value)


def test_an_empty_group_takes_no_degree_of_freedom():
    got = logrank(**(simulated() | {"groups": 3}))
    assert got.df == 1


def test_the_permutation_p_is_near_that_of_all_divisions():
    exit, event = np.array([1, 2, 3, 4, 5, 6, 7, 8.0]), np.array([1, 1, 1, 0, 1, 0, 0, 1])
    at_risk = 8 - np.arange(8)
    hazard = np.cumsum(event / at_risk)
    score = event - hazard  # no ties: observed minus expected of each row
    sums = [abs(score[list(c)].sum()) for c in combinations(range(8), 4)]
    exact = np.mean(np.array(sums) >= abs(score[:4].sum()) * (1 - 1e-9))
    data = {"entry": np.zeros(8), "exit": exit, "event": event, "group": [0] * 4 + [1] * 4}
    p = permutation_p(**data, groups=2, rng=np.random.default_rng(3), draws=4000)
    assert abs(p - exact) < 4 * np.sqrt(exact * (1 - exact) / 4000)
    again = permutation_p(**data, groups=2, rng=np.random.default_rng(3), draws=4000)
    assert p == again


def test_the_permutation_keeps_labels_within_strata():
    # In each stratum all belong to one group: no shuffle changes anything.
    p = permutation_p(
        entry=[0] * 4, exit=[1, 2, 3, 4], event=[1] * 4, group=[0, 0, 1, 1], groups=2,
        stratum=[0, 0, 1, 1], rng=np.random.default_rng(0), draws=20,
    )  # fmt: skip
    assert p == 1
