"""Survival by fractions, by finite differences, and where other packages are right or wrong."""

from fractions import Fraction

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

from talentstats.stats import product_limit as pl

TOY = {"entry": np.zeros(6), "exit": np.array([1, 1, 2, 3, 3, 4.0]), "event": [1, 1, 0, 1, 0, 1]}


def simulated(n=200, seed=5):
    rng = np.random.default_rng(seed)
    entry = np.where(rng.random(n) < 0.3, 0, rng.integers(0, 4, n)).astype(float)
    exit = entry + rng.integers(1, 6, n)
    return {"entry": entry, "exit": exit, "event": rng.random(n) < 0.5}


def test_survival_and_greenwood_by_fractions():
    curve = pl.product_limit(**TOY)
    s1, s3 = Fraction(4, 6), Fraction(4, 6) * Fraction(2, 3)
    assert curve.survival == pytest.approx([float(s1), float(s3), 0.0], abs=1e-15)
    v1 = Fraction(2, 6 * 4)
    assert curve.greenwood[:2] == pytest.approx([float(v1), float(v1 + Fraction(1, 3 * 2))])
    assert curve.greenwood[2] == np.inf
    assert curve.hazard_variance[1] == pytest.approx(float(Fraction(2, 36) + Fraction(1, 9)))


def test_lifelines_agrees_with_delayed_entry():
    data = simulated()
    curve = pl.product_limit(**data)
    km = KaplanMeierFitter().fit(data["exit"], data["event"], entry=data["entry"])
    theirs = km.survival_function_at_times(curve.sets.time).to_numpy()
    assert curve.survival == pytest.approx(theirs, rel=1e-9)


def test_the_jackknife_is_greenwood_without_entry_weights_or_clusters():
    data = simulated() | {"entry": np.zeros(200)}
    curve = pl.product_limit(**data)
    alive = curve.survival > 0
    got = pl.jackknife_variance(curve, rows=pl.survival_rows(curve, **data))
    assert got[alive] == pytest.approx(curve.greenwood[alive], rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_jackknife_is_the_derivative_by_each_weight(seed):
    data = simulated(40, seed)
    rng = np.random.default_rng(seed)
    weight, cluster = rng.uniform(0.5, 2, 40), rng.integers(0, 12, 40)
    curve = pl.product_limit(**data, weight=weight)
    rows = pl.survival_rows(curve, **data, weight=weight, cluster=cluster)
    step, logs, means = 1e-6, [], []
    for i in range(40):
        sides = []
        for sign in (1, -1):
            w = weight.copy()
            w[i] += sign * step
            moved = pl.product_limit(**data, weight=w)
            mean = pl.restricted_mean(moved, horizon=5).mean
            with np.errstate(divide="ignore"):
                sides.append((np.log(moved.survival), mean))
        with np.errstate(invalid="ignore"):
            logs.append((sides[0][0] - sides[1][0]) / (2 * step) * weight[i])
        means.append((sides[0][1] - sides[1][1]) / (2 * step) * weight[i])
    by_cluster = np.zeros((12, curve.survival.size))
    np.add.at(by_cluster, cluster, np.array(logs))
    alive = curve.survival > 0
    want = np.sum(by_cluster**2, axis=0)
    assert pl.jackknife_variance(curve, rows=rows)[alive] == pytest.approx(want[alive], rel=1e-6)
    mean_by_cluster = np.bincount(cluster, weights=means, minlength=12)
    got = pl.restricted_mean(curve, horizon=5, rows=rows)
    assert got.variance == pytest.approx(np.sum(mean_by_cluster**2), rel=1e-6)


def test_restricted_mean_and_its_variance_by_hand():
    # S = 2/3 from 1 on, 4/9 from 3 on: area to 4 is 1 + 2 * 2/3 + 4/9 = 25/9.
    got = pl.restricted_mean(pl.product_limit(**TOY), horizon=4)
    assert got.mean == pytest.approx(25 / 9)
    # Areas after: 16/9 and 4/9; d / [n (n - d)]: 2/24 and 1/6.
    assert got.variance == pytest.approx((16 / 9) ** 2 / 12 + (4 / 9) ** 2 / 6)


@pytest.mark.filterwarnings("ignore")
def test_lifelines_variance_of_the_restricted_mean_is_that_of_the_time_stayed():
    n = 400
    exit = np.random.default_rng(1).exponential(5, n)
    km = KaplanMeierFitter().fit(exit, np.ones(n))
    mean, theirs = restricted_mean_survival_time(km, t=5, return_variance=True)
    ours = pl.restricted_mean(
        pl.product_limit(entry=np.zeros(n), exit=exit, event=np.ones(n)), horizon=5
    )
    assert ours.mean == pytest.approx(mean, rel=1e-6)
    # Without censoring the mean is an average: its variance is theirs divided by n.
    stayed = np.minimum(exit, 5)
    assert ours.variance == pytest.approx(stayed.var() / n, rel=1e-9)
    assert theirs == pytest.approx(stayed.var(), rel=0.01)


def test_median_of_one_two_three_four_is_two_and_a_half_and_lifelines_says_two():
    exit, event = [1, 2, 3, 4], [1, 1, 1, 1]
    curve = pl.product_limit(entry=[0] * 4, exit=exit, event=event)
    assert pl.quantile_time(time=curve.sets.time, survival=curve.survival) == 2.5
    assert KaplanMeierFitter().fit(exit, event).median_survival_time_ == 2


def test_quantiles_at_the_edges():
    time = np.array([1.0, 2.0])
    assert np.isnan(pl.quantile_time(time=time, survival=np.array([0.9, 0.6])))
    assert pl.quantile_time(time=time, survival=np.array([0.9, 0.5])) == 2.0
    assert pl.quantile_time(time=time, survival=np.array([0.8, 0.2]), left=0.9) == 1.0


def test_a_landmark_gives_conditional_survival_with_its_own_greenwood():
    data = simulated()
    whole, later = pl.product_limit(**data), pl.product_limit(**data, landmark=2)
    k = int(np.searchsorted(whole.sets.time, 2, side="right"))
    assert later.survival == pytest.approx(whole.survival[k:] / whole.survival[k - 1])
    assert later.greenwood[0] == pytest.approx(whole.greenwood[k] - whole.greenwood[k - 1])


def test_an_early_end_alone_at_risk_fixes_the_curve_at_zero_unless_a_landmark_is_set():
    data = {"entry": [0] + [2] * 20, "exit": [1] + [3] * 5 + [4] * 15, "event": [1] * 6 + [0] * 15}
    assert pl.product_limit(**data).survival.tolist() == [0, 0]
    assert pl.product_limit(**data, landmark=2).survival.tolist() == [0.75]
