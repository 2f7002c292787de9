"""Nearest mixtures of Betas."""

import numpy as np
import pytest
from scipy.special import betaln, log_expit

from talentstats.stats.beta_mixture_fit import fit
from talentstats.stats.beta_mixtures import moments

THETA = np.linspace(-12, 14, 1501)


def masses(weights, a, b):
    parts = (
        w * np.exp(x * log_expit(THETA) + y * log_expit(-THETA) - betaln(x, y))
        for w, x, y in zip(weights, a, b, strict=True)
    )
    mass = np.sum(list(parts), axis=0)
    return mass / mass.sum()


def test_two_components_far_apart_come_back():
    w, a, b = fit(theta=THETA, mass=masses([0.7, 0.3], [60, 5], [8, 9]), components=2)
    assert w == pytest.approx([0.7, 0.3], abs=1e-3)
    assert a == pytest.approx([60, 5], rel=0.01)
    assert b == pytest.approx([8, 9], rel=0.01)


def test_the_mean_is_near_and_more_components_never_fit_worse():
    mass = masses([0.5, 0.3, 0.2], [100, 20, 3], [15, 4, 1.5])
    mean = moments(weights=[0.5, 0.3, 0.2], a=[100, 20, 3], b=[15, 4, 1.5])[0]
    scores = []
    for components in (1, 2, 3):
        w, a, b = fit(theta=THETA, mass=mass, components=components)
        assert w.sum() == pytest.approx(1, rel=1e-12)
        parts = (a - 1) * log_expit(THETA)[:, None] + (b - 1) * log_expit(-THETA)[:, None]
        scores.append(mass @ np.log(np.exp(parts - betaln(a, b)) @ w))
    assert scores == sorted(scores)
    assert moments(weights=w, a=a, b=b)[0] == pytest.approx(mean, abs=1e-4)


def test_parameters_are_at_least_one():
    # Jeffreys: both parameters are one half; on the edge the uniform is the nearest.
    _, a, b = fit(theta=THETA, mass=masses([1], [0.5], [0.5]), components=1)
    assert (a[0], b[0]) == (1, 1)
    # Beta(4, 1/2): b on its edge, and a from the mean of log p alone, -(psi(4.5) - psi(4)).
    _, a, b = fit(theta=np.linspace(-8, 60, 3001), mass=_steep(), components=1)
    assert b[0] == 1
    assert a[0] == pytest.approx(7.5, abs=0.2)


def _steep():
    theta = np.linspace(-8, 60, 3001)
    mass = np.exp(4 * log_expit(theta) + 0.5 * log_expit(-theta))
    return mass / mass.sum()
