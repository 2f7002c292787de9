"""Why lifelines' Aalen-Johansen estimator is not used: traps T6 to T9, theirs wrong, ours right."""

import warnings

import numpy as np
import pytest

from talentstats.summaries.spells import Spells
from talentstats.survival.incidence import cumulative_incidence

# 100 people with yearly ties: each year some leave for a, some for b, most are last seen.
TIMES = np.repeat([1.0, 2.0, 3.0], [70, 20, 10])
ENDS = np.repeat([1, 2, 0] * 3, [5, 5, 60, 3, 2, 15, 1, 1, 8])


def peer(times, ends, *, of=1, entry=None, seed=None, events=None):
    """Their incidence of one destination."""
    from lifelines import AalenJohansenFitter

    fitter = AalenJohansenFitter(seed=seed, calculate_variance=events is not None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fitter.fit(times, ends, event_of_interest=of, entry=entry)


def ours(times, ends, **options):
    event = np.array(["0", "a", "b"])[ends]
    return cumulative_incidence(Spells.from_arrays(exit=times, event=event, **options))


def keep_state(function):
    """Run without leaving a trace in the global random state."""
    state = np.random.get_state()  # noqa: NPY002
    try:
        return function()
    finally:
        np.random.set_state(state)  # noqa: NPY002


def test_t6_ties_jittered_past_censorings():
    # 5/100; then 0.9 stay, of 30 at risk 3; then 0.9 * 25/30 stay, of 10 at risk 1.
    exact = [0.05, 0.05 + 0.9 * 0.1, 0.14 + 0.75 * 0.1]
    frame = ours(TIMES, ENDS).at([1, 2, 3])
    assert frame.loc[frame["outcome"] == "a", "estimate"].to_numpy() == pytest.approx(exact)
    last = [
        keep_state(lambda seed=seed: peer(TIMES, ENDS, seed=seed).cumulative_density_.iloc[-1, 0])
        for seed in range(4)
    ]
    assert np.ptp(last) > 0.2
    assert np.max(np.abs(np.array(last) - exact[-1])) > 0.2


def test_t7_the_callers_random_numbers():
    def after(function):
        np.random.seed(0)  # noqa: NPY002
        function()
        return np.random.random()  # noqa: NPY002

    untouched = keep_state(lambda: after(lambda: None))
    assert keep_state(lambda: after(lambda: ours(TIMES, ENDS))) == untouched
    assert keep_state(lambda: after(lambda: peer(TIMES, ENDS, seed=7))) != untouched


def test_t8_upper_and_lower_limits_swapped():
    rng = np.random.default_rng(1)
    times, ends = rng.permutation(60).astype(float) + 1, rng.integers(0, 3, 60)
    limits = peer(times, ends, events=True).confidence_interval_
    upper, lower = limits.iloc[-5, 0], limits.iloc[-5, 1]
    assert "upper" in limits.columns[0]
    assert upper < lower
    frame = ours(times, ends).tidy()
    assert (frame["conf_low"] <= frame["conf_high"])[frame["conf_low"].notna()].all()


def test_t9_delayed_entry_loses_probability():
    rng = np.random.default_rng(4)
    entry = rng.integers(0, 4, 300).astype(float)
    times, ends = entry + rng.integers(1, 8, 300), rng.choice(3, 300, p=[0.5, 0.3, 0.2])
    sums = keep_state(
        lambda: sum(
            peer(times, ends, of=of, entry=entry, seed=1).cumulative_density_.iloc[-1, 0]
            for of in (1, 2)
        )
    )
    alive = 1.0
    for time in np.unique(times[ends > 0]):
        at_risk = ((entry < time) & (times >= time)).sum()
        alive *= 1 - ((times == time) & (ends > 0)).sum() / at_risk
    frame = ours(times, ends, entry=entry).at(float(times.max()))
    assert frame["estimate"].tolist()[-1] == pytest.approx(alive)
    assert frame["estimate"].sum() == pytest.approx(1)
    assert abs(sums - (1 - alive)) > 0.01
