import numpy as np
import pytest

from talentstats.stats.cox_concordance import concordance
from talentstats.stats.cox_data import cox_data

RNG = np.random.default_rng(3)
N = 60
START = RNG.integers(0, 3, N).astype(float)
STOP = START + RNG.integers(1, 6, N)
EVENT = RNG.random(N) < 0.6
SCORE = np.round(RNG.normal(size=N), 1)
LAYER = RNG.integers(0, 2, N)


def by_pairs(weight):
    """Concordance over all pairs of one stratum in which one ends while the other stays."""
    good = total = 0.0
    for e in np.flatnonzero(EVENT):
        for j in range(N):
            longer = STOP[j] > STOP[e] or (STOP[j] == STOP[e] and not EVENT[j])
            if j != e and LAYER[j] == LAYER[e] and START[j] < STOP[e] and longer:
                w = weight[e] * weight[j]
                total += w
                good += w * (0.5 if SCORE[e] == SCORE[j] else float(SCORE[e] > SCORE[j]))
    return good / total


def ours(weight, **options):
    data = cox_data(
        entry=START, exit=STOP, event=EVENT, x=SCORE[:, None], stratum=LAYER, weight=weight
    )
    return concordance(data, predictor=data.x[:, 0], weight=weight, count=np.ones(N), **options)


@pytest.mark.parametrize("weight", [np.ones(N), RNG.uniform(0.5, 2, N)])
def test_is_the_share_of_pairs(weight):
    assert ours(weight).estimate == pytest.approx(by_pairs(weight), rel=1e-12)


def test_error_is_the_infinitesimal_jackknife():
    weight, h = np.ones(N), 1e-5
    slope = np.array(
        [(by_pairs(weight + s) - by_pairs(weight - s)) / (2 * h) for s in np.eye(N) * h]
    )
    assert ours(weight).std_error == pytest.approx(np.sqrt(np.sum(slope**2)), rel=1e-6)
    pairs = np.arange(N) // 2
    summed = np.bincount(pairs, weights=slope)
    assert ours(weight, cluster=pairs).std_error == pytest.approx(
        np.sqrt(np.sum(summed**2)), rel=1e-6
    )


def test_no_pairs():
    data = cox_data(entry=[0, 0], exit=[1, 1], event=[1, 1], x=[[0.0], [1.0]])
    found = concordance(data, predictor=[0.0, 1.0], weight=np.ones(2), count=np.ones(2))
    assert np.isnan(found.estimate)
