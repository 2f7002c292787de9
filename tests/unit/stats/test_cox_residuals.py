import numpy as np
import pytest

from talentstats.stats.cox_baseline import cox_baseline, hazard_between
from talentstats.stats.cox_data import cox_data
from talentstats.stats.cox_fit import inverse, maximise
from talentstats.stats.cox_likelihood import cox_likelihood
from talentstats.stats.cox_residuals import (
    martingale_residuals,
    robust_covariance,
    schoenfeld_residuals,
    score_residuals,
)
from talentstats.stats.cox_steps import cox_steps
from talentstats.stats.cox_zph import proportionality_tests

RNG = np.random.default_rng(11)
N = 50
START = RNG.integers(0, 3, N).astype(float)
STOP = START + RNG.integers(1, 5, N)
EVENT = RNG.random(N) < 0.6
X = RNG.normal(size=(N, 2))
SPANS = {"entry": START, "exit": STOP, "event": EVENT}


def fitted(ties="efron", **options):
    data = cox_data(**SPANS, x=X, **options)
    top = maximise(lambda b: cox_likelihood(data, beta=b, ties=ties), start=np.zeros(2))
    return data, top, cox_steps(data, beta=top.beta, ties=ties)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_residuals_add_up_to_nothing_at_the_estimate(ties):
    data, _, steps = fitted(ties)
    assert martingale_residuals(data, steps).sum() == pytest.approx(0, abs=1e-10)
    assert score_residuals(data, steps).sum(axis=0) == pytest.approx(np.zeros(2), abs=1e-8)
    assert schoenfeld_residuals(data, steps).sum(axis=0) == pytest.approx(np.zeros(2), abs=1e-8)


def test_score_residuals_are_the_slope_of_the_score_in_the_weights():
    data, top, steps = fitted("breslow")
    residuals = score_residuals(data, steps) * data.scale

    def raw_score(weight):
        other = cox_data(**SPANS, x=X, weight=weight)
        beta = top.beta / data.scale * other.scale
        return cox_likelihood(other, beta=beta, ties="breslow").score * other.scale

    h = 1e-5
    for i in (0, 7, 31):
        step = np.eye(N)[i] * h
        slope = (raw_score(np.ones(N) + step) - raw_score(np.ones(N) - step)) / (2 * h)
        assert residuals[i] == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_counts_and_clusters_of_influence():
    people = RNG.integers(1, 4, N)
    again = np.repeat(np.arange(N), people)
    data, top, steps = fitted(count=people)
    influence = score_residuals(data, steps) @ inverse(top.at.information)
    by_people = robust_covariance(influence=influence, weight=np.ones(N), count=people)
    one_by_one = robust_covariance(
        influence=influence[again], weight=np.ones(again.size), count=np.ones(again.size)
    )
    assert by_people == pytest.approx(one_by_one, rel=1e-12)


def test_baseline_without_covariate_effect_is_nelson_aalen_with_entry():
    data = cox_data(entry=[0, 0, 1, 1], exit=[1, 3, 3, 2], event=[1, 1, 0, 1], x=np.zeros((4, 1)))
    steps = cox_steps(data, beta=np.zeros(1), ties="breslow")
    base = cox_baseline(data, steps, beta=np.zeros(1))
    hazard, variance = hazard_between(
        base,
        covariance=np.zeros((1, 1)),
        beta=np.zeros(1),
        x=[0.0],
        stratum=0,
        start=0,
        at=[1, 2, 3],
    )
    # At risk: two at 1 (entries at 1 come after), three at 2, two at 3.
    assert hazard == pytest.approx([1 / 2, 1 / 2 + 1 / 3, 1 / 2 + 1 / 3 + 1 / 2])
    assert variance == pytest.approx([1 / 4, 1 / 4 + 1 / 9, 1 / 4 + 1 / 9 + 1 / 4])


def test_efron_baseline_of_ties_is_the_mean_of_orders():
    data = cox_data(entry=[0, 0, 0], exit=[1, 1, 2], event=[1, 1, 0], x=np.zeros((3, 1)))
    steps = cox_steps(data, beta=np.zeros(1), ties="efron")
    base = cox_baseline(data, steps, beta=np.zeros(1))
    assert base.hazard == pytest.approx([1 / 3 + 1 / 2])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_proportionality_is_the_score_test_of_rows_cut_at_every_end(ties):
    data, top, steps = fitted(ties)
    g = np.sqrt(data.time)
    tests = proportionality_tests(data, steps, time_scale=g, sets=[[0], [1], [0, 1]])
    edges = np.concatenate([[-1.0], data.time])
    cuts = [
        (i, max(START[i], low), min(STOP[i], high), EVENT[i] and STOP[i] <= high, value)
        for i in range(N)
        for low, high, value in zip(edges[:-1], edges[1:], g, strict=True)
        if max(START[i], low) < min(STOP[i], high)
    ]
    row, begin, end, event, value = (np.array(c) for c in zip(*cuts, strict=True))
    for k, columns in enumerate([[0], [1], [0, 1]]):
        wide = np.hstack([X[row], X[row][:, columns] * value[:, None]])
        cut = cox_data(entry=begin, exit=end, event=event, x=wide)
        beta = np.zeros(wide.shape[1])
        beta[:2] = top.beta / data.scale * cut.scale[:2]
        at = cox_likelihood(cut, beta=beta, ties=ties)
        score = at.score @ np.linalg.solve(at.information, at.score)
        assert tests.statistic[k] == pytest.approx(score, rel=1e-8)
