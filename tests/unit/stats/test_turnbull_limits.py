"""Limits of Turnbull's curve: likelihood intervals by hand, the life table, people drawn again."""

import importlib

import numpy as np
import pytest
from scipy.optimize import brentq, minimize

from talentstats.errors import ConvergenceError, InputError
from talentstats.stats.curve_limits import pointwise_limits
from talentstats.stats.turnbull import turnbull
from talentstats.stats.turnbull_limits import turnbull_limits

INF = np.inf
HALF = 3.841458820694124 / 2
LOOKS = {"lower": [0, 6], "upper": [6, INF], "entry": [0, 0], "weight": [13, 87]}


def limits(data, at, method="likelihood-ratio", **options):
    found = turnbull_limits(**data, at=at, level=0.95, method=method, **options)
    return found.lower, found.upper


def test_two_looks_have_the_likelihood_interval_of_a_binomial():
    def fall(p):
        return 87 * np.log(p / 0.87) + 13 * np.log((1 - p) / 0.13) + HALF

    low, high = limits(LOOKS, [6])
    assert low[0] == pytest.approx(brentq(fall, 0.5, 0.87), abs=1e-8)
    assert high[0] == pytest.approx(brentq(fall, 0.87, 0.999), abs=1e-8)


def test_within_an_interval_the_limits_are_those_of_both_ends():
    low, high = limits(LOOKS, [0, 3, 6, 9])
    assert low == pytest.approx([1, low[2], low[2], 0])
    assert high == pytest.approx([1, 1, high[2], high[2]])


def test_no_end_before_the_time_gives_the_rule_of_likelihood():
    # 20 of 20 stayed: p^20 = exp(-1.92).
    data = {"lower": np.full(20, 5.0), "upper": np.full(20, INF), "entry": np.zeros(20)}
    low, high = limits(data, [5])
    assert low[0] == pytest.approx(np.exp(-HALF / 20), abs=1e-9)
    assert high[0] == 1


def test_the_fewest_at_risk_say_how_low_survival_may_be():
    # Two are watched from 0, eight more from 1, and nobody leaves by 3: hazard that two did not
    # meet costs least, S^2 = exp(-1.92).
    entry = np.array([0.0, 0, *[1] * 8])
    data = {"lower": np.full(10, 3.0), "upper": np.full(10, INF), "entry": entry}
    assert limits(data, [3])[0][0] == pytest.approx(np.exp(-HALF / 2), abs=1e-9)
    assert limits(data, [3], given=1)[0][0] == pytest.approx(np.exp(-HALF / 10), abs=1e-9)


def test_all_who_left_leave_an_upper_limit():
    data = {"lower": [0.0] * 8, "upper": [2.0] * 8, "entry": [0.0] * 8}
    low, high = limits(data, [2])
    assert low[0] == 0
    assert high[0] == pytest.approx(1 - np.exp(-HALF / 8), abs=1e-9)


def test_a_likelihood_that_is_maximised_by_brute_force_agrees():
    # Overlapping looks; masses on the innermost intervals, cut at 3 where survival is held.
    lower, upper = np.array([0.0, 1, 2, 0, 4, 5, 2]), np.array([2.0, 4, 5, 6, 7, INF, INF])
    weight = np.array([4.0, 3, 5, 2, 3, 6, 4])
    edges = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, INF])
    inside = (lower[:, None] <= edges[:-1]) & (edges[1:] <= upper[:, None])

    def worst(survival):
        def minus(x):
            before, after = np.exp(x[:3] - x[:3].max()), np.exp(x[3:] - x[3:].max())
            mass = np.concatenate(
                [(1 - survival) * before / before.sum(), survival * after / after.sum()]
            )
            return -weight @ np.log(inside @ mass + 1e-300)

        starts = np.random.default_rng(0).normal(size=(4, 8))
        return min(minimize(minus, start, method="BFGS").fun for start in starts)

    data = {"lower": lower, "upper": upper, "entry": np.zeros(7), "weight": weight}
    best = -turnbull(**data).log_likelihood
    low, high = limits(data, [3])
    assert worst(low[0]) - best == pytest.approx(HALF, abs=1e-4)
    assert worst(high[0]) - best == pytest.approx(HALF, abs=1e-4)


def test_delayed_entry_conditions_and_a_landmark_cuts():
    # Year 1: 2 of 10 leave; 5 enter at 1; year 2: 3 of 13 leave.
    lower, upper = np.array([0.0, 1, 1, 2, 2]), np.array([1.0, 2, 2, INF, INF])
    data = {"lower": lower, "upper": upper, "entry": [0, 0, 1, 0, 1], "weight": [2, 2, 1, 6, 4]}

    def fall(p):
        return 10 * np.log(p / (10 / 13)) + 3 * np.log((1 - p) / (3 / 13)) + HALF

    low, high = limits(data, [2], given=1)
    assert low[0] == pytest.approx(brentq(fall, 0.1, 10 / 13), abs=1e-8)
    assert high[0] == pytest.approx(brentq(fall, 10 / 13, 0.9999), abs=1e-8)


def test_the_closed_form_is_the_life_table_with_greenwood():
    lower, upper = np.array([0.0, 1, 1, 2, 2]), np.array([1.0, 2, 2, INF, INF])
    data = {"lower": lower, "upper": upper, "entry": [0, 0, 1, 0, 1], "weight": [2, 2, 1, 6, 4]}
    survival = np.array([0.8, 0.8 * 10 / 13])
    variance = survival**2 * np.cumsum([2 / (10 * 8), 3 / (13 * 10)])
    hand = pointwise_limits(estimate=survival, variance=variance, level=0.95, scale="log-log")
    low, high = limits(data, [1, 2], method="closed-form")
    assert low == pytest.approx(hand.lower, abs=1e-12)
    assert high == pytest.approx(hand.upper, abs=1e-12)
    later = pointwise_limits(
        estimate=10 / 13, variance=(10 / 13) ** 2 * 3 / 130, level=0.95, scale="log-log"
    )
    low, high = limits(data, [2], method="closed-form", given=1)
    assert [low[0], high[0]] == pytest.approx([float(later.lower), float(later.upper)])


def test_overlapping_ends_have_no_closed_form():
    data = {"lower": [0, 1, 3], "upper": [3, 5, INF], "entry": [0, 0, 0]}
    limits(data, [3], method="closed-form")
    data = {"lower": [0, 2, 1, 4, 7], "upper": [1, 3, 5, 6, INF], "entry": [0] * 5}
    with pytest.raises(InputError, match="overlap"):
        limits(data, [3], method="closed-form")


def test_people_drawn_again_are_those_of_the_seed():
    low, high = limits(LOOKS, [6], method="bootstrap", seed=5, replicates=400)
    # Percentiles of Binomial(100, .87) / 100.
    assert low[0] == pytest.approx(0.80, abs=0.011)
    assert high[0] == pytest.approx(0.93, abs=0.011)
    again = limits(LOOKS, [6], method="bootstrap", seed=5, replicates=400)
    assert [low[0], high[0]] == [again[0][0], again[1][0]]


@pytest.mark.parametrize("method", ["likelihood-ratio", "bootstrap"])
def test_a_search_that_does_not_arrive_gives_no_limit(method, monkeypatch):
    module = importlib.import_module("talentstats.stats.turnbull_newton")
    own = module.maximise

    def hasty(problem, **options):
        return own(problem, **{**options, "most_steps": 1})

    rng = np.random.default_rng(4)
    looks = np.sort(rng.uniform(0, 10, (80, 4)), axis=1)
    padded = np.column_stack([np.zeros(80), looks, np.full(80, np.inf)])
    place = (looks < rng.exponential(6, 80)[:, None]).sum(axis=1)
    lower, upper = padded[np.arange(80), place], padded[np.arange(80), place + 1]
    for user in ("turnbull", "turnbull_limits"):
        monkeypatch.setattr(f"talentstats.stats.{user}.maximise", hasty)
    with pytest.raises(ConvergenceError, match="limit of Turnbull's curve was not found"):
        turnbull_limits(
            lower=lower, upper=upper, entry=np.zeros(80), at=[5.0], level=0.95, method=method,
            seed=1, replicates=5,
        )  # fmt: skip
