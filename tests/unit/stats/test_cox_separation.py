import numpy as np
import pytest
from scipy.optimize import linprog

from talentstats.stats.cox_data import cox_data
from talentstats.stats.cox_separation import cox_separation


def by_all_pairs(start, stop, event, x):
    """The linear programme with every pair of an end and a person at risk."""
    pairs = [
        x[j] - x[e]
        for e in np.flatnonzero(event)
        for j in range(stop.size)
        if start[j] < stop[e] <= stop[j] and j != e
    ]
    cuts = np.array(pairs)
    found = linprog(
        cuts.sum(axis=0), A_ub=cuts, b_ub=np.zeros(len(pairs)), bounds=[(-1, 1)] * x.shape[1]
    )
    return found.fun < -1e-7


@pytest.mark.parametrize("seed", range(40))
def test_agrees_with_all_pairs(seed):
    rng = np.random.default_rng(seed)
    n = 14
    start = rng.integers(0, 2, n).astype(float)
    stop = start + rng.integers(1, 6, n)
    event = rng.random(n) < 0.3
    event[0] = True
    x = rng.integers(0, 2, (n, 2)).astype(float)
    x[:2] = [[0, 1], [1, 0]]
    data = cox_data(entry=start, exit=stop, event=event, x=x)
    expected = by_all_pairs(start, stop, event, x)
    found = cox_separation(data)
    assert found.separated == expected
    assert found.infinite.any() == expected


def test_names_the_coefficient_and_its_sign():
    x = [[1, 0.3], [1, -0.2], [0, 0.5], [0, 0.1], [0, -0.4], [1, 0.2]]
    data = cox_data(entry=[0] * 6, exit=[1, 2, 5, 5, 5, 5], event=[1, 1, 0, 0, 0, 0], x=x)
    found = cox_separation(data)
    assert found.infinite.tolist()[0]
    assert found.direction[0] > 0
