import numpy as np
import pytest
from scipy.special import gammaln, logsumexp

from talentstats.stats import softmax_prior as kernels


def by_brute_force(counts, std_dev, low, high, steps):
    """Three shares under independent log odds against the first, on a wide plain grid."""
    b1 = np.linspace(low[0], high[0], steps[0])[:, None]
    b2 = np.linspace(low[1], high[1], steps[1])
    logits = np.stack(np.broadcast_arrays(0.0, b1, b2))
    log_p = logits - logsumexp(logits, axis=0)
    logs = (
        np.tensordot(counts, log_p, 1)
        - (b1**2 + b2**2) / (2 * std_dev**2)
        - np.log(2 * np.pi * std_dev**2)
        + gammaln(sum(counts) + 1)
        - gammaln(np.add(counts, 1)).sum()
    )
    weight = np.exp(logs)
    cell = (b1[1, 0] - b1[0, 0]) * (b2[1] - b2[0])
    total = weight.sum()
    return [float((weight * p).sum() / total) for p in np.exp(log_p)], float(np.log(total * cell))


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ([87, 13, 0], (-6.0, -26.0), (2.0, 4.0)),
        ([30, 0, 0], (-26.0, -26.0), (3.0, 3.0)),
        ([0, 1, 0], (-26.0, -26.0), (26.0, 26.0)),
    ],
)
def test_destinations_never_seen_keep_the_whole_tail_of_the_prior(counts, low, high):
    # A grid that ends at a log odds of -9, three and a half prior deviations, is off by 4e-5.
    law = kernels.softmax_posterior(
        counts=counts, mean=[0, 0], covariance=kernels.reference_prior(mean=[0, 0], std_dev=2.5)[1]
    )
    mean, evidence = by_brute_force(counts, 2.5, low, high, (500, 500))
    assert law.mean == pytest.approx(mean, abs=1e-11)
    assert law.log_evidence == pytest.approx(evidence, abs=1e-11)


def test_the_zero_sum_prior_treats_destinations_alike():
    mean, covariance = kernels.zero_sum_prior(categories=3, std_dev=2.0)
    law = kernels.softmax_posterior(counts=[87, 10, 3], mean=mean, covariance=covariance)
    turned = kernels.softmax_posterior(counts=[3, 87, 10], mean=mean, covariance=covariance)
    order = [1, 2, 0]
    assert turned.mean[order] == pytest.approx(law.mean, rel=1e-11)
    assert turned.covariance[np.ix_(order, order)] == pytest.approx(law.covariance, abs=1e-13)
    assert turned.quantile([0.05, 0.5])[:, order] == pytest.approx(law.quantile([0.05, 0.5]))
    assert turned.log_evidence == pytest.approx(law.log_evidence, abs=1e-11)
    assert law.probability_exceeds(1, 2) == pytest.approx(turned.probability_exceeds(2, 0))
    assert law.probability_exceeds(1, 2) + law.probability_exceeds(2, 1) == pytest.approx(1)
    assert law.ratio_quantile(0, 2, [0.1]) * law.ratio_quantile(2, 0, [0.9]) == pytest.approx(1)


def test_one_draw_from_the_prior_that_the_reference_is_not_like_the_others():
    mean, covariance = kernels.reference_prior(mean=[0, 0], std_dev=1.5)
    law = kernels.softmax_posterior(counts=[0, 0, 0], mean=mean, covariance=covariance)
    logits = np.random.default_rng(1).normal(0, 1.5, size=(400_000, 3)) * [0, 1, 1]
    shares = np.exp(logits - logsumexp(logits, axis=1, keepdims=True))
    assert law.mean == pytest.approx(shares.mean(axis=0), abs=4 * 0.27 / 632)
    assert law.quantile([0.2])[0] == pytest.approx(np.quantile(shares, 0.2, axis=0), abs=0.003)
    above = (shares[:, 1] > 0.5).mean()
    assert law.probability_above(1, 0.5) == pytest.approx(above, abs=0.003)
    rest = shares[:, 1] / (1 - shares[:, 0])
    mean, std_dev, (median,) = law.part_of_rest(1, 0, [0.5])
    assert (mean, std_dev, median) == pytest.approx((0.5, rest.std(), 0.5), abs=0.003)


def test_two_shares_are_one_rate():
    # Zero-sum logits of two shares: log odds N(0, 2 sd^2).
    mean, covariance = kernels.zero_sum_prior(categories=2, std_dev=2.0)
    law = kernels.softmax_posterior(counts=[7, 2], mean=mean, covariance=covariance)
    rate = kernels.logit_normal(k=7, n=9, mean=0, std_dev=np.sqrt(8))
    assert law.mean == pytest.approx([rate.mean, 1 - rate.mean])
    assert law.std_dev == pytest.approx([rate.std_dev] * 2)
    assert law.log_evidence == pytest.approx(rate.log_evidence)
    q = np.array([0.025, 0.5, 0.975])
    assert law.quantile(q)[:, 0] == pytest.approx(rate.quantile(q))
    assert law.quantile(q)[:, 1] == pytest.approx(1 - rate.quantile(q)[::-1])
    odds = rate.quantile(q) / (1 - rate.quantile(q))
    assert law.ratio_quantile(0, 1, q) == pytest.approx(odds)
    assert law.probability_exceeds(1, 0) == pytest.approx(law.probability_above(1, 0.5))


def test_prior_means_are_those_of_the_log_ratio_to_the_first():
    law = kernels.softmax_posterior(counts=[0, 0], mean=[3.0], covariance=[[1e-8]])
    assert law.mean[1] == pytest.approx(1 / (1 + np.exp(-3)), rel=1e-7)
    mean, covariance = kernels.reference_prior(mean=[1.0, 2.0], std_dev=1e-4)
    law = kernels.softmax_posterior(counts=[0, 0, 0], mean=mean, covariance=covariance)
    assert law.mean == pytest.approx(np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum(), rel=1e-7)


def test_a_billion_people_drown_the_prior():
    mean, covariance = kernels.zero_sum_prior(categories=3, std_dev=2.0)
    counts = np.array([8.7e8, 1e8, 0.3e8])
    law = kernels.softmax_posterior(counts=counts, mean=mean, covariance=covariance)
    p = counts / 1e9
    assert law.mean == pytest.approx(p, abs=1e-8)
    assert law.covariance == pytest.approx((np.diag(p) - np.outer(p, p)) / 1e9, rel=1e-5)
