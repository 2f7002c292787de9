"""Effective sample sizes, by what their definitions imply."""

import numpy as np
import pytest

from talentstats.stats import beta_mixture_size as sizes
from talentstats.stats.beta_mixtures import log_predictive, update

THREE = {"weights": [0.6, 0.3, 0.1], "a": [40, 12, 1.5], "b": [6, 3, 1.2]}


@pytest.mark.parametrize(("a", "b"), [(12, 3), (1.01, 1.01), (870_000, 130_000)])
def test_a_single_beta_is_worth_a_plus_b(a, b):
    one = {"weights": [1], "a": [a], "b": [b]}
    assert sizes.local_information_ratio(**one) == pytest.approx(a + b, rel=1e-12)
    assert sizes.moment_size(**one) == pytest.approx(a + b, rel=1e-9)
    assert sizes.mode(**one) == pytest.approx((a - 1) / (a + b - 2), rel=1e-9)


def test_a_narrow_part_beside_a_uniform_one():
    # The generator of tests/reference: betamix_ess with these inputs.
    found = sizes.local_information_ratio(weights=[0.9, 0.1], a=[300, 1], b=[40, 1])
    assert found == pytest.approx(291.7771739192038, abs=5e-8)


def test_the_same_component_twice_is_that_component():
    twice = {"weights": [0.3, 0.7], "a": [12, 12], "b": [3, 3]}
    assert sizes.local_information_ratio(**twice) == pytest.approx(15, rel=1e-12)
    assert sizes.morita_size(**twice) == pytest.approx(
        sizes.morita_size(weights=[1], a=[12], b=[3]), rel=1e-9
    )


@pytest.mark.parametrize("n", [1, 6])
@pytest.mark.parametrize(
    "mixture",
    [THREE, {"weights": [0.9, 0.1], "a": [300, 2], "b": [40, 3]}],
    ids=["three", "narrow and vague"],
)
def test_people_add_up_on_average(n, mixture):
    """What sets elir apart (Neuenschwander et al. 2020): after n people it grows by n, expected."""
    k = np.arange(n + 1)
    prob = np.exp(log_predictive(**mixture, k=k, n=n))
    after = []
    for one in k:
        found = update(**mixture, k=one, n=n)
        after.append(sizes.local_information_ratio(weights=found.weights, a=found.a, b=found.b))
    before = sizes.local_information_ratio(**mixture)
    assert prob @ after == pytest.approx(before + n, rel=1e-10)


def test_the_logit_scale_differs_only_by_parameters_of_one():
    assert sizes.local_information_ratio(**THREE, scale="logit") == pytest.approx(
        sizes.local_information_ratio(**THREE), rel=1e-13
    )
    # Uniform: flat on the scale of the rate, worth two people on the logit.
    flat = {"weights": [1], "a": [1], "b": [1]}
    assert sizes.local_information_ratio(**flat) == 0
    assert sizes.local_information_ratio(**flat, scale="logit") == 2


def test_parameters_below_one():
    jeffreys = {"weights": [1], "a": [0.5], "b": [0.5]}
    assert sizes.local_information_ratio(**jeffreys) == -np.inf
    assert sizes.local_information_ratio(**jeffreys, scale="logit") == 1
    assert np.isnan(sizes.morita_size(**jeffreys))
    # One component below 1 beside one above: finite on the logit; two different ones: not.
    mixed = {"weights": [0.5, 0.5], "a": [0.5, 30], "b": [0.5, 5]}
    assert 0 < sizes.local_information_ratio(**mixed, scale="logit") < 18
    two = {"weights": [0.5, 0.5], "a": [0.5, 0.8], "b": [2, 2]}
    assert sizes.local_information_ratio(**two, scale="logit") == -np.inf


def test_no_mode_inside():
    assert np.isnan(sizes.mode(weights=[1], a=[1], b=[1]))
    assert np.isnan(sizes.mode(weights=[1], a=[3], b=[1]))
    assert np.isnan(sizes.morita_size(weights=[1], a=[1], b=[4]))


def test_the_higher_of_two_modes():
    far = {"weights": [0.3, 0.7], "a": [50, 400], "b": [450, 100]}
    assert sizes.mode(**far) == pytest.approx(399 / 498, abs=1e-9)
