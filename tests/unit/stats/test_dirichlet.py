import numpy as np
import pytest

from talentstats.stats import dirichlet


def test_two_shares_by_hand():
    # Dirichlet(2, 1): the first share has density 2p, mean 2/3, variance 1/18, quantile sqrt(q).
    posterior = dirichlet.marginals(counts=[1, 0], prior=[1, 1], level=0.9)
    assert posterior.mean.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert posterior.std_dev.tolist() == pytest.approx([18**-0.5, 18**-0.5])
    assert posterior.lower[0] == pytest.approx(0.05**0.5, rel=1e-12)
    assert posterior.upper[1] == pytest.approx(1 - 0.05**0.5, rel=1e-12)
    with pytest.raises(ValueError, match="read-only"):
        posterior.mean[0] = 0


def test_exceeding_by_hand():
    # P(p > 1/2) under density 2p is 3/4.
    assert float(dirichlet.prob_exceeds(count=1, other=0, prior=1, other_prior=1)) == pytest.approx(
        0.75, rel=1e-14
    )
    both = dirichlet.prob_exceeds(count=[10, 3], other=[3, 10], prior=0.5, other_prior=0.5)
    assert both.sum() == pytest.approx(1.0, rel=1e-14)


def test_exceeding_against_draws():
    rng = np.random.default_rng(20261124)
    draws = rng.dirichlet([87.5, 10.5, 3.5], size=200_000)
    p = float(dirichlet.prob_exceeds(count=10, other=3, prior=0.5, other_prior=0.5))
    # Four standard errors of 200,000 draws.
    assert (draws[:, 1] > draws[:, 2]).mean() == pytest.approx(p, abs=4 * 0.0004)


def test_joint_posterior_by_hand():
    # Dirichlet(2, 1, 1): covariances (diag m - m m') / 5, evidence of one of three alike.
    law = dirichlet.posterior(counts=[1, 0, 0], prior=[1, 1, 1])
    assert law.log_evidence == pytest.approx(-np.log(3))
    assert law.covariance[0, 1] == pytest.approx(-0.5 * 0.25 / 5)
    assert law.std_dev == pytest.approx([0.25 / 5**0.5 * 2, (3 / 80) ** 0.5, (3 / 80) ** 0.5])
    # P(p_1 < x) = 1 - (1 - x)^3.
    assert law.quantile([0.875])[0, 1] == pytest.approx(0.5)


def test_poststratified_shares_by_hand():
    # Beta(2, 1) and an empty cell's Beta(1, 1): means 2/3, 1/2, variances 1/18, 1/12.
    mean, std_dev = dirichlet.poststratified(
        counts=[[1, 0], [0, 0]], prior=[1, 1], weight=[300, 100]
    )
    assert mean == pytest.approx([0.75 * 2 / 3 + 0.25 / 2, 0.75 / 3 + 0.25 / 2])
    assert std_dev == pytest.approx([(0.5625 / 18 + 0.0625 / 12) ** 0.5] * 2)
