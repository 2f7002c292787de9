from fractions import Fraction
from math import comb, log

import numpy as np
import pytest

from talentstats.stats.binomial import (
    half_deviance,
    log_pmf,
    lower_tail,
    stirling_error,
    upper_tail,
)

RATES = [Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)]


def exact_pmf(k, n, rate):
    """In rational numbers, from the definition."""
    return comb(n, k) * rate**k * (1 - rate) ** (n - k)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("n", [1, 2, 7, 40, 200])
def test_pmf_and_tails_against_rational_arithmetic(n, rate):
    k = np.arange(n + 1)
    weights = [exact_pmf(j, n, rate) for j in k.tolist()]
    args = {"k": k, "n": n, "rate": float(rate)}
    np.testing.assert_allclose(np.exp(log_pmf(**args)), [float(w) for w in weights], rtol=2e-13)
    below = [float(sum(weights[: j + 1])) for j in k.tolist()]
    above = [float(sum(weights[j:])) for j in k.tolist()]
    np.testing.assert_allclose(lower_tail(**args), below, rtol=1e-12)
    np.testing.assert_allclose(upper_tail(**args), above, rtol=1e-12)


def test_edges_are_exact():
    assert lower_tail(k=[-5, -1, 3, 9], n=3, rate=0.4).tolist() == [0, 0, 1, 1]
    assert upper_tail(k=[-5, 0, 4, 9], n=3, rate=0.4).tolist() == [1, 1, 0, 0]
    assert lower_tail(k=[0, 1], n=1, rate=[0.0, 1.0]).tolist() == [1, 1]
    assert upper_tail(k=[1, 1], n=1, rate=[0.0, 1.0]).tolist() == [0, 1]


def test_small_tails_keep_their_digits():
    # One minus the other tail would give 0 for both: 2^-100 and (1/10)^100.
    assert upper_tail(k=100, n=100, rate=0.5) == pytest.approx(2.0**-100, rel=1e-13)
    assert lower_tail(k=0, n=100, rate=0.9) == pytest.approx(1e-100, rel=1e-12)


def test_pmf_of_a_million_keeps_twelve_digits():
    # C(2m, m) / 4^m = exp(-1/(8m) + 1/(192 m^3) - ...) / sqrt(pi m), from Stirling's series.
    m = 500_000
    exact = -0.5 * log(np.pi * m) - 1 / (8 * m)
    assert log_pmf(k=m, n=2 * m, rate=0.5) == pytest.approx(exact, rel=1e-14)


def test_tails_are_continuous_in_fractional_counts():
    # I_{1/2}(a, a) = 1/2: with 2.5 of 4 the upper tail has both parameters 2.5.
    assert upper_tail(k=2.5, n=4, rate=0.5) == pytest.approx(0.5, rel=1e-14)
    assert lower_tail(k=1.5, n=4, rate=0.5) == pytest.approx(0.5, rel=1e-14)
    assert lower_tail(k=-0.5, n=0.5, rate=0.3) + upper_tail(k=0.5, n=0.5, rate=0.3) == 1


def test_deviance_by_hand():
    # 2 of 3 at 1/2: 2 log(4/3) + log(2/3) = log(32/27). At the estimate itself: nothing lost.
    assert half_deviance(k=2, n=3, rate=0.5) == pytest.approx(log(32 / 27), rel=1e-14)
    assert half_deviance(k=3, n=4, rate=0.75) == 0
    assert half_deviance(k=0, n=5, rate=0.5) == pytest.approx(5 * log(2), rel=1e-14)


@pytest.mark.parametrize("x", [1, 5, 15, 16, 17, 100])
def test_stirling_error_against_the_factorial(x):
    # Robbins (1955): 1/(12x+1) < error < 1/(12x); and the factorial itself.
    error = float(stirling_error(np.array(float(x))))
    assert 1 / (12 * x + 1) < error < 1 / (12 * x)
    log_factorial = sum(log(j) for j in range(2, x + 1))
    formula = (x + 0.5) * log(x) - x + 0.5 * log(2 * np.pi)
    assert formula + error == pytest.approx(log_factorial, rel=1e-14, abs=1e-14)


def test_broadcasting():
    assert log_pmf(k=[[0], [1]], n=[1, 2, 3], rate=0.5).shape == (2, 3)
    assert lower_tail(k=[[0], [1]], n=[1, 2, 3], rate=0.5).shape == (2, 3)
