"""Mixtures of Betas, by hand and by identities."""

import numpy as np
import pytest

from talentstats.stats.beta_mixtures import log_predictive, moments, quantile, tail, update

# Half uniform, half Beta(2, 1): density 1/2 + x, distribution function (x + x^2) / 2.
HALVES = {"weights": [0.5, 0.5], "a": [1, 2], "b": [1, 1]}
ROBUST = {"weights": [0.8, 0.2], "a": [30, 1], "b": [5, 1]}


def test_moments_by_hand():
    mean, std_dev = moments(**HALVES)
    # E x = 1/4 + 1/3; E x^2 = 1/6 + 1/4.
    assert mean == pytest.approx(7 / 12, rel=1e-15)
    assert std_dev**2 == pytest.approx(5 / 12 - 49 / 144, rel=1e-14)


def test_tails_by_hand():
    x = np.array([0.0, 0.2, 0.9, 1.0])
    below = tail(**HALVES, rate=x, side="below")
    assert below == pytest.approx((x + x * x) / 2, rel=1e-14)
    # Complement written out, not subtracted: (1 - x)(2 + x) / 2.
    near = np.array([1 - 1e-15])
    above = tail(**HALVES, rate=near, side="above")
    assert above == pytest.approx((1 - near) * (2 + near) / 2, rel=1e-12)


def test_quantiles_by_hand():
    p = np.array([[1e-12, 0.025], [0.5, 0.975]])
    # The root of x^2 + x = 2p.
    assert quantile(**HALVES, prob=p) == pytest.approx(4 * p / (1 + np.sqrt(1 + 8 * p)), rel=1e-10)
    upper = quantile(**HALVES, prob=[0.3], side="above")
    assert upper == pytest.approx([(np.sqrt(1 + 8 * 0.7) - 1) / 2], rel=1e-12)


def test_one_person_who_stayed_by_hand():
    found = update(**HALVES, k=1, n=1)
    # Evidence is the mean 7/12; the components predicted it with 1/2 and 2/3.
    assert np.exp(found.log_evidence) == pytest.approx(7 / 12, rel=1e-14)
    assert found.weights == pytest.approx([3 / 7, 4 / 7], rel=1e-14)
    assert found.a.tolist() == [2, 3]
    assert found.b.tolist() == [1, 1]
    with pytest.raises(ValueError, match="read-only"):
        found.weights[0] = 1


def test_a_component_of_no_weight_stays_without():
    found = update(weights=[1.0, 0.0], a=[1, 2], b=[1, 1], k=3, n=3)
    assert found.weights.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("n", [1, 7, 300])
def test_predictions_sum_to_one_and_have_the_mean(n):
    k = np.arange(n + 1)
    prob = np.exp(log_predictive(**ROBUST, k=k, n=n))
    assert prob.sum() == pytest.approx(1, rel=1e-12)
    assert prob @ k / n == pytest.approx(moments(**ROBUST)[0], rel=1e-12)


def test_evidence_keeps_its_digits_among_a_billion():
    found = update(weights=[1], a=[1], b=[1], k=870_000_000, n=1_000_000_000)
    assert found.log_evidence == pytest.approx(-np.log(1_000_000_001), rel=1e-13)


def test_the_posterior_mean_averages_to_the_prior_mean():
    k = np.arange(13)
    prob = np.exp(log_predictive(**ROBUST, k=k, n=12))
    means = []
    for one in k:
        found = update(**ROBUST, k=one, n=12)
        means.append(moments(weights=found.weights, a=found.a, b=found.b)[0])
    assert prob @ means == pytest.approx(moments(**ROBUST)[0], rel=1e-12)
