"""Difference of two rates, by hand and against an exact finite sum."""

import numpy as np
import pytest
from scipy.special import betaln, ndtr

from talentstats.stats.beta_difference import (
    difference_below,
    difference_moments,
    difference_quantile,
)


def pair(a, b, s, t):
    return {
        "weights": [1], "a": [a], "b": [b], "other_weights": [1], "other_a": [s], "other_b": [t]
    }  # fmt: skip


@pytest.mark.parametrize("d", [-0.999, -0.5, -1e-9, 0.0, 1e-9, 0.3, 0.999])
def test_two_uniform_rates_differ_by_a_triangle(d):
    expected = (1 + d) ** 2 / 2 if d < 0 else 1 - (1 - d) ** 2 / 2
    assert difference_below(d, **pair(1, 1, 1, 1)) == pytest.approx(expected, rel=1e-12)


def test_quantiles_of_the_triangle():
    for p in (1e-6, 0.025, 0.4):
        found = difference_quantile(p, **pair(1, 1, 1, 1))
        assert found == pytest.approx(np.sqrt(2 * p) - 1, rel=1e-9)


def test_the_ends():
    assert difference_below(-1.0, **pair(3, 2, 5, 4)) == 0
    assert difference_below(1.0, **pair(3, 2, 5, 4)) == 1


def exact_sum(a, b, s, t):
    """P(first < second) for a whole s: a finite sum over s (Cook 2005)."""
    i = np.arange(s)
    terms = betaln(a + i, b + t) - np.log(t + i) - betaln(1 + i, t) - betaln(a, b)
    return np.exp(terms).sum()


@pytest.mark.parametrize(
    ("a", "b", "s", "t"),
    [(3, 4, 2, 6), (88, 14, 46, 6), (0.5, 100.5, 1, 40), (9.5, 0.5, 5, 3.5), (900, 101, 860, 141)],
)
def test_which_is_greater_against_a_finite_sum(a, b, s, t):
    expected = exact_sum(a, b, s, t)
    assert difference_below(0.0, **pair(a, b, s, t)) == pytest.approx(expected, rel=1e-10)
    greater = difference_below(0.0, **pair(s, t, a, b))
    assert greater == pytest.approx(1 - expected, abs=1e-12)


def test_a_million_people_each_are_normal():
    found = difference_moments(**pair(870_000, 130_000, 869_000, 131_000))
    below = difference_below(0.0, **pair(870_000, 130_000, 869_000, 131_000))
    assert below == pytest.approx(ndtr(-found.mean / found.std_dev), rel=1e-3)


def test_a_narrow_rate_against_a_vague_one():
    # A rate known to be near 0.3 against a uniform one: P(uniform < rate) is its mean.
    below = difference_below(0.0, **pair(1, 1, 3e7, 7e7))
    # Logarithms of a hundred million people keep eight digits.
    assert below == pytest.approx(0.3, rel=1e-7)


def test_mixtures_are_averages_of_their_pairs():
    mixed = {
        "weights": [0.25, 0.75],
        "a": [1, 9.5],
        "b": [1, 0.5],
        "other_weights": [1],
        "other_a": [5.5],
        "other_b": [3.5],
    }
    expected = 0.25 * difference_below(0.1, **pair(1, 1, 5.5, 3.5)) + 0.75 * difference_below(
        0.1, **pair(9.5, 0.5, 5.5, 3.5)
    )
    assert difference_below(0.1, **mixed) == pytest.approx(expected, rel=1e-14)
    back = difference_quantile(expected, **mixed)
    assert back == pytest.approx(0.1, rel=1e-9)


@pytest.mark.parametrize("d", [-0.3, -0.1, 0.0278])
def test_half_parameters_on_a_grid_of_differences(d):
    """Against a midpoint sum of sines: p = sin^2 of a uniform angle is Beta(1/2, 1/2)."""
    angle = (np.arange(400_000) + 0.5) / 400_000 * np.pi / 2
    p = np.sin(angle) ** 2
    # The other is uniform, whose tail is a line.
    expected = np.mean(np.clip(1 - (p - d), 0, 1))
    found = difference_below(d, **pair(0.5, 0.5, 1, 1))
    assert found == pytest.approx(expected, abs=1e-9)
