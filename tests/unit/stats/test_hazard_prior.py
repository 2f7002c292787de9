import numpy as np
import pytest
from scipy.special import ndtri

from talentstats.stats import hazard_prior as kernels
from talentstats.stats.softmax_prior import logit_normal

ONE_GROUP = {"x": [0], "at": [0], "intercept_mean": -3.0, "intercept_std_dev": 1.0}


def line(events, exposure, link="logit", years=5.0, **other):
    return kernels.hazard_line(
        events=events,
        exposure=exposure,
        link=link,
        years=years,
        **(ONE_GROUP | {"slope_std_dev": 1.0} | other),
    )


def test_retention_over_one_year_is_one_rate():
    prior = kernels.retention_prior(mean=-2.0, std_dev=1.5, years=1)
    rate = logit_normal(k=0, n=0, mean=2.0, std_dev=1.5)
    assert (prior.mean, prior.std_dev) == pytest.approx((rate.mean, rate.std_dev), rel=1e-11)
    q = [0.025, 0.5, 0.975]
    assert prior.quantile(q) == pytest.approx(rate.quantile(q), rel=1e-9)


def test_retention_under_a_rate_per_year_by_hand():
    # Retention exp(-5 exp(a)): its median is at the median of a, its quantiles turned round.
    prior = kernels.retention_prior(mean=-3.0, std_dev=0.5, years=5, link="cloglog")
    assert prior.quantile(0.5) == pytest.approx(np.exp(-5 * np.exp(-3)))
    assert prior.quantile(0.1) == pytest.approx(np.exp(-5 * np.exp(-3 - 0.5 * ndtri(0.1))))


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_nobody_left_so_retention_is_a_ratio_of_evidences(link):
    # P(none of n + 5 leaves) / P(none of n leaves) is the mean of (1 - h)^5 after n.
    found = line([0], [40], link)
    longer = line([0], [45], link)
    longest = line([0], [50], link)
    ratio = np.exp(longer.log_evidence - found.log_evidence)
    assert found.retention_mean[0] == pytest.approx(ratio, rel=1e-11)
    second = np.exp(longest.log_evidence - found.log_evidence)
    assert found.retention_covariance[0, 0] == pytest.approx(second - ratio**2, rel=1e-8)


def test_one_group_is_one_rate_and_leaves_the_slope_alone():
    found = line([6], [120], years=1.0)
    rate = logit_normal(k=6, n=120, mean=-3, std_dev=1)
    assert found.retention_mean[0] == pytest.approx(1 - rate.mean, rel=1e-11)
    assert found.mean == pytest.approx([rate.log_odds_mean, 0], abs=1e-10)
    assert found.covariance[1, 1] == pytest.approx(1.0, rel=1e-10)
    assert found.log_evidence == pytest.approx(rate.log_evidence, abs=1e-11)


def test_moving_the_origin_of_the_covariate_moves_nothing_else():
    # A flat enough intercept takes up 2020 b, so the year can be counted from anywhere.
    given = {"intercept_std_dev": 1e5, "intercept_mean": 0.0}
    groups = {"events": [6, 9, 12], "exposure": [100, 100, 100]}
    near = line(**groups, x=[0, 1, 2], at=[0, 2], **given)
    far = line(**groups, x=[2020, 2021, 2022], at=[2020, 2022], **given)
    assert far.retention_mean == pytest.approx(near.retention_mean, abs=1e-5)
    assert far.mean[1] == pytest.approx(near.mean[1], abs=1e-4)


def test_two_hazards_alike_share_what_is_lost():
    found = kernels.competing_hazards(
        counts=[[95, 4, 4], [40, 1, 1]], mean=[-3.5, -3.5], std_dev=1.5, years=5
    )
    assert found.hazard_mean[0] == pytest.approx(found.hazard_mean[1], rel=1e-11)
    assert found.incidence_std_dev[0] == pytest.approx(found.incidence_std_dev[1], rel=1e-10)
    assert found.incidence_mean.sum() + found.retention_mean == pytest.approx(1, rel=1e-12)


def test_the_second_destination_lowers_prior_retention():
    # Without people: draws of both hazards from the prior.
    found = kernels.competing_hazards(counts=[0, 0, 0], mean=[-3.5, -4.0], std_dev=1, years=5)
    a, b = np.exp(np.random.default_rng(2).normal([-3.5, -4.0], 1, size=(400_000, 2))).T
    stay = 1 / (1 + a + b)
    gone = 1 - stay**5
    assert found.retention_mean == pytest.approx(1 - gone.mean(), abs=0.0015)
    assert found.retention_std_dev == pytest.approx(gone.std(), abs=0.0015)
    assert found.incidence_mean == pytest.approx(
        [(gone * a / (a + b)).mean(), (gone * b / (a + b)).mean()], abs=0.0015
    )
    assert found.hazard_mean == pytest.approx([(a * stay).mean(), (b * stay).mean()], abs=0.0005)
    assert found.log_evidence == pytest.approx(0, abs=1e-12)


def test_the_order_of_events_is_counted_by_cell():
    # Two cells of one person each against one of two: the coefficient 2 is not there.
    one = kernels.competing_hazards(counts=[[1, 1, 0]], mean=[-3, -3], std_dev=1, years=5)
    two = kernels.competing_hazards(
        counts=[[1, 0, 0], [0, 1, 0]], mean=[-3, -3], std_dev=1, years=5
    )
    assert one.log_evidence - two.log_evidence == pytest.approx(np.log(2), abs=1e-12)
