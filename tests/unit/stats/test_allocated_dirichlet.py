import pickle

import numpy as np
import pytest
from scipy.special import gammaln

from talentstats.stats.allocated_dirichlet import AllocatedDirichlet


def predictive(base, m):
    """Weights under which m further people, averaged out, leave the prior as it was."""
    steps, base = np.arange(m + 1.0), np.array(base, dtype=float)
    logs = gammaln(base[:, None] + steps) - gammaln(steps + 1)
    return AllocatedDirichlet(base=base, log_weight=logs, log_evidence=np.nan)


@pytest.mark.parametrize("m", [0, 1, 7, 300])
def test_people_who_say_nothing_leave_a_uniform_law(m):
    # Dirichlet(1, 1, 1): variance 1/18, covariance -1/36, share of two uniform on (0, 1).
    law = predictive([1, 1, 1], m)
    assert law.mean == pytest.approx([1 / 3] * 3, rel=1e-12)
    third = (3 * np.eye(3) - 1) / 36
    assert law.covariance == pytest.approx(third, rel=1e-10)
    assert law.std_dev == pytest.approx([18**-0.5] * 3, rel=1e-10)
    # P(p < x) = 1 - (1 - x)^2.
    q = np.array([0.025, 0.5, 0.975])
    for column in law.quantile(q).T:
        assert column == pytest.approx(1 - np.sqrt(1 - q), rel=1e-11)
    assert law.probability_above(2, 0.3) == pytest.approx(0.49, rel=1e-12)
    assert law.probability_exceeds(0, 1) == pytest.approx(0.5, rel=1e-12)
    assert law.ratio_quantile(0, 1, q) == pytest.approx(q / (1 - q), rel=1e-10)
    mean, std_dev, quantiles = law.part_of_rest(0, 2, q)
    assert (mean, std_dev) == pytest.approx((0.5, 12**-0.5), rel=1e-11)
    assert quantiles == pytest.approx(q, rel=1e-11)


def test_two_shares_by_hand():
    # One person who is in either place with weights 3 to 1: 3/4 Beta(2, 1) + 1/4 Beta(1, 2).
    law = AllocatedDirichlet(
        base=[1, 1], log_weight=np.log([[1.0, 3.0], [1.0, 1.0]]), log_evidence=np.nan
    )
    assert law.unseen == pytest.approx(np.array([[0.25, 0.75], [0.75, 0.25]]))
    assert law.mean == pytest.approx([0.75 * 2 / 3 + 0.25 / 3, 0.25 * 2 / 3 + 0.75 / 3])
    # Density 3/2 p + 1/2 (1 - p) = 1/2 + p, so P(p > 1/2) = 1/4 + 3/8.
    assert law.probability_above(0, 0.5) == pytest.approx(0.625)
    assert law.probability_exceeds(0, 1) == pytest.approx(0.625)
    second_moment = 1 / 6 + 1 / 4
    assert law.std_dev[0] == pytest.approx(np.sqrt(second_moment - (7 / 12) ** 2))
    assert law.covariance[0, 1] == pytest.approx(-law.covariance[0, 0])
    # Median: x / 2 + x^2 / 2 = 1/2.
    assert law.quantile([0.5])[0, 0] == pytest.approx((np.sqrt(5) - 1) / 2)


def test_weights_a_double_cannot_hold():
    # 400 people, each 1e-5 times as likely in the second place: nobody is there.
    steps = np.arange(401.0)
    law = AllocatedDirichlet(
        base=[1, 1, 1],
        log_weight=np.stack([0 * steps, np.log(1e-5) * steps, -9 * steps]),
        log_evidence=np.nan,
    )
    assert law.unseen[1] @ steps == pytest.approx(1e-5 / (1 - 1e-5), rel=1e-9)
    assert law.unseen.sum(axis=1) == pytest.approx([1, 1, 1])
    assert (law.unseen @ steps).sum() == pytest.approx(400)


def test_it_survives_pickling_and_cannot_be_written_to():
    law = predictive([0.5, 1, 2], 3)
    assert pickle.loads(pickle.dumps(law)).mean.tolist() == law.mean.tolist()
    with pytest.raises(ValueError, match="read-only"):
        law.base[0] = 2
