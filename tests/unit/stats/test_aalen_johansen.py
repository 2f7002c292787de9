"""Incidence by fractions, by finite differences, and where other packages are right or wrong."""

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter
from statsmodels.duration.survfunc import CumIncidenceRight

from talentstats.stats import aalen_johansen as aj
from talentstats.stats.product_limit import restricted_mean


def tied():
    # At 1: 5 + 1 of 100 leave, 44 are censored; at 2: 5 + 3 of 50, 30 censored; at 3: 2 + 2 of 12.
    # F_a = .05, + .94 * 5/50 = .144, + .94 * 42/50 * 2/12 = .2756.
    size = [5, 1, 44, 5, 3, 30, 2, 2, 8]
    exit = np.repeat([1.0, 1, 1, 2, 2, 2, 3, 3, 3], size)
    return exit, np.repeat([0, 1, -1] * 3, size)


def simulated(n, seed):
    rng = np.random.default_rng(seed)
    entry = np.where(rng.random(n) < 0.3, 0, rng.integers(0, 4, n)).astype(float)
    exit = entry + rng.integers(1, 6, n)
    return {"entry": entry, "exit": exit, "destination": rng.integers(-1, 2, n), "destinations": 2}


def test_incidence_by_fractions_and_statsmodels_agrees():
    exit, to = tied()
    curve = aj.aalen_johansen(entry=np.zeros(exit.size), exit=exit, destination=to, destinations=2)
    assert curve.incidence[:, 0] == pytest.approx([0.05, 0.144, 0.2756])
    theirs = CumIncidenceRight(exit, to + 1)
    assert curve.incidence == pytest.approx(np.stack(theirs.cinc, axis=1), rel=1e-12)
    se = np.sqrt(aj.incidence_variance(curve))
    assert se == pytest.approx(np.stack(theirs.cinc_se, axis=1), rel=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_lifelines_is_wrong_under_ties_and_reseeds_the_global_generator():
    exit, to = tied()
    # It shifts ends at random once two destinations tie and one of them has a single end there.
    series = pd.Series(exit), pd.Series(to + 1)
    state = np.random.get_state()  # noqa: NPY002
    try:
        fit = AalenJohansenFitter(seed=3).fit(*series, event_of_interest=1)
        theirs = float(fit.cumulative_density_.iloc[-1, 0])
        after = np.random.random()  # noqa: NPY002
        np.random.seed(0)  # noqa: NPY002
        AalenJohansenFitter(seed=3).fit(*series, event_of_interest=1)
        # The caller's own seed is forgotten: the next number is that of lifelines' seed again.
        assert np.random.random() == after  # noqa: NPY002
    finally:
        np.random.set_state(state)  # noqa: NPY002
    assert abs(theirs - 0.2756) > 0.02


@pytest.mark.filterwarnings("ignore")
def test_lifelines_incidences_do_not_sum_to_one_minus_survival_with_entry():
    data = simulated(300, 4)
    curve = aj.aalen_johansen(**data)
    total = curve.incidence.sum(axis=1) + curve.stay.survival
    assert total == pytest.approx(np.ones(total.size), abs=1e-12)
    state = np.random.get_state()  # noqa: NPY002
    theirs = sum(
        float(
            AalenJohansenFitter(calculate_variance=False, seed=1)
            .fit(
                data["exit"].copy(),
                data["destination"] + 1,
                event_of_interest=k,
                entry=data["entry"],
            )
            .cumulative_density_.iloc[-1, 0]
        )
        for k in (1, 2)
    )
    np.random.set_state(state)  # noqa: NPY002
    assert abs(theirs - curve.incidence[-1].sum()) > 0.005


@pytest.mark.parametrize("measure", ["incidence", "time-lost"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_jackknife_is_the_derivative_by_each_weight(measure, seed):
    n = 40
    data, rng = simulated(n, seed), np.random.default_rng(seed)
    weight, cluster = rng.uniform(0.5, 2, n), rng.integers(0, 12, n)
    curve = aj.aalen_johansen(**data, weight=weight, cluster=cluster)
    moves = np.empty((n, 2))
    for i in range(n):
        sides = []
        for sign in (1, -1):
            w = weight.copy()
            w[i] += sign * 1e-6
            moved = aj.aalen_johansen(**data, weight=w)
            sides.append(aj.at_horizon(moved, horizon=5, measure=measure).estimate)
        moves[i] = (sides[0] - sides[1]) / 2e-6 * weight[i]
    want = np.zeros((12, 2))
    np.add.at(want, cluster, moves)
    got = aj.at_horizon(curve, horizon=5, measure=measure)
    assert got.influence == pytest.approx(want, rel=1e-5, abs=1e-9)
    if measure == "incidence":
        last = np.searchsorted(curve.stay.sets.time, 5, side="right") - 1
        assert aj.incidence_variance(curve)[last] == pytest.approx(got.variance, rel=1e-9)


def test_time_lost_and_time_stayed_share_the_horizon():
    curve = aj.aalen_johansen(**simulated(100, 3))
    lost = aj.at_horizon(curve, horizon=5, measure="time-lost").estimate
    assert lost.sum() + restricted_mean(curve.stay, horizon=5).mean == pytest.approx(5)


def test_a_difference_of_two_groups_adds_variances_unless_clusters_are_shared():
    data = simulated(80, 6)
    group = np.arange(80) % 2
    got = aj.horizon_difference(group=group, horizon=4, **data)
    parts = []
    for k in (0, 1):
        rows = group == k
        one = {name: v if name == "destinations" else v[rows] for name, v in data.items()}
        parts.append(aj.at_horizon(aj.aalen_johansen(**one), horizon=4))
    assert got.estimate == pytest.approx(parts[1].estimate - parts[0].estimate)
    assert got.variance == pytest.approx(parts[0].variance + parts[1].variance)
    # The same person in both groups, with the same times: no difference, and no doubt about it.
    twice = {
        name: v if name == "destinations" else np.concatenate([v, v]) for name, v in data.items()
    }
    same = aj.horizon_difference(
        group=np.repeat([0, 1], 80), horizon=4, **twice, cluster=np.tile(np.arange(80), 2)
    )
    assert same.estimate.tolist() == [0, 0]
    assert same.variance == pytest.approx([0, 0], abs=1e-20)
