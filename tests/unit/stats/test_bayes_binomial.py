"""Beta posterior by hand; tests/reference holds the 60-digit cases."""

import math

import numpy as np
import pytest

from talentstats.stats import bayes_binomial as bayes


def test_uniform_prior_by_hand():
    # n of n: the posterior is Beta(n + 1, 1), so P(rate < r) = r^(n + 1).
    args = {"k": 30, "n": 30, "rate": 0.9, "a": 1, "b": 1}
    assert bayes.prob_below(**args) == pytest.approx(0.9**31, rel=1e-12)
    assert bayes.prob_above(**args) == pytest.approx(1 - 0.9**31, rel=1e-12)
    assert bayes.posterior_mean(k=30, n=30, a=1, b=1) == 31 / 32


def test_small_probabilities_keep_their_digits():
    # None of 100 stay: P(rate > .9) = (1/10)^101, where one minus P(rate < .9) is 0.
    found = bayes.prob_above(k=0, n=100, rate=0.9, a=1, b=1)
    assert found == pytest.approx(1e-101, rel=1e-12)
    between = bayes.prob_between(k=0, n=100, low=0.8, high=0.9, a=1, b=1)
    assert between == pytest.approx(0.2**101 - 0.1**101, rel=1e-12)
    mirrored = bayes.prob_between(k=100, n=100, low=0.1, high=0.2, a=1, b=1)
    assert mirrored == pytest.approx(0.2**101 - 0.1**101, rel=1e-12)


def test_a_margin_is_cut_at_the_ends():
    # Beta(2, 1) has distribution function r^2.
    found = bayes.prob_between(k=1, n=1, low=[0.5, -1, 0.5], high=[0.9, 0.5, 1.5], a=1, b=1)
    np.testing.assert_allclose(found, [0.81 - 0.25, 0.25, 0.75], rtol=1e-13)


def test_bayes_factor_by_hand():
    # One of one: the uniform prior predicts 1/2, the benchmark .9. Jeffreys: 1/2 too.
    found = bayes.log_bayes_factor(k=1, n=1, rate=0.9, a=[1, 0.5], b=[1, 0.5])
    np.testing.assert_allclose(np.exp(found), [0.5 / 0.9, 0.5 / 0.9], rtol=1e-13)
    # Without data there is no evidence.
    assert bayes.log_bayes_factor(k=0, n=0, rate=0.9, a=3, b=2) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (9, 1), (0.1, 3), (250, 40)])
@pytest.mark.parametrize("k", [0, 3, 17, 200])
def test_bayes_factor_by_the_chain_rule(k, a, b):
    """One person at a time: each predictive probability over the benchmark's."""
    n, rate, expected, stayed = 200, 0.9, 0.0, 0
    for seen in range(n):
        stays = seen < k
        predicted = (a + stayed if stays else b + seen - stayed) / (a + b + seen)
        expected += math.log(predicted / (rate if stays else 1 - rate))
        stayed += stays
    found = bayes.log_bayes_factor(k=k, n=n, rate=rate, a=a, b=b)
    assert found == pytest.approx(expected, rel=1e-11, abs=1e-11)


def test_bayes_factor_of_a_million_by_the_uniform_prior():
    # Marginal 1 / (n + 1), null (1/2)^n C(n, n/2) ~ exp(-1/(4n)) sqrt(2 / (pi n)) (Stirling).
    n = 1_000_000
    expected = -math.log(n + 1) - 0.5 * math.log(2 / (math.pi * n)) + 1 / (4 * n)
    found = bayes.log_bayes_factor(k=n // 2, n=n, rate=0.5, a=1, b=1)
    assert found == pytest.approx(expected, rel=1e-12)
