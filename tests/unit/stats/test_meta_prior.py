"""Meta-analytic-predictive priors, by total probability and by two roads to one number."""

from itertools import product

import numpy as np
import pytest
from scipy.special import expit, log_expit

from talentstats.stats.logit_studies import BinomialStudy, rate_moments
from talentstats.stats.meta_prior import binomial_meta_prior, new_quantile, normal_meta_prior
from talentstats.stats.normal_map import normal_map

PRIOR = {"center": (0.5, 1.5), "tau_scale": 0.7}


def test_without_people_the_prior_returns():
    found = binomial_meta_prior(retained=[0], total=[0], **PRIOR)
    assert found.log_evidence == pytest.approx(0, abs=1e-12)
    assert found.mu_mean == pytest.approx(0.5, rel=1e-12)
    assert found.mu_sd == pytest.approx(1.5, rel=1e-12)
    assert found.tau_mean == pytest.approx(0.7 * np.sqrt(2 / np.pi), rel=1e-11)
    assert found.tau_sd == pytest.approx(0.7 * np.sqrt(1 - 2 / np.pi), rel=1e-10)
    assert new_quantile(found, prob=[0.5]) == pytest.approx([expit(0.5)], abs=1e-8)


@pytest.mark.parametrize("totals", [(2,), (1, 2)])
def test_total_probability(totals):
    """All results together have probability 1, and average to what was believed before."""
    before = binomial_meta_prior(retained=[0], total=[0], **PRIOR)
    found = [
        binomial_meta_prior(retained=k, total=totals, **PRIOR)
        for k in product(*(range(n + 1) for n in totals))
    ]
    prob = np.exp([f.log_evidence for f in found])
    assert prob.sum() == pytest.approx(1, rel=1e-11)
    for name in ("rate_mean", "mu_mean", "tau_mean"):
        after = prob @ [getattr(f, name) for f in found]
        assert after == pytest.approx(getattr(before, name), rel=1e-9), name
    # The studies are exchangeable with the new one, so their rates average to the same.
    assert prob @ [f.study_rates[0] for f in found] == pytest.approx(before.rate_mean, rel=1e-10)


def test_two_roads_for_normal_studies():
    """Closed form over the mean and a sum over tau, or all of it on grids, with an empty study."""
    y, se = [1.9, 1.5, 2.4, 1.2, 2.0], [0.3, 0.25, 0.5, 0.4, 0.2]
    one = normal_meta_prior(estimate=y, std_error=se, **PRIOR)
    two = binomial_meta_prior(retained=[0], total=[0], estimate=y, std_error=se, **PRIOR)
    for name in ("mu_mean", "mu_sd", "tau_mean", "tau_sd", "rate_mean", "rate_sd", "log_evidence"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-9), name
    assert one.study_rates == pytest.approx(two.study_rates[1:], rel=1e-9)
    assert two.study_rates[0] == pytest.approx(one.rate_mean, rel=1e-9)
    p = np.array([0.001, 0.025, 0.5, 0.975, 0.999])
    assert new_quantile(one, prob=p) == pytest.approx(new_quantile(two, prob=p), abs=1e-7)


def test_the_tabulated_density_has_the_moments():
    found = binomial_meta_prior(retained=[43, 88, 0], total=[50, 100, 6], **PRIOR)
    steps = np.diff(found.below)
    middle = expit((found.theta[1:] + found.theta[:-1]) / 2)
    assert steps @ middle == pytest.approx(found.rate_mean, abs=1e-5)
    assert found.below[0] == 0
    assert found.below[-1] == 1
    assert np.all(steps >= 0)


def test_a_tiny_spread_pools_the_studies():
    found = binomial_meta_prior(retained=[43, 88], total=[50, 100], center=(0, 2), tau_scale=1e-6)
    theta = np.linspace(-4, 8, 20_001)
    log_weight = 131 * log_expit(theta) + 19 * log_expit(-theta) - theta**2 / 8
    weight = np.exp(log_weight - log_weight.max())
    pooled = weight @ expit(theta) / weight.sum()
    assert found.rate_mean == pytest.approx(pooled, abs=1e-9)
    assert found.study_rates == pytest.approx([pooled, pooled], abs=1e-9)
    assert found.rate_sd == pytest.approx(
        np.sqrt(weight @ (expit(theta) - pooled) ** 2 / weight.sum()), rel=1e-7
    )
    # The density must come through the interpolation of a grid much wider than the spread.
    place = np.interp(0.5, found.below, found.theta)
    cumulative = np.cumsum(weight) / weight.sum()
    assert place == pytest.approx(np.interp(0.5, cumulative, theta), abs=1e-3)


def test_many_people_are_normal():
    k, n = np.array([870_000, 880_000]), np.array([1_000_000, 1_000_000])
    counted = binomial_meta_prior(retained=k, total=n, center=(0, 2), tau_scale=0.5)
    logit, se = np.log(k / (n - k)), np.sqrt(n / (k * (n - k)))
    normal = normal_meta_prior(estimate=logit, std_error=se, center=(0, 2), tau_scale=0.5)
    assert counted.rate_mean == pytest.approx(normal.rate_mean, rel=1e-5)
    assert counted.tau_mean == pytest.approx(normal.tau_mean, rel=1e-4)
    assert counted.study_rates == pytest.approx(normal.study_rates, rel=1e-6)


def test_a_huge_spread_leaves_each_study_alone():
    found = binomial_meta_prior(retained=[9, 0], total=[10, 4], center=(0, 2), tau_scale=20)
    assert found.study_rates[0] > 0.85
    assert found.study_rates[1] < 0.05
    assert np.isfinite(found.log_evidence)


def test_one_normal_study_by_hand():
    """With tau near 0 it is the update of N(0, 4) by an estimate of 1 with variance 1/4."""
    found = normal_map(estimate=[1.0], std_error=[0.5], center=(0, 2), tau_scale=1e-9)
    assert found.mu_mean == pytest.approx(16 / 17, rel=1e-12)
    assert found.mu_sd**2 == pytest.approx(4 / 17, rel=1e-12)
    expected = -0.5 * (np.log(2 * np.pi * 4.25) + 1 / 4.25)
    assert found.log_evidence == pytest.approx(expected, rel=1e-12)


def test_the_two_rules_of_a_study_meet():
    """Below its scale the prior is stepped through, above it the likelihood."""
    study = BinomialStudy(k=88, n=100)
    mu = np.array([-1.0, 1.5, 4.0])
    below, above = (
        study.integrate(mu=mu, tau=study.scale * factor) for factor in (1.0, 1.0 + 1e-12)
    )
    assert below[0] == pytest.approx(above[0], rel=1e-10)
    assert below[1] == pytest.approx(above[1], rel=1e-10)


def test_a_symmetric_logit_has_rate_one_half():
    first, second = rate_moments(mean=np.zeros(2), std_dev=np.array([1e-3, 30.0]))
    assert first == pytest.approx([0.5, 0.5], rel=1e-12)
    # Wide: nearly all 0 or 1, so the mean square tends to one half, less the middle.
    assert 0.48 < second[1] < 0.5
