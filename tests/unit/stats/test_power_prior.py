"""Power priors, by their ends and by an independent sum."""

import numpy as np
import pytest
from scipy.special import betaln

from talentstats.stats.beta_mixtures import update
from talentstats.stats.power_prior import fixed, normalised


def test_the_ends_of_a_fixed_weight():
    _, a, b = fixed(k0=80, n0=100, weight=0, a=0.5, b=0.5)
    assert (a[0], b[0]) == (0.5, 0.5)
    _, a, b = fixed(k0=80, n0=100, weight=1, a=0.5, b=0.5)
    assert (a[0], b[0]) == (80.5, 20.5)


def test_a_million_people_in_conflict_with_thirty():
    """The weight ends near 0, where an even grid of it would see nothing."""
    weights, a, b, power = normalised(k0=800_000, n0=1_000_000, a=1, b=1)
    after = update(weights=weights, a=a, b=b, k=12, n=30).weights
    # The same by a fine sum over the logarithm of the weight.
    log_power = np.linspace(np.log(1e-12), 0, 400_001)
    t = np.exp(log_power)
    x, y = 1 + t * 800_000, 1 + t * 200_000
    logs = betaln(x + 12, y + 18) - betaln(x, y) + log_power
    share = np.exp(logs - logs.max())
    share[[0, -1]] /= 2
    assert after @ power == pytest.approx(share @ t / share.sum(), rel=1e-6)


def test_the_weight_rises_with_agreement():
    weights, a, b, power = normalised(k0=80, n0=100, a=1, b=1)
    means = [update(weights=weights, a=a, b=b, k=k, n=30).weights @ power for k in (12, 18, 24)]
    assert means == sorted(means)
    assert means[-1] > 0.5
