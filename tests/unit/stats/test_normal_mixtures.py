"""Mixtures of normals, by hand and by what their definitions imply."""

import numpy as np
import pytest
from scipy.special import ndtr

from talentstats.stats import normal_mixtures as kernels
from talentstats.stats.normal_mixtures import NormalComponents

TWO = NormalComponents(weights=[0.7, 0.3], mean=[1.8, 1.5], std_dev=[0.3, 0.8])


def test_quantiles_return_their_probability():
    p = np.array([1e-9, 0.025, 0.5, 0.975])
    x = kernels.quantile(TWO, prob=p)
    below = 0.7 * ndtr((x - 1.8) / 0.3) + 0.3 * ndtr((x - 1.5) / 0.8)
    assert below == pytest.approx(p, rel=1e-9)
    # Symmetric mixtures have mirrored limits, each from its own tail.
    even = NormalComponents(weights=[0.5, 0.5], mean=[-1, 1], std_dev=[0.5, 0.5])
    low, high = (kernels.quantile(even, prob=1e-20, side=side) for side in ("below", "above"))
    assert low == pytest.approx(-high, rel=1e-12)
    assert high > 5


def test_update_by_hand():
    # Prior N(0, 1) and N(0, 3) in halves, one estimate of 2 with standard error 1.
    prior = NormalComponents(weights=[0.5, 0.5], mean=[0, 0], std_dev=[1, np.sqrt(3)])
    after, log_evidence = kernels.update(prior, estimate=2, std_error=1)
    assert after.mean == pytest.approx([1, 1.5], rel=1e-15)
    assert after.std_dev**2 == pytest.approx([0.5, 0.75], rel=1e-14)
    # Marginals N(0, 2) and N(0, 4) at 2.
    one, two = np.exp(-1) / np.sqrt(4 * np.pi), np.exp(-0.5) / np.sqrt(8 * np.pi)
    assert np.exp(log_evidence) == pytest.approx((one + two) / 2, rel=1e-14)
    assert after.weights[0] == pytest.approx(one / (one + two), rel=1e-14)


def test_size_of_one_normal_and_of_components_far_apart():
    one = NormalComponents(weights=[1], mean=[3], std_dev=[0.25])
    assert kernels.local_information_ratio(one, unit_std_dev=2) == pytest.approx(64, rel=1e-12)
    far = NormalComponents(weights=[0.5, 0.5], mean=[-50, 50], std_dev=[0.25, 0.25])
    # Where one is seen, the other is not: each is worth its own.
    assert kernels.local_information_ratio(far, unit_std_dev=2) == pytest.approx(64, rel=1e-12)
    assert kernels.moment_size(far, unit_std_dev=2) == pytest.approx(4 / 2500.0625, rel=1e-12)


def test_size_with_scales_a_thousandfold_apart():
    wide = NormalComponents(weights=[0.5, 0.5], mean=[0, 0], std_dev=[0.001, 1])
    # The narrow half is worth 1e6 units of sd 1 nearly everywhere it stands.
    found = kernels.local_information_ratio(wide, unit_std_dev=1)
    assert found == pytest.approx(0.5e6, rel=0.02)


def test_robust_adds_a_component():
    found = kernels.robust(TWO, weight=0.2, mean=0, std_dev=2)
    assert found.weights == pytest.approx([0.56, 0.24, 0.2], rel=1e-15)
    with pytest.raises(ValueError, match="read-only"):
        found.mean[0] = 0
