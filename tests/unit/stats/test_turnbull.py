"""Turnbull: binomial for two looks, fractions on a grid, conditions of the maximum elsewhere."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from talentstats.stats.product_limit import product_limit
from talentstats.stats.turnbull import turnbull

INF = np.inf


def irregular(n, seed=1, late=False):
    rng = np.random.default_rng(seed)
    end = rng.weibull(1.3, n) * 6
    entry = np.where(rng.random(n) < 0.5, rng.uniform(0, 2, n), 0.0) if late else np.zeros(n)
    keep = end > entry
    end, entry = end[keep], entry[keep]
    looks = entry[:, None] + np.cumsum(rng.uniform(0.3, 2.0, (end.size, 8)), axis=1)
    looks = np.hstack([entry[:, None], looks])
    seen = (looks < end[:, None]).sum(axis=1)
    lower = looks[np.arange(end.size), seen - 1]
    upper = np.where(seen < 9, looks[np.arange(end.size), np.minimum(seen, 8)], INF)
    return {"lower": lower, "upper": upper, "entry": entry}


@pytest.mark.filterwarnings("ignore")
def test_two_looks_are_the_binomial_and_lifelines_says_that_nobody_left():
    lower, upper = np.repeat([0.0, 5], [10, 90]), np.repeat([5.0, INF], [10, 90])
    fit = turnbull(lower=lower, upper=upper, entry=np.zeros(100))
    assert fit.mass == pytest.approx([0.1, 0.9], abs=1e-12)
    assert fit.log_likelihood == pytest.approx(10 * np.log(0.1) + 90 * np.log(0.9))
    low, high = fit.survival_bounds([2, 5, 7])
    assert low == pytest.approx([0.9, 0.9, 0])
    assert high == pytest.approx([1, 0.9, 0.9])
    theirs = KaplanMeierFitter().fit_interval_censoring(lower, upper)
    assert float(theirs.survival_function_.loc[5.0].max()) == pytest.approx(1.0, abs=1e-6)


def test_on_a_grid_with_delayed_entry_it_is_the_life_table():
    # Year 1: 2 of 10 leave; 5 enter at 1; year 2: 3 of 13 leave; 10 stay beyond 2.
    lower = np.array([0.0, 1, 1, 2, 2])
    upper = np.array([1.0, 2, 2, INF, INF])
    entry = np.array([0.0, 0, 1, 0, 1])
    fit = turnbull(lower=lower, upper=upper, entry=entry, weight=[2, 2, 1, 6, 4])
    low, high = fit.survival_bounds([1, 2])
    assert low == pytest.approx([0.8, 0.8 * 10 / 13], rel=1e-6)
    assert high == pytest.approx(low)


def test_exact_times_and_right_censoring_are_the_product_limit():
    exit = np.array([1, 2, 2, 3, 4, 4, 6.0])
    event = np.array([1, 1, 0, 1, 0, 1, 1])
    fit = turnbull(lower=exit, upper=np.where(event == 1, exit, INF), entry=np.zeros(7))
    curve = product_limit(entry=np.zeros(7), exit=exit, event=event)
    low, high = fit.survival_bounds(curve.sets.time)
    assert low == pytest.approx(curve.survival, abs=1e-6)
    assert high == pytest.approx(curve.survival, abs=1e-6)
    assert fit.survival_bounds([0.99, 1.0])[0][0] == pytest.approx(1)


@pytest.mark.parametrize("late", [False, True])
def test_no_other_masses_are_likelier(late):
    data = irregular(300, late=late)
    fit = turnbull(**data)
    assert fit.converged
    assert fit.gap <= 1e-8
    assert fit.mass.sum() == pytest.approx(1)

    def log_likelihood(mass):
        inside = (data["lower"][:, None] <= fit.left) & (fit.right <= data["upper"][:, None])
        visible = data["entry"][:, None] <= fit.left
        return np.sum(np.log(inside @ mass) - np.log(visible @ mass))

    assert log_likelihood(fit.mass) == pytest.approx(fit.log_likelihood, rel=1e-10)
    rng = np.random.default_rng(0)
    for _ in range(200):
        other = 0.99 * fit.mass + 0.01 * rng.dirichlet(np.full(fit.mass.size, 0.05))
        assert log_likelihood(other) <= fit.log_likelihood + 1e-6


def slow_masses(lower, upper, entry, fit, steps=40_000):
    """Turnbull's own iteration: a row's end is shared out, and those not seen are added."""
    inside = (lower[:, None] <= fit.left) & (fit.right <= upper[:, None])
    visible = entry[:, None] <= fit.left
    mass = np.full(fit.left.size, 1.0 / fit.left.size)
    for _ in range(steps):
        seen, at_risk = inside @ mass, visible @ mass
        ends = mass * (inside.T @ (1 / seen)) + mass * ((~visible).T @ (1 / at_risk))
        mass = ends / ends.sum()
    return mass


@pytest.mark.parametrize("late", [False, True])
def test_it_is_where_turnbulls_own_iteration_ends(late):
    data = irregular(40, seed=4, late=late)
    fit = turnbull(**data)
    slow = slow_masses(**data, fit=fit)
    at = np.linspace(0.5, 12, 40)
    beyond = np.array([slow[fit.left >= t].sum() for t in fit.left])
    own = np.array([fit.mass[fit.left >= t].sum() for t in fit.left])
    assert own == pytest.approx(beyond, abs=2e-5)  # the iteration crawls where it is flat
    low, high = fit.survival_bounds(at)
    assert np.all(low <= high)


def test_conditions_of_the_maximum_hold_in_the_masses():
    # Gentleman and Geyer: no interval's derivative is positive, and it is 0 where there is mass.
    data = irregular(1000, seed=5, late=True)
    fit = turnbull(**data)
    inside = (data["lower"][:, None] <= fit.left) & (fit.right <= data["upper"][:, None])
    visible = data["entry"][:, None] <= fit.left
    slope = inside.T @ (1 / (inside @ fit.mass)) - visible.T @ (1 / (visible @ fit.mass))
    assert slope.max() / 1000 < 1e-9
    assert np.abs(slope[fit.mass > 1e-6]).max() / 1000 < 1e-9
    assert fit.gap < 1e-12


def test_four_thousand_irregular_looks_take_a_dozen_steps():
    fit = turnbull(**irregular(4000, late=True))
    assert fit.converged
    assert fit.steps < 40
    assert (fit.mass > 1e-9).sum() < 150


def test_when_all_at_first_leave_what_comes_later_is_still_learnt():
    # One of one leaves in the first year; of ten who enter at 1 two leave by 2, one by 3.
    lower, upper = np.array([0.0, 1, 2, 3]), np.array([1.0, 2, 3, INF])
    fit = turnbull(lower=lower, upper=upper, entry=[0, 1, 1, 1], weight=[1, 2, 1, 7])
    assert fit.converged
    assert fit.survival_bounds([1, 2])[0] == pytest.approx([0, 0])
    low, high = fit.survival_bounds([2, 3], given=1)
    assert low == pytest.approx([0.8, 0.7], abs=1e-12)
    assert high == pytest.approx(low)


def test_survival_given_a_time_within_an_interval_is_bounded():
    fit = turnbull(lower=[0, 2, 4], upper=[2, 4, INF], entry=[0, 0, 0], weight=[2, 2, 6])
    low, high = fit.survival_bounds([3, 4], given=1)
    assert low == pytest.approx([0.6, 0.6])  # nobody had left by 1, and all of 2-4 by 3
    assert high == pytest.approx([1.0, 0.75])  # two had left by 1, and nobody by 3
    assert [x.tolist() for x in fit.survival_bounds([0.5, 1], given=1)] == [[1, 1], [1, 1]]


def test_many_exact_times_beside_intervals_converge():
    rng = np.random.default_rng(2)
    end = rng.weibull(1.3, 2600) * 6
    exact = rng.random(2600) < 0.6
    lower, upper = np.where(exact, end, np.floor(end)), np.where(exact, end, np.ceil(end))
    fit = turnbull(lower=lower, upper=upper, entry=np.zeros(2600), tolerance=1e-7)
    assert (fit.mass > 0).sum() > 1200
    assert fit.converged


def test_rows_without_weight_do_not_count():
    fit = turnbull(lower=[0, 2, 1], upper=[2, INF, 9], entry=[0, 0, 0], weight=[1, 3, 0])
    assert fit.mass == pytest.approx([0.25, 0.75])
    assert fit.on_grid


def test_steps_that_do_not_suffice_are_said():
    fit = turnbull(**irregular(300), most_steps=2)
    assert not fit.converged
    assert fit.steps == 2
    assert fit.gap > 1e-8
