import numpy as np
import pytest

from talentstats.stats.cox_data import cox_data
from talentstats.stats.cox_firth import firth_likelihood
from talentstats.stats.cox_fit import maximise
from talentstats.stats.cox_likelihood import cox_likelihood

RNG = np.random.default_rng(8)
N = 40
START = RNG.integers(0, 3, N).astype(float)
DATA = {
    "entry": START,
    "exit": START + RNG.integers(1, 5, N),
    "event": RNG.random(N) < 0.6,
    "x": RNG.normal(size=(N, 3)) * [1, 10, 0.1],
    "stratum": RNG.integers(0, 2, N),
}


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("weight", [None, RNG.uniform(0.5, 2, N)])
def test_score_is_the_derivative_of_likelihood_and_determinant(ties, weight):
    data = cox_data(**DATA, weight=weight)
    beta, h = np.array([0.3, -0.5, 0.2]), 1e-5
    at = firth_likelihood(data, beta=beta, ties=ties)
    for j, step in enumerate(np.eye(3) * h):
        up, down = (firth_likelihood(data, beta=beta + s, ties=ties) for s in (step, -step))
        slope = (up.log_likelihood - down.log_likelihood) / (2 * h)
        assert at.score[j] == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_penalty_is_half_the_log_determinant_in_the_units_given():
    data = cox_data(**DATA)
    plain = cox_likelihood(data, beta=np.zeros(3), ties="efron")
    raw = plain.information * np.outer(data.scale, data.scale)
    found = firth_likelihood(data, beta=np.zeros(3), ties="efron")
    expected = plain.log_likelihood + 0.5 * np.linalg.slogdet(raw)[1]
    assert found.log_likelihood == pytest.approx(expected, rel=1e-12)


def test_two_people_and_one_end_have_a_known_estimate():
    # l = -log(1 + exp(-b)), I = p (1 - p): the penalised maximum is at p = 3/4.
    data = cox_data(entry=[0, 0], exit=[1, 2], event=[1, 0], x=[[1.0], [0.0]])
    top = maximise(
        lambda b: firth_likelihood(data, beta=b, ties="efron"), start=np.zeros(1), secant=True
    )
    assert top.converged
    assert top.beta[0] / data.scale[0] == pytest.approx(np.log(3), rel=1e-8)
