"""Separation: cases that can be seen by eye, and one variable by brute force."""

import numpy as np
import pytest

from talentstats.stats.grouped_fit import fit_binomial, fit_poisson
from talentstats.stats.multinomial_fit import fit_multinomial
from talentstats.stats.separation import (
    binomial_separation,
    multinomial_separation,
    poisson_separation,
)

GROUPS = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1.0]])


def binomial(x, events, trials):
    return binomial_separation(design=x, events=events, trials=trials)


@pytest.mark.parametrize(
    ("events", "infinite"),
    [
        ([1, 1, 1], [0, 0, 0]),
        ([1, 0, 1], [0, 1, 0]),
        ([1, 0, 5], [0, 1, 1]),
        ([0, 1, 2], [1, 1, 1]),  # the reference: its level and all contrasts with it
        ([0, 0, 0], [1, 1, 1]),
        ([5, 5, 5], [1, 1, 1]),
    ],
)
def test_groups_without_an_event_or_without_a_stay(events, infinite):
    found = binomial(GROUPS, events, [5, 5, 5])
    assert found.infinite.tolist() == [bool(i) for i in infinite]
    assert found.separated is any(infinite)
    assert not found.infinite.flags.writeable
    # Along the direction no row gets worse.
    gain = np.where(np.array(events) == 0, -1, np.where(np.array(events) == 5, 1, 0))
    along = GROUPS @ found.direction
    assert np.all(along * gain >= -1e-9)
    assert np.all(np.abs(along[gain == 0]) < 1e-9)
    assert np.any(along * gain > 1e-3) is np.True_ or not found.separated


def test_one_variable_by_brute_force():
    rng = np.random.default_rng(7)
    seen = set()
    for _ in range(60):
        x = rng.integers(0, 6, 7)
        y = rng.integers(0, 2, 7)
        if np.unique(x).size < 2:
            continue
        low, high = x[y == 0], x[y == 1]
        apart = not low.size or not high.size or low.max() <= high.min() or high.max() <= low.min()
        if low.size and high.size and np.unique(np.append(low, high)).size == 1:
            apart = False
        found = binomial(np.column_stack([np.ones(7), x * 1.0]), y, np.ones(7))
        assert found.separated is bool(apart)
        seen.add(apart)
    assert len(seen) == 2


def test_units_and_rows_without_people_do_not_matter():
    x = np.column_stack([np.ones(4), [2010.0, 2011, 2012, 2013]])
    found = binomial(x, [0, 0, 3, 3], [3, 3, 3, 3])
    assert found.separated
    assert found.infinite.all()
    small = x * [1, 1e-9]
    assert binomial(small, [0, 0, 3, 3], [3, 3, 3, 3]).infinite.all()
    assert not binomial(x, [0, 1, 0, 3], [3, 3, 3, 3]).separated
    more = binomial(np.vstack([x, [1, 1.0]]), [0, 1, 0, 3, 0], [3, 3, 3, 3, 0])
    assert not more.separated


def test_a_second_direction_behind_the_first():
    # x alone separates all but the rows at 2, and among those z separates.
    x, z = np.array([1.0, 2, 2, 3]), np.array([0.0, 0, 1, 0])
    found = binomial(np.column_stack([np.ones(4), x, z]), [0, 0, 1, 1], np.ones(4))
    assert found.infinite.all()


def test_poisson_is_separated_on_one_side_only():
    no_event = poisson_separation(design=GROUPS, events=[2, 0, 3], exposure=[9, 9, 9])
    assert no_event.infinite.tolist() == [False, True, False]
    assert no_event.direction.tolist() == [0, -1, 0]
    every = poisson_separation(design=GROUPS, events=[2, 9, 3], exposure=[9, 9, 9])
    assert not every.separated
    unseen = poisson_separation(design=GROUPS, events=[2, 0, 3], exposure=[9, 0, 9])
    assert not unseen.separated


def test_multinomial_by_destination():
    counts = np.array([[5, 2, 1], [5, 1, 0], [5, 0, 2]])
    found = multinomial_separation(design=GROUPS, counts=counts)
    assert found.infinite.tolist() == [False, False, True, False, True, False]
    assert not multinomial_separation(design=GROUPS, counts=counts + 1).separated
    nobody = multinomial_separation(design=GROUPS, counts=counts * [1, 1, 0])
    assert nobody.infinite.tolist() == [False, False, True, True, True, True]
    # With one destination it is the binomial.
    two = multinomial_separation(design=GROUPS, counts=counts[:, [0, 2]])
    assert two.infinite.tolist() == binomial(GROUPS, counts[:, 2], [6, 5, 7]).infinite.tolist()


def test_the_likelihood_rises_for_ever_along_the_direction():
    fixed, far = np.ones(3, dtype=bool), np.array([-1.0, 0.5, 0.2])
    trials, events = np.array([5.0, 5, 5]), np.array([1.0, 0, 5])
    found = binomial(GROUPS, events, trials)
    counts = np.column_stack([trials - events, events])
    assert found.separated
    rising = {
        "logit": lambda b: fit_binomial(
            design=GROUPS, events=events, trials=trials, link="logit", fixed=fixed, start=b
        ),
        "cloglog": lambda b: fit_binomial(
            design=GROUPS, events=events, trials=trials, link="cloglog", fixed=fixed, start=b
        ),
        "multinomial": lambda b: fit_multinomial(
            design=GROUPS, counts=counts, fixed=fixed, start=b
        ),
    }
    for fit in rising.values():
        values = [fit(far + t * found.direction).log_likelihood for t in (0, 1, 2, 4, 8)]
        assert np.all(np.diff(values) > 0)
    way = poisson_separation(design=GROUPS, events=[2, 0, 3], exposure=trials).direction
    values = [
        fit_poisson(
            design=GROUPS, events=[2, 0, 3], exposure=trials, fixed=fixed, start=far + t * way
        ).log_likelihood
        for t in (0, 1, 2, 4, 8)
    ]
    assert np.all(np.diff(values) > 0)
